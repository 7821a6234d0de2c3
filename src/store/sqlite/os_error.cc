#include "store/sqlite/os_error.h"

#include <cerrno>
#include <system_error>

namespace ringfence::sqlite {

Failure refused_by_system(const std::string& what, int error) {
  const auto because = [&](const char* why) {
    return failure(ErrorCode::store_unavailable, what + ": " + why);
  };
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return because("the disk is full; make room");
    case EROFS:
      return because("the file system is read-only; mount it writable, or choose another path");
    case EACCES:
    case EPERM:
      return because("permission denied; let this process write the file and its directory");
    default:
      return because(std::generic_category().message(error).c_str());
  }
}

}  // namespace ringfence::sqlite
