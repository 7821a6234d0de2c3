#include "store/sqlite/integrity.h"

#include <sqlite3.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/record_json.h"
#include "store/sqlite/statement.h"

namespace ringfence::sqlite {
namespace {

// A row: its place (a rowid, or two texts and a number), the columns of its key, and its record.
struct Row {
  std::string first = {};
  std::string second = {};
  std::int64_t number = 0;
  std::int64_t version = 0;
  std::string record = {};
  std::string id = {};  // of a message
};

// Each gives the rows that come after one, by the table's own order.
constexpr const char* next_accounts = R"(
  SELECT realm, id, rowid, version, record, '' FROM ringfence_account
  WHERE rowid > ?3 AND ?1 IS NOT NULL AND ?2 IS NOT NULL ORDER BY rowid LIMIT 256)";
constexpr const char* next_addresses = R"(
  SELECT realm, address, 0, version, record, '' FROM ringfence_address
  WHERE (realm, address) > (?1, ?2) AND ?3 IS NOT NULL ORDER BY realm, address LIMIT 256)";
constexpr const char* next_sources = R"(
  SELECT realm, source, 0, version, record, '' FROM ringfence_source
  WHERE (realm, source) > (?1, ?2) AND ?3 IS NOT NULL ORDER BY realm, source LIMIT 256)";
constexpr const char* next_audit = R"(
  SELECT realm, account, number, version, record, '' FROM ringfence_audit
  WHERE (realm, account, number) > (?1, ?2, ?3) ORDER BY realm, account, number LIMIT 256)";
constexpr const char* next_messages = R"(
  SELECT realm, account, rowid, 1, record, id FROM ringfence_message
  WHERE rowid > ?3 AND ?1 IS NOT NULL AND ?2 IS NOT NULL ORDER BY rowid LIMIT 256)";

bool stands_for(const Account& account, const Row& row) {
  return account.key.realm == row.first && account.key.id == row.second;
}
bool stands_for(const AddressEntry& entry, const Row& row) {
  return entry.key.realm == row.first && entry.key.address.text() == row.second;
}
bool stands_for(const Source& source, const Row& row) {
  return source.key.realm == row.first && source.key.source == row.second;
}
bool stands_for(const AuditEntry& entry, const Row& row) {
  return entry.key.account.realm == row.first && entry.key.account.id == row.second &&
         entry.key.number == static_cast<std::uint64_t>(row.number);
}
bool stands_for(const Message& message, const Row& row) {
  return message.account.realm == row.first && message.account.id == row.second &&
         message.id.hex() == row.id;
}

template <class T>
using Decoder = result<T> (*)(std::string_view) noexcept;

template <class T>
result<void> check_table(GroupCommit& group, const char* name, const char* next,
                         Decoder<T> decode) {
  const auto corrupt = [&](const char* what) {
    return failure(ErrorCode::store_corrupt, std::string(name) + " has a record that " + what);
  };
  Row last;
  last.number = std::numeric_limits<std::int64_t>::min();
  for (;;) {
    RF_TRY(rows, group.read(0, [&](Statements& statements) {
      std::vector<Row> out;
      Run run(statements, next, last.first, last.second, last.number);
      while (run.step())
        out.push_back(
            {run.text(0), run.text(1), run.integer(2), run.integer(3), run.text(4), run.text(5)});
      return out;
    }));
    if (rows.empty()) return ok();
    for (const Row& row : rows) {
      auto record = decode(row.record);
      if (!record && record.error().code != ErrorCode::store_corrupt)
        return std::move(record).as_failure();
      if (!record) return corrupt("cannot be read");
      if (row.version == 0 || !stands_for(record.value(), row))
        return corrupt("stands under another record's key");
    }
    last = std::move(rows.back());
    group.give_way();
  }
}

// The tables' own checks, which the store does without, are a part of SQLite's.
class WithChecks {
 public:
  explicit WithChecks(sqlite3* database) : database_(database) {
    execute(database_, "PRAGMA ignore_check_constraints = OFF");
  }
  WithChecks(const WithChecks&) = delete;
  WithChecks& operator=(const WithChecks&) = delete;
  ~WithChecks() {
    sqlite3_exec(database_, "PRAGMA ignore_check_constraints = ON", nullptr, nullptr, nullptr);
  }

 private:
  sqlite3* database_;
};

// SQLite names tables and pages, no values.
result<void> check_pages(sqlite3* database) {
  const WithChecks checks(database);
  Statements statements(database);
  Run run(statements, "PRAGMA integrity_check(1)");
  const std::string found = run.step() ? run.text(0) : "no answer";
  if (found == "ok") return ok();
  return failure(ErrorCode::store_corrupt, "SQLite finds: " + found);
}

}  // namespace

result<void> integrity_check(GroupCommit& group) {
  if (group.broken()) return failure(ErrorCode::store_unavailable, "it must be opened anew first");
  RF_TRY_VOID(group.alone([](sqlite3* database) { return check_pages(database); }));
  RF_TRY_VOID(check_table<Account>(group, "ringfence_account", next_accounts, account_from_json));
  RF_TRY_VOID(check_table<AddressEntry>(group, "ringfence_address", next_addresses,
                                        address_entry_from_json));
  RF_TRY_VOID(check_table<Source>(group, "ringfence_source", next_sources, source_from_json));
  RF_TRY_VOID(check_table<AuditEntry>(group, "ringfence_audit", next_audit, audit_entry_from_json));
  return check_table<Message>(group, "ringfence_message", next_messages, message_from_json);
}

}  // namespace ringfence::sqlite
