#include "store/postgres/schema.h"

#include <libpq-fe.h>

#include <array>
#include <limits>
#include <string_view>

#include "store/guarded.h"
#include "store/postgres/connection.h"

namespace ringfence::postgres {
namespace {

constexpr TimeMs host_timeout_ms = 10'000;
constexpr int max_statement_tries = 10;

constexpr const char* make_meta = R"(
  CREATE TABLE IF NOT EXISTS ringfence.meta (name text PRIMARY KEY, value bigint NOT NULL);
  INSERT INTO ringfence.meta (name, value) VALUES ('schema', 0), ('usable_from', 0)
    ON CONFLICT (name) DO NOTHING)";
constexpr const char* select_meta = "SELECT name, value FROM ringfence.meta";
constexpr const char* raise_schema =
    "UPDATE ringfence.meta SET value = $2 WHERE name = 'schema' AND value = $1";
constexpr const char* set_usable_from =
    "UPDATE ringfence.meta SET value = $1 WHERE name = 'usable_from'";
constexpr const char* missing_rights = R"(
  SELECT p.privilege, t.name
  FROM (VALUES ('account'), ('address'), ('source'), ('audit'), ('message')) AS t (name)
  CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS p (privilege)
  WHERE NOT has_table_privilege('ringfence.' || t.name, p.privilege))";

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

bool good(const Result& result) {
  const ExecStatusType status = PQresultStatus(result.get());
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

std::string_view sqlstate(const Result& result) {
  const char* const text = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  return text == nullptr ? std::string_view() : text;
}

Failure refused(const Result& result) {
  const std::string_view state = sqlstate(result);
  if (state == "42501") {
    return failure(ErrorCode::store_unavailable,
                   "the role may not create the schema ringfence or its tables; use the one that "
                   "owns them");
  }
  return failure(ErrorCode::store_unavailable,
                 "PostgreSQL did not take the migration: " +
                     (state.empty() ? std::string("the connection broke") : std::string(state)));
}

// Two that begin at once get into each other's way; whoever was second finds it done.
bool worth_another_try(const Result& result) {
  constexpr std::array<std::string_view, 7> races = {"23505", "42P06", "42P07", "42710",
                                                     "40001", "40P01", "XX000"};
  const std::string_view state = sqlstate(result);
  for (const std::string_view race : races) {
    if (state == race) return true;
  }
  return false;
}

// One of another encoding cannot hold every address and name.
result<void> check_encoding(const PGconn* connection) {
  const char* const encoding = PQparameterStatus(connection, "server_encoding");
  if (encoding != nullptr && std::string_view(encoding) == "UTF8") return ok();
  return failure(ErrorCode::store_unavailable, "the database's encoding is not UTF8; make another");
}

struct Meta {
  std::int64_t schema = 0;
  std::int64_t usable_from = std::numeric_limits<std::int64_t>::max();  // where nothing is said
};

Meta read_meta(const Rows& rows) {
  Meta out;
  for (int row = 0; row < rows.size(); ++row) {
    const std::string_view name = rows.text(row, 0);
    if (name == "schema") out.schema = rows.integer(row, 1);
    if (name == "usable_from") out.usable_from = rows.integer(row, 1);
  }
  return out;
}

result<void> check_meta(const Meta& meta, std::size_t known) {
  const auto newest = static_cast<std::int64_t>(known);
  if (meta.schema < newest) {
    return failure(ErrorCode::store_older,
                   "the tables are older than this ringfence needs; migrate the store first");
  }
  if (meta.schema > newest && meta.usable_from > newest) {
    return failure(ErrorCode::store_newer, "the tables were made for a newer ringfence");
  }
  return ok();
}

Result execute(PGconn* connection, const char* sql) { return Result(PQexec(connection, sql)); }

Result execute(PGconn* connection, const char* sql, std::int64_t first, std::int64_t second) {
  const std::string texts[] = {std::to_string(first), std::to_string(second)};
  const char* const values[] = {texts[0].c_str(), texts[1].c_str()};
  return Result(PQexecParams(connection, sql, 2, nullptr, values, nullptr, nullptr, 0));
}

// One step in one transaction. `again`: somebody else was faster, or in the way.
struct Migrating {
  PGconn* connection;

  result<void> begin(bool& again) const {
    Result there = execute(connection, "SELECT 1 FROM pg_namespace WHERE nspname = 'ringfence'");
    if (good(there) && PQntuples(there.get()) == 0)
      there = execute(connection, "CREATE SCHEMA IF NOT EXISTS ringfence");
    if (good(there)) there = execute(connection, "SELECT to_regclass('ringfence.meta')");
    if (good(there) && PQgetisnull(there.get(), 0, 0) != 0) there = execute(connection, make_meta);
    if (good(there)) return ok();
    again = worth_another_try(there);
    return refused(there);
  }

  result<Meta> meta() const {
    Result found = execute(connection, select_meta);
    if (!good(found)) return refused(found);
    return read_meta(Rows(found.release()));
  }

  result<void> step(std::int64_t from, const PostgresMigration& migration, bool& again) const {
    Result last = execute(connection, "BEGIN");
    if (good(last)) last = execute(connection, raise_schema, from, from + 1);
    const bool first = good(last) && std::string_view(PQcmdTuples(last.get())) == "1";
    if (first) last = execute(connection, migration.sql);
    if (first && good(last)) {
      const std::string text = std::to_string(migration.usable_from);
      const char* const value = text.c_str();
      last = Result(
          PQexecParams(connection, set_usable_from, 1, nullptr, &value, nullptr, nullptr, 0));
    }
    if (first && good(last)) last = execute(connection, "COMMIT");
    if (first && good(last)) return ok();
    again = good(last) || worth_another_try(last);
    Failure why = refused(last);
    execute(connection, "ROLLBACK");
    return why;
  }
};

result<void> try_to_migrate(const Migrating& migrating,
                            std::span<const PostgresMigration> migrations, bool& again) {
  again = false;
  RF_TRY_VOID(migrating.begin(again));
  for (;;) {
    RF_TRY(meta, migrating.meta());
    const auto newest = static_cast<std::int64_t>(migrations.size());
    if (meta.schema >= newest) return check_meta(meta, migrations.size());
    if (meta.schema < 0)
      return failure(ErrorCode::store_corrupt, "the schema's version is negative");
    RF_TRY_VOID(
        migrating.step(meta.schema, migrations[static_cast<std::size_t>(meta.schema)], again));
  }
}

}  // namespace

result<void> migrate(const std::string& url, std::span<const PostgresMigration> migrations) {
  auto migrated = store::guarded([&]() -> result<void> {
    RF_TRY_VOID(check_url(url));
    RF_TRY(connection, connect(url, host_timeout_ms, {}));
    RF_TRY_VOID(check_encoding(connection.get()));
    bool again = false;
    for (int tries = 1;; ++tries) {
      auto done = try_to_migrate({connection.get()}, migrations, again);
      if (done || !again || tries == max_statement_tries) return done;
    }
  });
  if (migrated) return ok();
  Failure refusal = std::move(migrated).error();
  refusal.next = NextStep::fix_setup;
  return refusal;
}

result<void> check_schema(pg_conn* connection, std::span<const PostgresMigration> migrations) {
  RF_TRY_VOID(check_encoding(connection));
  const Statement read{select_meta};
  const Deadline deadline = Deadline::in(4 * host_timeout_ms);
  const Answer meta = run(connection, {&read, 1}, deadline);
  if (meta.sqlstate == "42501") {
    return failure(ErrorCode::store_unavailable,
                   "the role may not use the schema ringfence; grant what grants.sql lists");
  }
  if (meta.sqlstate == "42P01" || meta.sqlstate == "3F000") {
    return failure(ErrorCode::store_older,
                   "the database has no tables of ringfence; migrate the store first");
  }
  if (meta.end != Answer::End::done) {
    return failure(ErrorCode::store_unavailable, "PostgreSQL did not answer " + meta.sqlstate);
  }
  RF_TRY_VOID(check_meta(read_meta(meta.rows.at(0)), migrations.size()));
  const Statement rights{missing_rights};
  const Answer missing = run(connection, {&rights, 1}, deadline);
  if (missing.sqlstate == "42P01") {
    return failure(ErrorCode::store_corrupt,
                   "a table of ringfence is gone that its version says is there; restore it");
  }
  if (missing.end != Answer::End::done) {
    return failure(ErrorCode::store_unavailable, "PostgreSQL did not answer " + missing.sqlstate);
  }
  if (missing.rows.at(0).size() > 0) {
    return failure(ErrorCode::store_unavailable,
                   "the role lacks " + std::string(missing.rows[0].text(0, 0)) + " on ringfence." +
                       std::string(missing.rows[0].text(0, 1)) + "; grant what grants.sql lists");
  }
  return ok();
}

}  // namespace ringfence::postgres

namespace ringfence {

std::span<const PostgresMigration> postgres_migrations() { return postgres::schema_migrations(); }

result<void> migrate_postgres(const std::string& url) {
  return postgres::migrate(url, postgres::schema_migrations());
}

}  // namespace ringfence
