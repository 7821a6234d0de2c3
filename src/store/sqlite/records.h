#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ringfence/store.h"
#include "store/rows.h"
#include "store/sqlite/statement.h"

/// Records in their tables: loading them, and applying a change set to them and to the outbox.
namespace ringfence::sqlite {

std::vector<store::StoredRecord> fetch(Statements& statements, std::span<const Key> keys);

/// Checks every expectation, then writes. `committed` means applied: the caller's transaction makes
/// it so, or undoes it. A `conflict` has written nothing; what is thrown may have been thrown
/// half-way.
CommitOutcome apply(Statements& statements, const store::EncodedChange& encoded);

}  // namespace ringfence::sqlite
