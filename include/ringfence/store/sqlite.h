#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ringfence/store.h"

struct sqlite3;

/// The default store: one SQLite database, one process.
namespace ringfence {

/// How a backup is made while the store is at work.
struct SqliteBackup {
  /// How much is copied at once; between the steps the store serves who waits. At least 1; a page
  /// has 4 KiB.
  int pages_per_step = 256;
  /// Called between the steps with how many pages are left and how many there are; false gives the
  /// backup up. It may call the store.
  std::function<bool(int left, int of)> go_on = {};
};

/// The store that `open_sqlite_store` gives, and what an operator does with it. Thread-safe, like
/// any store.
class SqliteStore : public Store {
 public:
  /// `ok`, or why the last write failed, with the database's path and what to do:
  /// `store_unavailable`. Asks nothing of the disk.
  virtual result<void> health() = 0;

  /// Reads everything: the database by SQLite's own check, then each record. Refuses with
  /// `store_corrupt`, and says what to do; else fails like a load. Everybody else waits while
  /// SQLite checks, seconds for each gigabyte: of a big database make a backup and check that.
  virtual result<void> integrity_check() = 0;

  /// Copies the database to a new file while it is in use. The copy is the database as it was at
  /// one moment, with all that was acknowledged before the call; durable when it returns, readable
  /// for its owner only, and `open_sqlite_store` opens it. It is written beside `path`, as
  /// `<path>.part-XXXXXX`, and gets its name when it is whole: whoever is killed half-way leaves
  /// only that, and it may be deleted.
  ///
  /// Refuses with `invalid_argument` a path where there is something already; fails with
  /// `store_unavailable`, also when it is given up. The store itself is not touched by that.
  virtual result<void> back_up(const std::string& path, const SqliteBackup& how = {}) = 0;
};

/// Opens or makes a database. It belongs to one store in one process until the store is destroyed:
/// a lock on `<path>.lock` beside it says so, and a second opener gets `store_in_use`. A commit is
/// durable when it returns (WAL, `synchronous=FULL`); commits that wait together share one fsync.
///
/// Refuses with `store_foreign` a file that is no ringfence database, with `store_newer` one that a
/// newer ringfence wrote, with `store_corrupt` a damaged one, with `store_unavailable` what cannot
/// be opened or written; an older schema is migrated, all of it or nothing. In a forked child every
/// function fails with `wrong_process` (`commit` says `unavailable`); destroying the store there
/// leaves the database alone.
///
/// When the disk fails during a commit its outcome is `unknown`, and everything from then on is
/// refused with `store_unavailable`: destroy the store and open it again. When the disk is full,
/// commits are refused until there is room. `SqliteStore::health` tells which.
///
/// An administrator reads it when it is closed, or a backup; `docs/sqlite.md` describes the tables.
result<std::unique_ptr<SqliteStore>> open_sqlite_store(const std::string& path);

/// ringfence's tables on a connection of the host, inside the host's own transaction: for driving a
/// `Step` together with the host's own statements. It never begins or ends a transaction, and it
/// keeps no state but the connection. Outside a transaction it does nothing: `invalid_argument`,
/// `unavailable`. Who shares the connection between threads takes turns. What the transactions put
/// into the outbox goes out through a `Dispatcher` on `attach_sqlite_store`.
class SqliteSession {
 public:
  /// `connection` stays the host's, and must outlive this.
  explicit SqliteSession(sqlite3* connection) : connection_(connection) {}

  /// Makes ringfence's tables, or migrates them. Refuses with `store_newer`.
  result<void> create_tables();
  /// As `Store::load`.
  result<std::vector<Loaded>> load(std::span<const Key> keys);
  /// As `Store::commit`, but durable only when the host's transaction is: `committed` means
  /// applied. On anything else the host rolls back.
  CommitOutcome apply(const ChangeSet& change_set);

 private:
  sqlite3* connection_;
};

/// A store on a connection of the host that has ringfence's tables, each function in a transaction
/// of its own: for a `Dispatcher` and for sweeping, beside a host that drives steps itself. While a
/// transaction of the host is open on the connection it refuses with `store_unavailable`. As
/// durable as the connection's `synchronous` makes it. The connection must outlive it, and is best
/// one of its own: on a connection that another thread works with, it is refused or waits.
std::unique_ptr<Store> attach_sqlite_store(sqlite3* connection);

}  // namespace ringfence
