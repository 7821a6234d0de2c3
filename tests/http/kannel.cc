#include "http/kannel.h"

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>

namespace ringfence::testing_support {
namespace {

std::string find(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (std::filesystem::exists(path)) return path;
  }
  throw std::runtime_error(
      "the tests need Debian's packages kannel and kannel-extras: there is no " + paths.front());
}

// `%04%2F+a` as UTF-16, big-endian. The tests' texts have no character beyond the first plane.
std::string from_ucs2(const std::string& encoded) {
  std::string bytes;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] == '%') {
      bytes += static_cast<char>(std::stoi(encoded.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      bytes += encoded[i] == '+' ? ' ' : encoded[i];
    }
  }
  std::string out;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const unsigned c = static_cast<unsigned>(static_cast<unsigned char>(bytes[i])) << 8U |
                       static_cast<unsigned char>(bytes[i + 1]);
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xc0U | c >> 6U);
      out += static_cast<char>(0x80U | (c & 0x3fU));
    } else {
      out += static_cast<char>(0xe0U | c >> 12U);
      out += static_cast<char>(0x80U | (c >> 6U & 0x3fU));
      out += static_cast<char>(0x80U | (c & 0x3fU));
    }
  }
  return out;
}

}  // namespace

PrivateKannel::PrivateKannel(const Other& other) {
  const auto number = [](const LoopbackPort& port) { return std::to_string(port.number()); };
  write_file(folder_ / "kannel.conf",
             "group = core\n"
             "admin-port = " +
                 number(admin_) +
                 "\n"
                 "admin-interface = 127.0.0.1\n"
                 "admin-password = none\n"
                 "smsbox-port = " +
                 number(boxes_) +
                 "\n"
                 "box-deny-ip = \"*.*.*.*\"\n"
                 "box-allow-ip = \"127.0.0.1\"\n"
                 "\n"
                 "group = smsc\n"
                 "smsc = fake\n"
                 "smsc-id = fake\n"
                 "port = " +
                 number(centre_) +
                 "\n"
                 "connect-allow-ip = 127.0.0.1\n" +
                 (other.url.empty() ? ""
                                    : "denied-prefix = \"" + other.prefix +
                                          "\"\n"
                                          "\n"
                                          "group = smsc\n"
                                          "smsc = http\n"
                                          "smsc-id = other\n"
                                          "system-type = generic\n"
                                          "port = " +
                                          number(other_) +
                                          "\n"
                                          "connect-allow-ip = 127.0.0.1\n"
                                          "send-url = \"" +
                                          other.url +
                                          "?to=%P\"\n"
                                          "status-success-regex = \"^sent\"\n"
                                          "status-permfail-regex = \"^refused\"\n"
                                          "status-tempfail-regex = \"^later\"\n"
                                          "allowed-prefix = \"" +
                                          other.prefix + "\"\n") +
                 "\n"
                 "group = smsbox\n"
                 "bearerbox-host = 127.0.0.1\n"
                 "sendsms-interface = 127.0.0.1\n"
                 "sendsms-port = " +
                 number(sendsms_) +
                 "\n"
                 "\n"
                 "group = sendsms-user\n"
                 "username = " +
                 std::string(user) +
                 "\n"
                 "password = \"" +
                 password +
                 "\"\n"
                 "max-messages = 6\n"
                 "concatenation = false\n"
                 "\n"
                 "group = sms-service\n"
                 "keyword = default\n"
                 "max-messages = 0\n"
                 "text = \"\"\n");
  const std::string settings = folder_ / "kannel.conf";
  const auto log_has = [&](const char* log, const char* text) {
    return read_file(folder_ / log).find(text) != std::string::npos;
  };
  const auto start = [&](ServerProcess& process, const std::vector<std::string>& command,
                         const char* log, const char* ready) {
    write_file(folder_ / log, "");
    process = ServerProcess(command, folder_ / log, folder_.path(), SIGKILL);
    const bool up = poll_until(
        [&] { return process.ended(std::chrono::milliseconds(0)) || log_has(log, ready); });
    if (!up || process.pid() == 0)
      throw std::runtime_error(command[0] + " does not start:\n" + read_file(folder_ / log));
  };
  start(bearerbox_, {find({"/usr/sbin/bearerbox"}), "-v", "0", settings}, "bearerbox",
        "MAIN: Start-up done, entering mainloop");
  start(fakesmsc_,
        {find({"/usr/lib/kannel/test/fakesmsc"}), "-H", "127.0.0.1", "-r", number(centre_), "-i",
         "0.01", "-m", "1", "100 200 text hello"},
        "fakesmsc", "sent message 1");
  start(smsbox_, {find({"/usr/sbin/smsbox"}), "-v", "0", settings}, "smsbox",
        "Connected to bearerbox");
}

PrivateKannel::~PrivateKannel() {
  for (ServerProcess* process : {&smsbox_, &fakesmsc_, &bearerbox_}) process->signal(SIGKILL);
}

void PrivateKannel::stop_the_bearerbox() {
  bearerbox_.signal(SIGKILL);
  bearerbox_.ended(process_timeout);
}

// INFO: Got message 1: <13013 +447700900123 text 123456 is your code>
// A text of several lines comes as several such messages; those that follow are only lines.
std::vector<PrivateKannel::Sms> PrivateKannel::at_the_centre() const {
  std::vector<Sms> out;
  const std::string log = read_file(folder_ / "fakesmsc");
  for (std::size_t at = 0; (at = log.find("Got message ", at)) != std::string::npos;) {
    const std::size_t begin = log.find('<', at) + 1;
    const std::size_t end = log.find('\n', begin);
    if (end == std::string::npos) break;  // it is being written
    std::string line = log.substr(begin, end - begin - 1);
    at = end;
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find(' ', first + 1);
    const std::size_t third = line.find(' ', second + 1);
    const std::string type =
        third == std::string::npos ? "" : line.substr(second + 1, third - second - 1);
    if (type == "text" || type == "ucs-2") {
      const std::string text = line.substr(third + 1);
      out.push_back({line.substr(0, first), line.substr(first + 1, second - first - 1), type,
                     type == "text" ? text : from_ucs2(text)});
    } else if (!out.empty()) {
      out.back().text += "\n" + line;
    }
  }
  return out;
}

}  // namespace ringfence::testing_support
