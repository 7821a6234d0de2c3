#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/process.h"

namespace ringfence::testing_support {

/// A server in the test that answers each request with whatever bytes it is told. One connection at
/// a time.
class RawServer {
 public:
  struct Reply {
    std::string bytes = {};
    bool keep = true;    ///< The connection stays.
    bool reset = false;  ///< It is not closed but lost.
    bool stall = false;  ///< Nothing comes, until the client leaves.
  };
  using Handler = std::function<Reply(const std::string& request)>;

  explicit RawServer(Handler handler) : handler_(std::move(handler)) {
    listening_ = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listening_.get(), any, size) != 0 || listen(listening_.get(), 16) != 0 ||
        getsockname(listening_.get(), any, &size) != 0)
      throw std::runtime_error("a server for a test");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    ended_ = true;
    thread_.join();
  }

  std::string url(const std::string& path = "") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() const { return connections_; }

  static std::string ok(const std::string& body = "", const std::string& status = "200 OK",
                        const std::string& headers = "") {
    return "HTTP/1.1 " + status + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  bool readable(int descriptor) {
    while (!ended_) {
      pollfd one{descriptor, POLLIN, 0};
      if (poll(&one, 1, 20) > 0) return true;
    }
    return false;
  }
  void serve() {
    while (readable(listening_.get())) {
      const Descriptor connection(accept(listening_.get(), nullptr, nullptr));
      ++connections_;
      const int yes = 1;
      setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      std::string buffer;
      while (one(connection.get(), buffer)) {
      }
    }
  }
  // Whether the connection goes on.
  bool one(int connection, std::string& buffer) {
    std::size_t end = std::string::npos;
    for (;;) {
      const std::size_t blank = buffer.find("\r\n\r\n");
      if (blank != std::string::npos) {
        const std::size_t length = buffer.find("Content-Length: ");
        end = blank + 4 + (length < blank ? std::stoul(buffer.substr(length + 16)) : 0);
        if (buffer.size() >= end) break;
      }
      std::array<char, 4096> block{};
      if (!readable(connection)) return false;
      const ssize_t size = recv(connection, block.data(), block.size(), 0);
      if (size <= 0) return false;
      buffer.append(block.data(), static_cast<std::size_t>(size));
    }
    const std::string request = buffer.substr(0, end);
    buffer.erase(0, end);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const Reply reply = handler_(request);
    if (reply.stall) {
      std::array<char, 16> block{};
      if (readable(connection)) static_cast<void>(recv(connection, block.data(), block.size(), 0));
      return false;
    }
    if (!reply.bytes.empty())
      static_cast<void>(send(connection, reply.bytes.data(), reply.bytes.size(), MSG_NOSIGNAL));
    if (reply.reset) {
      const linger now{1, 0};
      setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    return reply.keep && !reply.reset;
  }

  Handler handler_;
  Descriptor listening_;
  int port_ = 0;
  std::atomic<bool> ended_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace ringfence::testing_support
