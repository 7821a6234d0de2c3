#pragma once

#include "ringfence/result.h"
#include "store/sqlite/group_commit.h"

namespace ringfence::sqlite {

/// As `SqliteStore::integrity_check`. Reads the records in steps, so that others get their turn in
/// between. Throws `SqlError`.
result<void> integrity_check(GroupCommit& group);

}  // namespace ringfence::sqlite
