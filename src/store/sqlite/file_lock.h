#pragma once

#include <string>
#include <utility>

#include "ringfence/result.h"

namespace ringfence::sqlite {

/// The lock on a file beside the database that says who owns it.
///
/// It is an OFD lock: it belongs to the open file, so that a second opener in the same process is
/// refused too, and closing some other descriptor of the file does not drop it. A forked child
/// shares it: it is free when the owner has let it go *and* every such child has ended, replaced
/// its program or let go.
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
};

}  // namespace ringfence::sqlite
