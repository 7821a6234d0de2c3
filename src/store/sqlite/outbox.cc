#include "store/sqlite/outbox.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "ringfence/store/well_formed.h"

namespace ringfence::sqlite {
namespace {

constexpr const char* insert_message = R"(
  INSERT INTO ringfence_message (id, realm, account, kind, purpose, state, created_at, due_at,
                                 attempts, outcome, record)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11))";
// Two ranges of one index: with OR it would go through all that is deferred.
constexpr const char* select_due = R"(
  SELECT id, attempts, outcome, record, due_at, created_at, rowid FROM ringfence_message
  WHERE state = 'pending' AND due_at <= ?1 AND (instr('0123456789abcdef', substr(id, 1, 1)) - 1) % ?5 = ?4
  UNION ALL
  SELECT id, attempts, outcome, record, due_at, created_at, rowid FROM ringfence_message
  WHERE state = 'pending' AND due_at > ?3 AND (instr('0123456789abcdef', substr(id, 1, 1)) - 1) % ?5 = ?4
  ORDER BY due_at, created_at, rowid LIMIT ?2)";
constexpr const char* lease = R"(
  UPDATE ringfence_message SET attempts = ?2, due_at = ?3 WHERE id = ?1)";
constexpr const char* give_up = R"(
  UPDATE ringfence_message SET state = 'given_up', outcome = 'store_corrupt' WHERE id = ?1)";
constexpr const char* end_message = R"(
  UPDATE ringfence_message SET state = ?3, outcome = ?4
  WHERE id = ?1 AND state = 'pending' AND attempts = ?2)";
constexpr const char* defer_message = R"(
  UPDATE ringfence_message SET state = 'pending', due_at = ?3, outcome = ?4
  WHERE id = ?1 AND state IN ('pending', 'given_up') AND attempts = ?2)";

constexpr const char* select_of_account = R"(
  SELECT id, attempts, outcome, record, due_at, state FROM ringfence_message
  WHERE realm = ?1 AND account = ?2 ORDER BY created_at, rowid LIMIT ?3)";
// The first condition is the index's own: nothing that is pending is looked at.
constexpr const char* select_given_up = R"(
  SELECT id, attempts, outcome, record, due_at, state, created_at FROM ringfence_message
  WHERE state <> 'pending' AND state = 'given_up'
    AND created_at >= ?1 AND (created_at > ?1 OR id > ?2)
  ORDER BY created_at, id LIMIT ?3)";
constexpr const char* forget_of_account = R"(
  DELETE FROM ringfence_message WHERE realm = ?1 AND account = ?2)";
constexpr const char* count_due = R"(
  SELECT count(*), min(due_at) FROM
    (SELECT due_at FROM ringfence_message WHERE state = 'pending' AND due_at <= ?1
     ORDER BY due_at LIMIT ?2))";

constexpr const char* sweep_messages = R"(
  DELETE FROM ringfence_message WHERE rowid IN
    (SELECT rowid FROM ringfence_message WHERE state <> 'pending' AND created_at < ?1 LIMIT ?2))";
constexpr const char* sweep_addresses = R"(
  DELETE FROM ringfence_address WHERE (realm, address) IN
    (SELECT realm, address FROM ringfence_address WHERE forget_at <> 0 AND forget_at <= ?1 LIMIT ?2))";
constexpr const char* sweep_sources = R"(
  DELETE FROM ringfence_source WHERE (realm, source) IN
    (SELECT realm, source FROM ringfence_source WHERE forget_at <> 0 AND forget_at <= ?1 LIMIT ?2))";

std::vector<store::StoredMessage> due_messages(Statements& statements, TimeMs now, int max,
                                               OutboxShare share) {
  std::vector<store::StoredMessage> out;
  Run run(statements, select_due, now, max, now + longest_deferral_ms, share.index, share.of);
  while (run.step()) {
    out.push_back({run.text(0), run.integer(1), run.text(2), run.text(3), 0,
                   std::string(name(MessageState::pending))});
  }
  return out;
}

store::StoredMessage stored_message(Run& run) {
  return {run.text(0), run.integer(1), run.text(2), run.text(3), run.integer(4), run.text(5)};
}

}  // namespace

void append(Statements& statements, const Message& message, const std::string& record) {
  Run(statements, insert_message, message.id.hex(), message.account.realm, message.account.id,
      name(message.kind), message.purpose, name(message.state), message.created_at, message.due_at,
      message.attempts, message.outcome, record)
      .finish();
}

std::vector<Message> take(Statements& statements, TimeMs now, TimeMs lease_ms, int max,
                          OutboxShare share) {
  std::vector<Message> out;
  if (!can_take(now, lease_ms, max, share)) return out;
  for (store::StoredMessage& due : due_messages(statements, now, max, share)) {
    const std::string id = due.id;
    ++due.attempts;
    due.due_at = now + lease_ms;
    std::optional<Message> message = store::decode(std::move(due));
    if (!message) {
      Run(statements, give_up, id).finish();
      continue;
    }
    Run(statements, lease, id, message->attempts, message->due_at).finish();
    out.push_back(*std::move(message));
  }
  return out;
}

void settle(Statements& statements, std::span<const Settlement> settlements) {
  for (const Settlement& one : settlements) {
    if (one.state == MessageState::pending) {
      Run(statements, defer_message, one.id.hex(), one.attempts, one.due_at, one.outcome).finish();
    } else {
      Run(statements, end_message, one.id.hex(), one.attempts, name(one.state), one.outcome)
          .finish();
    }
  }
}

void forget_messages(Statements& statements, const AccountKey& account) {
  Run(statements, forget_of_account, account.realm, account.id).finish();
}

std::vector<store::StoredMessage> messages(Statements& statements, const AccountKey& account,
                                           int max) {
  std::vector<store::StoredMessage> out;
  Run run(statements, select_of_account, account.realm, account.id, std::max(max, 0));
  while (run.step()) out.push_back(stored_message(run));
  return out;
}

std::vector<store::GivenUpRow> given_up(Statements& statements, const store::RowPlace& after,
                                        int max) {
  std::vector<store::GivenUpRow> out;
  Run run(statements, select_given_up, after.created_at, after.id, std::max(max, 0));
  while (run.step()) out.push_back({{run.integer(6), run.text(0)}, stored_message(run)});
  return out;
}

OutboxState outbox(Statements& statements, TimeMs now) {
  Run run(statements, count_due, now, OutboxState::counted_at_most);
  if (!run.step()) return {};
  return {.due = static_cast<int>(run.integer(0)), .oldest_due_at = run.integer(1)};
}

int sweep(Statements& statements, TimeMs now, TimeMs settled_before, int max) {
  int removed = 0;
  const auto remove = [&](const char* sql, TimeMs before) {
    if (removed >= max) return;
    Run(statements, sql, before, max - removed).finish();
    removed += statements.changes();
  };
  remove(sweep_messages, settled_before);
  remove(sweep_addresses, now);
  remove(sweep_sources, now);
  return removed;
}

}  // namespace ringfence::sqlite
