#include "store/sqlite/schema.h"

#include <array>

#include "store/sqlite/statement.h"

namespace ringfence::sqlite {
namespace {

// Accounts have records of some kilobytes, so they are ordinary tables; the rows of addresses and
// sources are small and lie in their primary key.
constexpr const char* version_1 = R"(
  CREATE TABLE ringfence_meta (
    name  TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE ringfence_account (
    realm       TEXT NOT NULL,
    id          TEXT NOT NULL,
    version     INTEGER NOT NULL CHECK (version <> 0),
    kind        TEXT NOT NULL CHECK (kind IN ('standalone', 'federated')),
    status      TEXT NOT NULL CHECK (status IN ('active', 'locked', 'closed')),
    phone       TEXT,
    phone_state TEXT NOT NULL CHECK (phone_state IN ('absent', 'unverified', 'verified')),
    phone_login INTEGER NOT NULL CHECK (phone_login IN (0, 1)),
    email       TEXT,
    email_state TEXT NOT NULL CHECK (email_state IN ('absent', 'unverified', 'verified')),
    email_login INTEGER NOT NULL CHECK (email_login IN (0, 1)),
    created_at  INTEGER NOT NULL,
    record      TEXT NOT NULL,
    PRIMARY KEY (realm, id)
  ) STRICT;
  CREATE INDEX ringfence_account_phone ON ringfence_account (realm, phone)
    WHERE phone_state = 'verified';
  CREATE INDEX ringfence_account_email ON ringfence_account (realm, email)
    WHERE email_state = 'verified';

  CREATE TABLE ringfence_address (
    realm        TEXT NOT NULL,
    address      TEXT NOT NULL,
    version      INTEGER NOT NULL CHECK (version <> 0),
    holders      INTEGER NOT NULL,
    login_holder TEXT NOT NULL,
    released_at  INTEGER NOT NULL,
    forget_at    INTEGER NOT NULL,
    record       TEXT NOT NULL,
    PRIMARY KEY (realm, address)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ringfence_address_forget ON ringfence_address (forget_at) WHERE forget_at <> 0;

  CREATE TABLE ringfence_source (
    realm     TEXT NOT NULL,
    source    TEXT NOT NULL,
    version   INTEGER NOT NULL CHECK (version <> 0),
    forget_at INTEGER NOT NULL,
    record    TEXT NOT NULL,
    PRIMARY KEY (realm, source)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ringfence_source_forget ON ringfence_source (forget_at) WHERE forget_at <> 0;

  CREATE TABLE ringfence_message (
    id         TEXT PRIMARY KEY NOT NULL,
    realm      TEXT NOT NULL,
    account    TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('code', 'notice', 'event')),
    purpose    TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'given_up', 'superseded')),
    created_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    record     TEXT NOT NULL
  ) STRICT;
  CREATE INDEX ringfence_message_due ON ringfence_message (due_at) WHERE state = 'pending';
  CREATE INDEX ringfence_message_ended ON ringfence_message (created_at) WHERE state <> 'pending';
)";

// The audit trail; and the messages of one account, for exporting and erasing it.
constexpr const char* version_2 = R"(
  CREATE TABLE ringfence_audit (
    realm   TEXT NOT NULL,
    account TEXT NOT NULL,
    number  INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version <> 0),
    at      INTEGER NOT NULL,
    event   TEXT NOT NULL,
    record  TEXT NOT NULL,
    PRIMARY KEY (realm, account, number)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ringfence_message_account ON ringfence_message (realm, account);
  -- Codes to own channels now have one budget; that of the last day begins anew.
  UPDATE ringfence_account SET record = json_remove(record, '$.phone_sends', '$.email_sends')
    WHERE json_valid(record);
)";

constexpr std::array<const char*, 2> all_migrations = {version_1, version_2};

}  // namespace

std::span<const char* const> schema_migrations() { return all_migrations; }

std::int64_t schema_version(sqlite3* database) {
  Statements statements(database);
  Run table(statements,
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'ringfence_meta'");
  if (!table.step()) return 0;
  Run version(statements, "SELECT value FROM ringfence_meta WHERE name = 'schema'");
  return version.step() ? version.integer(0) : 0;
}

result<void> migrate(sqlite3* database, std::span<const char* const> migrations) {
  const std::int64_t present = schema_version(database);
  const auto newest = static_cast<std::int64_t>(migrations.size());
  if (present > newest) {
    return failure(ErrorCode::store_newer, "the tables were made by a newer ringfence");
  }
  if (present < 0) return failure(ErrorCode::store_corrupt, "the schema's version is negative");
  for (const char* step : migrations.subspan(static_cast<std::size_t>(present))) {
    execute(database, step);
  }
  Statements statements(database);
  Run(statements,
      "INSERT INTO ringfence_meta (name, value) VALUES ('schema', ?1) "
      "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      newest)
      .finish();
  return ok();
}

}  // namespace ringfence::sqlite
