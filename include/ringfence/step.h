#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringfence/entropy.h"
#include "ringfence/keys.h"
#include "ringfence/model/policy.h"
#include "ringfence/result.h"
#include "ringfence/risk.h"
#include "ringfence/store.h"

/// The seam between decisions and the world. `Service` is a loop over it; a host that loads and
/// commits by itself, for instance inside its own database transaction, drives it directly:
///
///     Seed seed;
///     RF_TRY_VOID(system_entropy().fill(seed));                 // fresh for every decision
///     Records records;
///     for (auto keys = step.needs(records); !keys.empty(); keys = step.needs(records)) {
///       RF_TRY(loaded, load(keys));
///       records.add(std::move(loaded));
///     }
///     std::optional<RiskAnswer> risk;                           // if you have somebody to ask
///     if (const auto question = step.question(records)) risk = ask(*question);
///     const auto keys = key_ring.keys();
///     const auto decision = step.decide(records, {policy, *keys, now, seed, risk});
///     const CommitOutcome outcome = commit(decision.change());  // all of it or nothing
///     result<FlowView> reply = decision.conclude(outcome);      // only now is anything revealed
///
/// Load and commit inside one transaction, or check the versions in the commit: on `conflict` begin
/// again from the loading.
namespace ringfence {

/// Who calls. All keys are opaque to ringfence.
struct Call {
  /// The host's session, 1–256 bytes: flows belong to it. Only a digest is stored.
  std::string session = {};
  /// Where the call comes from, e.g. an IP prefix; up to 128 bytes. Sends are limited per source;
  /// empty: not limited.
  std::string source = {};
  /// How long the call may wait in all; 0: as long as it takes.
  TimeMs deadline_ms = 0;
  /// Names this attempt, up to 128 bytes: the same step asked again with the same id gets the reply
  /// it got. Empty: none.
  std::string request_id = {};
  /// Passed on to what the host plugs in, for its logs: up to 128 bytes of printable
  /// UTF-8.
  std::string trace_id = {};
  /// A further factor that the host has just checked in this session, e.g. `passkey`, 1–64 bytes of
  /// printable UTF-8; empty: none. Looked at by `begin_…` only, where
  /// `Policy::identity_assurance` asks for one.
  std::string attested_factor = {};
};

/// What a decision may depend on besides records. A value: the same context and records give the
/// same decision.
struct Context {
  const Policy& policy;
  const KeySet& keys;
  TimeMs now = 0;
  Seed seed = {};
  /// The answer to `Step::question`; none: the host has nobody to ask.
  std::optional<RiskAnswer> risk = {};
  std::string trace_id = {};  ///< `Call::trace_id`, for the messages.
};

/// A change to be committed, and a reply that is shown only when it was.
template <class Reply>
class Decision {
 public:
  Decision(ChangeSet change, result<Reply> reply)
      : change_(std::move(change)), reply_(std::move(reply)) {}
  /// A refusal that changes nothing.
  Decision(Failure refusal) : reply_(std::move(refusal)) {}

  /// What to commit. If it is empty there is nothing to commit: conclude with `committed`.
  const ChangeSet& change() const { return change_; }

  /// The reply, now that the commit has ended. Anything but `committed` reveals nothing of the
  /// decision (A02): `unavailable` if it was rolled back, `unknown` if its answer was lost.
  ///
  /// May be called any number of times. A host whose own statements depend on the decision, in the
  /// same transaction, calls `conclude(committed)` before it commits: what it learns there decides
  /// what it writes and nothing else, until it has concluded with the end of the transaction. A
  /// refusal or a wrong code may well have something to commit: the charge.
  result<Reply> conclude(CommitOutcome outcome) const {
    switch (outcome) {
      case CommitOutcome::committed:
        return reply_;
      case CommitOutcome::conflict:
        return failure(ErrorCode::busy,
                       "other calls changed the same records; load again and decide again");
      case CommitOutcome::unavailable:
        return failure(ErrorCode::store_unavailable, "the store did not take the change");
      case CommitOutcome::unknown:
        break;
    }
    return failure(ErrorCode::outcome_unknown,
                   "the store lost the answer; repeat with the same request id");
  }

 private:
  ChangeSet change_;
  result<Reply> reply_;
};

/// One step: a pure function from records to a decision. A value; may be used many times and from
/// any thread. Made by the functions in `workflow/`.
template <class Reply>
class Step {
 public:
  using Needs = std::function<std::vector<Key>(const Records&)>;
  using Decide = std::function<Decision<Reply>(const Records&, const Context&)>;
  using Ask = std::function<std::optional<RiskQuestion>(const Records&)>;

  /// `name` is of static storage, e.g. `"set_target"`.
  Step(std::string_view name, Needs needs, Decide decide, Ask ask = {})
      : name_(name), needs_(std::move(needs)), decide_(std::move(decide)), ask_(std::move(ask)) {}

  /// What is asked for, as observers see it.
  std::string_view name() const { return name_; }
  /// The keys still to be loaded; empty when `decide` can be called. Asked at most twice with an
  /// answer that is not empty.
  std::vector<Key> needs(const Records& loaded) const {
    std::vector<Key> missing;
    for (Key& key : needs_(loaded)) {
      if (loaded.find(key) == nullptr) missing.push_back(std::move(key));
    }
    return missing;
  }
  /// What to ask a `RiskAdvisor`, once everything is loaded: its answer goes into `Context::risk`.
  /// It does not depend on whether a presented code is right.
  std::optional<RiskQuestion> question(const Records& records) const {
    return ask_ ? ask_(records) : std::nullopt;
  }
  /// Decides. Reads nothing but its arguments.
  Decision<Reply> decide(const Records& records, const Context& context) const {
    return decide_(records, context);
  }

 private:
  std::string_view name_;
  Needs needs_;
  Decide decide_;
  Ask ask_;
};

}  // namespace ringfence
