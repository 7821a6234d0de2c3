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
  /// The channel that `verify_channel` or `claim_login` is about; other flows have their own.
  ChannelKind channel = ChannelKind::phone;
  /// What `confirm_operation` is for, as the host names it: 1–128 bytes of UTF-8. Empty for others.
  std::string operation = {};
};

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

/// Settings of `prove_target`.
struct TargetOptions {
  /// If another account is associated with the new address, go on for verification only. If false
  /// the proof is kept and the flow waits in `confirm_target`.
  bool accept_verification_only = true;
};

namespace detail {

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

/// Whether a step on the flow may send to the account's own address.
inline bool sends_own(const Records& records, const FlowHandle& handle) {
  const auto* account = records.get<Account>(handle.account);
  if (account == nullptr) return false;
  return std::any_of(account->flows.begin(), account->flows.end(), [&](const Flow& flow) {
    return flow.id == handle.flow && row_of(flow.kind).target == TargetProof::own_address;
  });
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
  const Address destination = destination_of(edit.account, flow).value();
  const TimeMs next_try = next_try_at(edit.account, role, destination, edit.policy(), edit.now());
  if (next_try > edit.now()) return limited_until(next_try, "too many wrong codes");
  if (!flow.challenge || !live(*flow.challenge, flow, edit.now())) {
    FlowView view = view_of(edit.account, flow, edit.context);
    view.verdict = Verdict::no_live_code;
    return Decision<FlowView>(ChangeSet{}, std::move(view));
  }
  const auto right = derive_code(edit.account.key, flow, role, *flow.challenge, edit.context.keys);
  if (!right) return right.error();
  const SecretText typed = typed_code(code.reveal());
  if (!crypto::equal(right.value().reveal(), typed.reveal())) return charge(edit);
  clear_failures(edit.account, role, destination);
  return accepted(edit);
}

/// The reply of a step that went on.
inline Decision<FlowView> reply(FlowEdit& edit, Verdict verdict) {
  FlowView view = view_of(edit.account, *edit.flow, edit.context);
  view.verdict = verdict;
  return edit.commit(std::move(view));
}

/// The channel's present address is to be proven: a code goes there, unless a limit forbids it now.
/// Then no code is live, and a resend is due when the view says: the right code that led here must
/// not be refused (A02).
inline void prove_own_address(FlowEdit& edit, const Call& call) {
  Flow& flow = *edit.flow;
  flow.step = FlowStep::prove_target;
  flow.target = edit.account.channel(flow.channel).address;
  flow.challenge.reset();
  static_cast<void>(send_code(edit, call));  // refuses with `limited`, and nothing else
}

/// Identity is proven, or need not be: the flow goes on to its target, or has its effect.
inline void go_on(FlowEdit& edit, const Call& call) {
  Flow& flow = *edit.flow;
  flow.challenge.reset();
  flow.expires_at = edit.now() + flow.terms.flow_ttl_ms;
  switch (row_of(flow.kind).target) {
    case TargetProof::new_address:
      flow.step = FlowStep::set_target;
      break;
    case TargetProof::own_address:
      prove_own_address(edit, call);
      break;
    case TargetProof::none:
      take_effect(edit);
      break;
  }
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

inline result<void> check_begin(FlowKind kind, Method method, const BeginOptions& options) {
  const auto refuse = [](const char* why) { return failure(ErrorCode::invalid_argument, why); };
  const auto is_channel = [](ChannelKind one) {
    return one == ChannelKind::phone || one == ChannelKind::email;
  };
  if (!is_channel(method)) return refuse("a method is phone or email");
  if (!is_channel(options.channel)) return refuse("a channel is phone or email");
  const bool named = kind == FlowKind::confirm_operation;
  if (!valid_text(options.operation, named ? 1 : 0, named ? 128 : 0) ||
      printable(options.operation) != options.operation) {
    return refuse(
        "an operation has 1 to 128 bytes of printable UTF-8, and only confirm_operation has one");
  }
  return ok();
}

/// Whether the account's channel is one the flow can be about.
inline result<void> check_channel(const Account& account, const FlowRow& row, ChannelKind kind,
                                  const Policy& policy) {
  const Channel& channel = account.channel(kind);
  const auto refuse = [](const char* why) { return failure(ErrorCode::nothing_to_prove, why); };
  if (row.effect == Effect::verify_channel) {
    if (!channel.address) return refuse("the channel has no address; add one by changing it");
    if (channel.verified()) return refuse("the channel is verified already");
  }
  if (row.effect == Effect::claim_login) {
    if (!channel.verified()) return refuse("only a verified address can be logged in with");
    if (channel.login_claim) return refuse("the account may log in with this address already");
    if (!policy_of(policy, kind).login) return refuse("the policy lets nobody log in with it");
  }
  return ok();
}

/// Whether a proof of identity comes first: never by session alone (R09), and whenever there is a
/// channel that could give it (A48).
inline bool asks_identity(const Account& account, const FlowRow& row) {
  if (row.identity != IdentityProof::if_any_verified)
    return row.identity == IdentityProof::required;
  return account.channels[0].verified() || account.channels[1].verified();
}

/// Whether a method can prove identity now.
inline result<void> check_method(const Account& account, Method method, const Policy& policy) {
  if (verification_badge(account, method, policy).usable) return ok();
  const Method other = method == Method::phone ? Method::email : Method::phone;
  if (verification_badge(account, other, policy).usable) {
    return failure(ErrorCode::method_unavailable,
                   "this method cannot prove identity now; choose the other one");
  }
  return failure(ErrorCode::no_method_available,
                 "no method can prove identity; the way on is an appeal");
}

}  // namespace detail

/// Begins a flow. A code goes to the chosen channel of the account if identity is to be proven,
/// else to the channel the flow is about. A running flow of the same kind is replaced and its codes
/// are void; `confirm_operation` replaces only the one for the same operation in the same session.
inline Step<FlowView> begin(FlowKind kind, const AccountKey& key, Method method, const Call& call,
                            const BeginOptions& options = {}) {
  const FlowRow& row = row_of(kind);
  const ChannelKind channel = row.channel.value_or(options.channel);
  const auto needs = [=](const Records& records) {
    std::vector<Key> keys = source_key(key, call);
    keys.emplace_back(key);
    const auto* account = records.get<Account>(key);
    if (account != nullptr && row_of(kind).target == TargetProof::own_address) {
      const auto& own = account->channel(channel).address;
      if (own) keys.emplace_back(AddressKey{key.realm, *own});
    }
    return keys;
  };
  const auto decide = [=](const Records& records, const Context& context) -> Decision<FlowView> {
    if (const auto valid = check_call(key, call); !valid) return valid.error();
    if (const auto valid = detail::check_begin(kind, method, options); !valid) return valid.error();
    const auto* found = records.get<Account>(key);
    if (found == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    FlowEdit edit(records, context, *found);
    edit.request = request_digest(key, call);
    edit.step = step_digest("begin", {},
                            std::string(name(kind)) + " " + std::string(name(method)) + " " +
                                std::string(name(options.reason)) + " " +
                                std::string(name(channel)) + " " + options.operation);
    if (auto repeated = repeated_reply(edit.account, edit.request, edit.step))
      return *std::move(repeated);
    const FlowRow& flow_row = row_of(kind);
    const Policy& policy = context.policy;
    if (const auto open = check_open(edit.account, flow_row, policy); !open) return open.error();
    if (flow_row.by_appeal && !appeal_open(edit.account, context.now))
      return failure(ErrorCode::appeal_not_found, "no appeal is approved and open");
    if (const auto fits = detail::check_channel(edit.account, flow_row, channel, policy); !fits)
      return fits.error();
    const bool identity = detail::asks_identity(edit.account, flow_row);
    if (identity) {
      if (const auto usable = detail::check_method(edit.account, method, policy); !usable)
        return usable.error();
    }

    const Id128 session = session_digest(key, call);
    std::erase_if(edit.account.flows, [&](const Flow& flow) {
      return flow.kind == kind && flow.running() &&
             (kind != FlowKind::confirm_operation ||
              (flow.operation == options.operation && flow.session == session));
    });
    edit.account.flows.push_back(Flow{.id = edit.draft.draw().id(),
                                      .kind = kind,
                                      .step = FlowStep::prove_identity,
                                      .session = session,
                                      .method = method,
                                      .channel = channel,
                                      .operation = options.operation,
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
    if (identity) {
      if (const auto sent = send_code(edit, call); !sent) return sent.error();
    } else {
      detail::go_on(edit, call);
      // Nothing was proven yet that a refusal could betray: it says until when.
      if (edit.flow->step == FlowStep::prove_target && !edit.flow->challenge) {
        if (const auto sent = send_code(edit, call); !sent) return sent.error();
      }
    }
    return detail::reply(edit, Verdict::not_asked);
  };
  return {needs, decide};
}

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
          return detail::prove(edit, code, [&](FlowEdit& proven) {
            detail::go_on(proven, call);
            return detail::reply(proven, Verdict::accepted);
          });
        });
  };
  return {needs, decide};
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
            const TimeMs resend_at = flow.challenge.value().issued_at + flow.terms.resend_after_ms;
            if (resend_at > context.now)
              return limited_until(resend_at, "a code was sent there a moment ago");
          }
          flow.step = FlowStep::prove_target;
          flow.target = target;
          flow.target_proven_at = 0;
          if (const auto sent = send_code(edit, call); !sent) return sent.error();
          return detail::reply(edit, Verdict::not_asked);
        });
  };
  return {needs, decide};
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
inline Step<FlowView> confirm_target(const FlowHandle& handle, const Call& call) {
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
inline Step<FlowView> resend(const FlowHandle& handle, const Call& call) {
  const auto needs = [=](const Records& records) {
    return detail::flow_needs(records, handle, call, true, false);
  };
  const auto decide = [=](const Records& records, const Context& context) {
    return detail::on_flow(
        records, context, handle, call, Command::resend, "",
        [&](FlowEdit& edit) -> Decision<FlowView> {
          // A flow whose first code could not be sent has none to wait for.
          const auto& challenge = edit.flow->challenge;
          const TimeMs resend_at =
              challenge ? challenge->issued_at + edit.flow->terms.resend_after_ms : 0;
          if (resend_at > context.now)
            return limited_until(resend_at, "a code was sent there a moment ago");
          if (const auto sent = send_code(edit, call); !sent) return sent.error();
          return detail::reply(edit, Verdict::not_asked);
        });
  };
  return {needs, decide};
}

/// Ends a flow without an effect; its codes are void.
inline Step<FlowView> cancel(const FlowHandle& handle, const Call& call) {
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
inline Step<FlowView> view(const FlowHandle& handle, const Call& call) {
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
