#pragma once

#include <map>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ringfence/workflow.h"
#include "search/alphabet.h"
#include "search/defects.h"
#include "search/move_rules.h"

/// The search: from a beginning, every move in every state, breadth first, each state once.
namespace ringfence::search {

/// How an account is registered at the beginning.
struct Registered {
  Address phone;
  bool phone_proven = true;
  std::optional<Address> email = {};
  bool email_proven = true;
};

struct Plan {
  std::string name;
  std::vector<std::pair<AccountKey, Registered>> accounts = {};
  Rules rules = {};
  Alphabet alphabet = {};
  int depth = 0;  ///< So many moves at most.
  /// Also lets any two moves decide on one state and commit one after the other.
  bool races = false;
  /// Also loses the answer of a move, once on each way, and repeats the request in every later
  /// state (I7).
  bool lost_answers = false;
};

struct Report {
  std::size_t states = 0;
  std::size_t moves = 0;         ///< Decided in some state, attacks and races included.
  std::size_t decisions = 0;     ///< Of the core, with those that check a state or a repeat.
  std::size_t races = 0;         ///< Pairs that committed one after the other.
  std::size_t twins = 0;         ///< Samples of states taken for another one.
  int depth = 0;                 ///< The longest shortest way to a state.
  bool closed = false;           ///< No move leads to a state that is not among them.
  std::string wrong;             ///< What rule was broken; empty: none.
  std::vector<std::string> way;  ///< By which moves.
  /// How often a verb had an outcome: a refusal, or a step and a verdict.
  std::map<std::tuple<Verb, ErrorCode, FlowStep, Verdict>, std::size_t> outcomes;

  std::size_t count(Verb verb, ErrorCode refusal) const {
    std::size_t sum = 0;
    for (const auto& [key, times] : outcomes) {
      if (std::get<0>(key) == verb && std::get<1>(key) == refusal) sum += times;
    }
    return sum;
  }
  std::size_t reached(FlowStep step) const {
    std::size_t sum = 0;
    for (const auto& [key, times] : outcomes) {
      if (std::get<1>(key) == ErrorCode::none && std::get<2>(key) == step) sum += times;
    }
    return sum;
  }
};

class Search {
 public:
  explicit Search(const Plan& plan, Defect defect = Defect::none)
      : plan_(plan),
        planted_(defect),
        core_rules_{planted_.policy(plan.rules.policy), plan.rules.keys, plan.rules.addresses},
        driver_(core_rules_) {}

  Report run() {
    visit(beginning(), nobody, "");
    for (; report_.depth < plan_.depth && !level_.empty() && good(); ++report_.depth) {
      std::vector<std::pair<State, std::uint32_t>> level;
      level.swap(level_);
      for (auto& [state, node] : level) {
        nodes_[node].fingerprint = expand(state, node);
        if (!good()) break;
        state = State{};  // its records may be needed by nobody now
      }
    }
    report_.closed = level_.empty() && good();
    if (report_.closed) --report_.depth;  // the last round found nothing new
    compare_twins();
    report_.states = nodes_.size();
    report_.decisions = driver_.decisions();
    return report_;
  }

 private:
  static constexpr std::uint32_t nobody = 0xffffffff;
  static constexpr std::size_t twin_every = 97;

  struct Node {
    std::uint32_t parent;
    std::string move;
    std::uint64_t fingerprint = 0;  ///< Of where its moves led; 0: it was not searched.
  };
  struct Taken {
    Action action;
    Decided decided;
    State after;
  };

  State beginning() {
    State state;
    for (const auto& [key, one] : plan_.accounts) {
      workflow::NewAccount account{.key = key,
                                   .phone = {one.phone, one.phone_proven ? state.now - 1 : 0}};
      if (one.email)
        account.email = workflow::NewChannel{*one.email, one.email_proven ? state.now - 1 : 0};
      driver_.prepare(state, workflow::register_account(account));
    }
    return state;
  }

  bool good() const { return report_.wrong.empty(); }
  void fail(std::string wrong, std::uint32_t node, const std::string& move) {
    if (!good()) return;
    report_.wrong = std::move(wrong);
    report_.way = {move};
    for (; node != nobody && nodes_[node].parent != nobody; node = nodes_[node].parent)
      report_.way.push_back(nodes_[node].move);
    std::reverse(report_.way.begin(), report_.way.end());
  }

  Id128 digest(const State& state) const {
    if (planted_.defect() != Defect::canonical_too_coarse)
      return Canonical(state, plan_.rules).digest();
    State coarse = state;
    for (auto& stored : coarse.records) {
      if (!std::holds_alternative<Account>(stored->record)) continue;
      ChangeSet::Put put = *stored;
      std::get<Account>(put.record).failures.clear();
      stored = std::make_shared<const ChangeSet::Put>(std::move(put));
    }
    return Canonical(coarse, plan_.rules).digest();
  }

  /// A state that was reached: if it is new it is checked, and searched in the next round.
  Id128 visit(const State& state, std::uint32_t parent, const std::string& move) {
    const Id128 id = digest(state);
    const auto [at, fresh] = visited_.emplace(id, static_cast<std::uint32_t>(nodes_.size()));
    if (fresh) {
      nodes_.push_back({parent, move});
      level_.emplace_back(state, at->second);
      std::string wrong = check_state(state, plan_.rules, driver_);
      if (wrong.empty() && state.lost != nullptr)
        wrong = answers_again(*state.lost, decide(state, state.lost->action));
      if (!wrong.empty()) fail(std::move(wrong), parent, move);
    } else if (++seen_again_ % twin_every == 0) {
      twins_.emplace_back(state, at->second);
    }
    return id;
  }

  /// Every move of a state. Returns a fingerprint of the set of what they show and where they lead.
  /// A state that stands for none (`node` is `nobody`) leads to no new ones.
  std::uint64_t expand(const State& state, std::uint32_t node) {
    std::set<std::uint64_t> ends;
    std::vector<Taken> taken;
    for (Action& action : plan_.alphabet.moves(state, *plan_.rules.keys)) {
      if (!good()) return 0;
      if (node != nobody) ++report_.moves;
      State after = state;
      Decided decided;
      if (action.verb == Verb::wait) {
        after.now += action.wait_ms;
        forget_lost(after);
      } else {
        action.request = driver_.fresh_request();
        decided = decide(state, action);
        after.apply(decided.change);
        learn(state, action, decided.shown, after);
        if (node != nobody) {
          count(action, decided.shown);
          if (std::string wrong = examine(state, action, decided, after); !wrong.empty())
            fail(std::move(wrong), node, action.text());
        }
        if (decided.change.empty() || action.attack) {
          ends.insert(mixed({}, decided.shown));
          continue;
        }
      }
      const Id128 led_to = node == nobody ? digest(after) : visit(after, node, action.text());
      ends.insert(mixed(led_to, decided.shown));
      if (plan_.lost_answers && state.lost == nullptr && node != nobody &&
          (action.on_flow() || action.verb == Verb::begin)) {
        State unanswered = after;
        unanswered.lost = std::make_shared<const Lost>(Lost{action, decided.shown, state.now});
        visit(unanswered, node, action.text() + ", its answer lost");
      }
      if (plan_.races && action.verb != Verb::wait)
        taken.push_back({action, std::move(decided), std::move(after)});
    }
    if (node != nobody) race(taken, node);
    return std::accumulate(ends.begin(), ends.end(), std::uint64_t{1});
  }

  void forget_lost(State& state) const {
    if (state.lost != nullptr && state.now >= state.lost->at + plan_.rules.policy.result_kept_ms)
      state.lost.reset();
  }

  Decided decide(const State& state, const Action& action) {
    Decided decided = driver_.decide(planted_.loaded(state), planted_.call(state, action),
                                     planted_.now(state, action));
    planted_.spoil(state, action, decided.shown, decided.change);
    return decided;
  }

  static std::uint64_t mixed(const Id128& led_to, const Shown& shown) {
    std::uint64_t mix = std::hash<Id128>{}(led_to) + static_cast<std::uint64_t>(shown.refusal) * 31;
    if (shown.view) {
      mix += static_cast<std::uint64_t>(shown.view->verdict) * 7 +
             static_cast<std::uint64_t>(shown.view->step) * 1009 +
             static_cast<std::uint64_t>(shown.view->tries_left) * 100'003;
    }
    mix ^= mix >> 31;
    return mix * 0x9e3779b97f4a7c15ULL;
  }

  void count(const Action& action, const Shown& shown) {
    ++report_.outcomes[{action.verb, shown.refusal,
                        shown.view ? shown.view->step : FlowStep::cancelled,
                        shown.view ? shown.view->verdict : Verdict::not_asked}];
  }

  /// What the observer learns from a reply.
  static void learn(const State& before, const Action& action, const Shown& shown, State& after) {
    const Account* account = after.account(action.account);
    if (account == nullptr) return;
    if (action.verb == Verb::begin && shown.view && !shown.view->repeated) {
      const Account& was = *before.account(action.account);
      const auto& row = workflow::row_of(action.kind);
      const bool asked = row.identity == workflow::IdentityProof::required ||
                         (row.identity == workflow::IdentityProof::if_any_verified &&
                          (was.channels[0].verified() || was.channels[1].verified()));
      after.proofs.push_back({action.account, shown.view->handle.flow, action.session, asked});
    }
    Proofs* proofs = after.proofs_of(action.flow);
    const Account* was = before.account(action.account);
    const Flow* flow = was == nullptr ? nullptr : find_flow(*was, action.flow);
    if (proofs != nullptr && flow != nullptr) {
      const bool right = action.presented == Presented::right;
      if (shown.accepted() && right && action.verb == Verb::prove_identity) proofs->identity = true;
      if (shown.accepted() && right && action.verb == Verb::prove_target)
        proofs->target = flow->target;
      if (shown.view && action.verb == Verb::set_target) proofs->target.reset();
    }
    std::erase_if(after.proofs, [&](const Proofs& one) {
      return one.account == action.account && find_flow(*account, one.flow) == nullptr &&
             find_grant(*account, one.flow) == nullptr;
    });
  }

  std::string examine(const State& before, const Action& action, const Decided& decided,
                      const State& after) {
    // I1, A02: without a commit nothing is revealed. A crash before the commit is this, too: the
    // state is as before.
    if (decided.conflict != Shown{ErrorCode::busy} ||
        decided.unavailable != Shown{ErrorCode::store_unavailable} ||
        decided.unknown != Shown{ErrorCode::outcome_unknown}) {
      return "A02: a commit that failed reveals something";
    }
    // So that a fence, which gives the account another version, stops a lost commit (I7).
    if (!before.expected_by(decided.change)) return "I7: a change expects what was not loaded";
    std::string wrong =
        Move(before, action, decided.change, decided.shown, after, plan_.rules).check();
    if (wrong.empty() && !decided.change.empty()) wrong = repeat(action, decided, after);
    if (wrong.empty() && !decided.change.empty()) wrong = present_void_codes(before, action, after);
    return wrong;
  }

  /// I7: the change was applied and its answer lost; the same request then gets the same reply, and
  /// changes nothing. Another request does not use a grant again (R30).
  std::string repeat(const Action& action, const Decided& decided, const State& after) {
    const bool answered_again =
        action.on_flow() || action.verb == Verb::begin || action.verb == Verb::use_grant;
    if (!answered_again) return "";
    std::string wrong = answers_again({action, decided.shown}, decide(after, action));
    if (!wrong.empty() || action.verb != Verb::use_grant) return wrong;
    Action other = action;
    other.request = driver_.fresh_request();
    return decide(after, other).shown.granted ? "R30: a grant was used twice" : "";
  }

  /// I5, R20: a code that was live before the change and is void now is not taken any more.
  std::string present_void_codes(const State& before, const Action& action, const State& after) {
    const Account& was = *before.account(action.account);
    const Account& is = *after.account(action.account);
    for (const Flow& flow : was.flows) {
      const Proofs* proofs = before.proofs_of(flow.id);
      if (!awaits_code(flow, before.now) || proofs == nullptr) continue;
      const Flow* now = find_flow(is, flow.id);
      if (now != nullptr && now->challenge && now->challenge->nonce == flow.challenge->nonce &&
          now->step == flow.step) {
        continue;
      }
      const Role role = workflow::role_of(flow);
      const Action again{.verb = role == Role::identity ? Verb::prove_identity : Verb::prove_target,
                         .account = action.account,
                         .session = proofs->session,
                         .flow = flow.id,
                         .code = code_of(was.key, flow, role, *plan_.rules.keys),
                         .presented = Presented::used,
                         .request = driver_.fresh_request()};
      if (decide(after, again).shown.accepted()) return "I5: a code was taken that is void";
    }
    return "";
  }

  /// Two moves decide on the same state; one commits, then the other tries to.
  void race(const std::vector<Taken>& taken, std::uint32_t node) {
    for (const Taken& first : taken) {
      for (const Taken& second : taken) {
        if (!good()) return;
        if (&first == &second) continue;
        ++report_.races;
        const std::string move = first.action.text() + ", overtaking " + second.action.text();
        const State& between = first.after;
        if (!planted_.commits(between, second.decided.change)) {
          const bool reveals = planted_.defect() == Defect::revealed_on_conflict;
          const Shown& shown = reveals ? second.decided.shown : second.decided.conflict;
          if (shown == Shown{ErrorCode::busy}) continue;
          if (std::string wrong =
                  Move(between, second.action, {}, shown, between, plan_.rules).check();
              !wrong.empty()) {
            fail(std::move(wrong), node, move);
          }
          continue;
        }
        State after = between;
        after.apply(second.decided.change);
        learn(between, second.action, second.decided.shown, after);
        if (std::string wrong = Move(between, second.action, second.decided.change,
                                     second.decided.shown, after, plan_.rules)
                                    .check();
            !wrong.empty()) {
          fail(std::move(wrong), node, move);
        }
        visit(after, node, move);
      }
    }
  }

  /// The states taken for another one that was searched lead where that one led.
  void compare_twins() {
    for (const auto& [state, node] : twins_) {
      if (!good()) return;
      if (nodes_[node].fingerprint == 0) continue;
      ++report_.twins;
      if (expand(state, nobody) != nodes_[node].fingerprint)
        fail("the canonical form takes two states for one", node, "twin");
    }
  }

  const Plan& plan_;
  Planted planted_;
  Rules core_rules_;  // as the core sees them
  Driver driver_;
  Report report_;
  std::vector<Node> nodes_;
  std::unordered_map<Id128, std::uint32_t> visited_;
  std::vector<std::pair<State, std::uint32_t>> level_;  // found, to be searched next
  std::vector<std::pair<State, std::uint32_t>> twins_;
  std::size_t seen_again_ = 0;
};

}  // namespace ringfence::search
