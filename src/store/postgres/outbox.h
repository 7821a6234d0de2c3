#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/postgres/batch.h"
#include "store/rows.h"

/// The outbox in its table, as statements.
namespace ringfence::postgres {

/// `place`: the how manieth of its change set.
Statement append(const Message& message, std::size_t place, const std::string& json);
Statement forget_messages(const AccountKey& account);

/// Leases messages that are due. Other takers' are passed over, not waited for.
Statement take_due(TimeMs now, TimeMs lease_ms, int max, const OutboxShare& share);
/// The same of those that are due further ahead than any can be.
Statement take_misdated(TimeMs now, TimeMs lease_ms, int max, const OutboxShare& share);
/// What they gave, the longest due first. Of one that cannot be read the key is in `unreadable`.
struct MessageKey {
  AccountKey account = {};
  std::string id = {};
};
std::vector<Message> taken(const Rows& rows, std::vector<MessageKey>& unreadable);
Statement give_up(const MessageKey& key);

Statement settle(const Settlement& one);

Statement messages_of(const AccountKey& account, int max);
std::vector<store::StoredMessage> messages(const Rows& rows);

/// A page of what was given up, in the order of the places.
Statement select_given_up(const store::RowPlace& after, int max);
std::vector<store::GivenUpRow> given_up(const Rows& rows);

Statement count_due(TimeMs now);
OutboxState outbox(const Rows& rows);

/// Each removes up to `max` rows; the first column of the only row is how many.
Statement sweep_messages(TimeMs settled_before, int max);
Statement sweep_addresses(TimeMs now, int max);
Statement sweep_sources(TimeMs now, int max);

}  // namespace ringfence::postgres
