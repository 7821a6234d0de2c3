#pragma once

#include <span>
#include <string>
#include <vector>

#include "ringfence/store.h"
#include "store/rows.h"
#include "store/sqlite/statement.h"

/// The outbox in its table, inside the caller's transaction.
namespace ringfence::sqlite {

void append(Statements& statements, const Message& message, const std::string& record);

/// As `Store::take`. A message whose record cannot be read is given up with the outcome
/// `store_corrupt`: it must not stand in the way of the others.
std::vector<Message> take(Statements& statements, TimeMs now, TimeMs lease_ms, int max,
                          OutboxShare share);

void settle(Statements& statements, std::span<const Settlement> settlements);

/// Removes every message of the account.
void forget_messages(Statements& statements, const AccountKey& account);

/// As `Store::messages`.
std::vector<store::StoredMessage> messages(Statements& statements, const AccountKey& account,
                                           int max);
/// A page of what was given up, in the order of the places.
std::vector<store::GivenUpRow> given_up(Statements& statements, const store::RowPlace& after,
                                        int max);
/// As `Store::outbox`.
OutboxState outbox(Statements& statements, TimeMs now);

/// As `Store::sweep`: of messages, addresses and sources.
int sweep(Statements& statements, TimeMs now, TimeMs settled_before, int max);

}  // namespace ringfence::sqlite
