#pragma once

#include <memory>
#include <string>

#include "store/sqlite/sqlite_store.h"

struct sqlite3;

namespace ringfence::sqlite {

struct CloseDatabase {
  void operator()(sqlite3* database) const;
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

/// Opens the database of a real path for this process alone, making or migrating the tables. The
/// caller has the lock.
result<Database> open_database(const std::string& path, const OpenOptions& options);

}  // namespace ringfence::sqlite
