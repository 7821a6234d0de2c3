// Addresses for tests, with fixed codes and an end date: configuration, and none in production.
#include "support/world.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::outcome;
using testing_support::World;

constexpr const char* test_phone = "+15555550100";
constexpr TimeMs end = 1'800'000'000'000 + day_ms;

Policy sandbox() {
  Policy policy;
  policy.profile = Profile::sandbox;
  policy.sandbox_addresses = {{test_phone, "012345", end}, {World::phone, "999999", end}};
  return policy;
}

TEST(Sandbox, AWholeChangeTakesFixedCodesAndSendsNone_D7_22) {
  World world(sandbox());
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = world.begun("ann");
  EXPECT_EQ(world.service->prove_identity(flow, "123456", world.call).value().verdict,
            Verdict::rejected);
  ASSERT_TRUE(world.service->prove_identity(flow, "999999", world.call).value().accepted());
  ASSERT_TRUE(world.service->set_target(flow, {test_phone}, world.call));
  EXPECT_EQ(world.service->prove_target(flow, "012345", world.call).value().step, FlowStep::done);
  world.pump();
  for (const auto& sent : world.sender.all()) EXPECT_NE(sent.message.kind, MessageKind::code);
}

TEST(Sandbox, OnlyTheNamedAddressesHaveFixedCodes) {
  World world(sandbox());
  ASSERT_TRUE(world.add("bob", World::other_phone, ""));
  const FlowView flow = world.begun("bob");
  for (const char* code : {"999999", "012345"}) {
    EXPECT_EQ(world.service->prove_identity(flow, code, world.call).value().verdict,
              Verdict::rejected);
  }
  EXPECT_TRUE(world.service->prove_identity(flow, world.code_at(World::other_phone), world.call)
                  .value()
                  .accepted());
}

TEST(Sandbox, WrongCodesAndSendsAreChargedAsEverywhere_R04) {
  Policy policy = sandbox();
  policy.failures_to_lock = 3;
  World world(policy);
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = world.begun("ann");
  EXPECT_EQ(world.account("ann").own_sends.size(), 1U);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.service->prove_identity(flow, "1", world.call));
  EXPECT_EQ(world.account("ann").status, AccountStatus::locked);
}

// Proves D7.22.
TEST(Sandbox, FromTheEndDateOnItIsAnAddressLikeAnyOther) {
  World world(sandbox());
  ASSERT_TRUE(world.add("ann"));
  world.clock.set(end - 1);
  const FlowView before = world.begun("ann");
  world.clock.set(end);
  EXPECT_EQ(world.service->prove_identity(before, "999999", world.call).value().verdict,
            Verdict::no_live_code);
  const FlowView after = world.begun("ann");
  EXPECT_EQ(world.service->prove_identity(after, "999999", world.call).value().verdict,
            Verdict::rejected);
  EXPECT_TRUE(world.service->prove_identity(after, world.code_at(World::phone), world.call)
                  .value()
                  .accepted());
}

TEST(Sandbox, UnderTheProductionPolicyACodeIssuedBeforeIsNoCode) {
  World world(sandbox());
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = world.begun("ann");
  ASSERT_TRUE(world.service->set_policy({}));
  const auto reply = world.service->prove_identity(flow, "999999", world.call);
  EXPECT_EQ(reply.value().verdict, Verdict::no_live_code);
}

// Proves D7.22.
TEST(Sandbox, IsRefusedByTheProductionProfileWhichIsTheDefault) {
  EXPECT_EQ(Policy{}.profile, Profile::production);
  Policy policy = sandbox();
  policy.profile = Profile::production;
  ASSERT_EQ(policy.problems().size(), 1U);
  EXPECT_THAT(policy.problems()[0], HasSubstr("profile"));
  EXPECT_THAT(sandbox().problems(), IsEmpty());
}

// Every mistake is named, and none of the texts has an address or a code in it (R25).
TEST(Sandbox, WhatIsWrongWithAnAddressIsNamed_R25) {
  const auto problem = [](const SandboxAddress& address) {
    Policy policy;
    policy.profile = Profile::sandbox;
    policy.sandbox_addresses = {address};
    const auto problems = policy.problems();
    std::string all;
    for (const std::string& one : problems) all += one + ";";
    EXPECT_THAT(all, ::testing::Not(HasSubstr("5555550177")));
    return all;
  };
  EXPECT_THAT(problem({"+1 555 555 0177", "123456", end}), HasSubstr("[0].address"));
  EXPECT_THAT(problem({"5555550177", "123456", end}), HasSubstr("[0].address"));
  EXPECT_THAT(problem({"A@EXAMPLE.com", "123456", end}), HasSubstr("[0].address"));
  EXPECT_THAT(problem({"+15555550177", "12345", end}), HasSubstr("[0].code must be 6 digits"));
  EXPECT_THAT(problem({"+15555550177", "12345a", end}), HasSubstr("[0].code must be 6 digits"));
  EXPECT_THAT(problem({"+15555550177", "123456", 0}), HasSubstr("[0].until"));
  EXPECT_EQ(problem({"a@example.com", "123456", end}), "");
  Policy twice = sandbox();
  twice.sandbox_addresses.push_back(twice.sandbox_addresses[0]);
  EXPECT_THAT(twice.problems().at(0), HasSubstr("[2].address is there twice"));
}

TEST(Sandbox, IsReadFromJsonAndItsMistakesAreNamedThere) {
  const auto policy = policy_from_json(
      R"({"profile": "sandbox", "sandbox_addresses":
          [{"address": "+15555550100", "code": "123456", "until": 1800000000000}]})");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy.value().sandbox_addresses[0].code, "123456");
  EXPECT_EQ(policy_from_json(to_json(policy.value())).value(), policy.value());
  for (const char* bad : {"7", "[7]", R"([{"address": "+15555550100", "code": "123456"}])",
                          R"([{"address": "+15555550100", "code": 123456, "until": 1}])",
                          R"([{"address": "+1", "code": "1", "until": 1, "more": 1}])"}) {
    const auto refused = policy_from_json(
        std::string(R"({"profile": "sandbox", "sandbox_addresses": )") + bad + "}");
    ASSERT_FALSE(refused) << bad;
    EXPECT_THAT(refused.error().text, HasSubstr("sandbox_addresses must be a list such as")) << bad;
  }
}

}  // namespace
}  // namespace ringfence
