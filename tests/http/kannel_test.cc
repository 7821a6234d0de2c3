// Codes travel through a real Kannel and are read where it hands them to the telephone network.
#include "http/kannel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "http/descriptions.h"
#include "http/outgoing.h"
#include "http/raw_server.h"
#include "http/take_report.h"
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

/// What stands in the query of a request, decoded.
std::map<std::string, std::string> given_in(const std::string& request) {
  std::map<std::string, std::string> out;
  std::size_t at = request.find('?') + 1;
  const std::size_t end = request.find(' ', at);
  const auto decoded = [&](char until) {
    std::string text;
    for (; at < end && request[at] != until; ++at) {
      if (request[at] == '%') {
        text += static_cast<char>(std::stoi(request.substr(at + 1, 2), nullptr, 16));
        at += 2;
      } else {
        text += request[at] == '+' ? ' ' : request[at];
      }
    }
    ++at;
    return text;
  };
  while (at < end) {
    const std::string name = decoded('=');
    out[name] = decoded('&');
  }
  return out;
}

/// An account whose id needs encoding, with each character that Kannel reads something into.
constexpr const char* awkward = "Jörg & %d+%A/100%?";

TEST(Kannel, WhatItReportsOfACodeReachesTheFlowThatWaitsForIt) {
  RawServer centre([](const std::string&) { return RawServer::Reply{RawServer::ok("refused")}; });
  RawServer host([](const std::string&) { return RawServer::Reply{RawServer::ok()}; });
  const PrivateKannel kannel({"+44", centre.url("/send")});
  HttpOptions options = options_for(kannel);
  options.variables["report_url"] = host.url("/reports");
  const auto sender = make_http_sender(ready("kannel"), std::move(options)).value();
  World world;
  Dispatcher dispatcher(
      {world.store, *world.ring, *sender, world.sender, world.clock, world.entropy});
  const auto reported = [&](std::size_t count, const std::string& status) {
    ASSERT_TRUE(poll_until([&] { return host.requests().size() >= count; }));
    const std::string request = host.requests().at(count - 1);
    EXPECT_EQ(request.find("GET /reports?"), 0U) << request;
    const auto given = given_in(request);
    EXPECT_EQ(given.at("realm"), "shop/1");
    EXPECT_EQ(given.at("account"), awkward);
    EXPECT_EQ(given.at("status"), status);
    EXPECT_TRUE(take_report(*world.service, given));
  };
  ASSERT_TRUE(world.add(awkward, World::phone, World::email, "shop/1"));
  const FlowView begun =
      world.service->begin_change_phone(World::key(awkward, "shop/1"), Method::phone, world.call)
          .value();
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
  const std::string identity = text_at(kannel, World::phone, 1);
  reported(1, "1");
  EXPECT_FALSE(world.service->view(begun, world.call).value().not_delivered);

  const FlowView identified =
      world.service->prove_identity(begun, code_in(identity), world.call).value();
  const FlowView targeted =
      world.service->set_target(identified, {World::new_phone}, world.call).value();
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
  reported(2, "16");
  EXPECT_EQ(centre.requests().size(), 1U);
  EXPECT_TRUE(world.service->view(targeted, world.call).value().not_delivered);
  EXPECT_TRUE(world.service->resend(targeted, world.call)) << "at once";
}

TEST(Kannel, IsAskedForNoReportsUnlessThereIsWhereTheyGo) {
  const RawServer server([](const std::string&) {
    return RawServer::Reply{RawServer::ok("0: Accepted for delivery", "202 Accepted")};
  });
  HttpOptions options = {
      .variables = {{"smsbox", server.url()}, {"user", "u"}, {"password", "p"}, {"from", "1"}}};
  Outgoing message;
  message.message.account = {"", awkward};
  message.through(*make_http_sender(ready("kannel"), options).value());
  options.variables["report_url"] = "https://shop.example/reports";
  message.through(*make_http_sender(ready("kannel"), options).value());
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].find("DLR"), std::string::npos);
  EXPECT_NE(requests[1].find("\r\nX-Kannel-DLR-Mask: 19\r\n"), std::string::npos);
  EXPECT_NE(requests[1].find("\r\nX-Kannel-DLR-Url: https://shop.example/reports?realm=&account="
                             "J%%C3%%B6rg%%20%%26%%20%%25d%%2B%%25A%%2F100%%25%%3F&id=" +
                             std::string(id_of_outgoing) + "&status=%d\r\n"),
            std::string::npos)
      << requests[1];
}

TEST(Kannel, TheDocumentationShowsTheReadyDescriptionAndHowAReportIsTaken) {
  EXPECT_EQ(documented("kannel"), without_line_end(ready("kannel")));
  EXPECT_NE(read_file(std::string(RINGFENCE_SOURCE_DIR) + "/tests/http/take_report.h")
                .find("\n" + documented("take_report") + "\n"),
            std::string::npos);
}

}  // namespace
}  // namespace ringfence
