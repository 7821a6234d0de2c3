#include <sqlite3.h>

#include "ringfence/store/sqlite.h"
#include "ringfence/store/well_formed.h"
#include "store/sqlite/outbox.h"
#include "store/sqlite/records.h"
#include "store/sqlite/savepoint.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sql_error.h"

namespace ringfence {
namespace {

bool in_transaction(sqlite3* connection) {
  return connection != nullptr && sqlite3_get_autocommit(connection) == 0;
}

Failure no_transaction() {
  return failure(ErrorCode::invalid_argument, "a session works inside a transaction of the host");
}

// The statements live as long as the work: the host may want to close its connection.
CommitOutcome change(sqlite3* connection, const sqlite::Job& job) {
  sqlite::Statements statements(connection);
  return sqlite::run_in_savepoint(statements, job).outcome;
}

}  // namespace

result<void> SqliteSession::create_tables() {
  return sqlite::guarded([&]() -> result<void> {
    if (!in_transaction(connection_)) return no_transaction();
    return sqlite::migrate(connection_, sqlite::schema_migrations());
  });
}

result<std::vector<Loaded>> SqliteSession::load(std::span<const Key> keys) {
  return sqlite::guarded([&]() -> result<std::vector<Loaded>> {
    if (!in_transaction(connection_)) return no_transaction();
    sqlite::Statements statements(connection_);
    return store::decode(sqlite::fetch(statements, keys));
  });
}

CommitOutcome SqliteSession::apply(const ChangeSet& change_set) {
  try {
    if (!in_transaction(connection_) || !well_formed(change_set)) return CommitOutcome::unavailable;
    const store::EncodedChange encoded(change_set);
    return change(connection_, [&](sqlite::Statements& statements) {
      return sqlite::apply(statements, encoded);
    });
  } catch (...) {
    return CommitOutcome::unavailable;
  }
}

}  // namespace ringfence
