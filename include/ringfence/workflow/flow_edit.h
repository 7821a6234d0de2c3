#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "ringfence/step.h"
#include "ringfence/text.h"
#include "ringfence/workflow/association.h"
#include "ringfence/workflow/challenge.h"
#include "ringfence/workflow/draft.h"
#include "ringfence/workflow/failures.h"
#include "ringfence/workflow/flow_table.h"
#include "ringfence/workflow/notices.h"
#include "ringfence/workflow/settings_view.h"

/// What every step on a flow shares: finding it, refusing what does not fit, repeating what was
/// answered, charging sends.
namespace ringfence::workflow {

inline result<void> check_active(const Account& account) {
  if (account.status == AccountStatus::closed)
    return failure(ErrorCode::account_closed, "the account is closed");
  if (account.status == AccountStatus::locked)
    return failure(ErrorCode::account_locked, "the account is locked");
  return ok();
}

/// Whether an appeal was approved and may be used now.
inline bool appeal_open(const Account& account, TimeMs now) {
  return account.appeal && account.appeal->state == AppealState::approved &&
         now < account.appeal->open_until && account.appeal->decided_at <= now + max_clock_skew_ms;
}

/// What is kept of a dispute's reference.
inline Id128 dispute_digest(const AccountKey& account, const Id128& reference) {
  const std::string hex = reference.hex();
  const std::array<std::string_view, 4> fields = {"ringfence.dispute.1", account.realm, account.id,
                                                  hex};
  return crypto::digest(fields);
}

/// Whether the account takes the flow at all; checked again in every step (A12, R13).
inline result<void> check_open(const Account& account, const FlowRow& row, const Policy& policy) {
  if (account.status == AccountStatus::closed)
    return failure(ErrorCode::account_closed, "the account is closed");
  if (row.provider_manages && account.kind == AccountKind::federated) {
    Failure refusal =
        failure(ErrorCode::managed_elsewhere, "an outside identity provider manages this account");
    if (const auto link = policy.provider_links.find(account.provider);
        link != policy.provider_links.end()) {
      refusal.link = link->second;
    }
    return refusal;
  }
  return row.by_appeal ? result<void>(ok()) : check_active(account);
}

/// Whether the keys of a call are within their bounds. A flow without a session would belong to
/// everybody: refused.
inline result<void> check_call(const AccountKey& account, const Call& call) {
  if (!valid_text(account.id, 1, 128) || !valid_text(account.realm, 0, 128)) {
    return failure(ErrorCode::invalid_argument,
                   "an account id has 1 to 128 bytes of UTF-8 without NUL, a realm 0 to 128");
  }
  if (call.session.empty() || call.session.size() > 256) {
    return failure(ErrorCode::invalid_argument, "Call::session has 1 to 256 bytes");
  }
  if (!valid_text(call.source, 0, 128)) {
    return failure(ErrorCode::invalid_argument,
                   "Call::source has at most 128 bytes of UTF-8 without NUL");
  }
  if (call.request_id.size() > 128)
    return failure(ErrorCode::invalid_argument, "Call::request_id has at most 128 bytes");
  if (!valid_text(call.attested_factor, 0, 64) ||
      printable(call.attested_factor) != call.attested_factor) {
    return failure(ErrorCode::invalid_argument,
                   "Call::attested_factor has at most 64 bytes of printable UTF-8");
  }
  return ok();
}

inline Id128 session_digest(const AccountKey& account, const Call& call) {
  const std::array<std::string_view, 4> fields = {"ringfence.session.1", account.realm, account.id,
                                                  call.session};
  return crypto::digest(fields);
}

/// Names a request within its session; none if the caller gave no request id.
inline Id128 request_digest(const AccountKey& account, const Call& call) {
  if (call.request_id.empty()) return {};
  const std::array<std::string_view, 5> fields = {"ringfence.request.1", account.realm, account.id,
                                                  call.session, call.request_id};
  return crypto::digest(fields);
}

/// Names what was asked, codes left out. A request id belongs to one such question.
inline Id128 step_digest(std::string_view command, const Id128& flow, std::string_view argument) {
  const std::string flow_id = flow.hex();
  const std::array<std::string_view, 4> fields = {"ringfence.step.1", command, flow_id, argument};
  return crypto::digest(fields);
}

/// The reply this request got before, if it did.
inline std::optional<Decision<FlowView>> repeated_reply(const Account& account,
                                                        const Id128& request, const Id128& step) {
  if (request.empty()) return std::nullopt;
  for (const StoredReply& reply : account.replies) {
    if (reply.request != request) continue;
    if (reply.step != step) {
      return Decision<FlowView>(
          failure(ErrorCode::invalid_argument, "the request id was used for another step"));
    }
    if (reply.failure != ErrorCode::none) {
      return Decision<FlowView>(failure(reply.failure, "this request was answered before"));
    }
    FlowView view = reply.view;
    view.repeated = true;
    return Decision<FlowView>(ChangeSet{}, std::move(view));
  }
  return std::nullopt;
}

/// Whether the flow can still be gone on with.
inline bool over(const Flow& flow, const Account& account, TimeMs now) {
  return now >= flow.expires_at || flow.began_at > now + max_clock_skew_ms ||
         flow.epoch != account.epoch;
}

/// Whether what happened at `at` need not be remembered any more. What a wrong clock dated far
/// ahead is not remembered for ever (A31).
inline bool past(TimeMs at, TimeMs kept_ms, TimeMs now) {
  return at <= now - kept_ms || at > now + kept_ms;
}

/// Forgets what has ended: the account stays bounded in every part.
inline void tidy(Account& account, const Policy& policy, TimeMs now) {
  std::erase_if(account.flows, [&](const Flow& flow) {
    return flow.running()
               ? over(flow, account, now) && past(flow.expires_at, policy.result_kept_ms, now)
               : past(flow.ended_at, policy.result_kept_ms, now);
  });
  std::erase_if(account.flows,
                [&](const Flow& flow) { return flow.running() && flow.epoch != account.epoch; });
  std::erase_if(account.replies, [&](const StoredReply& reply) {
    return past(reply.at, policy.result_kept_ms, now);
  });
  std::erase_if(account.given_notices,
                [&](const GivenNotice& one) { return past(one.at, policy.result_kept_ms, now); });
  std::erase_if(account.former, [&](const FormerAddress& former) {
    return past(former.left_at, policy.former_address_told_ms, now);
  });
  std::erase_if(account.disputable, [&](const Disputable& one) {
    return now >= one.until || one.until > now + 30 * day_ms;
  });
  std::erase_if(account.grants, [&](const Grant& grant) {
    return now >= grant.expires_at || grant.given_at > now + max_clock_skew_ms;
  });
  const auto keep_last = [](auto& list, std::size_t most) {
    if (list.size() > most)
      list.erase(list.begin(), list.end() - static_cast<std::ptrdiff_t>(most));
  };
  // What has ended makes room before what runs.
  while (account.flows.size() > Account::max_flows) {
    const auto ended = std::find_if(account.flows.begin(), account.flows.end(),
                                    [](const Flow& flow) { return !flow.running(); });
    account.flows.erase(ended == account.flows.end() ? account.flows.begin() : ended);
  }
  keep_last(account.grants, Account::max_grants);
  // The first stays, as with former addresses below: changing often must not silence its owner.
  while (account.disputable.size() > Account::max_disputable)
    account.disputable.erase(account.disputable.begin() + 1);
  keep_last(account.replies, Account::max_replies);
  keep_last(account.given_notices, Account::max_given_notices);
  // The first owner stays: someone who changes the number often must not silence it (R14).
  while (account.former.size() > Account::max_former_addresses)
    account.former.erase(account.former.begin() + 1);
}

/// The channel of the account that has this address verified. Codes to it have a budget of their
/// own, which strangers cannot spend.
inline std::optional<ChannelKind> own_channel(const Account& account, const Address& address) {
  const Channel& channel = account.channel(address.kind());
  if (channel.verified() && *channel.address == address) return address.kind();
  return std::nullopt;
}

/// Where the codes of the flow's present step go: to the address in the store, or to the target
/// (A08). Nowhere if the step has none.
inline std::optional<Address> destination_of(const Account& account, const Flow& flow) {
  if (flow.running() && flow.step == FlowStep::prove_identity)
    return account.channel(flow.method).address;
  if (flow.running() && flow.step == FlowStep::prove_target) return flow.target;
  return std::nullopt;
}

/// The flow as its owner may see it.
inline FlowView view_of(const Account& account, const Flow& flow, const Context& context) {
  FlowView view{.handle = {account.key, flow.id},
                .kind = flow.kind,
                .channel = flow.channel,
                .step = flow.step};
  if (flow.running()) view.expires_at = flow.expires_at;
  view.change = flow.change;
  for (const Grant& grant : account.grants) {
    if (grant.flow == flow.id) view.granted = Granted{grant.operation, grant.expires_at};
  }
  view.verification_only = flow.step == FlowStep::confirm_target;
  const auto destination = destination_of(account, flow);
  if (!destination) return view;
  const Role role = role_of(flow);
  if (flow.challenge) view.sent_to = destination->masked();
  const TimeMs next_try = next_try_at(account, role, *destination, context.policy, context.now);
  if (next_try > context.now) view.limited_until = next_try;
  view.resend_at = next_try;
  if (const auto own = own_channel(account, *destination)) {
    view.resend_at =
        std::max(view.resend_at,
                 allowed_at(account.own_sends, context.policy.sends_to_own_channels, context.now));
  }
  if (flow.challenge) {
    view.resend_at = std::max(view.resend_at, replaceable_at(*flow.challenge, flow));
    view.not_delivered = flow.challenge->not_delivered;
    if (live(*flow.challenge, flow, context.now)) {
      view.code_expires_at = flow.challenge->expires_at;
      view.tries_left = std::min(flow.terms.tries_per_code - flow.challenge->tries_used,
                                 failures_left(account, role, *destination, context.policy));
    }
  }
  return view;
}

/// One step being decided on a copy of the account.
struct FlowEdit {
  FlowEdit(const Records& all, const Context& with, Account copy)
      : records(all), context(with), account(std::move(copy)), draft(all, with) {}

  const Records& records;
  const Context& context;
  Account account;
  Flow* flow = nullptr;  // into account.flows; nothing is added to that list while it is in use
  Draft draft;
  Id128 request = {};
  Id128 step = {};

  const Policy& policy() const { return context.policy; }
  TimeMs now() const { return context.now; }

  /// An entry of the audit trail about this flow.
  void note(std::string event, std::map<std::string, std::string> facts = {},
            std::map<std::string, std::string> personal = {}) {
    draft.note({std::move(event), std::move(facts), std::move(personal), flow->id});
  }
  /// Ends the step: the reply is kept for its request, the account is written.
  Decision<FlowView> commit(FlowView view, const Failure* refusal = nullptr) {
    if (!request.empty()) {
      account.replies.push_back(
          {request, step, context.now, view, refusal == nullptr ? ErrorCode::none : refusal->code});
    }
    tidy(account, context.policy, context.now);
    draft.put(std::move(account));
    if (refusal != nullptr) return Decision<FlowView>(draft.finish(), *refusal);
    return Decision<FlowView>(draft.finish(), std::move(view));
  }
};

inline std::vector<Key> source_key(const AccountKey& account, const Call& call) {
  if (call.source.empty()) return {};
  return {SourceKey{account.realm, call.source}};
}

/// What the policy makes of the risk advisor's answer, if there was a question.
inline result<void> check_risk(const Context& context) {
  if (!context.risk) return ok();
  const RiskPolicy& policy = context.policy.risk;
  const RiskAction action = *context.risk == RiskAnswer::clear        ? policy.clear
                            : *context.risk == RiskAnswer::suspicious ? policy.suspicious
                                                                      : policy.unknown;
  if (action == RiskAction::proceed) return ok();
  return failure(ErrorCode::risk_refused, "the risk advisor's answer forbids it");
}

/// Issues the code the flow waits for and charges the send: to the source, and to one's own channel
/// or to the target and the account. Refuses with `limited` if any of them has no send left, and
/// with `account_locked` if failures at this address have locked the account: then nothing has
/// changed. Refuses with `risk_refused` after charging all but the target, which gets nothing: see
/// `unsent`. To an address for tests nothing is sent.
inline result<void> send_code(FlowEdit& edit, const Call& call, Route route = Route::text) {
  const Address destination = destination_of(edit.account, *edit.flow).value();
  const Policy& policy = edit.policy();
  const TimeMs now = edit.now();
  const Role role = role_of(*edit.flow);
  Account& account = edit.account;
  // A code that cannot be used is not sent.
  if (const auto open = check_failures(account, role, destination, policy); !open)
    return open.error();

  TimeMs allowed = next_try_at(account, role, destination, policy, now);
  std::optional<AddressEntry> target;
  const auto own = own_channel(account, destination);
  if (own) {
    allowed = std::max(allowed, allowed_at(account.own_sends, policy.sends_to_own_channels, now));
  } else {
    const AddressKey key{account.key.realm, destination};
    target = entry_of(edit.records, key);
    allowed = std::max(allowed, allowed_at(target->sends, policy.sends_to_target, now));
    allowed = std::max(allowed,
                       allowed_at(account.target_sends, policy.sends_to_targets_by_account, now));
  }
  std::optional<Source> source;
  if (!call.source.empty()) {
    const SourceKey key{account.key.realm, call.source};
    const auto* found = edit.records.get<Source>(key);
    source = found != nullptr ? *found : Source{.key = key};
    allowed = std::max(allowed, allowed_at(source->sends, policy.sends_by_source, now));
  }
  if (allowed > now)
    return limited_until(allowed, "too many codes were asked for, or wrong codes given");
  const bool sandbox = sandbox_of(policy, destination, now) != nullptr;
  if (own) {
    record_send(account.own_sends, policy.sends_to_own_channels, now);
  } else {
    record_send(account.target_sends, policy.sends_to_targets_by_account, now);
  }
  if (source) {
    record_send(source->sends, policy.sends_by_source, now);
    source->forget_at = now + longest_span(policy.sends_by_source);
    edit.draft.put(*source);
  }
  // A question is charged like a send: else anybody could ask about any number.
  if (destination.phone() != nullptr && !sandbox) RF_TRY_VOID(check_risk(edit.context));
  if (target) {
    record_send(target->sends, policy.sends_to_target, now);
    renew_forget_at(*target, policy, now);
    edit.draft.put(*target);
  }
  issue_challenge(*edit.flow, destination, edit.context.keys, edit.draft.draw(), now);
  edit.flow->challenge->sandbox = sandbox;
  if (!sandbox) {
    edit.flow->challenge->message =
        edit.draft.send(code_message(account.key, *edit.flow, route, policy, now));
  }
  return ok();
}

/// The step ends because its code could not be sent. What the risk advisor forbade is charged, and
/// nothing else has happened.
inline Decision<FlowView> unsent(FlowEdit& edit, const Failure& why) {
  if (why.code != ErrorCode::risk_refused) return why;
  edit.account.flows = edit.records.get<Account>(edit.account.key)->flows;
  edit.flow = nullptr;
  edit.draft.forget_notes();
  edit.draft.note({.event = "send_refused"});
  return edit.commit(FlowView{}, &why);
}

}  // namespace ringfence::workflow
