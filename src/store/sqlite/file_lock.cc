#include "store/sqlite/file_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "store/sqlite/os_error.h"

namespace ringfence::sqlite {

result<FileLock> FileLock::take(const std::string& path) {
  const int descriptor = ::open(
      path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return refused_by_system("the lock file cannot be opened", errno);
  FileLock lock(descriptor);
  struct flock whole_file = {};
  whole_file.l_type = F_WRLCK;
  whole_file.l_whence = SEEK_SET;
  if (::fcntl(descriptor, F_OFD_SETLK, &whole_file) == 0) return lock;
  if (errno == EAGAIN || errno == EACCES) {
    return failure(ErrorCode::store_in_use,
                   "another store has the database open; one process owns it: stop the other");
  }
  return refused_by_system("the lock file cannot be locked", errno);
}

// Closing would leave the lock to children forked meanwhile; unlocking in such a child would take
// it away from the owner.
FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  if (::getpid() == owner_) {
    struct flock whole_file = {};
    whole_file.l_type = F_UNLCK;
    whole_file.l_whence = SEEK_SET;
    ::fcntl(descriptor_, F_OFD_SETLK, &whole_file);
  }
  ::close(descriptor_);
}

}  // namespace ringfence::sqlite
