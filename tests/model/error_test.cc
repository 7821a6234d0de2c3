// Every refusal has a name that stays and says what comes next.
#include "ringfence/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "ringfence/result.h"

namespace ringfence {
namespace {

constexpr auto last = ErrorCode::internal;

template <class Each>
void for_every_code(const Each& each) {
  for (int i = 0; i <= static_cast<int>(last); ++i) each(static_cast<ErrorCode>(i));
}

// Proves D4.18.
TEST(Errors, EveryCodeHasANameOfItsOwnThatLogsAndOtherLanguagesKnow) {
  const std::set<std::string_view> known = {"none",
                                            "method_unavailable",
                                            "no_method_available",
                                            "same_address",
                                            "invalid_number",
                                            "invalid_email",
                                            "number_type_not_allowed",
                                            "region_not_allowed",
                                            "managed_elsewhere",
                                            "account_locked",
                                            "account_closed",
                                            "account_not_found",
                                            "account_exists",
                                            "flow_expired",
                                            "flow_not_found",
                                            "wrong_step",
                                            "session_mismatch",
                                            "limited",
                                            "address_at_capacity",
                                            "nothing_to_prove",
                                            "grant_invalid",
                                            "factor_required",
                                            "risk_refused",
                                            "appeal_pending",
                                            "appeal_not_found",
                                            "dispute_not_found",
                                            "busy",
                                            "store_unavailable",
                                            "outcome_unknown",
                                            "key_missing",
                                            "invalid_argument",
                                            "invalid_policy",
                                            "key_unusable",
                                            "store_in_use",
                                            "store_older",
                                            "store_newer",
                                            "store_foreign",
                                            "store_corrupt",
                                            "wrong_process",
                                            "internal"};
  std::set<std::string_view> names;
  for_every_code([&](ErrorCode code) {
    EXPECT_TRUE(names.insert(name(code)).second) << name(code) << " is there twice";
  });
  EXPECT_EQ(names, known);
}

TEST(Errors, EveryCodeSaysWhatComesNext) {
  for_every_code([](ErrorCode code) {
    const Failure made = failure(code, "why");
    EXPECT_EQ(made.code, code);
    EXPECT_EQ(made.next, next_step(code));
    EXPECT_EQ(made.text, "why");
    EXPECT_FALSE(made.retry_at);
    EXPECT_TRUE(made.link.empty());
  });
  EXPECT_EQ(next_step(ErrorCode::limited), NextStep::wait);
  EXPECT_EQ(next_step(ErrorCode::busy), NextStep::retry);
  EXPECT_EQ(next_step(ErrorCode::outcome_unknown), NextStep::retry);
  EXPECT_EQ(next_step(ErrorCode::flow_expired), NextStep::restart_flow);
  EXPECT_EQ(next_step(ErrorCode::no_method_available), NextStep::contact_support);
  EXPECT_EQ(next_step(ErrorCode::key_missing), NextStep::fix_setup);
  EXPECT_EQ(next_step(ErrorCode::invalid_number), NextStep::fix_input);
}

TEST(Errors, NextStepsHaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(NextStep::fix_setup); ++i) {
    EXPECT_TRUE(names.insert(name(static_cast<NextStep>(i))).second);
  }
}

TEST(Errors, LimitedSaysUntilWhen) {
  const Failure limited = limited_until(42, "too many");
  EXPECT_EQ(limited.code, ErrorCode::limited);
  EXPECT_EQ(limited.next, NextStep::wait);
  EXPECT_EQ(limited.retry_at, 42);
}

TEST(Errors, AskingAResultForWhatItDoesNotHoldThrowsAndNeverYieldsGarbage_R28) {
  const result<int> bad = failure(ErrorCode::busy, "");
  const result<int> good = 7;
  EXPECT_FALSE(bad);
  EXPECT_THROW(static_cast<void>(bad.value()), bad_result_access);
  EXPECT_THROW(static_cast<void>(good.error()), bad_result_access);
  EXPECT_EQ(good.value(), 7);
  const result<void> nothing = failure(ErrorCode::busy, "");
  EXPECT_THROW(nothing.value(), bad_result_access);
}

}  // namespace
}  // namespace ringfence
