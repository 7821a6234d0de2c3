#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "ringfence/store/memory.h"
#include "ringfence/store/well_formed.h"

namespace ringfence {
namespace {

class MemoryStore final : public Store {
 public:
  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs) override try {
    std::vector<Loaded> out;
    out.reserve(keys.size());
    const std::lock_guard lock(mutex_);
    for (const Key& key : keys) {
      Loaded one{.key = key};
      if (const auto found = records_.find(key); found != records_.end()) {
        one.version = found->second.version;
        one.record = found->second.record;
      }
      out.push_back(std::move(one));
    }
    return out;
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::store_unavailable, "out of memory");
  }

  CommitOutcome commit(const ChangeSet& change, TimeMs) override try {
    if (!well_formed(change)) return CommitOutcome::unavailable;
    const std::lock_guard lock(mutex_);
    for (const ChangeSet::Expect& expect : change.expects) {
      const auto found = records_.find(expect.key);
      if ((found == records_.end() ? 0 : found->second.version) != expect.version)
        return CommitOutcome::conflict;
    }
    // Everything that can fail happens on the side; then all of it is moved in, which cannot.
    std::map<Key, ChangeSet::Put> fresh;
    for (const ChangeSet::Put& put : change.puts) {
      fresh.emplace(key_of(put.record), put);
    }
    std::map<Id128, Stored> messages;
    std::set<Due> due;
    std::uint64_t number = appended_;
    for (const Message& message : change.messages) {
      const auto [added, fresh_id] = messages.emplace(message.id, Stored{message, ++number});
      if (!fresh_id || outbox_.contains(message.id)) return CommitOutcome::unavailable;
      if (message.state == MessageState::pending) due.insert(due_of(added->second));
    }
    for (const Key& key : change.erases) records_.erase(key);
    if (change.forget_messages_of) forget(*change.forget_messages_of);
    for (auto& [key, put] : fresh) {
      if (const auto found = records_.find(key); found != records_.end())
        found->second = std::move(put);
    }
    records_.merge(fresh);
    outbox_.merge(messages);
    due_.merge(due);
    appended_ = number;
    return CommitOutcome::committed;
  } catch (const std::bad_alloc&) {
    return CommitOutcome::unavailable;
  }

  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override try {
    std::vector<Message> out;
    if (!can_take(now, lease_ms, max, share)) return out;
    const std::lock_guard lock(mutex_);
    std::vector<Due> next;
    const auto look = [&](auto from, TimeMs until) {
      for (; from != due_.end() && from->due_at <= until; ++from) {
        if (next.size() == static_cast<std::size_t>(max)) return;
        if (share.has(from->id)) next.push_back(*from);
      }
    };
    look(due_.begin(), now);
    look(due_.lower_bound({.due_at = now + longest_deferral_ms + 1}), newest);
    for (const Due& due : next) {
      Message& message = outbox_.at(due.id).message;
      out.push_back(message);
      auto node = due_.extract(due);
      ++message.attempts;
      message.due_at = now + lease_ms;
      node.value().due_at = message.due_at;
      due_.insert(std::move(node));
      out.back().attempts = message.attempts;
      out.back().due_at = message.due_at;
    }
    return out;
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::store_unavailable, "out of memory");
  }

  result<void> settle(std::span<const Settlement> settlements) override try {
    const std::lock_guard lock(mutex_);
    for (const Settlement& settlement : settlements) {
      const auto found = outbox_.find(settlement.id);
      if (found == outbox_.end()) continue;
      Message& message = found->second.message;
      // By the account too, as a store may that divides its messages by it.
      if (message.attempts != settlement.attempts || message.account != settlement.account)
        continue;
      if (message.state == MessageState::given_up && settlement.state == MessageState::pending) {
        Due due = due_of(found->second);
        due.due_at = settlement.due_at;
        std::string outcome = settlement.outcome;
        due_.insert(due);
        message.state = MessageState::pending;
        message.due_at = settlement.due_at;
        message.outcome = std::move(outcome);
        continue;
      }
      if (message.state != MessageState::pending) continue;
      auto node = due_.extract(due_of(found->second));
      if (node.empty()) continue;  // every pending message is among the due ones
      message.outcome = settlement.outcome;
      message.state = settlement.state;
      if (settlement.state == MessageState::pending) {
        message.due_at = settlement.due_at;
        node.value().due_at = message.due_at;
        due_.insert(std::move(node));
      }
    }
    return ok();
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::store_unavailable, "out of memory");
  }

  result<std::vector<Message>> messages(const AccountKey& account, int max, TimeMs) override try {
    const std::lock_guard lock(mutex_);
    std::map<std::pair<TimeMs, std::uint64_t>, const Message*> ordered;
    for (const auto& [id, stored] : outbox_) {
      const Message& message = stored.message;
      if (message.account == account) ordered[{message.created_at, stored.number}] = &message;
    }
    std::vector<Message> out;
    for (const auto& [order, message] : ordered) {
      if (static_cast<int>(out.size()) >= max) break;
      out.push_back(*message);
    }
    return out;
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::store_unavailable, "out of memory");
  }

  result<std::vector<Message>> given_up(const MessagePlace& after, int max, TimeMs) override try {
    const std::lock_guard lock(mutex_);
    std::map<MessagePlace, const Message*> ordered;
    for (const auto& [id, stored] : outbox_) {
      const Message& message = stored.message;
      if (message.state == MessageState::given_up && place_of(message) > after)
        ordered.emplace(place_of(message), &message);
    }
    std::vector<Message> out;
    for (const auto& [place, message] : ordered) {
      if (static_cast<int>(out.size()) >= max) break;
      out.push_back(*message);
    }
    return out;
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::store_unavailable, "out of memory");
  }

  result<OutboxState> outbox(TimeMs now, TimeMs) override {
    OutboxState state;
    const std::lock_guard lock(mutex_);
    for (const Due& due : due_) {
      if (due.due_at > now || state.due >= OutboxState::counted_at_most) break;
      if (state.due++ == 0) state.oldest_due_at = due.due_at;
    }
    return state;
  }

  result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
    int removed = 0;
    const std::lock_guard lock(mutex_);
    for (auto it = outbox_.begin(); it != outbox_.end() && removed < max;) {
      const Message& message = it->second.message;
      const bool ended =
          message.state != MessageState::pending && message.created_at < settled_before;
      it = ended ? (++removed, outbox_.erase(it)) : std::next(it);
    }
    for (auto it = records_.begin(); it != records_.end() && removed < max;) {
      const TimeMs forget_at = forgotten_at(it->second.record);
      const bool forgotten = forget_at != 0 && forget_at <= now;
      it = forgotten ? (++removed, records_.erase(it)) : std::next(it);
    }
    return removed;
  }

 private:
  struct Stored {
    Message message;
    std::uint64_t number = 0;  // in the order of appending
  };
  struct Due {
    TimeMs due_at = 0;
    TimeMs created_at = 0;
    std::uint64_t number = 0;
    Id128 id = {};
    friend auto operator<=>(const Due&, const Due&) = default;
  };
  static constexpr TimeMs newest = std::numeric_limits<TimeMs>::max();

  static Due due_of(const Stored& stored) {
    const Message& message = stored.message;
    return {message.due_at, message.created_at, stored.number, message.id};
  }

  void forget(const AccountKey& account) {
    for (auto it = outbox_.begin(); it != outbox_.end();) {
      const Message& message = it->second.message;
      if (message.account != account) {
        ++it;
        continue;
      }
      due_.erase(due_of(it->second));
      it = outbox_.erase(it);
    }
  }

  static TimeMs forgotten_at(const Record& record) {
    if (const auto* entry = std::get_if<AddressEntry>(&record)) return entry->forget_at;
    if (const auto* source = std::get_if<Source>(&record)) return source->forget_at;
    return 0;
  }

  std::mutex mutex_;
  std::map<Key, ChangeSet::Put> records_;
  std::map<Id128, Stored> outbox_;
  std::set<Due> due_;  // the pending ones, the longest due first
  std::uint64_t appended_ = 0;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace ringfence
