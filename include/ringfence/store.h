#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ringfence/model/account.h"
#include "ringfence/model/address_entry.h"
#include "ringfence/model/audit.h"
#include "ringfence/model/ids.h"
#include "ringfence/model/message.h"
#include "ringfence/result.h"

/// What a store must do. Write your own from this page: `ringfence/record_json.h` turns records
/// into text, and `ringfence/testing/store_conformance.h` puts the lines of this page to any store.
namespace ringfence {

using Key = std::variant<AccountKey, AddressKey, SourceKey, AuditKey>;
using Record = std::variant<Account, AddressEntry, Source, AuditEntry>;

inline Key key_of(const Record& record) {
  return std::visit([](const auto& value) -> Key { return value.key; }, record);
}

/// A record as it was loaded. No record and version 0: there is none.
struct Loaded {
  Key key;
  Version version = 0;
  std::optional<Record> record = {};
};

/// What a step has loaded so far.
class Records {
 public:
  /// Of a key that was loaded before, the first load counts.
  void add(std::vector<Loaded>&& loaded) {
    for (Loaded& one : loaded) {
      Key key = one.key;
      list_.try_emplace(std::move(key), std::move(one));
    }
  }
  /// What was loaded for the key; null if it has not been asked for.
  const Loaded* find(const Key& key) const {
    const auto found = list_.find(key);
    return found == list_.end() ? nullptr : &found->second;
  }
  /// The record of the key; null if there is none or it has not been asked for.
  template <class T, class K>
  const T* get(const K& key) const {
    const Loaded* one = find(Key(key));
    return one != nullptr && one->record ? std::get_if<T>(&*one->record) : nullptr;
  }

 private:
  std::map<Key, Loaded> list_;
};

/// One atomic change: all of it happens, or nothing.
struct ChangeSet {
  struct Expect {
    Key key;
    Version version = 0;  ///< The version that must be stored; 0: there must be no record.
  };
  struct Put {
    Record record;
    Version version = 0;  ///< The version it gets; never 0.
  };

  Id128 id = {};  ///< Also the newest of `Account::changes`, if an account is put.
  /// Every key that was put, erased or decided upon, once.
  std::vector<Expect> expects = {};
  /// At most one account, its audit entries, two address entries and one source; an import puts
  /// many accounts and their addresses at once.
  std::vector<Put> puts = {};
  std::vector<Key> erases = {};        ///< Records that are there no more; each was expected.
  std::vector<Message> messages = {};  ///< Appended to the outbox in this order; ids are new.
  /// Before that, every message of this account is removed from the outbox, ended or not.
  std::optional<AccountKey> forget_messages_of = {};

  bool empty() const {
    return puts.empty() && erases.empty() && messages.empty() && !forget_messages_of;
  }
};

enum class CommitOutcome : std::uint8_t {
  committed,    ///< Durable: a crash or power loss from now on does not undo it (I1).
  conflict,     ///< An expected version was not there, or the store had to choose between this and
                ///< another change; nothing has changed. Load and decide again.
  unavailable,  ///< Nothing has changed and nothing will.
  unknown,      ///< It may have happened, or may yet happen.
};

/// How a message taken from the outbox ended, or that it did not end yet; or that one that was
/// given up is to be tried again.
struct Settlement {
  Id128 id = {};
  AccountKey account = {};  ///< The message's own.
  int attempts = 0;  ///< As it was when taken. A settlement with another number is too late and is
                     ///< passed over.
  MessageState state = MessageState::pending;
  TimeMs due_at = 0;  ///< If still pending: when to try again.
  std::string outcome = {};
};

/// A part of the outbox, so that many dispatchers do not look at the same messages: it is divided
/// into `of` equal parts by the first hexadecimal digit of the message's id.
struct OutboxShare {
  int index = 0;  ///< 0 – of - 1
  int of = 1;     ///< 1 – 16

  static constexpr int most = 16;

  constexpr bool valid() const { return of >= 1 && of <= most && index >= 0 && index < of; }
  constexpr bool has(const Id128& message) const { return message.bytes[0] / 16 % of == index; }
  friend bool operator==(const OutboxShare&, const OutboxShare&) = default;
};

/// What waits in the outbox.
struct OutboxState {
  /// Messages whose time has come; counted up to `counted_at_most`. One dated by a wrong clock is
  /// not among them until it is taken.
  int due = 0;
  TimeMs oldest_due_at = 0;  ///< Since when the longest waiting of them is due; 0: none is.

  static constexpr int counted_at_most = 1000;
  friend bool operator==(const OutboxState&, const OutboxState&) = default;
};

/// No message is leased or deferred for longer.
constexpr TimeMs longest_deferral_ms = TimeMs{2} * 24 * 60 * 60 * 1000;

/// Where records and the outbox live.
///
/// All functions may be called from many threads at once. None throws. `deadline_ms` is how long
/// the call may wait for a connection, a lock or an answer; 0 means as long as it takes. Where
/// nothing else is said they fail with `store_unavailable` or `wrong_process`, and nothing has
/// changed, or with `outcome_unknown`.
class Store {
 public:
  virtual ~Store() = default;

  /// Loads one `Loaded` per key, in the order of the keys, as they are at one moment. Fails with
  /// `store_unavailable`, `store_corrupt` or `wrong_process`.
  virtual result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs deadline_ms) = 0;

  /// Checks every expectation and applies the change set, in one atomic step. One that is not well
  /// formed (`ringfence/store/well_formed.h`), or has a message whose id is taken, is not applied.
  virtual CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) = 0;

  /// Takes up to `max` pending messages of the share that are due and leases them: `attempts` is
  /// raised by one and `due_at` becomes `now + lease_ms`, durably, before they are returned. The
  /// longest due come first, then the first created, and those of one change set in its order. Two
  /// takers never get one message within a lease. One that is due more than `longest_deferral_ms`
  /// ahead was dated by a wrong clock, and is due now (A31). Of a share that is not valid, at
  /// what is no time, and for a lease that is negative or longer than `longest_deferral_ms` it
  /// takes nothing: `can_take` in `ringfence/store/well_formed.h`.
  virtual result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                            OutboxShare share) = 0;

  /// Applies the settlements whose message is pending with the same number of attempts; passes over
  /// the others. One whose state is `pending` applies to a message that was given up, too, if the
  /// number is the same: so that it is tried again.
  virtual result<void> settle(std::span<const Settlement> settlements) = 0;

  /// Up to `max` messages of an account, the first created first and those of one change set in its
  /// order, as they are now.
  virtual result<std::vector<Message>> messages(const AccountKey& account, int max,
                                                TimeMs deadline_ms) = 0;

  /// Up to `max` messages of all accounts that were given up, in the order of their places, those
  /// after `after`. One that cannot be read any more is left out.
  virtual result<std::vector<Message>> given_up(const MessagePlace& after, int max,
                                                TimeMs deadline_ms) = 0;

  /// What waits in the outbox.
  virtual result<OutboxState> outbox(TimeMs now, TimeMs deadline_ms) = 0;

  /// Removes up to `max` things that say nothing any more: messages that ended and were created
  /// before `settled_before`, address entries and sources whose `forget_at` has come. Returns how
  /// many; call it again until that is less than `max`. ringfence itself needs no ended message:
  /// keep them for as long as somebody may ask what became of one.
  virtual result<int> sweep(TimeMs now, TimeMs settled_before, int max) = 0;
};

}  // namespace ringfence
