#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringfence/ringfence.h"
#include "ringfence/workflow/challenge.h"

/// One state of the searched world: what a store would hold, the time, and what an observer has
/// seen proven.
namespace ringfence::search {

constexpr TimeMs tick_ms = 10 * second_ms;  ///< All times of a search are multiples of it.
constexpr TimeMs start_ms = 1'800'000'000'000;

/// What the observer saw of a flow, apart from the records: the rules compare them with it.
struct Proofs {
  AccountKey account;
  Id128 flow;
  int session = 0;                     ///< In which session it was begun.
  bool identity_asked = false;         ///< A proof of identity must come first, as DOMAIN 4 has it.
  bool identity = false;               ///< A right code was accepted.
  std::optional<Address> target = {};  ///< For which address a right code was accepted.
};

struct Lost;

struct State {
  /// Records never change, so that states share those that are equal.
  std::vector<std::shared_ptr<const ChangeSet::Put>> records;
  std::vector<Proofs> proofs;
  std::vector<FlowHandle> disputes;  ///< References that reached somebody in a notice.
  /// A request whose answer was lost, if there is one.
  std::shared_ptr<const Lost> lost;
  TimeMs now = start_ms;

  const ChangeSet::Put* find(const Key& key) const {
    for (const auto& one : records) {
      if (key_of(one->record) == key) return one.get();
    }
    return nullptr;
  }
  template <class T>
  const T* get(const Key& key) const {
    const ChangeSet::Put* found = find(key);
    return found == nullptr ? nullptr : std::get_if<T>(&found->record);
  }
  const Account* account(const AccountKey& key) const { return get<Account>(key); }

  const Proofs* proofs_of(const Id128& flow) const {
    for (const Proofs& one : proofs) {
      if (one.flow == flow) return &one;
    }
    return nullptr;
  }
  Proofs* proofs_of(const Id128& flow) {
    return const_cast<Proofs*>(std::as_const(*this).proofs_of(flow));
  }

  /// Whether every version the change expects is the one stored: what a store checks.
  bool expected_by(const ChangeSet& change) const {
    return std::all_of(change.expects.begin(), change.expects.end(), [&](const auto& expect) {
      const ChangeSet::Put* found = find(expect.key);
      return (found == nullptr ? 0 : found->version) == expect.version;
    });
  }
  void apply(const ChangeSet& change) {
    for (const ChangeSet::Put& put : change.puts) {
      // No decision of a flow reads the audit trail; that a move appends to it, a rule checks.
      if (std::holds_alternative<AuditEntry>(put.record)) continue;
      auto stored = std::make_shared<const ChangeSet::Put>(put);
      const Key key = key_of(put.record);
      const auto at = std::find_if(records.begin(), records.end(),
                                   [&](const auto& one) { return key_of(one->record) == key; });
      if (at == records.end()) {
        records.push_back(std::move(stored));
      } else {
        *at = std::move(stored);
      }
    }
    for (const Message& message : change.messages) {
      const auto reference = message.fields.find("dispute");
      if (reference == message.fields.end()) continue;
      const FlowHandle handle = FlowHandle::parse(reference->second).value();
      if (std::find(disputes.begin(), disputes.end(), handle) == disputes.end())
        disputes.push_back(handle);
    }
  }
};

inline const Flow* find_flow(const Account& account, const Id128& id) {
  const auto found = std::find_if(account.flows.begin(), account.flows.end(),
                                  [&](const Flow& flow) { return flow.id == id; });
  return found == account.flows.end() ? nullptr : &*found;
}

inline const Grant* find_grant(const Account& account, const Id128& flow) {
  const auto found = std::find_if(account.grants.begin(), account.grants.end(),
                                  [&](const Grant& grant) { return grant.flow == flow; });
  return found == account.grants.end() ? nullptr : &*found;
}

/// The code of the flow's challenge, for this role; empty if it has no challenge.
inline std::string code_of(const AccountKey& account, const Flow& flow, Role role,
                           const KeySet& keys) {
  if (!flow.challenge) return "";
  return std::string(
      workflow::derive_code(account, flow, role, *flow.challenge, keys).value().reveal());
}

/// Whether the flow's code could be right now, by the terms of the flow alone.
inline bool awaits_code(const Flow& flow, TimeMs now) {
  const bool step = flow.step == FlowStep::prove_identity || flow.step == FlowStep::prove_target;
  return flow.running() && step && flow.challenge && now < flow.challenge->expires_at &&
         flow.challenge->tries_used < flow.terms.tries_per_code;
}

}  // namespace ringfence::search
