#pragma once

#include <cstdint>
#include <string>

#include "ringfence/result.h"

/// The database as a file, before and beside SQLite.
namespace ringfence::sqlite {

/// The one name of a file, so that all ways to it meet at one lock. The file need not be there yet,
/// its directory must.
result<std::string> real_path(const std::string& path);

enum class FileKind : std::uint8_t { missing, empty, ringfence };

/// Looks at the file without changing anything: SQLite would, even with somebody else's, undo what
/// a crash has left half done. Refuses with `store_foreign` one that is no database of ringfence,
/// with `store_corrupt` a log without its database.
result<FileKind> look_at(const std::string& path, const char* vfs);

/// Makes an empty file that only its owner may read and write.
result<void> create(const std::string& path);

/// Refuses with `invalid_argument` if there is something of that name, be it a link.
result<void> check_free(const std::string& path);
/// Makes an empty file of a new name beside it, `<path>.part-XXXXXX`, that only its owner may read
/// and write.
result<std::string> create_part(const std::string& path);
/// Gives a whole file its name, durably. Refuses with `invalid_argument` if there is something of
/// that name.
result<void> publish(const std::string& part, const std::string& path);

bool has_log(const std::string& path);

/// Writes a log that another process or store left over itself, and syncs it. After a failed fsync
/// the kernel holds pages that it takes for written and that are not on the disk: a commit appended
/// to such a log would be lost with them. Does nothing if there is no log.
result<void> rewrite_log(const std::string& path);

/// Makes the names in the file's directory durable.
result<void> sync_directory(const std::string& path);

}  // namespace ringfence::sqlite
