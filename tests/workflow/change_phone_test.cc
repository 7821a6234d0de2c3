// The specification of `change_phone`: DOMAIN 1 to 4.
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;

class ChangePhone : public ::testing::Test {
 protected:
  World world;
};

// Proves D2.3, D2.5, D3.3, D4.2, D4.8.
TEST_F(ChangePhone, TheFourSteps) {
  const SecuritySettings before = world.add("ann").value();
  EXPECT_EQ(before.phone().masked, "139****3672");
  EXPECT_TRUE(before.phone().verification.usable);
  EXPECT_TRUE(before.phone().login.usable);
  EXPECT_EQ(before.email().masked, "l*****n@example.com");

  FlowView flow =
      world.service->begin_change_phone(World::key("ann"), Method::phone, world.call).value();
  EXPECT_EQ(flow.step, FlowStep::prove_identity);
  EXPECT_EQ(flow.sent_to, "139****3672");
  EXPECT_EQ(flow.tries_left, 5);

  flow = world.service->prove_identity(flow, world.code_at(World::phone), world.call).value();
  EXPECT_TRUE(flow.accepted());
  EXPECT_EQ(flow.step, FlowStep::set_target);

  flow = world.service->set_target(flow, {"07700 900123", "GB"}, world.call).value();
  EXPECT_EQ(flow.step, FlowStep::prove_target);
  EXPECT_EQ(flow.sent_to, "77****0123");

  flow = world.service->prove_target(flow, world.code_at(World::new_phone), world.call).value();
  EXPECT_TRUE(flow.accepted());
  EXPECT_EQ(flow.step, FlowStep::done);
  EXPECT_EQ(flow.expires_at, 0);
  EXPECT_TRUE(flow.changed().usable_for_verification);
  EXPECT_TRUE(flow.changed().usable_for_login);

  const SecuritySettings after = world.service->settings(World::key("ann")).value();
  EXPECT_EQ(after.phone().masked, "77****0123");
  EXPECT_EQ(world.account("ann").epoch, 1U) << "whatever else was begun before is void";
  EXPECT_TRUE(after.phone().verification.usable);
  EXPECT_TRUE(after.phone().login.usable);
}

TEST_F(ChangePhone, EmailProvesIdentityToo) {
  world.add("ann").value();
  const FlowView flow = world.identified("ann", Method::email);
  EXPECT_EQ(flow.step, FlowStep::set_target);
}

// Proves D2.3, D3.3, D7.18.
TEST_F(ChangePhone, SharedNumberServesForVerificationOnly) {
  world.add("bob", World::new_phone, "").value();
  world.add("ann").value();
  const FlowView done = world.changed("ann");
  EXPECT_TRUE(done.changed().usable_for_verification);
  EXPECT_FALSE(done.changed().usable_for_login);
  const SecuritySettings after = world.service->settings(World::key("ann")).value();
  EXPECT_EQ(after.phone().login.reason, Reason::shared_with_other_accounts);
  EXPECT_EQ(world.entry(World::new_phone).holders, 2);
}

// Proves D3.7, D4.12, D7.19.
TEST_F(ChangePhone, TheOldNumberLogsInUntilTheNewOneIsProvenAndThenNoMore_A47) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), "ann");
  world.service->prove_target(flow, code, world.call).value();
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), std::nullopt);
  EXPECT_EQ(world.service->resolve_login_phone("", {World::new_phone}).value(), "ann");
}

// Proves D1.3.
TEST_F(ChangePhone, FederatedAccountsAreSentToTheirProvider) {
  Policy policy;
  policy.provider_links["jd"] = "https://id.example.com/phone";
  World with_link(policy);
  with_link.service
      ->register_account({.account = World::key("fed"),
                          .kind = AccountKind::federated,
                          .provider = "jd",
                          .phone = {World::phone},
                          .phone_proven_at = with_link.clock.now_ms()})
      .value();
  const auto refused =
      with_link.service->begin_change_phone(World::key("fed"), Method::phone, with_link.call);
  EXPECT_EQ(outcome(refused), "managed_elsewhere");
  EXPECT_EQ(refused.error().link, "https://id.example.com/phone");
  EXPECT_EQ(with_link.service->settings(World::key("fed")).value().managed_at,
            "https://id.example.com/phone");

  const SecuritySettings upgraded = with_link.service->upgrade(World::key("fed")).value();
  EXPECT_EQ(upgraded.kind, AccountKind::standalone);
  EXPECT_EQ(upgraded.phone().masked, "139****3672");
  EXPECT_TRUE(with_link.changed("fed").changed().usable_for_login);
}

// Proves D1.7, D2.2.
TEST_F(ChangePhone, AnUnverifiedEmailIsNotOffered) {
  world.service
      ->register_account({.account = World::key("ann"),
                          .phone = {World::phone},
                          .phone_proven_at = world.clock.now_ms(),
                          .email = AddressInput{World::email}})
      .value();
  const SecuritySettings settings = world.service->settings(World::key("ann")).value();
  EXPECT_FALSE(settings.email().verification.usable);
  EXPECT_EQ(settings.email().verification.reason, Reason::unverified);
  EXPECT_EQ(
      outcome(world.service->begin_change_phone(World::key("ann"), Method::email, world.call)),
      "method_unavailable");
}

// Proves D1.6.
TEST_F(ChangePhone, WithoutAnyUsableMethodTheWayOnIsAnAppeal) {
  world.service->register_account({.account = World::key("ann"), .phone = {World::phone}}).value();
  const auto refused =
      world.service->begin_change_phone(World::key("ann"), Method::phone, world.call);
  EXPECT_EQ(outcome(refused), "no_method_available");
  EXPECT_EQ(refused.error().next, NextStep::contact_support);
}

// Proves D2.6.
TEST_F(ChangePhone, PolicyCanWithdrawAMethod_A38) {
  Policy policy;
  policy.email.verification = false;
  World strict(policy);
  strict.add("ann").value();
  EXPECT_EQ(strict.service->settings(World::key("ann")).value().email().verification.reason,
            Reason::disabled_by_policy);
  EXPECT_EQ(
      outcome(strict.service->begin_change_phone(World::key("ann"), Method::email, strict.call)),
      "method_unavailable");
}

// Proves D4.9.
TEST_F(ChangePhone, TheIdentityCodeGoesToTheStoredAddress_A08) {
  world.add("ann").value();
  world.begun("ann");
  world.pump();
  ASSERT_EQ(world.sender.all().size(), 1U);
  EXPECT_EQ(world.sender.all()[0].message.destination->text(), World::phone);
}

TEST_F(ChangePhone, TheTargetCodeGoesToTheTargetOnly) {
  world.add("ann").value();
  world.targeted("ann");
  world.pump();
  ASSERT_EQ(world.sender.all().size(), 2U);
  EXPECT_EQ(world.sender.all()[1].message.destination->text(), World::new_phone);
}

// Proves D4.13, D7.4.
TEST_F(ChangePhone, ACorrectedTargetVoidsTheFormerCode_A09) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann", World::other_phone);
  const std::string first = world.code_at(World::other_phone);
  world.service->set_target(flow, {World::new_phone}, world.call).value();
  const std::string second = world.code_at(World::new_phone);
  ASSERT_NE(first, second);
  EXPECT_EQ(world.service->prove_target(flow, first, world.call).value().verdict,
            Verdict::rejected);
  EXPECT_TRUE(world.service->prove_target(flow, second, world.call).value().accepted());
  EXPECT_EQ(world.account("ann").channel(ChannelKind::phone).address->text(), World::new_phone);
}

// Proves D4.13, D7.3.
TEST_F(ChangePhone, TargetsAThenBThenAWorks) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann", World::new_phone);
  const std::string first = world.code_at(World::new_phone);
  world.service->set_target(flow, {World::other_phone}, world.call).value();
  world.service->set_target(flow, {World::new_phone}, world.call).value();
  const std::string last = world.code_at(World::new_phone);
  if (first != last) {
    EXPECT_EQ(world.service->prove_target(flow, first, world.call).value().verdict,
              Verdict::rejected);
  }
  EXPECT_TRUE(world.service->prove_target(flow, last, world.call).value().accepted());
}

// Proves D7.2.
TEST_F(ChangePhone, TheSamePendingNumberOnSeveralAccountsWorksForEach) {
  world.add("ann").value();
  world.add("bob", World::other_phone, "").value();
  const FlowView anns = world.targeted("ann");
  const std::string anns_code = world.code_at(World::new_phone);
  const FlowView bobs = world.targeted("bob");
  const std::string bobs_code = world.code_at(World::new_phone);
  EXPECT_TRUE(
      world.service->prove_target(anns, anns_code, world.call).value().changed().usable_for_login);
  EXPECT_FALSE(
      world.service->prove_target(bobs, bobs_code, world.call).value().changed().usable_for_login);
}

// Proves D7.11.
TEST_F(ChangePhone, ACodeForTheAttackersOwnFlowDoesNotServeForTheVictims_A06) {
  world.add("ann").value();
  world.add("eve", World::other_phone, "").value();
  const FlowView anns = world.targeted("ann");
  world.pump();
  const FlowView eves = world.targeted("eve", "+447700900789");
  const std::string eves_code = world.code_at("+447700900789");
  EXPECT_EQ(world.service->prove_target(anns, eves_code, world.call).value().verdict,
            Verdict::rejected);
  EXPECT_TRUE(world.service->prove_target(eves, eves_code, world.call).value().accepted());
}

TEST_F(ChangePhone, APolicyThatWithdrawsTheMethodMeanwhileHolds_R13_A38) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  Policy stricter;
  stricter.phone.verification = false;
  const auto service =
      Service::make({world.store, *world.ring, world.clock, world.entropy}, stricter).value();
  EXPECT_EQ(outcome(service->prove_identity(flow, code, world.call)), "method_unavailable");
}

// Proves D4.17.
TEST_F(ChangePhone, PersonChangedWarnsThatTheEmailMayBeThePredecessors) {
  world.add("ann").value();
  const FlowView flow = world.service
                            ->begin_change_phone(World::key("ann"), Method::phone, world.call,
                                                 ChangeReason::person_changed)
                            .value();
  world.service->prove_identity(flow, world.code_at(World::phone), world.call).value();
  world.service->set_target(flow, {World::new_phone}, world.call).value();
  const FlowView done =
      world.service->prove_target(flow, world.code_at(World::new_phone), world.call).value();
  EXPECT_TRUE(done.changed().check_email);
  EXPECT_EQ(world.sent("phone_changed", MessageKind::event)[0].message.fields.at("reason"),
            "person_changed");
}

// Proves D4.10, R20.
TEST_F(ChangePhone, ANewFlowReplacesTheOldOneAndVoidsItsCodes) {
  world.add("ann").value();
  const FlowView first = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  const FlowView second = world.begun("ann");
  EXPECT_EQ(outcome(world.service->prove_identity(first, code, world.call)), "flow_not_found");
  const std::string fresh = world.code_at(World::phone);
  if (fresh != code) {
    EXPECT_EQ(world.service->prove_identity(second, code, world.call).value().verdict,
              Verdict::rejected);
  }
  EXPECT_TRUE(world.service->prove_identity(second, fresh, world.call).value().accepted());
}

// Proves D4.11.
TEST_F(ChangePhone, AChangeOfCredentialsVoidsFlowsBegunBefore_A30) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  Account account = world.account("ann");
  ++account.epoch;  // what a reported credential change does
  world.put(account);
  EXPECT_EQ(outcome(world.service->prove_target(flow, code, world.call)), "flow_not_found");
}

TEST_F(ChangePhone, LockedMeanwhileIsNoticedAtEveryStep_A12_R13) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  Account account = world.account("ann");
  account.status = AccountStatus::locked;
  world.put(account);
  EXPECT_EQ(outcome(world.service->prove_target(flow, code, world.call)), "account_locked");
  EXPECT_EQ(outcome(world.service->set_target(flow, {World::other_phone}, world.call)),
            "account_locked");
  EXPECT_EQ(world.account("ann").channel(ChannelKind::phone).address->text(), World::phone);
}

TEST_F(ChangePhone, CancelVoidsTheCodes) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  EXPECT_EQ(world.service->cancel(flow, world.call).value().step, FlowStep::cancelled);
  EXPECT_EQ(outcome(world.service->prove_identity(flow, code, world.call)), "flow_not_found");
}

TEST_F(ChangePhone, ACancelledCodeThatIsStillInTheOutboxIsNotSent) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  world.service->cancel(flow, world.call).value();
  world.pump();
  EXPECT_TRUE(world.sender.all().empty());
}

TEST_F(ChangePhone, RegisteringTwiceIsRefusedAndChangesNothing) {
  world.add("ann").value();
  const Account before = world.account("ann");
  EXPECT_EQ(outcome(world.add("ann", World::new_phone)), "account_exists");
  EXPECT_EQ(world.account("ann"), before);
}

// Proves D4.1.
TEST_F(ChangePhone, ExactlyFourDurableCommitsAndAtMostTwoLoadsAStep) {
  world.add("ann").value();
  const auto counted = [&](const auto& step) {
    const int loads = world.store.loads;
    const int commits = world.store.committed;
    const FlowView flow = step();
    EXPECT_LE(world.store.loads - loads, 2);
    EXPECT_EQ(world.store.committed - commits, 1);
    return flow;
  };
  const int before = world.store.committed;
  FlowView flow = counted([&] { return world.begun("ann"); });
  const std::string identity_code = world.code_at(World::phone);
  flow = counted(
      [&] { return world.service->prove_identity(flow, identity_code, world.call).value(); });
  flow = counted(
      [&] { return world.service->set_target(flow, {World::new_phone}, world.call).value(); });
  const std::string target_code = world.code_at(World::new_phone);
  flow =
      counted([&] { return world.service->prove_target(flow, target_code, world.call).value(); });
  EXPECT_EQ(flow.step, FlowStep::done);
  EXPECT_EQ(world.store.committed - before, 4);
}

}  // namespace
}  // namespace ringfence
