#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "ringfence/clock.h"
#include "ringfence/entropy.h"
#include "ringfence/result.h"
#include "ringfence/sender.h"

/// Gateways that are spoken to over HTTP, each described by a JSON object (target
/// `ringfence::http`).
namespace ringfence {

/// What a host says besides the description. What is out of bounds is taken as the nearest bound.
struct HttpOptions {
  /// Values for the description's own `variables`, by name: addresses, users, passwords. They go
  /// before what the description says; a name that it does not have is refused. Never shown in any
  /// text.
  std::map<std::string, std::string> variables = {};
  /// Whether it may speak without TLS to another machine than this one, on a network of your own.
  /// Codes and passwords go in clear then. So may a description itself, with `allow_http`.
  bool allow_http = false;
  /// A file of certificates (PEM) that are trusted instead of the system's, for an authority of
  /// your own. Certificates are always checked.
  std::string ca_file = {};
  int connections = 8;  ///< Messages handed over at a time, 1–256; others wait.
  /// Of name, connection and TLS, at most `timeout_ms`; and again of waiting for a free connection.
  TimeMs connect_timeout_ms = 10'000;
  /// Of a whole exchange, 1 ms – 10 min. The two together must be less than
  /// `Dispatcher::Options::lease_ms`, or a message may go twice.
  TimeMs timeout_ms = 20'000;
  Clock& clock = system_clock();  ///< Must live as long as the sender; so must `entropy`.
  Entropy& entropy = system_entropy();
};

/// A sender to the gateway that `description`, one JSON object, describes: docs/delivery.md has the
/// format, and share/ringfence/senders/ descriptions that are ready.
///
/// All is checked here, before anything is sent: a description with a member or a placeholder that
/// is missing or not known, a variable without a value, a URL without TLS, is refused with
/// `invalid_argument` and a text that names the member. The text holds no value of a variable. So
/// is a `ca_file` that cannot be read or has no certificate.
///
/// The sender is thread-safe, keeps its connections, follows no redirect, uses no proxy, and reads
/// at most 64 KiB of a reply. A message is `accepted` only if the description says so of the reply;
/// `temporary` if nothing was sent or the gateway refused, and `unreachable` if it refused this
/// message alone; `permanent` if the description says so, if the message is nothing that the
/// gateway `carries`, or if a value cannot be written where it is to stand; else `unknown`. Reasons
/// and ids hold no address and no code. What it writes itself, and replies, are wiped; the buffers
/// inside libcurl, the TLS library and the JSON parser, where they pass through, are theirs. In a
/// forked child it makes connections of its own; programs that the host starts inherit none.
result<std::unique_ptr<Sender>> make_http_sender(std::string_view description,
                                                 HttpOptions options = {});

/// The same, of a description in a file of at most 256 KiB.
result<std::unique_ptr<Sender>> open_http_sender(const std::string& file, HttpOptions options = {});

}  // namespace ringfence
