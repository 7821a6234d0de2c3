#pragma once

#include <span>
#include <vector>

#include "store/postgres/batch.h"
#include "store/rows.h"

/// Records in their tables, as statements. Each text is constant; `docs/postgres.md` says what
/// other engines make of them.
namespace ringfence::postgres {

/// Loads all keys as they are at one moment.
Statement select(std::span<const Key> keys);
/// What it gave, in the order of the keys.
std::vector<store::StoredRecord> records(std::span<const Key> keys, const Rows& rows);

/// Checks every expectation and writes, within the caller's transaction. A check that fails makes
/// its statement fail, and takes a lock that keeps it true until the transaction ends. The records
/// are in the order of their keys, so that two change sets do not lock each other out.
std::vector<Statement> statements(const store::EncodedChange& encoded);

/// Whether PostgreSQL chose another transaction over this one: it can be done again.
bool collided(const Answer& answer);

/// What the failure of one of them means: an expectation was not met, another transaction was
/// chosen, or something else.
CommitOutcome meaning(const Answer& answer);

}  // namespace ringfence::postgres
