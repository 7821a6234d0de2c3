// The ready descriptions, and those of the documentation, against servers that check what they are
// sent as the documentation of the real gateways says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "http/descriptions.h"
#include "http/gateways.h"
#include "http/outgoing.h"
#include "ringfence/sender/http.h"

namespace ringfence {
namespace {

using namespace testing_support;
using nlohmann::json;
using Outcome = SendResult::Outcome;

const json settings = {{"twilio",
                        {{"account_sid", "AC0123456789abcdef0123456789abcdef"},
                         {"token", "twilio-token-mark"},
                         {"invalid_to", "+447700900111"},
                         {"region_to", "+447700900333"},
                         {"busy_to", "+447700900222"}}},
                       {"aliyun",
                        {{"access_key_id", "LTAI-test"},
                         {"access_key_secret", "aliyun-secret-mark"},
                         {"sign_name", "阿里云短信测试"},
                         {"templates", {"SMS_154950909", "SMS_200000000"}},
                         {"illegal", "447700900111"},
                         {"flooded", "447700900222"}}}};

std::unique_ptr<Sender> sender_of(const std::string& description,
                                  std::map<std::string, std::string> variables) {
  auto made = make_http_sender(description, {.variables = std::move(variables)});
  EXPECT_TRUE(made) << made.error().text;
  return std::move(made).value();
}

// ---- Twilio
// ---------------------------------------------------------------------------------------

void expect_twilio(const Gateways& server, Sender& sender) {
  const std::string text = "123456 是您的验证码 & 1+1=2\n@example.com #123456";
  const SendResult sent = Outgoing("+8613912343672", text).through(sender);
  EXPECT_EQ(sent.outcome, Outcome::accepted) << sent.reason;
  const json noted = server.noted().back();
  EXPECT_EQ(noted["form"],
            json({{"To", "+8613912343672"}, {"From", "+15017122661"}, {"Body", text}}))
      << noted;
  EXPECT_EQ(noted["key"], id_of_outgoing);
  EXPECT_EQ(sent.gateway_id, noted["sid"]);

  const SendResult invalid = Outgoing("+447700900111").through(sender);
  EXPECT_EQ(invalid.outcome, Outcome::permanent);
  EXPECT_EQ(invalid.reason, "refused, status 400, 21211");
  EXPECT_EQ(Outgoing("+447700900222").through(sender).outcome, Outcome::temporary);
  const SendResult closed_region = Outgoing("+447700900333").through(sender);
  EXPECT_EQ(closed_region.outcome, Outcome::unreachable);
  EXPECT_EQ(closed_region.reason, "refused, status 403, 21408");
  const SendResult too_long = Outgoing("+447700900123", std::string(1601, 'x')).through(sender);
  EXPECT_EQ(too_long.outcome, Outcome::permanent);
  EXPECT_EQ(too_long.reason, "refused, status 400, 21617");
}

TEST(Twilio, TheReadyDescriptionIsWhatItsApiWants) {
  const Gateways server(settings);
  const std::string sid = settings["twilio"]["account_sid"];
  expect_twilio(server, *sender_of(ready("twilio"), {{"api", server.url()},
                                                     {"account_sid", sid},
                                                     {"user", sid},
                                                     {"password", "twilio-token-mark"},
                                                     {"from", "+15017122661"}}));
}

TEST(Twilio, TheDocumentationShowsTheReadyDescription) {
  EXPECT_EQ(documented("twilio"), without_line_end(ready("twilio")));
}

TEST(Twilio, IsToldWhereItsReportsGo) {
  const Gateways server(settings);
  const std::string sid = settings["twilio"]["account_sid"];
  const auto sender = sender_of(ready("twilio"), {{"api", server.url()},
                                                  {"account_sid", sid},
                                                  {"user", sid},
                                                  {"password", "twilio-token-mark"},
                                                  {"from", "+15017122661"},
                                                  {"report_url", "https://shop.example/reports"}});
  Outgoing message;
  message.message.account = {"r", "Jörg & 100%?"};
  EXPECT_EQ(message.through(*sender).outcome, Outcome::accepted);
  EXPECT_EQ(server.noted().back()["form"]["StatusCallback"],
            "https://shop.example/reports?realm=r&account=J%C3%B6rg%20%26%20100%25%3F&id=" +
                std::string(id_of_outgoing));
}

TEST(Twilio, AWrongPasswordRefusesForNow) {
  const Gateways server(settings);
  const std::string sid = settings["twilio"]["account_sid"];
  const auto sender = sender_of(ready("twilio"), {{"api", server.url()},
                                                  {"account_sid", sid},
                                                  {"user", sid},
                                                  {"password", "wrong"},
                                                  {"from", "+15017122661"}});
  const SendResult refused = Outgoing().through(*sender);
  EXPECT_EQ(refused.outcome, Outcome::temporary);
  EXPECT_EQ(refused.reason, "refused, status 401, 20003");
}

// ---- Alibaba Cloud
// --------------------------------------------------------------------------------

void expect_aliyun(const Gateways& server, Sender& sender, const std::string& identity_template,
                   const std::string& target_template) {
  Outgoing message("+8613912343672");
  SendResult sent = message.through(sender);
  EXPECT_EQ(sent.outcome, Outcome::accepted) << sent.reason;
  EXPECT_EQ(sent.gateway_id, "900619746936498440^0");
  json noted = server.noted().back();
  EXPECT_EQ(noted["given"]["PhoneNumbers"], "8613912343672") << noted;
  EXPECT_EQ(noted["given"]["TemplateCode"], identity_template);
  EXPECT_EQ(noted["given"]["OutId"], id_of_outgoing);
  EXPECT_EQ(noted["parameters"], json({{"code", "123456"}, {"minutes", "10"}}));

  message.message.role = Role::target;
  sent = message.through(sender);  // again, with the same id: signed anew
  EXPECT_EQ(sent.outcome, Outcome::accepted) << sent.reason;
  noted = server.noted().back();
  EXPECT_EQ(noted["given"]["TemplateCode"], target_template);
  EXPECT_EQ(noted["given"]["OutId"], id_of_outgoing);

  const SendResult illegal = Outgoing("+447700900111").through(sender);
  EXPECT_EQ(illegal.outcome, Outcome::permanent);
  EXPECT_EQ(illegal.reason, "refused, status 200, isv.MOBILE_NUMBER_ILLEGAL");
  const SendResult flooded = Outgoing("+447700900222").through(sender);
  EXPECT_EQ(flooded.outcome, Outcome::unreachable);
  EXPECT_EQ(flooded.reason, "refused, status 200, isv.BUSINESS_LIMIT_CONTROL");
}

std::map<std::string, std::string> aliyun_variables(const Gateways& server) {
  return {{"api", server.url()},
          {"access_key_id", "LTAI-test"},
          {"access_key_secret", "aliyun-secret-mark"},
          {"sign_name", "阿里云短信测试"},
          {"code_template", "SMS_154950909"}};
}

TEST(Aliyun, TheReadyDescriptionIsWhatItsApiWants) {
  const Gateways server(settings);
  expect_aliyun(server, *sender_of(ready("aliyun"), aliyun_variables(server)), "SMS_154950909",
                "SMS_154950909");
}

TEST(Aliyun, TheDocumentationShowsTheReadyDescription) {
  EXPECT_EQ(documented("aliyun"), without_line_end(ready("aliyun")));
}

TEST(Aliyun, TheExampleOfSeveralTemplatesWorks) {
  const Gateways server(settings);
  json own = json::parse(ready("aliyun"));
  own.merge_patch(json::parse(documented("aliyun_templates")));
  auto variables = aliyun_variables(server);
  variables.erase("code_template");
  expect_aliyun(server, *sender_of(own.dump(), variables), "SMS_154950909", "SMS_200000000");
}

TEST(Aliyun, AWrongKeyOrTemplateRefusesForNow) {
  const Gateways server(settings);
  auto variables = aliyun_variables(server);
  variables["access_key_secret"] = "wrong";
  const SendResult unsigned_by_us = Outgoing().through(*sender_of(ready("aliyun"), variables));
  EXPECT_EQ(unsigned_by_us.outcome, Outcome::temporary);
  EXPECT_EQ(unsigned_by_us.reason, "refused, status 400, SignatureDoesNotMatch");
  variables = aliyun_variables(server);
  variables["code_template"] = "SMS_1";
  const SendResult refused = Outgoing().through(*sender_of(ready("aliyun"), variables));
  EXPECT_EQ(refused.outcome, Outcome::temporary);
  EXPECT_EQ(refused.reason, "refused, status 200, isv.SMS_TEMPLATE_ILLEGAL");
}

}  // namespace
}  // namespace ringfence
