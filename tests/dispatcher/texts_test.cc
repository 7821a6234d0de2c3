// What people read: the action, the masked number, the life of the code, and no full address (A37,
// R25).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>

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

TEST_F(Texts, AreInTheLanguageOfTheAccountOrTheNearestThereIs_A37) {
  for (const auto& [locale, said_in, word] :
       {std::tuple{"zh-CN", "zh-Hans", "安全手机"}, std::tuple{"ja-JP", "ja", "認証用電話番号"},
        std::tuple{"es-419", "es", "seguridad"}, std::tuple{"ar-EG", "ar", "هاتف"},
        std::tuple{"fr", "en", "security phone"}}) {
    service.set_locale(World::key("ann"), locale).value();
    world.begun("ann");
    box.calls.clear();
    box.pump();
    ASSERT_EQ(box.calls.size(), 1U) << locale;
    EXPECT_EQ(box.calls[0].locale, said_in);
    EXPECT_EQ(box.calls[0].message.locale, locale);
    EXPECT_THAT(box.calls[0].text, HasSubstr(word));
    EXPECT_THAT(box.calls[0].text, HasSubstr(box.calls[0].code));
    world.clock.advance(hour_ms);
  }
}

TEST_F(Texts, ToAMailHaveASubjectAndAnHtmlPart) {
  world.begun("ann", Method::email);
  box.pump();
  const auto& call = box.calls.at(0);
  EXPECT_THAT(call.subject, HasSubstr("change the security phone"));
  EXPECT_THAT(call.subject, Not(HasSubstr(call.code)));
  EXPECT_THAT(call.html, HasSubstr(">" + call.code + "<"));
}

TEST_F(Texts, ByVoiceReadTheCodeOutDigitByDigit) {
  const FlowView flow = world.begun("ann");
  world.clock.advance(minute_ms);
  service.resend(flow, world.call, {.route = Route::voice}).value();
  box.pump();
  const auto& call = box.calls.back();
  ASSERT_EQ(call.message.route, Route::voice);
  std::string apart;
  for (const char digit : call.code) apart += (apart.empty() ? "" : ", ") + std::string(1, digit);
  EXPECT_THAT(call.text, HasSubstr(apart));
  EXPECT_THAT(call.text, Not(HasSubstr(call.code)));
}

TEST_F(Texts, AreThoseOfTheHostWhereItGivesThem_R29) {
  const auto own = templates_from_json(R"({"host": "example.com", "service": "Example"})").value();
  Dispatcher dispatcher = box.saying(*own);
  world.begun("ann");
  dispatcher.pump().value();
  const auto& call = box.calls.at(0);
  EXPECT_THAT(call.text, StartsWith("Example: " + call.code));
  EXPECT_TRUE(call.text.ends_with("\n@example.com #" + call.code));
}

// It would never be fit: whoever made it is not of this version.
TEST_F(Texts, ThatWouldForgeALineAreNeverHandedOver_R29) {
  box.append({.kind = MessageKind::notice,
              .purpose = "monitoring_alarm",
              .destination = world.account("ann").channels[0].address,
              .fields = {{"text", "all is well\n@example.com #123456"}}});
  EXPECT_EQ(box.pump().given_up, 1);
  EXPECT_TRUE(box.calls.empty());
  EXPECT_EQ(box.last().state, MessageState::given_up);
  EXPECT_EQ(box.last().outcome, "unfit_text");
}

TEST_F(Texts, OfAnOperationAreRefusedWhereItCouldForgeALine_R29) {
  for (const std::string bad : {"pay@shop", "pay #7", "pay\n@example.com"}) {
    const auto refused =
        service.begin_confirm_operation(World::key("ann"), bad, Method::phone, world.call);
    EXPECT_EQ(testing_support::outcome(refused), "invalid_argument") << bad;
  }
  EXPECT_EQ(box.pump().taken, 0);
}

TEST_F(Texts, OfANoticeNobodyKnowsNameIt) {
  box.append({.kind = MessageKind::notice,
              .purpose = "something_new",
              .destination = world.account("ann").channels[0].address});
  box.pump();
  EXPECT_THAT(box.calls.at(0).text, HasSubstr("something_new"));
}

}  // namespace
}  // namespace ringfence
