// A policy that is put in force while the service runs.
#include <thread>

#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;

TEST(SetPolicy, HoldsFromTheNextCallOnAndAFlowKeepsTheTermsItBeganWith) {
  World world;
  world.add("ann").value();
  const FlowView before = world.begun("ann");
  Policy policy;
  policy.code_digits = 8;
  policy.phone_numbers.denied_regions = {"GB"};
  ASSERT_TRUE(world.service->set_policy(policy));
  EXPECT_EQ(*world.service->policy(), policy);
  EXPECT_EQ(world.code_at(World::phone).size(), 6U);
  world.clock.advance(minute_ms);
  world.service->resend(before, world.call).value();
  const std::string code = world.code_at(World::phone);
  EXPECT_EQ(code.size(), 6U) << "the flow's own terms";
  world.service->prove_identity(before, code, world.call).value();
  EXPECT_EQ(outcome(world.service->set_target(before, {World::new_phone}, world.call)),
            "region_not_allowed");
  world.begun("ann");
  EXPECT_EQ(world.code_at(World::phone).size(), 8U);
}

// Proves D6.16.
TEST(SetPolicy, ABadOneIsRefusedAndTheOldOneStays) {
  World world;
  Policy policy;
  policy.code_digits = 5;
  const auto refused = world.service->set_policy(policy);
  ASSERT_EQ(outcome(refused), "invalid_policy");
  EXPECT_THAT(refused.error().text, ::testing::HasSubstr("code_digits"));
  EXPECT_EQ(*world.service->policy(), Policy());
}

TEST(SetPolicy, MayHappenWhileOthersCall) {
  World world;
  for (int i = 0; i < 8; ++i)
    world.add("a" + std::to_string(i), "+4477009002" + std::to_string(10 + i), "").value();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 50; ++round) {
        if (i == 0) {
          Policy policy;
          policy.code_digits = 6 + round % 5;
          EXPECT_TRUE(world.service->set_policy(policy));
        }
        EXPECT_EQ(outcome(world.service->settings(World::key("a" + std::to_string(i)))), "ok");
      }
    });
  }
}

}  // namespace
}  // namespace ringfence
