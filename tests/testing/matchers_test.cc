// What a test of a host sees: a match, and why there is none.
#include "ringfence/testing/matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/world.h"

namespace ringfence {
namespace {

using ::testing::DescribeMatcher;
using ::testing::ExplainMatchResult;
using testing::HasVerdict;
using testing::IsAt;
using ::testing::Not;
using testing::RefusedWith;
using testing::ServesForLogin;
using testing::ServesForVerification;
using ::testing::StringMatchResultListener;
using testing::Succeeds;

result<FlowView> refused() { return failure(ErrorCode::limited, "too soon"); }
result<FlowView> rejected() {
  return FlowView{.step = FlowStep::prove_target, .verdict = Verdict::rejected};
}

template <class Matcher, class T>
std::string why(const Matcher& matcher, const T& value) {
  StringMatchResultListener listener;
  ExplainMatchResult(matcher, value, &listener);
  return listener.str();
}

TEST(Matchers, TellARefusalFromAReply) {
  EXPECT_THAT(rejected(), Succeeds());
  EXPECT_THAT(refused(), Not(Succeeds()));
  EXPECT_THAT(refused(), RefusedWith(ErrorCode::limited));
  EXPECT_THAT(refused(), Not(RefusedWith(ErrorCode::busy)));
  EXPECT_THAT(rejected(), Not(RefusedWith(ErrorCode::limited)));
}

TEST(Matchers, TellVerdictsAndSteps) {
  EXPECT_THAT(rejected(), HasVerdict(Verdict::rejected));
  EXPECT_THAT(rejected().value(), HasVerdict(Verdict::rejected));
  EXPECT_THAT(rejected(), Not(HasVerdict(Verdict::accepted)));
  EXPECT_THAT(refused(), Not(HasVerdict(Verdict::rejected)));
  EXPECT_THAT(rejected(), IsAt(FlowStep::prove_target));
  EXPECT_THAT(rejected(), Not(IsAt(FlowStep::done)));
  EXPECT_THAT(refused(), Not(IsAt(FlowStep::prove_identity)));
}

TEST(Matchers, TellWhatAChannelServesFor) {
  const ChannelSettings shared{.verification = {.usable = true},
                               .login = {.reason = Reason::shared_with_other_accounts}};
  EXPECT_THAT(shared, ServesForVerification());
  EXPECT_THAT(shared, Not(ServesForLogin()));
  EXPECT_EQ(why(ServesForLogin(), shared), "its reason is shared_with_other_accounts");
}

TEST(Matchers, SayInWordsWhatTheyWantedAndWhatWasThere) {
  EXPECT_EQ(DescribeMatcher<result<FlowView>>(RefusedWith(ErrorCode::limited)),
            "is refused with limited");
  EXPECT_EQ(why(HasVerdict(Verdict::accepted), refused()), "was refused with limited: too soon");
  EXPECT_EQ(why(RefusedWith(ErrorCode::busy), rejected()), "succeeded");
}

}  // namespace
}  // namespace ringfence
