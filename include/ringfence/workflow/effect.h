#pragma once

#include <string>

#include "ringfence/workflow/association.h"
#include "ringfence/workflow/flow_edit.h"

/// What a flow does when all its proofs are there. All of it goes into one commit (R12).
namespace ringfence::workflow {

namespace detail {

/// Tells everyone and the host what became of a channel.
inline void tell_of(FlowEdit& edit, const Channel& channel) {
  const Flow& flow = *edit.flow;
  const std::string told(row_of(flow.kind).told);
  const Fields fields = {{"channel", std::string(name(flow.channel))},
                         {"masked", channel.address->masked()},
                         {"reason", std::string(name(flow.reason))},
                         {"usable_for_login", flow.change->usable_for_login ? "true" : "false"}};
  // Everybody but the new address may dispute a change of address: whoever made it has that one.
  Fields disputable = fields;
  if (row_of(flow.kind).effect == Effect::swap_channel && edit.policy().dispute_ms > 0) {
    const Id128 reference = edit.draft.draw().id();
    edit.account.disputable.push_back(
        {dispute_digest(edit.account.key, reference), edit.now() + edit.policy().dispute_ms});
    disputable["dispute"] = FlowHandle{edit.account.key, reference}.text();
  }
  for (const Address& address : addresses_to_tell(edit.account, edit.policy(), edit.now())) {
    edit.draft.send(notice(edit.account.key, told, address,
                           address == channel.address ? fields : disputable, edit.policy(),
                           edit.now()));
  }
  edit.draft.send(event(edit.account.key, told, fields, edit.policy(), edit.now()));
}

/// What the flow's channel is good for now.
inline ChangeResult result_of(const FlowEdit& edit) {
  const Flow& flow = *edit.flow;
  return {.channel = flow.channel,
          .masked = edit.account.channel(flow.channel).address->masked(),
          .usable_for_verification =
              verification_badge(edit.account, flow.channel, edit.policy()).usable,
          .usable_for_login = login_badge(edit.account, flow.channel, edit.policy()).usable,
          .check_email = flow.reason == ChangeReason::person_changed};
}

/// Makes the proven target the account's address: moves the association, decides the login claim,
/// voids what was begun before. If it was the address already, it becomes verified.
inline void set_channel(FlowEdit& edit) {
  Account& account = edit.account;
  Flow& flow = *edit.flow;
  const Policy& policy = edit.policy();
  const TimeMs now = edit.now();
  const Address target = flow.target.value();
  Channel& channel = account.channel(flow.channel);
  std::map<std::string, std::string> moved = {{"to", target.text()}};

  if (channel.verified()) {
    moved["from"] = channel.address->text();
    AddressEntry left = entry_of(edit.records, {account.key.realm, *channel.address});
    leave(left, account.key, policy, now);
    edit.draft.put(std::move(left));
    std::erase_if(account.former,
                  [&](const FormerAddress& former) { return former.address == *channel.address; });
    account.former.push_back({*channel.address, now});
  }
  AddressEntry joined = entry_of(edit.records, {account.key.realm, target});
  const bool claim = join(joined, account.key, policy, now);
  edit.draft.put(std::move(joined));
  channel = Channel{.address = target, .proven_at = flow.target_proven_at, .login_claim = claim};
  ++account.epoch;
  edit.note(std::string(row_of(flow.kind).told),
            {{"channel", std::string(name(flow.channel))},
             {"reason", std::string(name(flow.reason))},
             {"login_claim", claim ? "true" : "false"}},
            std::move(moved));
  if (flow.reason == ChangeReason::person_changed) account.grants.clear();
}

/// Claims the login if nobody else is associated with the address. If somebody is, nothing changes.
/// Returns whether it was claimed.
inline bool claim_login(FlowEdit& edit) {
  Account& account = edit.account;
  AddressEntry entry = entry_of(edit.records, {account.key.realm, edit.flow->target.value()});
  const bool claimed = claim(entry, account.key, edit.policy(), edit.now());
  edit.note(claimed ? "login_claimed" : "login_not_claimed",
            {{"channel", std::string(name(edit.flow->channel))}});
  if (!claimed) return false;
  edit.draft.put(std::move(entry));
  Channel& channel = account.channel(edit.flow->channel);
  channel.login_claim = true;
  channel.imported = false;  // won by a proof: no import takes it away
  return true;
}

}  // namespace detail

/// What a flow does when all its proofs are there. It ends the flow.
inline void take_effect(FlowEdit& edit) {
  Account& account = edit.account;
  Flow& flow = *edit.flow;
  const TimeMs now = edit.now();
  flow.step = FlowStep::done;
  flow.ended_at = now;
  flow.challenge.reset();
  switch (row_of(flow.kind).effect) {
    case Effect::swap_channel:
      detail::set_channel(edit);
      flow.change = detail::result_of(edit);
      detail::tell_of(edit, account.channel(flow.channel));
      edit.draft.send(event(account.key, "end_sessions",
                            {{"reason", std::string(row_of(flow.kind).told)}}, edit.policy(), now));
      if (row_of(flow.kind).by_appeal) account.appeal->state = AppealState::used;
      break;
    case Effect::verify_channel:
      detail::set_channel(edit);
      flow.change = detail::result_of(edit);
      detail::tell_of(edit, account.channel(flow.channel));
      break;
    case Effect::claim_login: {
      const bool claimed = detail::claim_login(edit);
      flow.change = detail::result_of(edit);
      if (claimed) detail::tell_of(edit, account.channel(flow.channel));
      break;
    }
    case Effect::grant_operation:
      edit.note("operation_granted", {}, {{"operation", flow.operation}});
      account.grants.push_back({.flow = flow.id,
                                .operation = flow.operation,
                                .session = flow.session,
                                .given_at = now,
                                .expires_at = now + edit.policy().grant_ttl_ms});
      break;
  }
}

}  // namespace ringfence::workflow
