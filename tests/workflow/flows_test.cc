// The flows besides `change_phone`: DOMAIN 4.
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

class Flows : public ::testing::Test {
 protected:
  AccountKey key(const std::string& id = "ann") const { return World::key(id); }
  void add_unverified(const std::string& id = "ann") {
    service
        .register_account(
            {.account = key(id), .phone = {World::phone}, .email = AddressInput{"a@example.com"}})
        .value();
  }
  /// Proves whatever the flow waits for, until it is done.
  FlowView through(FlowView flow) {
    while (flow.step == FlowStep::prove_identity || flow.step == FlowStep::prove_target) {
      const bool identity = flow.step == FlowStep::prove_identity;
      const Account account = world.account(flow.handle.account.id);
      const auto& own = account.flows.back();
      const std::string code = world.code_at(own.challenge.value().destination.text());
      flow = identity ? service.prove_identity(flow, code, world.call).value()
                      : service.prove_target(flow, code, world.call).value();
      EXPECT_TRUE(flow.accepted());
    }
    return flow;
  }

  World world;
  Service& service = *world.service;
};

// Proves D3.7, D4.3, D4.23, R14, R15, A47.
TEST_F(Flows, ChangeEmailReplacesTheEmailAndTellsTheOldOne) {
  world.add("ann").value();
  FlowView flow = service.begin_change_email(key(), Method::phone, world.call).value();
  EXPECT_EQ(flow.channel, ChannelKind::email);
  flow = through(flow);
  EXPECT_EQ(flow.step, FlowStep::set_target);
  flow = through(service.set_target(flow, {"New@Example.COM"}, world.call).value());
  EXPECT_TRUE(flow.changed().usable_for_login);
  EXPECT_EQ(flow.changed().channel, ChannelKind::email);
  EXPECT_EQ(world.account("ann").channel(ChannelKind::email).address->text(), "New@example.com");
  EXPECT_EQ(world.account("ann").channel(ChannelKind::phone).address->text(), World::phone);
  EXPECT_EQ(service.resolve_login_email("", "New@example.com").value(), "ann");
  EXPECT_EQ(service.resolve_login_email("", World::email).value(), std::nullopt) << "A47";
  const auto told = world.sent("email_changed", MessageKind::notice);
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].message.destination->text(), World::email) << "R14";
  EXPECT_EQ(world.sent("email_changed", MessageKind::event).size(), 1U);
  EXPECT_EQ(world.sent("end_sessions", MessageKind::event).size(), 1U) << "R15";
}

// Proves D1.7.
TEST_F(Flows, ChangeEmailAddsTheFirstOne) {
  world.add("ann", World::phone, "").value();
  FlowView flow = through(service.begin_change_email(key(), Method::phone, world.call).value());
  flow = through(service.set_target(flow, {"a@example.com"}, world.call).value());
  EXPECT_TRUE(service.settings(key()).value().email().verification.usable);
}

// Proves D3.5.
TEST_F(Flows, ASharedEmailServesForVerificationOnly) {
  world.add("bob", World::other_phone, "team@example.com").value();
  world.add("ann").value();
  FlowView flow = through(service.begin_change_email(key(), Method::phone, world.call).value());
  flow = through(service.set_target(flow, {"team@example.com"}, world.call).value());
  EXPECT_TRUE(flow.changed().usable_for_verification);
  EXPECT_FALSE(flow.changed().usable_for_login);
  EXPECT_EQ(service.resolve_login_email("", "team@example.com").value(), "bob");
}

TEST_F(Flows, AnAddressOfTheOtherKindIsRefusedByWhatTheFlowWants) {
  world.add("ann").value();
  FlowView flow = through(service.begin_change_email(key(), Method::phone, world.call).value());
  EXPECT_EQ(outcome(service.set_target(flow, {World::new_phone}, world.call)), "invalid_email");
  EXPECT_EQ(outcome(service.set_target(flow, {"a@b@c"}, world.call)), "invalid_email");
  EXPECT_EQ(outcome(service.set_target(flow, {World::email}, world.call)), "same_address");
  flow = through(service.begin_change_phone(key(), Method::phone, world.call).value());
  EXPECT_EQ(outcome(service.set_target(flow, {"new@example.com"}, world.call)), "invalid_number");
}

// Proves D1.7, D4.4.
TEST_F(Flows, VerifyChannelAsksForIdentityWheneverAnyChannelIsVerified_A48) {
  service
      .register_account({.account = key(),
                         .phone = {World::phone},
                         .phone_proven_at = world.clock.now_ms(),
                         .email = AddressInput{"a@example.com"}})
      .value();
  FlowView flow =
      service.begin_verify_channel(key(), ChannelKind::email, Method::phone, world.call).value();
  EXPECT_EQ(flow.step, FlowStep::prove_identity);
  EXPECT_EQ(flow.sent_to, "139****3672");
  flow = service.prove_identity(flow, world.code_at(World::phone), world.call).value();
  EXPECT_EQ(flow.step, FlowStep::prove_target);
  EXPECT_EQ(flow.sent_to, "a*****@example.com") << "at once: nobody has to ask for the second code";
  flow = through(flow);
  EXPECT_TRUE(flow.changed().usable_for_verification);
  EXPECT_TRUE(flow.changed().usable_for_login);
  EXPECT_EQ(service.resolve_login_email("", "a@example.com").value(), "ann");
  EXPECT_EQ(world.sent("channel_verified", MessageKind::notice).size(), 2U);
}

// Proves D1.6, D3.2, D4.4.
TEST_F(Flows, VerifyChannelOfAnAccountWithNothingVerifiedProvesTheAddressAlone) {
  add_unverified();
  FlowView flow =
      service.begin_verify_channel(key(), ChannelKind::phone, Method::email, world.call).value();
  EXPECT_EQ(flow.step, FlowStep::prove_target);
  EXPECT_EQ(world.entry(World::phone).holders, 0) << "typed in, it reserves nothing (A19)";
  flow = through(flow);
  EXPECT_TRUE(flow.changed().usable_for_login);
  EXPECT_EQ(world.entry(World::phone).holders, 1);
  EXPECT_EQ(
      outcome(service.begin_verify_channel(key(), ChannelKind::phone, Method::phone, world.call)),
      "nothing_to_prove");
}

TEST_F(Flows, VerifyChannelHasNothingToProveWithoutAnAddress) {
  world.add("ann", World::phone, "").value();
  EXPECT_EQ(
      outcome(service.begin_verify_channel(key(), ChannelKind::email, Method::phone, world.call)),
      "nothing_to_prove");
}

TEST_F(Flows, TheRightIdentityCodeIsNotRefusedWhenTheNextCodeMayNotBeSentYet_A02) {
  Policy policy;
  policy.sends_to_target = {{1, 10 * minute_ms}};
  World tight(policy);
  tight.service
      ->register_account({.account = key(),
                          .phone = {World::phone},
                          .phone_proven_at = tight.clock.now_ms(),
                          .email = AddressInput{"a@example.com"}})
      .value();
  const auto begin = [&] {
    return tight.service->begin_verify_channel(key(), ChannelKind::email, Method::phone, tight.call)
        .value();
  };
  FlowView flow = begin();
  tight.service->prove_identity(flow, tight.code_at(World::phone), tight.call).value();
  tight.clock.advance(minute_ms);
  flow = begin();
  flow = tight.service->prove_identity(flow, tight.code_at(World::phone), tight.call).value();
  EXPECT_TRUE(flow.accepted());
  EXPECT_EQ(flow.step, FlowStep::prove_target);
  EXPECT_EQ(flow.code_expires_at, 0) << "no code is live";
  EXPECT_EQ(tight.service->prove_target(flow, "123456", tight.call).value().verdict,
            Verdict::no_live_code);
  EXPECT_EQ(outcome(tight.service->resend(flow, tight.call)), "limited");
  tight.clock.advance(9 * minute_ms);
  flow = tight.service->resend(flow, tight.call).value();
  flow = tight.service->prove_target(flow, tight.code_at("a@example.com"), tight.call).value();
  EXPECT_EQ(flow.step, FlowStep::done);
}

TEST_F(Flows, ATargetOfOnesOwnCannotBeSetByTheCaller_A08) {
  add_unverified();
  const FlowView flow =
      service.begin_verify_channel(key(), ChannelKind::phone, Method::phone, world.call).value();
  EXPECT_EQ(outcome(service.set_target(flow, {World::new_phone}, world.call)), "wrong_step");
}

// Proves D4.5.
TEST_F(Flows, ConfirmOperationGivesOneGrantForThatOperationAndSession_R30) {
  world.add("ann").value();
  FlowView flow =
      service.begin_confirm_operation(key(), "vm:deleteInstance", Method::email, world.call)
          .value();
  EXPECT_EQ(outcome(service.use_grant(flow, "vm:deleteInstance", world.call)), "grant_invalid");
  flow = through(flow);
  EXPECT_EQ(flow.step, FlowStep::done);
  ASSERT_TRUE(flow.granted);
  EXPECT_EQ(flow.granted->operation, "vm:deleteInstance");
  const FlowView again = service.prove_identity(flow, "any code", world.call).value();
  EXPECT_TRUE(again.repeated && again.accepted() && again.granted == flow.granted);
  EXPECT_EQ(outcome(service.use_grant(flow, "vm:deleteAll", world.call)), "grant_invalid");
  EXPECT_EQ(outcome(service.use_grant(flow, "vm:deleteInstance", {.session = "other"})),
            "grant_invalid");
  Call once = world.call;
  once.request_id = "r1";
  EXPECT_EQ(service.use_grant(flow, "vm:deleteInstance", once).value().operation,
            "vm:deleteInstance");
  EXPECT_EQ(outcome(service.use_grant(flow, "vm:deleteInstance", once)), "ok")
      << "the same request";
  once.request_id = "r2";
  EXPECT_EQ(outcome(service.use_grant(flow, "vm:deleteInstance", once)), "grant_invalid");
  EXPECT_EQ(outcome(service.use_grant(flow, "vm:deleteInstance", world.call)), "grant_invalid");
}

TEST_F(Flows, AGrantThatWasUsedWithoutARequestIdIsUsed_R30) {
  world.add("ann").value();
  const FlowView flow =
      through(service.begin_confirm_operation(key(), "pay", Method::phone, world.call).value());
  EXPECT_EQ(outcome(service.use_grant(flow, "pay", world.call)), "ok");
  EXPECT_EQ(outcome(service.use_grant(flow, "pay", world.call)), "grant_invalid");
}

TEST_F(Flows, AGrantEndsExactlyAtItsEnd_R30) {
  world.add("ann").value();
  const FlowView flow =
      through(service.begin_confirm_operation(key(), "pay", Method::phone, world.call).value());
  world.clock.advance(5 * minute_ms);
  EXPECT_EQ(outcome(service.use_grant(flow, "pay", world.call)), "grant_invalid");
  world.clock.advance(-1);
  EXPECT_EQ(outcome(service.use_grant(flow, "pay", world.call)), "grant_invalid")
      << "time stands still while a clock goes back";
  world.clock.advance(1);
  const FlowView again =
      through(service.begin_confirm_operation(key(), "pay", Method::phone, world.call).value());
  world.clock.set(again.granted->expires_at - 1);
  EXPECT_EQ(outcome(service.use_grant(again, "pay", world.call)), "ok");
}

// Proves D4.10.
TEST_F(Flows, ConfirmOperationRunsOnceForEachSessionAndOperation) {
  world.add("ann").value();
  const Call other{.session = "session-2"};
  const FlowView one =
      service.begin_confirm_operation(key(), "a", Method::phone, world.call).value();
  const FlowView two =
      service.begin_confirm_operation(key(), "b", Method::phone, world.call).value();
  const FlowView three = service.begin_confirm_operation(key(), "a", Method::phone, other).value();
  EXPECT_EQ(outcome(service.view(one, world.call)), "ok");
  EXPECT_EQ(outcome(service.view(two, world.call)), "ok");
  EXPECT_EQ(outcome(service.view(three, other)), "ok");
  service.begin_confirm_operation(key(), "a", Method::phone, world.call).value();
  EXPECT_EQ(outcome(service.view(one, world.call)), "flow_not_found");
  EXPECT_EQ(outcome(service.view(three, other)), "ok");
}

TEST_F(Flows, TheCodeOfAnOperationNamesIt_A37) {
  world.add("ann").value();
  service.begin_confirm_operation(key(), "vm:deleteInstance", Method::phone, world.call).value();
  EXPECT_THAT(world.sent("confirm_operation", MessageKind::code).at(0).text,
              ::testing::HasSubstr("confirm \"vm:deleteInstance\" in your account"));
}

TEST_F(Flows, AnOperationHasANameThatCanBeShown) {
  world.add("ann").value();
  for (const std::string& name : {std::string(), std::string(129, 'x'), std::string("a\nb")}) {
    EXPECT_EQ(outcome(service.begin_confirm_operation(key(), name, Method::phone, world.call)),
              "invalid_argument");
  }
}

// Proves D4.17.
TEST_F(Flows, PersonChangedVoidsTheGrants) {
  world.add("ann").value();
  const FlowView grant =
      through(service.begin_confirm_operation(key(), "pay", Method::phone, world.call).value());
  FlowView flow = through(
      service.begin_change_phone(key(), Method::phone, world.call, ChangeReason::person_changed)
          .value());
  through(service.set_target(flow, {World::new_phone}, world.call).value());
  EXPECT_EQ(outcome(service.use_grant(grant, "pay", world.call)), "grant_invalid");
}

// Proves D3.8, D3.9, D4.6.
TEST_F(Flows, ClaimLoginIsForWhoIsAloneOnTheAddress) {
  world.add("bob", World::phone, "").value();
  world.add("ann").value();
  EXPECT_EQ(service.settings(key()).value().phone().login.reason,
            Reason::shared_with_other_accounts);
  FlowView flow = through(service.begin_claim_login(key(), ChannelKind::phone, world.call).value());
  EXPECT_FALSE(flow.changed().usable_for_login) << "bob has it";
  EXPECT_EQ(service.resolve_login_phone("", {World::phone}).value(), "bob");
  EXPECT_TRUE(world.sent("login_claimed", MessageKind::notice).empty());

  world.clock.advance(hour_ms);
  world.changed("bob");
  EXPECT_EQ(service.resolve_login_phone("", {World::phone}).value(), std::nullopt)
      << "who remains is not promoted by itself";
  flow = through(service.begin_claim_login(key(), ChannelKind::phone, world.call).value());
  EXPECT_TRUE(flow.changed().usable_for_login);
  EXPECT_EQ(service.resolve_login_phone("", {World::phone}).value(), "ann");
  EXPECT_EQ(outcome(service.begin_claim_login(key(), ChannelKind::phone, world.call)),
            "nothing_to_prove");
}

// Proves D3.9.
TEST_F(Flows, OfTwoWhoRemainNeitherMayClaimTheLogin) {
  world.add("bob", World::phone, "").value();
  world.add("ann").value();
  world.add("cem", World::phone, "").value();
  service.close(key("bob")).value();
  const FlowView flow =
      through(service.begin_claim_login(key(), ChannelKind::phone, world.call).value());
  EXPECT_FALSE(flow.changed().usable_for_login);
  EXPECT_EQ(service.resolve_login_phone("", {World::phone}).value(), std::nullopt);
}

// Proves D3.10.
TEST_F(Flows, InAQuarantineOfAnotherNobodyClaimsTheLogin_R31) {
  Policy policy;
  policy.quarantine_ms = 30 * day_ms;
  World quiet(policy);
  quiet.add("bob", World::phone, "").value();
  quiet.add("ann").value();
  quiet.service->close(key("bob")).value();
  const auto claim = [&] {
    const FlowView flow =
        quiet.service->begin_claim_login(key(), ChannelKind::phone, quiet.call).value();
    return quiet.service->prove_target(flow, quiet.code_at(World::phone), quiet.call)
        .value()
        .changed()
        .usable_for_login;
  };
  EXPECT_FALSE(claim());
  quiet.clock.advance(30 * day_ms);
  EXPECT_TRUE(claim());
}

// Proves D6.6.
TEST_F(Flows, ClaimLoginSpendsTheBudgetOfOnesOwnChannel) {
  world.add("bob", World::phone, "").value();
  world.add("ann").value();
  service.begin_claim_login(key(), ChannelKind::phone, world.call).value();
  EXPECT_TRUE(world.entry(World::phone).sends.empty());
  EXPECT_EQ(world.account("ann").own_sends.size(), 1U);
}

TEST_F(Flows, ClaimLoginIsRefusedForAnAddressThatIsNotVerified) {
  add_unverified();
  EXPECT_EQ(outcome(service.begin_claim_login(key(), ChannelKind::phone, world.call)),
            "nothing_to_prove");
}

// Proves D4.11.
TEST_F(Flows, OfDifferentKindsRunBesideEachOtherUntilOneChangesAChannel) {
  world.add("ann").value();
  const FlowView confirm =
      service.begin_confirm_operation(key(), "pay", Method::email, world.call).value();
  FlowView change = through(service.begin_change_phone(key(), Method::phone, world.call).value());
  EXPECT_EQ(outcome(service.view(confirm, world.call)), "ok");
  service.set_target(change, {World::new_phone}, world.call).value();
  service.prove_target(change, world.code_at(World::new_phone), world.call).value();
  EXPECT_EQ(outcome(service.view(confirm, world.call)), "flow_not_found");
}

TEST_F(Flows, WhatHasEndedMakesRoomBeforeWhatRuns) {
  Policy policy;
  policy.sends_to_own_channels = {{100, second_ms}};
  policy.sends_by_source = {{100, second_ms}};
  World open(policy);
  open.add("ann").value();
  const FlowView running = open.begun("ann", Method::email);
  for (std::size_t i = 0; i < 2 * Account::max_flows; ++i) {
    const FlowView flow =
        open.service
            ->begin_confirm_operation(key(), "op" + std::to_string(i), Method::phone, open.call)
            .value();
    open.service->prove_identity(flow, open.code_at(World::phone), open.call).value();
  }
  EXPECT_EQ(outcome(open.service->view(running, open.call)), "ok");
}

TEST_F(Flows, ACodeOfOneKindDoesNotServeForAnother_A06_R08) {
  world.add("ann").value();
  const FlowView change = service.begin_change_phone(key(), Method::phone, world.call).value();
  const std::string code = world.code_at(World::phone);
  const FlowView confirm =
      service.begin_confirm_operation(key(), "pay", Method::phone, world.call).value();
  const std::string other = world.code_at(World::phone);
  ASSERT_NE(code, other);
  EXPECT_EQ(service.prove_identity(confirm, code, world.call).value().verdict, Verdict::rejected);
  EXPECT_EQ(service.prove_identity(change, other, world.call).value().verdict, Verdict::rejected);
}

// Proves D1.3.
TEST_F(Flows, OfAFederatedAccountOnlyChangesAreManagedElsewhere) {
  service
      .register_account({.account = key(),
                         .kind = AccountKind::federated,
                         .phone = {World::phone},
                         .phone_proven_at = world.clock.now_ms()})
      .value();
  EXPECT_EQ(outcome(service.begin_change_phone(key(), Method::phone, world.call)),
            "managed_elsewhere");
  EXPECT_EQ(outcome(service.begin_change_email(key(), Method::phone, world.call)),
            "managed_elsewhere");
  EXPECT_EQ(outcome(service.begin_confirm_operation(key(), "pay", Method::phone, world.call)),
            "ok");
}

}  // namespace
}  // namespace ringfence
