#pragma once

#include <algorithm>
#include <string>

#include "search/action.h"

/// Defects that are planted between a decision and its commit, to see that the search finds them.
/// Never in the library.
namespace ringfence::search {

enum class Defect {
  none,
  version_unchecked,     ///< A change is applied although what it expects has changed.
  address_unchecked,     ///< Of what an effect expects only the account's version is checked.
  revealed_on_conflict,  ///< The reply is shown although the commit met a conflict.
  expiry_ignored,        ///< The clock is read when the flow begins, and never again.
  flow_expiry_ignored,   ///< A flow that took too long goes on; its codes still run out.
  session_unchecked,     ///< A call of another session passes for one of the owner's.
  leaving_dropped,       ///< The address that an account leaves is not written.
  account_dropped,       ///< Only the address is written.
  claim_for_everybody,   ///< Whoever joins an address may log in.
  claim_for_nobody,      ///< Nor may who is alone on it.
  charge_dropped,        ///< A wrong code costs nothing.
  send_uncounted,        ///< A code that is sent costs nothing.
  lock_dropped,          ///< The last failure allowed does not lock.
  code_kept,             ///< A code that was taken stays live.
  code_not_renewed,      ///< A resend sends the same code again.
  identity_skipped,      ///< A flow begins behind its proof of identity.
  proof_for_any_target,  ///< A target set after a proof counts as proven.
  flow_not_replaced,     ///< A new flow leaves the old one of its kind running.
  flow_endless,          ///< A flow is given ten years.
  epoch_kept,            ///< A change of channels voids no other flow.
  reply_forgotten,       ///< A reply is not kept for its repeat.
  repeat_unnoticed,      ///< A request is not looked for among those that were answered.
  replies_lost_early,    ///< A reply is kept until the next change only.
  grant_kept,            ///< A used grant may be used again.
  grant_dropped,         ///< A confirmed operation is not granted.
  notices_dropped,       ///< Nobody is told.
  entries_dropped,       ///< The audit trail does not tell.
  old_address_not_told,  ///< Everybody but the old address is told.
  sessions_not_ended,    ///< The host is not told to end the sessions.
  address_forgotten,     ///< An address that has holders may be swept.
  capacity_ignored,      ///< The policy's most accounts of an address do not count.
  quarantine_ignored,    ///< A number that was left a moment ago counts as free.
  canonical_too_coarse,  ///< Of the search itself: states that differ in failures are one.
};

class Planted {
 public:
  explicit Planted(Defect defect) : defect_(defect) {}

  Defect defect() const { return defect_; }

  /// The call as the core gets it.
  Action call(const State& state, Action action) const {
    const Proofs* proofs = state.proofs_of(action.flow);
    if (defect_ == Defect::session_unchecked && proofs != nullptr) action.session = proofs->session;
    return action;
  }
  TimeMs now(const State& state, const Action& action) const {
    if (defect_ != Defect::expiry_ignored || !action.on_flow()) return state.now;
    const Account* account = state.account(action.account);
    const Flow* flow = account == nullptr ? nullptr : find_flow(*account, action.flow);
    return flow == nullptr ? state.now : flow->began_at;
  }
  /// The records as the core gets them.
  State loaded(const State& state) const {
    State out = state;
    if (defect_ != Defect::repeat_unnoticed && defect_ != Defect::flow_expiry_ignored) return out;
    for (auto& stored : out.records) {
      if (!std::holds_alternative<Account>(stored->record)) continue;
      ChangeSet::Put put = *stored;
      auto& account = std::get<Account>(put.record);
      if (defect_ == Defect::repeat_unnoticed) account.replies.clear();
      for (Flow& flow : account.flows) {
        if (defect_ == Defect::flow_expiry_ignored && flow.running())
          flow.expires_at = std::max(flow.expires_at, state.now + 1);
      }
      stored = std::make_shared<const ChangeSet::Put>(std::move(put));
    }
    return out;
  }
  /// Whether a store takes the change.
  bool commits(const State& state, const ChangeSet& change) const {
    if (defect_ == Defect::version_unchecked) return true;
    const bool sends = std::any_of(change.messages.begin(), change.messages.end(),
                                   [](const auto& one) { return one.kind == MessageKind::code; });
    if (defect_ != Defect::address_unchecked || sends) return state.expected_by(change);
    ChangeSet checked = change;
    std::erase_if(checked.expects, [](const ChangeSet::Expect& one) {
      return !std::holds_alternative<AccountKey>(one.key);
    });
    return state.expected_by(checked);
  }
  Policy policy(Policy policy) const {
    if (defect_ == Defect::capacity_ignored) policy.max_accounts_per_address = 0;
    if (defect_ == Defect::quarantine_ignored) policy.quarantine_ms = 0;
    return policy;
  }

  /// The change as it is committed.
  void spoil(const State& before, const Action& action, const Shown& shown,
             ChangeSet& change) const {
    if (defect_ == Defect::none) return;
    Account* account = nullptr;
    for (ChangeSet::Put& put : change.puts) {
      if (account == nullptr) account = std::get_if<Account>(&put.record);
    }
    if (account == nullptr) return;
    const Account& old = *before.account(account->key);
    const auto flow_in = [&](Account& in) { return const_cast<Flow*>(find_flow(in, action.flow)); };
    const Flow* old_flow = find_flow(old, action.flow);
    const bool changed = account->channels != old.channels && action.verb != Verb::close;
    switch (defect_) {
      case Defect::leaving_dropped:
        std::erase_if(change.puts, [&](const ChangeSet::Put& put) {
          const auto* entry = std::get_if<AddressEntry>(&put.record);
          return entry != nullptr && entry->released_at == before.now &&
                 (entry->released_by.empty() || entry->released_by == account->key.id);
        });
        break;
      case Defect::entries_dropped:
        std::erase_if(change.puts, [](const ChangeSet::Put& put) {
          return std::holds_alternative<AuditEntry>(put.record);
        });
        break;
      case Defect::account_dropped:
        if (changed)
          std::erase_if(change.puts, [&](const ChangeSet::Put& put) {
            return std::holds_alternative<Account>(put.record);
          });
        break;
      case Defect::claim_for_everybody:
        if (changed) claim(change, true);
        break;
      case Defect::claim_for_nobody:
        if (changed) claim(change, false);
        break;
      case Defect::charge_dropped:
        if (shown.rejected()) {
          account->failures = old.failures;
          flow_in(*account)->challenge = old_flow->challenge;
        }
        break;
      case Defect::send_uncounted:
        account->own_sends = old.own_sends;
        break;
      case Defect::lock_dropped:
        if (shown.rejected()) account->status = old.status;
        break;
      case Defect::code_kept:
        if (shown.accepted() && flow_in(*account) != nullptr)
          flow_in(*account)->challenge = old_flow->challenge;
        break;
      case Defect::code_not_renewed:
        if (action.verb == Verb::resend) {
          flow_in(*account)->challenge->nonce = old_flow->challenge->nonce;
          flow_in(*account)->challenge->generation = old_flow->challenge->generation;
        }
        break;
      case Defect::identity_skipped:
        if (action.verb == Verb::begin && action.kind == FlowKind::change_phone) {
          account->flows.back().step = FlowStep::set_target;
          account->flows.back().challenge.reset();
          change.messages.clear();
        }
        break;
      case Defect::proof_for_any_target:
        if (action.verb == Verb::set_target && old_flow->target_proven_at != 0)
          flow_in(*account)->target_proven_at = old_flow->target_proven_at;
        break;
      case Defect::flow_not_replaced:
        for (const Flow& flow : old.flows) {
          if (action.verb == Verb::begin && find_flow(*account, flow.id) == nullptr)
            account->flows.push_back(flow);
        }
        break;
      case Defect::flow_endless:
        for (Flow& flow : account->flows) flow.expires_at = before.now + 3650 * day_ms;
        break;
      case Defect::epoch_kept:
        if (changed) {
          account->epoch = old.epoch;
          for (const Flow& flow : old.flows) {
            if (flow.running() && find_flow(*account, flow.id) == nullptr)
              account->flows.push_back(flow);
          }
        }
        break;
      case Defect::reply_forgotten:
        account->replies = old.replies;
        break;
      case Defect::replies_lost_early:
        if (!account->replies.empty())
          account->replies.erase(account->replies.begin(), account->replies.end() - 1);
        break;
      case Defect::grant_kept:
        if (action.verb == Verb::use_grant) account->grants = old.grants;
        break;
      case Defect::grant_dropped:
        account->grants = old.grants;
        break;
      default:
        spoil_messages(old, change, changed);
        break;
    }
  }

 private:
  void spoil_messages(const Account& old, ChangeSet& change, bool changed) const {
    for (ChangeSet::Put& put : change.puts) {
      auto* entry = std::get_if<AddressEntry>(&put.record);
      if (entry != nullptr && defect_ == Defect::address_forgotten) entry->forget_at = 1;
    }
    std::erase_if(change.messages, [&](const Message& message) {
      switch (defect_) {
        case Defect::notices_dropped:
          return message.kind == MessageKind::notice;
        case Defect::old_address_not_told:
          return changed && message.kind == MessageKind::notice &&
                 message.destination == old.channel(message.destination->kind()).address;
        case Defect::sessions_not_ended:
          return message.purpose == "end_sessions";
        default:
          return false;
      }
    });
  }
  static void claim(ChangeSet& change, bool claimed) {
    Account* account = nullptr;
    for (ChangeSet::Put& put : change.puts) {
      if (auto* found = std::get_if<Account>(&put.record)) account = found;
    }
    for (ChangeSet::Put& put : change.puts) {
      auto* entry = std::get_if<AddressEntry>(&put.record);
      if (entry == nullptr) continue;
      for (Channel& channel : account->channels) {
        if (channel.address != entry->key.address) continue;
        if (!claimed && entry->login_holder != account->key.id) continue;
        channel.login_claim = claimed;
        entry->login_holder = claimed ? account->key.id : "";
      }
    }
  }

  Defect defect_;
};

}  // namespace ringfence::search
