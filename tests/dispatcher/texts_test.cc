// What people read: the action, the masked number, the life of the code, and no full address (A37,
// R25).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "dispatcher/outbox.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing_support::OutboxWorld;
using testing_support::World;
using testing_support::wrong;

class Texts : public ::testing::Test {
 protected:
  Texts() { world.add("ann").value(); }

  OutboxWorld box;
  World& world = box.world;
  Service& service = *world.service;
};

TEST_F(Texts, OfAnIdentityCodeNameTheActionAndItsLife_A37) {
  world.begun("ann");
  box.pump();
  const auto& call = box.calls.at(0);
  EXPECT_EQ(call.code.size(), 6U);
  EXPECT_THAT(call.text, StartsWith(call.code));
  EXPECT_THAT(call.text, HasSubstr("change the security phone"));
  EXPECT_THAT(call.text, HasSubstr("5 minutes"));
  EXPECT_THAT(call.text, HasSubstr("do not share"));
  EXPECT_EQ(call.lifetime_ms, 5 * minute_ms);
}

TEST_F(Texts, OfATargetCodeNameTheMaskedNewNumber_A37) {
  const FlowView flow = world.begun("ann");
  box.pump();
  service.prove_identity(flow, box.calls.at(0).code, world.call).value();
  service.set_target(flow, {World::new_phone}, world.call).value();
  world.clock.advance(4 * minute_ms);
  box.pump();
  const auto& call = box.calls.at(1);
  EXPECT_THAT(call.text, StartsWith(call.code));
  EXPECT_THAT(call.text, HasSubstr("77****0123"));
  EXPECT_THAT(call.text, HasSubstr("the security phone of an account"));
  EXPECT_THAT(call.text, HasSubstr("1 minute."));
  EXPECT_THAT(call.text, Not(HasSubstr("900123")));
}

// Proves A40.
TEST_F(Texts, OfNoticesHoldTheMaskedNumberAndNoFullAddress_R14_R25) {
  const FlowView flow = world.begun("ann");
  box.pump();
  service.prove_identity(flow, box.calls.back().code, world.call).value();
  service.set_target(flow, {World::new_phone}, world.call).value();
  box.pump();
  const std::string code = box.calls.back().code;
  service.prove_target(flow, code, world.call).value();
  box.calls.clear();
  box.pump();
  int notices = 0;
  for (const auto& call : box.calls) {
    EXPECT_EQ(call.code, "");
    EXPECT_EQ(call.lifetime_ms, 0);
    for (const std::string& full :
         {std::string("3912343672"), std::string("7700900123"), std::string(World::email), code}) {
      EXPECT_THAT(call.text, Not(HasSubstr(full)));
      for (const auto& [name, value] : call.message.fields)
        EXPECT_THAT(value, Not(HasSubstr(full))) << name;
    }
    if (call.message.kind != MessageKind::notice) continue;
    ++notices;
    EXPECT_THAT(call.text, HasSubstr("security phone of your account is now 77****0123"));
    EXPECT_THAT(call.text, HasSubstr("If this was not you"));
  }
  EXPECT_EQ(notices, 3);
}

TEST_F(Texts, OfALockedAccountSayWhatToDo) {
  Policy policy;
  policy.failures_to_lock = 1;
  OutboxWorld strict(policy);
  strict.world.add("ann").value();
  const FlowView flow = strict.world.begun("ann");
  strict.pump();
  strict.world.service->prove_identity(flow, wrong(strict.calls.at(0).code), strict.world.call)
      .value();
  strict.calls.clear();
  strict.pump();
  int notices = 0;
  for (const auto& call : strict.calls) {
    if (call.message.kind != MessageKind::notice) continue;
    ++notices;
    EXPECT_THAT(call.text, HasSubstr("locked"));
    EXPECT_THAT(call.text, HasSubstr("Contact support"));
  }
  EXPECT_EQ(notices, 2);
}

TEST_F(Texts, OfANoticeNobodyKnowsNameIt) {
  box.append({.kind = MessageKind::notice,
              .purpose = "monitoring_alarm",
              .destination = world.account("ann").channels[0].address});
  box.pump();
  EXPECT_THAT(box.calls.at(0).text, HasSubstr("monitoring_alarm"));
}

}  // namespace
}  // namespace ringfence
