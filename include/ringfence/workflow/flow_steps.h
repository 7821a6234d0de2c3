#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringfence/model/flow_options.h"
#include "ringfence/workflow/effect.h"
#include "ringfence/workflow/flow_edit.h"

/// The steps of a flow that has begun, each a pure function (DOMAIN 4). The flow's row in the flow
/// table tells them apart.
namespace ringfence::workflow {

/// A new address as it was typed, read both as a number and as an email: which one is meant the
/// flow knows.
struct TypedAddress {
  result<Address> as_phone;
  result<Address> as_email;

  TypedAddress(result<Address> phone, result<Address> email)
      : as_phone(std::move(phone)), as_email(std::move(email)) {}
  /// An address that was read already.
  TypedAddress(const Address& address)
      : as_phone(address.kind() == ChannelKind::phone
                     ? result<Address>(address)
                     : failure(ErrorCode::invalid_number, "this flow sets a phone")),
        as_email(address.kind() == ChannelKind::email
                     ? result<Address>(address)
                     : failure(ErrorCode::invalid_email, "this flow sets an email")) {}

  const result<Address>& as(ChannelKind kind) const {
    return kind == ChannelKind::phone ? as_phone : as_email;
  }
};

namespace detail {

/// The flow, if it is there.
inline const Flow* find_flow(const Records& records, const FlowHandle& handle) {
  const auto* account = records.get<Account>(handle.account);
  if (account == nullptr) return nullptr;
  for (const Flow& flow : account->flows) {
    if (flow.id == handle.flow) return &flow;
  }
  return nullptr;
}

/// Whether one more channel has to prove identity after the one that does now.
inline bool another_proof_follows(const Flow& flow) {
  return std::cmp_greater(flow.terms.identity_proofs, flow.proven.size() + 1);
}
inline Method other_than(Method method) {
  return method == Method::phone ? Method::email : Method::phone;
}

/// The records a step on a running flow reads besides the account: its source, the address it may
/// send to, and those its effect would touch. Known once the account is loaded, whatever code was
/// presented.
inline std::vector<Key> flow_needs(const Records& records, const FlowHandle& handle,
                                   const Call& call, bool sends, bool affects) {
  std::vector<Key> keys = {handle.account};
  if (sends) {
    for (Key& key : source_key(handle.account, call)) keys.push_back(std::move(key));
  }
  const auto* account = records.get<Account>(handle.account);
  if (account == nullptr) return keys;
  for (const Flow& flow : account->flows) {
    if (flow.id != handle.flow) continue;
    const Channel& present = account->channel(flow.channel);
    const auto target =
        row_of(flow.kind).target == TargetProof::own_address ? present.address : flow.target;
    if (!target) continue;
    keys.emplace_back(AddressKey{handle.account.realm, *target});
    if (affects && present.verified() && *present.address != *target) {
      keys.emplace_back(AddressKey{handle.account.realm, *present.address});
    }
  }
  return keys;
}

/// Whether a proof of identity on the flow is followed by a code to an own channel.
inline bool sends_own(const Records& records, const FlowHandle& handle) {
  const Flow* flow = find_flow(records, handle);
  return flow != nullptr &&
         (row_of(flow->kind).target == TargetProof::own_address || another_proof_follows(*flow));
}

/// What to ask before a step on the flow: before the proof that may complete it, and before a code
/// goes to a telephone; `target` is the one that is being set. Nothing for a call that will be
/// refused anyway: asking costs.
inline std::optional<RiskQuestion> question(const Records& records, const FlowHandle& handle,
                                            const Call& call, Command command,
                                            const Address* target = nullptr) {
  const Flow* flow = find_flow(records, handle);
  if (flow == nullptr || flow->session != session_digest(handle.account, call)) return {};
  const Account& account = *records.get<Account>(handle.account);
  const FlowRow& row = row_of(flow->kind);
  if (flow->epoch != account.epoch || !takes(row, flow->step, command)) return {};
  RiskQuestion out{.account = handle.account,
                   .flow = flow->kind,
                   .session = call.session,
                   .source = call.source,
                   .trace_id = call.trace_id};
  const auto number_of = [&](Method method) -> std::optional<PhoneNumber> {
    const auto& address = account.channel(method).address;
    if (!address || address->phone() == nullptr) return {};
    return *address->phone();
  };
  const bool last_identity = command == Command::prove_identity && !another_proof_follows(*flow);
  if (command == Command::prove_target || command == Command::confirm_target ||
      (last_identity && row.target == TargetProof::none)) {
    out.moment = RiskMoment::before_effect;
    const bool by_phone =
        std::find(flow->proven.begin(), flow->proven.end(), Method::phone) != flow->proven.end() ||
        (last_identity && flow->method == Method::phone);
    if (by_phone) out.number = number_of(Method::phone);
    return out;
  }
  if (command == Command::set_target) {
    if (target != nullptr && target->phone() != nullptr) out.number = *target->phone();
  } else if (command == Command::resend) {
    const auto destination = destination_of(account, *flow);
    if (destination && destination->phone() != nullptr) out.number = *destination->phone();
  } else if (command == Command::prove_identity) {
    if (!last_identity)
      out.number = number_of(other_than(flow->method));
    else if (row.target == TargetProof::own_address)
      out.number = number_of(flow->channel);
  }
  if (!out.number) return {};
  return out;
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
  const FlowRow& row = row_of(flow.kind);
  const Command last_proof =
      row.target == TargetProof::none ? Command::prove_identity : Command::prove_target;
  const bool asks_result =
      command == Command::view || command == last_proof || command == Command::confirm_target;
  if (flow.step == FlowStep::done && asks_result) {
    if (flow.ended_at <= context.now - context.policy.result_kept_ms) return not_found();
    FlowView view = view_of(edit.account, flow, context);
    view.verdict = command == last_proof ? Verdict::accepted : Verdict::not_asked;
    view.repeated = true;
    return Decision<FlowView>(ChangeSet{}, std::move(view));
  }
  if (flow.step == FlowStep::failed && asks_result)
    return failure(flow.failure, "the flow has ended");
  if (const auto open = check_open(edit.account, row, context.policy); !open) return open.error();
  if (row.by_appeal && !appeal_open(edit.account, context.now))
    return failure(ErrorCode::appeal_not_found, "the appeal is no longer approved and open");
  if (flow.running() && flow.epoch != edit.account.epoch) return not_found();
  if (flow.running() && over(flow, edit.account, context.now)) {
    return failure(ErrorCode::flow_expired, "the flow took too long; begin again");
  }
  if (!takes(row, flow.step, command)) {
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
  edit.note("code_rejected", {{"role", std::string(name(role_of(flow)))}});
  const int failures =
      charge_failure(account, role_of(flow), flow.challenge->destination, edit.now());
  if (failures >= edit.policy().failures_to_lock) {
    account.status = AccountStatus::locked;
    edit.note("account_locked", {{"reason", "too_many_failures"}});
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
  const Address destination = destination_of(edit.account, flow).value();
  if (const auto open = check_failures(edit.account, role, destination, edit.policy()); !open)
    return open.error();
  const TimeMs next_try = next_try_at(edit.account, role, destination, edit.policy(), edit.now());
  if (next_try > edit.now()) return limited_until(next_try, "too many wrong codes");
  const auto no_live_code = [&] {
    FlowView view = view_of(edit.account, flow, edit.context);
    view.verdict = Verdict::no_live_code;
    return Decision<FlowView>(ChangeSet{}, std::move(view));
  };
  if (!flow.challenge || !live(*flow.challenge, flow, edit.now())) return no_live_code();
  const auto right = right_code(edit.account.key, flow, edit.context);
  if (!right) return right.error();
  if (!right.value()) return no_live_code();
  const SecretText typed = typed_code(code.reveal());
  if (!crypto::equal(right.value()->reveal(), typed.reveal())) return charge(edit);
  clear_failures(edit.account, role, destination);
  return accepted(edit);
}

/// The reply of a step that went on.
inline Decision<FlowView> reply(FlowEdit& edit, Verdict verdict) {
  FlowView view = view_of(edit.account, *edit.flow, edit.context);
  view.verdict = verdict;
  return edit.commit(std::move(view));
}

/// The channel's present address is to be proven: a code goes there. If a limit or a risk forbids
/// it now, no code is live, and a resend is due when the view says.
inline result<void> prove_own_address(FlowEdit& edit, const Call& call) {
  Flow& flow = *edit.flow;
  flow.step = FlowStep::prove_target;
  flow.target = edit.account.channel(flow.channel).address;
  flow.challenge.reset();
  return send_code(edit, call);
}

/// One method has proven identity and the other one has to as well: a code goes there, as
/// in `prove_own_address`.
inline result<void> prove_other_method(FlowEdit& edit, const Call& call) {
  Flow& flow = *edit.flow;
  flow.method = other_than(flow.method);
  flow.challenge.reset();
  return send_code(edit, call);
}

/// Identity is proven, or need not be: the flow goes on to its target, or has its effect. Refuses
/// if its next code could not be sent; it has gone on all the same.
inline result<void> go_on(FlowEdit& edit, const Call& call) {
  Flow& flow = *edit.flow;
  flow.challenge.reset();
  flow.expires_at = edit.now() + flow.terms.flow_ttl_ms;
  switch (row_of(flow.kind).target) {
    case TargetProof::new_address:
      flow.step = FlowStep::set_target;
      break;
    case TargetProof::own_address:
      return prove_own_address(edit, call);
    case TargetProof::none:
      take_effect(edit);
      break;
  }
  return ok();
}

/// The target is proven: make the change, or say why it ends or waits.
inline Decision<FlowView> settle_target(FlowEdit& edit, bool accept_verification_only,
                                        Verdict verdict) {
  Flow& flow = *edit.flow;
  const AddressKey key{edit.account.key.realm, flow.target.value()};
  const AddressEntry entry = entry_of(edit.records, key);
  edit.draft.expect(key);
  const bool joins = row_of(flow.kind).effect != Effect::claim_login;
  if (joins && at_capacity(entry, edit.policy())) {
    flow.step = FlowStep::failed;
    flow.failure = ErrorCode::address_at_capacity;
    flow.ended_at = edit.now();
    flow.challenge.reset();
    edit.note("flow_failed", {{"reason", std::string(name(flow.failure))}});
    const Failure refusal =
        failure(ErrorCode::address_at_capacity, "the address has as many accounts as allowed");
    return edit.commit(view_of(edit.account, flow, edit.context), &refusal);
  }
  if (joins && !accept_verification_only &&
      associated_elsewhere(entry, edit.account.key, edit.policy(), edit.now())) {
    flow.step = FlowStep::confirm_target;
    flow.challenge.reset();
  } else {
    take_effect(edit);
  }
  return reply(edit, verdict);
}

}  // namespace detail

/// Presents the code that was sent to the account's own channel. Right: the flow goes on, and its
/// time begins anew.
inline Step<FlowView> prove_identity(const FlowHandle& handle, const SecretText& code,
                                     const Call& call) {
  const auto needs = [=](const Records& records) {
    return detail::flow_needs(records, handle, call, detail::sends_own(records, handle), false);
  };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(
        records, context, handle, call, Command::prove_identity, "",
        [&](FlowEdit& edit) -> Decision<FlowView> {
          if (!verification_badge(edit.account, edit.flow->method, context.policy).usable) {
            return failure(ErrorCode::method_unavailable,
                           "this method can no longer prove identity; begin with the other one");
          }
          const bool more = detail::another_proof_follows(*edit.flow);
          if (!more && row_of(edit.flow->kind).target == TargetProof::none)
            if (const auto fine = check_risk(context); !fine) return fine.error();
          return detail::prove(edit, code, [&](FlowEdit& proven) {
            proven.flow->proven.push_back(proven.flow->method);
            proven.note("identity_proven", {{"method", std::string(name(proven.flow->method))}});
            // The right code that led here is not refused because the next may not go out (A02).
            static_cast<void>(more ? detail::prove_other_method(proven, call)
                                   : detail::go_on(proven, call));
            return detail::reply(proven, Verdict::accepted);
          });
        });
  };
  const auto ask = [=](const Records& records) {
    return detail::question(records, handle, call, Command::prove_identity);
  };
  return {"prove_identity", needs, decide, ask};
}

/// Sets the new address, or corrects it, and sends a code there. The code for a former target is
/// void.
inline Step<FlowView> set_target(const FlowHandle& handle, const TypedAddress& typed,
                                 const Call& call) {
  const auto needs = [=](const Records&) {
    std::vector<Key> keys = source_key(handle.account, call);
    keys.emplace_back(handle.account);
    for (const result<Address>* one : {&typed.as_phone, &typed.as_email}) {
      if (*one) keys.emplace_back(AddressKey{handle.account.realm, one->value()});
    }
    return keys;
  };
  const auto decide = [=](const Records& records, const Context& context) {
    const std::string argument = typed.as_phone   ? typed.as_phone.value().text()
                                 : typed.as_email ? typed.as_email.value().text()
                                                  : "";
    return detail::on_flow(
        records, context, handle, call, Command::set_target, argument,
        [&](FlowEdit& edit) -> Decision<FlowView> {
          Flow& flow = *edit.flow;
          if (!typed.as(flow.channel)) return typed.as(flow.channel).error();
          const Address& target = typed.as(flow.channel).value();
          if (edit.account.channel(flow.channel).address == target) {
            return failure(ErrorCode::same_address, "this is the present address");
          }
          // Setting the same target once more is a resend under another name.
          if (flow.step == FlowStep::prove_target && flow.target == target) {
            const TimeMs resend_at = replaceable_at(flow.challenge.value(), flow);
            if (resend_at > context.now)
              return limited_until(resend_at, "a code was sent there a moment ago");
          }
          flow.step = FlowStep::prove_target;
          flow.target = target;
          flow.target_proven_at = 0;
          edit.note("target_set", {{"channel", std::string(name(flow.channel))}},
                    {{"target", target.text()}});
          if (const auto sent = send_code(edit, call); !sent) return unsent(edit, sent.error());
          return detail::reply(edit, Verdict::not_asked);
        });
  };
  const auto ask = [=](const Records& records) {
    const Flow* flow = detail::find_flow(records, handle);
    const bool known = flow != nullptr && typed.as(flow->channel);
    return detail::question(records, handle, call, Command::set_target,
                            known ? &typed.as(flow->channel).value() : nullptr);
  };
  return {"set_target", needs, decide, ask};
}

/// Presents the code that was sent to the new address. Right: the change happens, or ends at the
/// address's capacity, or waits in `confirm_target`.
inline Step<FlowView> prove_target(const FlowHandle& handle, const SecretText& code,
                                   const Call& call, const TargetOptions& options = {}) {
  const auto needs = [=](const Records& records) {
    return detail::flow_needs(records, handle, call, false, true);
  };
  const auto decide = [=](const Records& records, const Context& context) {
    const std::string_view argument =
        options.accept_verification_only ? "accept_verification_only" : "";
    return detail::on_flow(records, context, handle, call, Command::prove_target, argument,
                           [&](FlowEdit& edit) -> Decision<FlowView> {
                             if (const auto fine = check_risk(context); !fine) return fine.error();
                             return detail::prove(edit, code, [&](FlowEdit& proven) {
                               proven.flow->target_proven_at = proven.now();
                               proven.note("target_proven");
                               return detail::settle_target(
                                   proven, options.accept_verification_only, Verdict::accepted);
                             });
                           });
  };
  const auto ask = [=](const Records& records) {
    return detail::question(records, handle, call, Command::prove_target);
  };
  return {"prove_target", needs, decide, ask};
}

/// Goes on although the proven address serves for verification only. Decided again: if the address
/// has become free meanwhile it serves for login too.
inline Step<FlowView> confirm_target(const FlowHandle& handle, const Call& call) {
  const auto needs = [=](const Records& records) {
    return detail::flow_needs(records, handle, call, false, true);
  };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(records, context, handle, call, Command::confirm_target, "",
                           [&](FlowEdit& edit) -> Decision<FlowView> {
                             if (const auto fine = check_risk(context); !fine) return fine.error();
                             edit.note("target_confirmed");
                             return detail::settle_target(edit, true, Verdict::not_asked);
                           });
  };
  const auto ask = [=](const Records& records) {
    return detail::question(records, handle, call, Command::confirm_target);
  };
  return {"confirm_target", needs, decide, ask};
}

/// Sends a fresh code to where the present one went; the present one is void (R20).
inline Step<FlowView> resend(const FlowHandle& handle, const Call& call,
                             const ResendOptions& options = {}) {
  const auto needs = [=](const Records& records) {
    return detail::flow_needs(records, handle, call, true, false);
  };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(
        records, context, handle, call, Command::resend, name(options.route),
        [&](FlowEdit& edit) -> Decision<FlowView> {
          if (options.route != Route::text) {
            if (options.route != Route::voice ||
                destination_of(edit.account, *edit.flow).value().phone() == nullptr) {
              return failure(ErrorCode::invalid_argument, "only a telephone can be called");
            }
            if (!context.policy.voice_calls)
              return failure(ErrorCode::method_unavailable, "the policy has no voice calls");
          }
          // A flow whose first code could not be sent has none to wait for.
          const auto& challenge = edit.flow->challenge;
          const TimeMs resend_at = challenge ? replaceable_at(*challenge, *edit.flow) : 0;
          if (resend_at > context.now)
            return limited_until(resend_at, "a code was sent there a moment ago");
          edit.note("code_resent", {{"role", std::string(name(role_of(*edit.flow)))},
                                    {"route", std::string(name(options.route))}});
          if (const auto sent = send_code(edit, call, options.route); !sent)
            return unsent(edit, sent.error());
          return detail::reply(edit, Verdict::not_asked);
        });
  };
  const auto ask = [=](const Records& records) {
    return detail::question(records, handle, call, Command::resend);
  };
  return {"resend", needs, decide, ask};
}

/// Ends a flow without an effect; its codes are void.
inline Step<FlowView> cancel(const FlowHandle& handle, const Call& call) {
  const auto needs = [key = handle.account](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(
        records, context, handle, call, Command::cancel, "", [&](FlowEdit& edit) {
          edit.note("flow_cancelled");
          edit.flow->step = FlowStep::cancelled;
          edit.flow->ended_at = context.now;
          edit.flow->challenge.reset();
          FlowView view = view_of(edit.account, *edit.flow, context);
          std::erase_if(edit.account.flows,
                        [&](const Flow& flow) { return flow.id == handle.flow; });
          return edit.commit(std::move(view));
        });
  };
  return {"cancel", needs, decide};
}

/// Shows a flow. Changes nothing.
inline Step<FlowView> view(const FlowHandle& handle, const Call& call) {
  const auto needs = [key = handle.account](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(records, context, handle, call, Command::view, "",
                           [&](FlowEdit& edit) -> Decision<FlowView> {
                             return Decision<FlowView>(
                                 ChangeSet{}, view_of(edit.account, *edit.flow, edit.context));
                           });
  };
  return {"view", needs, decide};
}

}  // namespace ringfence::workflow
