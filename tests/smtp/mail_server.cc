#include "smtp/mail_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/process.h"
#include "support/temp_dir.h"

namespace ringfence::testing_support {
namespace {

using nlohmann::json;

/// The interpreter that comes first on the path need not be the one that has aiosmtpd.
std::string python() {
  std::vector<std::string> candidates = {"python3", "/usr/bin/python3"};
  if (const char* named = std::getenv("PYTHON")) candidates.insert(candidates.begin(), named);
  for (const std::string& one : candidates) {
    if (run({"/usr/bin/env", one, "-c", "import aiosmtpd"}).exit_code == 0) return one;
  }
  throw std::runtime_error("no python3 here has aiosmtpd; PYTHON names another one");
}

/// The process of the servers; ends with the test.
class Servers {
 public:
  static Servers& get() {
    static Servers one;
    return one;
  }

  json order(const json& what) {
    const std::lock_guard lock(mutex_);
    const std::string line = what.dump() + "\n";
    if (send(connection_.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(line.size())) {
      throw std::runtime_error("the mail servers have ended");
    }
    std::string answer;
    std::array<char, 65536> block{};
    while (!answer.ends_with('\n')) {
      const ssize_t size = recv(connection_.get(), block.data(), block.size(), 0);
      if (size <= 0) throw std::runtime_error("the mail servers have ended");
      answer.append(block.data(), static_cast<std::size_t>(size));
    }
    return json::parse(answer);
  }

 private:
  Servers()
      : process_(
            {"/usr/bin/env", python(), "-B", RINGFENCE_SOURCE_DIR "/tests/smtp/mail_server.py"}),
        connection_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto port = process_.read_to("\n");
    if (!port) throw std::runtime_error("no mail servers:\n" + process_.wait().err);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(*port)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("the mail servers take no orders");
  }

  Process process_;
  Descriptor connection_;
  std::mutex mutex_;
};

/// Makes certificates with the openssl program.
class Maker {
 public:
  explicit Maker(const TempDir& dir) : dir_(dir) {
    std::ofstream(dir_.file("ca.cnf")) << R"([ca]
default_ca = all
[all]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copyall
unique_subject = no
[any]
commonName = supplied
)";
    std::ofstream(dir_.file("index")).close();
  }

  void authority(const std::string& name) const {
    openssl({"req", "-x509", "-subj", "/CN=" + name, "-days", "2", "-keyout", name + ".key", "-out",
             name + ".pem"},
            true);
  }
  Certificates::Pair signed_by(const std::string& authority, const std::string& name,
                               const std::string& alternatives, const std::string& end) const {
    openssl({"req", "-new", "-subj", "/CN=" + name, "-addext", "subjectAltName=" + alternatives,
             "-keyout", name + ".key", "-out", name + ".csr"},
            true);
    openssl({"ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", authority + ".pem",
             "-keyfile", authority + ".key", "-startdate", "20200101000000Z", "-enddate", end,
             "-in", name + ".csr", "-out", name + ".pem"},
            false);
    return {dir_.file(name + ".pem"), dir_.file(name + ".key")};
  }

 private:
  void openssl(std::vector<std::string> arguments, bool new_key) const {
    arguments.insert(arguments.begin(), {"/usr/bin/env", "openssl"});
    if (new_key) {
      for (const char* one :
           {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"})
        arguments.emplace_back(one);
    }
    const Ended ended = run(arguments, {.directory = dir_.path()});
    if (ended.exit_code != 0) throw std::runtime_error("openssl failed:\n" + ended.err);
  }

  const TempDir& dir_;
};

}  // namespace

const Certificates& Certificates::get() {
  static const TempDir dir;
  static const Certificates made = [] {
    constexpr const char* past = "20200102000000Z";
    constexpr const char* future = "20491231235959Z";
    const std::string here = "DNS:localhost,IP:127.0.0.1";
    const Maker maker(dir);
    maker.authority("authority");
    maker.authority("another");
    return Certificates{
        .authority = dir.file("authority.pem"),
        .good = maker.signed_by("authority", "good", here, future),
        .expired = maker.signed_by("authority", "expired", here, past),
        .of_another_host = maker.signed_by("authority", "host", "DNS:mail.example", future),
        .of_another_authority = maker.signed_by("another", "stranger", here, future)};
  }();
  return made;
}

MailServer::MailServer(json settings) {
  settings["do"] = "listen";
  port_ = Servers::get().order(settings)["port"];
}

MailServer::~MailServer() {
  try {
    close();
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
}

json MailServer::order(const char* what) const {
  return Servers::get().order({{"do", what}, {"port", port_}});
}

json MailServer::report() const { return order("report"); }

json MailServer::message() const {
  const json all = messages();
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? json::object() : all.at(0);
}

void MailServer::hang_up() const { order("hang_up"); }

void MailServer::close() {
  if (!std::exchange(closed_, true)) order("close");
}

}  // namespace ringfence::testing_support
