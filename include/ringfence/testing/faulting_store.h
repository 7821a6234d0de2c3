#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "ringfence/store.h"

namespace ringfence::testing {

/// A store in front of another one that counts and, when told, fails. Thread-safe.
class FaultingStore final : public Store {
 public:
  /// Called instead of the commit; returns what the caller gets to see. It may or may not pass the
  /// change on to `behind`.
  using OnCommit = std::function<CommitOutcome(const ChangeSet& change, Store& behind)>;
  /// Called before whatever is read; a failure is what the caller gets.
  using OnLoad = std::function<result<void>()>;

  explicit FaultingStore(Store& behind) : behind_(behind) {}

  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs deadline_ms) override {
    ++loads;
    if (const OnLoad on_load = get(on_load_)) RF_TRY_VOID(on_load());
    return behind_.load(keys, deadline_ms);
  }
  CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) override {
    ++commits;
    const OnCommit on_commit = get(on_commit_);
    const CommitOutcome outcome =
        on_commit ? on_commit(change, behind_) : behind_.commit(change, deadline_ms);
    if (outcome == CommitOutcome::committed) ++committed;
    return outcome;
  }
  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override {
    return behind_.take(now, lease_ms, max, share);
  }
  result<void> settle(std::span<const Settlement> settlements) override {
    return behind_.settle(settlements);
  }
  result<std::vector<Message>> messages(const AccountKey& account, int max,
                                        TimeMs deadline_ms) override {
    if (const OnLoad on_load = get(on_load_)) RF_TRY_VOID(on_load());
    return behind_.messages(account, max, deadline_ms);
  }
  result<std::vector<Message>> given_up(const MessagePlace& after, int max,
                                        TimeMs deadline_ms) override {
    if (const OnLoad on_load = get(on_load_)) RF_TRY_VOID(on_load());
    return behind_.given_up(after, max, deadline_ms);
  }
  result<OutboxState> outbox(TimeMs now, TimeMs deadline_ms) override {
    if (const OnLoad on_load = get(on_load_)) RF_TRY_VOID(on_load());
    return behind_.outbox(now, deadline_ms);
  }
  result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
    return behind_.sweep(now, settled_before, max);
  }

  void on_commit(OnCommit action) { set(on_commit_, std::move(action)); }
  void on_load(OnLoad action) { set(on_load_, std::move(action)); }

  std::atomic<int> loads = 0;
  std::atomic<int> commits = 0;    ///< Tried.
  std::atomic<int> committed = 0;  ///< Of these, those that came back as committed.

 private:
  template <class Action>
  Action get(const Action& action) const {
    const std::lock_guard lock(mutex_);
    return action;
  }
  template <class Action>
  void set(Action& slot, Action action) {
    const std::lock_guard lock(mutex_);
    slot = std::move(action);
  }

  Store& behind_;
  mutable std::mutex mutex_;
  OnCommit on_commit_;
  OnLoad on_load_;
};

}  // namespace ringfence::testing
