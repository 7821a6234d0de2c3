#pragma once

#include <string>

#include "ringfence/workflow/association.h"
#include "ringfence/workflow/flow_edit.h"

/// What a flow does when all its proofs are there. All of it goes into one commit (R12).
namespace ringfence::workflow {

/// Swaps the account's address for the proven target: moves the association, decides the login
/// claim, voids what was begun before, tells everyone and the host.
inline void swap_channel(FlowEdit& edit) {
  Account& account = edit.account;
  Flow& flow = *edit.flow;
  const FlowRow& row = row_of(flow.kind);
  const Policy& policy = edit.policy();
  const TimeMs now = edit.now();
  const Address target = flow.target.value();
  Channel& channel = account.channel(row.target);

  if (channel.verified()) {
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

  flow.change = ChangeResult{
      .channel = row.target,
      .masked = target.masked(),
      .usable_for_verification = verification_badge(account, row.target, policy).usable,
      .usable_for_login = login_badge(account, row.target, policy).usable,
      .check_email = flow.reason == ChangeReason::person_changed};
  flow.step = FlowStep::done;
  flow.ended_at = now;
  flow.challenge.reset();

  const Fields fields = {{"masked", target.masked()},
                         {"reason", std::string(name(flow.reason))},
                         {"usable_for_login", flow.change->usable_for_login ? "true" : "false"}};
  tell_everyone(edit.draft, account, std::string(row.changed), fields, policy, now);
  edit.draft.send(event(account.key, std::string(row.changed), fields, policy, now));
  edit.draft.send(
      event(account.key, "end_sessions", {{"reason", std::string(row.changed)}}, policy, now));
}

}  // namespace ringfence::workflow
