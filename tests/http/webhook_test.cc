// Events and messages over a signed webhook.
#include "ringfence/sender/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "http/descriptions.h"
#include "http/gateways.h"
#include "http/outgoing.h"
#include "http/raw_server.h"
#include "ringfence/sender/http.h"
#include "ringfence/testing/manual_clock.h"
#include "support/temp_dir.h"

namespace ringfence {
namespace {

using namespace testing_support;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Outcome = SendResult::Outcome;

constexpr const char* key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* other_key = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// The server verifies as the documentation shows.
const json& settings() {
  static const json all = {
      {"webhook_key", key}, {"verify", documented("verify_webhook")}, {"keep", true}};
  return all;
}

Message event() {
  Message out = Outgoing().message;
  out.kind = MessageKind::event;
  out.purpose = "phone_changed";
  out.destination.reset();
  out.fields = {{"masked", "139****3672"}, {"reason", "number \"changed\"\n"}};
  out.trace_id = "trace-1";
  return out;
}

TEST(Webhook, AnEventArrivesSignedAndWithAllItTells) {
  const Gateways server(settings());
  const auto sink = make_webhook_event_sink({.url = server.url("/hook"), .keys = {key}}).value();
  const SendResult told = sink->deliver(event());
  EXPECT_EQ(told.outcome, Outcome::accepted) << told.reason;
  const json noted = server.noted().back();
  EXPECT_EQ(noted["id"], id_of_outgoing) << noted;
  EXPECT_EQ(noted["content"], json::parse(R"({
    "type": "phone_changed", "timestamp": "2027-01-15T08:00:00Z",
    "data": {"id": "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", "realm": "shop", "account": "ann",
             "fields": {"masked": "139****3672", "reason": "number \"changed\"\n"},
             "trace_id": "trace-1"}})"));
}

TEST(Webhook, ARepeatIsKnownByItsId) {
  const Gateways server(settings());
  const auto sink = make_webhook_event_sink({.url = server.url("/hook"), .keys = {key}}).value();
  EXPECT_EQ(sink->deliver(event()).outcome, Outcome::accepted);
  EXPECT_EQ(sink->deliver(event()).outcome, Outcome::accepted);
  const auto noted = server.noted();
  ASSERT_EQ(noted.size(), 2U);
  EXPECT_EQ(noted[0]["new"], true);
  EXPECT_EQ(noted[1]["new"], false);
}

TEST(Webhook, ANewKeyCanComeBeforeTheOldOneGoes) {
  const Gateways server(settings());
  const auto outcome_with = [&](std::vector<std::string> keys) {
    const auto sink =
        make_webhook_event_sink({.url = server.url("/hook"), .keys = std::move(keys)});
    return sink.value()->deliver(event()).outcome;
  };
  EXPECT_EQ(outcome_with({other_key, key}), Outcome::accepted);
  EXPECT_EQ(outcome_with({key, other_key}), Outcome::accepted);
  EXPECT_EQ(outcome_with({other_key}), Outcome::temporary);
  EXPECT_EQ(server.noted().back()["refused"], 401);
}

TEST(Webhook, AnOldSignatureIsRefusedByTheOtherSide) {
  const Gateways server(settings());
  testing::ManualClock late(system_clock().now_ms() - 3'600'000);
  const auto sink =
      make_webhook_event_sink({.url = server.url("/hook"), .keys = {key}, .clock = late}).value();
  EXPECT_EQ(sink->deliver(event()).outcome, Outcome::temporary);
  EXPECT_EQ(server.noted().back()["refused"], 401);
}

TEST(Webhook, MessagesToPeopleMayGoTheSameWay) {
  const Gateways server(settings());
  const auto sender = make_http_sender(ready("webhook"),
                                       {.variables = {{"url", server.url("/hook")}, {"key", key}}})
                          .value();
  const SendResult sent = Outgoing().through(*sender);
  EXPECT_EQ(sent.outcome, Outcome::accepted) << sent.reason;
  EXPECT_EQ(sent.gateway_id, id_of_outgoing);
  const json data = server.noted().back()["content"]["data"];
  EXPECT_EQ(data["to"], "+447700900123");
  EXPECT_EQ(data["code"], "123456");
  EXPECT_EQ(data["lifetime_seconds"], "600");
}

TEST(Webhook, AnAnswerDecidesWhatBecomesOfTheEvent) {
  std::string answer;
  const RawServer server([&](const std::string&) { return RawServer::Reply{answer}; });
  const auto sink = make_webhook_event_sink({.url = server.url(), .keys = {key}}).value();
  const auto outcome_of = [&](const std::string& status) {
    answer = RawServer::ok("", status, "Retry-After: 9\r\n");
    return sink->deliver(event());
  };
  EXPECT_EQ(outcome_of("200 OK").outcome, Outcome::accepted);
  EXPECT_EQ(outcome_of("204 OK").outcome, Outcome::accepted);
  EXPECT_EQ(outcome_of("410 Gone").outcome, Outcome::permanent);
  EXPECT_EQ(outcome_of("429 Slow").retry_after_ms, 9000);
  EXPECT_EQ(outcome_of("503 Slow").retry_after_ms, 9000);
  EXPECT_EQ(outcome_of("404 No").outcome, Outcome::temporary);
  EXPECT_EQ(outcome_of("302 No").outcome, Outcome::temporary);
  EXPECT_EQ(outcome_of("422 No").outcome, Outcome::unreachable);
  EXPECT_EQ(outcome_of("422 No").retry_after_ms, 9000);
  EXPECT_EQ(outcome_of("500 No").outcome, Outcome::unknown);
}

TEST(Webhook, OneThatCannotWorkIsRefusedAtOnce) {
  const auto refusal = [](WebhookOptions options) {
    const auto made = make_webhook_event_sink(std::move(options));
    EXPECT_TRUE(made || made.error().code == ErrorCode::invalid_argument);
    const std::string text = made ? "" : made.error().text;
    EXPECT_THAT(text, Not(HasSubstr("mark")));
    return text;
  };
  const std::string url = "https://example.com/hook-mark";
  EXPECT_THAT(refusal({.keys = {key}}), HasSubstr("it has no URL"));
  EXPECT_THAT(refusal({.url = url}), HasSubstr("it has no key"));
  EXPECT_THAT(refusal({.url = url, .keys = {"mark"}}),
              HasSubstr("keys[0] does not begin with whsec_"));
  EXPECT_THAT(refusal({.url = url, .keys = {key, "whsec_mark!"}}),
              HasSubstr("keys[1] is not base64"));
  EXPECT_THAT(refusal({.url = url, .keys = {"whsec_bWFyaw=="}}), HasSubstr("less than 24 bytes"));
  EXPECT_THAT(refusal({.url = "http://example.com/mark", .keys = {key}}),
              StartsWith("the webhook: url must begin with https://"));
  EXPECT_EQ(refusal({.url = "https://a:mark@example.com/", .keys = {key}}),
            "the webhook: url has a user or a password in it: only auth.basic has these");
  EXPECT_EQ(refusal({.url = "https://example.com/\xff", .keys = {key}}),
            "the webhook: url is not UTF-8, or has a NUL in it");
  const TempDir folder;
  write_file(folder.file("key.pem"), "-----BEGIN PRIVATE KEY-----\n");
  const auto refused_file = [&](const std::string& file) {
    EXPECT_FALSE(make_http_sender(ready("webhook"),
                                  {.variables = {{"url", url}, {"key", key}}, .ca_file = file}));
    const std::string why = refusal({.url = url, .keys = {key}, .ca_file = file});
    EXPECT_THAT(why, StartsWith("ca_file, the file of certificates "));
    return why;
  };
  EXPECT_THAT(refused_file("/nonexistent\n"), HasSubstr("/nonexistent? cannot be read"));
  EXPECT_THAT(refused_file(folder.path()), HasSubstr("cannot be read; name a file"));
  EXPECT_THAT(refused_file(folder.file("key.pem")), HasSubstr("has no certificate in PEM"));
  EXPECT_EQ(refusal({.url = url, .keys = {key, other_key}}), "");
}

}  // namespace
}  // namespace ringfence
