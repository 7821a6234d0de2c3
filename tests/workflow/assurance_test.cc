// What a proof of identity takes: one code, two, or a code and a factor of the host's (R18).
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

Policy with(IdentityAssurance assurance) {
  Policy policy;
  policy.identity_assurance = assurance;
  return policy;
}

struct TwoProofs : ::testing::Test {
  World world{with(IdentityAssurance::two_proofs)};
  result<FlowView> begin(Method method = Method::phone) {
    return world.service->begin_change_phone(World::key("ann"), method, world.call);
  }
};

TEST_F(TwoProofs, BothChannelsProveIdentityOneAfterTheOther) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = begin().value();
  EXPECT_EQ(flow.sent_to, "139****3672");
  const FlowView half =
      world.service->prove_identity(flow, world.code_at(World::phone), world.call).value();
  EXPECT_TRUE(half.accepted());
  EXPECT_EQ(half.step, FlowStep::prove_identity);
  EXPECT_EQ(half.sent_to, "l*****n@example.com");
  EXPECT_EQ(outcome(world.service->set_target(flow, {World::new_phone}, world.call)), "wrong_step");
  const FlowView whole =
      world.service->prove_identity(flow, world.code_at(World::email), world.call).value();
  EXPECT_EQ(whole.step, FlowStep::set_target);
  ASSERT_TRUE(world.service->set_target(flow, {World::new_phone}, world.call));
  EXPECT_EQ(
      world.service->prove_target(flow, world.code_at(World::new_phone), world.call).value().step,
      FlowStep::done);
}

TEST_F(TwoProofs, TheFirstCodeIsNoSecondProof_A06) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = begin(Method::email).value();
  const std::string first = world.code_at(World::email);
  ASSERT_TRUE(world.service->prove_identity(flow, first, world.call).value().accepted());
  EXPECT_EQ(world.service->prove_identity(flow, first, world.call).value().verdict,
            Verdict::rejected);
  EXPECT_EQ(world.account("ann").flows[0].step, FlowStep::prove_identity);
}

TEST_F(TwoProofs, AnAccountWithOneChannelCannotAndIsTold) {
  ASSERT_TRUE(world.add("ann", World::phone, ""));
  EXPECT_EQ(outcome(begin()), "no_method_available");
  EXPECT_EQ(outcome(world.service->begin_confirm_operation(World::key("ann"), "pay", Method::phone,
                                                           world.call)),
            "no_method_available");
}

TEST_F(TwoProofs, AddingTheSecondChannelTakesTheOneThatIsThere) {
  ASSERT_TRUE(world.add("ann", World::phone, ""));
  const FlowView flow =
      world.service->begin_change_email(World::key("ann"), Method::phone, world.call).value();
  EXPECT_EQ(
      world.service->prove_identity(flow, world.code_at(World::phone), world.call).value().step,
      FlowStep::set_target);
}

TEST_F(TwoProofs, WhenTheSecondCodeMayNotBeSentTheFirstProofStands_A02) {
  world.policy.sends_to_own_channels = {{1, hour_ms}};
  ASSERT_TRUE(world.service->set_policy(world.policy));
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = begin().value();
  const FlowView half =
      world.service->prove_identity(flow, world.code_at(World::phone), world.call).value();
  EXPECT_TRUE(half.accepted());
  EXPECT_EQ(half.tries_left, 0);
  EXPECT_EQ(half.resend_at, world.clock.now_ms() + hour_ms);
  EXPECT_EQ(outcome(world.service->resend(flow, world.call)), "limited");
}

TEST_F(TwoProofs, AFlowKeepsWhatItBeganWith) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = begin().value();
  ASSERT_TRUE(world.service->set_policy(with(IdentityAssurance::one_proof)));
  EXPECT_EQ(
      world.service->prove_identity(flow, world.code_at(World::phone), world.call).value().step,
      FlowStep::prove_identity);
}

TEST_F(TwoProofs, AGrantTakesBothToo) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow =
      world.service->begin_confirm_operation(World::key("ann"), "pay", Method::email, world.call)
          .value();
  EXPECT_FALSE(
      world.service->prove_identity(flow, world.code_at(World::email), world.call).value().granted);
  EXPECT_TRUE(
      world.service->prove_identity(flow, world.code_at(World::phone), world.call).value().granted);
}

TEST_F(TwoProofs, AWrongSecondCodeIsChargedToItsOwnAddress_R07) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = begin().value();
  ASSERT_TRUE(world.service->prove_identity(flow, world.code_at(World::phone), world.call));
  ASSERT_TRUE(world.service->prove_identity(flow, wrong(world.code_at(World::email)), world.call));
  const auto& failures = world.account("ann").failures;
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].address.text(), World::email);
}

struct ProofAndFactor : ::testing::Test {
  World world{with(IdentityAssurance::proof_and_factor)};
  Call attested() const {
    Call call = world.call;
    call.attested_factor = "passkey";
    return call;
  }
};

TEST_F(ProofAndFactor, WithoutTheFactorNothingIsSent) {
  ASSERT_TRUE(world.add("ann"));
  const auto refused =
      world.service->begin_change_phone(World::key("ann"), Method::phone, world.call);
  EXPECT_EQ(outcome(refused), "factor_required");
  EXPECT_EQ(refused.error().next, NextStep::fix_input);
  world.pump();
  EXPECT_TRUE(world.sender.all().empty());
  EXPECT_TRUE(world.account("ann").flows.empty());
}

// Proves R18.
TEST_F(ProofAndFactor, WithItTheFlowGoesOnAndTheTrailNamesIt) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow =
      world.service->begin_change_phone(World::key("ann"), Method::phone, attested()).value();
  EXPECT_EQ(
      world.service->prove_identity(flow, world.code_at(World::phone), world.call).value().step,
      FlowStep::set_target);
  EXPECT_EQ(world.service->audit(World::key("ann")).value().entries[1].facts.at("factor"),
            "passkey");
}

TEST_F(ProofAndFactor, IsNotAskedForWhereNoIdentityIsProven) {
  ASSERT_TRUE(world.add("ann"));
  ASSERT_TRUE(world.add("bob", World::phone, ""));
  ASSERT_TRUE(world.service->close(World::key("ann")));
  EXPECT_TRUE(world.service->begin_claim_login(World::key("bob"), ChannelKind::phone, world.call));
}

TEST_F(ProofAndFactor, ANameThatIsNoneIsRefused) {
  ASSERT_TRUE(world.add("ann"));
  for (const std::string& bad :
       {std::string(65, 'x'), std::string("a\nb"), std::string("a\0b", 3)}) {
    Call call = world.call;
    call.attested_factor = bad;
    EXPECT_EQ(outcome(world.service->begin_change_phone(World::key("ann"), Method::phone, call)),
              "invalid_argument");
  }
}

}  // namespace
}  // namespace ringfence
