// Appeals, the phone they replace, and disputes: DOMAIN 4.
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

class Appeals : public ::testing::Test {
 protected:
  /// An appeal that was approved.
  Appeal approved(World& in) {
    const Appeal appeal = in.service->submit_appeal(ann, "desk-3").value();
    in.clock.advance(day_ms);
    return in.service->decide_appeal(ann, {appeal.id, true, "rita", "case-77"}).value();
  }
  /// The reference in the last notice to an address.
  std::string dispute_reference(World& in, const std::string& address) {
    in.pump();
    std::string out;
    for (const auto& one : in.sender.all()) {
      const auto found = one.message.fields.find("dispute");
      if (one.message.destination && one.message.destination->text() == address &&
          found != one.message.fields.end()) {
        out = found->second;
      }
    }
    return out;
  }

  AccountKey ann = World::key("ann");
  World world;
  Service& service = *world.service;
};

// Proves D4.19, D4.23.
TEST_F(Appeals, AnAppealIsToldAtOnceHeldAndDecidedByANamedReviewer) {
  world.add("ann").value();
  const Appeal appeal = service.submit_appeal(ann, "desk-3").value();
  EXPECT_EQ(appeal.state, AppealState::submitted);
  EXPECT_EQ(world.sent("appeal_submitted", MessageKind::notice).size(), 2U);
  EXPECT_EQ(world.sent("appeal_submitted", MessageKind::event).size(), 1U);
  EXPECT_EQ(outcome(service.submit_appeal(ann, "desk-4")), "appeal_pending");
  EXPECT_EQ(outcome(service.decide_appeal(ann, {appeal.id, true, "", "case-77"})),
            "invalid_argument");
  EXPECT_EQ(outcome(service.decide_appeal(ann, {appeal.id, true, "rita", ""})), "invalid_argument");
  EXPECT_EQ(outcome(service.decide_appeal(ann, {{}, true, "rita", "case-77"})), "appeal_not_found");
  world.clock.advance(day_ms - 1);
  const auto early = service.decide_appeal(ann, {appeal.id, true, "rita", "case-77"});
  ASSERT_EQ(outcome(early), "limited");
  EXPECT_EQ(early.error().retry_at, appeal.held_until);
  world.clock.advance(1);
  const Appeal decided = service.decide_appeal(ann, {appeal.id, true, "rita", "case-77"}).value();
  EXPECT_EQ(decided.state, AppealState::approved);
  EXPECT_EQ(decided.reviewer, "rita");
  EXPECT_EQ(decided.evidence, "case-77");
  EXPECT_EQ(world.sent("appeal_approved", MessageKind::notice).size(), 2U);
  EXPECT_EQ(outcome(service.decide_appeal(ann, {appeal.id, true, "eve", "case-78"})), "wrong_step");
}

// Proves D4.7, D4.20, D7.6, R14.
TEST_F(Appeals, AnApprovedOneOpensReplacePhoneOnce) {
  world.add("ann").value();
  EXPECT_EQ(outcome(service.begin_replace_phone(ann, world.call)), "appeal_not_found");
  approved(world);
  FlowView flow = service.begin_replace_phone(ann, world.call).value();
  EXPECT_EQ(flow.step, FlowStep::set_target);
  flow = service.set_target(flow, {World::new_phone}, world.call).value();
  flow = service.prove_target(flow, world.code_at(World::new_phone), world.call).value();
  EXPECT_TRUE(flow.changed().usable_for_login);
  const auto told = world.sent("phone_changed", MessageKind::notice);
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].message.destination->text(), World::phone) << "R14: the old number hears";
  EXPECT_EQ(outcome(service.begin_replace_phone(ann, world.call)), "appeal_not_found");
}

TEST_F(Appeals, AnApprovalEndsAndCanBeTakenBackAlsoInTheMiddleOfTheFlow_R13) {
  world.add("ann").value();
  Appeal appeal = approved(world);
  FlowView flow = service.begin_replace_phone(ann, world.call).value();
  flow = service.set_target(flow, {World::new_phone}, world.call).value();
  const std::string code = world.code_at(World::new_phone);
  service.decide_appeal(ann, {appeal.id, false, "rita", "she called"}).value();
  EXPECT_EQ(outcome(service.prove_target(flow, code, world.call)), "appeal_not_found");
  EXPECT_EQ(world.account("ann").channel(ChannelKind::phone).address->text(), World::phone);

  appeal = approved(world);
  world.clock.advance(day_ms);
  EXPECT_EQ(outcome(service.begin_replace_phone(ann, world.call)), "appeal_not_found");
}

TEST_F(Appeals, ARejectedOneOpensNothingAndMayBeFollowedByAnother) {
  world.add("ann").value();
  const Appeal appeal = service.submit_appeal(ann, "desk-3").value();
  service.decide_appeal(ann, {appeal.id, false, "rita", "no match"}).value();
  EXPECT_EQ(outcome(service.begin_replace_phone(ann, world.call)), "appeal_not_found");
  EXPECT_EQ(outcome(service.decide_appeal(ann, {appeal.id, false, "rita", "x"})), "wrong_step");
  EXPECT_EQ(outcome(service.submit_appeal(ann, "desk-3")), "ok");
}

// Proves D2.2, D4.20.
TEST_F(Appeals, ALockedAccountMayAppealAndStaysLocked) {
  world.add("ann").value();
  service.lock(ann, "suspicion").value();
  approved(world);
  FlowView flow = service.begin_replace_phone(ann, world.call).value();
  flow = service.set_target(flow, {World::new_phone}, world.call).value();
  flow = service.prove_target(flow, world.code_at(World::new_phone), world.call).value();
  EXPECT_EQ(flow.step, FlowStep::done);
  EXPECT_EQ(service.settings(ann).value().phone().verification.reason, Reason::account_locked);
  service.unlock(ann).value();
  EXPECT_TRUE(service.settings(ann).value().phone().verification.usable);
}

TEST_F(Appeals, ReplacePhoneIsNoWayAroundTheHundredFailuresOfALockedAccount_R04) {
  Policy policy;
  policy.failures_to_lock = 2;
  World strict(policy);
  strict.add("ann").value();
  const FlowView change = strict.targeted("ann");
  const std::string code = strict.code_at(World::new_phone);
  const std::string not_it = wrong(code);
  strict.service->prove_target(change, not_it, strict.call).value();
  strict.service->prove_target(change, not_it, strict.call).value();
  ASSERT_EQ(strict.account("ann").status, AccountStatus::locked);
  approved(strict);
  const FlowView flow = strict.service->begin_replace_phone(ann, strict.call).value();
  EXPECT_EQ(outcome(strict.service->set_target(flow, {World::new_phone}, strict.call)),
            "account_locked");
  // Another number has its own count, and what locks it ends the guesses there, too.
  strict.service->set_target(flow, {World::other_phone}, strict.call).value();
  const std::string other = strict.code_at(World::other_phone);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(strict.service->prove_target(flow, wrong(other), strict.call).value().verdict,
              Verdict::rejected);
  }
  const auto right = strict.service->prove_target(flow, other, strict.call);
  EXPECT_EQ(outcome(right), "account_locked");
  EXPECT_EQ(strict.service->prove_target(flow, wrong(other), strict.call).error(), right.error());
  // Unlocking clears the counts.
  strict.service->unlock(ann).value();
  strict.clock.advance(minute_ms);
  const FlowView again = strict.service->begin_replace_phone(ann, strict.call).value();
  EXPECT_EQ(outcome(strict.service->set_target(again, {World::new_phone}, strict.call)), "ok");
}

TEST_F(Appeals, AreNotForFederatedOrClosedAccounts) {
  service
      .register_account({.account = ann, .kind = AccountKind::federated, .phone = {World::phone}})
      .value();
  EXPECT_EQ(outcome(service.submit_appeal(ann, "desk-3")), "managed_elsewhere");
  world.add("bob", World::other_phone, "").value();
  service.close(World::key("bob")).value();
  EXPECT_EQ(outcome(service.submit_appeal(World::key("bob"), "desk-3")), "account_closed");
  EXPECT_EQ(outcome(service.submit_appeal(World::key("nobody"), "desk-3")), "account_not_found");
  EXPECT_EQ(outcome(service.submit_appeal(World::key("bob"), "")), "account_closed");
}

// Proves D1.5, D4.22.
TEST_F(Appeals, ADisputeLocksTheAccountAndOpensAnAppeal) {
  Policy policy;
  policy.dispute_ms = 3 * day_ms;
  World open(policy);
  open.add("ann").value();
  open.changed("ann");
  const std::string reference = dispute_reference(open, World::phone);
  ASSERT_NE(reference, "");
  EXPECT_EQ(dispute_reference(open, World::email), reference);
  EXPECT_EQ(dispute_reference(open, World::new_phone), "") << "the new number may be the thief's";
  open.clock.advance(3 * day_ms - 1);
  const auto locked = open.service->dispute(reference).value();
  EXPECT_EQ(locked.status, AccountStatus::locked);
  EXPECT_EQ(locked.phone().masked, "77****0123") << "nothing is restored by itself";
  const Account account = open.account("ann");
  ASSERT_TRUE(account.appeal);
  EXPECT_EQ(account.appeal->submitted_by, "dispute");
  EXPECT_EQ(open.sent("account_locked", MessageKind::event).size(), 1U);
  EXPECT_EQ(open.sent("appeal_submitted", MessageKind::event).size(), 1U);
  EXPECT_EQ(outcome(open.service->dispute(reference)), "dispute_not_found") << "once";
}

TEST_F(Appeals, ADisputeTakesThePlaceOfAnAppealThatMayBeTheThiefs) {
  Policy policy;
  policy.dispute_ms = 3 * day_ms;
  World open(policy);
  open.add("ann").value();
  open.changed("ann");
  const Appeal thiefs = open.service->submit_appeal(ann, "desk-3").value();
  open.clock.advance(day_ms);
  open.service->decide_appeal(ann, {thiefs.id, true, "rita", "deceived"}).value();
  open.service->dispute(dispute_reference(open, World::phone)).value();
  EXPECT_EQ(outcome(open.service->begin_replace_phone(ann, open.call)), "appeal_not_found");
  EXPECT_EQ(outcome(open.service->decide_appeal(ann, {thiefs.id, true, "rita", "x"})),
            "appeal_not_found");
}

// Proves D4.22.
TEST_F(Appeals, ADisputeEndsExactlyAtItsEndAndIsOffByDefault) {
  Policy policy;
  policy.dispute_ms = 3 * day_ms;
  World open(policy);
  open.add("ann").value();
  open.changed("ann");
  const std::string reference = dispute_reference(open, World::phone);
  open.clock.advance(3 * day_ms);
  EXPECT_EQ(outcome(open.service->dispute(reference)), "dispute_not_found");
  EXPECT_EQ(outcome(open.service->dispute("nonsense")), "dispute_not_found");
  EXPECT_EQ(outcome(open.service->dispute(
                FlowHandle{ann, Id128::from_hex(std::string(32, 'a')).value()}.text())),
            "dispute_not_found");
  world.add("ann").value();
  world.changed("ann");
  EXPECT_EQ(dispute_reference(world, World::phone), "");
}

TEST_F(Appeals, WhatIsStoredIsNotTheReference) {
  Policy policy;
  policy.dispute_ms = day_ms;
  World open(policy);
  open.add("ann").value();
  open.changed("ann");
  const auto handle = FlowHandle::parse(dispute_reference(open, World::phone)).value();
  ASSERT_EQ(open.account("ann").disputable.size(), 1U);
  EXPECT_NE(open.account("ann").disputable[0].reference, handle.flow);
}

// Whoever took an account over changes its phone again and again: the first owner may still
// dispute.
TEST(Dispute, TheFirstStaysHoweverOftenThePhoneIsChangedAfterwards_R14) {
  Policy policy;
  policy.dispute_ms = 30 * day_ms;
  World world(policy);
  ASSERT_TRUE(world.add("ann"));
  for (int i = 0; i < 6; ++i) {
    world.changed("ann", "+44770090012" + std::to_string(i));
    world.clock.advance(hour_ms);
  }
  const auto told = world.sent("phone_changed", MessageKind::notice);
  ASSERT_FALSE(told.empty());
  ASSERT_EQ(told[0].message.destination->text(), World::phone);
  EXPECT_EQ(outcome(world.service->dispute(told[0].message.fields.at("dispute"))), "ok");
  EXPECT_EQ(world.account("ann").status, AccountStatus::locked);
}

}  // namespace
}  // namespace ringfence
