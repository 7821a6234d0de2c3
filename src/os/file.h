#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>

/// Files of the operating system, by descriptor.
namespace ringfence::os {

/// A file descriptor that closes itself; negative: none.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Writes all of it, or says in `errno` why not.
inline bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t now = write(file, bytes.data(), bytes.size());
    if (now < 0 && errno == EINTR) continue;
    if (now <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(now));
  }
  return true;
}

}  // namespace ringfence::os
