#pragma once

#include <span>
#include <string>
#include <vector>

#include "ringfence/store.h"
#include "store/sqlite/statement.h"

/// The outbox in its table, inside the caller's transaction. What changes in the life of a message
/// (state, due time, attempts, outcome) is in columns only; its JSON keeps the rest and never
/// changes.
namespace ringfence::sqlite {

/// The JSON of the part that never changes.
std::string message_record(Message message);

void append(Statements& statements, const Message& message, const std::string& record);

/// As `Store::take`. A message whose record cannot be read is given up with the outcome
/// `store_corrupt`: it must not stand in the way of the others.
std::vector<Message> take(Statements& statements, TimeMs now, TimeMs lease_ms, int max,
                          OutboxShare share);

void settle(Statements& statements, std::span<const Settlement> settlements);

/// Removes every message of the account.
void forget_messages(Statements& statements, const AccountKey& account);

/// A message as its row has it.
struct StoredMessage {
  std::string id = {};
  std::int64_t attempts = 0;
  std::string outcome = {};
  std::string record = {};
  TimeMs due_at = 0;
  std::string state = {};
};

/// As `Store::messages`.
std::vector<StoredMessage> messages(Statements& statements, const AccountKey& account, int max);
/// Refuses with `store_corrupt` what cannot be read.
result<std::vector<Message>> decode(std::vector<StoredMessage> stored);

/// As `Store::outbox`.
OutboxState outbox(Statements& statements, TimeMs now);

/// As `Store::sweep`: of messages, addresses and sources.
int sweep(Statements& statements, TimeMs now, TimeMs settled_before, int max);

}  // namespace ringfence::sqlite
