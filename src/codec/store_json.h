#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/store.h"

/// What passes between ringfence and a store, as JSON: for stores in other languages.
///
/// - A key is the record that has nothing but its key, under the name of its kind:
///   `{"account":{"id":"7"}}`, `{"address_entry":{"address":{…}}}`, `{"source":{…}}`,
///   `{"audit_entry":{…}}`. The same key always gives the same text.
/// - A version is a text of 16 hexadecimal digits.
/// - Everything else has the names of `ringfence/store.h`, and the records those of
///   `ringfence/record_json.h`.
namespace ringfence::codec {

// The writers throw what the codec of the records throws.
std::string to_json(const Key& key);
std::string to_json(std::span<const Key> keys);
std::string to_json(std::span<const Loaded> loaded);
std::string to_json(const ChangeSet& change);
std::string to_json(std::span<const Message> messages);
std::string to_json(std::span<const AuditEntry> entries);
std::string to_json(std::span<const Settlement> settlements);
std::string to_json(const OutboxState& state);

// The readers refuse with `store_corrupt` what is not of this form, by the name of what is wrong.
result<std::vector<Key>> keys_from_json(std::string_view text) noexcept;
/// `keys` are those that were asked for: each entry must be of its key.
result<std::vector<Loaded>> loaded_from_json(std::string_view text,
                                             std::span<const Key> keys) noexcept;
result<ChangeSet> change_from_json(std::string_view text) noexcept;
result<std::vector<Message>> messages_from_json(std::string_view text) noexcept;
result<std::vector<Settlement>> settlements_from_json(std::string_view text) noexcept;
result<OutboxState> outbox_from_json(std::string_view text) noexcept;
/// A number of things, 0 or more.
result<int> count_from_json(std::string_view text) noexcept;

}  // namespace ringfence::codec
