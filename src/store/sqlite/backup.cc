#include "store/sqlite/backup.h"

#include <sqlite3.h>
#include <unistd.h>

#include "store/sqlite/database_file.h"
#include "store/sqlite/open_database.h"
#include "store/sqlite/statement.h"

namespace ringfence::sqlite {
namespace {

// The copy has no journal and is not synced page by page: until it has its name it is nothing.
Database make_copy(const std::string& path, const char* vfs) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                       SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE,
                                   vfs);
  Database copy(raw);
  check(code);
  execute(raw, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;");
  return copy;
}

// The steps of a copy. What is committed between them goes into the copy as well, since it is
// committed by the connection that is copied from: so it ends as the database is at the last step.
class Copying {
 public:
  Copying(GroupCommit& group, sqlite3* copy) : group_(group) {
    backup_ = group_.alone(
        [&](sqlite3* source) { return sqlite3_backup_init(copy, "main", source, "main"); });
    if (backup_ == nullptr) check(sqlite3_extended_errcode(copy));
  }
  Copying(const Copying&) = delete;
  Copying& operator=(const Copying&) = delete;
  ~Copying() { finish(); }

  int step(int pages) {
    return group_.alone([&](sqlite3*) {
      return group_.broken() ? SQLITE_IOERR : sqlite3_backup_step(backup_, pages);
    });
  }
  int left() const { return sqlite3_backup_remaining(backup_); }
  int of() const { return sqlite3_backup_pagecount(backup_); }
  void finish() {
    if (backup_ == nullptr) return;
    group_.alone([&](sqlite3*) { return sqlite3_backup_finish(backup_); });
    backup_ = nullptr;
  }

 private:
  GroupCommit& group_;
  sqlite3_backup* backup_ = nullptr;
};

result<void> copy_pages(GroupCommit& group, const std::string& path, const SqliteBackup& how,
                        const char* vfs) {
  const Database copy = make_copy(path, vfs);
  Copying copying(group, copy.get());
  for (;;) {
    const int code = copying.step(how.pages_per_step);
    if (code == SQLITE_DONE) return ok();
    if (code != SQLITE_OK) return failure_of(SqlError(code));
    if (how.go_on && !how.go_on(copying.left(), copying.of()))
      return failure(ErrorCode::store_unavailable, "it was given up");
    group.give_way();
  }
}

}  // namespace

result<void> back_up(GroupCommit& group, const std::string& path, const SqliteBackup& how,
                     const char* vfs) {
  if (how.pages_per_step < 1)
    return failure(ErrorCode::invalid_argument, "a step has at least one page");
  RF_TRY_VOID(check_free(path));
  RF_TRY(real, real_path(path));
  RF_TRY(part, create_part(real));
  result<void> made = guarded([&] { return copy_pages(group, part, how, vfs); });
  if (made) made = publish(part, real);
  if (!made) ::unlink(part.c_str());
  return made;
}

}  // namespace ringfence::sqlite
