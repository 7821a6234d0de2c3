// An outbox that nobody empties: no further code is asked for, and everything else goes on.
#include <gtest/gtest.h>

#include <string>

#include "dispatcher/outbox.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::OutboxWorld;
using testing_support::outcome;

class OutboxBoundTest : public ::testing::Test {
 protected:
  static Policy policy() {
    Policy out;
    out.outbox_bound = 5;
    out.resend_after_ms = 0;
    return out;
  }
  OutboxWorld box{policy()};
  testing_support::World& world = box.world;

  OutboxBoundTest() { world.add("ann").value(); }
  result<FlowView> begin() {
    return world.service->begin_change_phone(world.key("ann"), Method::phone, world.call);
  }
  void fill(int messages) {
    for (int i = 0; i < messages; ++i) box.notice();
    world.clock.advance(second_ms);  // what was seen before is old
  }
};

TEST_F(OutboxBoundTest, OverTheBoundWhatSendsACodeIsRefusedToBeRepeatedLater) {
  const FlowView flow = begin().value();
  fill(6);
  for (const auto& refused : {begin(), world.service->resend(flow, world.call),
                              world.service->begin_confirm_operation(world.key("ann"), "vm:delete",
                                                                     Method::phone, world.call)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::busy);
    EXPECT_EQ(refused.error().next, NextStep::retry);
  }
  EXPECT_EQ(world.service->view(flow, world.call).value().code_expires_at, flow.code_expires_at)
      << "the refused resend has voided nothing";
}

TEST_F(OutboxBoundTest, OverTheBoundCodesAreStillJudgedAndNoticesStillTaken) {
  const FlowView flow = begin().value();
  box.pump();
  const std::string code = box.calls.back().code;
  fill(100);
  EXPECT_EQ(world.service->prove_identity(flow, "000000", world.call).value().verdict,
            Verdict::rejected);
  EXPECT_TRUE(world.service->prove_identity(flow, code, world.call).value().accepted());
  EXPECT_EQ(outcome(world.service->set_target(flow, {"+86 13800138000"}, world.call)), "busy");
  EXPECT_EQ(outcome(world.service->lock(world.key("ann"), "suspicious")), "ok");
  EXPECT_EQ(outcome(world.service->notify(world.key("ann"), {"security", "A text.", "key-1"})),
            "ok");
}

TEST_F(OutboxBoundTest, AsManyAsTheBoundAreNotTooMany) {
  fill(5);
  EXPECT_EQ(outcome(begin()), "ok");
}

TEST_F(OutboxBoundTest, WhenTheOutboxIsEmptiedItGoesOn) {
  fill(6);
  EXPECT_EQ(outcome(begin()), "busy");
  while (box.pump().taken > 0) {
  }
  EXPECT_EQ(outcome(begin()), "busy") << "it looks once a second";
  world.clock.advance(second_ms);
  EXPECT_EQ(outcome(begin()), "ok");
}

TEST_F(OutboxBoundTest, AClockThatWasSetBackDoesNotKeepItShut_A31) {
  fill(6);
  EXPECT_EQ(outcome(begin()), "busy");
  while (box.pump().taken > 0) {
  }
  world.clock.set(world.clock.now_ms() - hour_ms);
  EXPECT_EQ(outcome(begin()), "ok");
}

TEST_F(OutboxBoundTest, WithoutABoundNobodyLooks) {
  OutboxWorld other;
  other.world.add("ann").value();
  for (int i = 0; i < 2000; ++i) other.notice();
  EXPECT_EQ(outcome(other.world.service->begin_change_phone(other.world.key("ann"), Method::phone,
                                                            other.world.call)),
            "ok");
}

}  // namespace
}  // namespace ringfence
