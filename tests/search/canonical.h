#pragma once

#include <array>
#include <string>
#include <vector>

#include "ringfence/workflow.h"
#include "search/action.h"

/// When two states are one: no rule can tell them apart, now or later.
///
/// Why it is sound. Random values (ids, nonces, version tags, change ids) are only ever compared
/// for being equal, so only their relations are written: whose grant, whose proofs, whether the
/// epoch is the account's. Every rule about time compares one stored time with the present one at a
/// fixed distance, so the time left is written, and nothing once it has run out; the clock of a
/// search is never set back. What no decision reads is left out: the outbox, the change ids, the
/// views of ended flows, and the replies, which are found again only by a request id, and every
/// move has a fresh one; the one whose answer was lost is written. Lists whose order nobody can see
/// are sorted; the flows of an account are, as long as none is pushed out. The two sessions differ
/// by name only, and have the same moves: of both ways to name them the lesser text is taken.
///
/// It is checked, too: of the states that are taken for one that was seen, a sample is searched
/// nevertheless, and must lead where the other one led (`Search`).
namespace ringfence::search {

class Canonical {
 public:
  Canonical(const State& state, const Rules& rules) : state_(state), rules_(rules) {
    std::vector<std::string> parts;
    for (const auto& stored : state.records) {
      std::visit([&](const auto& record) { parts.push_back(part(record)); }, stored->record);
    }
    std::sort(parts.begin(), parts.end());
    for (const std::string& part : parts) text_ += part;
    if (state.lost != nullptr) text_ += part(*state.lost);
  }

  const std::string& text() const { return text_; }
  Id128 digest() const {
    const std::array<std::string_view, 1> fields = {text_};
    return crypto::digest(fields);
  }

  /// What is left of an address entry; nothing if it says nothing any more.
  std::string part(const AddressEntry& entry) const {
    const Policy& policy = rules_.policy;
    std::string out;
    if (entry.holders != 0) out += "h" + std::to_string(entry.holders);
    if (!entry.login_holder.empty()) out += "l" + entry.login_holder;
    if (entry.released_at != 0 && left(entry.released_at + policy.quarantine_ms) > 0)
      out += "q" + entry.released_by + number(left(entry.released_at + policy.quarantine_ms));
    out += sends('s', entry.sends, policy.sends_to_target);
    return out.empty() ? out : "\nA" + address(entry.key.address) + out;
  }
  /// None is in a state: see `State::apply`.
  std::string part(const AuditEntry&) const { return ""; }
  std::string part(const Source& source) const {
    const std::string out = sends('s', source.sends, rules_.policy.sends_by_source);
    return out.empty() ? out : "\nS" + source.key.source + out;
  }

 private:
  std::string part(const Account& account) const {
    return std::min(part(account, 0), part(account, 1));
  }
  /// With the session written as 1 that is `first`.
  std::string part(const Account& account, int first) const {
    const Policy& policy = rules_.policy;
    std::string out = "\nC" + account.key.id + number(static_cast<TimeMs>(account.status));
    for (const Channel& channel : account.channels) {
      out += channel.address ? address(*channel.address) : "-";
      out += channel.verified() ? 'v' : 'u';
      out += channel.login_claim ? 'l' : 'n';
    }
    std::vector<std::string> parts;
    for (const Flow& flow : account.flows) parts.push_back(part(account, flow, first));
    if (account.flows.size() < Account::max_flows) std::sort(parts.begin(), parts.end());
    for (const std::string& one : parts) out += one;
    add_sorted(out, account.grants, [&](const Grant& grant) {
      return find_flow(account, grant.flow) == nullptr ? part(account, grant, first) : "";
    });
    if (account.appeal) {
      out += "p" + number(static_cast<TimeMs>(account.appeal->state));
      if (account.appeal->state == AppealState::submitted)
        out += number(left(account.appeal->held_until));
      if (account.appeal->state == AppealState::approved)
        out += number(left(account.appeal->open_until));
    }
    add_sorted(out, state_.disputes, [&](const FlowHandle& reference) -> std::string {
      const Id128 digest = workflow::dispute_digest(account.key, reference.flow);
      for (const Disputable& one : account.disputable) {
        if (one.reference == digest && left(one.until) > 0) return "d" + number(left(one.until));
      }
      return "";
    });
    add_sorted(out, account.failures, [&](const FailureCount& one) {
      const TimeMs next = workflow::next_try_at(account, one.role, one.address, policy, state_.now);
      return "e" + number(static_cast<TimeMs>(one.role)) + address(one.address) +
             number(one.count) + "w" + number(left(next));
    });
    out += sends('o', account.own_sends, policy.sends_to_own_channels);
    out += sends('t', account.target_sends, policy.sends_to_targets_by_account);
    add_sorted(out, account.former, [&](const FormerAddress& one) -> std::string {
      const TimeMs still = one.left_at + policy.former_address_told_ms - state_.now;
      return still < 0 ? "" : "f" + address(one.address) + number(still);
    });
    return out;
  }

  std::string part(const Account& account, const Flow& flow, int first) const {
    const TimeMs kept = rules_.policy.result_kept_ms;
    std::string out = "\n F" + number(static_cast<TimeMs>(flow.kind)) + flow.operation;
    const Proofs* proofs = state_.proofs_of(flow.id);
    if (proofs != nullptr) out += proofs->session == first ? "b1" : "b2";
    if (const Grant* grant = find_grant(account, flow.id)) out += part(account, *grant, first);
    if (!flow.running())
      return out + number(static_cast<TimeMs>(flow.step)) + "x" +
             number(static_cast<TimeMs>(flow.failure)) + number(left(flow.ended_at + kept));
    out += flow.epoch == account.epoch ? "y" : "z";
    // Of a flow that is over only this is ever looked at again: that it is there.
    if (left(flow.expires_at) == 0) return out + "o" + number(left(flow.expires_at + kept));
    out += "r" + number(static_cast<TimeMs>(flow.step)) + number(static_cast<TimeMs>(flow.method)) +
           number(static_cast<TimeMs>(flow.channel)) + number(static_cast<TimeMs>(flow.reason)) +
           number(left(flow.expires_at));
    if (flow.target) out += "t" + address(*flow.target);
    if (flow.target_proven_at != 0) out += "v";
    if (flow.challenge) {
      out += "c" + address(flow.challenge->destination) +
             number(left(flow.challenge->issued_at + flow.terms.resend_after_ms));
      if (awaits_code(flow, state_.now))
        out += "w" + number(left(flow.challenge->expires_at)) + number(flow.challenge->tries_used);
    }
    if (proofs != nullptr) {
      out += proofs->identity_asked ? "a" : "";
      out += proofs->identity ? "i" : "";
      if (proofs->target) out += "p" + address(*proofs->target);
    }
    return out;
  }
  std::string part(const Account& account, const Grant& grant, int first) const {
    if (left(grant.expires_at) == 0) return "gx";
    const Id128 session = workflow::session_digest(account.key, Action{.session = first}.call());
    return "g" + grant.operation + (grant.session == session ? "1" : "2") +
           (grant.used_at != 0 ? "u" : "f") + number(left(grant.expires_at));
  }
  /// The request itself is not renamed with the sessions: this only tells more states apart.
  std::string part(const Lost& lost) const {
    const Account& account = *state_.account(lost.action.account);
    const FlowView* view = lost.shown.view ? &*lost.shown.view : nullptr;
    const Flow* flow = find_flow(account, view == nullptr ? lost.action.flow : view->handle.flow);
    return "\nL" + lost.action.text() + number(left(lost.at + rules_.policy.result_kept_ms)) +
           std::string(ringfence::name(lost.shown.refusal)) +
           (view == nullptr ? "" : number(static_cast<TimeMs>(view->step))) +
           (flow == nullptr ? "" : part(account, *flow, 0));
  }

  template <class List, class Part>
  static void add_sorted(std::string& out, const List& list, const Part& part) {
    std::vector<std::string> parts;
    for (const auto& one : list) parts.push_back(part(one));
    std::sort(parts.begin(), parts.end());
    for (const std::string& one : parts) out += one;
  }
  std::string sends(char mark, const std::vector<TimeMs>& times,
                    const std::vector<Window>& windows) const {
    std::string out(1, mark);
    const TimeMs span = workflow::longest_span(windows);
    for (const TimeMs time : times) {
      if (left(time + span) > 0) out += number(left(time + span));
    }
    return out.size() == 1 ? "" : out;
  }
  std::string address(const Address& address) const {
    for (std::size_t i = 0; i < rules_.addresses.size(); ++i) {
      if (rules_.addresses[i] == address) return std::string(1, static_cast<char>('A' + i));
    }
    return address.text();
  }
  TimeMs left(TimeMs until) const { return std::max<TimeMs>(0, until - state_.now); }
  static std::string number(TimeMs value) {
    return (value % second_ms == 0 ? std::to_string(value / second_ms)
                                   : std::to_string(value) + "m") +
           ",";
  }

  const State& state_;
  const Rules& rules_;
  std::string text_;
};

}  // namespace ringfence::search
