#include "sender/transfer/pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "ringfence/text.h"
#include "sender/transfer/authorities.h"
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

// libcurl's own sockets would stay open in programs that the host starts.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) noexcept {
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
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
    if (const auto problem = problem_of_certificates(limits.ca_file)) {
      return failure(ErrorCode::invalid_argument, "ca_file, the file of certificates " +
                                                      printable(limits.ca_file) + " " + *problem);
    }
  }
  return std::unique_ptr<Pool>(new Pool(bounded(std::move(limits)), std::move(protocols)));
}

Pool::Pool(Limits limits, std::string protocols)
    : limits_(std::move(limits)),
      protocols_(std::move(protocols)),
      shared_(new Shared(static_cast<std::size_t>(limits_.connections))) {}

Pool::~Pool() {
  Shared* const own = shared_.load();
  if (own->process == getpid()) delete own;
}

Pool::Shared& Pool::shared() {
  Shared* now = shared_.load();
  if (now->process == getpid()) return *now;
  auto fresh = std::make_unique<Shared>(static_cast<std::size_t>(limits_.connections));
  // Where two threads of the child come here at once, one of theirs is taken.
  return shared_.compare_exchange_strong(now, fresh.get()) ? *fresh.release() : *now;
}

Pool::Handle Pool::take() {
  Shared& all = shared();
  std::unique_lock lock(all.mutex);
  const bool room =
      all.free.wait_for(lock, std::chrono::milliseconds(limits_.connect_timeout_ms), [&] {
        return !all.idle.empty() || all.made < static_cast<std::size_t>(limits_.connections);
      });
  if (!room) return nullptr;
  Handle handle;
  if (all.idle.empty()) {
    handle.reset(curl_easy_init());
    if (handle == nullptr) return nullptr;
    ++all.made;
  } else {
    handle = std::move(all.idle.back());
    all.idle.pop_back();
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
  Shared& all = *shared_.load();  // take() was here before, in this process
  {
    const std::lock_guard lock(all.mutex);
    all.idle.push_back(std::move(handle));
  }
  all.free.notify_one();
}

void Pool::discard(Handle handle) noexcept {
  shut(handle.get(), SHUT_RDWR);
  handle.reset();
  Shared& all = *shared_.load();
  {
    const std::lock_guard lock(all.mutex);
    --all.made;
  }
  all.free.notify_one();
}

bool Pool::set_common(CURL* handle) const {
  bool good = set_protocols(handle, protocols_);
  const auto on = [&](CURLoption option, auto value) { good = good && set(handle, option, value); };
  on(CURLOPT_NOSIGNAL, 1L);  // the signals are the host's
  on(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
#if LIBCURL_VERSION_NUM >= 0x075700
  // A look-up of a name that is not answered cannot be stopped. It goes on alone, in a thread and
  // with memory that libcurl frees when it ends, and does not hold this one up beyond its time.
  on(CURLOPT_QUICK_EXIT, 1L);
#endif
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
