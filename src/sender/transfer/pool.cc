#include "sender/transfer/pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "sender/transfer/no_sigpipe.h"

namespace ringfence::transfer {
namespace {

constexpr TimeMs longest_ms = 10 * 60'000;

Limits bounded(Limits limits) {
  limits.connections = std::clamp(limits.connections, 1, 256);
  limits.timeout_ms = std::clamp<TimeMs>(limits.timeout_ms, 1, longest_ms);
  limits.connect_timeout_ms = std::clamp<TimeMs>(limits.connect_timeout_ms, 1, limits.timeout_ms);
  limits.longest_reply =
      std::clamp<std::size_t>(limits.longest_reply, 1, std::size_t{16} * 1024 * 1024);
  return limits;
}

// libcurl is never cleaned up: other parts of the program may use it.
bool start_curl() noexcept {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  return started == CURLE_OK;
}

template <class Value>
bool set(CURL* handle, CURLoption option, Value value) {
  return (curl_easy_setopt)(handle, option, value) == CURLE_OK;
}

bool set_protocols(CURL* handle, const std::string& protocols) {
#if LIBCURL_VERSION_NUM >= 0x075500
  return set(handle, CURLOPT_PROTOCOLS_STR, protocols.c_str());
#else
  long mask = 0;
  for (const auto& [name, bit] : {std::pair<const char*, long>{"http", CURLPROTO_HTTP},
                                  {"https", CURLPROTO_HTTPS},
                                  {"smtp", CURLPROTO_SMTP},
                                  {"smtps", CURLPROTO_SMTPS}}) {
    if (("," + protocols + ",").find("," + std::string(name) + ",") != std::string::npos)
      mask |= bit;
  }
  return set(handle, CURLOPT_PROTOCOLS, mask);
#endif
}

// Of the connection that a handle used last, if there still is one.
void shut(CURL* handle, int how) noexcept {
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK &&
      socket != CURL_SOCKET_BAD) {
    shutdown(socket, how);
  }
}

}  // namespace

// libcurl waits for the answer to its goodbye, for two minutes if it does not come, and no option
// of the handle shortens that. From a socket that is not read any more it comes at once.
void Pool::Close::operator()(CURL* handle) const noexcept {
  const NoSigpipe guard;
  shut(handle, SHUT_RD);
  curl_easy_cleanup(handle);
}

result<std::unique_ptr<Pool>> Pool::make(Limits limits, std::string protocols) {
  if (!start_curl()) return failure(ErrorCode::internal, "libcurl does not start");
  if (!limits.ca_file.empty()) {
    std::FILE* const file = std::fopen(limits.ca_file.c_str(), "re");
    if (file == nullptr) {
      return failure(ErrorCode::invalid_argument,
                     "the file of certificates cannot be read: " + limits.ca_file);
    }
    std::fclose(file);
  }
  return std::unique_ptr<Pool>(new Pool(bounded(std::move(limits)), std::move(protocols)));
}

Pool::Pool(Limits limits, std::string protocols)
    : limits_(std::move(limits)), protocols_(std::move(protocols)), process_(getpid()) {
  idle_.reserve(static_cast<std::size_t>(limits_.connections));
}

Pool::~Pool() {
  if (process_ == getpid()) return;
  for (Handle& handle : idle_) static_cast<void>(handle.release());  // see take()
}

Pool::Handle Pool::take() {
  std::unique_lock lock(mutex_);
  if (process_ != getpid()) {
    // In a forked child: the connections are the parent's, and closing one would end it there too.
    for (Handle& handle : idle_) static_cast<void>(handle.release());
    idle_.clear();
    made_ = 0;
    process_ = getpid();
  }
  const bool room = free_.wait_for(lock, std::chrono::milliseconds(limits_.timeout_ms), [&] {
    return !idle_.empty() || made_ < static_cast<std::size_t>(limits_.connections);
  });
  if (!room) return nullptr;
  Handle handle;
  if (idle_.empty()) {
    handle.reset(curl_easy_init());
    if (handle == nullptr) return nullptr;
    ++made_;
  } else {
    handle = std::move(idle_.back());
    idle_.pop_back();
  }
  lock.unlock();
  if (!set_common(handle.get())) {
    give_back(std::move(handle));
    return nullptr;
  }
  return handle;
}

void Pool::give_back(Handle handle) noexcept {
  curl_easy_reset(handle.get());
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(handle));
  }
  free_.notify_one();
}

void Pool::discard(Handle handle) noexcept {
  shut(handle.get(), SHUT_RDWR);
  handle.reset();
  {
    const std::lock_guard lock(mutex_);
    --made_;
  }
  free_.notify_one();
}

bool Pool::set_common(CURL* handle) const {
  bool good = set_protocols(handle, protocols_);
  const auto on = [&](CURLoption option, auto value) { good = good && set(handle, option, value); };
  on(CURLOPT_NOSIGNAL, 1L);  // the signals are the host's
  on(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect_timeout_ms));
  on(CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.timeout_ms));
  on(CURLOPT_SSL_VERIFYPEER, 1L);
  on(CURLOPT_SSL_VERIFYHOST, 2L);
  on(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!limits_.ca_file.empty()) {
    on(CURLOPT_CAINFO, limits_.ca_file.c_str());
    on(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // instead of the system's, not besides
  }
  // A message goes where it was told to and nowhere else: not where a reply points, not through
  // what an environment variable names.
  on(CURLOPT_FOLLOWLOCATION, 0L);
  on(CURLOPT_PROXY, "");
  on(CURLOPT_TCP_KEEPALIVE, 1L);
  return good;
}

}  // namespace ringfence::transfer
