#pragma once

#include <string>

#include "ringfence/store/sqlite.h"
#include "store/sqlite/group_commit.h"

namespace ringfence::sqlite {

/// As `SqliteStore::back_up`. The copy is written through the file layer of that name; null: the
/// usual one. Throws `SqlError`.
result<void> back_up(GroupCommit& group, const std::string& path, const SqliteBackup& how,
                     const char* vfs);

}  // namespace ringfence::sqlite
