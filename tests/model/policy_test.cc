// Every bound of a policy, at its edges (DOMAIN 6, R01, R02, R04).
#include "ringfence/model/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace ringfence {
namespace {

using ::testing::HasSubstr;

/// A setting, its bounds, and how to set it.
struct Bound {
  std::string setting;
  TimeMs least = 0;
  TimeMs most = 0;
  std::function<void(Policy&, TimeMs)> set = {};
};

std::vector<Bound> bounds() {
  std::vector<Bound> out = {
      {"code_digits", 6, 10, [](Policy& p, TimeMs v) { p.code_digits = static_cast<int>(v); }},
      {"code_ttl_ms", 1000, 600'000, [](Policy& p, TimeMs v) { p.code_ttl_ms = v; }},
      {"tries_per_code", 1, 5, [](Policy& p, TimeMs v) { p.tries_per_code = static_cast<int>(v); }},
      {"resend_after_ms", 0, 600'000, [](Policy& p, TimeMs v) { p.resend_after_ms = v; }},
      {"failures_to_lock", 1, 100,
       [](Policy& p, TimeMs v) { p.failures_to_lock = static_cast<int>(v); }},
      {"failures_before_delay", 1, 100,
       [](Policy& p, TimeMs v) { p.failures_before_delay = static_cast<int>(v); }},
      {"first_delay_ms", 0, 86'400'000,
       [](Policy& p, TimeMs v) {
         p.first_delay_ms = v;
         p.longest_delay_ms = 86'400'000;
       }},
      {"longest_delay_ms", 30'000, 86'400'000, [](Policy& p, TimeMs v) { p.longest_delay_ms = v; }},
      {"flow_ttl_ms", 60'000, 3'600'000, [](Policy& p, TimeMs v) { p.flow_ttl_ms = v; }},
      {"grant_ttl_ms", 10'000, 3'600'000, [](Policy& p, TimeMs v) { p.grant_ttl_ms = v; }},
      {"appeal_hold_ms", 0, 30 * day_ms, [](Policy& p, TimeMs v) { p.appeal_hold_ms = v; }},
      {"appeal_open_ms", 600'000, 7 * day_ms, [](Policy& p, TimeMs v) { p.appeal_open_ms = v; }},
      {"dispute_ms", 0, 30 * day_ms, [](Policy& p, TimeMs v) { p.dispute_ms = v; }},
      {"result_kept_ms", 3'600'000, 604'800'000, [](Policy& p, TimeMs v) { p.result_kept_ms = v; }},
      {"max_accounts_per_address", 0, 1'000'000,
       [](Policy& p, TimeMs v) { p.max_accounts_per_address = static_cast<int>(v); }},
      {"quarantine_ms", 0, 366 * day_ms, [](Policy& p, TimeMs v) { p.quarantine_ms = v; }},
      {"former_address_told_ms", 0, 90 * day_ms,
       [](Policy& p, TimeMs v) { p.former_address_told_ms = v; }},
      {"notice_given_up_after_ms", 3'600'000, 30 * day_ms,
       [](Policy& p, TimeMs v) { p.notice_given_up_after_ms = v; }},
  };
  using Windows = std::vector<Window> Policy::*;
  for (const auto& [setting, windows] : std::vector<std::pair<std::string, Windows>>{
           {"sends_to_target", &Policy::sends_to_target},
           {"sends_to_own_channels", &Policy::sends_to_own_channels},
           {"sends_to_targets_by_account", &Policy::sends_to_targets_by_account},
           {"sends_by_source", &Policy::sends_by_source}}) {
    out.push_back(
        {setting + ": the number of windows", 1, 3, [windows = windows](Policy& p, TimeMs v) {
           (p.*windows).assign(static_cast<std::size_t>(v), {1, 1000});
         }});
    // In a later window as in the first.
    out.push_back({setting + ".count", 1, 100, [windows = windows](Policy& p, TimeMs v) {
                     (p.*windows) = {{1, 1000}, {static_cast<int>(v), 1000}};
                   }});
    out.push_back(
        {setting + ".span_ms", 1000, 604'800'000, [windows = windows](Policy& p, TimeMs v) {
           (p.*windows) = {{1, v}, {1, 1000}};
         }});
  }
  return out;
}

TEST(Policy, TheDefaultIsGood) { EXPECT_THAT(Policy().problems(), ::testing::IsEmpty()); }

// Proves D6.1, D6.16.
TEST(Policy, EachBoundHoldsExactlyAndTheProblemNamesItsSetting_R01_R02_R04) {
  for (const Bound& bound : bounds()) {
    SCOPED_TRACE(bound.setting);
    const auto first_problem = [&](TimeMs value) {
      Policy policy;
      bound.set(policy, value);
      const auto problems = policy.problems();
      return problems.empty() ? "none" : problems.front();
    };
    EXPECT_EQ(first_problem(bound.least), "none");
    EXPECT_EQ(first_problem(bound.least + 1), "none");
    EXPECT_EQ(first_problem(bound.most - 1), "none");
    EXPECT_EQ(first_problem(bound.most), "none");
    EXPECT_THAT(first_problem(bound.least - 1), ::testing::StartsWith(bound.setting));
    EXPECT_THAT(first_problem(bound.most + 1), ::testing::StartsWith(bound.setting));
  }
}

TEST(Policy, TheLongestDelayIsNotShorterThanTheFirst) {
  Policy policy;
  policy.first_delay_ms = 100'000;
  policy.longest_delay_ms = 99'999;
  EXPECT_THAT(policy.problems(), ::testing::ElementsAre(::testing::StartsWith("longest_delay_ms")));
  policy.longest_delay_ms = 100'000;
  EXPECT_THAT(policy.problems(), ::testing::IsEmpty());
}

TEST(Policy, OneMethodOfProofIsLeftOn) {
  Policy policy;
  policy.phone.verification = false;
  EXPECT_THAT(policy.problems(), ::testing::IsEmpty());
  policy.email.verification = false;
  EXPECT_THAT(policy.problems(),
              ::testing::ElementsAre(::testing::AllOf(HasSubstr("phone.verification"),
                                                      HasSubstr("email.verification"))));
  policy.phone.verification = true;
  EXPECT_THAT(policy.problems(), ::testing::IsEmpty());
}

TEST(Policy, RegionsAreTwoCapitalLetters) {
  for (const char* bad : {"", "C", "cn", "Cn", "CHN", "C1", "+8", "ÄÖ"}) {
    Policy policy;
    policy.phone_numbers.allowed_regions = {"US", bad};
    EXPECT_THAT(policy.problems(),
                ::testing::ElementsAre(::testing::StartsWith("phone_numbers.allowed_regions")))
        << bad;
    policy = {};
    policy.phone_numbers.denied_regions = {bad};
    EXPECT_THAT(policy.problems(),
                ::testing::ElementsAre(::testing::StartsWith("phone_numbers.denied_regions")))
        << bad;
  }
  Policy policy;
  policy.phone_numbers.allowed_regions = {"AA", "ZZ", "CN"};
  policy.phone_numbers.denied_regions = {"AZ"};
  EXPECT_THAT(policy.problems(), ::testing::IsEmpty());
}

TEST(Policy, PrefixesArePlusAndDigits) {
  for (const char* bad :
       {"", "+", "86", "0086", "+86 ", "+86x", "++86", "+8-6", "+1234567890123456"}) {
    Policy policy;
    policy.phone_numbers.denied_prefixes = {"+86", bad};
    EXPECT_THAT(policy.problems(),
                ::testing::ElementsAre(::testing::StartsWith("phone_numbers.denied_prefixes")))
        << bad;
  }
  Policy policy;
  policy.phone_numbers.denied_prefixes = {"+1", "+123456789012345"};
  EXPECT_THAT(policy.problems(), ::testing::IsEmpty());
}

// Proves D5.1.
TEST(Policy, CategoriesOfNoticesAreNamesOfTheHostsOwn_D5_1) {
  for (const std::string bad :
       {"", "Billing", "two words", "a/b", "\xc3\xa9", "security", "resource_expiry",
        "resource_release", "monitoring_alarm", "billing"}) {
    Policy policy;
    policy.notice_categories = {"billing", bad};
    EXPECT_THAT(policy.problems(),
                ::testing::ElementsAre(::testing::StartsWith("notice_categories[1] ")))
        << bad;
  }
  Policy policy;
  Policy two;
  two.identity_assurance = IdentityAssurance::two_proofs;
  EXPECT_TRUE(two.problems().empty());
  two.email.verification = false;
  EXPECT_THAT(two.problems(), ::testing::ElementsAre(::testing::HasSubstr("two_proofs needs")));
  policy.notice_categories = {"phone_changed"};
  EXPECT_THAT(policy.problems(), ::testing::ElementsAre(::testing::HasSubstr("library's own")));
  policy.notice_categories = {std::string(65, 'a')};
  EXPECT_THAT(policy.problems(), ::testing::SizeIs(1));
  policy.notice_categories = {std::string(64, 'a'), "a", "09_.-z"};
  EXPECT_THAT(policy.problems(), ::testing::IsEmpty());
  policy.notice_categories.clear();
  for (int i = 0; i < 32; ++i) policy.notice_categories.push_back("c" + std::to_string(i));
  EXPECT_THAT(policy.problems(), ::testing::IsEmpty());
  policy.notice_categories.emplace_back("one.more");
  EXPECT_THAT(policy.problems(),
              ::testing::ElementsAre(::testing::StartsWith("notice_categories: the number")));
}

TEST(Policy, EveryProblemIsToldAtOnce) {
  Policy policy;
  std::vector<::testing::Matcher<std::string>> named;
  for (const char* setting : {"code_digits", "code_ttl_ms", "tries_per_code"})
    named.push_back(HasSubstr(setting));
  policy.code_digits = 5;
  policy.code_ttl_ms = 0;
  policy.tries_per_code = 0;
  policy.sends_by_source = {{0, 0}};
  named.push_back(HasSubstr("sends_by_source.count"));
  named.push_back(HasSubstr("sends_by_source.span_ms"));
  policy.phone.verification = policy.email.verification = false;
  named.push_back(HasSubstr("denied_prefixes"));
  policy.phone_numbers.denied_prefixes = {"x"};
  named.push_back(HasSubstr("phone.verification"));
  EXPECT_THAT(policy.problems(), ::testing::ElementsAreArray(named));
}

TEST(Policy, ValuesFarOutAreRefusedAndDoNotOverflow) {
  for (const TimeMs value :
       {std::numeric_limits<TimeMs>::min(), std::numeric_limits<TimeMs>::max()}) {
    Policy policy;
    policy.code_ttl_ms = policy.resend_after_ms = policy.flow_ttl_ms = policy.quarantine_ms = value;
    EXPECT_EQ(policy.problems().size(), 4U) << value;
  }
}

}  // namespace
}  // namespace ringfence
