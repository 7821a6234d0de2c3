// What becomes of a message, by what its sender answers (I4).
#include "ringfence/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "dispatcher/outbox.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::accepted;
using testing_support::FunctionSender;
using testing_support::OutboxWorld;
using testing_support::outcome;
using testing_support::temporary;

class DispatcherTest : public ::testing::Test {
 protected:
  OutboxWorld box;
  testing_support::ManualClock& clock = box.world.clock;

  /// Pumps once, one retry interval later.
  Dispatcher::Counts next() {
    clock.advance(hour_ms);
    return box.pump();
  }
};

TEST_F(DispatcherTest, AnEmptyOutboxGivesNothingToDo) {
  EXPECT_EQ(box.pump().taken, 0);
  EXPECT_TRUE(box.store->settled().empty());
}

TEST_F(DispatcherTest, AnAcceptedMessageIsDone) {
  const Id128 id = box.notice();
  const auto counts = box.pump();
  EXPECT_EQ(counts.taken, 1);
  EXPECT_EQ(counts.accepted, 1);
  EXPECT_EQ(box.last().id, id);
  EXPECT_EQ(box.last().state, MessageState::accepted);
  EXPECT_EQ(next().taken, 0);
  EXPECT_EQ(box.calls.size(), 1U);
}

TEST_F(DispatcherTest, APermanentRefusalGivesUpWithItsReason) {
  box.answer = [](const auto&) {
    return SendResult{SendResult::Outcome::permanent, 0, "no such number"};
  };
  box.notice();
  EXPECT_EQ(box.pump().given_up, 1);
  EXPECT_EQ(box.last().state, MessageState::given_up);
  EXPECT_EQ(box.last().outcome, "no such number");
  EXPECT_EQ(next().taken, 0);
}

TEST_F(DispatcherTest, ATemporaryRefusalIsTriedAgain) {
  box.answer = [](const auto&) { return temporary(); };
  box.notice();
  EXPECT_EQ(box.pump().deferred, 1);
  EXPECT_EQ(box.last().state, MessageState::pending);
  EXPECT_EQ(box.last().outcome, "busy");
  box.answer = [](const auto&) { return accepted(); };
  EXPECT_EQ(next().accepted, 1);
  EXPECT_EQ(next().taken, 0);
}

// Proves A43.
TEST_F(DispatcherTest, NoAnswerIsNoSuccess_R28) {
  const std::vector<FunctionSender::Answer> answers = {
      [](const auto&) { return SendResult{}; },
      [](const auto&) {
        return SendResult{static_cast<SendResult::Outcome>(77), 0, ""};
      },
      [](const auto&) -> SendResult { throw std::runtime_error("no route"); },
      [](const auto&) -> SendResult { throw 42; }};
  box.notice();
  box.event();
  for (const auto& answer : answers) {
    box.answer = answer;
    const auto counts = next();
    EXPECT_EQ(counts.deferred, 2);
    EXPECT_EQ(counts.accepted + counts.given_up, 0);
  }
  box.answer = [](const auto&) { return accepted(); };
  EXPECT_EQ(next().accepted, 2);
}

// Proves D5.5.
TEST_F(DispatcherTest, MailGoesToTheSenderOfMailAndTheRestToTheOther) {
  FunctionSender mail([](const FunctionSender::Call& call) {
    EXPECT_EQ(call.message.destination->text(), testing_support::World::email);
    return accepted();
  });
  Dispatcher both({.store = *box.store,
                   .keys = *box.world.ring,
                   .sender = box.sender,
                   .events = box.sender,
                   .clock = box.world.clock,
                   .entropy = box.world.entropy,
                   .mail = &mail});
  box.notice();
  box.event();
  box.append({.kind = MessageKind::notice,
              .purpose = "phone_changed",
              .destination = parse_email(testing_support::World::email).value(),
              .fields = {{"masked", "77****0123"}}});
  EXPECT_EQ(both.pump().value().accepted, 3);
  EXPECT_EQ(box.calls.size(), 2U);
  for (const auto& call : box.calls) {
    EXPECT_TRUE(!call.message.destination || call.message.destination->phone() != nullptr);
  }
}

TEST_F(DispatcherTest, EveryRepeatCarriesTheSameIdempotencyKey_I4) {
  box.answer = [](const auto&) { return SendResult{}; };
  const Id128 id = box.notice();
  for (int i = 0; i < 5; ++i) next();
  ASSERT_EQ(box.calls.size(), 5U);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(box.calls[static_cast<std::size_t>(i)].message.id, id);
    EXPECT_EQ(box.calls[static_cast<std::size_t>(i)].message.attempts, i + 1);
  }
}

TEST_F(DispatcherTest, WaitsDoubleWithJitterUpToTheirBound) {
  box.answer = [](const auto&) { return temporary(); };
  constexpr int messages = 40;
  for (int i = 0; i < messages; ++i) box.notice();
  Dispatcher dispatcher = box.with({.batch = messages,
                                    .first_retry_ms = 2000,
                                    .longest_retry_ms = 60'000,
                                    .sms = {.failures_to_break = 0}});
  clock.advance(hour_ms);
  for (int attempt = 1; attempt <= 8; ++attempt) {
    const TimeMs most = std::min<TimeMs>(2000LL << (attempt - 1), 60'000);
    const std::size_t before = box.store->settled().size();
    EXPECT_EQ(dispatcher.pump().value().deferred, messages);
    const auto settled = box.store->settled();
    std::set<TimeMs> waits;
    for (std::size_t i = before; i < settled.size(); ++i)
      waits.insert(settled[i].due_at - clock.now_ms());
    EXPECT_GE(*waits.begin(), most / 2) << attempt;
    EXPECT_LE(*waits.rbegin(), most) << attempt;
    EXPECT_GT(waits.size(), messages / 2U) << "what failed together does not come back together";
    clock.advance(most);
  }
}

TEST_F(DispatcherTest, WaitsAsLongAsTheOtherSideAsks) {
  TimeMs asked = 0;
  box.answer = [&](const auto&) { return temporary(asked); };
  box.notice();
  const auto wait_after = [&](TimeMs retry_after_ms) {
    asked = retry_after_ms;
    next();
    return box.last().due_at - clock.now_ms();
  };
  EXPECT_EQ(wait_after(10 * minute_ms), 10 * minute_ms);
  EXPECT_LE(wait_after(1), 4000) << "never sooner than the own wait";
  EXPECT_GE(wait_after(-hour_ms), 4000);
  EXPECT_EQ(wait_after(std::numeric_limits<TimeMs>::max()), day_ms)
      << "nobody puts a message off for ever";
}

// Proves D5.5, D7.16.
TEST_F(DispatcherTest, ANoticeIsRetriedUntilItIsGivenUpAfterThePolicysTime_A46) {
  box.answer = [](const auto&) {
    return SendResult{SendResult::Outcome::temporary, 0, "refused, status 401"};
  };
  const TimeMs start = clock.now_ms();
  box.notice();
  // With waits of 7.5 to 15 minutes three days are over long before so many tries.
  for (int tries = 0; tries < 1000 && box.pump().given_up == 0; ++tries) {
    ASSERT_LE(box.last().due_at - clock.now_ms(), 15 * minute_ms);
    clock.set(box.last().due_at);
  }
  EXPECT_GE(clock.now_ms(), start + 3 * day_ms);
  EXPECT_LT(clock.now_ms(), start + 3 * day_ms + 15 * minute_ms);
  EXPECT_EQ(box.last().state, MessageState::given_up);
  EXPECT_EQ(box.last().outcome, "too_late: refused, status 401");
  EXPECT_GT(box.calls.size(), 3U * 24 * 4);
}

TEST_F(DispatcherTest, ANoticeIsHandedOverAtLeastOnceHoweverLate_A31_A46) {
  box.notice();
  box.event();
  clock.advance(3650 * day_ms);  // nobody pumped, or one wrong reading of the clock
  EXPECT_EQ(box.pump().accepted, 2);
}

TEST_F(DispatcherTest, AHostThatFailsToTakeAnEventGetsItAgain_R15) {
  box.answer = [](const auto&) -> SendResult {
    throw std::runtime_error("the host is restarting");
  };
  box.event();
  EXPECT_EQ(next().deferred, 1);
  EXPECT_EQ(next().deferred, 1);
  box.answer = [](const auto&) { return accepted(); };
  EXPECT_EQ(next().accepted, 1);
  EXPECT_EQ(box.calls.back().message.purpose, "end_sessions");
}

TEST_F(DispatcherTest, CountsAddUp) {
  int turn = 0;
  box.answer = [&](const auto&) {
    switch (turn++ % 4) {
      case 0:
        return accepted();
      case 1:
        return temporary();
      case 2:
        return SendResult{SendResult::Outcome::permanent, 0, ""};
      default:
        return SendResult{};
    }
  };
  for (int i = 0; i < 12; ++i) box.notice();
  const auto counts = box.pump();
  EXPECT_EQ(counts.taken, 12);
  EXPECT_EQ(counts.accepted, 3);
  EXPECT_EQ(counts.given_up, 3);
  EXPECT_EQ(counts.deferred, 6);
  EXPECT_EQ(counts.superseded, 0);
  EXPECT_EQ(box.store->settled().size(), 12U);
}

TEST_F(DispatcherTest, ABatchTakesNoMoreThanItsSize) {
  for (int i = 0; i < 5; ++i) box.notice();
  Dispatcher small = box.with({.batch = 2});
  EXPECT_EQ(small.pump().value().taken, 2);
  EXPECT_EQ(small.pump().value().taken, 2);
  EXPECT_EQ(small.pump().value().taken, 1);
  EXPECT_EQ(small.pump().value().taken, 0);
}

TEST_F(DispatcherTest, OptionsBeyondTheirBoundsAreBroughtWithinThem) {
  for (const auto& [batch, lease, taken, leased] :
       {std::tuple{0, TimeMs{0}, 1, second_ms}, std::tuple{-5, -day_ms, 1, second_ms},
        std::tuple{100'000, day_ms, 1000, hour_ms}}) {
    Dispatcher odd = box.with({.batch = batch, .lease_ms = lease});
    EXPECT_TRUE(odd.pump());
    EXPECT_EQ(box.store->last_max, taken);
    EXPECT_EQ(box.store->last_lease_ms, leased);
  }
  box.answer = [](const auto&) { return temporary(); };
  box.notice();
  Dispatcher odd = box.with({.first_retry_ms = -1, .longest_retry_ms = -1});
  EXPECT_EQ(odd.pump().value().deferred, 1);
  EXPECT_GE(box.last().due_at, clock.now_ms());
}

// What a sender says may be anything, and is shown and exported later.
TEST(SenderReasons, AreKeptShortAndPrintable_R25) {
  testing_support::World world;
  world.add("ann").value();
  world.begun("ann");
  world.sender.answer_with([](const Message&) {
    return SendResult{SendResult::Outcome::permanent, 0, "\xff\x1b[2J" + std::string(5000, 'x')};
  });
  ASSERT_TRUE(world.dispatcher.pump());
  const auto kept = world.store.messages({"", "ann"}, 10, 0).value();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_LE(kept[0].outcome.size(), 256U);
  EXPECT_EQ(kept[0].outcome.substr(0, 5), "??[2J");
  EXPECT_TRUE(world.service->export_account({"", "ann"}));
}

}  // namespace
}  // namespace ringfence
