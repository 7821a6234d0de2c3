#pragma once

#include <string>
#include <vector>

#include "ringfence/workflow.h"
#include "search/action.h"

/// Which moves a search tries in each state.
namespace ringfence::search {

/// A flow that an actor begins.
struct Opening {
  FlowKind kind;
  Method method = Method::phone;
  workflow::BeginOptions options = {};
};

/// One account's owner and its host.
struct Actor {
  AccountKey account;
  std::vector<Opening> openings = {};
  int sessions = 2;
  std::vector<Address> targets = {};
  bool guesses = true;   ///< Presents wrong codes, too.
  bool declines = true;  ///< Does not accept a target for verification only, too.
  bool resends = true;   ///< Resends and cancels.
  std::vector<Verb> host = {};
  std::string source = {};
};

struct Alphabet {
  std::vector<Actor> actors;
  std::vector<TimeMs> waits;

  std::vector<Action> moves(const State& state, const KeySet& keys) const {
    std::vector<Action> out;
    for (const Actor& actor : actors) add(out, actor, state, keys);
    for (const TimeMs wait : waits) out.push_back({.verb = Verb::wait, .wait_ms = wait});
    return out;
  }

 private:
  static void add(std::vector<Action>& out, const Actor& actor, const State& state,
                  const KeySet& keys) {
    const Account& account = *state.account(actor.account);
    for (const Opening& opening : actor.openings) {
      for (int session = 0; session < actor.sessions; ++session) {
        Action begin = plain(actor, Verb::begin, session);
        begin.kind = opening.kind;
        begin.method = opening.method;
        begin.options = opening.options;
        out.push_back(begin);
      }
    }
    for (const Flow& flow : account.flows) {
      const Proofs* proofs = state.proofs_of(flow.id);
      if (proofs == nullptr) continue;
      add_moves(out, actor, account, flow, proofs->session, keys);
      add_attacks(out, actor, account, flow, proofs->session, state, keys);
    }
    for (const Grant& grant : account.grants) {
      const Proofs* proofs = state.proofs_of(grant.flow);
      if (proofs == nullptr) continue;
      Action use = plain(actor, Verb::use_grant, proofs->session);
      use.flow = grant.flow;
      use.options.operation = grant.operation;
      out.push_back(use);
      use.attack = true;
      use.options.operation = "another";
      out.push_back(use);
      use.options.operation = grant.operation;
      use.session = 1 - use.session;
      out.push_back(use);
    }
    for (const Verb verb : actor.host) add_host(out, plain(actor, verb, 0), account, state);
  }

  static Action plain(const Actor& actor, Verb verb, int session) {
    return {.verb = verb, .account = actor.account, .session = session, .source = actor.source};
  }

  static void add_host(std::vector<Action>& out, Action action, const Account& account,
                       const State& state) {
    if (action.verb == Verb::approve || action.verb == Verb::reject) {
      if (!account.appeal) return;
      action.flow = account.appeal->id;
    }
    if (action.verb != Verb::dispute) return out.push_back(action);
    for (const FlowHandle& reference : state.disputes) {
      if (reference.account != account.key) continue;
      action.flow = reference.flow;
      out.push_back(action);
    }
  }

  /// What the flow's owner may do, whatever step the flow is in (R11).
  static void add_moves(std::vector<Action>& out, const Actor& actor, const Account& account,
                        const Flow& flow, int session, const KeySet& keys) {
    const auto add = [&](Verb verb) -> Action& {
      out.push_back(plain(actor, verb, session));
      out.back().flow = flow.id;
      return out.back();
    };
    const auto prove = [&](Verb verb) {
      const Role role = verb == Verb::prove_identity ? Role::identity : Role::target;
      const std::string right = code_of(account.key, flow, role, keys);
      const bool fits = !right.empty() && workflow::role_of(flow) == role;
      if (fits) {
        present(add(verb), right, Presented::right);
        if (verb == Verb::prove_target && actor.declines) {
          present(add(verb), right, Presented::right).accept_verification_only = false;
        }
      }
      if (!fits || actor.guesses) present(add(verb), wrong(right), Presented::wrong);
    };
    prove(Verb::prove_identity);
    prove(Verb::prove_target);
    for (const Address& target : actor.targets) {
      if (target.kind() == flow.channel) add(Verb::set_target).target = target;
    }
    add(Verb::confirm_target);
    if (!actor.resends) return;
    add(Verb::resend);
    add(Verb::cancel);
  }

  /// The step the flow waits for, from another session (A36); and the live codes of every other
  /// flow, and of the other role (R08, A06, A07).
  static void add_attacks(std::vector<Action>& out, const Actor& actor, const Account& account,
                          const Flow& flow, int session, const State& state, const KeySet& keys) {
    const Verb verb =
        flow.step == FlowStep::prove_identity ? Verb::prove_identity : Verb::prove_target;
    const Role role = verb == Verb::prove_identity ? Role::identity : Role::target;
    Action attack = plain(actor, verb, session);
    attack.flow = flow.id;
    attack.attack = true;
    if (awaits_code(flow, state.now)) {
      const Role other = role == Role::identity ? Role::target : Role::identity;
      present(attack, code_of(account.key, flow, other, keys), Presented::foreign);
      out.push_back(attack);
      for (const auto& stored : state.records) {
        const auto* owner = std::get_if<Account>(&stored->record);
        if (owner == nullptr) continue;
        for (const Flow& one : owner->flows) {
          if (one.id == flow.id || !awaits_code(one, state.now)) continue;
          attack.code = code_of(owner->key, one, workflow::role_of(one), keys);
          out.push_back(attack);
        }
      }
    }
    attack.session = 1 - session;
    present(attack, code_of(account.key, flow, role, keys), Presented::right);
    if (flow.step == FlowStep::set_target && !actor.targets.empty()) {
      attack.verb = Verb::set_target;
      attack.target = actor.targets.front();
    }
    if (flow.step == FlowStep::confirm_target) attack.verb = Verb::confirm_target;
    out.push_back(attack);
    attack.verb = flow.running() ? Verb::cancel : Verb::view;
    out.push_back(attack);
  }

  static Action& present(Action& action, std::string code, Presented presented) {
    action.code = std::move(code);
    action.presented = presented;
    return action;
  }
  /// A code of the same length that is certainly another one.
  static std::string wrong(std::string right) {
    if (right.empty()) return "0000000000";
    right.back() = right.back() == '9' ? '0' : static_cast<char>(right.back() + 1);
    return right;
  }
};

}  // namespace ringfence::search
