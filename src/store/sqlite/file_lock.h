#pragma once

#include <unistd.h>

#include <string>
#include <utility>

#include "ringfence/result.h"

namespace ringfence::sqlite {

/// The lock on a file beside the database that says who owns it.
///
/// It is an OFD lock: it belongs to the open file, so that a second opener in the same process is
/// refused too, and closing some other descriptor of the file does not drop it. It is free when the
/// process that took it lets it go, or when that process and every child it forked have ended or
/// replaced their programs.
class FileLock {
 public:
  /// Refuses with `store_in_use` or `store_unavailable`. Does not wait.
  static result<FileLock> take(const std::string& path);

  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
  pid_t owner_ = ::getpid();
};

}  // namespace ringfence::sqlite
