// A call's deadline is that of all it asks of the store together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "support/passing_store.h"
#include "support/world.h"

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::ElementsAre;

/// Each load and each commit takes 300 ms, and remembers how long it was allowed to take.
class SlowStore final : public PassingStore {
 public:
  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs deadline_ms) override {
    work(deadline_ms);
    return good->load(keys, deadline_ms);
  }
  CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) override {
    work(deadline_ms);
    if (std::exchange(lose_next, false)) return CommitOutcome::unknown;
    return good->commit(change, deadline_ms);
  }

  ManualClock* clock = nullptr;
  std::vector<TimeMs> allowed;
  bool lose_next = false;

 private:
  void work(TimeMs deadline_ms) {
    allowed.push_back(deadline_ms);
    if (clock != nullptr) clock->advance(300);
  }
};

class Deadline : public ::testing::Test {
 protected:
  Deadline() {
    auto slow = std::make_unique<SlowStore>();
    store = slow.get();
    world = std::make_unique<World>(Policy{}, std::move(slow));
    world->add("ann").value();
    store->clock = &world->clock;
    store->allowed.clear();
  }
  result<FlowView> begin(TimeMs deadline_ms) {
    const Call call{.session = "s", .source = "192.0.2.1", .deadline_ms = deadline_ms};
    return world->service->begin_change_phone(world->key("ann"), Method::phone, call);
  }

  SlowStore* store = nullptr;
  std::unique_ptr<World> world;
};

TEST_F(Deadline, WhatTheLoadHasUsedTheCommitHasNoMore) {
  EXPECT_TRUE(begin(1000));
  EXPECT_THAT(store->allowed, ElementsAre(1000, 700));
}

TEST_F(Deadline, WithoutOneEverythingMayTakeAsLongAsItTakes) {
  EXPECT_TRUE(begin(0));
  EXPECT_THAT(store->allowed, ElementsAre(0, 0));
}

TEST_F(Deadline, NothingIsCommittedOnceItHasPassed) {
  EXPECT_EQ(outcome(begin(300)), "busy");
  EXPECT_THAT(store->allowed, ElementsAre(300));
  EXPECT_TRUE(world->account("ann").flows.empty());
}

TEST_F(Deadline, FindingOutWhatBecameOfALostAnswerHasWhatIsLeft) {
  store->lose_next = true;
  EXPECT_EQ(outcome(begin(650)), "busy") << "it was fenced: it did not happen and never will";
  EXPECT_THAT(store->allowed, ElementsAre(650, 350, 50));
}

}  // namespace
}  // namespace ringfence
