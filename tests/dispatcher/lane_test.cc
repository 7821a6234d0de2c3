// How much goes through each way out of a dispatcher, and what happens when one does not work.
#include <gtest/gtest.h>

#include <algorithm>
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

class LaneTest : public ::testing::Test {
 protected:
  OutboxWorld box;
  testing_support::ManualClock& clock = box.world.clock;
  std::vector<TimeMs> handed;  // when

  LaneTest() {
    box.answer = [this](const auto&) {
      handed.push_back(clock.now_ms());
      return accepted();
    };
  }
  void notices(int count) {
    for (int i = 0; i < count; ++i) box.notice();
  }
  // Pumps every 100 ms until nothing is left to do.
  TimeMs pump_all(Dispatcher& dispatcher, int messages) {
    const TimeMs begun = clock.now_ms();
    for (int accepted = 0; accepted < messages; clock.advance(100)) {
      accepted += dispatcher.drain(0).value().accepted;
      if (clock.now_ms() - begun > hour_ms) ADD_FAILURE() << "after an hour " << accepted;
      if (HasFailure()) break;
    }
    return clock.now_ms() - begun;
  }
};

TEST_F(LaneTest, NoSecondSeesMoreHandOversThanTheRateAllows) {
  constexpr int messages = 200;
  notices(messages);
  Dispatcher dispatcher = box.with({.batch = 50, .sms = {.per_second = 10}});
  const TimeMs took = pump_all(dispatcher, messages);
  ASSERT_EQ(handed.size(), messages);
  for (std::size_t i = 10; i < handed.size(); ++i)
    EXPECT_GE(handed[i] - handed[i - 10], second_ms) << i;
  EXPECT_LT(took, 40 * second_ms) << "half the rate is used at least";
}

TEST_F(LaneTest, WhatTheRateHoldsIsSpreadOverTheTimeItTakes) {
  constexpr int messages = 100;
  notices(messages);
  Dispatcher dispatcher = box.with({.batch = messages, .sms = {.per_second = 5}});
  const auto counts = dispatcher.pump().value();
  EXPECT_EQ(counts.accepted, 5);
  EXPECT_EQ(counts.held, messages - 5);
  TimeMs latest = 0;
  for (const Settlement& one : box.store->settled()) latest = std::max(latest, one.due_at);
  EXPECT_GE(latest - clock.now_ms(), (messages - 10) / 5 * second_ms);
  EXPECT_EQ(box.last().outcome, "held: the way out is full");
}

TEST_F(LaneTest, ACodeDoesNotWaitBehindTheNoticesThatTheRateHolds) {
  notices(6000);  // ten minutes of them, and a code lives for five
  box.world.add("ann").value();
  Dispatcher dispatcher = box.with({.batch = 100, .sms = {.per_second = 10}});
  dispatcher.drain(0).value();
  box.world.service->begin_change_phone(box.world.key("ann"), Method::phone, box.world.call)
      .value();
  const auto codes = [&] {
    return std::count_if(box.calls.begin(), box.calls.end(), [](const FunctionSender::Call& call) {
      return call.message.kind == MessageKind::code;
    });
  };
  const TimeMs begun = clock.now_ms();
  for (; codes() == 0 && clock.now_ms() - begun < minute_ms; clock.advance(100))
    dispatcher.drain(0).value();
  EXPECT_EQ(codes(), 1);
  EXPECT_LT(clock.now_ms() - begun, 10 * second_ms);
}

TEST_F(LaneTest, ALaneDoesNotHoldUpTheOthers) {
  notices(3);
  const Id128 event = box.event();
  Dispatcher dispatcher = box.with({.sms = {.per_second = 1}});
  const auto counts = dispatcher.pump().value();
  EXPECT_EQ(counts.accepted, 2);
  EXPECT_EQ(counts.held, 2);
  EXPECT_EQ(box.last().id, event);
  EXPECT_EQ(box.last().state, MessageState::accepted);
}

TEST_F(LaneTest, NoMoreAreUnderWayAtOnceThanAllowed) {
  notices(3);
  Dispatcher dispatcher = box.with({.batch = 1, .sms = {.at_once = 2}});
  int deepest = 0;
  int depth = 0;
  std::vector<int> held;
  box.answer = [&](const auto&) {
    deepest = std::max(deepest, ++depth);
    held.push_back(dispatcher.pump().value().held);  // as another thread would meanwhile
    --depth;
    return accepted();
  };
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
  EXPECT_EQ(deepest, 2);
  EXPECT_EQ(held, (std::vector<int>{1, 0}));
  clock.advance(second_ms);
  EXPECT_EQ(dispatcher.pump().value().accepted, 1) << "what was held comes when there is room";
}

TEST_F(LaneTest, AMessageThatWasHeldOftenIsTriedAgainAsSoonAsOneThatWasNot) {
  notices(1);
  const TimeMs created = clock.now_ms();
  box.answer = [](const auto&) { return temporary(); };
  Dispatcher holds = box.with({.first_retry_ms = 1, .sms = {.failures_to_break = 1}});
  int held = 0;
  for (int i = 0; i < 240; ++i) {
    held += holds.pump().value().held;
    clock.advance(second_ms);
  }
  ASSERT_GE(held, 3);
  clock.advance(minute_ms);
  ASSERT_EQ(box.with({.first_retry_ms = minute_ms}).pump().value().deferred, 1);
  EXPECT_LE(box.last().due_at - clock.now_ms(), clock.now_ms() - created)
      << "it waits as long as it has waited in all, and no longer";
}

TEST_F(LaneTest, ALaneThatFailsAgainAndAgainRestsAndIsThenTriedWithOneMessage) {
  notices(10);
  int tried = 0;
  box.answer = [&](const auto&) {
    ++tried;
    return temporary();
  };
  Dispatcher dispatcher = box.with({.first_retry_ms = 1,
                                    .longest_retry_ms = 1,
                                    .sms = {.failures_to_break = 3, .broken_ms = 10'000}});
  const auto counts = dispatcher.pump().value();
  EXPECT_EQ(tried, 3);
  EXPECT_EQ(counts.deferred, 3);
  EXPECT_EQ(counts.held, 7);
  EXPECT_EQ(dispatcher.health().sms.broken_until, clock.now_ms() + 10'000);
  EXPECT_EQ(box.last().outcome, "held: the way out is broken");
  clock.advance(9999);
  dispatcher.pump().value();
  EXPECT_EQ(tried, 3);
  clock.advance(10'000);  // all are due again
  EXPECT_EQ(dispatcher.pump().value().deferred, 1);
  EXPECT_EQ(tried, 4) << "one tries it, and it rests again";
  clock.advance(60'000);
  box.answer = [](const auto&) { return accepted(); };
  EXPECT_EQ(dispatcher.pump().value().accepted, 10);
  EXPECT_EQ(dispatcher.health().sms.broken_until, 0);
}

TEST_F(LaneTest, WhileOneMessageTriesABrokenLaneTheOthersWait) {
  notices(3);
  Dispatcher dispatcher =
      box.with({.first_retry_ms = 1, .sms = {.failures_to_break = 1, .broken_ms = 1000}});
  box.answer = [](const auto&) { return temporary(); };
  ASSERT_EQ(dispatcher.pump().value().held, 2);
  clock.advance(hour_ms);
  int meanwhile = -1;
  Dispatcher* const same = &dispatcher;
  box.answer = [&](const auto&) {
    if (meanwhile < 0) {
      meanwhile = 0;
      clock.advance(2 * minute_ms);  // the lease is over: another thread takes them
      meanwhile = same->pump().value().held;
    }
    return accepted();
  };
  dispatcher.pump().value();
  EXPECT_EQ(meanwhile, 3);
}

TEST_F(LaneTest, ARefusalForGoodIsAnAnswerAndBreaksNothing) {
  notices(10);
  box.answer = [](const auto&) {
    return SendResult{SendResult::Outcome::permanent, 0, "no such number"};
  };
  Dispatcher dispatcher = box.with({.sms = {.failures_to_break = 2}});
  EXPECT_EQ(dispatcher.pump().value().given_up, 10);
}

// Else whoever owns twenty addresses that nobody can be reached at could hold up everybody's codes.
TEST_F(LaneTest, RecipientsWhoCannotBeReachedDoNotHoldUpTheOthers) {
  notices(10);
  box.answer = [](const auto&) {
    return SendResult{SendResult::Outcome::unreachable, 0, "the mailbox is full"};
  };
  Dispatcher dispatcher = box.with({.sms = {.failures_to_break = 2}});
  EXPECT_EQ(dispatcher.pump().value().deferred, 10);
  EXPECT_EQ(dispatcher.health().sms.broken_until, 0);
  box.answer = [](const auto&) { return accepted(); };
  clock.advance(minute_ms);
  EXPECT_EQ(dispatcher.drain(second_ms).value().accepted, 10);
}

TEST_F(LaneTest, AClockThatWasSetBackDoesNotShutALane_A31) {
  notices(4);
  Dispatcher dispatcher =
      box.with({.batch = 1, .sms = {.per_second = 1, .failures_to_break = 1}, .events = {}});
  box.answer = [](const auto&) { return temporary(); };
  dispatcher.pump().value();
  clock.set(clock.now_ms() - day_ms);
  box.answer = [](const auto&) { return accepted(); };
  // What was due then is due tomorrow by this clock; a fresh one is due now.
  box.notice();
  const TimeMs set_back = clock.now_ms();
  for (int i = 0; i < 600 && box.last().state != MessageState::accepted; ++i) {
    clock.advance(second_ms);
    dispatcher.pump().value();
  }
  EXPECT_LT(clock.now_ms() - set_back, 5 * minute_ms);
}

// --- An SMS that becomes a call

class FallbackTest : public ::testing::Test {
 protected:
  static Policy policy() {
    Policy out;
    out.voice_fallback = true;
    return out;
  }
  OutboxWorld box{policy()};
  std::vector<Route> routes;

  void answer(const std::function<SendResult(Route)>& by_route) {
    box.answer = [this, by_route](const FunctionSender::Call& call) {
      routes.push_back(call.message.route);
      return by_route(call.message.route);
    };
  }
  void begin() {
    box.world.add("ann").value();
    box.world.service->begin_change_phone(box.world.key("ann"), Method::phone, box.world.call)
        .value();
  }
};

TEST_F(FallbackTest, ACodeWhoseSmsIsRefusedForGoodComesByACallToTheSameNumber) {
  begin();
  answer([](Route route) {
    return route == Route::voice ? accepted()
                                 : SendResult{SendResult::Outcome::permanent, 0, "takes no SMS"};
  });
  EXPECT_EQ(box.pump().accepted, 1);
  EXPECT_EQ(routes, (std::vector<Route>{Route::text, Route::voice}));
  ASSERT_EQ(box.calls.size(), 2U);
  EXPECT_EQ(box.calls[0].message.id, box.calls[1].message.id);
  EXPECT_EQ(box.calls[0].message.destination, box.calls[1].message.destination);
  EXPECT_EQ(box.calls[0].code, box.calls[1].code);
}

TEST_F(FallbackTest, ACodeComesByACallWhileTheWayForSmsIsBroken) {
  box.notice();  // breaks it
  begin();
  answer([](Route route) { return route == Route::voice ? accepted() : temporary(); });
  Dispatcher dispatcher = box.with({.sms = {.failures_to_break = 1}});
  const auto counts = dispatcher.pump().value();
  EXPECT_EQ(counts.deferred, 1);
  EXPECT_EQ(counts.accepted, 1);
  EXPECT_EQ(routes, (std::vector<Route>{Route::text, Route::voice}));
}

TEST_F(FallbackTest, WhereThereAreNoCallsACodeWaitsUntilTheWayForSmsWorksAgain) {
  box.notice();  // breaks it
  begin();
  bool works = false;
  answer([&](Route route) {
    return route == Route::voice ? SendResult{SendResult::Outcome::permanent, 0, "no calls"}
           : works               ? accepted()
                                 : temporary();
  });
  Dispatcher dispatcher = box.with({.sms = {.failures_to_break = 1}});
  const auto counts = dispatcher.pump().value();
  EXPECT_EQ(counts.given_up, 0);
  EXPECT_EQ(counts.held, 1);
  EXPECT_EQ(box.last().outcome, "held: the way out is broken; by call: no calls");
  works = true;
  box.world.clock.advance(minute_ms);
  EXPECT_EQ(dispatcher.pump().value().accepted, 2);
}

TEST_F(FallbackTest, WhereThereAreNoCallsEitherItIsSaidWhyThereWasNoSms) {
  begin();
  answer([](Route route) {
    return SendResult{SendResult::Outcome::permanent, 0,
                      route == Route::voice ? "no calls" : "no such number"};
  });
  EXPECT_EQ(box.pump().given_up, 1);
  EXPECT_EQ(box.last().outcome, "no such number; by call: no calls");
}

// To be refused is to have been tried: it waits as after every try, and says why.
TEST_F(FallbackTest, ASmsThatIsRefusedForGoodIsNotHandedOverAgainAndAgainUntilThereIsRoomForACall) {
  begin();
  box.world.add("bob", "+77011234568").value();
  box.world.service->begin_change_phone(box.world.key("bob"), Method::phone, box.world.call)
      .value();
  Dispatcher dispatcher = box.with({.batch = 1, .voice = {.at_once = 1}});
  Dispatcher::Counts meanwhile;
  answer([&](Route route) {
    if (route == Route::text) return SendResult{SendResult::Outcome::permanent, 0, "takes no SMS"};
    for (int i = 0; i < 200; ++i, box.world.clock.advance(100))  // how long this call takes
      meanwhile.deferred += dispatcher.pump().value().deferred;
    return accepted();
  });
  dispatcher.pump().value();
  EXPECT_LT(std::count(routes.begin(), routes.end(), Route::text), 10);
  EXPECT_GE(meanwhile.deferred, 1);
  EXPECT_EQ(box.store->settled().front().outcome, "takes no SMS; by call: the way out is full");
}

TEST_F(FallbackTest, ANoticeIsNeverACall) {
  answer([](Route) { return SendResult{SendResult::Outcome::permanent, 0, "takes no SMS"}; });
  box.notice();
  EXPECT_EQ(box.pump().given_up, 1);
  EXPECT_EQ(routes, std::vector<Route>{Route::text});
}

TEST_F(FallbackTest, WithoutThePolicyNobodyIsCalledWhoDidNotAskForIt) {
  for (const bool calls : {true, false}) {
    Policy policy;
    policy.voice_calls = calls;
    policy.voice_fallback = !calls;
    OutboxWorld other(policy);
    other.answer = [](const FunctionSender::Call& call) {
      EXPECT_EQ(call.message.route, Route::text);
      return SendResult{SendResult::Outcome::permanent, 0, "takes no SMS"};
    };
    other.world.add("ann").value();
    other.world.service->begin_change_phone(other.world.key("ann"), Method::phone, other.world.call)
        .value();
    EXPECT_EQ(other.pump().given_up, 1);
  }
}

}  // namespace
}  // namespace ringfence
