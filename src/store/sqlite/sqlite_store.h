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
};

/// As `open_sqlite_store`.
result<std::unique_ptr<SqliteStore>> open(const std::string& path, const OpenOptions& options);

}  // namespace ringfence::sqlite
