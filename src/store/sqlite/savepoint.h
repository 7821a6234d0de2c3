#pragma once

#include <cstdint>
#include <functional>

#include "ringfence/store.h"
#include "store/sqlite/statement.h"

namespace ringfence::sqlite {

/// A piece of work within a transaction. Unless it returns `committed`, all it wrote shall be
/// undone; it has written nothing if it returns, and may have if it throws. It may be run again in
/// another transaction after its own was rolled back.
using Job = std::function<CommitOutcome(Statements&)>;

struct JobResult {
  CommitOutcome outcome = CommitOutcome::unavailable;
  int error = 0;        ///< SQLite's code, if that is why it failed.
  bool intact = false;  ///< The transaction goes on, with all of the job or nothing of it.
};

/// Runs a job inside the open transaction. One that throws spoils the transaction: it is not
/// `intact` and the caller rolls it back.
JobResult run_bare(Statements& statements, const Job& job) noexcept;

/// Runs a job inside the open transaction, so that it happens wholly or not at all whatever the
/// transaction does later.
JobResult run_in_savepoint(Statements& statements, const Job& job) noexcept;

}  // namespace ringfence::sqlite
