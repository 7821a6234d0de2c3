// Budgets of a dispatcher, and countries whose codes nobody gives back (A20).
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "dispatcher/outbox.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::accepted;
using testing_support::FunctionSender;
using testing_support::OutboxWorld;
using testing_support::temporary;
using testing_support::World;

class TrafficTest : public ::testing::Test {
 protected:
  static Policy policy() {
    Policy out;
    out.sends_by_source = {{100, second_ms}};
    return out;
  }
  OutboxWorld box{policy()};
  World& world = box.world;
  int people = 0;
  std::map<std::string, FlowView> flows;  // by new number

  // Somebody new asks for a code to a new number; nothing is pumped.
  void ask(const std::string& number) {
    const std::string id = "person" + std::to_string(people++);
    const std::string own = "+1415555" + std::to_string(1000 + people);
    world.add(id, own, "").value();
    const FlowView flow = world.begun(id);
    Dispatcher open = box.with({});
    open.drain(minute_ms).value();
    const FlowView proven =
        world.service->prove_identity(flow, box.calls.back().code, world.call).value();
    flows[number] = world.service->set_target(proven, {number}, world.call).value();
    box.calls.clear();
  }
  std::vector<std::string> numbers() const {
    std::vector<std::string> out;
    for (const auto& call : box.calls) out.push_back(call.message.destination->text());
    return out;
  }
};

// Proves D6.9, D7.10.
TEST_F(TrafficTest, ABudgetOfAPrefixHoldsWhatIsOverItAndNothingElse_R19) {
  Dispatcher dispatcher =
      box.with({.budgets = {{.prefix = "+86", .windows = {{2, 10 * minute_ms}}}}});
  for (int i = 0; i < 3; ++i) {
    ask("+86 1380013800" + std::to_string(i));
    dispatcher.drain(0).value();
  }
  EXPECT_EQ(box.last().outcome, "held: the budget of +86 is spent");
  EXPECT_TRUE(box.calls.empty());
  ask("+1 415 555 2671");
  EXPECT_EQ(dispatcher.drain(0).value().accepted, 1);
  EXPECT_EQ(numbers(), std::vector<std::string>{"+14155552671"});
}

TEST_F(TrafficTest, AHeldCodeGoesWhenTheWindowHasRoom_R19) {
  Policy longer = policy();
  longer.code_ttl_ms = 10 * minute_ms;
  ASSERT_TRUE(world.service->set_policy(longer));
  Dispatcher dispatcher = box.with({.budgets = {{.prefix = "+86", .windows = {{1, minute_ms}}}}});
  ask("+86 13800138000");
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
  ask("+86 13800138001");
  EXPECT_EQ(dispatcher.pump().value().held, 1);
  const TimeMs due_in = box.last().due_at - world.clock.now_ms();
  EXPECT_GE(due_in, minute_ms);
  world.clock.advance(due_in);
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
}

TEST_F(TrafficTest, TheBudgetOfAllNumbersCountsAllOfThem_R19) {
  Dispatcher dispatcher = box.with({.budgets = {{.windows = {{2, hour_ms}}}}});
  ask("+86 13800138000");
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
  ask("+44 7911 123456");
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
  ask("+1 415 555 2671");
  EXPECT_EQ(dispatcher.pump().value().held, 1);
  EXPECT_EQ(box.last().outcome, "held: the budget of all numbers is spent");
}

TEST_F(TrafficTest, ABudgetOfNoCodesClosesAPrefix) {
  Dispatcher dispatcher = box.with({.budgets = {{.prefix = "+44", .windows = {{0, hour_ms}}}}});
  ask("+44 7911 123456");
  EXPECT_EQ(dispatcher.pump().value().held, 1);
  world.clock.advance(10 * minute_ms);
  dispatcher.pump().value();
  EXPECT_TRUE(box.calls.empty());
}

TEST_F(TrafficTest, WhatWasNotSentIsNotCharged) {
  Dispatcher dispatcher = box.with({.first_retry_ms = 1,
                                    .longest_retry_ms = 1,
                                    .budgets = {{.prefix = "+86", .windows = {{1, hour_ms}}}}});
  ask("+86 13800138000");
  const auto good = box.answer;
  box.answer = [](const auto&) { return temporary(); };
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(dispatcher.pump().value().deferred, 1) << i;
    world.clock.advance(10);
  }
  box.answer = good;
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
  ask("+86 13800138001");
  EXPECT_EQ(dispatcher.pump().value().held, 1) << "what was sent is";
}

TEST_F(TrafficTest, WhatMayHaveBeenSentIsCharged) {
  Dispatcher dispatcher = box.with({.budgets = {{.prefix = "+86", .windows = {{1, hour_ms}}}}});
  ask("+86 13800138000");
  box.answer = [](const auto&) { return SendResult{}; };
  EXPECT_EQ(dispatcher.pump().value().deferred, 1);
  world.clock.advance(minute_ms);
  EXPECT_EQ(dispatcher.pump().value().held, 1);
}

TEST_F(TrafficTest, NoticesAndMailHaveNoBudget) {
  Dispatcher dispatcher = box.with({.budgets = {{.windows = {{0, hour_ms}}}}});
  box.notice();
  box.event();
  world.add("mail").value();
  world.service->begin_change_phone(world.key("mail"), Method::email, world.call).value();
  EXPECT_EQ(dispatcher.pump().value().accepted, 3);
}

// --- Conversion

class ConversionTest : public TrafficTest {
 protected:
  Dispatcher dispatcher = box.with({.conversion = {.least_codes = 10, .least_percent = 20}});

  void send(const std::string& number, bool given_back) {
    ask(number);
    ASSERT_EQ(dispatcher.pump().value().accepted, 1) << number;
    if (!given_back) return;
    const auto& call = box.calls.back();
    ASSERT_TRUE(
        world.service->prove_target(flows[number], call.code, world.call).value().accepted());
    dispatcher.drain(0).value();
  }
  static std::string chinese(int i) { return "+86 138001380" + std::to_string(10 + i); }
  // The life of the codes is over, and somebody pumps.
  void judge() {
    world.clock.advance(6 * minute_ms);
    dispatcher.pump().value();
  }
  bool goes(const std::string& number) {
    ask(number);
    return dispatcher.pump().value().accepted == 1;
  }
};

TEST_F(ConversionTest, ACountryWhoseCodesNobodyGivesBackGetsNoMoreForAWhile_A20) {
  for (int i = 0; i < 10; ++i) send(chinese(i), i == 0);
  EXPECT_TRUE(goes("+86 13800138050")) << "nothing is judged before its time";
  judge();
  EXPECT_FALSE(goes("+86 13800138051"));
  EXPECT_EQ(box.last().outcome, "held: too few codes of this country are given back");
  EXPECT_TRUE(goes("+44 7911 123456")) << "other countries go on";
  world.clock.advance(hour_ms);
  EXPECT_TRUE(goes("+86 13800138052"));
}

TEST_F(ConversionTest, ACountryWhoseCodesAreGivenBackGoesOn) {
  for (int i = 0; i < 20; ++i) send(chinese(i), i % 4 == 0);
  judge();
  EXPECT_TRUE(goes("+86 13800138050"));
}

TEST_F(ConversionTest, FewCodesSayNothing) {
  for (int i = 0; i < 9; ++i) send(chinese(i), false);
  judge();
  EXPECT_TRUE(goes("+86 13800138050"));
}

TEST_F(ConversionTest, CodesToOnesOwnNumberAreNotHeld) {
  for (int i = 0; i < 10; ++i) send(chinese(i), false);
  judge();
  world.add("own", "+86 13912343699", "").value();
  world.begun("own");
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
}

TEST_F(ConversionTest, AStoreThatCannotBeAskedIsNoReasonNotToSend) {
  for (int i = 0; i < 10; ++i) send(chinese(i), false);
  world.clock.advance(6 * minute_ms);
  box.store->before_load = [&](std::span<const Key> keys) -> result<void> {
    if (keys.size() == 1) return ok();
    return failure(ErrorCode::store_unavailable, "down");
  };
  box.notice();
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
  box.store->before_load = {};
  EXPECT_TRUE(goes("+86 13800138050"));
}

}  // namespace
}  // namespace ringfence
