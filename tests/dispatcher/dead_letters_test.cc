// What was given up can be listed, and tried again.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "dispatcher/outbox.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::accepted;
using testing_support::OutboxWorld;
using testing_support::World;

constexpr const char* too_late = "too_late";
constexpr const char* not_given_up = "not_given_up";

class DeadLetters : public ::testing::Test {
 protected:
  OutboxWorld box;
  testing_support::ManualClock& clock = box.world.clock;

  DeadLetters() { refuse(); }

  void refuse() {
    box.answer = [](const auto&) {
      return SendResult{SendResult::Outcome::permanent, 0, "no contract"};
    };
  }
  void accept() {
    box.answer = [](const auto&) { return accepted(); };
  }
  std::vector<Message> given_up() { return box.dispatcher.given_up().value(); }
  std::vector<NotRetried> retry(const std::vector<Message>& messages) {
    return box.dispatcher.retry(messages).value();
  }
};

TEST_F(DeadLetters, AreListedWithTheReasonTheFirstCreatedFirst) {
  EXPECT_TRUE(given_up().empty());
  const Id128 first = box.event();
  clock.advance(1);
  const Id128 second = box.notice();
  box.pump();
  accept();
  clock.advance(1);
  box.notice();
  box.pump();
  const auto listed = given_up();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].id, first);
  EXPECT_EQ(listed[1].id, second);
  for (const Message& one : listed) {
    EXPECT_EQ(one.state, MessageState::given_up);
    EXPECT_EQ(one.outcome, "no contract");
    EXPECT_EQ(one.attempts, 1);
  }
}

TEST_F(DeadLetters, ArePagedThroughByThePlaceOfTheLastOne) {
  std::set<Id128> all;
  for (int i = 0; i < 25; ++i) all.insert(box.notice());  // at one moment
  while (box.pump().taken > 0) {
  }
  std::vector<Message> listed;
  std::vector<std::size_t> sizes;
  for (MessagePlace after;;) {
    const auto page = box.dispatcher.given_up(after, 10).value();
    sizes.push_back(page.size());
    if (page.empty()) break;
    listed.insert(listed.end(), page.begin(), page.end());
    after = place_of(page.back());
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{10, 10, 5, 0}));
  std::set<Id128> seen;
  for (const Message& one : listed) seen.insert(one.id);
  EXPECT_EQ(seen, all);
  EXPECT_EQ(box.dispatcher.given_up({}, -5).value().size(), 1U) << "at least one is asked for";
}

TEST_F(DeadLetters, TheWholeOutboxIsListedWhicheverShareTheDispatcherHas) {
  for (int i = 0; i < 8; ++i) box.notice();
  while (box.pump().taken > 0) {
  }
  Dispatcher other = box.with({.share = {.index = 1, .of = 2}});
  EXPECT_EQ(other.given_up().value().size(), 8U);
}

TEST_F(DeadLetters, ThatAreRetriedAreHandedOverAtOnceUnderTheSameIdempotencyKey_I4) {
  const Id128 notice = box.notice();
  const Id128 event = box.event();
  box.pump();
  accept();
  clock.advance(minute_ms);
  EXPECT_EQ(box.pump().taken, 0) << "nobody asked for it";
  EXPECT_TRUE(retry(given_up()).empty());
  EXPECT_TRUE(given_up().empty());
  EXPECT_EQ(box.pump().accepted, 2);
  ASSERT_EQ(box.calls.size(), 4U);
  EXPECT_EQ((std::set{box.calls[2].message.id, box.calls[3].message.id}),
            (std::set{notice, event}));
  EXPECT_EQ(box.calls[2].message.attempts, 2);
  EXPECT_TRUE(given_up().empty());
  clock.advance(day_ms);
  EXPECT_EQ(box.pump().taken, 0);
}

TEST_F(DeadLetters, WhatWasNotChosenStays) {
  box.notice();
  const Id128 chosen = box.notice();
  box.pump();
  accept();
  auto listed = given_up();
  std::erase_if(listed, [&](const Message& one) { return one.id != chosen; });
  EXPECT_TRUE(retry(listed).empty());
  EXPECT_EQ(box.pump().accepted, 1);
  EXPECT_EQ(box.calls.back().message.id, chosen);
  EXPECT_EQ(given_up().size(), 1U);
}

TEST_F(DeadLetters, ThatAreRefusedAgainAreGivenUpAgainAndMayBeRetriedAgain) {
  const Id128 id = box.notice();
  box.pump();
  for (int attempts = 2; attempts < 5; ++attempts) {
    EXPECT_TRUE(retry(given_up()).empty());
    EXPECT_EQ(box.pump().given_up, 1);
    const auto listed = given_up();
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].id, id);
    EXPECT_EQ(listed[0].attempts, attempts);
  }
}

TEST_F(DeadLetters, KeepTheirReasonUntilTheyAreTriedAgain) {
  const Id128 id = box.notice();
  box.pump();
  retry(given_up());
  const auto waiting = box.store->messages(World::key("ann"), 10, 0).value();
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].id, id);
  EXPECT_EQ(waiting[0].state, MessageState::pending);
  EXPECT_EQ(waiting[0].outcome, "no contract");
}

TEST_F(DeadLetters, WhoseTimeHasPassedAreNotRetriedAndItIsSaidSo) {
  const Id128 late = box.notice();
  clock.advance(day_ms);
  const Id128 early = box.notice();
  box.pump();
  accept();
  const auto listed = given_up();
  ASSERT_EQ(listed.size(), 2U);
  clock.set(listed[0].expires_at - 1);
  EXPECT_TRUE(retry({listed[0]}).empty()) << "there is a moment left";
  refuse();
  box.pump();
  clock.set(listed[0].expires_at);
  accept();
  EXPECT_EQ(retry(given_up()), (std::vector<NotRetried>{{late, too_late}}));
  EXPECT_EQ(box.pump().accepted, 1);
  EXPECT_EQ(box.calls.back().message.id, early);
  ASSERT_EQ(given_up().size(), 1U) << "it stays listed";
  EXPECT_EQ(given_up()[0].id, late);
}

TEST_F(DeadLetters, OnlyWhatWasGivenUpIsRetried) {
  accept();
  const Id128 id = box.notice();
  box.pump();
  const auto sent = box.store->messages(World::key("ann"), 10, 0).value();
  EXPECT_EQ(retry(sent), (std::vector<NotRetried>{{id, not_given_up}}));
  EXPECT_TRUE(retry({}).empty());
  EXPECT_EQ(box.pump().taken, 0);
}

TEST_F(DeadLetters, AnOldListChangesNothing) {
  box.notice();
  box.pump();
  const auto old = given_up();
  accept();
  retry(old);
  EXPECT_EQ(box.pump().accepted, 1);
  EXPECT_TRUE(retry(old).empty()) << "that is known only to who looks again";
  EXPECT_EQ(box.pump().taken, 0);
  EXPECT_EQ(box.calls.size(), 2U);
}

TEST_F(DeadLetters, AnOldListDoesNotTakeAMessageFromWhoHasIt) {
  box.notice();
  box.pump();
  const auto old = given_up();
  retry(old);
  bool within = false;
  box.answer = [&](const auto&) {
    within = true;
    EXPECT_TRUE(retry(old).empty());
    EXPECT_EQ(box.with({}).pump().value().taken, 0) << "this hand-over is under way";
    return accepted();
  };
  EXPECT_EQ(box.pump().accepted, 1);
  EXPECT_TRUE(within);
}

TEST_F(DeadLetters, MayBeThousandsAtOnce) {
  constexpr int many = 2300;
  for (int i = 0; i < many; ++i) box.notice();
  while (box.pump().taken > 0) {
  }
  std::vector<Message> all;
  for (MessagePlace after;;) {
    const auto page = box.dispatcher.given_up(after, 1'000'000).value();
    EXPECT_LE(page.size(), 1000U);
    if (page.empty()) break;
    all.insert(all.end(), page.begin(), page.end());
    after = place_of(page.back());
  }
  ASSERT_EQ(all.size(), static_cast<std::size_t>(many));
  EXPECT_TRUE(retry(all).empty());
  accept();
  EXPECT_EQ(box.dispatcher.drain(hour_ms).value().accepted, many);
}

TEST_F(DeadLetters, TellWhenTheStoreOrTheClockFails) {
  box.notice();
  box.pump();
  const auto listed = given_up();
  box.store->before_settle = []() -> result<void> {
    return failure(ErrorCode::store_unavailable, "away");
  };
  EXPECT_EQ(box.dispatcher.retry(listed).error().code, ErrorCode::store_unavailable);
  EXPECT_EQ(given_up().size(), 1U);
  box.store->before_settle = nullptr;
  clock.set(0);
  EXPECT_EQ(box.dispatcher.retry(listed).error().code, ErrorCode::internal);
}

/// The code of a flow that has just begun.
class DeadCodes : public DeadLetters {
 protected:
  DeadCodes() {
    world.add("ann").value();
    flow = world.begun("ann");
    box.pump();
  }

  World& world = box.world;
  FlowView flow;
};

TEST_F(DeadCodes, ThatAreStillGoodAreSentAgain) {
  accept();
  EXPECT_TRUE(retry(given_up()).empty());
  EXPECT_EQ(box.pump().accepted, 1);
  ASSERT_EQ(box.calls.size(), 2U);
  EXPECT_EQ(box.calls[0].message.id, box.calls[1].message.id);
  EXPECT_EQ(box.calls[0].code, box.calls[1].code);
  EXPECT_TRUE(
      world.service->prove_identity(flow, box.calls[1].code, world.call).value().accepted());
}

TEST_F(DeadCodes, ThatWereReplacedMeanwhileEndAsSuperseded_R20) {
  clock.advance(minute_ms);
  world.service->resend(flow, world.call).value();
  accept();
  EXPECT_TRUE(retry(given_up()).empty());
  const auto counts = box.pump();
  EXPECT_EQ(counts.superseded, 1);
  EXPECT_EQ(counts.accepted, 1);
  ASSERT_EQ(box.calls.size(), 2U);
  EXPECT_EQ(box.calls[1].message.generation, 2U);
  EXPECT_TRUE(given_up().empty());
}

TEST_F(DeadCodes, WhoseLifeIsOverAreNotRetried) {
  const auto listed = given_up();
  ASSERT_EQ(listed.size(), 1U);
  clock.set(listed[0].expires_at);
  EXPECT_EQ(retry(listed), (std::vector<NotRetried>{{listed[0].id, too_late}}));
}

}  // namespace
}  // namespace ringfence
