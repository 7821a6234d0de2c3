#include "store/postgres/records.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "store/postgres/outbox.h"

namespace ringfence::postgres {
namespace {

// A statement that must find its row divides by how many it found.
constexpr const char* division_by_zero = "22012";
constexpr const char* unique_violation = "23505";

constexpr const char* select_records = R"(
  SELECT 0, k.n, r.version, r.record
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (realm, id, n)
  JOIN ringfence.account AS r ON r.realm = k.realm AND r.id = k.id
  UNION ALL
  SELECT 1, k.n, r.version, r.record
  FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS k (realm, address, n)
  JOIN ringfence.address AS r ON r.realm = k.realm AND r.address = k.address
  UNION ALL
  SELECT 2, k.n, r.version, r.record
  FROM unnest($5::text[], $6::text[]) WITH ORDINALITY AS k (realm, source, n)
  JOIN ringfence.source AS r ON r.realm = k.realm AND r.source = k.source
  UNION ALL
  SELECT 3, k.n, r.version, r.record
  FROM unnest($7::text[], $8::text[], $9::bigint[]) WITH ORDINALITY AS k (realm, account, number, n)
  JOIN ringfence.audit AS r
    ON r.realm = k.realm AND r.account = k.account AND r.number = k.number)";

/// What can be done with the records of one table. `$1` and so on are the parts of the key; then
/// comes, where it says `expected`, the version that must be there.
struct Table {
  const char* insert;  // key, columns; fails if there is one
  const char* update;  // key, expected, columns
  const char* erase;   // key, expected
  const char* hold;    // key, expected: it stays as it is until the transaction ends
  const char* occupy;  // key: there is none, and none comes until the transaction ends
  const char* vacate;  // key: what `occupy` has put there
};

constexpr Table account_table = {
    R"(
  INSERT INTO ringfence.account (realm, id, version, kind, status, phone, phone_state, phone_login,
                                 email, email_state, email_login, created_at, record)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13))",
    R"(
  WITH found AS (
    UPDATE ringfence.account
    SET version = $4, kind = $5, status = $6, phone = $7, phone_state = $8, phone_login = $9,
        email = $10, email_state = $11, email_login = $12, created_at = $13, record = $14
    WHERE realm = $1 AND id = $2 AND version = $3 RETURNING 1)
  SELECT 1 / count(*) FROM found)",
    R"(
  WITH found AS (
    DELETE FROM ringfence.account WHERE realm = $1 AND id = $2 AND version = $3 RETURNING 1)
  SELECT 1 / count(*) FROM found)",
    R"(
  SELECT 1 / count(*) FROM (
    SELECT 1 FROM ringfence.account WHERE realm = $1 AND id = $2 AND version = $3 FOR SHARE)
  AS found)",
    R"(
  INSERT INTO ringfence.account (realm, id, version, kind, status, phone_state, phone_login,
                                 email_state, email_login, created_at, record)
  VALUES ($1, $2, 1, '', '', '', false, '', false, 0, ''))",
    R"(DELETE FROM ringfence.account WHERE realm = $1 AND id = $2 AND record = '')"};

constexpr Table address_table = {
    R"(
  INSERT INTO ringfence.address (realm, address, version, holders, login_holder, released_at,
                                 forget_at, record)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))",
    R"(
  WITH found AS (
    UPDATE ringfence.address
    SET version = $4, holders = $5, login_holder = $6, released_at = $7, forget_at = $8, record = $9
    WHERE realm = $1 AND address = $2 AND version = $3 RETURNING 1)
  SELECT 1 / count(*) FROM found)",
    R"(
  WITH found AS (
    DELETE FROM ringfence.address WHERE realm = $1 AND address = $2 AND version = $3 RETURNING 1)
  SELECT 1 / count(*) FROM found)",
    R"(
  SELECT 1 / count(*) FROM (
    SELECT 1 FROM ringfence.address WHERE realm = $1 AND address = $2 AND version = $3 FOR SHARE)
  AS found)",
    R"(
  INSERT INTO ringfence.address (realm, address, version, holders, login_holder, released_at,
                                 forget_at, record)
  VALUES ($1, $2, 1, 0, '', 0, 0, ''))",
    R"(DELETE FROM ringfence.address WHERE realm = $1 AND address = $2 AND record = '')"};

constexpr Table source_table = {
    R"(
  INSERT INTO ringfence.source (realm, source, version, forget_at, record)
  VALUES ($1, $2, $3, $4, $5))",
    R"(
  WITH found AS (
    UPDATE ringfence.source SET version = $4, forget_at = $5, record = $6
    WHERE realm = $1 AND source = $2 AND version = $3 RETURNING 1)
  SELECT 1 / count(*) FROM found)",
    R"(
  WITH found AS (
    DELETE FROM ringfence.source WHERE realm = $1 AND source = $2 AND version = $3 RETURNING 1)
  SELECT 1 / count(*) FROM found)",
    R"(
  SELECT 1 / count(*) FROM (
    SELECT 1 FROM ringfence.source WHERE realm = $1 AND source = $2 AND version = $3 FOR SHARE)
  AS found)",
    R"(
  INSERT INTO ringfence.source (realm, source, version, forget_at, record)
  VALUES ($1, $2, 1, 0, ''))",
    R"(DELETE FROM ringfence.source WHERE realm = $1 AND source = $2 AND record = '')"};

constexpr Table audit_table = {
    R"(
  INSERT INTO ringfence.audit (realm, account, number, version, at, event, record)
  VALUES ($1, $2, $3, $4, $5, $6, $7))",
    R"(
  WITH found AS (
    UPDATE ringfence.audit SET version = $5, at = $6, event = $7, record = $8
    WHERE realm = $1 AND account = $2 AND number = $3 AND version = $4 RETURNING 1)
  SELECT 1 / count(*) FROM found)",
    R"(
  WITH found AS (
    DELETE FROM ringfence.audit
    WHERE realm = $1 AND account = $2 AND number = $3 AND version = $4 RETURNING 1)
  SELECT 1 / count(*) FROM found)",
    R"(
  SELECT 1 / count(*) FROM (
    SELECT 1 FROM ringfence.audit
    WHERE realm = $1 AND account = $2 AND number = $3 AND version = $4 FOR SHARE)
  AS found)",
    R"(
  INSERT INTO ringfence.audit (realm, account, number, version, at, event, record)
  VALUES ($1, $2, $3, 1, 0, '', ''))",
    R"(DELETE FROM ringfence.audit WHERE realm = $1 AND account = $2 AND number = $3 AND record = '')"};

const Table& table_of(const Key& key) {
  constexpr const Table* tables[] = {&account_table, &address_table, &source_table, &audit_table};
  return *tables[key.index()];
}

// 64 bits in a column that has a sign.
std::string column(std::uint64_t bits) { return std::to_string(std::bit_cast<std::int64_t>(bits)); }
std::string column(std::int64_t number) { return std::to_string(number); }
std::string column(bool truth) { return truth ? "true" : "false"; }
std::string column(std::string_view text) { return std::string(text); }

using Values = std::vector<Value>;

struct KeyColumns {
  Values operator()(const AccountKey& key) const { return {key.realm, key.id}; }
  Values operator()(const AddressKey& key) const { return {key.realm, key.address.text()}; }
  Values operator()(const SourceKey& key) const { return {key.realm, key.source}; }
  Values operator()(const AuditKey& key) const {
    return {key.account.realm, key.account.id, column(key.number)};
  }
};

// What follows the key and the version.
struct Columns {
  Values operator()(const Account& account) const {
    const Channel& phone = account.channel(ChannelKind::phone);
    const Channel& email = account.channel(ChannelKind::email);
    return {column(name(account.kind)),         column(name(account.status)),
            store::address_column(phone),       column(store::state_column(phone)),
            column(phone.login_claim),          store::address_column(email),
            column(store::state_column(email)), column(email.login_claim),
            column(account.created_at)};
  }
  Values operator()(const AddressEntry& entry) const {
    return {column(entry.holders), entry.login_holder, column(entry.released_at),
            column(entry.forget_at)};
  }
  Values operator()(const Source& source) const { return {column(source.forget_at)}; }
  Values operator()(const AuditEntry& entry) const { return {column(entry.at), entry.event}; }
};

struct Wanted {
  const ChangeSet::Put* put = nullptr;
  const std::string* json = nullptr;
  bool erase = false;
};

void add(std::vector<Statement>& out, const Key& key, Version expected, const Wanted& wanted) {
  const Table& table = table_of(key);
  const Values where = std::visit(KeyColumns(), key);
  Values values = where;
  if (expected != 0) values.push_back(column(expected));
  if (wanted.put != nullptr) {
    values.push_back(column(wanted.put->version));
    for (Value& one : std::visit(Columns(), wanted.put->record)) values.push_back(std::move(one));
    values.push_back(*wanted.json);
    out.push_back({expected == 0 ? table.insert : table.update, std::move(values)});
  } else if (expected == 0) {
    out.push_back({table.occupy, where});
    out.push_back({table.vacate, where});
  } else {
    out.push_back({wanted.erase ? table.erase : table.hold, std::move(values)});
  }
}

}  // namespace

Statement select(std::span<const Key> keys) {
  std::vector<std::string> texts[8];
  std::vector<std::int64_t> numbers;
  for (const Key& key : keys) {
    const Values columns = std::visit(KeyColumns(), key);
    texts[2 * key.index()].push_back(*columns[0]);
    texts[2 * key.index() + 1].push_back(*columns[1]);
    if (const auto* audit = std::get_if<AuditKey>(&key))
      numbers.push_back(std::bit_cast<std::int64_t>(audit->number));
  }
  Statement out{select_records};
  for (const auto& one : texts) out.values.emplace_back(array(one));
  out.values.emplace_back(array(numbers));
  return out;
}

std::vector<store::StoredRecord> records(std::span<const Key> keys, const Rows& rows) {
  // Each row says of which kind its key is, and the how manieth of its kind.
  std::array<std::vector<std::size_t>, std::variant_size_v<Key>> places;
  std::vector<store::StoredRecord> out;
  out.reserve(keys.size());
  for (const Key& key : keys) {
    places.at(key.index()).push_back(out.size());
    out.push_back({.key = key});
  }
  for (int row = 0; row < rows.size(); ++row) {
    const auto kind = static_cast<std::size_t>(rows.integer(row, 0));
    const auto place = static_cast<std::size_t>(rows.integer(row, 1)) - 1;
    store::StoredRecord& one = out.at(places.at(kind).at(place));
    one.version = std::bit_cast<Version>(rows.integer(row, 2));
    one.json = rows.text(row, 3);
  }
  return out;
}

std::vector<Statement> statements(const store::EncodedChange& encoded) {
  const ChangeSet& change = encoded.change;
  std::map<Key, Wanted> wanted;
  for (std::size_t i = 0; i < change.puts.size(); ++i) {
    wanted[key_of(change.puts[i].record)] = {&change.puts[i], &encoded.records[i]};
  }
  for (const Key& key : change.erases) wanted[key].erase = true;
  std::map<Key, Version> expected;
  for (const ChangeSet::Expect& one : change.expects) expected[one.key] = one.version;
  std::vector<Statement> out;
  for (const auto& [key, version] : expected) {
    const auto found = wanted.find(key);
    add(out, key, version, found == wanted.end() ? Wanted() : found->second);
  }
  if (change.forget_messages_of) out.push_back(forget_messages(*change.forget_messages_of));
  for (std::size_t i = 0; i < change.messages.size(); ++i) {
    out.push_back(append(change.messages[i], i, encoded.messages[i]));
  }
  return out;
}

bool collided(const Answer& answer) {
  return answer.sqlstate == "40001" || answer.sqlstate == "40P01";
}

CommitOutcome meaning(const Answer& answer) {
  const bool there_already = answer.sqlstate == unique_violation && answer.table != "message";
  return there_already || answer.sqlstate == division_by_zero || collided(answer)
             ? CommitOutcome::conflict
             : CommitOutcome::unavailable;
}

}  // namespace ringfence::postgres
