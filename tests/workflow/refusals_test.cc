// Every refusal of DOMAIN 4 that `change_phone` can give, by its own code; the store is compared
// before and after.
#include <limits>

#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;

class Refusals : public ::testing::Test {
 protected:
  /// Runs a call that is refused: it gives `code`, and nothing is stored.
  template <class Refused>
  void refused(const std::string& code, NextStep next, const Refused& call) {
    const int committed = world.store.committed;
    const auto reply = call();
    ASSERT_EQ(outcome(reply), code);
    EXPECT_EQ(reply.error().next, next);
    EXPECT_FALSE(reply.error().text.empty());
    for (const char* secret : {"3672", "0123", "234", "lion", "session-1", "192.0.2"}) {
      EXPECT_THAT(reply.error().text, ::testing::Not(::testing::HasSubstr(secret))) << "R25";
    }
    EXPECT_EQ(world.store.committed, committed);
  }
  World world;
  Service& service = *world.service;
};

// Proves D4.18.
TEST_F(Refusals, AccountNotFound) {
  refused("account_not_found", NextStep::fix_input,
          [&] { return service.settings(World::key("nobody")); });
  refused("account_not_found", NextStep::fix_input,
          [&] { return service.upgrade(World::key("nobody")); });
  refused("account_not_found", NextStep::fix_input, [&] {
    return service.begin_change_phone(World::key("nobody"), Method::phone, world.call);
  });
}

// Proves D4.18.
TEST_F(Refusals, AccountExists) {
  world.add("ann").value();
  refused("account_exists", NextStep::fix_input, [&] { return world.add("ann"); });
}

// Proves D2.2, D4.18.
TEST_F(Refusals, AccountLockedAndClosed) {
  world.add("ann").value();
  Account account = world.account("ann");
  account.status = AccountStatus::locked;
  world.put(account);
  refused("account_locked", NextStep::contact_support,
          [&] { return service.begin_change_phone(World::key("ann"), Method::phone, world.call); });
  EXPECT_EQ(service.settings(World::key("ann")).value().phone().verification.reason,
            Reason::account_locked);
  account.status = AccountStatus::closed;
  world.put(account);
  refused("account_closed", NextStep::contact_support,
          [&] { return service.begin_change_phone(World::key("ann"), Method::phone, world.call); });
  refused("account_closed", NextStep::contact_support,
          [&] { return service.upgrade(World::key("ann")); });
  EXPECT_EQ(service.settings(World::key("ann")).value().phone().login.reason,
            Reason::account_closed);
}

// Proves D4.18.
TEST_F(Refusals, SameAddress_A39_NothingIsSent) {
  world.add("ann").value();
  const FlowView flow = world.identified("ann");
  world.sender.clear();
  refused("same_address", NextStep::fix_input,
          [&] { return service.set_target(flow, {"0086 139 1234 3672"}, world.call); });
  world.pump();
  EXPECT_TRUE(world.sender.all().empty());
}

// Proves D4.18.
TEST_F(Refusals, InvalidNumber) {
  world.add("ann").value();
  const FlowView flow = world.identified("ann");
  for (const char* bad :
       {"", "hello", "+", "123", "+86 139 1234 5678 ext 3", "+99999999999999999"}) {
    refused("invalid_number", NextStep::fix_input, [&] {
      return service.set_target(flow, {bad, "CN"}, world.call);
    });
  }
  refused("invalid_number", NextStep::fix_input, [&] {
    return service.register_account({.account = World::key("bob"), .phone = {"12"}});
  });
}

// Proves D4.18.
TEST_F(Refusals, InvalidEmail) {
  refused("invalid_email", NextStep::fix_input, [&] {
    return service.register_account({.account = World::key("bob"),
                                     .phone = {World::phone},
                                     .email = AddressInput{"not an email"}});
  });
}

// Proves D4.18.
TEST_F(Refusals, NumberTypeNotAllowed) {
  world.add("ann").value();
  const FlowView flow = world.identified("ann");
  refused("number_type_not_allowed", NextStep::fix_input,
          [&] { return service.set_target(flow, {"+1 900 234 5678"}, world.call); });
}

// Proves D4.18.
TEST_F(Refusals, MethodUnavailableAndNoMethodAvailable) {
  world.add("ann", World::phone, "").value();
  refused("method_unavailable", NextStep::fix_input,
          [&] { return service.begin_change_phone(World::key("ann"), Method::email, world.call); });
  service.register_account({.account = World::key("bob"), .phone = {World::other_phone}}).value();
  refused("no_method_available", NextStep::contact_support,
          [&] { return service.begin_change_phone(World::key("bob"), Method::phone, world.call); });
}

// Proves D1.3, D4.18.
TEST_F(Refusals, ManagedElsewhere) {
  service
      .register_account(
          {.account = World::key("fed"), .kind = AccountKind::federated, .phone = {World::phone}})
      .value();
  refused("managed_elsewhere", NextStep::contact_support,
          [&] { return service.begin_change_phone(World::key("fed"), Method::phone, world.call); });
}

TEST_F(Refusals, InvalidArgumentForAKindThatIsNone) {
  refused("invalid_argument", NextStep::fix_input, [&] {
    return service.register_account({.account = World::key("odd"),
                                     .kind = static_cast<AccountKind>(7),
                                     .phone = {World::other_phone}});
  });
}

TEST_F(Refusals, InvalidArgumentForARegistrationThatContradictsItself) {
  const Registration good{.account = World::key("odd"), .phone = {World::other_phone}};
  Registration no_email = good;
  no_email.email_proven_at = world.clock.now_ms();
  Registration seconds = good;
  seconds.phone_proven_at = world.clock.now_ms() / 1000;
  Registration provider = good;
  provider.provider = "elsewhere";
  for (const Registration& bad : {no_email, seconds, provider}) {
    refused("invalid_argument", NextStep::fix_input, [&] { return service.register_account(bad); });
  }
  EXPECT_EQ(outcome(service.register_account(good)), "ok");
}

// Proves D4.14, D4.18.
TEST_F(Refusals, FlowExpiredExactlyAtItsEnd_I6) {
  world.add("ann").value();
  const FlowView flow = world.identified("ann");
  world.clock.advance(15 * minute_ms - 1);
  EXPECT_EQ(outcome(service.view(flow, world.call)), "ok");
  world.clock.advance(1);
  refused("flow_expired", NextStep::restart_flow, [&] { return service.view(flow, world.call); });
  refused("flow_expired", NextStep::restart_flow,
          [&] { return service.set_target(flow, {World::new_phone}, world.call); });
}

// Proves D4.18, A44.
TEST_F(Refusals, FlowNotFoundWrongStepSessionMismatch) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  FlowHandle made_up = flow;
  made_up.flow.bytes[0] ^= 1U;
  refused("flow_not_found", NextStep::restart_flow,
          [&] { return service.view(made_up, world.call); });
  refused("wrong_step", NextStep::restart_flow,
          [&] { return service.set_target(flow, {World::new_phone}, world.call); });
  Call foreign = world.call;
  foreign.session += "x";
  refused("session_mismatch", NextStep::restart_flow, [&] { return service.view(flow, foreign); });
}

// Proves D4.18, D7.9.
TEST_F(Refusals, LimitedTellsWhen) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const auto reply = service.resend(flow, world.call);
  ASSERT_EQ(outcome(reply), "limited");
  EXPECT_EQ(reply.error().retry_at, world.clock.now_ms() + 60 * second_ms);
  EXPECT_EQ(reply.error().next, NextStep::wait);
}

// Proves D4.18.
TEST_F(Refusals, BusyWhenOthersKeepWinning) {
  world.add("ann").value();
  world.store.on_commit([](const ChangeSet&, Store&) { return CommitOutcome::conflict; });
  refused("busy", NextStep::retry,
          [&] { return service.begin_change_phone(World::key("ann"), Method::phone, world.call); });
}

// Proves D4.18.
TEST_F(Refusals, StoreUnavailableOnLoadAndOnCommit) {
  world.add("ann").value();
  world.store.on_commit([](const ChangeSet&, Store&) { return CommitOutcome::unavailable; });
  refused("store_unavailable", NextStep::retry,
          [&] { return service.begin_change_phone(World::key("ann"), Method::phone, world.call); });
  world.store.on_commit(nullptr);
  world.store.on_load([] { return failure(ErrorCode::store_unavailable, "down"); });
  refused("store_unavailable", NextStep::retry,
          [&] { return service.settings(World::key("ann")); });
}

// Proves D1.1.
TEST_F(Refusals, OutOfBoundsKeysOfACall) {
  world.add("ann").value();
  const auto begin = [&](const Call& call) {
    return service.begin_change_phone(World::key("ann"), Method::phone, call);
  };
  refused("invalid_argument", NextStep::fix_input,
          [&] { return begin({}); });  // no session: whose flow would it be?
  refused("invalid_argument", NextStep::fix_input,
          [&] { return begin({.session = std::string(257, 's')}); });
  refused("invalid_argument", NextStep::fix_input,
          [&] { return begin({.session = "s", .source = std::string(129, 's')}); });
  refused("invalid_argument", NextStep::fix_input,
          [&] { return begin({.session = "s", .source = "\xff"}); });
  refused("invalid_argument", NextStep::fix_input,
          [&] { return begin({.session = "s", .request_id = std::string(129, 'r')}); });
  for (const std::string& id :
       {std::string(), std::string(129, 'x'), std::string("a\0b", 3), std::string("\xc3")}) {
    refused("invalid_argument", NextStep::fix_input, [&] {
      return service.register_account({.account = {"", id}, .phone = {World::new_phone}});
    });
  }
}

TEST_F(Refusals, AMethodThatIsNone_ANegativeDeadline_AClockThatTellsNoTime) {
  world.add("ann").value();
  refused("invalid_argument", NextStep::fix_input, [&] {
    return service.begin_change_phone(World::key("ann"), static_cast<Method>(7), world.call);
  });
  Call call = world.call;
  call.deadline_ms = std::numeric_limits<TimeMs>::min();
  refused("invalid_argument", NextStep::fix_input,
          [&] { return service.begin_change_phone(World::key("ann"), Method::phone, call); });
  for (const TimeMs reading :
       {TimeMs{0}, std::numeric_limits<TimeMs>::min(), std::numeric_limits<TimeMs>::max()}) {
    world.clock.set(reading);
    refused("internal", NextStep::fix_setup, [&] {
      return service.begin_change_phone(World::key("ann"), Method::phone, world.call);
    });
  }
}

TEST_F(Refusals, ADamagedFlowIsNotBelieved_R28) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  Account account = world.account("ann");
  account.flows[0].challenge->digits = 0;
  world.put(account);
  EXPECT_EQ(service.prove_identity(flow, "", world.call).value().verdict, Verdict::no_live_code);
  account.flows[0].challenge.reset();
  world.put(account);
  EXPECT_EQ(service.prove_identity(flow, "", world.call).value().verdict, Verdict::no_live_code);
  account.channels[0].address.reset();
  world.put(account);
  refused("method_unavailable", NextStep::fix_input,
          [&] { return service.prove_identity(flow, "", world.call); });
  refused("internal", NextStep::fix_setup, [&] { return service.resend(flow, world.call); });
}

// Proves D1.6.
TEST_F(Refusals, ProofsFromTheFutureAreNoProofs) {
  refused("invalid_argument", NextStep::fix_input, [&] {
    return service.register_account({.account = World::key("bob"),
                                     .phone = {World::phone},
                                     .phone_proven_at = world.clock.now_ms() + hour_ms});
  });
  refused("invalid_argument", NextStep::fix_input, [&] {
    return service.register_account(
        {.account = World::key("bob"), .phone = {World::phone}, .phone_proven_at = 0});
  });
}

// Proves D4.18.
TEST(PolicyRefusals, RegionNotAllowed) {
  Policy policy;
  policy.phone_numbers.denied_regions = {"GB"};
  World world(policy);
  world.add("ann").value();
  const FlowView flow = world.identified("ann");
  EXPECT_EQ(outcome(world.service->set_target(flow, {World::new_phone}, world.call)),
            "region_not_allowed");
}

// Proves D6.16, R01, R02.
TEST(PolicyRefusals, AServiceWithABadPolicyIsNotMade) {
  World world;
  Policy bad;
  bad.code_digits = 5;               // R01
  bad.code_ttl_ms = 11 * minute_ms;  // R02
  const auto refused = Service::make({world.store, *world.ring}, bad);
  ASSERT_EQ(outcome(refused), "invalid_policy");
  EXPECT_THAT(refused.error().text, ::testing::AllOf(::testing::HasSubstr("code_digits"),
                                                     ::testing::HasSubstr("code_ttl_ms")));
}

}  // namespace
}  // namespace ringfence
