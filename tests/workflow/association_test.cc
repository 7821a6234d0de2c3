// Who is associated with an address, and who may log in with it (DOMAIN 3).
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

class Association : public ::testing::Test {
 protected:
  World world;
};

// Proves D3.6.
TEST_F(Association, TheFirstHolderKeepsItsLoginWhenOthersJoin) {
  world.add("bob", World::new_phone, "").value();
  world.add("ann").value();
  world.changed("ann");
  EXPECT_EQ(world.service->resolve_login_phone("", {World::new_phone}).value(), "bob");
  EXPECT_TRUE(world.service->settings(World::key("bob")).value().phone().login.usable);
}

// Proves D3.8.
TEST_F(Association, HoldersWhoRemainAreNotPromotedByThemselves) {
  world.add("ann").value();
  world.add("bob", World::phone, "").value();
  world.changed("ann");
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), std::nullopt);
  EXPECT_EQ(world.entry(World::phone).holders, 1);
}

// Proves D3.2.
TEST_F(Association, ANumberOnlyTypedInReservesNothing_A19_R10) {
  world.add("ann").value();
  world.add("bob", World::other_phone, "b@example.com").value();
  world.targeted("ann");  // ann never proves it
  EXPECT_EQ(world.service->resolve_login_phone("", {World::new_phone}).value(), std::nullopt);
  EXPECT_EQ(world.entry(World::new_phone).holders, 0);
  EXPECT_TRUE(world.changed("bob").changed().usable_for_login);
}

// Proves D3.2.
TEST_F(Association, ARegisteredButUnprovenNumberBlocksNobody_A29) {
  world.service->register_account({.account = World::key("squatter"), .phone = {World::new_phone}})
      .value();
  world.add("ann").value();
  EXPECT_TRUE(world.changed("ann").changed().usable_for_login);
}

// Proves D3.1.
TEST_F(Association, FederatedAndLockedAccountsCountAsAssociated) {
  world.service
      ->register_account({.account = World::key("fed"),
                          .kind = AccountKind::federated,
                          .provider = "jd",
                          .phone = {World::new_phone},
                          .phone_proven_at = world.clock.now_ms()})
      .value();
  world.add("ann").value();
  EXPECT_FALSE(world.changed("ann").changed().usable_for_login);

  world.add("locked", World::other_phone, "").value();
  Account locked = world.account("locked");
  locked.status = AccountStatus::locked;
  world.put(locked);
  world.add("bob", "+8613912343000", "bob@example.com").value();
  EXPECT_FALSE(world.changed("bob", World::other_phone).changed().usable_for_login);
}

// Proves D3.13.
TEST_F(Association, VerificationOnlyCanBeDeclinedAndTheProofIsKept) {
  world.add("bob", World::new_phone, "").value();
  world.add("ann").value();
  FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  flow = world.service->prove_target(flow, code, world.call, {.accept_verification_only = false})
             .value();
  EXPECT_TRUE(flow.accepted());
  EXPECT_EQ(flow.step, FlowStep::confirm_target);
  EXPECT_TRUE(flow.verification_only);
  EXPECT_EQ(world.account("ann").channel(ChannelKind::phone).address->text(), World::phone);
  EXPECT_EQ(world.entry(World::new_phone).holders, 1);

  flow = world.service->confirm_target(flow, world.call).value();
  EXPECT_EQ(flow.step, FlowStep::done);
  EXPECT_FALSE(flow.changed().usable_for_login);
}

// Proves D3.13.
TEST_F(Association, InsteadOfConfirmingAnotherTargetMayBeSet) {
  world.add("bob", World::new_phone, "").value();
  world.add("ann").value();
  FlowView flow = world.targeted("ann");
  flow = world.service
             ->prove_target(flow, world.code_at(World::new_phone), world.call,
                            {.accept_verification_only = false})
             .value();
  flow = world.service->set_target(flow, {World::other_phone}, world.call).value();
  EXPECT_EQ(outcome(world.service->confirm_target(flow, world.call)), "wrong_step");
  flow = world.service->prove_target(flow, world.code_at(World::other_phone), world.call).value();
  EXPECT_TRUE(flow.changed().usable_for_login);
  EXPECT_EQ(world.entry(World::new_phone).holders, 1);
}

TEST_F(Association, ConfirmingDecidesTheLoginAgain_A10) {
  world.add("bob", World::new_phone, "").value();
  world.add("ann").value();
  FlowView flow = world.targeted("ann");
  flow = world.service
             ->prove_target(flow, world.code_at(World::new_phone), world.call,
                            {.accept_verification_only = false})
             .value();
  world.changed("bob", World::other_phone);  // bob leaves the number meanwhile
  flow = world.service->confirm_target(flow, world.call).value();
  EXPECT_TRUE(flow.changed().usable_for_login);
}

// Proves D3.11, D4.18, D7.7.
TEST_F(Association, AddressAtCapacityIsToldAfterTheProofOnly_CodeConsumed) {
  Policy policy;
  policy.max_accounts_per_address = 1;
  World capped(policy);
  capped.add("bob", World::new_phone, "").value();
  capped.add("ann").value();
  const FlowView flow = capped.targeted("ann");  // nothing is refused before the proof
  const std::string code = capped.code_at(World::new_phone);
  EXPECT_EQ(capped.service->prove_target(flow, wrong(code), capped.call).value().verdict,
            Verdict::rejected);
  EXPECT_EQ(outcome(capped.service->prove_target(flow, code, capped.call)), "address_at_capacity");
  EXPECT_EQ(outcome(capped.service->prove_target(flow, code, capped.call)), "address_at_capacity")
      << "it repeats itself";
  EXPECT_FALSE(capped.account("ann").flows.back().challenge.has_value());
  EXPECT_EQ(capped.account("ann").channel(ChannelKind::phone).address->text(), World::phone);
}

// Proves D3.4.
TEST_F(Association, CapacityIsDecidedOnTheAddressAsItIsAtTheCommit_A10) {
  Policy policy;
  policy.max_accounts_per_address = 1;
  World capped(policy);
  capped.add("bob", World::new_phone, "").value();
  capped.add("ann").value();
  const FlowView flow = capped.targeted("ann");
  const std::string code = capped.code_at(World::new_phone);
  // Between the decision and its commit bob leaves the number.
  capped.store.on_commit([&](const ChangeSet& change, Store& behind) {
    capped.store.on_commit(nullptr);
    capped.changed("bob", World::other_phone);
    return behind.commit(change, 0);
  });
  EXPECT_TRUE(
      capped.service->prove_target(flow, code, capped.call).value().changed().usable_for_login);
}

// Proves D3.10, D7.5.
TEST_F(Association, QuarantinedNumbersCountAsAssociatedButNotForWhoReleasedThem_A18_R31) {
  Policy policy;
  policy.quarantine_ms = 30 * day_ms;
  World slow(policy);
  slow.add("ann").value();
  slow.add("bob", World::other_phone, "").value();
  slow.changed("ann");  // releases World::phone
  slow.clock.advance(hour_ms);
  EXPECT_FALSE(slow.changed("bob", World::phone).changed().usable_for_login);
  slow.clock.advance(hour_ms);
  slow.changed("bob", World::other_phone);
  slow.clock.advance(hour_ms);
  // The last to release it was bob, so it still counts for ann; after the quarantine it does not.
  slow.clock.advance(30 * day_ms);
  EXPECT_TRUE(slow.changed("ann", World::phone).changed().usable_for_login);
}

// Proves D3.10, D7.5.
TEST_F(Association, JoiningAndLeavingAQuarantinedNumberLaundersNothing_R31_A18) {
  Policy policy;
  policy.quarantine_ms = 90 * day_ms;
  World slow(policy);
  slow.add("ann").value();
  slow.add("eve", World::other_phone, "").value();
  slow.changed("ann");  // releases World::phone
  for (const char* target : {World::phone, World::other_phone, World::phone}) {
    slow.clock.advance(hour_ms);
    if (target == World::phone) {
      EXPECT_FALSE(slow.changed("eve", target).changed().usable_for_login);
    } else {
      slow.changed("eve", target);
    }
  }
  slow.clock.advance(hour_ms);
  slow.changed("eve", World::other_phone);
  slow.clock.advance(hour_ms);
  EXPECT_TRUE(slow.changed("ann", World::phone).changed().usable_for_login)
      << "and its owner may return";
}

// Proves D3.10.
TEST_F(Association, WhoReleasedANumberMayReturnToItWithinTheQuarantine) {
  Policy policy;
  policy.quarantine_ms = 30 * day_ms;
  World slow(policy);
  slow.add("ann").value();
  slow.changed("ann");
  slow.clock.advance(hour_ms);
  EXPECT_TRUE(slow.changed("ann", World::phone).changed().usable_for_login);
}

// Proves D1.2.
TEST_F(Association, RealmsShareNothing) {
  world.add("ann", World::phone, "", "north").value();
  world.add("ann", World::phone, "", "south").value();
  EXPECT_TRUE(world.service->settings(World::key("ann", "north")).value().phone().login.usable);
  EXPECT_TRUE(world.service->settings(World::key("ann", "south")).value().phone().login.usable);
  EXPECT_EQ(world.service->resolve_login_phone("north", {World::phone}).value(), "ann");
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), std::nullopt);
}

// Proves D3.5.
TEST_F(Association, RegistrationFollowsTheSameAssociationRule) {
  EXPECT_TRUE(world.add("ann", World::phone, "").value().phone().login.usable);
  const SecuritySettings second = world.add("bob", World::phone, "").value();
  EXPECT_TRUE(second.phone().verification.usable);
  EXPECT_EQ(second.phone().login.reason, Reason::shared_with_other_accounts);
}

}  // namespace
}  // namespace ringfence
