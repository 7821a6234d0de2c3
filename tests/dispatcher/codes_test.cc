// A code is checked again at the moment it would be handed over: void or late ones are never sent.
#include <gtest/gtest.h>

#include <string>

#include "dispatcher/outbox.h"

namespace ringfence {
namespace {

using testing_support::accepted;
using testing_support::OutboxWorld;
using testing_support::temporary;
using testing_support::World;
using testing_support::wrong;

class Codes : public ::testing::Test {
 protected:
  Codes() { world.add("ann").value(); }

  std::string code_at(const std::string& address) {
    box.pump();
    for (auto call = box.calls.rbegin(); call != box.calls.rend(); ++call) {
      if (!call->code.empty() && call->message.destination->text() == address) return call->code;
    }
    ADD_FAILURE() << "no code reached " << address;
    return "";
  }
  FlowView begun() {
    return service.begin_change_phone(World::key("ann"), Method::phone, world.call).value();
  }
  FlowView targeted(const std::string& target = World::new_phone) {
    FlowView flow = begun();
    flow = service.prove_identity(flow, code_at(World::phone), world.call).value();
    box.calls.clear();
    return service.set_target(flow, {target}, world.call).value();
  }
  /// Pumps: so many codes are dropped and so many sent.
  void pumped(int superseded, int sent) {
    const auto counts = box.pump();
    EXPECT_EQ(counts.superseded, superseded);
    EXPECT_EQ(counts.accepted, sent);
    EXPECT_EQ(counts.taken, superseded + sent);
    EXPECT_EQ(box.calls.size(), static_cast<std::size_t>(sent));
  }

  OutboxWorld box;
  World& world = box.world;
  Service& service = *world.service;
};

// Proves D7.13.
TEST_F(Codes, VoidedByAResendIsNotSent_R20) {
  const FlowView flow = begun();
  world.clock.advance(minute_ms);
  service.resend(flow, world.call).value();
  pumped(1, 1);
  EXPECT_EQ(box.calls[0].message.generation, 2U);
  EXPECT_TRUE(service.prove_identity(flow, box.calls[0].code, world.call).value().accepted());
}

TEST_F(Codes, VoidedByANewTargetIsNotSentToTheFormerOne_A09) {
  const FlowView flow = targeted(World::other_phone);
  service.set_target(flow, {World::new_phone}, world.call).value();
  pumped(1, 1);
  EXPECT_EQ(box.calls[0].message.destination->text(), World::new_phone);
}

TEST_F(Codes, VoidedByANewerFlowIsNotSent) {
  begun();
  begun();
  pumped(1, 1);
}

TEST_F(Codes, OfACancelledFlowIsNotSent) {
  const FlowView flow = begun();
  service.cancel(flow, world.call).value();
  pumped(1, 0);
}

TEST_F(Codes, OfALockedAccountIsNotSent_A12) {
  begun();
  Account account = world.account("ann");
  account.status = AccountStatus::locked;
  world.put(account);
  pumped(1, 0);
}

TEST_F(Codes, ThatWasUsedAlreadyIsNotSentAgain) {
  // The gateway sent it but did not answer: the person was faster than the repeat.
  box.answer = [](const auto&) { return SendResult{}; };
  const FlowView flow = begun();
  const std::string code = code_at(World::phone);
  EXPECT_TRUE(service.prove_identity(flow, code, world.call).value().accepted());
  world.clock.advance(2 * second_ms);
  box.answer = [](const auto&) { return accepted(); };
  box.calls.clear();
  pumped(1, 0);
}

TEST_F(Codes, OfAFinishedFlowIsNotSentAgain) {
  const FlowView flow = targeted();
  box.answer = [](const auto&) { return SendResult{}; };
  const std::string code = code_at(World::new_phone);
  EXPECT_EQ(service.prove_target(flow, code, world.call).value().step, FlowStep::done);
  world.clock.advance(2 * second_ms);
  box.answer = [](const auto&) { return accepted(); };
  EXPECT_EQ(box.pump().superseded, 1);
}

TEST_F(Codes, WhoseTriesAreUsedUpIsNotSentAgain) {
  box.answer = [](const auto&) { return temporary(); };
  const FlowView flow = begun();
  const std::string code = code_at(World::phone);
  for (int i = 0; i < 5; ++i) service.prove_identity(flow, wrong(code), world.call).value();
  world.clock.advance(2 * second_ms);
  box.calls.clear();
  pumped(1, 0);
}

// Proves D7.16.
TEST_F(Codes, ThatHasExpiredIsGivenUpAndNeverSent_R02) {
  for (const TimeMs late : {TimeMs{0}, TimeMs{1}, day_ms}) {
    begun();
    world.clock.advance(5 * minute_ms + late);
    const auto counts = box.pump();
    EXPECT_EQ(counts.taken, 1);
    EXPECT_EQ(counts.given_up + counts.superseded, 1) << late;
    EXPECT_TRUE(box.calls.empty());
    if (late < minute_ms) {
      EXPECT_EQ(box.last().state, MessageState::given_up);
      EXPECT_EQ(box.last().outcome, "too_late");
    }
    world.clock.advance(day_ms);
  }
}

TEST_F(Codes, ThatExpireDuringAnOutageTellTheReasonOfTheirLastTry) {
  begun();
  std::string reason;
  box.answer = [&](const auto&) {
    reason = reason.empty() ? "not sent: no connection" : std::string(300, 'x');
    return SendResult{SendResult::Outcome::temporary, 0, reason};
  };
  int held = 0;
  for (held += box.pump().held; box.last().state == MessageState::pending;
       held += box.pump().held) {
    world.clock.set(box.last().due_at);
  }
  EXPECT_EQ(box.last().state, MessageState::given_up);
  EXPECT_GT(held, 0) << "that the way out rests is no reason";
  EXPECT_EQ(box.last().outcome, "too_late: " + std::string(246, 'x')) << "kept short like others";
}

TEST_F(Codes, OnTheirLastMillisecondAreStillSentAndSaySo) {
  begun();
  world.clock.advance(5 * minute_ms - 1);
  pumped(0, 1);
  EXPECT_EQ(box.calls[0].lifetime_ms, 1);
  EXPECT_NE(box.calls[0].text.find("less than a minute"), std::string::npos);
}

// Proves D7.15.
TEST_F(Codes, ThatCouldNotBeSentLeaveAWayOn_A45) {
  box.answer = [](const auto&) {
    return SendResult{SendResult::Outcome::permanent, 0, "unreachable"};
  };
  const FlowView flow = begun();
  EXPECT_EQ(box.pump().given_up, 1);
  box.answer = [](const auto&) { return accepted(); };
  box.calls.clear();
  world.clock.advance(minute_ms);
  service.resend(flow, world.call).value();
  EXPECT_TRUE(service.prove_identity(flow, code_at(World::phone), world.call).value().accepted());
}

// Proves D7.15.
TEST_F(Codes, ThatCouldNotBeSentToAMistypedTargetLeaveAWayOn_A45) {
  const FlowView flow = targeted(World::other_phone);
  box.answer = [](const auto&) {
    return SendResult{SendResult::Outcome::permanent, 0, "unreachable"};
  };
  EXPECT_EQ(box.pump().given_up, 1);
  box.answer = [](const auto&) { return accepted(); };
  service.set_target(flow, {World::new_phone}, world.call).value();
  EXPECT_EQ(service.prove_target(flow, code_at(World::new_phone), world.call).value().step,
            FlowStep::done);
}

TEST_F(Codes, AreTheSameWithEachRepeat_I4) {
  box.answer = [](const auto&) { return SendResult{}; };
  begun();
  for (int i = 0; i < 3; ++i) {
    box.pump();
    world.clock.advance(10 * second_ms);
  }
  ASSERT_EQ(box.calls.size(), 3U);
  EXPECT_EQ(box.calls[0].code, box.calls[2].code);
  EXPECT_EQ(box.calls[0].message.id, box.calls[2].message.id);
}

}  // namespace
}  // namespace ringfence
