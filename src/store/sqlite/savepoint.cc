#include "store/sqlite/savepoint.h"

#include <sqlite3.h>

namespace ringfence::sqlite {

namespace {

JobResult outcome_of(Statements& statements, const Job& job) noexcept {
  JobResult out;
  try {
    out.outcome = job(statements);
    out.intact = true;
  } catch (const SqlError& error) {
    out.error = error.code();
  } catch (...) {
    out.error = SQLITE_NOMEM;
  }
  return out;
}

}  // namespace

JobResult run_bare(Statements& statements, const Job& job) noexcept {
  JobResult out = outcome_of(statements, job);
  out.intact = out.intact && sqlite3_get_autocommit(statements.database()) == 0;
  if (!out.intact) out.outcome = CommitOutcome::unavailable;
  return out;
}

JobResult run_in_savepoint(Statements& statements, const Job& job) noexcept {
  sqlite3* const database = statements.database();
  const auto says_ok = [&](const char* sql) {
    return sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
  };
  if (!says_ok("SAVEPOINT ringfence")) return {.intact = sqlite3_get_autocommit(database) == 0};
  JobResult out = outcome_of(statements, job);
  out.intact = false;
  // After some errors SQLite itself has already undone the whole transaction.
  if (sqlite3_get_autocommit(database) == 0) {
    if (out.outcome != CommitOutcome::committed) {
      out.intact = says_ok("ROLLBACK TO ringfence") && says_ok("RELEASE ringfence");
    } else {
      out.intact = says_ok("RELEASE ringfence");
    }
  }
  if (!out.intact) out.outcome = CommitOutcome::unavailable;
  return out;
}

}  // namespace ringfence::sqlite
