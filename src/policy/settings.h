#pragma once

#include "ringfence/model/policy.h"

namespace ringfence {

/// Every setting of a policy, once: its name, its bounds, what it means. What checks a policy,
/// reads or writes it as JSON, or documents it, visits them.
template <class Visitor, class P>  // P: Policy or const Policy
void visit_settings(Visitor& v, P& p) {
  v.number("code_digits", p.code_digits, 6, 10, "Digits of a code (R01).");
  v.duration("code_ttl_ms", p.code_ttl_ms, second_ms, 10 * minute_ms,
             "How long a code is valid (R02).");
  v.number("tries_per_code", p.tries_per_code, 1, 5, "Wrong tries of one code (R04).");
  v.duration("resend_after_ms", p.resend_after_ms, 0, 10 * minute_ms,
             "From when on a fresh code may be asked for, which voids the old one (R20).");
  v.number("failures_to_lock", p.failures_to_lock, 1, 100,
           "Consecutive wrong codes of an account, role and address that lock the account (R04).");
  v.number("failures_before_delay", p.failures_before_delay, 1, 100,
           "After each so many wrong codes there is a wait, which doubles (R06).");
  v.duration("first_delay_ms", p.first_delay_ms, 0, day_ms, "The first such wait.");
  v.duration("longest_delay_ms", p.longest_delay_ms, p.first_delay_ms, day_ms,
             "The longest such wait; at least the first one.");
  v.windows("sends_to_target", p.sends_to_target,
            "Codes to a new address, over all accounts of the realm (R19).");
  v.windows("sends_to_own_channels", p.sends_to_own_channels,
            "Codes to the account's own channels together; strangers cannot spend it (A15, A22).");
  v.windows("sends_to_targets_by_account", p.sends_to_targets_by_account,
            "Codes of one account to new addresses (A20).");
  v.windows("sends_by_source", p.sends_by_source, "Codes that one source caused (R19).");
  v.number("outbox_bound", p.outbox_bound, 0, 1000,
           "Messages due in the outbox from which on no further code is asked for; 0: any number.");
  v.flag("voice_calls", p.voice_calls, "Whether a person may ask for a call instead of an SMS.");
  v.flag(
      "voice_fallback", p.voice_fallback,
      "Whether the code of an SMS that cannot be sent comes by a call; only with `voice_calls`.");
  v.choice("identity_assurance", p.identity_assurance, IdentityAssurance::proof_and_factor,
           "What a proof of identity takes (R18).");
  v.choice("risk.clear", p.risk.clear, RiskAction::refuse,
           "What it leads to that a risk advisor answers: clear (R17).");
  v.choice("risk.suspicious", p.risk.suspicious, RiskAction::refuse, "… suspicious.");
  v.choice("risk.unknown", p.risk.unknown, RiskAction::refuse, "… or cannot tell (A17).");
  v.duration("flow_ttl_ms", p.flow_ttl_ms, minute_ms, hour_ms,
             "How long a flow lasts, from its identity proof.");
  v.duration("result_kept_ms", p.result_kept_ms, hour_ms, 7 * day_ms,
             "How long a finished flow and a request id repeat what they answered.");
  v.duration("grant_ttl_ms", p.grant_ttl_ms, 10 * second_ms, hour_ms,
             "How long a confirmed operation may wait to be done (R30).");
  v.duration("appeal_hold_ms", p.appeal_hold_ms, 0, 30 * day_ms,
             "How long an appeal is held before it may be approved.");
  v.duration("appeal_open_ms", p.appeal_open_ms, 10 * minute_ms, 7 * day_ms,
             "How long an approved appeal lets the phone be replaced.");
  v.duration("dispute_ms", p.dispute_ms, 0, 30 * day_ms,
             "How long a change may be disputed; 0: never.");
  v.number("max_accounts_per_address", p.max_accounts_per_address, 0, 1'000'000,
           "Accounts that may have one address verified; 0: any number.");
  v.duration("quarantine_ms", p.quarantine_ms, 0, 366 * day_ms,
             "How long a released address counts as associated, but for who released it (R31).");
  v.duration("former_address_told_ms", p.former_address_told_ms, 0, 90 * day_ms,
             "How long an address that was left hears of changes (R14).");
  v.duration("notice_given_up_after_ms", p.notice_given_up_after_ms, hour_ms, 30 * day_ms,
             "How long a notice or an event is tried to be delivered.");
  v.categories("notice_categories", p.notice_categories,
               "Categories of notices of the host's own, which their owner may switch off.");
  v.choice("profile", p.profile, Profile::sandbox,
           "Where the service runs; in production there are no sandbox addresses.");
  v.sandbox("sandbox_addresses", p.sandbox_addresses,
            "Addresses for tests, each with a fixed code and an end date.");
  v.choice("phone_numbers.strictness", p.phone_numbers.strictness, Strictness::valid,
           "How strictly a number is checked before a code proves it.");
  v.choices("phone_numbers.allowed_types", p.phone_numbers.allowed_types, NumberType::unknown,
            "Types of numbers that are taken; empty: all.");
  v.choices("phone_numbers.denied_types", p.phone_numbers.denied_types, NumberType::unknown,
            "Types of numbers that are not taken.");
  v.regions("phone_numbers.allowed_regions", p.phone_numbers.allowed_regions,
            "Countries whose numbers are taken; empty: all.");
  v.regions("phone_numbers.denied_regions", p.phone_numbers.denied_regions,
            "Countries whose numbers are not taken.");
  v.prefixes("phone_numbers.allowed_prefixes", p.phone_numbers.allowed_prefixes,
             "Beginnings of numbers that are taken; empty: all.");
  v.prefixes("phone_numbers.denied_prefixes", p.phone_numbers.denied_prefixes,
             "Beginnings of numbers that are not taken.");
  v.flag("phone.verification", p.phone.verification, "Whether the phone proves identity.");
  v.flag("phone.login", p.phone.login, "Whether the phone can be logged in with.");
  v.flag("email.verification", p.email.verification, "Whether the email proves identity.");
  v.flag("email.login", p.email.login, "Whether the email can be logged in with.");
  v.links("provider_links", p.provider_links,
          "Where the accounts of each outside identity provider are managed.");
}

}  // namespace ringfence
