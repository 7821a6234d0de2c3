// One budget, however a code travels (A22), and calls instead of texts.
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;

// Proves R19.
TEST(Budget, TextsAndCallsToATargetAreCountedTogether_A22) {
  Policy policy;
  policy.resend_after_ms = 0;
  World world(policy);
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = world.targeted("ann");  // the first of five in ten minutes
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(world.service->resend(flow, world.call,
                                      {.route = i % 2 == 0 ? Route::voice : Route::text}));
  }
  EXPECT_EQ(outcome(world.service->resend(flow, world.call, {.route = Route::voice})), "limited");
  EXPECT_EQ(outcome(world.service->resend(flow, world.call, {.route = Route::text})), "limited");
}

TEST(Budget, TextsCallsAndMailsToOwnChannelsAreCountedTogether_A22) {
  Policy policy;
  policy.resend_after_ms = 0;
  World world(policy);
  ASSERT_TRUE(world.add("ann"));
  const FlowView by_phone = world.begun("ann", Method::phone);
  ASSERT_TRUE(world.service->resend(by_phone, world.call, {.route = Route::voice}));
  ASSERT_TRUE(world.service->resend(by_phone, world.call));
  const FlowView by_email = world.begun("ann", Method::email);
  ASSERT_TRUE(world.service->resend(by_email, world.call));
  const auto sixth = world.service->resend(by_email, world.call);
  EXPECT_EQ(outcome(sixth), "limited");
  EXPECT_EQ(sixth.error().retry_at, world.clock.now_ms() + 10 * minute_ms);
  EXPECT_EQ(
      outcome(world.service->begin_change_email(World::key("ann"), Method::phone, world.call)),
      "limited");
  const SecuritySettings settings = world.service->settings(World::key("ann")).value();
  EXPECT_EQ(settings.phone().limited_until, settings.email().limited_until);
}

// Proves D6.8, R19.
TEST(Budget, StrangersCannotSpendThatOfOnesOwnChannels_A15) {
  Policy policy;
  policy.resend_after_ms = 0;
  World world(policy);
  ASSERT_TRUE(world.add("ann"));
  ASSERT_TRUE(world.add("eve", World::other_phone, ""));
  const FlowView flow = world.identified("eve");
  ASSERT_TRUE(world.service->set_target(flow, {World::phone}, world.call));
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(world.service->resend(flow, world.call));
  EXPECT_EQ(outcome(world.service->resend(flow, world.call)), "limited");
  EXPECT_TRUE(world.service->begin_change_phone(World::key("ann"), Method::phone, world.call));
}

// Proves D6.14.
TEST(Voice, APersonMayAskForACallAndTheSenderIsTold) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = world.begun("ann");
  world.pump();
  world.clock.advance(minute_ms);
  ASSERT_TRUE(world.service->resend(flow, world.call, {.route = Route::voice}));
  const std::string code = world.code_at(World::phone);
  EXPECT_EQ(world.sender.all().back().message.route, Route::voice);
  EXPECT_EQ(world.sender.all().front().message.route, Route::text);
  EXPECT_TRUE(world.service->prove_identity(flow, code, world.call).value().accepted());
}

// Proves D6.14.
TEST(Voice, AMailboxCannotBeCalled) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = world.begun("ann", Method::email);
  world.clock.advance(minute_ms);
  EXPECT_EQ(outcome(world.service->resend(flow, world.call, {.route = Route::voice})),
            "invalid_argument");
  EXPECT_EQ(outcome(world.service->resend(flow, world.call, {.route = static_cast<Route>(9)})),
            "invalid_argument");
}

TEST(Voice, ThePolicyCanSwitchCallsOff) {
  Policy policy;
  policy.voice_calls = false;
  World world(policy);
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = world.begun("ann");
  world.clock.advance(minute_ms);
  const int commits = world.store.commits;
  EXPECT_EQ(outcome(world.service->resend(flow, world.call, {.route = Route::voice})),
            "method_unavailable");
  EXPECT_EQ(world.store.commits, commits);
  EXPECT_TRUE(world.service->resend(flow, world.call));
}

// Allow and deny lists of prefixes and types; those of regions are tested with the parser.
// Proves D6.10.
TEST(AllowLists, OnlyNumbersOfTheListedPrefixesAreTaken) {
  PhonePolicy policy;
  policy.allowed_prefixes = {"+8613", "+44"};
  EXPECT_EQ(outcome(parse_phone(World::phone, "", policy)), "ok");
  EXPECT_EQ(outcome(parse_phone(World::new_phone, "", policy)), "ok");
  EXPECT_EQ(outcome(parse_phone("+8615112345678", "", policy)), "region_not_allowed");
  policy.denied_prefixes = {"+4477"};
  EXPECT_EQ(outcome(parse_phone(World::new_phone, "", policy)), "region_not_allowed");
}

// Proves D6.10.
TEST(AllowLists, OnlyNumbersOfTheListedTypesAreTaken) {
  PhonePolicy policy;
  policy.allowed_types = {NumberType::mobile};
  EXPECT_EQ(outcome(parse_phone(World::phone, "", policy)), "ok");
  EXPECT_EQ(outcome(parse_phone("+442079460123", "", policy)), "number_type_not_allowed");
  policy.denied_types = {NumberType::mobile};
  EXPECT_EQ(outcome(parse_phone(World::phone, "", policy)), "number_type_not_allowed");
}

}  // namespace
}  // namespace ringfence
