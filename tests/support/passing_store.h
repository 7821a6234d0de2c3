#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ringfence/store.h"
#include "ringfence/store/memory.h"

namespace ringfence::testing_support {

/// A good store, for something to be put in front of it: a defect, a counter, a delay.
class PassingStore : public Store {
 public:
  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs deadline_ms) override {
    return good->load(keys, deadline_ms);
  }
  CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) override {
    return good->commit(change, deadline_ms);
  }
  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override {
    return good->take(now, lease_ms, max, share);
  }
  result<void> settle(std::span<const Settlement> settlements) override {
    return good->settle(settlements);
  }
  result<std::vector<Message>> messages(const AccountKey& account, int max,
                                        TimeMs deadline_ms) override {
    return good->messages(account, max, deadline_ms);
  }
  result<std::vector<Message>> given_up(const MessagePlace& after, int max,
                                        TimeMs deadline_ms) override {
    return good->given_up(after, max, deadline_ms);
  }
  result<OutboxState> outbox(TimeMs now, TimeMs deadline_ms) override {
    return good->outbox(now, deadline_ms);
  }
  result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
    return good->sweep(now, settled_before, max);
  }

 protected:
  std::unique_ptr<Store> good = make_memory_store();
};

}  // namespace ringfence::testing_support
