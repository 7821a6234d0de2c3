#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ringfence/store.h"

struct sqlite3;

/// The default store: one SQLite database, one process.
namespace ringfence {

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
/// refused with `store_unavailable`: destroy the store and open it again.
///
/// An administrator reads it when it is closed; `docs/sqlite.md` describes the tables.
result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path);

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
/// durable as the connection's `synchronous` makes it. The connection must outlive it.
std::unique_ptr<Store> attach_sqlite_store(sqlite3* connection);

}  // namespace ringfence
