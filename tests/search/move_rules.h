#pragma once

#include <algorithm>
#include <string>

#include "ringfence/workflow.h"
#include "search/state_rules.h"

/// What must be true of every move from one state to the next. Each rule gives the empty text, or
/// what is wrong.
namespace ringfence::search {

/// A move that was committed and shown, or that changed nothing and was shown.
class Move {
 public:
  Move(const State& before, const Action& action, const ChangeSet& change, const Shown& shown,
       const State& after, const Rules& rules)
      : state_(before),
        after_(after),
        action_(action),
        change_(change),
        shown_(shown),
        rules_(rules),
        was_(before.account(action.account)),
        is_(after.account(action.account)),
        flow_(was_ == nullptr ? nullptr : find_flow(*was_, action.flow)) {}

  std::string check() const {
    for (const auto rule :
         {&Move::one_change, &Move::keeps_to_its_session, &Move::shows_what_is_stored,
          &Move::code_counts, &Move::channels_change, &Move::flows_end, &Move::login_is_decided,
          &Move::grants_change, &Move::codes_are_sent, &Move::credentials_void,
          &Move::everybody_is_told, &Move::trail_tells}) {
      if (std::string wrong = (this->*rule)(); !wrong.empty()) return wrong;
    }
    return "";
  }

 private:
  /// I3, R12: the account is in each change with all that was decided upon, and nothing else is.
  std::string one_change() const {
    if (change_.empty()) return "";
    int accounts = 0;
    for (const ChangeSet::Put& put : change_.puts) {
      const Key key = key_of(put.record);
      const bool expected = std::any_of(change_.expects.begin(), change_.expects.end(),
                                        [&](const auto& one) { return one.key == key; });
      if (!expected) return "I7: a record is written whatever it has become meanwhile";
      if (const auto* account = std::get_if<Account>(&put.record)) {
        ++accounts;
        if (account->key != action_.account) return "I3: a step writes another account";
        if (account->changes.empty() || account->changes.back() != change_.id)
          return "I7: the account does not name its last change";
      }
    }
    if (accounts != 1) return "I3: a change leaves its account out";
    const bool charged_refusal = shown_.refusal == ErrorCode::address_at_capacity;
    if (shown_.refusal != ErrorCode::none && !charged_refusal)
      return "I3: a refusal changes something";
    return "";
  }

  /// I1: what the caller was told is in the state.
  std::string shows_what_is_stored() const {
    if (!shown_.view || action_.request.empty() || shown_.view->repeated) return "";
    if (action_.verb == Verb::view || shown_.view->verdict == Verdict::no_live_code) return "";
    const Id128 request = workflow::request_digest(action_.account, action_.call());
    for (const StoredReply& reply : is_->replies) {
      if (reply.request == request && reply.view == shown_.view) return "";
    }
    return "I1: a reply was shown that is not in the state";
  }

  /// A36: to another session than its own a flow is not there.
  std::string keeps_to_its_session() const {
    const Proofs* proofs = state_.proofs_of(action_.flow);
    if (!action_.on_flow() || proofs == nullptr || proofs->session == action_.session) return "";
    return shown_.view ? "A36: a call of another session was answered" : "";
  }

  /// I5, R08, A02: a right code counts, and is gone; any other is charged.
  std::string code_counts() const {
    if (!action_.proves()) return "";
    const bool right = action_.presented == Presented::right;
    const bool may = code_may_count();
    const bool over = flow_ != nullptr && flow_->running() && state_.now >= flow_->expires_at;
    if (shown_.accepted() && over) return "I6: a flow that is over was gone on with";
    if (shown_.accepted() && !(right && may)) return "I5: a code was accepted that does not count";
    if (shown_.rejected() && right) return "I5: the right code was rejected";
    const bool taken = shown_.accepted() || shown_.refusal == ErrorCode::address_at_capacity;
    if (may && right && !taken) return "I5: the right code was not taken";
    if (may && !right && !shown_.rejected()) return "I5: a wrong code was not judged";
    if (shown_.rejected() && !may) return "I5: a code was judged that no right one could pass";
    if (shown_.rejected()) return charged();
    if (!taken || shown_.view == std::nullopt) return "";
    const Flow* now = find_flow(*is_, action_.flow);
    if (now != nullptr && now->challenge && now->challenge->nonce == flow_->challenge->nonce)
      return "I5: a code that was taken is still live";
    return failures(*is_) == 0 ? "" : "R07: a success did not clear its failures";
  }
  bool code_may_count() const {
    if (flow_ == nullptr || !awaits_code(*flow_, state_.now) || !valid_now()) return false;
    if (workflow::role_of(*flow_) != action_.role()) return false;
    return workflow::next_try_at(*was_, action_.role(), flow_->challenge->destination,
                                 rules_.policy, state_.now) <= state_.now;
  }
  /// Whether the flow may be gone on with by whoever calls.
  bool valid_now() const {
    const Proofs* proofs = state_.proofs_of(action_.flow);
    if (proofs == nullptr || proofs->session != action_.session) return false;
    if (state_.now >= flow_->expires_at || flow_->epoch != was_->epoch) return false;
    if (flow_->kind == FlowKind::replace_phone)
      return was_->status != AccountStatus::closed && workflow::appeal_open(*was_, state_.now);
    return was_->status == AccountStatus::active;
  }
  int failures(const Account& account) const {
    const FailureCount* found =
        workflow::find_failures(account, action_.role(), flow_->challenge->destination);
    return found == nullptr ? 0 : found->count;
  }
  std::string charged() const {
    const Flow* now = find_flow(*is_, action_.flow);
    if (now == nullptr || !now->challenge ||
        now->challenge->tries_used != flow_->challenge->tries_used + 1) {
      return "I5: a wrong code was not charged to the code";
    }
    if (failures(*is_) != failures(*was_) + 1) return "I5: a wrong code was not charged";
    if (failures(*is_) >= rules_.policy.failures_to_lock && is_->status == AccountStatus::active)
      return "I5: the last failure allowed did not lock the account";
    return "";
  }

  /// I2, I6, R13: a channel changes only as the effect of a flow that has all its proofs.
  std::string channels_change() const {
    if (was_ == nullptr || is_ == nullptr) return "";
    for (const ChannelKind kind : {ChannelKind::phone, ChannelKind::email}) {
      const Channel& old = was_->channel(kind);
      const Channel& now = is_->channel(kind);
      if (old == now) continue;
      if (action_.verb == Verb::close) {
        if (old.address != now.address || now.login_claim) return "I2: closing changed an address";
        continue;
      }
      if (!completes()) return "I2: a channel changed without the end of a flow";
      const auto& row = workflow::row_of(flow_->kind);
      if (flow_->channel != kind || row.effect == workflow::Effect::grant_operation)
        return "I2: a flow changed a channel that is not its own";
      const bool same = row.effect != workflow::Effect::swap_channel;
      if (!now.verified() || (old.address == now.address) != same)
        return "I2: a flow left its channel as no effect does";
      if (row.effect == workflow::Effect::claim_login) continue;
      if (is_->epoch <= was_->epoch) return "A30: a change of channels voids nothing";
      for (const Flow& other : is_->flows) {
        if (other.running()) return "A11: a change of channels left another flow running";
      }
      const bool former = std::any_of(is_->former.begin(), is_->former.end(), [&](const auto& one) {
        return one.address == old.address && one.left_at == state_.now;
      });
      if (old.verified() && !former) return "R14: the address that was left is forgotten";
      if (row.by_appeal && is_->appeal->state != AppealState::used)
        return "I2: an appeal serves for two changes";
      if (flow_->reason == ChangeReason::person_changed && !is_->grants.empty())
        return "R30: the grants of a former person serve on";
    }
    return "";
  }
  bool completes() const {
    const Flow* now = find_flow(*is_, action_.flow);
    return flow_ != nullptr && flow_->running() && now != nullptr && now->step == FlowStep::done;
  }

  /// I2, I6: a flow has its effect once, in time, in its session, with the proofs its row asks for.
  std::string flows_end() const {
    if (was_ == nullptr || is_ == nullptr) return "";
    for (const Flow& now : is_->flows) {
      if (now.step != FlowStep::done) continue;
      const Flow* before = find_flow(*was_, now.id);
      if (before != nullptr && before->step == FlowStep::done) continue;
      if (before == nullptr || now.id != action_.flow || !before->running())
        return "I2: a flow is done without a step on it";
      if (!valid_now()) return "I6: a flow completed that was over, void or another session's";
      const Proofs* proofs = after_.proofs_of(now.id);
      const auto& row = workflow::row_of(now.kind);
      if (proofs == nullptr || (proofs->identity_asked && !proofs->identity))
        return "I2: a flow completed without the proof of identity";
      if (row.target == workflow::TargetProof::none) {
        if (find_grant(*is_, now.id) == nullptr) return "I3: a flow is done without its effect";
        continue;
      }
      const Channel& channel = is_->channel(now.channel);
      if (!proofs->target || proofs->target != channel.address)
        return "I2: a flow completed without the proof of its target";
      if (!channel.verified()) return "I3: a flow is done without its effect";
    }
    return "";
  }

  /// DOMAIN 3: who completes a flow may log in with the address if no other account is associated
  /// with it, which a quarantine counts as; and is told so.
  std::string login_is_decided() const {
    if (was_ == nullptr || is_ == nullptr || !completes()) return "";
    if (workflow::row_of(flow_->kind).target == workflow::TargetProof::none) return "";
    const Channel& channel = is_->channel(flow_->channel);
    bool elsewhere = false;
    for (const auto& stored : state_.records) {
      const auto* other = std::get_if<Account>(&stored->record);
      if (other == nullptr || other->key == is_->key || other->status == AccountStatus::closed)
        continue;
      for (const Channel& one : other->channels)
        elsewhere = elsewhere || (one.verified() && one.address == channel.address);
    }
    const auto* entry = state_.get<AddressEntry>(AddressKey{"", *channel.address});
    if (entry != nullptr && entry->released_by != is_->key.id && entry->released_at != 0 &&
        state_.now < entry->released_at + rules_.policy.quarantine_ms) {
      elsewhere = true;
    }
    if (entry != nullptr && !entry->login_holder.empty() && channel.login_claim &&
        entry->login_holder != is_->key.id) {
      return "I9: the login was taken from another account";
    }
    if (channel.login_claim == elsewhere) return "S: the login was decided wrongly";
    const bool told = shown_.view && shown_.view->change &&
                      shown_.view->change->usable_for_login == channel.login_claim;
    return told ? "" : "S: the owner is not told whether the address serves for login";
  }

  /// R30: a grant comes from its flow and is used once, by its session.
  std::string grants_change() const {
    if (was_ == nullptr || is_ == nullptr) return "";
    for (const Grant& now : is_->grants) {
      const Grant* before = find_grant(*was_, now.flow);
      const bool fresh = now.flow == action_.flow && completes() &&
                         flow_->kind == FlowKind::confirm_operation &&
                         now.operation == flow_->operation && now.session == flow_->session;
      if (before == nullptr && !fresh) return "R30: a grant came from nowhere";
      if (before != nullptr && before->used_at != 0 && now.used_at == 0)
        return "R30: a used grant may be used again";
    }
    if (!shown_.granted || action_.verb != Verb::use_grant) return "";
    const Grant* before = find_grant(*was_, action_.flow);
    const Grant* now = find_grant(*is_, action_.flow);
    const Proofs* proofs = state_.proofs_of(action_.flow);
    if (before == nullptr || before->used_at != 0 || state_.now >= before->expires_at ||
        before->operation != action_.options.operation || proofs == nullptr ||
        proofs->session != action_.session || was_->status != AccountStatus::active) {
      return "R30: a grant was given that does not hold";
    }
    return now != nullptr && now->used_at != 0 ? "" : "R30: a grant was given and is not used up";
  }

  /// A08, R20: a code goes out in the change that makes it, to where it must, and nowhere else.
  std::string codes_are_sent() const {
    std::ptrdiff_t codes = 0;
    for (const Message& message : change_.messages) codes += message.kind == MessageKind::code;
    if (is_ == nullptr) return codes == 0 ? "" : "A08: a code of nobody was sent";
    for (const Flow& now : is_->flows) {
      if (!now.challenge) continue;
      const Flow* before = was_ == nullptr ? nullptr : find_flow(*was_, now.id);
      const bool fresh =
          before == nullptr || !before->challenge || before->challenge != now.challenge;
      if (!fresh) continue;
      if (before != nullptr && before->challenge &&
          before->challenge->nonce == now.challenge->nonce) {
        if (shown_.rejected()) continue;  // the same code, one try less
        return "R20: a code was renewed and stayed the same";
      }
      const auto& to =
          now.step == FlowStep::prove_identity ? was_->channel(now.method).address : now.target;
      if (now.challenge->destination != to) return "A08: a code is for another address";
      const auto sent = std::count_if(
          change_.messages.begin(), change_.messages.end(), [&](const Message& message) {
            return message.kind == MessageKind::code && message.flow == now.id &&
                   message.generation == now.challenge->generation && message.destination == to;
          });
      if (sent != 1) return "I3: a code was made and not sent";
      if (std::string wrong = send_is_charged(*to); !wrong.empty()) return wrong;
      --codes;
    }
    return codes == 0 ? "" : "A08: a code was sent that nothing waits for";
  }

  /// R19: the send was within its budget, and is charged to it: to one's own channel, or to the
  /// target and the account.
  std::string send_is_charged(const Address& to) const {
    const Policy& policy = rules_.policy;
    const Channel& own = was_->channel(to.kind());
    if (own.verified() && own.address == to)
      return charged(was_->own_sends, is_->own_sends, policy.sends_to_own_channels);
    const auto* before = state_.get<AddressEntry>(AddressKey{"", to});
    const auto* now = after_.get<AddressEntry>(AddressKey{"", to});
    if (now == nullptr) return "R19: a code was sent and not charged";
    const std::string wrong = charged(before == nullptr ? std::vector<TimeMs>{} : before->sends,
                                      now->sends, policy.sends_to_target);
    if (!wrong.empty()) return wrong;
    return charged(was_->target_sends, is_->target_sends, policy.sends_to_targets_by_account);
  }
  std::string charged(const std::vector<TimeMs>& before, const std::vector<TimeMs>& now,
                      const std::vector<Window>& windows) const {
    for (const Window& window : windows) {
      const auto within = std::count_if(before.begin(), before.end(), [&](TimeMs at) {
        return state_.now < at + window.span_ms;
      });
      if (within >= window.count) return "R19: more codes were sent than allowed";
    }
    const auto sent = std::count(before.begin(), before.end(), state_.now);
    return std::count(now.begin(), now.end(), state_.now) == sent + 1
               ? ""
               : "R19: a code was sent and not charged";
  }

  /// A30: what was begun before the host changed or took away the credentials is void.
  std::string credentials_void() const {
    const bool locks = action_.verb == Verb::lock || action_.verb == Verb::dispute;
    const bool voids = action_.verb == Verb::credentials_changed || action_.verb == Verb::close;
    if (change_.empty() || !(locks || voids)) return "";
    for (const Flow& flow : is_->flows) {
      if (flow.running()) return "A30: a flow outlives the credentials it was begun with";
    }
    return voids && !is_->grants.empty() ? "A30: a grant outlives its credentials" : "";
  }

  /// I3, R14, R15: whoever must hear of the change is told in the change itself, each once.
  std::string everybody_is_told() const {
    if (was_ == nullptr || is_ == nullptr) return "";
    if (was_->status != is_->status) {
      const std::string what =
          "account_" +
          std::string(is_->status == AccountStatus::active ? "unlocked" : name(is_->status));
      if (std::string wrong = told(what); !wrong.empty()) return wrong;
    }
    if (is_->appeal && (!was_->appeal || was_->appeal->id != is_->appeal->id ||
                        was_->appeal->state != is_->appeal->state)) {
      const bool silent = is_->appeal->state == AppealState::used;  // the change itself is told
      const std::string what = "appeal_" + std::string(name(is_->appeal->state));
      if (std::string wrong = silent ? "" : told(what); !wrong.empty()) return wrong;
    }
    if (was_->channels == is_->channels || action_.verb == Verb::close) return "";
    const auto& row = workflow::row_of(flow_->kind);
    if (row.effect == workflow::Effect::swap_channel && events("end_sessions") != 1)
      return "R15: the host is not told to end the sessions";
    return told(std::string(row.told));
  }
  /// I3: the audit trail goes on from where it was, in the change itself.
  std::string trail_tells() const {
    if (change_.empty() || was_ == nullptr || is_ == nullptr) return "";
    AuditMark last = was_->audit.head;
    for (const ChangeSet::Put& put : change_.puts) {
      const auto* entry = std::get_if<AuditEntry>(&put.record);
      if (entry == nullptr) continue;
      const AuditKey next{is_->key, last.number + 1};
      const auto key = rules_.keys->find(entry->key_id);
      if (entry->key != next || workflow::mac_of(*key.value(), *entry, last.mac) != entry->mac)
        return "I3: the audit trail is broken";
      last = workflow::mark_of(*key.value(), *entry);
    }
    if (last == was_->audit.head || last != is_->audit.head)
      return "I3: a change is not in the audit trail";
    return "";
  }
  std::ptrdiff_t events(const std::string& purpose) const {
    return std::count_if(change_.messages.begin(), change_.messages.end(),
                         [&](const Message& message) {
                           return message.kind == MessageKind::event && message.purpose == purpose;
                         });
  }
  std::string told(const std::string& purpose) const {
    if (events(purpose) != 1) return "I3: the host is not told of a change: " + purpose;
    for (const Address& address : rules_.addresses) {
      bool concerned = false;
      for (const Account* one : {was_, is_}) {
        for (const Channel& channel : one->channels)
          concerned = concerned || (channel.verified() && channel.address == address);
      }
      for (const FormerAddress& former : was_->former) {
        concerned =
            concerned || (former.address == address &&
                          state_.now <= former.left_at + rules_.policy.former_address_told_ms);
      }
      const auto notices = std::count_if(
          change_.messages.begin(), change_.messages.end(), [&](const Message& message) {
            return message.kind == MessageKind::notice && message.purpose == purpose &&
                   message.destination == address;
          });
      if (notices != (concerned ? 1 : 0)) return "I3: not everybody is told once: " + purpose;
    }
    return "";
  }

  const State& state_;
  const State& after_;
  const Action& action_;
  const ChangeSet& change_;
  const Shown& shown_;
  const Rules& rules_;
  const Account* was_;
  const Account* is_;
  const Flow* flow_;
};

}  // namespace ringfence::search
