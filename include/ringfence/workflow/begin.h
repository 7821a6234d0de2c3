#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringfence/workflow/flow_steps.h"

/// Beginning a flow, of every kind (DOMAIN 4).
namespace ringfence::workflow {

/// Settings of `begin`.
struct BeginOptions {
  ChangeReason reason = ChangeReason::number_changed;
  /// The channel that `verify_channel` or `claim_login` is about; other flows have their own.
  ChannelKind channel = ChannelKind::phone;
  /// What `confirm_operation` is for, as the host names it: 1–128 bytes of printable UTF-8 without
  /// `@` and `#`. Empty for others.
  std::string operation = {};
};

namespace detail {

inline result<void> check_begin(FlowKind kind, Method method, const BeginOptions& options) {
  const auto refuse = [](const char* why) { return failure(ErrorCode::invalid_argument, why); };
  const auto is_channel = [](ChannelKind one) {
    return one == ChannelKind::phone || one == ChannelKind::email;
  };
  if (!is_channel(method)) return refuse("a method is phone or email");
  if (!is_channel(options.channel)) return refuse("a channel is phone or email");
  const bool named = kind == FlowKind::confirm_operation;
  // It stands in a text message whose last line is read by programs (R29).
  if (!valid_text(options.operation, named ? 1 : 0, named ? 128 : 0) ||
      printable(options.operation) != options.operation ||
      options.operation.find_first_of("@#") != std::string::npos) {
    return refuse(
        "an operation has 1 to 128 bytes of printable UTF-8 without @ and #, and only "
        "confirm_operation has one");
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

/// How many own channels have to prove identity. One is enough to add the second channel: else it
/// could never come.
inline int identity_proofs(const Account& account, const FlowRow& row, ChannelKind channel,
                           const Policy& policy) {
  if (!asks_identity(account, row)) return 0;
  const bool adds = row.effect != Effect::grant_operation && !account.channel(channel).verified();
  return policy.identity_assurance == IdentityAssurance::two_proofs && !adds ? 2 : 1;
}

/// Whether all that a proof of identity takes can be given now.
inline result<void> check_identity(const Account& account, Method method, int proofs,
                                   const Policy& policy, const Call& call) {
  RF_TRY_VOID(check_method(account, method, policy));
  if (proofs > 1 && !verification_badge(account, other_than(method), policy).usable) {
    return failure(ErrorCode::no_method_available,
                   "two proofs of identity are asked for and only one method is usable; add the "
                   "other channel, or the way on is an appeal");
  }
  if (policy.identity_assurance == IdentityAssurance::proof_and_factor &&
      call.attested_factor.empty()) {
    return failure(ErrorCode::factor_required,
                   "a further factor is asked for; check one and name it in "
                   "Call::attested_factor");
  }
  return ok();
}

/// What the audit trail tells of a flow that begins.
inline std::map<std::string, std::string> what_began(const Flow& flow) {
  std::map<std::string, std::string> facts = {{"kind", std::string(name(flow.kind))},
                                              {"channel", std::string(name(flow.channel))},
                                              {"reason", std::string(name(flow.reason))}};
  if (flow.terms.identity_proofs > 0) facts["method"] = name(flow.method);
  if (!flow.factor.empty()) facts["factor"] = flow.factor;
  return facts;
}

constexpr std::string_view begin_name(FlowKind kind) {
  constexpr std::array<std::string_view, flow_table.size()> names = {
      "begin_change_phone",      "begin_change_email", "begin_verify_channel",
      "begin_confirm_operation", "begin_claim_login",  "begin_replace_phone"};
  return names[static_cast<std::size_t>(kind)];
}
static_assert(!begin_name(flow_table.back().kind).empty());

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
    const int proofs = detail::identity_proofs(edit.account, flow_row, channel, policy);
    if (proofs > 0) {
      const auto usable = detail::check_identity(edit.account, method, proofs, policy, call);
      if (!usable) return usable.error();
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
                                      .factor = proofs > 0 ? call.attested_factor : "",
                                      .channel = channel,
                                      .operation = options.operation,
                                      .reason = options.reason,
                                      .epoch = edit.account.epoch,
                                      .terms = {.code_digits = policy.code_digits,
                                                .tries_per_code = policy.tries_per_code,
                                                .code_ttl_ms = policy.code_ttl_ms,
                                                .resend_after_ms = policy.resend_after_ms,
                                                .flow_ttl_ms = policy.flow_ttl_ms,
                                                .identity_proofs = proofs},
                                      .began_at = context.now,
                                      .expires_at = context.now + policy.flow_ttl_ms});
    edit.flow = &edit.account.flows.back();
    std::map<std::string, std::string> named;
    if (!options.operation.empty()) named["operation"] = options.operation;
    edit.note("flow_begun", detail::what_began(*edit.flow), std::move(named));
    // Nothing was proven yet that a refusal could betray: it says until when.
    const auto sent = proofs > 0 ? send_code(edit, call) : detail::go_on(edit, call);
    if (!sent) return unsent(edit, sent.error());
    return detail::reply(edit, Verdict::not_asked);
  };
  const auto ask = [=](const Records& records) -> std::optional<RiskQuestion> {
    const auto* account = records.get<Account>(key);
    if (account == nullptr || account->status == AccountStatus::closed) return {};
    const FlowRow& flow_row = row_of(kind);
    const bool identity = detail::asks_identity(*account, flow_row);
    if (!identity && flow_row.target != TargetProof::own_address) return {};
    if (call.session.empty() || (identity && !account->channel(method).verified())) return {};
    const auto& to = account->channel(identity ? method : channel).address;
    if (!to || to->phone() == nullptr) return {};
    return RiskQuestion{.account = key,
                        .flow = kind,
                        .number = *to->phone(),
                        .session = call.session,
                        .source = call.source,
                        .trace_id = call.trace_id};
  };
  return {detail::begin_name(kind), needs, decide, ask};
}

}  // namespace ringfence::workflow
