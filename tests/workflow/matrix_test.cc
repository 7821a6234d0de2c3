// Every state × every command × (right, wrong, expired code, expired flow, foreign session, foreign
// account). R11, A36.
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

enum class State {
  prove_identity,
  set_target,
  prove_target,
  confirm_target,
  done,
  failed,
  replaced,
  locked
};
enum class Ask { prove_identity, set_target, prove_target, confirm_target, resend, cancel, view };
enum class Variant {
  right,
  wrong,
  expired_code,
  expired_flow,
  foreign_session,
  foreign_account,
  unknown_account
};

constexpr std::array states = {State::prove_identity, State::set_target, State::prove_target,
                               State::confirm_target, State::done,       State::failed,
                               State::replaced,       State::locked};
constexpr std::array state_names = {"prove_identity", "set_target", "prove_target",
                                    "confirm_target", "done",       "failed",
                                    "replaced",       "locked"};
constexpr std::array asks = {
    Ask::prove_identity, Ask::set_target, Ask::prove_target, Ask::confirm_target,
    Ask::resend,         Ask::cancel,     Ask::view};
constexpr std::array ask_names = {"prove_identity", "set_target", "prove_target", "confirm_target",
                                  "resend",         "cancel",     "view"};
constexpr std::array variants = {Variant::right,           Variant::wrong,
                                 Variant::expired_code,    Variant::expired_flow,
                                 Variant::foreign_session, Variant::foreign_account,
                                 Variant::unknown_account};
constexpr std::array variant_names = {"right",          "wrong",           "expired_code",
                                      "expired_flow",   "foreign_session", "foreign_account",
                                      "unknown_account"};

// What each state answers to each command when all else is right. Written down here by hand: this
// is the specification.
std::string expected_when_right(State state, Ask ask) {
  const auto step = [&](std::initializer_list<Ask> taken) {
    return std::find(taken.begin(), taken.end(), ask) != taken.end() || ask == Ask::view
               ? "ok"
               : "wrong_step";
  };
  switch (state) {
    case State::prove_identity:
      return step({Ask::prove_identity, Ask::resend, Ask::cancel});
    case State::set_target:
      return step({Ask::set_target, Ask::cancel});
    case State::prove_target:
      return step({Ask::set_target, Ask::prove_target, Ask::resend, Ask::cancel});
    case State::confirm_target:
      return step({Ask::set_target, Ask::confirm_target, Ask::cancel});
    case State::done:
      return step({Ask::prove_target, Ask::confirm_target});  // repeats its result
    case State::failed:
      return ask == Ask::view || ask == Ask::prove_target || ask == Ask::confirm_target
                 ? "address_at_capacity"
                 : "wrong_step";
    case State::replaced:
      return "flow_not_found";
    case State::locked:
      return "account_locked";
  }
  return "";
}

bool presents_code(State state, Ask ask) {
  return (state == State::prove_identity && ask == Ask::prove_identity) ||
         (state == State::prove_target && ask == Ask::prove_target);
}

bool running(State state) { return state <= State::confirm_target; }

std::string expected(State state, Ask ask, Variant variant) {
  switch (variant) {
    case Variant::foreign_session:
      return state == State::replaced ? "flow_not_found" : "session_mismatch";
    case Variant::foreign_account:
    case Variant::unknown_account:
      return "flow_not_found";  // the same answer for both (R16)
    case Variant::expired_flow:
      return running(state) ? "flow_expired" : expected_when_right(state, ask);
    case Variant::right:
    case Variant::wrong:
    case Variant::expired_code:
      return expected_when_right(state, ask);
  }
  return "";
}

struct Case {
  explicit Case(Policy policy) : world(std::move(policy)) {}
  World world;
  FlowHandle handle = {};
  std::string code = {};  // the live one, if there is one
};

std::unique_ptr<Case> brought_to(State state) {
  Policy policy;
  policy.max_accounts_per_address = 2;
  auto made = std::make_unique<Case>(policy);
  World& world = made->world;
  world.add("ann").value();
  world.add("bob", World::other_phone, "b@example.com").value();
  world.add("cid", World::other_phone, "c@example.com").value();  // other_phone is full now
  world.add("dan", World::new_phone, "d@example.com").value();    // new_phone is shared
  Service& service = *world.service;
  const auto to_target = [&](const char* target) {
    made->handle = world.targeted("ann", target);
    made->code = world.code_at(target);
  };
  switch (state) {
    case State::prove_identity:
    case State::locked:
    case State::replaced:
      made->handle = world.begun("ann");
      made->code = world.code_at(World::phone);
      break;
    case State::set_target:
      made->handle = world.identified("ann");
      break;
    case State::prove_target:
      to_target("+447700900999");
      break;
    case State::confirm_target:
      to_target(World::new_phone);
      service
          .prove_target(made->handle, made->code, world.call, {.accept_verification_only = false})
          .value();
      break;
    case State::done:
      to_target(World::new_phone);
      service.prove_target(made->handle, made->code, world.call).value();
      break;
    case State::failed:
      to_target(World::other_phone);
      EXPECT_EQ(outcome(service.prove_target(made->handle, made->code, world.call)),
                "address_at_capacity");
      break;
  }
  if (state == State::replaced) world.begun("ann");
  if (state == State::locked) {
    Account account = world.account("ann");
    account.status = AccountStatus::locked;
    world.put(account);
  }
  world.clock.advance(minute_ms);  // a resend is allowed
  return made;
}

result<FlowView> asked(Case& at, Ask ask, const FlowHandle& handle, const std::string& code,
                       const Call& call) {
  Service& service = *at.world.service;
  switch (ask) {
    case Ask::prove_identity:
      return service.prove_identity(handle, code, call);
    case Ask::set_target:
      return service.set_target(handle, {"+447700900777"}, call);
    case Ask::prove_target:
      return service.prove_target(handle, code, call);
    case Ask::confirm_target:
      return service.confirm_target(handle, call);
    case Ask::resend:
      return service.resend(handle, call);
    case Ask::cancel:
      return service.cancel(handle, call);
    case Ask::view:
      return service.view(handle, call);
  }
  return failure(ErrorCode::internal, "");
}

// The account without what a wrong code may charge.
Account uncharged(Account account) {
  account.failures.clear();
  account.changes.clear();
  account.audit = {};
  for (Flow& flow : account.flows) {
    if (flow.challenge) flow.challenge->tries_used = 0;
  }
  return account;
}

void check(State state, Ask ask, Variant variant) {
  const auto at = brought_to(state);
  World& world = at->world;
  Call call = world.call;
  FlowHandle handle = at->handle;
  std::string code = at->code.empty() ? "123456" : at->code;
  switch (variant) {
    case Variant::right:
      break;
    case Variant::wrong:
      code = wrong(code);
      break;
    case Variant::expired_code:
      world.clock.advance(4 * minute_ms);
      break;  // five in all: exactly the code's life
    case Variant::expired_flow:
      world.clock.advance(14 * minute_ms);
      break;
    case Variant::foreign_session:
      call.session = "another";
      break;
    case Variant::foreign_account:
      handle.account.id = "bob";
      break;
    case Variant::unknown_account:
      handle.account.id = "nobody";
      break;
  }
  const Account before = world.account("ann");
  const int committed = world.store.committed;
  const auto reply = asked(*at, ask, handle, code, call);
  EXPECT_EQ(outcome(reply), expected(state, ask, variant));

  const Account after = world.account("ann");
  if (!reply) {
    EXPECT_EQ(world.store.committed, committed) << "a refusal commits nothing";
    EXPECT_EQ(after, before);
  } else if (presents_code(state, ask)) {
    const Verdict verdict = variant == Variant::wrong          ? Verdict::rejected
                            : variant == Variant::expired_code ? Verdict::no_live_code
                                                               : Verdict::accepted;
    EXPECT_EQ(reply.value().verdict, verdict);
    if (verdict == Verdict::rejected) {
      EXPECT_NE(after, before) << "charged";
      EXPECT_EQ(uncharged(after), uncharged(before));
    }
    if (verdict == Verdict::no_live_code) {
      EXPECT_EQ(after, before);
    }
  } else if (ask == Ask::view || state == State::done) {
    EXPECT_EQ(world.store.committed, committed);
    EXPECT_EQ(after, before);
  }
  const std::string present = after.channel(ChannelKind::phone).address->text();
  const bool may_change =
      reply &&
      ((state == State::prove_target && ask == Ask::prove_target && variant == Variant::right) ||
       (state == State::confirm_target && ask == Ask::confirm_target) || state == State::done);
  if (!may_change) {
    EXPECT_EQ(present, before.channel(ChannelKind::phone).address->text());
  }
}

class Matrix : public ::testing::TestWithParam<std::size_t> {};

// Proves D4.1, D6.15.
TEST_P(Matrix, AnswersAsSpecifiedAndChangesNothingWhenRefused_R11_A36) {
  for (std::size_t a = 0; a < asks.size(); ++a) {
    for (std::size_t v = 0; v < variants.size(); ++v) {
      SCOPED_TRACE(std::string(state_names[GetParam()]) + " asked " + ask_names[a] + ", " +
                   variant_names[v]);
      check(states[GetParam()], asks[a], variants[v]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(InState, Matrix, ::testing::Range<std::size_t>(0, states.size()),
                         [](const auto& state) { return std::string(state_names[state.param]); });

}  // namespace
}  // namespace ringfence
