#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "search/search.h"
#include "support/world.h"

/// The searches: who is there, what they may do, and how far each search goes.
namespace ringfence::search {

inline Address phone(const char* text) { return parse_phone(text, "", {}).value(); }
inline Address email(const char* text) { return parse_email(text).value(); }

inline const Address own_phone = phone("+8613912343672");
inline const Address shared_phone = phone("+447700900123");
inline const Address free_phone = phone("+447700900456");
inline const Address own_email = email("ann@example.com");
inline const Address shared_email = email("desk@example.com");
inline const Address free_email = email("new@example.com");
inline const AccountKey ann{"", "ann"};
inline const AccountKey bob{"", "bob"};

/// Limits so small that a few moves reach them; some are below what `Policy::problems` allows. The
/// rules are the same at any size.
inline Policy small_policy() {
  Policy policy;
  policy.code_digits = 10;  // two codes are never equal by chance
  policy.code_ttl_ms = 4 * tick_ms;
  policy.tries_per_code = 2;
  policy.resend_after_ms = 2 * tick_ms;
  policy.failures_to_lock = 3;
  policy.failures_before_delay = 2;
  policy.first_delay_ms = tick_ms;
  policy.longest_delay_ms = 2 * tick_ms;
  policy.sends_to_target = {{2, 6 * tick_ms}};
  policy.sends_to_own_channels = {{3, 6 * tick_ms}};
  policy.sends_to_targets_by_account = {{3, 6 * tick_ms}};
  policy.sends_by_source = {{3, 6 * tick_ms}};
  policy.flow_ttl_ms = 6 * tick_ms;
  policy.result_kept_ms = 6 * tick_ms;
  policy.grant_ttl_ms = 3 * tick_ms;
  policy.appeal_hold_ms = 2 * tick_ms;
  policy.appeal_open_ms = 6 * tick_ms;
  policy.former_address_told_ms = 2 * tick_ms;
  return policy;
}

/// How deep a search goes: further with `RINGFENCE_SOAK` set.
inline int deep(int depth, int soaked) {
  return std::getenv("RINGFENCE_SOAK") == nullptr ? depth : soaked;
}

inline Plan plan_of(const std::string& name, int depth) {
  Plan plan{.name = name};
  plan.rules = {
      .policy = small_policy(),
      .keys = testing_support::one_key_ring()->keys(),
      .addresses = {own_phone, shared_phone, free_phone, own_email, shared_email, free_email}};
  plan.accounts = {{ann, {.phone = own_phone, .email = own_email}},
                   {bob, {.phone = shared_phone, .email = shared_email}}};
  plan.depth = depth;
  // A moment, past the wait for a resend, past the code's life, past the flow's life.
  plan.alphabet.waits = {tick_ms, 2 * tick_ms, 4 * tick_ms, 6 * tick_ms};
  return plan;
}

/// Every way through a change, from both sessions and by both methods.
inline Plan change_phone() {
  Plan plan = plan_of("change_phone", deep(6, 8));
  plan.alphabet.actors = {{.account = ann,
                           .openings = {{FlowKind::change_phone, Method::phone},
                                        {FlowKind::change_phone, Method::email}},
                           .targets = {shared_phone, free_phone},
                           .host = {Verb::lock, Verb::unlock}},
                          {.account = bob, .host = {Verb::close}}};
  return plan;
}

/// One session and one method: more moves on each way, so that a second change begins.
inline Plan change_phone_again() {
  Plan plan = plan_of("change_phone, again and again", deep(9, 11));
  plan.alphabet.waits = {2 * tick_ms, 6 * tick_ms};
  plan.rules.policy.former_address_told_ms = 6 * tick_ms;
  plan.rules.policy.quarantine_ms = 6 * tick_ms;
  plan.alphabet.actors = {{.account = ann,
                           .openings = {{FlowKind::change_phone, Method::phone}},
                           .sessions = 1,
                           .targets = {own_phone, shared_phone, free_phone},
                           .resends = false,
                           .host = {Verb::unlock}},
                          {.account = bob, .host = {Verb::close}}};
  return plan;
}

/// The answer of one move is lost, and its request comes again in every later state.
inline Plan lost_answers() {
  Plan plan = plan_of("change_phone, an answer lost", deep(6, 8));
  plan.lost_answers = true;
  plan.alphabet.actors = {
      {.account = ann,
       .openings = {{FlowKind::change_phone, Method::phone}},
       .sessions = 1,
       .targets = {free_phone},
       .host = {Verb::lock, Verb::unlock, Verb::credentials_changed, Verb::close}}};
  return plan;
}

inline Plan change_email() {
  Plan plan = plan_of("change_email", deep(7, 8));
  plan.accounts[0].second.email_proven = false;
  plan.alphabet.actors = {{.account = ann,
                           .openings = {{FlowKind::change_email, Method::phone},
                                        {FlowKind::change_email, Method::email}},
                           .targets = {shared_email, free_email},
                           .host = {Verb::credentials_changed}},
                          {.account = bob, .host = {Verb::close}}};
  return plan;
}

/// Nothing of ann's is verified, and bob holds the phone she registered with.
inline Plan verify_channel() {
  Plan plan = plan_of("verify_channel", deep(6, 7));
  plan.rules.policy.quarantine_ms = 3 * tick_ms;
  plan.accounts[0].second = {
      .phone = shared_phone, .phone_proven = false, .email = own_email, .email_proven = false};
  plan.alphabet.actors = {
      {.account = ann,
       .openings = {{FlowKind::verify_channel, Method::phone, {.channel = ChannelKind::phone}},
                    {FlowKind::verify_channel, Method::phone, {.channel = ChannelKind::email}},
                    {FlowKind::verify_channel, Method::email, {.channel = ChannelKind::phone}}},
       .host = {Verb::close}},
      {.account = bob, .host = {Verb::close}}};
  return plan;
}

inline Plan confirm_operation() {
  Plan plan = plan_of("confirm_operation", deep(5, 6));
  plan.alphabet.actors = {
      {.account = ann,
       .openings = {{FlowKind::confirm_operation, Method::phone, {.operation = "pay"}},
                    {FlowKind::confirm_operation, Method::email, {.operation = "erase"}}},
       .host = {Verb::credentials_changed, Verb::lock, Verb::unlock}}};
  return plan;
}

/// Both hold one phone; ann, who came first, may leave it.
inline Plan claim_login() {
  Plan plan = plan_of("claim_login", deep(8, 9));
  plan.rules.policy.quarantine_ms = 3 * tick_ms;
  plan.accounts = {{ann, {.phone = shared_phone}}, {bob, {.phone = shared_phone}}};
  plan.alphabet.actors = {
      {.account = bob,
       .openings = {{FlowKind::claim_login, Method::phone, {.channel = ChannelKind::phone}}},
       .host = {Verb::lock, Verb::unlock},
       .source = "192.0.2.1"},
      {.account = ann, .host = {Verb::close}}};
  return plan;
}

/// Appeals, disputes, and what they open; of a locked account, too.
inline Plan replace_phone() {
  Plan plan = plan_of("replace_phone", deep(9, 11));
  plan.rules.policy.dispute_ms = 3 * tick_ms;
  plan.alphabet.actors = {{.account = ann,
                           .openings = {{FlowKind::replace_phone}},
                           .sessions = 1,
                           .targets = {shared_phone, free_phone},
                           .host = {Verb::submit_appeal, Verb::approve, Verb::reject, Verb::dispute,
                                    Verb::lock, Verb::unlock}},
                          {.account = bob, .host = {Verb::close}}};
  return plan;
}

/// Two accounts change to one fresh number (A10), until nothing new is found.
inline Plan two_accounts(int max_accounts) {
  Plan plan = plan_of("two accounts for one number, at most " + std::to_string(max_accounts), 40);
  plan.rules.policy.max_accounts_per_address = max_accounts;
  plan.races = true;
  plan.alphabet.waits = {6 * tick_ms};
  for (const AccountKey& key : {ann, bob}) {
    plan.alphabet.actors.push_back({.account = key,
                                    .openings = {{FlowKind::change_phone, Method::phone}},
                                    .sessions = 1,
                                    .targets = {free_phone},
                                    .guesses = false,
                                    .resends = false});
  }
  plan.accounts = {{ann, {.phone = own_phone}}, {bob, {.phone = shared_phone}}};
  return plan;
}

/// Flows of several kinds on one account: one wins, the others are void (A11).
inline Plan several_kinds() {
  Plan plan = plan_of("several flows of an account", deep(8, 9));
  plan.races = true;
  plan.alphabet.waits = {6 * tick_ms};
  plan.alphabet.actors = {
      {.account = ann,
       .openings = {{FlowKind::change_phone,
                     Method::email,
                     {.reason = ChangeReason::person_changed}},
                    {FlowKind::change_email, Method::phone},
                    {FlowKind::confirm_operation, Method::phone, {.operation = "pay"}}},
       .sessions = 1,
       .targets = {free_phone, free_email},
       .declines = false,
       .resends = false,
       .host = {Verb::close}}};
  return plan;
}

}  // namespace ringfence::search
