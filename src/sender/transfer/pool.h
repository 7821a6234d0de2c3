#pragma once

#include <curl/curl.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ringfence/result.h"

namespace ringfence::transfer {

/// What bounds every transfer of a sender. What is out of bounds is taken as the nearest bound.
struct Limits {
  int connections = 8;  ///< Transfers at a time, 1–256; the others wait.
  /// Of waiting for a free one of them, and again of name, connection and TLS, 1 ms – 10 min.
  TimeMs connect_timeout_ms = 10'000;
  TimeMs timeout_ms = 20'000;             ///< Of a whole transfer, name to reply; the same.
  std::size_t longest_reply = 64 * 1024;  ///< Bytes of a body, and of all headers; up to 16 MiB.
  /// Certificates (PEM) that are trusted instead of the system's, for a private authority.
  std::string ca_file = {};
};

/// The connections of a sender to its other side: libcurl's easy handles, each with the connection
/// and the TLS session it used last. Thread-safe. In a forked child it begins anew: the connections
/// are the parent's.
class Pool {
 public:
  /// `protocols` as libcurl lists them, e.g. `https`; nothing else is ever spoken. Refuses with
  /// `invalid_argument` a file of certificates that has none or cannot be read.
  static result<std::unique_ptr<Pool>> make(Limits limits, std::string protocols);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  const Limits& limits() const { return limits_; }

  struct Close {
    /// Says goodbye where the protocol wants it, but waits for no answer.
    void operator()(CURL* handle) const noexcept;
  };
  using Handle = std::unique_ptr<CURL, Close>;

  /// A handle with all that is common set: limits, checks of certificates, protocols. Waits for one
  /// as long as a connection may take; null if none became free, or memory is short.
  Handle take();
  /// Gives a handle back; its options are forgotten, its connection is kept.
  void give_back(Handle handle) noexcept;
  /// Ends a handle whose connection is of no more use, without a word to the other side.
  void discard(Handle handle) noexcept;

 private:
  // What threads share, of one process. A child that was forked leaves it as it is, for good: one
  // of the parent's threads may have held the lock, and closing a connection would end it there.
  struct Shared {
    explicit Shared(std::size_t connections) { idle.reserve(connections); }

    const pid_t process = getpid();
    std::mutex mutex;
    std::condition_variable free;
    std::vector<Handle> idle;  // the last used at the end; room for all
    std::size_t made = 0;      // idle ones and those in use
  };

  Pool(Limits limits, std::string protocols);
  Shared& shared();
  bool set_common(CURL* handle) const;

  const Limits limits_;
  const std::string protocols_;
  std::atomic<Shared*> shared_;  // owned, in the process that made it
};

}  // namespace ringfence::transfer
