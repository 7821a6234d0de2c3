#include "postgres/wire_tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace ringfence::testing_support {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

Descriptor connected_to(int port) {
  Descriptor out(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (connect(out.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return Descriptor(-1);
  }
  const int on = 1;
  setsockopt(out.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return out;
}

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool receive(int from, std::string& into) {
  std::array<char, 16384> block = {};
  const ssize_t got = recv(from, block.data(), block.size(), 0);
  if (got <= 0) return false;
  into.append(block.data(), static_cast<std::size_t>(got));
  return true;
}

std::uint32_t length_at(std::string_view bytes, std::size_t at) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) out = out << 8U | static_cast<unsigned char>(bytes[at + i]);
  return out;
}

// The whole messages at the beginning of the bytes, up to and with the first that waits for an
// answer; 0: it is not all there yet. The very first message has no type.
std::size_t request_at(std::string_view bytes, bool& logged_in, bool& counts) {
  std::size_t at = 0;
  if (!logged_in) {
    if (bytes.size() < 4 || bytes.size() < length_at(bytes, 0)) return 0;
    logged_in = true;
    counts = false;
    return length_at(bytes, 0);
  }
  while (bytes.size() >= at + 5) {
    const char type = bytes[at];
    const std::size_t end = at + 1 + length_at(bytes, at + 1);
    if (bytes.size() < end) return 0;
    counts = type == 'S' || type == 'Q';
    if (counts || type == 'p' || type == 'X') return end;
    at = end;
  }
  return 0;
}

// Whether the server has answered a request to its end.
bool answered(std::string_view bytes) {
  std::size_t at = 0;
  bool ready = false;
  while (bytes.size() >= at + 5) {
    ready = bytes[at] == 'Z';
    at += 1 + length_at(bytes, at + 1);
  }
  return ready && at == bytes.size();
}

void wait_for_answer(int server) {
  std::string answer;
  while (receive(server, answer) && !answered(answer)) {
  }
}

}  // namespace

WireTap::WireTap(int server_port)
    : server_port_(server_port), listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(listening_.get(), 64) != 0 ||
      getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the tap cannot listen");
  }
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] {
    while (!stop_) {
      pollfd waiting = {.fd = listening_.get(), .events = POLLIN, .revents = 0};
      if (poll(&waiting, 1, 20) <= 0) continue;
      const int client = accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (client >= 0) threads_.emplace_back([this, client] { serve(client); });
    }
    for (std::thread& one : threads_) one.join();
  });
}

WireTap::~WireTap() {
  stop_ = true;
  release();
  accepting_.join();
}

void WireTap::release() {
  std::unique_lock lock(mutex_);
  released_ = true;
  changed_.notify_all();
  if (!stop_) changed_.wait(lock, [this] { return !delayed_; });
  released_ = false;
}

void WireTap::serve(int descriptor) {
  const Descriptor client(descriptor);
  const Descriptor server = connected_to(server_port_);
  if (server.get() < 0) return;
  ++connections_;
  const int on = 1;
  setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::string requests;
  bool logged_in = false;
  while (!stop_) {
    std::array<pollfd, 2> both = {{{client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}}};
    if (poll(both.data(), both.size(), 20) <= 0) continue;
    if (both[1].revents != 0) {
      std::string answer;
      if (!receive(server.get(), answer) || !send_all(client.get(), answer)) return;
    }
    if (both[0].revents == 0) continue;
    if (!receive(client.get(), requests)) return;
    bool counts = false;
    while (const std::size_t end = request_at(requests, logged_in, counts)) {
      const std::string request = requests.substr(0, end);
      requests.erase(0, end);
      if (counts) ++round_trips_;
      const bool commits = request.find(std::string("COMMIT") + '\0') != std::string::npos;
      const Fault fault = commits ? fault_.exchange(Fault::none) : Fault::none;
      if (fault == Fault::lose_request) return;
      if (fault == Fault::hang) {
        std::unique_lock lock(mutex_);
        while (!stop_ && !released_) changed_.wait_for(lock, std::chrono::milliseconds(20));
        return;
      }
      if (fault == Fault::delay_request) {
        shutdown(client.get(), SHUT_RDWR);
        std::unique_lock lock(mutex_);
        delayed_ = true;
        while (!stop_ && !released_) changed_.wait_for(lock, std::chrono::milliseconds(20));
        lock.unlock();
        if (send_all(server.get(), request)) wait_for_answer(server.get());
        lock.lock();
        delayed_ = false;
        changed_.notify_all();
        return;
      }
      if (!send_all(server.get(), request)) return;
      if (fault == Fault::lose_answer) {
        wait_for_answer(server.get());
        return;
      }
    }
  }
}

}  // namespace ringfence::testing_support
