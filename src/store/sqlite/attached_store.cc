#include <sqlite3.h>

#include <mutex>

#include "ringfence/store/sqlite.h"
#include "ringfence/store/well_formed.h"
#include "store/sqlite/outbox.h"
#include "store/sqlite/records.h"
#include "store/sqlite/savepoint.h"
#include "store/sqlite/sql_error.h"

namespace ringfence {
namespace {

using sqlite::Statements;

class AttachedStore final : public Store {
 public:
  explicit AttachedStore(sqlite3* connection) : connection_(connection) {}

  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs) override {
    std::vector<store::StoredRecord> stored;
    RF_TRY_VOID(run("BEGIN", [&](Statements& statements) {
      stored = sqlite::fetch(statements, keys);
      return CommitOutcome::committed;
    }));
    return sqlite::guarded([&] { return store::decode(std::move(stored)); });
  }

  CommitOutcome commit(const ChangeSet& change, TimeMs) override {
    if (!well_formed(change)) return CommitOutcome::unavailable;
    CommitOutcome outcome = CommitOutcome::unavailable;
    const auto ended = run("BEGIN IMMEDIATE", [&](Statements& statements) {
      return outcome = sqlite::apply(statements, store::EncodedChange(change));
    });
    if (ended || outcome == CommitOutcome::conflict) return outcome;
    return ended.error().code == ErrorCode::outcome_unknown ? CommitOutcome::unknown
                                                            : CommitOutcome::unavailable;
  }

  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override {
    std::vector<Message> taken;
    RF_TRY_VOID(run("BEGIN IMMEDIATE", [&](Statements& statements) {
      taken = sqlite::take(statements, now, lease_ms, max, share);
      return CommitOutcome::committed;
    }));
    return taken;
  }

  result<void> settle(std::span<const Settlement> settlements) override {
    return run("BEGIN IMMEDIATE", [&](Statements& statements) {
      sqlite::settle(statements, settlements);
      return CommitOutcome::committed;
    });
  }

  result<std::vector<Message>> messages(const AccountKey& account, int max, TimeMs) override {
    std::vector<store::StoredMessage> stored;
    RF_TRY_VOID(run("BEGIN", [&](Statements& statements) {
      stored = sqlite::messages(statements, account, max);
      return CommitOutcome::committed;
    }));
    return sqlite::guarded([&] { return store::decode(std::move(stored)); });
  }

  result<std::vector<Message>> given_up(const MessagePlace& after, int max, TimeMs) override {
    return sqlite::guarded([&] {
      return store::given_up(after, max, [&](const store::RowPlace& place, int wanted) {
        std::vector<store::GivenUpRow> rows;
        const auto ended = run("BEGIN", [&](Statements& statements) {
          rows = sqlite::given_up(statements, place, wanted);
          return CommitOutcome::committed;
        });
        return ended ? result<std::vector<store::GivenUpRow>>(std::move(rows)) : ended.error();
      });
    });
  }

  result<OutboxState> outbox(TimeMs now, TimeMs) override {
    OutboxState state;
    RF_TRY_VOID(run("BEGIN", [&](Statements& statements) {
      state = sqlite::outbox(statements, now);
      return CommitOutcome::committed;
    }));
    return state;
  }

  result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
    int removed = 0;
    RF_TRY_VOID(run("BEGIN IMMEDIATE", [&](Statements& statements) {
      removed = sqlite::sweep(statements, now, settled_before, max);
      return CommitOutcome::committed;
    }));
    return removed;
  }

 private:
  int execute(const char* sql) { return sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr); }

  // One transaction, or none: what the job did is undone unless it ends `committed`.
  template <class Job>
  result<void> run(const char* begin, const Job& job) {
    return sqlite::guarded([&]() -> result<void> {
      const auto refuse = [](const char* why) {
        return failure(ErrorCode::store_unavailable, why);
      };
      const std::lock_guard lock(mutex_);
      // Refused by SQLite if the host's own transaction is open: that must not end with ours.
      if (execute(begin) != SQLITE_OK)
        return refuse("the database is busy, or a transaction of the host is open");
      Statements statements(connection_);
      if (sqlite::run_in_savepoint(statements, job).outcome != CommitOutcome::committed) {
        execute("ROLLBACK");
        return refuse("the database did not take the change");
      }
      const int code = execute("COMMIT");
      if (code == SQLITE_OK) return ok();
      // Nothing happened if the transaction is still open; else the disk failed, and it may have.
      const bool undone = sqlite3_get_autocommit(connection_) == 0 || (code & 0xff) == SQLITE_FULL;
      execute("ROLLBACK");
      if (undone) return refuse("the database did not take the change");
      return failure(ErrorCode::outcome_unknown, "the database failed while committing");
    });
  }

  sqlite3* const connection_;
  std::mutex mutex_;
};

}  // namespace

std::unique_ptr<Store> attach_sqlite_store(sqlite3* connection) {
  return std::make_unique<AttachedStore>(connection);
}

}  // namespace ringfence
