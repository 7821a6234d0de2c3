#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/store.h"

struct pg_conn;

/// The store for many processes and machines: PostgreSQL 12 or newer, through libpq.
namespace ringfence {

struct PostgresOptions {
  int max_connections = 8;  ///< Of this store, 1–1000. Who finds none free waits.
  /// How long a server may take to answer at all, before the next of the URL's servers is tried,
  /// and how long sent data may stay unacknowledged; 100 ms – 1 h.
  TimeMs connect_timeout_ms = 5'000;
};

/// Opens the tables that `migrate_postgres` made. `url` is a connection string of libpq,
/// `postgresql://user@host1:port,host2:port/database?sslmode=verify-full`, with everything that
/// libpq takes: TLS, service and password files, several servers. Unless it says otherwise it goes
/// to the server that takes writes.
///
/// With `target_session_attrs=any` or `standby` in the URL it may be a store that only reads.
///
/// Connections are made when they are needed and replaced when they break. A load and a commit take
/// one round trip each. A commit is on the server's disk when it returns, and with synchronous
/// standbys on theirs, whatever `synchronous_commit` the database is set to; one whose answer is
/// lost is `unknown`. A call's deadline ends waiting for a connection, for locks and for answers,
/// but not for the name service.
///
/// Refuses with `store_older` if the tables are missing or older than this library needs, with
/// `store_newer` if they are too new for it, with `store_unavailable` if no server can be reached
/// or a right is missing or the database is not in UTF8, with `store_corrupt` if a table is gone,
/// with `invalid_argument` what is no URL or out of bounds. In a forked child every function fails
/// with `wrong_process` (`commit` says `unavailable`); destroying the store there leaves the
/// parent's connections alone.
result<std::unique_ptr<Store>> open_postgres_store(const std::string& url,
                                                   const PostgresOptions& options = {});

/// A step from one schema to the next.
struct PostgresMigration {
  const char* sql = "";  ///< Several statements, run in one transaction.
  /// The oldest schema whose libraries still work with the outcome. A library of schema n works
  /// with newer tables as long as this is n or less.
  int usable_from = 1;
};

/// What `migrate_postgres` runs, the n-th from schema n-1 to schema n. The same files are installed
/// in `share/ringfence/postgres`, for who lets an administrator run them: once `000_schema.sql`,
/// then those that are missing, each in a transaction; and `grants.sql`, the rights that the role
/// of the running program needs.
std::span<const PostgresMigration> postgres_migrations();

/// Makes the schema `ringfence` with its tables, or brings it up to date, one step a transaction;
/// does nothing if it is. Connects for that alone, with a role that may create tables, e.g. the
/// schema's owner; the running program needs no such role. Several may run at once. The programs in
/// use go on meanwhile: see `PostgresMigration::usable_from`.
///
/// Refuses with `store_newer` if the tables are too new for this library, with `store_unavailable`
/// if no server can be reached or the role lacks a right: then nothing of the step has happened.
result<void> migrate_postgres(const std::string& url);

/// ringfence's tables on a connection of the host, inside the host's own transaction: for driving a
/// `Step` together with the host's own statements. It never begins or ends a transaction, and keeps
/// no state but the connection. Outside a transaction it does nothing: `invalid_argument`,
/// `unavailable`; nor if the connection's `client_encoding` is not UTF8. The connection is idle
/// when it is called and when it returns. What the transactions put into the outbox goes out
/// through a `Dispatcher` on `open_postgres_store`.
class PostgresSession {
 public:
  /// `connection` stays the host's, and must outlive this.
  explicit PostgresSession(pg_conn* connection) : connection_(connection) {}

  /// As `Store::load`. After a failure the host rolls back.
  result<std::vector<Loaded>> load(std::span<const Key> keys);
  /// As `Store::commit`, but durable only when the host's transaction is: `committed` means
  /// applied. On anything else the host rolls back.
  CommitOutcome apply(const ChangeSet& change_set);

 private:
  pg_conn* connection_;
};

}  // namespace ringfence
