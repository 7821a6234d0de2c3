#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ringfence/error.h"

/// Every setting, with its default. DOMAIN calls these *policy*.
namespace ringfence {

constexpr TimeMs second_ms = 1000;
constexpr TimeMs minute_ms = 60 * second_ms;
constexpr TimeMs hour_ms = 60 * minute_ms;
constexpr TimeMs day_ms = 24 * hour_ms;

/// At most `count` sends within any `span_ms`. Exact: no burst at the edge of a window gets
/// through.
struct Window {
  int count = 0;
  TimeMs span_ms = 0;
};

/// What the library of number metadata calls the type of a number.
enum class NumberType : std::uint8_t {
  mobile,
  fixed_line,
  fixed_line_or_mobile,
  voip,
  toll_free,
  premium_rate,
  shared_cost,
  personal_number,
  pager,
  universal_access,
  voicemail,
  unknown,
};

/// How strictly a number is checked before a code proves it.
enum class Strictness : std::uint8_t {
  possible,  ///< It has a possible length. Metadata ages and the code proves the number, so this is
             ///< the default.
  valid,     ///< It matches a range that the metadata knows.
};

/// Which telephone numbers are taken.
struct PhonePolicy {
  Strictness strictness = Strictness::possible;
  std::vector<NumberType> denied_types = {NumberType::premium_rate, NumberType::shared_cost};
  /// ISO 3166 countries. If not empty, no other is taken.
  std::vector<std::string> allowed_regions = {};
  std::vector<std::string> denied_regions = {};
  /// Beginnings of numbers in E.164, e.g. `"+8817"`.
  std::vector<std::string> denied_prefixes = {};
};

/// What one kind of channel may be used for.
struct ChannelPolicy {
  bool verification = true;  ///< To prove identity.
  bool login = true;         ///< To log in.
};

/// A value: copy it, change it, check it with `problems()`, give it to a `Service`.
struct Policy {
  // Codes (DOMAIN 6, R01, R02).
  int code_digits = 6;                      ///< 6–10
  TimeMs code_ttl_ms = 5 * minute_ms;       ///< 1 s – 10 min
  int tries_per_code = 5;                   ///< 1–5
  TimeMs resend_after_ms = 60 * second_ms;  ///< 0 – 10 min; a fresh code voids the old one (R20)

  // Consecutive failures of an account, role and address (R04–R07).
  int failures_to_lock = 100;     ///< 1–100: so many lock the account
  int failures_before_delay = 5;  ///< 1–100: after each so many there is a wait, which doubles
  TimeMs first_delay_ms = 30 * second_ms;  ///< 0 – 1 day
  TimeMs longest_delay_ms = 1 * hour_ms;   ///< at least `first_delay_ms`, at most 1 day

  // Sends (R19). Each list has 1–3 windows of 1–100 sends and 1 s – 7 days.
  std::vector<Window> sends_to_target = {{5, 10 * minute_ms},
                                         {10, day_ms}};  ///< a new address, over all accounts
  std::vector<Window> sends_to_own_channel = {{5, 10 * minute_ms},
                                              {20, day_ms}};  ///< strangers cannot spend it
  std::vector<Window> sends_to_targets_by_account = {{10, 10 * minute_ms}, {30, day_ms}};
  std::vector<Window> sends_by_source = {{30, hour_ms}};

  // Flows (DOMAIN 4).
  TimeMs flow_ttl_ms = 15 * minute_ms;  ///< 1 min – 1 h, from the identity proof
  TimeMs result_kept_ms = day_ms;       ///< 1 h – 7 days: a finished flow repeats its result
  TimeMs grant_ttl_ms =
      5 * minute_ms;  ///< 10 s – 1 h: how long a confirmed operation may wait (R30)

  // Appeals and disputes (DOMAIN 4).
  TimeMs appeal_hold_ms = day_ms;  ///< 0 – 30 days: an appeal is not approved before
  TimeMs appeal_open_ms =
      day_ms;             ///< 10 min – 7 days: how long an approved one opens replace_phone
  TimeMs dispute_ms = 0;  ///< 0 – 30 days: how long a change may be disputed; 0: never

  // Association (DOMAIN 3).
  int max_accounts_per_address = 0;  ///< 0: unlimited
  TimeMs quarantine_ms = 0;  ///< 0 – 1 year: a released address still counts as associated (R31)

  // Notices (R14).
  /// 0 – 90 days: how long a left address still hears of changes
  TimeMs former_address_told_ms = 3 * day_ms;
  TimeMs notice_given_up_after_ms = 3 * day_ms;  ///< 1 h – 30 days; events too

  PhonePolicy phone_numbers = {};
  ChannelPolicy phone = {};
  ChannelPolicy email = {};

  /// Where the accounts of each outside identity provider are managed: `provider` of an account →
  /// link.
  std::map<std::string, std::string> provider_links = {};

  /// Everything wrong with this policy, one line each that names the setting; empty if it is good.
  std::vector<std::string> problems() const;
};

inline std::vector<std::string> Policy::problems() const {
  std::vector<std::string> out;
  const auto within = [&out](const char* setting, TimeMs value, TimeMs least, TimeMs most) {
    if (value < least || value > most) {
      out.push_back(std::string(setting) + " is " + std::to_string(value) + "; it must be " +
                    std::to_string(least) + " to " + std::to_string(most));
    }
  };
  const auto windows = [&](const char* setting, const std::vector<Window>& list) {
    within((std::string(setting) + ": the number of windows").c_str(),
           static_cast<TimeMs>(list.size()), 1, 3);
    for (const Window& window : list) {
      within((std::string(setting) + ".count").c_str(), window.count, 1, 100);
      within((std::string(setting) + ".span_ms").c_str(), window.span_ms, second_ms, 7 * day_ms);
    }
  };
  within("code_digits", code_digits, 6, 10);
  within("code_ttl_ms", code_ttl_ms, second_ms, 10 * minute_ms);
  within("tries_per_code", tries_per_code, 1, 5);
  within("resend_after_ms", resend_after_ms, 0, 10 * minute_ms);
  within("failures_to_lock", failures_to_lock, 1, 100);
  within("failures_before_delay", failures_before_delay, 1, 100);
  within("first_delay_ms", first_delay_ms, 0, day_ms);
  within("longest_delay_ms", longest_delay_ms, first_delay_ms, day_ms);
  windows("sends_to_target", sends_to_target);
  windows("sends_to_own_channel", sends_to_own_channel);
  windows("sends_to_targets_by_account", sends_to_targets_by_account);
  windows("sends_by_source", sends_by_source);
  within("flow_ttl_ms", flow_ttl_ms, minute_ms, hour_ms);
  within("appeal_hold_ms", appeal_hold_ms, 0, 30 * day_ms);
  within("appeal_open_ms", appeal_open_ms, 10 * minute_ms, 7 * day_ms);
  within("dispute_ms", dispute_ms, 0, 30 * day_ms);
  within("grant_ttl_ms", grant_ttl_ms, 10 * second_ms, hour_ms);
  within("result_kept_ms", result_kept_ms, hour_ms, 7 * day_ms);
  within("max_accounts_per_address", max_accounts_per_address, 0, 1'000'000);
  within("quarantine_ms", quarantine_ms, 0, 366 * day_ms);
  within("former_address_told_ms", former_address_told_ms, 0, 90 * day_ms);
  within("notice_given_up_after_ms", notice_given_up_after_ms, hour_ms, 30 * day_ms);
  if (!phone.verification && !email.verification) {
    out.emplace_back("phone.verification and email.verification are both off; one must be on");
  }
  const auto regions = [&out](const char* setting, const std::vector<std::string>& list) {
    for (const std::string& region : list) {
      if (region.size() != 2 || region[0] < 'A' || region[0] > 'Z' || region[1] < 'A' ||
          region[1] > 'Z') {
        out.push_back(std::string(setting) +
                      " has an entry that is not two capital letters, e.g. CN");
      }
    }
  };
  regions("phone_numbers.allowed_regions", phone_numbers.allowed_regions);
  regions("phone_numbers.denied_regions", phone_numbers.denied_regions);
  for (const std::string& prefix : phone_numbers.denied_prefixes) {
    if (prefix.size() < 2 || prefix.size() > 16 || prefix[0] != '+' ||
        prefix.find_first_not_of("0123456789", 1) != std::string::npos) {
      out.emplace_back(
          "phone_numbers.denied_prefixes has an entry that is not + and digits, e.g. +8817");
    }
  }
  return out;
}

}  // namespace ringfence
