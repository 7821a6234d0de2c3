#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ringfence/store.h"

/// Records and change sets for the tests of stores.
namespace ringfence::testing_support {

inline Address phone_address(const std::string& e164 = "+390612345678") {
  return *PhoneNumber::from_e164(e164, 2);
}
inline Address email_address(const std::string& text = "lion@example.com") {
  const auto address = EmailAddress::from_canonical(text);
  return address.value();
}

/// A tag or an id that was not used before in this test program.
inline std::uint64_t fresh_number() {
  static std::atomic<std::uint64_t> last = 0;
  return 0x9e3779b97f4a7c15U *
         ++last;  // spread over all 64 bits, so that half of them are negative for SQL
}
inline Id128 fresh_id() {
  Id128 id;
  std::uint64_t number = fresh_number();
  for (std::size_t i = 0; i < 8; ++i, number >>= 8U)
    id.bytes[i] = static_cast<std::uint8_t>(number);
  id.bytes[15] = 1;
  return id;
}

inline Account sample_account(const std::string& id, const std::string& realm = "shop") {
  Account account{.key = {realm, id}};
  account.created_at = 1'700'000'000'000;
  return account;
}
inline AddressEntry sample_entry(const Address& address, std::int64_t holders = 1) {
  return {.key = {"shop", address}, .holders = holders};
}
inline Source sample_source(const std::string& source) {
  return {.key = {"shop", source}, .sends = {1, 2, 3}};
}
inline AuditEntry sample_audit(std::uint64_t number, const std::string& account = "ann") {
  AuditEntry entry{.key = {{"shop", account}, number}, .at = 7, .event = "registered"};
  entry.facts = {{"kind", "standalone"}};
  entry.personal = {{"phone", "+390612345678", fresh_id(), fresh_id()}};
  entry.key_id = "k1";
  entry.mac = fresh_id();
  return entry;
}
inline Message sample_message(TimeMs due_at, const std::string& account = "ann") {
  Message message{.id = fresh_id(), .kind = MessageKind::notice, .purpose = "phone_changed"};
  message.account = {"shop", account};
  message.destination = email_address();
  message.fields = {{"masked", "139****3672"}};
  message.locale = "ja";
  message.created_at = due_at;
  message.expires_at = due_at + 1'000'000;
  message.due_at = due_at;
  return message;
}

/// A change set being written.
struct Change {
  ChangeSet set{.id = fresh_id()};

  Change& expect(Key key, Version version) {
    set.expects.push_back({std::move(key), version});
    return *this;
  }
  /// Puts a record and expects the version it had.
  Change& put(Record record, Version before = 0) {
    expect(key_of(record), before);
    set.puts.push_back({std::move(record), fresh_number()});
    return *this;
  }
  Change& erase(const Key& key, Version before) {
    expect(key, before);
    set.erases.push_back(key);
    return *this;
  }
  Change& send(Message message) {
    set.messages.push_back(std::move(message));
    return *this;
  }
  operator const ChangeSet&() const { return set; }
};

/// The version of a key; throws if it cannot be loaded.
inline Loaded load_one(Store& store, const Key& key) {
  return std::move(store.load({&key, 1}, 0)).value().at(0);
}

/// Raises the account's epoch by one, trying again as long as others are faster. Returns how the
/// last try ended.
inline CommitOutcome raise_epoch(Store& store, const AccountKey& key) {
  for (int tries = 0; tries < 100'000; ++tries) {
    const auto loaded = store.load(std::vector<Key>{key}, 0);
    if (!loaded) return CommitOutcome::unavailable;
    const Loaded& one = loaded.value().at(0);
    Account account = one.record ? std::get<Account>(*one.record) : Account{.key = key};
    ++account.epoch;
    const CommitOutcome outcome = store.commit(Change().put(account, one.version), 0);
    if (outcome != CommitOutcome::conflict) return outcome;
  }
  return CommitOutcome::conflict;
}

inline std::uint64_t epoch_of(Store& store, const AccountKey& key) {
  const Loaded loaded = load_one(store, key);
  return loaded.record ? std::get<Account>(*loaded.record).epoch : 0;
}

}  // namespace ringfence::testing_support
