#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringfence/workflow/effect.h"
#include "ringfence/workflow/flow_edit.h"

/// The steps of every flow, each a pure function (DOMAIN 4). The flow's row in the flow table tells
/// them apart.
namespace ringfence::workflow {

/// Settings of `begin`.
struct BeginOptions {
  ChangeReason reason = ChangeReason::number_changed;
};

/// Settings of `prove_target`.
struct TargetOptions {
  /// If another account is associated with the new address, go on for verification only. If false
  /// the proof is kept and the flow waits in `confirm_target`.
  bool accept_verification_only = true;
};

namespace detail {

/// The records a step on a running flow reads besides the account: its source, and the addresses
/// its effect would touch. Known once the account is loaded, whatever code was presented.
inline std::vector<Key> flow_needs(const Records& records, const FlowHandle& handle,
                                   const Call& call, bool sends, bool affects) {
  std::vector<Key> keys = {handle.account};
  if (sends) {
    for (Key& key : source_key(handle.account, call)) keys.push_back(std::move(key));
  }
  const auto* account = records.get<Account>(handle.account);
  if (account == nullptr) return keys;
  for (const Flow& flow : account->flows) {
    if (flow.id != handle.flow || !flow.target) continue;
    keys.emplace_back(AddressKey{handle.account.realm, *flow.target});
    const Channel& present = account->channel(row_of(flow.kind).target);
    if (affects && present.verified() && *present.address != *flow.target) {
      keys.emplace_back(AddressKey{handle.account.realm, *present.address});
    }
  }
  return keys;
}

/// Runs `body` on the flow if it is there, belongs to the session, and takes the command; refuses
/// otherwise. A request that was answered before gets its answer; a finished flow repeats its
/// result (DOMAIN 4).
template <class Body>
Decision<FlowView> on_flow(const Records& records, const Context& context, const FlowHandle& handle,
                           const Call& call, Command command, std::string_view argument,
                           const Body& body) {
  if (const auto valid = check_call(handle.account, call); !valid) return valid.error();
  const auto not_found = [] {
    return failure(ErrorCode::flow_not_found, "no such flow; begin again");
  };
  const auto* found = records.get<Account>(handle.account);
  if (found == nullptr) return not_found();
  FlowEdit edit(records, context, *found);
  edit.request = request_digest(handle.account, call);
  edit.step = step_digest(name(command), handle.flow, argument);
  if (auto repeated = repeated_reply(edit.account, edit.request, edit.step))
    return *std::move(repeated);

  for (Flow& flow : edit.account.flows) {
    if (flow.id == handle.flow) edit.flow = &flow;
  }
  if (edit.flow == nullptr) return not_found();
  Flow& flow = *edit.flow;
  if (flow.session != session_digest(handle.account, call)) {
    return failure(ErrorCode::session_mismatch,
                   "the flow was begun in another session; begin again in this one");
  }
  const bool asks_result = command == Command::view || command == Command::prove_target ||
                           command == Command::confirm_target;
  if (flow.step == FlowStep::done && asks_result) {
    if (flow.ended_at <= context.now - context.policy.result_kept_ms) return not_found();
    FlowView view = view_of(edit.account, flow, context);
    view.verdict = command == Command::prove_target ? Verdict::accepted : Verdict::not_asked;
    view.repeated = true;
    return Decision<FlowView>(ChangeSet{}, std::move(view));
  }
  if (flow.step == FlowStep::failed && asks_result)
    return failure(flow.failure, "the flow has ended");
  if (const auto open = check_open(edit.account, context.policy); !open) return open.error();
  if (flow.running() && flow.epoch != edit.account.epoch) return not_found();
  if (flow.running() && over(flow, edit.account, context.now)) {
    return failure(ErrorCode::flow_expired, "the flow took too long; begin again");
  }
  if (!takes(flow.step, command)) {
    return failure(ErrorCode::wrong_step, "the flow is in step " + std::string(name(flow.step)));
  }
  return body(edit);
}

/// A wrong code: charged to the challenge and to the account, and the account is locked at the
/// limit (R04).
inline Decision<FlowView> charge(FlowEdit& edit) {
  Flow& flow = *edit.flow;
  Account& account = edit.account;
  ++flow.challenge->tries_used;
  const int failures =
      charge_failure(account, role_of(flow), flow.challenge->destination, edit.now());
  if (failures >= edit.policy().failures_to_lock) {
    account.status = AccountStatus::locked;
    const Fields fields = {{"reason", "too_many_failures"}};
    edit.draft.send(event(account.key, "account_locked", fields, edit.policy(), edit.now()));
    tell_everyone(edit.draft, account, "account_locked", fields, edit.policy(), edit.now());
  }
  FlowView view = view_of(account, flow, edit.context);
  view.verdict = Verdict::rejected;
  return edit.commit(std::move(view));
}

/// Checks a presented code and goes on with `accepted` if it is right. What is known of the code
/// before the commit stays inside the decision.
template <class Accepted>
Decision<FlowView> prove(FlowEdit& edit, const SecretText& code, const Accepted& accepted) {
  Flow& flow = *edit.flow;
  const Role role = role_of(flow);
  const Challenge& challenge = flow.challenge.value();
  const TimeMs next_try =
      next_try_at(edit.account, role, challenge.destination, edit.policy(), edit.now());
  if (next_try > edit.now()) return limited_until(next_try, "too many wrong codes");
  if (!live(challenge, flow, edit.now())) {
    FlowView view = view_of(edit.account, flow, edit.context);
    view.verdict = Verdict::no_live_code;
    return Decision<FlowView>(ChangeSet{}, std::move(view));
  }
  const auto right = derive_code(edit.account.key, flow, role, challenge, edit.context.keys);
  if (!right) return right.error();
  const SecretText typed = typed_code(code.reveal());
  if (!crypto::equal(right.value().reveal(), typed.reveal())) return charge(edit);
  clear_failures(edit.account, role, challenge.destination);
  return accepted(edit);
}

/// The target is proven: make the change, or say why it ends or waits.
inline Decision<FlowView> settle_target(FlowEdit& edit, bool accept_verification_only,
                                        Verdict verdict) {
  Flow& flow = *edit.flow;
  const AddressKey key{edit.account.key.realm, flow.target.value()};
  const AddressEntry entry = entry_of(edit.records, key);
  edit.draft.expect(key);
  if (at_capacity(entry, edit.policy())) {
    flow.step = FlowStep::failed;
    flow.failure = ErrorCode::address_at_capacity;
    flow.ended_at = edit.now();
    flow.challenge.reset();
    const Failure refusal =
        failure(ErrorCode::address_at_capacity, "the address has as many accounts as allowed");
    return edit.commit(view_of(edit.account, flow, edit.context), &refusal);
  }
  if (!accept_verification_only &&
      associated_elsewhere(entry, edit.account.key, edit.policy(), edit.now())) {
    flow.step = FlowStep::confirm_target;
    flow.challenge.reset();
  } else {
    swap_channel(edit);
  }
  FlowView view = view_of(edit.account, flow, edit.context);
  view.verdict = verdict;
  return edit.commit(std::move(view));
}

}  // namespace detail

/// Begins a flow: sends a code to the chosen channel of the account. A running flow of the same
/// kind is replaced and its codes are void.
inline Step<FlowView> begin(FlowKind kind, AccountKey key, Method method, Call call,
                            BeginOptions options = {}) {
  const auto needs = [key, call](const Records&) {
    std::vector<Key> keys = source_key(key, call);
    keys.emplace_back(key);
    return keys;
  };
  const auto decide = [=](const Records& records, const Context& context) -> Decision<FlowView> {
    if (const auto valid = check_call(key, call); !valid) return valid.error();
    if (method != Method::phone && method != Method::email) {
      return failure(ErrorCode::invalid_argument, "a method is phone or email");
    }
    const auto* found = records.get<Account>(key);
    if (found == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    FlowEdit edit(records, context, *found);
    edit.request = request_digest(key, call);
    edit.step = step_digest("begin", {},
                            std::string(name(kind)) + " " + std::string(name(method)) + " " +
                                std::string(name(options.reason)));
    if (auto repeated = repeated_reply(edit.account, edit.request, edit.step))
      return *std::move(repeated);
    if (const auto open = check_open(edit.account, context.policy); !open) return open.error();
    if (!verification_badge(edit.account, method, context.policy).usable) {
      const Method other = method == Method::phone ? Method::email : Method::phone;
      if (verification_badge(edit.account, other, context.policy).usable) {
        return failure(ErrorCode::method_unavailable,
                       "this method cannot prove identity now; choose the other one");
      }
      return failure(ErrorCode::no_method_available,
                     "no method can prove identity; the way on is an appeal");
    }
    std::erase_if(edit.account.flows,
                  [&](const Flow& flow) { return flow.kind == kind && flow.running(); });
    const Policy& policy = context.policy;
    edit.account.flows.push_back(Flow{.id = edit.draft.draw().id(),
                                      .kind = kind,
                                      .step = FlowStep::prove_identity,
                                      .session = session_digest(key, call),
                                      .method = method,
                                      .reason = options.reason,
                                      .epoch = edit.account.epoch,
                                      .terms = {.code_digits = policy.code_digits,
                                                .tries_per_code = policy.tries_per_code,
                                                .code_ttl_ms = policy.code_ttl_ms,
                                                .resend_after_ms = policy.resend_after_ms,
                                                .flow_ttl_ms = policy.flow_ttl_ms},
                                      .began_at = context.now,
                                      .expires_at = context.now + policy.flow_ttl_ms});
    edit.flow = &edit.account.flows.back();
    const Address own = edit.account.channel(method).address.value();
    if (const auto sent = send_code(edit, own, call); !sent) return sent.error();
    FlowView view = view_of(edit.account, *edit.flow, context);
    return edit.commit(std::move(view));
  };
  return {needs, decide};
}

/// Presents the code that was sent to the account's own channel. Right: the flow goes on, and its
/// time begins anew.
inline Step<FlowView> prove_identity(FlowHandle handle, SecretText code, Call call) {
  const auto needs = [key = handle.account](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(
        records, context, handle, call, Command::prove_identity, "",
        [&](FlowEdit& edit) -> Decision<FlowView> {
          if (!verification_badge(edit.account, edit.flow->method, context.policy).usable) {
            return failure(ErrorCode::method_unavailable,
                           "this method can no longer prove identity; begin with the other one");
          }
          return detail::prove(edit, code, [](FlowEdit& proven) {
            Flow& flow = *proven.flow;
            flow.step = FlowStep::set_target;
            flow.challenge.reset();
            flow.expires_at = proven.now() + flow.terms.flow_ttl_ms;
            FlowView view = view_of(proven.account, flow, proven.context);
            view.verdict = Verdict::accepted;
            return proven.commit(std::move(view));
          });
        });
  };
  return {needs, decide};
}

/// Sets the new address, or corrects it, and sends a code there. The code for a former target is
/// void.
inline Step<FlowView> set_target(FlowHandle handle, Address target, Call call) {
  const auto needs = [=](const Records&) {
    std::vector<Key> keys = source_key(handle.account, call);
    keys.emplace_back(handle.account);
    keys.emplace_back(AddressKey{handle.account.realm, target});
    return keys;
  };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(
        records, context, handle, call, Command::set_target, target.text(),
        [&](FlowEdit& edit) -> Decision<FlowView> {
          Flow& flow = *edit.flow;
          const ChannelKind channel = row_of(flow.kind).target;
          if (target.kind() != channel) {
            return failure(channel == ChannelKind::phone ? ErrorCode::invalid_number
                                                         : ErrorCode::invalid_email,
                           "this flow changes the " + std::string(name(channel)));
          }
          if (edit.account.channel(channel).address == target) {
            return failure(ErrorCode::same_address, "this is the present address");
          }
          // Setting the same target once more is a resend under another name.
          if (flow.step == FlowStep::prove_target && flow.target == target) {
            const TimeMs resend_at = flow.challenge.value().issued_at + flow.terms.resend_after_ms;
            if (resend_at > context.now)
              return limited_until(resend_at, "a code was sent there a moment ago");
          }
          flow.step = FlowStep::prove_target;
          flow.target = target;
          flow.target_proven_at = 0;
          if (const auto sent = send_code(edit, target, call); !sent) return sent.error();
          FlowView view = view_of(edit.account, flow, context);
          return edit.commit(std::move(view));
        });
  };
  return {needs, decide};
}

/// Presents the code that was sent to the new address. Right: the change happens, or ends at the
/// address's capacity, or waits in `confirm_target`.
inline Step<FlowView> prove_target(FlowHandle handle, SecretText code, Call call,
                                   TargetOptions options = {}) {
  const auto needs = [=](const Records& records) {
    return detail::flow_needs(records, handle, call, false, true);
  };
  const auto decide = [=](const Records& records, const Context& context) {
    const std::string_view argument =
        options.accept_verification_only ? "accept_verification_only" : "";
    return detail::on_flow(records, context, handle, call, Command::prove_target, argument,
                           [&](FlowEdit& edit) {
                             return detail::prove(edit, code, [&](FlowEdit& proven) {
                               proven.flow->target_proven_at = proven.now();
                               return detail::settle_target(
                                   proven, options.accept_verification_only, Verdict::accepted);
                             });
                           });
  };
  return {needs, decide};
}

/// Goes on although the proven address serves for verification only. Decided again: if the address
/// has become free meanwhile it serves for login too.
inline Step<FlowView> confirm_target(FlowHandle handle, Call call) {
  const auto needs = [=](const Records& records) {
    return detail::flow_needs(records, handle, call, false, true);
  };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(
        records, context, handle, call, Command::confirm_target, "",
        [&](FlowEdit& edit) { return detail::settle_target(edit, true, Verdict::not_asked); });
  };
  return {needs, decide};
}

/// Sends a fresh code to where the present one went; the present one is void (R20).
inline Step<FlowView> resend(FlowHandle handle, Call call) {
  const auto needs = [=](const Records& records) {
    return detail::flow_needs(records, handle, call, true, false);
  };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(
        records, context, handle, call, Command::resend, "",
        [&](FlowEdit& edit) -> Decision<FlowView> {
          const TimeMs resend_at =
              edit.flow->challenge.value().issued_at + edit.flow->terms.resend_after_ms;
          if (resend_at > context.now)
            return limited_until(resend_at, "a code was sent there a moment ago");
          const Address destination = edit.flow->challenge->destination;
          if (const auto sent = send_code(edit, destination, call); !sent) return sent.error();
          FlowView view = view_of(edit.account, *edit.flow, context);
          return edit.commit(std::move(view));
        });
  };
  return {needs, decide};
}

/// Ends a flow without an effect; its codes are void.
inline Step<FlowView> cancel(FlowHandle handle, Call call) {
  const auto needs = [key = handle.account](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(
        records, context, handle, call, Command::cancel, "", [&](FlowEdit& edit) {
          edit.flow->step = FlowStep::cancelled;
          edit.flow->ended_at = context.now;
          edit.flow->challenge.reset();
          FlowView view = view_of(edit.account, *edit.flow, context);
          std::erase_if(edit.account.flows,
                        [&](const Flow& flow) { return flow.id == handle.flow; });
          return edit.commit(std::move(view));
        });
  };
  return {needs, decide};
}

/// Shows a flow. Changes nothing.
inline Step<FlowView> view(FlowHandle handle, Call call) {
  const auto needs = [key = handle.account](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(records, context, handle, call, Command::view, "",
                           [&](FlowEdit& edit) -> Decision<FlowView> {
                             return Decision<FlowView>(
                                 ChangeSet{}, view_of(edit.account, *edit.flow, edit.context));
                           });
  };
  return {needs, decide};
}

}  // namespace ringfence::workflow
