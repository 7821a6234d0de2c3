#include "http/gateways.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <fstream>
#include <stdexcept>

namespace ringfence::testing_support {
namespace {

bool listens(int port) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Gateways::Gateways(nlohmann::json settings) : tls_(settings.contains("certificate")) {
  settings["port"] = port_.number();
  settings["log"] = folder_ / "noted.jsonl";
  write_file(folder_ / "settings.json", settings.dump());
  write_file(folder_ / "gateways.py",
             read_file(std::string(RINGFENCE_SOURCE_DIR) + "/tests/http/gateways.py"));
  process_ =
      ServerProcess({"/usr/bin/python3", "-B", folder_ / "gateways.py", folder_ / "settings.json"},
                    folder_ / "output", folder_.path(), SIGKILL);
  const bool up = poll_until(
      [&] { return process_.ended(std::chrono::milliseconds(0)) || listens(port_.number()); });
  if (!up || process_.pid() == 0)
    throw std::runtime_error("gateways.py does not start:\n" + read_file(folder_ / "output"));
}

std::string Gateways::url(const std::string& path, const std::string& host) const {
  return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_.number()) + path;
}

std::vector<nlohmann::json> Gateways::noted() const {
  std::vector<nlohmann::json> out;
  std::ifstream in(folder_ / "noted.jsonl");
  for (std::string line; std::getline(in, line);) out.push_back(nlohmann::json::parse(line));
  return out;
}

Certificates::Certificates() {
  run_as_server_user(
      {"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
       "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
       "/CN=ringfence test authority", "-keyout", folder_ / "ca.key", "-out", folder_ / "ca.pem"},
      folder_.path());
}

Certificates::Pair Certificates::make(const std::string& name,
                                      const std::string& subject_alternative, int days) const {
  const Pair pair{folder_ / (name + ".pem"), folder_ / (name + ".key")};
  write_file(folder_ / (name + ".ext"), "subjectAltName=" + subject_alternative + "\n");
  run_as_server_user({"/usr/bin/openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=" + name, "-keyout",
                      pair.key, "-out", folder_ / (name + ".csr")},
                     folder_.path());
  // Negative days end it before now.
  run_as_server_user(
      {"/usr/bin/openssl", "x509", "-req", "-in", folder_ / (name + ".csr"), "-CA",
       folder_ / "ca.pem", "-CAkey", folder_ / "ca.key", "-CAcreateserial", "-days",
       std::to_string(days), "-extfile", folder_ / (name + ".ext"), "-out", pair.certificate},
      folder_.path());
  return pair;
}

}  // namespace ringfence::testing_support
