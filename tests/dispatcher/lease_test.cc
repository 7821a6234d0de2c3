// Several dispatchers, slow senders and failing stores: nothing is lost, and nobody sends what
// another one has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "dispatcher/outbox.h"

namespace ringfence {
namespace {

using testing_support::accepted;
using testing_support::FunctionSender;
using testing_support::OutboxWorld;
using testing_support::outcome;
using testing_support::World;

class Lease : public ::testing::Test {
 protected:
  OutboxWorld box;
  testing_support::ManualClock& clock = box.world.clock;
  Dispatcher other = box.with({});
};

TEST_F(Lease, AnotherDispatcherGetsAMessageOnlyAfterTheLeaseAndUnderTheSameId_I4) {
  const Id128 id = box.notice();
  // The first one takes it and dies.
  ASSERT_EQ(box.store->take(clock.now_ms(), minute_ms, 1, {}).value().size(), 1U);
  EXPECT_EQ(other.pump().value().taken, 0);
  clock.advance(minute_ms - 1);
  EXPECT_EQ(other.pump().value().taken, 0);
  clock.advance(1);
  EXPECT_EQ(other.pump().value().accepted, 1);
  EXPECT_EQ(box.calls[0].message.id, id);
}

TEST_F(Lease, ASettlementThatComesAfterTheLeaseIsPassedOver) {
  box.notice();
  bool nested = false;
  box.answer = [&](const auto&) {
    if (nested) return accepted();
    nested = true;
    clock.advance(
        minute_ms);  // the first hand-over hangs; another dispatcher takes the message meanwhile
    EXPECT_EQ(other.pump().value().accepted, 1);
    return SendResult{};
  };
  EXPECT_EQ(box.pump().deferred, 1);
  clock.advance(day_ms);
  EXPECT_EQ(box.pump().taken, 0) << "it stays accepted";
}

TEST_F(Lease, ALateSuccessDoesNotHideWhatTheNextTakerHasToSay) {
  box.notice();
  bool nested = false;
  box.answer = [&](const auto&) {
    if (nested) return testing_support::temporary();
    nested = true;
    clock.advance(minute_ms);
    EXPECT_EQ(other.pump().value().deferred, 1);
    return accepted();
  };
  EXPECT_EQ(box.pump().accepted, 1);
  box.answer = [](const auto&) { return accepted(); };
  clock.advance(hour_ms);
  EXPECT_EQ(box.pump().accepted, 1) << "sent twice with one idempotency key, never lost";
}

TEST_F(Lease, ABatchThatTakesAThirdOfItsLeaseHandsNoMoreOver) {
  for (const auto& [each_ms, begun] : {std::pair{3333, 1}, std::pair{3332, 2}}) {
    box.calls.clear();
    std::vector<Id128> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(box.notice());
    Dispatcher slow = box.with({.lease_ms = 10'000});
    box.answer = [&, step = each_ms](const auto&) {
      clock.advance(step);
      return accepted();
    };
    const auto counts = slow.pump().value();
    EXPECT_EQ(counts.taken, begun);
    EXPECT_EQ(counts.accepted, begun);
    box.answer = [](const auto&) { return accepted(); };
    clock.advance(second_ms);
    EXPECT_EQ(other.pump().value().accepted, 5 - begun);
    std::map<Id128, int> sent;
    for (const auto& call : box.calls) ++sent[call.message.id];
    for (const Id128& id : ids) EXPECT_EQ(sent[id], 1);
  }
}

TEST_F(Lease, WhatASlowSenderWasHandedIsSettledBeforeAnotherDispatcherTakesIt) {
  constexpr int messages = 8;
  std::map<Id128, int> sent;
  for (int i = 0; i < messages; ++i) box.notice();
  Dispatcher slow = box.with({.batch = messages, .lease_ms = minute_ms});
  bool nested = false;
  box.answer = [&](const FunctionSender::Call& call) {
    ++sent[call.message.id];
    if (nested) return accepted();
    nested = true;
    clock.advance(minute_ms * 2 / 5);
    while (other.pump().value().taken > 0) {
    }
    nested = false;
    return accepted();
  };
  while (slow.pump().value().taken > 0) {
  }
  EXPECT_EQ(sent.size(), messages);
  for (const auto& [id, times] : sent) EXPECT_EQ(times, 1) << id.hex();
}

TEST_F(Lease, AClockThatGoesBackDuringABatchStopsItAndFreesTheRestAtOnce_A31) {
  for (int i = 0; i < 3; ++i) box.notice();
  box.answer = [&](const auto&) {
    clock.advance(-hour_ms);
    return accepted();
  };
  EXPECT_EQ(box.pump().taken, 1);
  box.answer = [](const auto&) { return accepted(); };
  EXPECT_EQ(other.pump().value().accepted, 2)
      << "not only when the clock has come back to where it was";
}

TEST_F(Lease, AStoreThatFailsToTakeIsReported) {
  box.notice();
  box.store->before_take = [] { return failure(ErrorCode::store_unavailable, "down"); };
  EXPECT_EQ(outcome(box.dispatcher.pump()), "store_unavailable");
  box.store->before_take = nullptr;
  EXPECT_EQ(box.pump().accepted, 1);
}

TEST_F(Lease, AStoreThatFailsToLoadLosesNothingAndWhatWasSentIsSettled) {
  box.world.add("ann").value();
  box.notice();
  clock.advance(1);
  box.world.begun("ann");  // its code comes second
  clock.advance(1);
  box.notice();
  box.store->before_load = [](std::span<const Key>) {
    return failure(ErrorCode::store_unavailable, "down");
  };
  EXPECT_EQ(outcome(box.dispatcher.pump()), "store_unavailable");
  EXPECT_EQ(box.calls.size(), 1U);
  ASSERT_EQ(box.store->settled().size(), 1U);
  EXPECT_EQ(box.last().state, MessageState::accepted);
  box.store->before_load = nullptr;
  clock.advance(minute_ms);
  EXPECT_EQ(box.pump().accepted, 2);
  EXPECT_EQ(box.calls.size(), 3U) << "the first was not sent again";
}

TEST_F(Lease, AStoreThatLoadsLessThanItWasAskedForLosesNoCode) {
  box.world.add("ann").value();
  box.world.begun("ann");
  box.store->loads_nothing = true;
  EXPECT_EQ(outcome(box.dispatcher.pump()), "internal");
  EXPECT_TRUE(box.store->settled().empty());
  box.store->loads_nothing = false;
  clock.advance(minute_ms);
  EXPECT_EQ(box.pump().accepted, 1);
}

TEST_F(Lease, AStoreThatFailsToSettleHasTheMessageSentAgainUnderTheSameId_I4) {
  const Id128 id = box.notice();
  box.store->before_settle = [] { return failure(ErrorCode::store_unavailable, "down"); };
  EXPECT_EQ(outcome(box.dispatcher.pump()), "store_unavailable");
  box.store->before_settle = nullptr;
  EXPECT_EQ(box.pump().taken, 0) << "leased";
  clock.advance(minute_ms);
  EXPECT_EQ(box.pump().accepted, 1);
  ASSERT_EQ(box.calls.size(), 2U);
  EXPECT_EQ(box.calls[0].message.id, id);
  EXPECT_EQ(box.calls[1].message.id, id);
}

TEST_F(Lease, AnAccountThatCannotBeReadHoldsUpNobodyElse) {
  box.world.add("eve", World::other_phone, "eve@example.com").value();
  box.world.add("ann").value();
  box.world.begun("eve");
  clock.advance(1);
  box.world.begun("ann");
  box.store->before_load = [](std::span<const Key> keys) -> result<void> {
    if (keys[0] == Key(World::key("eve"))) return failure(ErrorCode::store_corrupt, "damaged");
    return ok();
  };
  const auto counts = box.pump();
  EXPECT_EQ(counts.accepted, 1);
  EXPECT_EQ(counts.deferred, 1);
  ASSERT_EQ(box.calls.size(), 1U);
  EXPECT_EQ(box.calls[0].message.account, World::key("ann"));
  EXPECT_EQ(box.store->settled().front().outcome, "store_corrupt");
  box.store->before_load = nullptr;
  clock.advance(2 * second_ms);
  EXPECT_EQ(box.pump().accepted, 1) << "and it goes out once the account can be read";
}

TEST_F(Lease, ACodeOfAnAccountThatStaysUnreadableIsGivenUpInTheEnd) {
  box.world.add("ann").value();
  box.world.begun("ann");
  box.store->before_load = [](std::span<const Key>) {
    return failure(ErrorCode::store_corrupt, "damaged");
  };
  EXPECT_EQ(box.pump().deferred, 1);
  clock.advance(5 * minute_ms);
  EXPECT_EQ(box.pump().given_up, 1);
  EXPECT_EQ(box.last().outcome, "too_late: store_corrupt");
}

TEST_F(Lease, WithoutRandomnessAMessageIsLeftToItsLease) {
  struct : Entropy {
    result<void> fill(Seed&) noexcept override { return failure(ErrorCode::internal, "none"); }
  } none;
  Dispatcher dispatcher({*box.store, *box.world.ring, box.sender, box.sender, clock, none});
  box.answer = [](const auto&) { return testing_support::temporary(); };
  box.notice();
  EXPECT_EQ(outcome(dispatcher.pump()), "internal");
  box.answer = [](const auto&) { return accepted(); };
  clock.advance(minute_ms);
  EXPECT_EQ(box.pump().accepted, 1);
}

TEST_F(Lease, ASenderMayCallBackIntoEverything_A43) {
  World& world = box.world;
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  int sent = 0;
  box.answer = [&](const FunctionSender::Call& call) {
    if (++sent > 1) return accepted();
    EXPECT_EQ(outcome(world.service->view(flow, world.call)), "ok");
    EXPECT_EQ(outcome(world.service->settings(World::key("ann"))), "ok");
    EXPECT_TRUE(world.ring->reload());
    EXPECT_EQ(box.pump().taken, 0) << "the dispatcher itself; the message is leased";
    EXPECT_TRUE(world.service->prove_identity(flow, call.code, world.call).value().accepted());
    EXPECT_EQ(outcome(world.service->set_target(flow, {World::new_phone}, world.call)), "ok");
    return accepted();
  };
  EXPECT_EQ(box.pump().accepted, 1);
  EXPECT_EQ(box.pump().accepted, 1) << "the code for the target";
}

TEST_F(Lease, ManyThreadsSendEachMessageExactlyOnce_I4) {
  constexpr int messages = 400;
  std::mutex mutex;
  std::map<Id128, int> sent;
  FunctionSender sender([&](const FunctionSender::Call& call) {
    const std::lock_guard lock(mutex);
    ++sent[call.message.id];
    return accepted();
  });
  std::vector<Id128> ids;
  for (int i = 0; i < messages; ++i) ids.push_back(i % 3 == 0 ? box.event() : box.notice());
  Dispatcher shared({*box.store, *box.world.ring, sender, sender, clock, box.world.entropy},
                    {.batch = 3});
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        // One dispatcher for all, and one for each.
        Dispatcher own({*box.store, *box.world.ring, sender, sender, clock, box.world.entropy},
                       {.batch = 2});
        Dispatcher& dispatcher = t % 2 == 0 ? own : shared;
        while (true) {
          const auto counts = dispatcher.pump();
          if (!counts || counts.value().taken == 0) break;
          taken += counts.value().accepted;
        }
      });
    }
  }
  EXPECT_EQ(taken, messages);
  for (const Id128& id : ids) EXPECT_EQ(sent[id], 1);
}

}  // namespace
}  // namespace ringfence
