#pragma once

#include <span>
#include <string>

#include "ringfence/result.h"
#include "ringfence/store/postgres.h"

struct pg_conn;

/// The tables, and how older ones become today's.
namespace ringfence::postgres {

/// The n-th brings schema n-1 to schema n. Only ever appended to: what was released is in use
/// somewhere.
std::span<const PostgresMigration> schema_migrations();

/// As `migrate_postgres`, with other migrations: for tests.
result<void> migrate(const std::string& url, std::span<const PostgresMigration> migrations);

/// Whether a library that knows these migrations can work with the tables, and may.
result<void> check_schema(pg_conn* connection, std::span<const PostgresMigration> migrations);

}  // namespace ringfence::postgres
