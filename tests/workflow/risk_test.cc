// What speaks against a person is asked before a code goes to the telephone network and before the
// proof that completes a flow is judged (R17, A16, A17).
#include <stdexcept>

#include "support/world.h"

namespace ringfence {
namespace {

using ::testing::IsEmpty;
using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

class Advisor final : public RiskAdvisor {
 public:
  std::function<RiskAnswer(const RiskQuestion&)> answer = [](const RiskQuestion&) {
    return RiskAnswer::clear;
  };
  std::vector<RiskQuestion> asked;

  RiskAnswer ask(const RiskQuestion& question) override {
    asked.push_back(question);
    return answer(question);
  }
  void always(RiskAnswer fixed) {
    answer = [fixed](const RiskQuestion&) { return fixed; };
  }
};

struct Risk : ::testing::Test {
  World world;
  Advisor advisor;
  std::unique_ptr<Service> service = make(world);

  std::unique_ptr<Service> make(World& of, const Policy& policy = {}) {
    return Service::make({of.store, *of.ring, of.clock, of.entropy, &advisor}, policy).value();
  }
  result<FlowView> begin(Method method = Method::phone) {
    return service->begin_change_phone(World::key("ann"), method, world.call);
  }
  FlowView targeted() {
    const FlowView flow = begin().value();
    EXPECT_TRUE(service->prove_identity(flow, world.code_at(World::phone), world.call));
    EXPECT_TRUE(service->set_target(flow, {World::new_phone}, world.call));
    return flow;
  }
};

TEST_F(Risk, IsAskedBeforeEverySendToATelephoneAndBeforeTheChange_R17) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = targeted();
  ASSERT_EQ(service->prove_target(flow, world.code_at(World::new_phone), world.call).value().step,
            FlowStep::done);
  ASSERT_EQ(advisor.asked.size(), 3U);
  EXPECT_EQ(advisor.asked[0].moment, RiskMoment::before_send);
  EXPECT_EQ(advisor.asked[0].number->e164(), World::phone);
  EXPECT_EQ(advisor.asked[0].session, world.call.session);
  EXPECT_EQ(advisor.asked[0].source, world.call.source);
  EXPECT_EQ(advisor.asked[1].moment, RiskMoment::before_send);
  EXPECT_EQ(advisor.asked[1].number->e164(), World::new_phone);
  EXPECT_EQ(advisor.asked[2].moment, RiskMoment::before_effect);
  EXPECT_EQ(advisor.asked[2].number->e164(), World::phone);  // it proved identity
}

TEST_F(Risk, NobodyIsAskedAboutMail) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow =
      service->begin_change_email(World::key("ann"), Method::email, world.call).value();
  ASSERT_TRUE(service->prove_identity(flow, world.code_at(World::email), world.call));
  ASSERT_TRUE(service->set_target(flow, {"other@example.com"}, world.call));
  EXPECT_THAT(advisor.asked, IsEmpty());
  ASSERT_TRUE(service->prove_target(flow, world.code_at("other@example.com"), world.call));
  ASSERT_EQ(advisor.asked.size(), 1U);
  EXPECT_EQ(advisor.asked[0].moment, RiskMoment::before_effect);
  EXPECT_FALSE(advisor.asked[0].number);
}

TEST_F(Risk, SuspiciousIsRefusedAndNothingIsSent_A16) {
  ASSERT_TRUE(world.add("ann"));
  advisor.always(RiskAnswer::suspicious);
  const auto refused = begin();
  EXPECT_EQ(outcome(refused), "risk_refused");
  EXPECT_EQ(refused.error().next, NextStep::contact_support);
  world.pump();
  EXPECT_THAT(world.sender.all(), IsEmpty());
  EXPECT_TRUE(world.account("ann").flows.empty());
  EXPECT_TRUE(begin(Method::email));  // the mail is another way
}

TEST_F(Risk, NotToKnowIsNotToBeSafe_A17) {
  ASSERT_TRUE(world.add("ann"));
  advisor.always(RiskAnswer::unknown);
  EXPECT_EQ(outcome(begin()), "risk_refused");
  advisor.answer = [](const RiskQuestion&) -> RiskAnswer { throw std::runtime_error("down"); };
  EXPECT_EQ(outcome(begin()), "risk_refused");
  advisor.always(static_cast<RiskAnswer>(77));
  EXPECT_EQ(outcome(begin()), "risk_refused");
}

TEST_F(Risk, ThePolicySaysWhatEachAnswerLeadsTo) {
  for (const RiskAnswer answer : {RiskAnswer::unknown, RiskAnswer::clear, RiskAnswer::suspicious}) {
    for (const RiskAction action : {RiskAction::proceed, RiskAction::refuse}) {
      Policy policy;
      policy.risk = {RiskAction::proceed, RiskAction::proceed, RiskAction::proceed};
      (answer == RiskAnswer::clear     ? policy.risk.clear
       : answer == RiskAnswer::unknown ? policy.risk.unknown
                                       : policy.risk.suspicious) = action;
      World other;
      ASSERT_TRUE(other.add("ann"));
      advisor.always(answer);
      EXPECT_EQ(outcome(make(other, policy)
                            ->begin_change_phone(World::key("ann"), Method::phone, other.call)),
                action == RiskAction::proceed ? "ok" : "risk_refused")
          << name(answer);
    }
  }
}

// A refusal must not tell a right code from a wrong one, nor cost a try.
TEST_F(Risk, BeforeTheChangeRightAndWrongCodesAreRefusedAlikeAndUncharged_A02) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = targeted();
  const std::string code = world.code_at(World::new_phone);
  advisor.answer = [](const RiskQuestion& question) {
    return question.moment == RiskMoment::before_effect ? RiskAnswer::suspicious
                                                        : RiskAnswer::clear;
  };
  const int commits = world.store.commits;
  const auto right = service->prove_target(flow, code, world.call);
  const auto guess = service->prove_target(flow, wrong(code), world.call);
  EXPECT_EQ(outcome(right), "risk_refused");
  EXPECT_EQ(right.error(), guess.error());
  EXPECT_EQ(world.store.commits, commits);
  EXPECT_EQ(advisor.asked.size(), 4U);  // asked for both: asking tells nothing either
  advisor.always(RiskAnswer::clear);
  EXPECT_EQ(service->prove_target(flow, code, world.call).value().step, FlowStep::done);
}

TEST_F(Risk, AnotherNumberAfterAllIsAskedAboutToo) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = targeted();
  advisor.answer = [](const RiskQuestion& question) {
    return question.number && question.number->e164() == World::other_phone ? RiskAnswer::suspicious
                                                                            : RiskAnswer::clear;
  };
  EXPECT_EQ(outcome(service->set_target(flow, {World::other_phone}, world.call)), "risk_refused");
  EXPECT_EQ(world.account("ann").flows[0].target->text(), World::new_phone);
  world.clock.advance(minute_ms);
  EXPECT_TRUE(service->resend(flow, world.call));
  EXPECT_EQ(advisor.asked.back().number->e164(), World::new_phone);
}

TEST_F(Risk, AGrantAndAConfirmedTargetAreAskedAbout) {
  ASSERT_TRUE(world.add("ann"));
  ASSERT_TRUE(world.add("bob", World::new_phone, ""));
  const FlowView grant =
      service->begin_confirm_operation(World::key("ann"), "pay", Method::phone, world.call).value();
  advisor.asked.clear();
  ASSERT_TRUE(service->prove_identity(grant, world.code_at(World::phone), world.call));
  ASSERT_EQ(advisor.asked.size(), 1U);
  EXPECT_EQ(advisor.asked[0].moment, RiskMoment::before_effect);
  EXPECT_EQ(advisor.asked[0].number->e164(), World::phone);
  const FlowView flow = targeted();
  ASSERT_EQ(service
                ->prove_target(flow, world.code_at(World::new_phone), world.call,
                               {.accept_verification_only = false})
                .value()
                .step,
            FlowStep::confirm_target);
  advisor.always(RiskAnswer::suspicious);
  EXPECT_EQ(outcome(service->confirm_target(flow, world.call)), "risk_refused");
}

TEST_F(Risk, WhenTheSecondCodeIsRefusedTheFirstProofStands_A02) {
  Policy policy;
  policy.identity_assurance = IdentityAssurance::two_proofs;
  service = make(world, policy);
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = begin(Method::email).value();
  advisor.always(RiskAnswer::suspicious);
  const FlowView half =
      service->prove_identity(flow, world.code_at(World::email), world.call).value();
  EXPECT_TRUE(half.accepted());
  EXPECT_EQ(half.step, FlowStep::prove_identity);
  EXPECT_EQ(half.tries_left, 0);
  EXPECT_EQ(outcome(service->resend(flow, world.call)), "risk_refused");
  advisor.always(RiskAnswer::clear);
  EXPECT_TRUE(service->resend(flow, world.call));
}

TEST_F(Risk, AFlowThatBeginsWithACodeToAnOwnAddressIsRefusedAndChargedOnce) {
  ASSERT_TRUE(world.add("ann"));
  ASSERT_TRUE(world.add("bob", World::phone, ""));
  ASSERT_TRUE(service->close(World::key("ann")));
  advisor.always(RiskAnswer::suspicious);
  EXPECT_EQ(outcome(service->begin_claim_login(World::key("bob"), ChannelKind::phone, world.call)),
            "risk_refused");
  EXPECT_EQ(world.account("bob").own_sends.size(), 1U);
  EXPECT_TRUE(world.account("bob").flows.empty());
}

// Else one source could ask about any number of people, and one request any number of times.
TEST_F(Risk, ARefusalIsChargedToTheSourceToldInTheTrailAndRepeated_A20) {
  ASSERT_TRUE(world.add("ann"));
  advisor.always(RiskAnswer::suspicious);
  Call call = world.call;
  call.request_id = "r1";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(outcome(service->begin_change_phone(World::key("ann"), Method::phone, call)),
              "risk_refused");
  }
  EXPECT_EQ(advisor.asked.size(), 1U);
  EXPECT_EQ(world.account("ann").own_sends.size(), 1U);
  const auto source = world.stored(SourceKey{"", call.source}).record;
  ASSERT_TRUE(source.has_value());
  EXPECT_EQ(std::get<Source>(*source).sends.size(), 1U);
  std::vector<std::string> told;
  const AuditPage trail = service->audit(World::key("ann")).value();
  for (const AuditEntry& one : trail.entries) told.push_back(one.event);
  EXPECT_THAT(told, ::testing::ElementsAre("registered", "send_refused"));
}

TEST_F(Risk, AsksOnceThoughTheCommitIsTriedAgain) {
  ASSERT_TRUE(world.add("ann"));
  int conflicts = 3;
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    return conflicts-- > 0 ? CommitOutcome::conflict : behind.commit(change, 0);
  });
  ASSERT_TRUE(begin());
  EXPECT_EQ(advisor.asked.size(), 1U);
}

TEST_F(Risk, WhatExpiresWhileTheAdvisorThinksHasExpired_R02) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = targeted();
  const std::string code = world.code_at(World::new_phone);
  advisor.answer = [&](const RiskQuestion&) {
    world.clock.advance(world.policy.code_ttl_ms);
    return RiskAnswer::clear;
  };
  EXPECT_EQ(service->prove_target(flow, code, world.call).value().verdict, Verdict::no_live_code);
}

// Else whoever has an account could ask about everybody's SIM (A13, A20).
TEST_F(Risk, AQuestionAboutAForeignNumberIsChargedLikeASend_A20) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = begin().value();
  ASSERT_TRUE(service->prove_identity(flow, world.code_at(World::phone), world.call));
  advisor.asked.clear();
  int refused = 0;
  for (int i = 10; i < 40; ++i) {
    advisor.always(i % 2 == 0 ? RiskAnswer::suspicious : RiskAnswer::unknown);
    const auto reply = service->set_target(flow, {"+4477009001" + std::to_string(i)}, world.call);
    if (outcome(reply) == "limited") continue;
    EXPECT_EQ(outcome(reply), "risk_refused");
    EXPECT_EQ(reply.error().text, "the risk advisor's answer forbids it") << "whichever it was";
    ++refused;
  }
  EXPECT_EQ(refused, 10);  // as many as codes to new addresses in ten minutes
  EXPECT_EQ(advisor.asked.size(), 10U);
  EXPECT_EQ(world.account("ann").flows[0].step, FlowStep::set_target);
  EXPECT_TRUE(world.entry("+447700900110").sends.empty()) << "its owner gets the codes it asks for";
  EXPECT_EQ(world.service->audit(World::key("ann")).value().entries.back().event, "send_refused");
}

// A question costs, and tells somebody else about a person.
TEST_F(Risk, NobodyIsAskedWhenNothingWouldBeSent) {
  ASSERT_TRUE(world.add("ann"));
  Call call = world.call;
  call.request_id = "r1";
  const FlowView flow = service->begin_change_phone(World::key("ann"), Method::phone, call).value();
  advisor.asked.clear();
  EXPECT_TRUE(service->begin_change_phone(World::key("ann"), Method::phone, call).value().repeated);
  EXPECT_EQ(outcome(service->resend(flow, world.call)), "limited");
  Policy stricter;
  stricter.identity_assurance = IdentityAssurance::proof_and_factor;
  ASSERT_TRUE(service->set_policy(stricter));
  EXPECT_EQ(outcome(begin()), "factor_required");
  EXPECT_THAT(advisor.asked, IsEmpty());
}

TEST_F(Risk, AnAddressForTestsIsNotRefused) {
  Policy policy;
  policy.profile = Profile::sandbox;
  policy.sandbox_addresses = {{World::phone, "123456", 4'000'000'000'000}};
  service = make(world, policy);
  ASSERT_TRUE(world.add("ann"));
  advisor.always(RiskAnswer::suspicious);
  EXPECT_TRUE(begin());
}

TEST_F(Risk, StrangersCauseNoQuestions) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = targeted();
  advisor.asked.clear();
  Call other = world.call;
  other.session = "session-2";
  EXPECT_EQ(outcome(service->resend(flow, other)), "session_mismatch");
  EXPECT_EQ(outcome(service->prove_target(flow, "123456", other)), "session_mismatch");
  EXPECT_EQ(outcome(service->begin_change_phone(World::key("eve"), Method::phone, world.call)),
            "account_not_found");
  EXPECT_EQ(outcome(service->prove_identity(flow, "123456", world.call)), "wrong_step");
  EXPECT_THAT(advisor.asked, IsEmpty());
}

TEST_F(Risk, AnAdvisorThatCallsBackIsNotLockedOut_A43) {
  ASSERT_TRUE(world.add("ann"));
  advisor.answer = [&](const RiskQuestion& question) {
    EXPECT_TRUE(service->settings(question.account));
    EXPECT_TRUE(service->lock(question.account, "the advisor saw something"));
    return RiskAnswer::clear;
  };
  EXPECT_EQ(outcome(begin()), "account_locked");  // decided on what is there at the commit
}

}  // namespace
}  // namespace ringfence
