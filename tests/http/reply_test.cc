// What a sender makes of what comes back, or does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "http/outgoing.h"
#include "http/raw_server.h"
#include "postgres/server_process.h"
#include "ringfence/model/email_address.h"
#include "ringfence/sender/http.h"

namespace ringfence {
namespace {

using namespace testing_support;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using Outcome = SendResult::Outcome;

json description(const json& reply) {
  return {{"variables", {{"gateway", nullptr}}},
          {"carries", {"sms", "email"}},
          {"url", "{gateway}/send"},
          {"headers", {{"Idempotency-Key", "{id}"}}},
          {"json", {{"to", "{to}"}, {"text", "{text}"}}},
          {"reply", reply}};
}

const json plain_rules = {
    {"accepted", {{"status", {200, 202}}, {"json", {{"/state", {"queued", "sent"}}}}}},
    {"permanent", {{"json", {{"/error/code", {1001, "no_such_number"}}}}}},
    {"unreachable", {{"json", {{"/error/code", 1002}}}}},
    {"temporary", {{"body", "try (again|later)"}}},
    {"message_id", {{"json", "/id"}}},
    {"reason", {{"json", "/error/code"}}},
    {"retry_after_seconds", {{"json", "/wait"}}}};

std::unique_ptr<Sender> sender_to(const std::string& url, const json& rules = plain_rules,
                                  TimeMs timeout_ms = 20'000) {
  auto made = make_http_sender(description(rules).dump(),
                               {.variables = {{"gateway", url}}, .timeout_ms = timeout_ms});
  EXPECT_TRUE(made) << made.error().text;
  return std::move(made).value();
}

SendResult answer_to(const RawServer::Reply& reply, const json& rules = plain_rules,
                     TimeMs timeout_ms = 20'000) {
  const RawServer server([&](const std::string&) { return reply; });
  return Outgoing().through(*sender_to(server.url(), rules, timeout_ms));
}
SendResult answer_to(const std::string& bytes) { return answer_to(RawServer::Reply{bytes, false}); }

TEST(Replies, AreReadAsTheDescriptionSays) {
  struct Case {
    std::string bytes;
    Outcome outcome;
    std::string reason;
    std::string gateway_id;
    TimeMs retry_after_ms;
  };
  const auto ok = [](const std::string& body, const std::string& status = "200 OK",
                     const std::string& headers = "") {
    return RawServer::ok(body, status, headers);
  };
  const std::vector<Case> cases = {
      {ok(R"({"state":"queued","id":"m-1"})"), Outcome::accepted, "", "m-1", 0},
      {ok(R"({"state":"sent","id":77})", "202 Accepted"), Outcome::accepted, "", "77", 0},
      {ok(R"({"state":"sent"})"), Outcome::accepted, "", "", 0},
      // The status alone is not enough; nor is a member that looks like it elsewhere.
      {ok(R"({"state":"sent"})", "201 Created"), Outcome::unknown,
       "an answer that the description does not know, status 201", "", 0},
      {ok(R"({"inner":{"state":"sent"}})"), Outcome::unknown,
       "an answer that the description does not know, status 200", "", 0},
      {ok(R"({"error":{"code":1001}})"), Outcome::permanent, "refused, status 200, 1001", "", 0},
      {ok(R"({"error":{"code":"no_such_number"}})", "400 Bad"), Outcome::permanent,
       "refused, status 400, no_such_number", "", 0},
      // A refusal goes before what looks like success.
      {ok(R"({"state":"queued","error":{"code":1001}})"), Outcome::permanent,
       "refused, status 200, 1001", "", 0},
      {ok(R"({"note":"try later","wait":90})"), Outcome::temporary, "refused, status 200", "",
       90'000},
      {ok("", "429 Slow", "Retry-After: 12\r\n"), Outcome::temporary, "refused, status 429", "",
       12'000},
      {ok("", "503 No", "retry-after:   3 \r\n"), Outcome::temporary, "refused, status 503", "",
       3000},
      {ok("", "429 Slow", "Retry-After: 99999999999\r\n"), Outcome::temporary,
       "refused, status 429", "", 86'400'000},
      {ok("", "429 Slow", "Retry-After: -5\r\n"), Outcome::temporary, "refused, status 429", "", 0},
      {ok("", "429 Slow", "Retry-After: soon\r\n"), Outcome::temporary, "refused, status 429", "",
       0},
      {ok("", "429 Slow", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n"), Outcome::temporary,
       "refused, status 429", "", 0},
      {ok("", "401 No"), Outcome::temporary, "refused, status 401", "", 0},
      {ok("", "404 No"), Outcome::temporary, "refused, status 404", "", 0},
      {ok("", "403 No"), Outcome::temporary, "refused, status 403", "", 0},
      // About what is in this request, and no other.
      {ok(R"({"error":{"code":7}})", "400 Bad"), Outcome::unreachable, "refused, status 400, 7", "",
       0},
      {ok("", "422 No", "Retry-After: 12\r\n"), Outcome::unreachable, "refused, status 422", "",
       12'000},
      {ok(R"({"error":{"code":1002}})"), Outcome::unreachable, "refused, status 200, 1002", "", 0},
      {ok("", "500 No"), Outcome::unknown,
       "an answer that the description does not know, status 500", "", 0},
      {ok("", "502 No"), Outcome::unknown,
       "an answer that the description does not know, status 502", "", 0},
      // Provisional answers are not the answer.
      {"HTTP/1.1 100 Continue\r\n\r\n" + ok(R"({"state":"queued"})"), Outcome::accepted, "", "", 0},
      // Nothing of the message comes back into what is stored.
      {ok(R"({"state":"sent","id":"to +447700900123"})"), Outcome::accepted, "", "", 0},
      {ok(R"({"state":"sent","id":"447700900123"})"), Outcome::accepted, "", "", 0},
      {ok(R"({"state":"sent","id":"x7700900123"})"), Outcome::accepted, "", "", 0},
      {ok(R"({"state":"sent","id":"code-123456"})"), Outcome::accepted, "", "", 0},
      {ok(R"({"state":"sent","id":"two\nlines"})"), Outcome::accepted, "", "", 0},
      {ok(R"({"state":"sent","id":")" + std::string(200, 'x') + R"("})"), Outcome::accepted, "", "",
       0},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.bytes);
    const SendResult result = answer_to(one.bytes);
    EXPECT_EQ(result.outcome, one.outcome);
    EXPECT_EQ(result.reason, one.reason);
    EXPECT_EQ(result.gateway_id, one.gateway_id);
    EXPECT_EQ(result.retry_after_ms, one.retry_after_ms);
  }
}

TEST(Replies, RulesMayLookAtHeadersAndAtPatterns) {
  const json rules = {{"accepted", {{"status", "2xx"}, {"headers", {{"X-Result", "^OK$"}}}}},
                      {"permanent", {{"json", {{"/code", {{"matches", "^4[0-9]{2}$"}}}}}}},
                      {"message_id", {{"header", "X-Message"}}}};
  const auto said = [&](const std::string& headers, const std::string& body = "") {
    return answer_to({RawServer::ok(body, "204 No Content", headers)}, rules);
  };
  EXPECT_EQ(said("X-RESULT: OK\r\nx-message: m-9\r\n").gateway_id, "m-9");
  EXPECT_EQ(said("X-Result: NOT OK\r\n").outcome, Outcome::unknown);
  EXPECT_EQ(said("").outcome, Outcome::unknown);
  EXPECT_EQ(answer_to({RawServer::ok(R"({"code":"404"})")}, rules).outcome, Outcome::permanent);
  EXPECT_EQ(answer_to({RawServer::ok(R"({"code":404})")}, rules).outcome, Outcome::permanent);
  EXPECT_EQ(answer_to({RawServer::ok(R"({"code":"4040"})")}, rules).outcome, Outcome::unknown);
}

TEST(Replies, AnIndexThatIsLongerThanAnyNumberIsNowhere) {
  const json rules = {{"accepted", {{"status", 200}}},
                      {"message_id", {{"json", "/ids/99999999999999999999999"}}}};
  const SendResult said = answer_to({RawServer::ok(R"({"ids":["m-9"]})")}, rules);
  EXPECT_EQ(said.outcome, Outcome::accepted);
  EXPECT_EQ(said.gateway_id, "");
}

TEST(Replies, WhatFitsTwoKindsOfRefusalIsTheOneThatIsLookedAtFirst) {
  json rules = {{"accepted", {{"status", "2xx"}}},
                {"temporary", {{"status", "2xx"}}},
                {"unreachable", {{"status", "2xx"}}},
                {"permanent", {{"status", "2xx"}}}};
  const auto judged = [&] { return answer_to({RawServer::ok()}, rules).outcome; };
  EXPECT_EQ(judged(), Outcome::permanent);
  rules.erase("permanent");
  EXPECT_EQ(judged(), Outcome::unreachable);
  rules.erase("unreachable");
  EXPECT_EQ(judged(), Outcome::temporary);
}

TEST(Replies, APatternsBeginningAndEndAreThoseOfTheWholeText) {
  const json rules = {{"accepted", {{"status", 200}, {"body", "^OK"}}},
                      {"permanent", {{"body", "no such number$"}}},
                      {"temporary", {{"body", "BUSY.*LATER"}}}};
  const auto judged = [&](const std::string& body) {
    return answer_to({RawServer::ok(body)}, rules).outcome;
  };
  EXPECT_EQ(judged("OK 1 message"), Outcome::accepted);
  EXPECT_EQ(judged("ERROR 301\nOK 0 messages"), Outcome::unknown);
  EXPECT_EQ(judged("ERROR no such number"), Outcome::permanent);
  EXPECT_EQ(judged("ERROR no such number\nwas asked for"), Outcome::unknown);
  EXPECT_EQ(judged("BUSY, LATER"), Outcome::temporary);
  EXPECT_EQ(judged("BUSY\nLATER"), Outcome::unknown);
}

TEST(Replies, NothingOfTheMessageIsStoredInWhateverWayItIsWritten) {
  const auto reason_for = [&](const Outgoing& message, const std::string& said) {
    const RawServer server([&](const std::string&) {
      return RawServer::Reply{RawServer::ok(json{{"error", {{"code", said}}}}.dump(), "400 Bad"),
                              false};
    });
    return message.through(*sender_to(server.url())).reason;
  };
  const std::string nothing = "refused, status 400";
  for (const char* said : {"to:+86-139-1234-3672", "to:(0)139.1234.3672", "86_139_1234_3672",
                           "to/1391-234-****", "code=123-456", "1-2-3-4-5-6"}) {
    EXPECT_EQ(reason_for(Outgoing("+8613912343672"), said), nothing) << said;
  }
  // Five digits of a short number are as good as the number.
  EXPECT_EQ(reason_for(Outgoing("+29022222"), "to:22-222"), nothing);
  Outgoing mail;
  mail.message.destination = EmailAddress::from_canonical("ann.lee@example.com").value();
  for (const char* said : {"<Ann.Lee@Example.COM>", "to=ANN.LEE%40EXAMPLE.COM"})
    EXPECT_EQ(reason_for(mail, said), nothing) << said;
  // Without its @ nothing of these is left that is long enough to tell.
  for (const char* address : {"li@qq.com", "12345@qq.com", "ann@x.io"}) {
    mail.message.destination = EmailAddress::from_canonical(address).value();
    std::string in_a_url = address;
    in_a_url.replace(in_a_url.find('@'), 1, "%40");
    EXPECT_EQ(reason_for(mail, "/to/" + in_a_url), nothing) << in_a_url;
  }
  EXPECT_EQ(reason_for(Outgoing("+8613912343672"), "100%-4%4"), nothing + ", 100%-4%4");
  // What only looks like it is kept.
  for (const char* said : {"isv.BUSINESS_LIMIT_CONTROL", "E-139-36-72", "12-45-63",
                           "SM0f3a9c5e7b1d2468ace013579bdf0246"}) {
    EXPECT_EQ(reason_for(Outgoing("+8613912343672"), said), nothing + ", " + said);
  }
}

TEST(Replies, AKeyThatTheGatewayRepeatsIsNotStored_R25) {
  const RawServer server([](const std::string& request) {
    const std::size_t key = request.find("Bearer ") + 7;
    const std::string said = "bad_key:" + request.substr(key, request.find('\r', key) - key);
    return RawServer::Reply{RawServer::ok(json{{"error", {{"code", said}}}}.dump(), "401 No"),
                            false};
  });
  json described = description(plain_rules);
  described["variables"]["key"] = nullptr;
  described["auth"] = {{"bearer", "{key}"}};
  const auto sender =
      make_http_sender(described.dump(),
                       {.variables = {{"gateway", server.url()}, {"key", "sk-live-abcdefgh"}}})
          .value();
  EXPECT_EQ(Outgoing().through(*sender).reason, "refused, status 401");
}

TEST(Replies, NothingButAKnownReplyIsSuccess_R28) {
  const std::vector<std::string> garbage = {
      "",
      "\r\n\r\n",
      "220 mail.example.com ESMTP\r\n",
      "HTTP/1.1\r\n\r\n",
      "HTTP/1.1 200 OK\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"state\":\"queued\"}",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{\"state\":\"queued\"}",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{\"state\":\"queued\"}",
      "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
      RawServer::ok("{\"state\":\"queued\""),
      RawServer::ok("{\"state\":\"queued\",\"state\":\"failed\"}"),
      RawServer::ok("<html>queued</html>"),
      RawServer::ok("[\"state\",\"queued\"]"),
      RawServer::ok("null"),
      RawServer::ok(std::string(40, '[') + std::string(40, ']')),
      RawServer::ok(std::string("\xff\xfe\x00\x01", 4)),
  };
  for (const std::string& bytes : garbage) {
    SCOPED_TRACE(bytes);
    const SendResult result = answer_to(bytes);
    EXPECT_EQ(result.outcome, Outcome::unknown) << result.reason;
    EXPECT_FALSE(result.reason.empty());
  }
}

TEST(Replies, OfRandomBytesNoneIsTakenForSuccessAndNoneThrows) {
  constexpr unsigned seed = 61;
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  const std::string good = RawServer::ok(R"({"state":"queued","id":"m-1"})");
  std::string bytes;
  bool whole = false;
  const RawServer server([&](const std::string&) { return RawServer::Reply{bytes, false}; });
  const auto sender = sender_to(server.url());
  for (int i = 0; i < 2000; ++i) {
    bytes = good;
    // A part of the good one, and something in it that is not: no status, no state, no length.
    whole = random() % 4 == 0;
    for (auto changes = 1 + random() % 6; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (!whole) bytes.resize(random() % bytes.size());
    const SendResult result = Outgoing().through(*sender);
    const bool says_so = bytes.find("\"state\":\"queued\"") != std::string::npos;
    EXPECT_TRUE(result.outcome != Outcome::accepted || says_so) << bytes;
    EXPECT_NE(result.outcome, Outcome::permanent) << bytes;
  }
}

TEST(Replies, ALongOneIsReadToItsBoundOnly) {
  const std::string padding(100 * 1024, ' ');
  const SendResult long_success = answer_to(RawServer::ok(R"({"state":"queued"})" + padding));
  EXPECT_EQ(long_success.outcome, Outcome::unknown);
  // What the status says is known all the same.
  EXPECT_EQ(answer_to(RawServer::ok(padding, "429 Slow", "Retry-After: 5\r\n")).retry_after_ms,
            5000);
  const SendResult long_header =
      answer_to(RawServer::ok(R"({"state":"queued"})", "200 OK", "X: " + padding + "\r\n"));
  EXPECT_EQ(long_header.outcome, Outcome::unknown);
}

// ---- no reply
// -------------------------------------------------------------------------------------

TEST(NoReply, NothingWasSentWhereThereIsNobody) {
  const LoopbackPort nobody;
  const auto sender = sender_to("http://127.0.0.1:" + std::to_string(nobody.number()));
  const SendResult result = Outgoing().through(*sender);
  EXPECT_EQ(result.outcome, Outcome::temporary);
  EXPECT_THAT(result.reason, HasSubstr("not sent: "));
}

TEST(NoReply, NothingWasSentToANameThatDoesNotExist) {
  auto options = HttpOptions{.variables = {{"gateway", "https://gateway.invalid"}}};
  const auto sender = make_http_sender(description(plain_rules).dump(), std::move(options)).value();
  const SendResult result = Outgoing().through(*sender);
  EXPECT_EQ(result.outcome, Outcome::temporary);
  EXPECT_THAT(result.reason, HasSubstr("not sent: "));
}

TEST(NoReply, ALostConnectionLeavesItUnknown) {
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\nContent-Le"}) {
    const SendResult result = answer_to(RawServer::Reply{bytes, false, true});
    EXPECT_EQ(result.outcome, Outcome::unknown);
    EXPECT_THAT(result.reason, HasSubstr("no whole answer: "));
  }
}

TEST(NoReply, ASilentOneIsLeftInTime) {
  const auto started = std::chrono::steady_clock::now();
  const SendResult result = answer_to(RawServer::Reply{"", false, false, true}, plain_rules, 200);
  EXPECT_EQ(result.outcome, Outcome::unknown);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
}

TEST(NoReply, WhereAllConnectionsAreBusyNothingIsSent) {
  std::atomic<bool> asked = false;
  const RawServer server([&](const std::string&) {
    asked = true;
    return RawServer::Reply{"", false, false, true};
  });
  const auto sender =
      make_http_sender(
          description(plain_rules).dump(),
          {.variables = {{"gateway", server.url()}}, .connections = 1, .timeout_ms = 1500})
          .value();
  // The second waits as long as the first takes, or nearly: whichever comes first, it ends in time.
  std::thread first([&] { EXPECT_EQ(Outgoing().through(*sender).outcome, Outcome::unknown); });
  poll_until([&] { return asked.load(); });
  const SendResult second = Outgoing().through(*sender);
  EXPECT_TRUE(second.outcome == Outcome::temporary || second.outcome == Outcome::unknown);
  first.join();
}

// ---- the connection
// -------------------------------------------------------------------------------

TEST(Connections, AreKeptForTheNextMessage) {
  const RawServer server(
      [](const std::string&) { return RawServer::Reply{RawServer::ok(R"({"state":"sent"})")}; });
  const auto sender = sender_to(server.url());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Outgoing().through(*sender).outcome, Outcome::accepted);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(server.requests().size(), 20U);
}

TEST(Connections, ARequestIsWhatTheDescriptionSaysAndNoMore) {
  const RawServer server(
      [](const std::string&) { return RawServer::Reply{RawServer::ok(R"({"state":"sent"})")}; });
  EXPECT_EQ(Outgoing().through(*sender_to(server.url())).outcome, Outcome::accepted);
  const std::string body = R"({"text":"123456 is your code","to":"+447700900123"})";
  EXPECT_EQ(server.requests().at(0),
            "POST /send HTTP/1.1\r\nHost: " + server.url().substr(7) +
                "\r\nAccept: */*\r\nIdempotency-Key: " + std::string(id_of_outgoing) +
                "\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
}

TEST(Connections, AMessageGoesNowhereElse) {
  const RawServer other(
      [](const std::string&) { return RawServer::Reply{RawServer::ok(R"({"state":"sent"})")}; });
  const RawServer server([&](const std::string&) {
    return RawServer::Reply{
        RawServer::ok("", "307 Elsewhere", "Location: " + other.url("/send") + "\r\n")};
  });
  setenv("http_proxy", other.url().c_str(), 1);
  setenv("all_proxy", other.url().c_str(), 1);
  const SendResult result = Outgoing().through(*sender_to(server.url()));
  unsetenv("http_proxy");
  unsetenv("all_proxy");
  EXPECT_EQ(result.outcome, Outcome::temporary);
  EXPECT_EQ(result.reason, "refused, status 307");
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_TRUE(other.requests().empty());
}

TEST(Connections, ManyThreadsShareASender) {
  const RawServer server([](const std::string&) {
    return RawServer::Reply{RawServer::ok(R"({"state":"sent"})"), false};
  });
  const auto sender = sender_to(server.url());
  std::atomic<int> accepted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 25; ++j)
        accepted += Outgoing().through(*sender).outcome == Outcome::accepted ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 200);
}

}  // namespace
}  // namespace ringfence
