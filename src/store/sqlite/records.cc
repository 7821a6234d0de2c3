#include "store/sqlite/records.h"

#include <bit>
#include <cstdint>
#include <variant>

#include "store/sqlite/outbox.h"

namespace ringfence::sqlite {
namespace {

// Versions are 64 random bits; SQLite's integers have a sign.
std::int64_t to_column(Version version) { return std::bit_cast<std::int64_t>(version); }
Version from_column(std::int64_t value) { return std::bit_cast<Version>(value); }

constexpr const char* select_account =
    "SELECT version, record FROM ringfence_account WHERE realm = ?1 AND id = ?2";
constexpr const char* select_address =
    "SELECT version, record FROM ringfence_address WHERE realm = ?1 AND address = ?2";
constexpr const char* select_source =
    "SELECT version, record FROM ringfence_source WHERE realm = ?1 AND source = ?2";
constexpr const char* select_audit =
    "SELECT version, record FROM ringfence_audit WHERE realm = ?1 AND account = ?2 AND number = ?3";

constexpr const char* put_account = R"(
  INSERT INTO ringfence_account (realm, id, version, kind, status, phone, phone_state, phone_login,
                                 email, email_state, email_login, created_at, record)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
  ON CONFLICT (realm, id) DO UPDATE SET
    version = excluded.version, kind = excluded.kind, status = excluded.status,
    phone = excluded.phone, phone_state = excluded.phone_state, phone_login = excluded.phone_login,
    email = excluded.email, email_state = excluded.email_state, email_login = excluded.email_login,
    created_at = excluded.created_at, record = excluded.record)";
constexpr const char* put_address = R"(
  INSERT INTO ringfence_address (realm, address, version, holders, login_holder, released_at,
                                 forget_at, record)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
  ON CONFLICT (realm, address) DO UPDATE SET
    version = excluded.version, holders = excluded.holders, login_holder = excluded.login_holder,
    released_at = excluded.released_at, forget_at = excluded.forget_at, record = excluded.record)";
constexpr const char* put_source = R"(
  INSERT INTO ringfence_source (realm, source, version, forget_at, record)
  VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT (realm, source) DO UPDATE SET
    version = excluded.version, forget_at = excluded.forget_at, record = excluded.record)";
constexpr const char* put_audit = R"(
  INSERT INTO ringfence_audit (realm, account, number, version, at, event, record)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT (realm, account, number) DO UPDATE SET
    version = excluded.version, at = excluded.at, event = excluded.event, record = excluded.record)";

constexpr const char* erase_account = "DELETE FROM ringfence_account WHERE realm = ?1 AND id = ?2";
constexpr const char* erase_address =
    "DELETE FROM ringfence_address WHERE realm = ?1 AND address = ?2";
constexpr const char* erase_source =
    "DELETE FROM ringfence_source WHERE realm = ?1 AND source = ?2";
constexpr const char* erase_audit =
    "DELETE FROM ringfence_audit WHERE realm = ?1 AND account = ?2 AND number = ?3";

// The numbers of audit entries count up from 1: they never reach what SQLite cannot hold.
std::int64_t number_of(const AuditKey& key) { return std::bit_cast<std::int64_t>(key.number); }

struct Select {
  Statements& statements;

  Run operator()(const AccountKey& key) const {
    return {statements, select_account, key.realm, key.id};
  }
  Run operator()(const AddressKey& key) const {
    return {statements, select_address, key.realm, key.address.text()};
  }
  Run operator()(const SourceKey& key) const {
    return {statements, select_source, key.realm, key.source};
  }
  Run operator()(const AuditKey& key) const {
    return {statements, select_audit, key.account.realm, key.account.id, number_of(key)};
  }
};

struct Erase {
  Statements& statements;

  void operator()(const AccountKey& key) const {
    Run(statements, erase_account, key.realm, key.id).finish();
  }
  void operator()(const AddressKey& key) const {
    Run(statements, erase_address, key.realm, key.address.text()).finish();
  }
  void operator()(const SourceKey& key) const {
    Run(statements, erase_source, key.realm, key.source).finish();
  }
  void operator()(const AuditKey& key) const {
    Run(statements, erase_audit, key.account.realm, key.account.id, number_of(key)).finish();
  }
};

Version version_of(Statements& statements, const Key& key) {
  Run row = std::visit(Select{statements}, key);
  return row.step() ? from_column(row.integer(0)) : 0;
}

store::StoredRecord fetch_one(Statements& statements, const Key& key) {
  Run row = std::visit(Select{statements}, key);
  if (!row.step()) return {.key = key};
  return {.key = key, .version = from_column(row.integer(0)), .json = row.text(1)};
}

struct Write {
  Statements& statements;
  Version version;
  const std::string& json;

  void operator()(const Account& account) const {
    const Channel& phone = account.channel(ChannelKind::phone);
    const Channel& email = account.channel(ChannelKind::email);
    Run(statements, put_account, account.key.realm, account.key.id, to_column(version),
        name(account.kind), name(account.status), store::address_column(phone),
        store::state_column(phone), std::int64_t{phone.login_claim}, store::address_column(email),
        store::state_column(email), std::int64_t{email.login_claim}, account.created_at, json)
        .finish();
  }
  void operator()(const AddressEntry& entry) const {
    Run(statements, put_address, entry.key.realm, entry.key.address.text(), to_column(version),
        entry.holders, entry.login_holder, entry.released_at, entry.forget_at, json)
        .finish();
  }
  void operator()(const Source& source) const {
    Run(statements, put_source, source.key.realm, source.key.source, to_column(version),
        source.forget_at, json)
        .finish();
  }
  void operator()(const AuditEntry& entry) const {
    Run(statements, put_audit, entry.key.account.realm, entry.key.account.id, number_of(entry.key),
        to_column(version), entry.at, entry.event, json)
        .finish();
  }
};

}  // namespace

std::vector<store::StoredRecord> fetch(Statements& statements, std::span<const Key> keys) {
  std::vector<store::StoredRecord> out;
  out.reserve(keys.size());
  for (const Key& key : keys) out.push_back(fetch_one(statements, key));
  return out;
}

CommitOutcome apply(Statements& statements, const store::EncodedChange& encoded) {
  const ChangeSet& change = encoded.change;
  for (const ChangeSet::Expect& expect : change.expects) {
    if (version_of(statements, expect.key) != expect.version) return CommitOutcome::conflict;
  }
  for (const Key& key : change.erases) std::visit(Erase{statements}, key);
  if (change.forget_messages_of) forget_messages(statements, *change.forget_messages_of);
  for (std::size_t i = 0; i < change.puts.size(); ++i) {
    const ChangeSet::Put& put = change.puts[i];
    std::visit(Write{statements, put.version, encoded.records[i]}, put.record);
  }
  for (std::size_t i = 0; i < change.messages.size(); ++i) {
    append(statements, change.messages[i], encoded.messages[i]);
  }
  return CommitOutcome::committed;
}

}  // namespace ringfence::sqlite
