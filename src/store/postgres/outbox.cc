#include "store/postgres/outbox.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

namespace ringfence::postgres {
namespace {

constexpr const char* insert_message = R"(
  INSERT INTO ringfence.message (realm, account, id, part, place, kind, purpose, state, created_at,
                                 due_at, attempts, outcome, record)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13))";
constexpr const char* forget_of_account = R"(
  DELETE FROM ringfence.message WHERE realm = $1 AND account = $2)";
// What is leased is chosen and locked first, all at once: else a row that was locked meanwhile
// would be counted and not taken.
constexpr const char* lease_between = R"(
  WITH due AS MATERIALIZED (
    SELECT realm, account, id, due_at FROM ringfence.message
    WHERE state = 'pending' AND due_at BETWEEN $1 AND $6 AND part % $4 = $3
    ORDER BY due_at, created_at, place LIMIT $2 FOR UPDATE SKIP LOCKED)
  UPDATE ringfence.message AS m SET attempts = m.attempts + 1, due_at = $5 FROM due
  WHERE m.realm = due.realm AND m.account = due.account AND m.id = due.id
  RETURNING m.id, m.attempts, m.outcome, m.record, m.due_at, m.state,
            due.due_at, m.created_at, m.place, m.realm, m.account)";
constexpr const char* give_up_message = R"(
  UPDATE ringfence.message SET state = 'given_up', outcome = 'store_corrupt'
  WHERE realm = $1 AND account = $2 AND id = $3)";
constexpr const char* end_message = R"(
  UPDATE ringfence.message SET state = $5, outcome = $6
  WHERE realm = $1 AND account = $2 AND id = $3 AND attempts = $4 AND state = 'pending')";
constexpr const char* defer_message = R"(
  UPDATE ringfence.message SET state = 'pending', due_at = $5, outcome = $6
  WHERE realm = $1 AND account = $2 AND id = $3 AND attempts = $4
    AND state IN ('pending', 'given_up'))";
constexpr const char* select_of_account = R"(
  SELECT id, attempts, outcome, record, due_at, state FROM ringfence.message
  WHERE realm = $1 AND account = $2 ORDER BY created_at, place LIMIT $3)";
// The first condition is the index's own: nothing that is pending is looked at.
constexpr const char* select_given_up_messages = R"(
  SELECT id, attempts, outcome, record, due_at, state, created_at FROM ringfence.message
  WHERE state <> 'pending' AND state = 'given_up'
    AND created_at >= $1 AND (created_at > $1 OR id > $2)
  ORDER BY created_at, id LIMIT $3)";
constexpr const char* count_due_messages = R"(
  SELECT count(*), coalesce(min(due_at), 0) FROM
    (SELECT due_at FROM ringfence.message WHERE state = 'pending' AND due_at <= $1
     ORDER BY due_at LIMIT $2) AS due)";

// Only what nobody holds, and only what is still so: a record that is in use again meanwhile has
// another version, and is passed over.
constexpr const char* delete_messages = R"(
  WITH old AS MATERIALIZED (
    SELECT realm, account, id FROM ringfence.message
    WHERE state <> 'pending' AND created_at < $1
    ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED),
  gone AS (
    DELETE FROM ringfence.message AS m USING old
    WHERE m.realm = old.realm AND m.account = old.account AND m.id = old.id RETURNING 1)
  SELECT count(*) FROM gone)";
constexpr const char* delete_addresses = R"(
  WITH old AS MATERIALIZED (
    SELECT realm, address FROM ringfence.address
    WHERE forget_at <> 0 AND forget_at <= $1
    ORDER BY forget_at LIMIT $2 FOR UPDATE SKIP LOCKED),
  gone AS (
    DELETE FROM ringfence.address AS a USING old
    WHERE a.realm = old.realm AND a.address = old.address RETURNING 1)
  SELECT count(*) FROM gone)";
constexpr const char* delete_sources = R"(
  WITH old AS MATERIALIZED (
    SELECT realm, source FROM ringfence.source
    WHERE forget_at <> 0 AND forget_at <= $1
    ORDER BY forget_at LIMIT $2 FOR UPDATE SKIP LOCKED),
  gone AS (
    DELETE FROM ringfence.source AS s USING old
    WHERE s.realm = old.realm AND s.source = old.source RETURNING 1)
  SELECT count(*) FROM gone)";

template <class Number>
std::string column(Number number) {
  return std::to_string(number);
}

Statement lease(TimeMs from, TimeMs to, TimeMs until, int max, const OutboxShare& share) {
  return {lease_between,
          {column(from), column(max), column(share.index), column(share.of), column(until),
           column(to)}};
}

}  // namespace

Statement append(const Message& message, std::size_t place, const std::string& json) {
  return {insert_message,
          {message.account.realm, message.account.id, message.id.hex(),
           column(message.id.bytes[0] / OutboxShare::most), column(place),
           std::string(name(message.kind)), message.purpose, std::string(name(message.state)),
           column(message.created_at), column(message.due_at), column(message.attempts),
           message.outcome, json}};
}

Statement forget_messages(const AccountKey& account) {
  return {forget_of_account, {account.realm, account.id}};
}

Statement take_due(TimeMs now, TimeMs lease_ms, int max, const OutboxShare& share) {
  return lease(std::numeric_limits<TimeMs>::min(), now, now + lease_ms, max, share);
}

Statement take_misdated(TimeMs now, TimeMs lease_ms, int max, const OutboxShare& share) {
  return lease(now + longest_deferral_ms + 1, std::numeric_limits<TimeMs>::max(), now + lease_ms,
               max, share);
}

std::vector<Message> taken(const Rows& rows, std::vector<MessageKey>& unreadable) {
  std::vector<int> order(static_cast<std::size_t>(rows.size()));
  std::iota(order.begin(), order.end(), 0);
  const auto rank = [&](int row) {
    return std::tuple(rows.integer(row, 6), rows.integer(row, 7), rows.integer(row, 8));
  };
  std::sort(order.begin(), order.end(), [&](int a, int b) { return rank(a) < rank(b); });
  std::vector<store::StoredMessage> stored = messages(rows);
  std::vector<Message> out;
  for (const int row : order) {
    store::StoredMessage& one = stored[static_cast<std::size_t>(row)];
    std::string id = one.id;
    if (auto message = store::decode(std::move(one))) {
      out.push_back(*std::move(message));
    } else {
      unreadable.push_back(
          {{std::string(rows.text(row, 9)), std::string(rows.text(row, 10))}, std::move(id)});
    }
  }
  return out;
}

Statement give_up(const MessageKey& key) {
  return {give_up_message, {key.account.realm, key.account.id, key.id}};
}

Statement settle(const Settlement& one) {
  std::vector<Value> values = {one.account.realm, one.account.id, one.id.hex(),
                               column(one.attempts)};
  const bool ended = one.state != MessageState::pending;
  values.emplace_back(ended ? std::string(name(one.state)) : column(one.due_at));
  values.emplace_back(one.outcome);
  return {ended ? end_message : defer_message, std::move(values)};
}

Statement messages_of(const AccountKey& account, int max) {
  return {select_of_account, {account.realm, account.id, column(std::max(max, 0))}};
}

std::vector<store::StoredMessage> messages(const Rows& rows) {
  std::vector<store::StoredMessage> out;
  out.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    out.push_back({.id = std::string(rows.text(row, 0)),
                   .attempts = rows.integer(row, 1),
                   .outcome = std::string(rows.text(row, 2)),
                   .record = std::string(rows.text(row, 3)),
                   .due_at = rows.integer(row, 4),
                   .state = std::string(rows.text(row, 5))});
  }
  return out;
}

Statement select_given_up(const store::RowPlace& after, int max) {
  return {select_given_up_messages, {column(after.created_at), after.id, column(max)}};
}

std::vector<store::GivenUpRow> given_up(const Rows& rows) {
  std::vector<store::GivenUpRow> out;
  std::vector<store::StoredMessage> stored = messages(rows);
  out.reserve(stored.size());
  for (int row = 0; row < rows.size(); ++row) {
    out.push_back({{rows.integer(row, 6), std::string(rows.text(row, 0))},
                   std::move(stored[static_cast<std::size_t>(row)])});
  }
  return out;
}

Statement count_due(TimeMs now) {
  return {count_due_messages, {column(now), column(OutboxState::counted_at_most)}};
}

OutboxState outbox(const Rows& rows) {
  return {.due = static_cast<int>(rows.integer(0, 0)), .oldest_due_at = rows.integer(0, 1)};
}

Statement sweep_messages(TimeMs settled_before, int max) {
  return {delete_messages, {column(settled_before), column(max)}};
}
Statement sweep_addresses(TimeMs now, int max) {
  return {delete_addresses, {column(now), column(max)}};
}
Statement sweep_sources(TimeMs now, int max) {
  return {delete_sources, {column(now), column(max)}};
}

}  // namespace ringfence::postgres
