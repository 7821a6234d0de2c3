#pragma once

#include <string>

#include "ringfence/result.h"

namespace ringfence::http {

/// Where a URL goes.
struct Origin {
  std::string host = {};  ///< As the Host header has it: with the port, unless it is the usual one.
  bool tls = false;
  bool loopback = false;  ///< Nothing leaves the machine.
};

/// Reads a URL without any placeholder. Problems do not repeat it: it may hold a secret.
result<Origin> origin_of(const std::string& url, const std::string& member);

}  // namespace ringfence::http
