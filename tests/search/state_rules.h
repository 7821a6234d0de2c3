#pragma once

#include <map>
#include <set>
#include <string>

#include "search/canonical.h"

/// What must be true of every state. Each rule gives the empty text, or what is wrong.
namespace ringfence::search {

/// I3, I9: each address has as many holders as accounts hold it, and the one that may log in.
inline std::string associations_agree(const State& state, const Rules& rules) {
  for (const Address& address : rules.addresses) {
    std::int64_t holders = 0;
    std::string claimed;
    for (const auto& stored : state.records) {
      const auto* account = std::get_if<Account>(&stored->record);
      if (account == nullptr) continue;
      for (const Channel& channel : account->channels) {
        if (channel.address != address) continue;
        if (channel.verified() && account->status != AccountStatus::closed) ++holders;
        if (!channel.login_claim) continue;
        if (!channel.verified() || account->status == AccountStatus::closed)
          return "I9: an account claims the login without holding the address";
        if (!claimed.empty()) return "I9: two accounts may log in with one address";
        claimed = account->key.id;
      }
    }
    const auto* entry = state.get<AddressEntry>(AddressKey{"", address});
    const AddressEntry none{.key = {"", address}};
    if (entry == nullptr) entry = &none;
    if (entry->holders != holders)
      return "I3: an address counts other holders than the accounts that hold it";
    if (entry->login_holder != claimed)
      return "I9: an address lets another account log in than the one with the claim";
    const int most = rules.policy.max_accounts_per_address;
    if (most > 0 && holders > most) return "I3: an address has more accounts than allowed";
    const bool forgets = entry->forget_at != 0 && entry->forget_at <= state.now;
    if (forgets && !Canonical(state, rules).part(*entry).empty())
      return "I3: an address entry that still matters may be swept";
  }
  return "";
}

/// I5, I6: what runs of an account, and what has been charged.
inline std::string account_is_sound(const Account& account, const State& state,
                                    const Rules& rules) {
  std::set<std::string> running;
  for (const Flow& flow : account.flows) {
    const bool ended = flow.step == FlowStep::done || flow.step == FlowStep::failed ||
                       flow.step == FlowStep::cancelled;
    if (ended == flow.running()) return "I6: a flow ended in a step, or runs without one";
    if (ended && flow.challenge) return "I5: a flow that has ended has a code";
    if (!flow.running()) continue;
    const bool many = flow.kind == FlowKind::confirm_operation;
    if (!running
             .insert(std::string(name(flow.kind)) +
                     (many ? flow.operation + flow.session.hex() : ""))
             .second) {
      return "I6: two flows of a kind run";
    }
    if (flow.epoch != account.epoch) return "I6: a void flow is kept";
    const bool by_code =
        flow.step == FlowStep::prove_identity || flow.step == FlowStep::prove_target;
    if (flow.challenge && !by_code) return "I5: a code is live in a step that takes none";
    if (flow.challenge && flow.challenge->tries_used > flow.terms.tries_per_code)
      return "I5: a code was tried more often than allowed";
    const Proofs* proofs = state.proofs_of(flow.id);
    if (proofs == nullptr) return "I6: a flow runs that nobody began";
    if (proofs->identity_asked && !proofs->identity && flow.step != FlowStep::prove_identity)
      return "I2: a flow went on without the proof of identity";
    if ((flow.step == FlowStep::confirm_target || flow.target_proven_at != 0) &&
        proofs->target != flow.target) {
      return "I2: a target counts as proven that nobody proved";
    }
  }
  for (const FailureCount& one : account.failures) {
    if (one.count >= rules.policy.failures_to_lock && account.status == AccountStatus::active)
      return "I5: the limit of failures did not lock the account";
  }
  if (account.flows.size() > Account::max_flows || account.grants.size() > Account::max_grants ||
      account.replies.size() > Account::max_replies ||
      account.changes.size() > Account::max_changes ||
      account.failures.size() > Account::max_failure_counts ||
      account.former.size() > Account::max_former_addresses ||
      account.disputable.size() > Account::max_disputable) {
    return "I3: an account has outgrown its bounds";
  }
  return "";
}

/// I8: when nothing happens any more but time, each flow ends, and the next one may be begun: no
/// wait and no limit is for good.
inline std::string time_ends_it(const Account& account, const State& state, Driver& driver) {
  State later = state;
  later.now += day_ms;
  for (const Flow& flow : account.flows) {
    if (!flow.running()) continue;
    const Proofs* proofs = state.proofs_of(flow.id);
    const Action look{.verb = Verb::view,
                      .account = account.key,
                      .session = proofs == nullptr ? 0 : proofs->session,
                      .flow = flow.id};
    if (driver.decide(later, look).shown.refusal == ErrorCode::none)
      return "I8: a flow does not end by itself";
  }
  if (account.status != AccountStatus::active) return "";
  for (const Method method : {Method::phone, Method::email}) {
    if (!account.channel(method).verified()) continue;
    const Action begin{.verb = Verb::begin,
                       .account = account.key,
                       .kind = FlowKind::confirm_operation,
                       .method = method,
                       .options = {.operation = "any"}};
    if (driver.decide(later, begin).shown.refusal != ErrorCode::none)
      return "I8: a day later no flow can be begun";
  }
  return "";
}

/// I7: whatever happened since, a request whose answer was lost gets the answer it got, as long as
/// replies are kept, and changes nothing again.
inline std::string answers_again(const Lost& lost, const Decided& again) {
  Shown expected = lost.shown;
  if (expected.view) expected.view->repeated = true;
  if (!again.change.empty()) return "I7: a request that is repeated changes something again";
  return again.shown == expected ? "" : "I7: a request that is repeated gets another reply";
}

inline std::string check_state(const State& state, const Rules& rules, Driver& driver) {
  std::string wrong = associations_agree(state, rules);
  for (const auto& stored : state.records) {
    const auto* account = std::get_if<Account>(&stored->record);
    if (account == nullptr) continue;
    if (wrong.empty()) wrong = account_is_sound(*account, state, rules);
    if (wrong.empty()) wrong = time_ends_it(*account, state, driver);
  }
  return wrong;
}

}  // namespace ringfence::search
