#pragma once

#include <span>
#include <string>

#include "ringfence/store/sqlite.h"
#include "store/sqlite/schema.h"

namespace ringfence::sqlite {

/// What tests put in the place of the real thing.
struct OpenOptions {
  const char* vfs = nullptr;  ///< The name of SQLite's file layer; null: the usual one.
  std::span<const char* const> migrations = schema_migrations();
  /// The log is brought into the file when it has so many pages. With more a page that changes
  /// often is written to the file less often; with fewer the log is smaller: 4000 are 16 MB.
  int checkpoint_pages = 4000;
  int cache_kib = 32 * 1024;  ///< What SQLite keeps in memory of the database, at most.
};

/// As `open_sqlite_store`.
result<std::unique_ptr<SqliteStore>> open(const std::string& path, const OpenOptions& options);

}  // namespace ringfence::sqlite
