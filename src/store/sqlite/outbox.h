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
std::vector<Message> take(Statements& statements, TimeMs now, TimeMs lease_ms, int max);

void settle(Statements& statements, std::span<const Settlement> settlements);

/// As `Store::sweep`: of messages, addresses and sources.
int sweep(Statements& statements, TimeMs now, TimeMs settled_before, int max);

}  // namespace ringfence::sqlite
