// What a gateway reports later: a code that did not arrive may be sent again at once.
#include <gtest/gtest.h>

#include <string>

#include "dispatcher/outbox.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::OutboxWorld;
using testing_support::outcome;
using testing_support::World;

class DeliveryReportTest : public ::testing::Test {
 protected:
  OutboxWorld box;
  World& world = box.world;
  FlowView flow;

  DeliveryReportTest() {
    world.add("ann").value();
    flow = world.begun("ann");
    box.pump();
  }
  Id128 sent() const { return box.calls.back().message.id; }
  result<SecuritySettings> report(const Id128& message,
                                  DeliveryReport what = DeliveryReport::failed) {
    return world.service->report_delivery(world.key("ann"), message, what);
  }
  FlowView view() { return world.service->view(flow, world.call).value(); }
};

TEST_F(DeliveryReportTest, ACodeThatDidNotArriveIsShownAndMayBeSentAgainAtOnce) {
  EXPECT_EQ(outcome(world.service->resend(flow, world.call)), "limited");
  EXPECT_FALSE(view().not_delivered);
  ASSERT_TRUE(report(sent()));
  EXPECT_TRUE(view().not_delivered);
  EXPECT_LE(view().resend_at, world.clock.now_ms());
  const FlowView again = world.service->resend(flow, world.call).value();
  EXPECT_FALSE(again.not_delivered) << "the fresh code is on its way";
  EXPECT_EQ(outcome(world.service->resend(flow, world.call)), "limited");
}

TEST_F(DeliveryReportTest, TheCodeItselfStaysGoodInCaseItArrivesAfterAll) {
  ASSERT_TRUE(report(sent()));
  EXPECT_TRUE(
      world.service->prove_identity(flow, box.calls.back().code, world.call).value().accepted());
}

TEST_F(DeliveryReportTest, TheWindowsOfSendsHold_R19) {
  int resent = 0;
  for (; resent < 20; ++resent) {
    ASSERT_TRUE(report(sent()));
    const auto again = world.service->resend(flow, world.call);
    if (!again) {
      EXPECT_EQ(outcome(again), "limited");
      break;
    }
    box.pump();
  }
  EXPECT_EQ(resent, 4) << "five in ten minutes, the first one with them";
}

TEST_F(DeliveryReportTest, TheLastReportCounts) {
  ASSERT_TRUE(report(sent()));
  ASSERT_TRUE(report(sent(), DeliveryReport::delivered));
  EXPECT_FALSE(view().not_delivered);
  EXPECT_EQ(outcome(world.service->resend(flow, world.call)), "limited");
}

TEST_F(DeliveryReportTest, AReportOfAnythingElseChangesNothing) {
  const Id128 first = sent();
  const Account before = world.account("ann");
  ASSERT_TRUE(report(OutboxWorld::id(77)));
  ASSERT_TRUE(report(Id128()));
  EXPECT_EQ(world.account("ann"), before);
  world.clock.advance(2 * minute_ms);
  world.service->resend(flow, world.call).value();
  ASSERT_TRUE(report(first));
  EXPECT_FALSE(view().not_delivered) << "that code is void already";
  EXPECT_EQ(
      outcome(world.service->report_delivery(world.key("nobody"), first, DeliveryReport::failed)),
      "account_not_found");
}

TEST_F(DeliveryReportTest, ANumberThatTakesNoCodesCanBeCorrectedAtOnce) {
  world.service->prove_identity(flow, box.calls.back().code, world.call).value();
  world.service->set_target(flow, {"+86 13800138000"}, world.call).value();
  box.pump();
  ASSERT_TRUE(report(sent()));
  EXPECT_TRUE(view().not_delivered);
  EXPECT_EQ(outcome(world.service->set_target(flow, {"+86 13800138001"}, world.call)), "ok");
  EXPECT_FALSE(view().not_delivered);
}

TEST_F(DeliveryReportTest, AReportCountsForTheNumberItIsAbout) {
  world.service->prove_identity(flow, box.calls.back().code, world.call).value();
  world.service->set_target(flow, {"+86 13800138000"}, world.call).value();
  box.pump();
  ASSERT_TRUE(report(sent()));
  EXPECT_EQ(outcome(world.service->set_target(flow, {"+86 13800138000"}, world.call)), "ok")
      << "the same number once more is a resend under another name";
}

}  // namespace
}  // namespace ringfence
