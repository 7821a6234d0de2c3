// A new address before and at its proof: what it costs, whom it concerns, what is told of it.
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;

TEST(PendingTarget, AbandonedByOneItsCodesChangeNobodyElse_D7_1) {
  World world;
  world.add("ann").value();
  world.add("bob", World::other_phone, "b@example.com").value();
  const FlowView abandoned = world.targeted("ann");
  const std::string anns = world.code_at(World::new_phone);
  const FlowView flow = world.targeted("bob");
  const std::string bobs = world.code_at(World::new_phone);
  ASSERT_NE(anns, bobs);
  EXPECT_EQ(world.service->prove_target(flow, anns, world.call).value().verdict, Verdict::rejected);
  const Account before = world.account("ann");
  EXPECT_TRUE(world.service->prove_target(flow, bobs, world.call).value().accepted());
  EXPECT_EQ(world.account("ann"), before);
  EXPECT_EQ(world.service->prove_target(abandoned, bobs, world.call).value().verdict,
            Verdict::rejected)
      << "bob's right code at ann's pending number";
  EXPECT_EQ(world.account("ann").channel(ChannelKind::phone).address->text(), World::phone);
  EXPECT_EQ(world.service->resolve_login_phone("", {World::new_phone}).value(), "bob");
}

// A replay with another holder gives the very same replies.
TEST(PendingTarget, WhoElseHoldsTheNumberIsNotToldEvenAfterItsProof_D3_12) {
  const auto replies = [](const std::string& holder) {
    World world;
    world.add(holder, World::new_phone, "").value();
    world.add("ann").value();
    const FlowView flow = world.targeted("ann");
    const FlowView proven = world.service
                                ->prove_target(flow, world.code_at(World::new_phone), world.call,
                                               {.accept_verification_only = false})
                                .value();
    EXPECT_TRUE(proven.verification_only) << "that it is shared is told";
    const FlowView done = world.service->confirm_target(flow, world.call).value();
    return std::tuple(proven, done, world.service->settings(World::key("ann")).value());
  };
  EXPECT_EQ(replies("bob"), replies("a holder of quite another name"));
}

TEST(PendingTarget, TheRuleOfAssociationHoldsWhenAChannelIsVerified_D3_5) {
  World world;
  world.add("bob", World::phone, "").value();
  world.service->register_account({.account = World::key("ann"), .phone = {World::phone}}).value();
  const FlowView flow =
      world.service
          ->begin_verify_channel(World::key("ann"), ChannelKind::phone, Method::phone, world.call)
          .value();
  const FlowView done =
      world.service->prove_target(flow, world.code_at(World::phone), world.call).value();
  EXPECT_TRUE(done.changed().usable_for_verification);
  EXPECT_FALSE(done.changed().usable_for_login);
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), "bob");
  EXPECT_EQ(world.entry(World::phone).holders, 2);
}

TEST(PendingTarget, GetsFiveCodesInTenMinutesAndTenADayOverAllAccounts_D6_5) {
  World world;
  int accounts = 0;
  const auto send = [&] {
    const std::string id = "user-" + std::to_string(accounts);
    world.add(id, "+4477009003" + std::to_string(10 + accounts), "").value();
    ++accounts;
    return world.service->set_target(world.identified(id), {World::new_phone}, world.call);
  };
  const TimeMs first = world.clock.now_ms();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(outcome(send()), "ok");
  auto refused = send();
  ASSERT_EQ(outcome(refused), "limited");
  EXPECT_EQ(refused.error().retry_at, first + 10 * minute_ms);
  world.clock.advance(10 * minute_ms);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(outcome(send()), "ok");
  world.clock.advance(hour_ms);
  refused = send();
  ASSERT_EQ(outcome(refused), "limited");
  EXPECT_EQ(refused.error().retry_at, first + day_ms);
  world.clock.set(first + day_ms - 1);
  EXPECT_EQ(outcome(send()), "limited");
  world.clock.advance(1);
  EXPECT_EQ(outcome(send()), "ok");
}

}  // namespace
}  // namespace ringfence
