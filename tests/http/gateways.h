#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "postgres/server_folder.h"
#include "postgres/server_process.h"

namespace ringfence::testing_support {

/// gateways.py as a process of its own: a web server that checks what it is sent as Twilio, Alibaba
/// Cloud and the receiver of a webhook do.
class Gateways {
 public:
  /// `settings` are the program's; the port and the log are set here.
  explicit Gateways(nlohmann::json settings);

  std::string url(const std::string& path = "", const std::string& host = "127.0.0.1") const;
  /// What it has noted so far.
  std::vector<nlohmann::json> noted() const;
  void stop() { process_.signal(SIGKILL), process_.ended(process_timeout); }

 private:
  ServerFolder folder_;
  LoopbackPort port_;
  bool tls_;
  ServerProcess process_;
};

/// An authority of the test's own, and certificates by it.
class Certificates {
 public:
  Certificates();

  struct Pair {
    std::string certificate;
    std::string key;
  };
  /// Of this name, an address or a host; valid for so many days from now, or until so many ago.
  Pair make(const std::string& name, const std::string& subject_alternative, int days) const;
  std::string authority() const { return folder_ / "ca.pem"; }

 private:
  ServerFolder folder_;
};

}  // namespace ringfence::testing_support
