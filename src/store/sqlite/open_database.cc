#include "store/sqlite/open_database.h"

#include <sqlite3.h>

#include <string>

#include "store/sqlite/database_file.h"
#include "store/sqlite/statement.h"

namespace ringfence::sqlite {
namespace {

Database connect(const std::string& path, const char* vfs) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                       SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE,
                                   vfs);
  Database database(raw);
  check(code);
  return database;
}

void configure(sqlite3* database, const OpenOptions& options) {
  const auto turn = [&](int option, int on) {
    check(sqlite3_db_config(database, option, on, nullptr));
  };
  turn(SQLITE_DBCONFIG_DEFENSIVE, 1);
  turn(SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
  turn(SQLITE_DBCONFIG_ENABLE_TRIGGER, 0);
  turn(SQLITE_DBCONFIG_ENABLE_VIEW, 0);
  execute(
      database,
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; "
      // The checks of the tables are for those who write by hand. For each list of texts in them
      // SQLite builds a table of its own: that was two thirds of the time of a commit's SQL.
      "PRAGMA ignore_check_constraints = ON; "
      // The log of one huge commit does not stay so long.
      "PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON; "
      "PRAGMA journal_size_limit = 33554432;");
  const std::string cache = "PRAGMA cache_size = -" + std::to_string(options.cache_kib);
  execute(database, cache.c_str());
}

// Closing brings the log into the file, unless this is on.
void keep_log_on_close(sqlite3* database, bool keep) {
  check(sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr));
}

std::int64_t one_number(sqlite3* database, const char* sql) {
  Statements statements(database);
  Run run(statements, sql);
  return run.step() ? run.integer(0) : 0;
}

// What only SQLite can see: tables, and a version that may be in the log and not in the file yet.
result<void> verify(sqlite3* database, std::int64_t newest_schema) {
  const std::int64_t objects = one_number(database, "SELECT count(*) FROM sqlite_schema");
  if (sqlite3_db_readonly(database, "main") != 0) {
    return failure(
        ErrorCode::store_unavailable,
        "the database cannot be written; let this process write the file and its directory");
  }
  if (objects == 0) return ok();  // new
  const std::int64_t others =
      one_number(database,
                 "SELECT count(*) FROM sqlite_schema WHERE "
                 "name NOT GLOB 'ringfence_*' AND name NOT GLOB 'sqlite_*'");
  if (others != 0 || one_number(database, "PRAGMA application_id") != application_id) {
    return failure(ErrorCode::store_foreign,
                   "the database has tables that are not of ringfence; choose another path");
  }
  if (one_number(database, "PRAGMA user_version") > newest_schema ||
      schema_version(database) > newest_schema) {
    return failure(ErrorCode::store_newer,
                   "the database was written by a newer ringfence; run that version, or restore a "
                   "backup of this one");
  }
  return ok();
}

result<void> update_tables(sqlite3* database, std::span<const char* const> migrations) {
  const auto newest = static_cast<std::int64_t>(migrations.size());
  if (schema_version(database) == newest && one_number(database, "PRAGMA user_version") == newest) {
    return ok();
  }
  execute(database, "BEGIN IMMEDIATE");  // closing after a failure undoes it
  RF_TRY_VOID(migrate(database, migrations));
  const std::string marks = "PRAGMA application_id = " + std::to_string(application_id) +
                            "; PRAGMA user_version = " + std::to_string(newest);
  execute(database, marks.c_str());
  execute(database, "COMMIT");
  return ok();
}

// Only after the tables are made: so their making is in the file itself, which then says whose it
// is even if the log is lost.
result<void> use_log(sqlite3* database) {
  Statements statements(database);
  Run run(statements, "PRAGMA journal_mode = WAL");
  if (run.step() && run.text(0) == "wal") return ok();
  return failure(ErrorCode::store_unavailable, "the database cannot have a write-ahead log");
}

}  // namespace

void CloseDatabase::operator()(sqlite3* database) const { sqlite3_close(database); }

result<Database> open_database(const std::string& path, const OpenOptions& options) {
  const auto newest = static_cast<std::int64_t>(options.migrations.size());
  RF_TRY(kind, look_at(path, options.vfs));
  if (kind == FileKind::missing) RF_TRY_VOID(create(path));
  RF_TRY_VOID(rewrite_log(path));
  const bool had_log = has_log(path);
  Database database = connect(path, options.vfs);
  keep_log_on_close(database.get(), had_log);
  configure(database.get(), options);
  RF_TRY_VOID(verify(database.get(), newest));
  RF_TRY_VOID(update_tables(database.get(), options.migrations));
  RF_TRY_VOID(use_log(database.get()));
  RF_TRY_VOID(sync_directory(path));
  keep_log_on_close(database.get(), false);
  return database;
}

}  // namespace ringfence::sqlite
