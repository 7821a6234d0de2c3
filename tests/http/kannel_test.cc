// Codes travel through a real Kannel and are read where it hands them to the telephone network.
#include "http/kannel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

#include "http/descriptions.h"
#include "http/outgoing.h"
#include "ringfence/sender/http.h"
#include "support/world.h"

namespace ringfence {
namespace {

using namespace testing_support;

HttpOptions options_for(const PrivateKannel& kannel) {
  return {.variables = {{"smsbox", kannel.url()},
                        {"user", PrivateKannel::user},
                        {"password", PrivateKannel::password},
                        {"from", "13013"}}};
}

/// The newest text for a number, once so many have arrived there.
std::string text_at(const PrivateKannel& kannel, const std::string& number, std::size_t count) {
  std::string text;
  EXPECT_TRUE(poll_until([&] {
    std::size_t arrived = 0;
    for (const auto& sms : kannel.at_the_centre()) {
      if (sms.to != number) continue;
      ++arrived;
      text = sms.text;
    }
    return arrived >= count;
  })) << number;
  return text;
}

std::string code_in(const std::string& text) { return text.substr(0, text.find(' ')); }

void change_a_phone(const PrivateKannel& kannel, Sender& sender) {
  World world;
  Dispatcher dispatcher(
      {world.store, *world.ring, sender, world.sender, world.clock, world.entropy});
  const auto send_all = [&](int messages) {
    Dispatcher::Counts total;
    for (auto counts = dispatcher.pump().value(); counts.taken > 0;
         counts = dispatcher.pump().value()) {
      total.accepted += counts.accepted;
    }
    EXPECT_EQ(total.accepted, messages);
  };
  ASSERT_TRUE(world.add("ann"));
  const std::size_t before = [&] {
    std::size_t count = 0;
    for (const auto& sms : kannel.at_the_centre()) count += sms.to == World::phone ? 1U : 0U;
    return count;
  }();

  const FlowView begun =
      world.service->begin_change_phone(World::key("ann"), Method::phone, world.call).value();
  send_all(1);
  const std::string identity = text_at(kannel, World::phone, before + 1);
  const FlowView identified =
      world.service->prove_identity(begun, code_in(identity), world.call).value();
  ASSERT_EQ(identified.verdict, Verdict::accepted);
  const FlowView targeted =
      world.service->set_target(identified, {World::new_phone}, world.call).value();
  send_all(1);
  const std::string target = text_at(kannel, World::new_phone, 1);
  const FlowView done = world.service->prove_target(targeted, code_in(target), world.call).value();
  ASSERT_EQ(done.step, FlowStep::done);
  EXPECT_EQ(world.account("ann").channel(Method::phone).address->text(), World::new_phone);
  EXPECT_NE(code_in(identity), code_in(target));
}

TEST(Kannel, CodesOfAChangeTravelThroughItAndAreReadAtTheCentre) {
  const PrivateKannel kannel;
  const auto sender = make_http_sender(ready("kannel"), options_for(kannel));
  ASSERT_TRUE(sender) << sender.error().text;
  change_a_phone(kannel, *sender.value());
}

TEST(Kannel, TheExampleOfTheDocumentationWorks) {
  const PrivateKannel kannel;
  setenv("KANNEL_PASSWORD", PrivateKannel::password, 1);
  const auto sender =
      make_http_sender(documented("kannel"), {.variables = {{"smsbox", kannel.url()}}});
  unsetenv("KANNEL_PASSWORD");
  ASSERT_TRUE(sender) << sender.error().text;
  change_a_phone(kannel, *sender.value());
}

TEST(Kannel, TextsOfEveryAlphabetAndOfSeveralLinesArriveAsTheyAre) {
  const PrivateKannel kannel;
  const auto sender = make_http_sender(ready("kannel"), options_for(kannel)).value();
  const std::string gsm7 = "Ihr Code für Ärger: 123456 & 1+1=2%";
  const std::string chinese = "123456 是您的验证码\n@example.com #123456";
  for (const std::string& text : {gsm7, chinese}) {
    const SendResult sent = Outgoing("+447700900123", text).through(*sender);
    EXPECT_EQ(sent.outcome, SendResult::Outcome::accepted) << sent.reason;
    EXPECT_EQ(sent.gateway_id, id_of_outgoing);
  }
  EXPECT_EQ(text_at(kannel, "+447700900123", 2), chinese);
  const auto all = kannel.at_the_centre();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].type, "text");
  EXPECT_EQ(all[0].from, "13013");
  EXPECT_EQ(all[1].type, "ucs-2");
}

TEST(Kannel, WhatItRefusesIsToldApart) {
  PrivateKannel kannel;
  HttpOptions wrong = options_for(kannel);
  wrong.variables["password"] = "wrong";
  const auto stranger = make_http_sender(ready("kannel"), std::move(wrong)).value();
  const SendResult refused = Outgoing().through(*stranger);
  EXPECT_EQ(refused.outcome, SendResult::Outcome::temporary);
  EXPECT_EQ(refused.reason, "refused, status 403");

  const auto sender = make_http_sender(ready("kannel"), options_for(kannel)).value();
  kannel.stop_the_bearerbox();
  const SendResult later = Outgoing().through(*sender);
  EXPECT_NE(later.outcome, SendResult::Outcome::accepted);
  EXPECT_NE(later.outcome, SendResult::Outcome::permanent) << later.reason;
}

}  // namespace
}  // namespace ringfence
