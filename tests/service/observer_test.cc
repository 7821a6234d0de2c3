// What the host sees of the library at work: observations and health.
#include <stdexcept>

#include "support/world.h"

namespace ringfence {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

class Record final : public Observer {
 public:
  void observe(const Observation& one) override {
    const std::lock_guard lock(mutex);
    seen.push_back(std::string(one.name) + " " + std::string(one.subject) + " " +
                   std::string(one.outcome) + " " + std::string(one.trace_id));
    values[std::string(one.name)] += one.value;
    if (fails) throw std::runtime_error("no room");
  }
  std::mutex mutex;
  std::vector<std::string> seen;
  std::map<std::string, std::int64_t> values;
  bool fails = false;
};

struct Observed : ::testing::Test {
  World world;
  Record record;
  std::unique_ptr<Service> service =
      Service::make({world.store, *world.ring, world.clock, world.entropy, nullptr, &record}, {})
          .value();
  Dispatcher dispatcher{
      {world.store, *world.ring, world.sender, world.sender, world.clock, world.entropy, &record}};
  Call call{.session = "session-1", .trace_id = "trace-7"};
};

TEST_F(Observed, EveryCallIsCountedAndTimedWithItsOutcomeAndItsTraceId) {
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = service->begin_change_phone(World::key("ann"), Method::phone, call).value();
  EXPECT_THAT(record.seen, ElementsAre("ringfence.calls begin_change_phone ok trace-7",
                                       "ringfence.call_ms begin_change_phone ok trace-7"));
  record.seen.clear();
  const std::string code = world.code_at(World::phone);
  ASSERT_TRUE(service->prove_identity(flow, wrong(code), call));
  ASSERT_TRUE(service->prove_identity(flow, code, call));
  EXPECT_THAT(record.seen, Contains("ringfence.calls prove_identity rejected trace-7"));
  EXPECT_THAT(record.seen, Contains("ringfence.calls prove_identity accepted trace-7"));
}

TEST_F(Observed, RefusalsAreSeenThoughNothingIsStored) {
  EXPECT_EQ(outcome(service->settings(World::key("eve"), call)), "account_not_found");
  EXPECT_EQ(outcome(service->resolve_login_phone("", {"12"}, call)), "invalid_number");
  EXPECT_EQ(outcome(service->resolve_login_email("", "12", call)), "invalid_email");
  EXPECT_EQ(outcome(service->dispute("12", call)), "dispute_not_found");
  EXPECT_EQ(
      outcome(service->register_account({.account = World::key("ann"), .phone = {"12"}}, call)),
      "invalid_number");
  for (const char* seen : {"ringfence.calls settings account_not_found trace-7",
                           "ringfence.calls resolve_login invalid_number trace-7",
                           "ringfence.calls resolve_login invalid_email trace-7",
                           "ringfence.calls dispute dispute_not_found trace-7",
                           "ringfence.calls register_account invalid_number trace-7"}) {
    EXPECT_THAT(record.seen, Contains(seen));
  }
}

TEST_F(Observed, WhatTakesSeveralStepsIsOneCall) {
  ASSERT_TRUE(world.add("ann"));
  ASSERT_TRUE(service->verify_audit(World::key("ann"), call));
  EXPECT_EQ(outcome(service->audit(World::key("ann"), {.max = 0}, call)), "invalid_argument");
  EXPECT_EQ(outcome(service->export_account(World::key("eve"), call)), "account_not_found");
  EXPECT_EQ(record.seen, (std::vector<std::string>{
                             "ringfence.calls verify_audit ok trace-7",
                             "ringfence.call_ms verify_audit ok trace-7",
                             "ringfence.calls audit invalid_argument trace-7",
                             "ringfence.call_ms audit invalid_argument trace-7",
                             "ringfence.calls export_account account_not_found trace-7",
                             "ringfence.call_ms export_account account_not_found trace-7"}));
}

TEST_F(Observed, ConflictsAreCounted) {
  ASSERT_TRUE(world.add("ann"));
  int conflicts = 3;
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    return conflicts-- > 0 ? CommitOutcome::conflict : behind.commit(change, 0);
  });
  ASSERT_TRUE(service->lock(World::key("ann"), "x", call));
  EXPECT_EQ(record.values["ringfence.conflicts"], 3);
}

TEST_F(Observed, DeliveriesCarryTheTraceIdOfTheCallThatCausedThem) {
  ASSERT_TRUE(world.add("ann"));
  ASSERT_TRUE(service->begin_change_phone(World::key("ann"), Method::phone, call));
  record.seen.clear();
  ASSERT_TRUE(dispatcher.pump());
  EXPECT_THAT(record.seen, ElementsAre("ringfence.delivery_ms text accepted trace-7",
                                       "ringfence.deliveries change_phone accepted trace-7"));
  EXPECT_EQ(world.sender.all()[0].message.trace_id, "trace-7");
}

TEST_F(Observed, NothingPersonalAndNoCodeIsInAnObservation_R25) {
  Call mine = call;
  ASSERT_TRUE(world.add("ann-the-lion"));
  const auto key = World::key("ann-the-lion");
  const FlowView flow = service->begin_change_phone(key, Method::phone, mine).value();
  ASSERT_TRUE(dispatcher.pump());
  const std::string code = world.sender.last_code(World::phone).value();
  ASSERT_TRUE(service->prove_identity(flow, code, mine));
  ASSERT_TRUE(service->set_target(flow, {World::new_phone}, mine));
  ASSERT_TRUE(dispatcher.pump());
  ASSERT_TRUE(service->prove_target(flow, world.sender.last_code(World::new_phone).value(), mine));
  ASSERT_TRUE(dispatcher.pump());
  for (const std::string& one : record.seen) {
    for (const std::string& mark :
         {std::string("139"), std::string("7700"), std::string("lion"), code, std::string("3672"),
          std::string("session-1"), flow.handle.flow.hex()}) {
      EXPECT_THAT(one, Not(HasSubstr(mark)));
    }
  }
}

TEST_F(Observed, AnObserverThatThrowsDisturbsNobody_A43) {
  record.fails = true;
  ASSERT_TRUE(world.add("ann"));
  EXPECT_TRUE(service->begin_change_phone(World::key("ann"), Method::phone, call));
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
}

TEST_F(Observed, ATraceIdHasABound) {
  ASSERT_TRUE(world.add("ann"));
  call.trace_id = std::string(129, 'x');
  EXPECT_EQ(outcome(service->settings(World::key("ann"), call)), "invalid_argument");
  call.trace_id = std::string("a\0b", 3);
  EXPECT_EQ(outcome(service->settings(World::key("ann"), call)), "invalid_argument");
}

TEST(Healthy, TellsOfStoreOutboxAndKeys) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  Health health = world.service->health();
  EXPECT_EQ(health.store, ErrorCode::none);
  EXPECT_EQ(health.outbox.due, 0);
  EXPECT_EQ(health.outbox_age_ms, 0);
  EXPECT_EQ(health.current_key, "k1");
  EXPECT_EQ(health.keys, 1);
  world.begun("ann");
  world.clock.advance(minute_ms);
  health = world.service->health();
  EXPECT_EQ(health.outbox.due, 1);
  EXPECT_EQ(health.outbox_age_ms, minute_ms);
  world.pump();
  EXPECT_EQ(world.service->health().outbox.due, 0);
}

TEST(Healthy, TellsThatTheStoreDoesNotAnswer) {
  World world;
  world.store.on_load(
      []() -> result<void> { return failure(ErrorCode::store_unavailable, "gone"); });
  EXPECT_EQ(world.service->health().store, ErrorCode::store_unavailable);
  world.store.on_load([]() -> result<void> { throw std::runtime_error("gone"); });
  EXPECT_EQ(world.service->health().store, ErrorCode::internal);
}

TEST(Healthy, TellsWhatGatewaysAnswered) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  world.sender.answer_with([](const Message&) {
    return SendResult{SendResult::Outcome::temporary, 0, "busy"};
  });
  world.begun("ann");
  ASSERT_TRUE(world.dispatcher.pump());
  EXPECT_EQ(world.dispatcher.health().sms.failures_in_a_row, 1);
  EXPECT_EQ(world.dispatcher.health().sms.last_failed_at, world.clock.now_ms());
  EXPECT_EQ(world.dispatcher.health().email, RouteHealth{});
  world.sender.answer_with({});
  world.clock.advance(minute_ms);
  ASSERT_TRUE(world.dispatcher.pump());
  EXPECT_EQ(world.dispatcher.health().sms.failures_in_a_row, 0);
  EXPECT_EQ(world.dispatcher.health().sms.last_accepted_at, world.clock.now_ms());
}

}  // namespace
}  // namespace ringfence
