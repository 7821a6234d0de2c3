#pragma once

#include <cstdint>
#include <span>

#include "ringfence/result.h"

struct sqlite3;

/// The tables, and how older ones become today's. `docs/sqlite.md` describes them.
namespace ringfence::sqlite {

/// Marks a database as one of ringfence: "RFNC".
constexpr std::int32_t application_id = 0x52464e43;

/// The n-th brings schema n-1 to schema n. Only ever appended to: what was released is in use
/// somewhere.
std::span<const char* const> schema_migrations();

/// The schema ringfence's tables have; 0 if there are none.
std::int64_t schema_version(sqlite3* database);

/// Makes the tables or brings them up to date, inside the caller's transaction: after a failure the
/// caller rolls back. Refuses with `store_newer`. Throws `SqlError`.
result<void> migrate(sqlite3* database, std::span<const char* const> migrations);

}  // namespace ringfence::sqlite
