// Keys change while flows are under way: nothing breaks when the three steps are kept, and nothing
// is accepted when not.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::key_entry;
using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

class Rotation : public ::testing::Test {
 protected:
  /// All running services take these keys.
  void keys(std::vector<KeySet::Entry> entries) {
    current = std::move(entries);
    ASSERT_TRUE(ring->reload());
  }

  const KeySet::Entry before = key_entry("old", 1);
  const KeySet::Entry after = key_entry("new", 2);
  std::vector<KeySet::Entry> current = {before};
  std::shared_ptr<KeyRing> ring =
      KeyRing::from_callback([this] { return KeySet::make(current); }).value();
  World world{{}, make_memory_store(), ring};
  Service& service = *world.service;
};

TEST_F(Rotation, AFlowBegunBeforeThePromotionStillProvesAfterIt) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  keys({before, after});
  EXPECT_EQ(service.prove_identity(flow, wrong(code), world.call).value().verdict,
            Verdict::rejected);
  keys({after, before});
  const FlowView identified = service.prove_identity(flow, code, world.call).value();
  EXPECT_TRUE(identified.accepted());
  service.set_target(identified, {World::new_phone}, world.call).value();
  EXPECT_EQ(world.account("ann").flows.back().challenge->key_id, "new");
  keys({after});
  const std::string target_code = world.code_at(World::new_phone);
  EXPECT_TRUE(service.prove_target(flow, target_code, world.call).value().accepted());
}

// Proves D4.18.
TEST_F(Rotation, OnceTheKeyIsGoneNoCodeIsRightAndNoneIsCharged_R28) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  keys({after});
  const Account stored = world.account("ann");
  for (const std::string& presented : {code, wrong(code), std::string(), std::string("000000")}) {
    EXPECT_EQ(outcome(service.prove_identity(flow, presented, world.call)), "key_missing");
  }
  EXPECT_EQ(world.account("ann"), stored);
  keys({after, before});
  EXPECT_TRUE(service.prove_identity(flow, code, world.call).value().accepted())
      << "the key is back, and so is the code";
}

TEST_F(Rotation, ANewKeyUnderTheOldIdAcceptsNoOldCode_R28) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  keys({key_entry("old", 99)});
  EXPECT_EQ(service.prove_identity(flow, code, world.call).value().verdict, Verdict::rejected);
}

TEST_F(Rotation, AResendGoesOnWithTheNewKey_A45) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  keys({after});
  world.clock.advance(minute_ms);
  service.resend(flow, world.call).value();
  EXPECT_TRUE(
      service.prove_identity(flow, world.code_at(World::phone), world.call).value().accepted());
}

TEST_F(Rotation, ACodeWhoseKeyIsGoneWaitsInTheOutboxAndIsSentWhenTheKeyIsBack) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  keys({after});
  const auto counts = world.dispatcher.pump().value();
  EXPECT_EQ(counts.taken, 1);
  EXPECT_EQ(counts.deferred, 1);
  EXPECT_TRUE(world.sender.all().empty());

  world.clock.advance(2 * second_ms);  // past the first retry
  const auto taken = world.behind->take(world.clock.now_ms(), 0, 1, {}).value();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].outcome, "key_missing");
  EXPECT_EQ(taken[0].state, MessageState::pending);

  keys({after, before});
  const std::string code = world.code_at(World::phone);
  EXPECT_TRUE(service.prove_identity(flow, code, world.call).value().accepted());
}

}  // namespace
}  // namespace ringfence
