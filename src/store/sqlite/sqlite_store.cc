#include "store/sqlite/sqlite_store.h"

#include <sqlite3.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include "ringfence/store/well_formed.h"
#include "ringfence/text.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/file_lock.h"
#include "store/sqlite/group_commit.h"
#include "store/sqlite/integrity.h"
#include "store/sqlite/open_database.h"
#include "store/sqlite/outbox.h"
#include "store/sqlite/records.h"
#include "store/sqlite/sql_error.h"

namespace ringfence::sqlite {
namespace {

// Why writes fail, and what to do about it.
std::string advice(int code, bool broken) {
  const std::string why = sqlite3_errstr(code);
  if (broken) {
    return "a write or a sync failed on the disk (" + why +
           "), and what was under way is in doubt: see to the disk, then close the store and open "
           "it again";
  }
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "the disk is full: nothing was changed, and writes go on when there is room";
    case SQLITE_READONLY:
      return "it cannot be written: make the file and its directory writable, then close the store "
             "and open it again";
    default:
      return "SQLite: " + why;
  }
}

class StoreOnFile final : public SqliteStore {
 public:
  StoreOnFile(std::string path, const OpenOptions& options, FileLock lock, Database database)
      : path_(std::move(path)),
        vfs_(options.vfs),
        lock_(std::move(lock)),
        group_(std::make_unique<GroupCommit>(database.get(), options.checkpoint_pages)) {
    (void)database.release();
  }

  ~StoreOnFile() override {
    // A forked child has a copy of the connection, and what it did with it would happen to the
    // parent's database.
    if (in_other_process()) (void)group_.release();
  }

  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs deadline_ms) override {
    return guarded([&]() -> result<std::vector<Loaded>> {
      if (in_other_process()) return wrong_process();
      RF_TRY(stored,
             read(deadline_ms, [&](Statements& statements) { return fetch(statements, keys); }));
      return store::decode(std::move(stored));
    });
  }

  CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) override {
    try {
      if (in_other_process() || !well_formed(change)) return CommitOutcome::unavailable;
      const store::EncodedChange encoded(change);
      return group_->write(deadline_ms,
                           [&](Statements& statements) { return apply(statements, encoded); });
    } catch (...) {
      return CommitOutcome::unavailable;  // nothing above throws after the queue is entered
    }
  }

  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override {
    std::vector<Message> taken;
    RF_TRY_VOID(write([&](Statements& statements) {
      taken = sqlite::take(statements, now, lease_ms, max, share);
    }));
    return taken;
  }

  result<void> settle(std::span<const Settlement> settlements) override {
    return write([&](Statements& statements) { sqlite::settle(statements, settlements); });
  }

  result<std::vector<Message>> messages(const AccountKey& account, int max,
                                        TimeMs deadline_ms) override {
    return guarded([&]() -> result<std::vector<Message>> {
      if (in_other_process()) return wrong_process();
      RF_TRY(stored, read(deadline_ms, [&](Statements& statements) {
               return sqlite::messages(statements, account, max);
             }));
      return store::decode(std::move(stored));
    });
  }

  result<std::vector<Message>> given_up(const MessagePlace& after, int max,
                                        TimeMs deadline_ms) override {
    return guarded([&]() -> result<std::vector<Message>> {
      if (in_other_process()) return wrong_process();
      return store::given_up(after, max, [&](const store::RowPlace& place, int wanted) {
        return read(deadline_ms, [&](Statements& statements) {
          return sqlite::given_up(statements, place, wanted);
        });
      });
    });
  }

  result<OutboxState> outbox(TimeMs now, TimeMs deadline_ms) override {
    return guarded([&]() -> result<OutboxState> {
      if (in_other_process()) return wrong_process();
      return read(deadline_ms,
                  [&](Statements& statements) { return sqlite::outbox(statements, now); });
    });
  }

  result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
    int removed = 0;
    RF_TRY_VOID(write([&](Statements& statements) {
      removed = sqlite::sweep(statements, now, settled_before, max);
    }));
    return removed;
  }

  result<void> health() override {
    return guarded([&]() -> result<void> {
      if (in_other_process()) return wrong_process();
      const bool broken = group_->broken();
      const int error = group_->last_error();
      if (!broken && error == 0) return ok();
      return failure(ErrorCode::store_unavailable,
                     "database " + printable(path_) + ": " + advice(error, broken));
    });
  }

  result<void> integrity_check() override {
    return guarded([&]() -> result<void> {
      if (in_other_process()) return wrong_process();
      return checked(sqlite::integrity_check(*group_));
    });
  }

  result<void> back_up(const std::string& path, const SqliteBackup& how) override {
    return guarded([&]() -> result<void> {
      if (in_other_process()) return wrong_process();
      auto made = sqlite::back_up(*group_, path, how, vfs_);
      if (made) return ok();
      if (group_->broken()) return health();
      Failure refusal = std::move(made).error();
      refusal.text = "backup " + printable(path) + ": " + refusal.text;
      return refusal;
    });
  }

 private:
  bool in_other_process() const { return ::getpid() != process_; }
  static Failure wrong_process() {
    return failure(ErrorCode::wrong_process,
                   "the store was opened before a fork; open one in this process");
  }

  template <class Read>
  auto read(TimeMs deadline_ms, const Read& what)
      -> result<decltype(what(std::declval<Statements&>()))> {
    auto found = group_->read(deadline_ms, what);
    if (!found && group_->broken()) {
      if (auto state = health(); !state) found = std::move(state).error();
    }
    return found;
  }

  template <class Change>
  result<void> write(const Change& change) {
    return guarded([&]() -> result<void> {
      if (in_other_process()) return wrong_process();
      const CommitOutcome outcome = group_->write(0, [&](Statements& statements) {
        change(statements);
        return CommitOutcome::committed;
      });
      if (outcome == CommitOutcome::committed) return ok();
      const auto state = health();
      const std::string why = state ? "the database did not take the change" : state.error().text;
      return failure(outcome == CommitOutcome::unknown ? ErrorCode::outcome_unknown
                                                       : ErrorCode::store_unavailable,
                     why);
    });
  }

  // Says which database, and what to do.
  result<void> checked(result<void> found) const {
    if (found) return found;
    Failure refusal = std::move(found).error();
    refusal.text = "database " + printable(path_) + ": " + refusal.text;
    if (refusal.text.find("restore a backup") == std::string::npos &&
        refusal.code == ErrorCode::store_corrupt) {
      refusal.text += "; restore a backup";
    }
    return refusal;
  }

  const std::string path_;
  const char* const vfs_;
  const pid_t process_ = ::getpid();
  FileLock lock_;  // let go last
  std::unique_ptr<GroupCommit> group_;
};

}  // namespace

namespace {

result<std::unique_ptr<SqliteStore>> open_here(const std::string& path,
                                               const OpenOptions& options) {
  return guarded([&]() -> result<std::unique_ptr<SqliteStore>> {
    if (sqlite3_libversion_number() < 3037000) {
      return failure(ErrorCode::store_unavailable, "SQLite 3.37 or newer is needed");
    }
    RF_TRY(real, real_path(path));
    RF_TRY_VOID(look_at(real, options.vfs));  // nothing is left beside what is not ours
    RF_TRY(lock, FileLock::take(real + ".lock"));
    try {
      RF_TRY(database, open_database(real, options));
      return std::unique_ptr<SqliteStore>(
          std::make_unique<StoreOnFile>(real, options, std::move(lock), std::move(database)));
    } catch (const SqlError& error) {
      // Opened with another program, or under another name: a hard link.
      if ((error.code() & 0xff) != SQLITE_BUSY) throw;
      return failure(ErrorCode::store_in_use, "another program has the database open; stop it");
    }
  });
}

}  // namespace

result<std::unique_ptr<SqliteStore>> open(const std::string& path, const OpenOptions& options) {
  auto store = open_here(path, options);
  if (store) return store;
  Failure refusal = std::move(store).error();
  refusal.text = "database " + printable(path) + ": " + refusal.text;
  // Nothing was asked of it yet that could be repeated: somebody must look at the path.
  if (refusal.next == NextStep::retry) refusal.next = NextStep::fix_setup;
  return refusal;
}

}  // namespace ringfence::sqlite

namespace ringfence {

result<std::unique_ptr<SqliteStore>> open_sqlite_store(const std::string& path) {
  return sqlite::open(path, {});
}

}  // namespace ringfence
