#pragma once

#include <optional>
#include <string>

#include "ringfence/workflow/flow_table.h"
#include "search/state.h"

/// What somebody does in a search, and what came of it.
namespace ringfence::search {

enum class Verb {
  begin,
  prove_identity,
  set_target,
  prove_target,
  confirm_target,
  resend,
  cancel,
  view,
  use_grant,
  lock,
  unlock,
  credentials_changed,
  close,
  submit_appeal,
  approve,
  reject,
  dispute,
  wait,
};

inline const char* name(Verb verb) {
  constexpr const char* names[] = {"begin",        "prove_identity", "set_target",
                                   "prove_target", "confirm_target", "resend",
                                   "cancel",       "view",           "use_grant",
                                   "lock",         "unlock",         "credentials_changed",
                                   "close",        "submit_appeal",  "approve",
                                   "reject",       "dispute",        "wait"};
  return names[static_cast<std::size_t>(verb)];
}

/// Which code is presented.
enum class Presented { none, right, wrong, foreign, used };

struct Action {
  Verb verb = Verb::wait;
  AccountKey account = {};
  int session = 0;
  std::string source = {};
  // Of a flow that is begun:
  FlowKind kind = FlowKind::change_phone;
  Method method = Method::phone;
  workflow::BeginOptions options = {};
  // Of a flow that runs, a grant or a dispute:
  Id128 flow = {};
  std::optional<Address> target = {};
  std::string code = {};
  Presented presented = Presented::none;
  bool accept_verification_only = true;
  TimeMs wait_ms = 0;
  std::string request = {};
  /// Not an ordinary move but an attack: whatever it does, no state that is searched comes of it.
  bool attack = false;

  bool on_flow() const { return verb >= Verb::prove_identity && verb <= Verb::view; }
  bool proves() const { return verb == Verb::prove_identity || verb == Verb::prove_target; }
  Role role() const { return verb == Verb::prove_identity ? Role::identity : Role::target; }
  Call call() const {
    return {.session = session == 0 ? "session-1" : "session-2",
            .source = source,
            .request_id = request};
  }

  std::string text() const {
    if (verb == Verb::wait) return "wait " + std::to_string(wait_ms / second_ms) + " s";
    std::string out = account.id + " " + name(verb);
    if (verb == Verb::begin)
      out += " " + std::string(name(kind)) + " by " + std::string(name(method)) + " for " +
             std::string(name(options.channel)) + options.operation;
    if (on_flow() || verb == Verb::begin) out += session == 0 ? " in 1" : " in 2";
    if (target) out += " " + target->text();
    constexpr const char* codes[] = {"", " right", " wrong", " another's", " used"};
    out += codes[static_cast<std::size_t>(presented)];
    if (!accept_verification_only) out += " no verification only";
    return out;
  }
};

/// What the caller was shown.
struct Shown {
  ErrorCode refusal = ErrorCode::none;
  std::optional<FlowView> view = {};
  bool granted = false;

  bool accepted() const { return view && view->accepted() && !view->repeated; }
  bool rejected() const { return view && view->verdict == Verdict::rejected && !view->repeated; }
  friend bool operator==(const Shown&, const Shown&) = default;
};

/// A request whose change was applied and whose answer was lost (I7).
struct Lost {
  Action action;
  Shown shown;
  TimeMs at = 0;
};

template <class Reply>
Shown shown_of(const result<Reply>& reply) {
  Shown out;
  if (!reply) {
    out.refusal = reply.error().code;
  } else if constexpr (std::is_same_v<Reply, FlowView>) {
    out.view = reply.value();
  } else {
    out.granted = std::is_same_v<Reply, Granted>;
  }
  return out;
}

struct Decided {
  ChangeSet change;
  Shown shown;     ///< If it is committed.
  Shown conflict;  ///< If it is not: by the outcome.
  Shown unavailable;
  Shown unknown;
};

/// What all states of a search share.
struct Rules {
  Policy policy;
  std::shared_ptr<const KeySet> keys;
  std::vector<Address> addresses;  ///< All there are.
};

/// Runs steps of the core on a state, as a host does who keeps its records by itself.
class Driver {
 public:
  explicit Driver(const Rules& rules) : rules_(rules) {}

  /// Decides with `now` as the reading of the clock.
  Decided decide(const State& state, const Action& action, TimeMs now) {
    using namespace workflow;
    const FlowHandle flow{action.account, action.flow};
    const auto run = [&](const auto& step) { return this->run(state, step, now); };
    switch (action.verb) {
      case Verb::begin:
        return run(
            begin(action.kind, action.account, action.method, action.call(), action.options));
      case Verb::prove_identity:
        return run(prove_identity(flow, SecretText(action.code), action.call()));
      case Verb::set_target:
        return run(set_target(flow, action.target.value(), action.call()));
      case Verb::prove_target:
        return run(prove_target(flow, SecretText(action.code), action.call(),
                                {action.accept_verification_only}));
      case Verb::confirm_target:
        return run(confirm_target(flow, action.call()));
      case Verb::resend:
        return run(resend(flow, action.call()));
      case Verb::cancel:
        return run(cancel(flow, action.call()));
      case Verb::view:
        return run(view(flow, action.call()));
      case Verb::use_grant:
        return run(use_grant(flow, action.options.operation, action.call()));
      case Verb::lock:
        return run(lock(action.account, "suspicion"));
      case Verb::unlock:
        return run(unlock(action.account));
      case Verb::credentials_changed:
        return run(credentials_changed(action.account));
      case Verb::close:
        return run(close(action.account));
      case Verb::submit_appeal:
        return run(submit_appeal(action.account, {"desk"}));
      case Verb::approve:
      case Verb::reject:
        return run(decide_appeal(action.account,
                                 {action.flow, action.verb == Verb::approve, "rita", "case"}));
      case Verb::dispute:
        return run(dispute(flow));
      case Verb::wait:
        break;
    }
    return {};
  }
  Decided decide(const State& state, const Action& action) {
    return decide(state, action, state.now);
  }

  /// Runs any step whose refusal would be a defect of the test, e.g. a registration.
  template <class Reply>
  void prepare(State& state, const Step<Reply>& step) {
    const Decided decided = run(state, step, state.now);
    EXPECT_EQ(decided.shown.refusal, ErrorCode::none) << name(decided.shown.refusal);
    state.apply(decided.change);
  }

  std::string fresh_request() { return "request-" + std::to_string(++requests_); }
  std::size_t decisions() const { return seeds_; }

 private:
  template <class Reply>
  Decided run(const State& state, const Step<Reply>& step, TimeMs now) {
    Records records;
    for (auto wanted = step.needs(records); !wanted.empty(); wanted = step.needs(records)) {
      std::vector<Loaded> found;
      for (Key& key : wanted) {
        const ChangeSet::Put* stored = state.find(key);
        Loaded loaded{std::move(key)};
        if (stored != nullptr) {
          loaded.version = stored->version;
          loaded.record = stored->record;
        }
        found.push_back(std::move(loaded));
      }
      records.add(std::move(found));
    }
    Seed seed;
    ++seeds_;
    for (std::size_t i = 0; i < 8; ++i)
      seed.reveal()[i] = static_cast<std::uint8_t>(seeds_ >> (8 * i));
    const Decision<Reply> decision =
        step.decide(records, Context{rules_.policy, *rules_.keys, now, seed});
    return {decision.change(), shown_of(decision.conclude(CommitOutcome::committed)),
            shown_of(decision.conclude(CommitOutcome::conflict)),
            shown_of(decision.conclude(CommitOutcome::unavailable)),
            shown_of(decision.conclude(CommitOutcome::unknown))};
  }

  const Rules& rules_;
  std::uint64_t seeds_ = 0;
  std::uint64_t requests_ = 0;
};

}  // namespace ringfence::search
