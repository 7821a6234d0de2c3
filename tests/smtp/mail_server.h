#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "ringfence/sender/smtp.h"

/// Real mail servers for the tests: aiosmtpd, in one process for all of them.
namespace ringfence::testing_support {

/// Files of certificates, made anew by each test process.
struct Certificates {
  struct Pair {
    std::string certificate;
    std::string key;
  };
  std::string authority;  ///< Signs all of these but the last.
  Pair good;              ///< For `localhost` and 127.0.0.1.
  Pair expired;
  Pair of_another_host;
  Pair of_another_authority;

  static const Certificates& get();
};

/// A mail server on 127.0.0.1. How it behaves: `Settings` in mail_server.py.
class MailServer {
 public:
  explicit MailServer(nlohmann::json settings = nlohmann::json::object());
  MailServer(const MailServer&) = delete;
  MailServer& operator=(const MailServer&) = delete;
  ~MailServer();

  int port() const { return port_; }
  /// What it received so far, and from how many connections.
  nlohmann::json report() const;
  nlohmann::json messages() const { return report()["messages"]; }
  /// The only message.
  nlohmann::json message() const;
  /// Closes the connections; new ones are welcome.
  void hang_up() const;
  /// Nobody listens any more.
  void close();

 private:
  nlohmann::json order(const char* what) const;
  int port_ = 0;
  bool closed_ = false;
};

/// The first code in a text, six digits.
inline std::string code_in(const std::string& text) {
  const std::size_t at = text.find_first_of("0123456789");
  return at == std::string::npos ? "" : text.substr(at, 6);
}

}  // namespace ringfence::testing_support
