#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/error.h"
#include "ringfence/result.h"

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

  friend bool operator==(const Window&, const Window&) = default;
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

constexpr std::string_view name(NumberType type) noexcept {
  switch (type) {
    case NumberType::mobile:
      return "mobile";
    case NumberType::fixed_line:
      return "fixed_line";
    case NumberType::fixed_line_or_mobile:
      return "fixed_line_or_mobile";
    case NumberType::voip:
      return "voip";
    case NumberType::toll_free:
      return "toll_free";
    case NumberType::premium_rate:
      return "premium_rate";
    case NumberType::shared_cost:
      return "shared_cost";
    case NumberType::personal_number:
      return "personal_number";
    case NumberType::pager:
      return "pager";
    case NumberType::universal_access:
      return "universal_access";
    case NumberType::voicemail:
      return "voicemail";
    case NumberType::unknown:
      return "unknown";
  }
  return "unknown";
}
constexpr std::string_view name(Strictness strictness) noexcept {
  return strictness == Strictness::possible ? "possible" : "valid";
}

/// Which telephone numbers are taken.
struct PhonePolicy {
  Strictness strictness = Strictness::possible;
  /// If not empty, no other type is taken.
  std::vector<NumberType> allowed_types = {};
  std::vector<NumberType> denied_types = {NumberType::premium_rate, NumberType::shared_cost};
  /// ISO 3166 countries. If not empty, no other is taken.
  std::vector<std::string> allowed_regions = {};
  std::vector<std::string> denied_regions = {};
  /// Beginnings of numbers in E.164, e.g. `"+8817"`. If not empty, no other is taken.
  std::vector<std::string> allowed_prefixes = {};
  std::vector<std::string> denied_prefixes = {};

  friend bool operator==(const PhonePolicy&, const PhonePolicy&) = default;
};

/// What a proof of identity takes.
enum class IdentityAssurance : std::uint8_t {
  one_proof,  ///< A code to one of the verified channels.
  /// Codes to both. To add the second channel takes one; everything else is refused with
  /// `no_method_available` to an account that has only one usable: let people add an email first.
  two_proofs,
  proof_and_factor,  ///< A code, and a factor that the host attests: `Call::attested_factor`.
};

/// What a risk advisor's answer leads to.
enum class RiskAction : std::uint8_t {
  proceed,
  refuse,  ///< With `risk_refused`, whatever code was presented.
};

/// Where the service runs.
enum class Profile : std::uint8_t {
  production,
  sandbox,  ///< Addresses with fixed codes are allowed.
};

constexpr std::string_view name(IdentityAssurance assurance) noexcept {
  return assurance == IdentityAssurance::one_proof    ? "one_proof"
         : assurance == IdentityAssurance::two_proofs ? "two_proofs"
                                                      : "proof_and_factor";
}
constexpr std::string_view name(RiskAction action) noexcept {
  return action == RiskAction::proceed ? "proceed" : "refuse";
}
constexpr std::string_view name(Profile profile) noexcept {
  return profile == Profile::production ? "production" : "sandbox";
}

/// What is done with what a `RiskAdvisor` answers. Without one nobody is asked.
struct RiskPolicy {
  RiskAction clear = RiskAction::proceed;
  RiskAction suspicious = RiskAction::refuse;
  RiskAction unknown = RiskAction::refuse;  ///< Not to know is not to be safe (A17).

  friend bool operator==(const RiskPolicy&, const RiskPolicy&) = default;
};

/// An address for tests: its code is always the same, and no code is sent to it. Notices
/// are, as to every address.
struct SandboxAddress {
  std::string address = {};  ///< In its stored form: `+15555550100`, `a@example.com`.
  std::string code = {};     ///< `Policy::code_digits` digits.
  TimeMs until = 0;          ///< From then on it is an address like any other.

  friend bool operator==(const SandboxAddress&, const SandboxAddress&) = default;
};

/// What one kind of channel may be used for.
struct ChannelPolicy {
  bool verification = true;  ///< To prove identity.
  bool login = true;         ///< To log in.

  friend bool operator==(const ChannelPolicy&, const ChannelPolicy&) = default;
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
  /// to the account's own channels together; strangers cannot spend it
  std::vector<Window> sends_to_own_channels = {{5, 10 * minute_ms}, {20, day_ms}};
  std::vector<Window> sends_to_targets_by_account = {{10, 10 * minute_ms}, {30, day_ms}};
  std::vector<Window> sends_by_source = {{30, hour_ms}};
  /// 0 – 1000: with so many messages due in the outbox no further code is asked for; 0: any number.
  int outbox_bound = 0;

  bool voice_calls = true;  ///< A person may ask for a call instead of an SMS.
  /// Where an SMS cannot be sent, because the number takes none or the gateway is down, the code
  /// comes by a call to the same number. Only with `voice_calls`.
  bool voice_fallback = false;

  // How identity is proven, and what speaks against a person (R17, R18).
  IdentityAssurance identity_assurance = IdentityAssurance::one_proof;
  RiskPolicy risk = {};

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
  /// The host's own categories (DOMAIN 5): up to 32 names of 1–64 bytes of `[a-z0-9_.-]`, none of
  /// them built in.
  std::vector<std::string> notice_categories = {};

  Profile profile = Profile::production;
  std::vector<SandboxAddress> sandbox_addresses = {};  ///< Up to 100; none in production.

  PhonePolicy phone_numbers = {};
  ChannelPolicy phone = {};
  ChannelPolicy email = {};

  /// Where the accounts of each outside identity provider are managed: `provider` of an account →
  /// link.
  std::map<std::string, std::string> provider_links = {};

  /// Everything wrong with this policy, one line each that names the setting; empty if it is good.
  std::vector<std::string> problems() const;

  friend bool operator==(const Policy&, const Policy&) = default;
};

/// The policy as JSON: an object with a member for every setting, those of `phone_numbers`, `phone`
/// and `email` in objects of these names.
std::string to_json(const Policy& policy);
/// Reads what `to_json` writes; settings that are left out have their defaults. Refuses with
/// `invalid_policy`; the text names every problem: settings that do not exist, values of another
/// type, and what `problems()` finds.
result<Policy> policy_from_json(std::string_view text);

}  // namespace ringfence
