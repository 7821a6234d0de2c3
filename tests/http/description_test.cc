// What a description may say, how values are written where they stand, and what is refused before
// anything is sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "http/descriptions.h"
#include "http/outgoing.h"
#include "http/raw_server.h"
#include "ringfence/model/email_address.h"
#include "ringfence/sender/http.h"
#include "ringfence/testing/manual_clock.h"
#include "ringfence/testing/seeded_entropy.h"
#include "support/temp_dir.h"

namespace ringfence {
namespace {

using namespace testing_support;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using Outcome = SendResult::Outcome;

constexpr const char* secret = "s3cret-mark";

json good() {
  return json::parse(R"({
    "carries": ["sms"],
    "variables": {"token": null},
    "url": "https://gateway.example.com/send",
    "headers": {"Idempotency-Key": "{id}"},
    "auth": {"bearer": "{token}"},
    "json": {"to": "{to}", "text": "{text}"},
    "reply": {"accepted": {"status": 200}}
  })");
}

result<std::unique_ptr<Sender>> make(const json& description) {
  return make_http_sender(description.dump(), {.variables = {{"token", secret}}});
}

// ---- refused
// --------------------------------------------------------------------------------------

TEST(Description, AGoodOneIsTaken) {
  const auto made = make(good());
  EXPECT_TRUE(made) << made.error().text;
}

TEST(Description, WhateverIsWrongIsRefusedByName) {
  struct Case {
    std::string patch;  // JSON merge patch (RFC 7396) of the good one
    std::string refusal;
  };
  const std::vector<Case> cases = {
      // Missing.
      {R"({"carries": null})", "carries is missing"},
      {R"({"url": null})", "url is missing"},
      {R"({"url": ""})", "url must not be empty"},
      {R"({"reply": null})", "reply is missing"},
      {R"({"reply": {"accepted": null}})", "reply.accepted is missing"},
      {R"({"reply": {"accepted": []}})", "reply.accepted must not be empty"},
      {R"({"reply": {"accepted": {"status": null}}})", "reply.accepted says nothing"},
      {R"({"headers": null})", "has the placeholder {id} nowhere"},
      // Not known.
      {R"({"retries": 3})", "retries is not known: take it out"},
      {R"({"reply": {"success": {"status": 200}}})", "reply.success is not known"},
      {R"({"reply": {"accepted": {"code": 200}}})", "reply.accepted.code is not known"},
      {R"({"auth": {"digest": {}}})", "auth.digest is not known"},
      {R"({"json": {"text": "{txt}"}})", "json has the placeholder {txt}, which is not known"},
      {R"({"url": "https://gateway.example.com/{number}"})",
       "url has the placeholder {number}, which is not known"},
      {R"({"headers": {"X-To": "{password}"}})",
       "headers.X-To has the placeholder {password}, which is not known"},
      // In the wrong place.
      {R"({"url": "https://{to}.example.com/"})",
       "url has the placeholder {to}, which has no place there"},
      {R"({"auth": {"bearer": "{code}"}})",
       "auth.bearer has the placeholder {code}, which has no place there"},
      {R"({"json": {"text": "{signature}"}})",
       "json has the placeholder {signature}, which has no place there"},
      {R"({"headers": {"X-Body": "{body}"}})",
       "headers.X-Body has the placeholder {body}, which has no place there"},
      {R"({"json": {"all": "and {fields}"}})",
       "json has the placeholder {fields}, which has no place there"},
      // Of the wrong type.
      {R"({"carries": "sms"})", "carries must be a list of one or more of sms, voice, email"},
      {R"({"carries": []})", "carries must be a list of one or more of sms, voice, email"},
      {R"({"carries": ["sms", "text"]})", "carries must be a list of one or more of"},
      {R"({"carries": [5]})", "carries must be a list of one or more of"},
      {R"({"url": 5})", "url must be a text"},
      {R"({"method": "DELETE"})", "method must be one of POST, GET, PUT"},
      {R"({"method": "GET"})", "method is GET, which has no body"},
      {R"({"headers": ["a"]})", "headers must be a JSON object"},
      {R"({"headers": {"X-A": 5}})", "headers.X-A must be a text"},
      {R"({"allow_http": "yes"})", "allow_http must be true or false"},
      {R"({"reply": {"accepted": {"status": 20}}})", "reply.accepted.status must be a status"},
      {R"({"reply": {"accepted": {"status": "2x"}}})", "reply.accepted.status must be a status"},
      {R"({"reply": {"accepted": {"status": []}}})", "reply.accepted.status must be a status"},
      {R"({"reply": {"accepted": {"json": {"code": 1}}}})",
       "reply.accepted.json must be a JSON pointer, e.g. /error/code"},
      {R"({"reply": {"accepted": {"json": {"/code": []}}}})",
       "reply.accepted.json at /code must be a text, a number"},
      {R"({"reply": {"accepted": {"body": "("}}})",
       "reply.accepted.body must be a regular expression"},
      {R"({"reply": {"message_id": {"body": "id"}}})", "reply.message_id.body must have a group"},
      {R"({"reply": {"message_id": {}}})", "reply.message_id must have one of"},
      {R"({"reply": {"message_id": {"json": "/a", "header": "b"}}})",
       "reply.message_id must have one of"},
      {R"({"reply": {"reason": {"own": true}}})", "reply.reason.own is not known"},
      // Bodies.
      {R"({"form": {"a": "b"}})", "must have at most one of form, json, text"},
      {R"({"json": null, "text": {"content": "{text}"}})", "text.type is missing"},
      {R"({"json": null, "text": {"content": "{text}", "type": "a\nb"}})",
       "text.type has a control character or a line break"},
      {R"({"headers": {"content-type": "text/plain"}})", "headers.Content-Type is there twice"},
      // URLs.
      {R"({"url": "http://gateway.example.com/send"})",
       "url must begin with https://: what it carries"},
      {R"({"url": "http://127.0.0.1.example.com/"})",
       "url must begin with https://: what it carries"},
      {R"({"url": "ftp://gateway.example.com/"})", "url must begin with https://"},
      {R"({"url": "gateway.example.com/send"})", "url must begin with https://"},
      {R"({"url": "https://"})", "url is not a URL"},
      {R"({"url": "https://user:pass@gateway.example.com/"})", "url has a user or a password"},
      {R"({"url": "https://gateway.example.com/#{to}"})", "url has a space, a #"},
      {R"({"url": "https://gateway.example.com/a b"})", "url has a space, a #"},
      {R"({"url": "https://gateway.example.com/\r\nX: y"})", "url has a space, a #"},
      {R"({"url": "https://gateway.example.com\r\nX: y/"})",
       "url has a control character or a line break"},
      {R"({"url": "https://gateway.example.com/a/../b"})", "url has . or .. as a part"},
      {R"({"url": "https://gateway.example.com/a/%2e"})", "url has . or .. as a part"},
      {R"({"url": "{token}send"})", "url must have a / or a ? behind the variable"},
      {R"({"url": "{token}/send"})", "url is not a URL"},
      {R"({"url": "{token"})", "url has a { without its }"},
      {R"({"url": "https://gateway.example.com/a?b=1", "query": {"c": "2"}})",
       "query is there, and url has a ? too"},
      // Headers.
      {R"({"headers": {"X-A": "one\ntwo"}})",
       "headers.X-A has a control character or a line break"},
      {R"({"headers": {"X A": "one"}})", "headers.X A is not the name of a header"},
      {R"({"headers": {"X-A\r\nX-B": "one"}})", "is not the name of a header"},
      {R"({"headers": {"Host": "example.com"}})", "headers.Host is a header that is set by itself"},
      {R"({"headers": {"content-length": "5"}})", "is a header that is set by itself"},
      {R"({"headers": {"authorization": "x"}})", "auth is there twice"},
      {R"({"auth": {"basic": {"user": "a:b", "password": "c"}, "bearer": null}})",
       "auth.basic.user must not have a colon"},
      {R"({"auth": {"basic": {"user": "a", "password": "c"}}})",
       "auth must have one of basic, bearer"},
      {R"({"auth": {"bearer": null}})", "auth must have one of basic, bearer"},
      {R"({"json": {"text": "a } b"}})", "json has a } without a {"},
      // Variables.
      {R"({"variables": {"to": "x"}})", "variables.to has the name of a placeholder"},
      {R"({"variables": {"Token": "x"}})", "variables.Token has a name that is not of"},
      {R"({"variables": {"user": 5}})", "variables.user must be a text, {\"env\": NAME}"},
      {R"({"variables": {"user": {"path": "B"}}})", "variables.user.path is not known"},
      // What is there if a variable is.
      {R"({"if_given": {"tokens": {}}})",
       "if_given.tokens is not the name of one of the variables"},
      {R"({"if_given": {"token": {"json": {}}}})", "if_given.token.json is not known"},
      {R"({"if_given": {"token": {"headers": ["a"]}}})",
       "if_given.token.headers must be a JSON object"},
      {R"({"if_given": {"token": {"headers": {"Idempotency-Key": "{id}"}}}})",
       "if_given.token.headers.Idempotency-Key is there without token, too"},
      {R"({"if_given": {"token": {"headers": {"X-To": "{txt}"}}}})",
       "headers.X-To has the placeholder {txt}, which is not known"},
      {R"({"if_given": {"token": {"form": {"to": "{to}"}}}})",
       "must have at most one of form, json, text"},
      {R"({"json": {"text": "{txt%}"}})", "json has the placeholder {txt}, which is not known"},
      {R"({"json": {"text": "{%%}"}})", "json has the placeholder {}, which is not known"},
      {R"({"json": {"all": "{fields%}"}})",
       "json has the placeholder {fields}, which has no place there"},
      {R"({"variables": {"user": {}}})", "variables.user must be a text, {\"env\": NAME}"},
      {R"({"variables": {"user": {"env": "A", "file": "B"}}})", "variables.user must be a text"},
      {R"({"variables": {"user": {"env": "RINGFENCE_NOT_SET"}}})",
       "variables.user is to come from the environment, which has no such variable: "
       "RINGFENCE_NOT_SET"},
      {R"({"variables": {"user": {"file": "/nonexistent/file"}}})",
       "variables.user is to come from a file that cannot be read"},
      {R"({"variables": {"user": {"file": "/dev/null"}}})",
       "variables.user is to come from a file that cannot be read, is empty"},
      // Templates.
      {R"({"json": {"template": "{template}"}})", "templates is missing, and {template} is used"},
      {R"({"templates": [{"template": "T1"}]})", "templates is there, and {template} is used"},
      {R"({"json": {"t": "{template}"}, "templates": []})", "templates must be a list"},
      {R"({"json": {"t": "{template}"}, "templates": [{"purpose": "x"}]})",
       "templates[0].template is missing"},
      {R"({"json": {"t": "{template}"}, "templates": [{"template": "a", "role": "b"}]})",
       "templates[0].role must be one of identity, target"},
      // Signatures.
      {R"({"signature": {}})", "signature must have one of hmac, acs3"},
      {R"({"signature": {"hmac": {"header": "S", "over": "{body}"}}})",
       "signature.hmac.keys must be a list of keys"},
      {R"({"signature": {"hmac": {"keys": ["{token}"], "header": "S"}}})",
       "signature.hmac.over is missing"},
      {R"({"signature": {"hmac": {"keys": ["{token}"], "header": "S", "over": "{id}"}}})",
       "signature.hmac.over lacks {body}"},
      {R"({"signature": {"hmac": {"keys": ["{token}"], "header": "S", "over": "{body}",
           "value": "v1"}}})",
       "signature.hmac.value lacks {signature}"},
      {R"({"signature": {"hmac": {"keys": ["{token}"], "header": "S", "over": "{body}",
           "algorithm": "md5"}}})",
       "signature.hmac.algorithm must be one of sha256, sha1"},
      {R"({"signature": {"hmac": {"keys": ["not base64"], "key_encoding": "base64", "header": "S",
           "over": "{body}"}}})",
       "signature.hmac.keys has a key that is not base64"},
      {R"({"signature": {"hmac": {"keys": ["{token}"], "header": "idempotency-key",
           "over": "{body}"}}})",
       "signature.hmac.header is there twice"},
      {R"({"auth": null, "signature": {"acs3": {"access_key_id": "a"}}})",
       "signature.acs3.access_key_secret is missing"},
      {R"({"auth": null, "url": "https://a.example.com/?x={to}",
           "signature": {"acs3": {"access_key_id": "a", "access_key_secret": "b"}}})",
       "url has a ?, which is not signed"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.patch);
    json bad = good();
    bad.merge_patch(json::parse(one.patch));
    bad["variables"]["token"] = nullptr;  // which the patch would take away
    const auto made = make(bad);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(made.error().next, NextStep::fix_setup);
    EXPECT_THAT(made.error().text, HasSubstr(one.refusal));
    EXPECT_THAT(made.error().text, Not(HasSubstr(secret)));
  }
}

TEST(Description, WhatIsNoJsonObjectIsRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "breaks off as JSON"},
      {"{", "breaks off as JSON"},
      {"[]", "must be a JSON object"},
      {"\"x\"", "must be a JSON object"},
      {R"({"url": "a", "url": "b"})", "a member is there twice"},
      {std::string(100, '['), "nested too deep"},
      {"{\"url\": \"\xff\"}", "breaks off as JSON"},
  };
  for (const auto& [text, refusal] : cases) {
    const auto made = make_http_sender(text);
    ASSERT_FALSE(made) << text;
    EXPECT_THAT(made.error().text, HasSubstr(refusal));
  }
  EXPECT_FALSE(open_http_sender("/nonexistent/file"));
}

TEST(Description, AVariableMustHaveAValueThatFitsAndANameThatIsKnown) {
  const auto refusal = [&](std::map<std::string, std::string> variables) {
    const auto made = make_http_sender(good().dump(), {.variables = std::move(variables)});
    return made ? "" : made.error().text;
  };
  EXPECT_THAT(refusal({}), HasSubstr("variables.token is missing: the host must give"));
  EXPECT_THAT(refusal({{"token", "a"}, {"tokens", "b"}}),
              HasSubstr("variables.tokens was given, but the description has no such variable"));
  EXPECT_THAT(
      refusal({{"token", "a\nb"}}),
      HasSubstr("auth.bearer cannot take the variable token, which has a control character"));
  EXPECT_THAT(refusal({{"token", ""}}), HasSubstr("auth.bearer is empty"));
  EXPECT_THAT(refusal({{"token", "\xff"}}), HasSubstr("variables.token is not UTF-8"));
  EXPECT_EQ(refusal({{"token", "a"}}), "");
}

TEST(Description, WithoutTlsOnlyToThisMachineUnlessItIsSaid) {
  json description = good();
  const auto made = [&](const char* url, bool allowed_by_host, bool allowed_by_description) {
    description["url"] = url;
    description["allow_http"] = allowed_by_description;
    return make_http_sender(description.dump(),
                            {.variables = {{"token", "t"}}, .allow_http = allowed_by_host})
        .has_value();
  };
  for (const char* near : {"http://127.0.0.1/", "http://127.8.9.10:81/", "http://localhost:8080/x",
                           "http://[::1]:90/"})
    EXPECT_TRUE(made(near, false, false)) << near;
  for (const char* far : {"http://10.0.0.1/", "http://localhost.example.com/",
                          "http://127.0.0.1.example.com/", "http://example.com:443/"}) {
    EXPECT_FALSE(made(far, false, false)) << far;
    EXPECT_TRUE(made(far, true, false)) << far;
    EXPECT_TRUE(made(far, false, true)) << far;
  }
}

TEST(Description, EveryReadyOneIsTakenWithItsVariables) {
  const std::string key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const std::map<std::string, std::map<std::string, std::string>> all = {
      {"kannel",
       {{"smsbox", "http://127.0.0.1:13013"}, {"user", "u"}, {"password", "p"}, {"from", "1"}}},
      {"twilio", {{"account_sid", "AC1"}, {"user", "u"}, {"password", "p"}, {"from", "+1"}}},
      {"aliyun",
       {{"access_key_id", "i"},
        {"access_key_secret", "s"},
        {"sign_name", "名"},
        {"code_template", "SMS_1"}}},
      {"webhook", {{"url", "https://example.com/hook"}, {"key", key}}},
  };
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(RINGFENCE_SOURCE_DIR) + "/share/senders")) {
    ++files;
    const std::string name = entry.path().stem().string();
    ASSERT_EQ(all.count(name), 1U) << name;
    auto variables = all.at(name);
    const auto made = open_http_sender(entry.path().string(), {.variables = variables});
    EXPECT_TRUE(made) << made.error().text;
    // Each of them is needed.
    variables.erase(variables.begin());
    EXPECT_FALSE(open_http_sender(entry.path().string(), {.variables = variables}));
  }
  EXPECT_EQ(files, all.size());
}

// ---- written
// --------------------------------------------------------------------------------------

class Writing : public ::testing::Test {
 protected:
  /// What is sent for a message; empty if it is refused, with `reason`.
  std::string sent(const json& description, const Outgoing& message = Outgoing()) {
    json whole = description;
    whole["variables"]["gateway"] = nullptr;
    if (!whole.contains("carries")) whole["carries"] = {"sms", "voice", "email"};
    if (!whole.contains("headers")) whole["headers"] = {{"Id", "{id}"}};
    whole["reply"] = {{"accepted", {{"status", 200}}}};
    std::map<std::string, std::string> variables = given;
    variables["gateway"] = server.url();
    auto made = make_http_sender(
        whole.dump(), {.variables = std::move(variables), .clock = clock, .entropy = entropy});
    if (!made) {
      ADD_FAILURE() << made.error().text;
      return {};
    }
    const std::size_t before = server.requests().size();
    const SendResult result = message.through(*made.value());
    reason = result.reason;
    outcome = result.outcome;
    const auto all = server.requests();
    return all.size() == before ? std::string() : all.back();
  }
  static std::string body(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
  }
  static std::string line(const std::string& request) {
    return request.substr(0, request.find("\r\n"));
  }
  static std::string header(const std::string& request, const std::string& name) {
    const std::size_t at = request.find("\r\n" + name + ": ") + name.size() + 4;
    return request.substr(at, request.find("\r\n", at) - at);
  }

  RawServer server{[](const std::string&) { return RawServer::Reply{RawServer::ok()}; }};
  testing::ManualClock clock;
  testing::SeededEntropy entropy{1};
  std::map<std::string, std::string> given;
  std::string reason;
  Outcome outcome{};
};

const std::string nasty = "a\"b\\c{d}&e=f+g h%i/j?k#l<m>'n'é名\nend";

TEST_F(Writing, EachValueIsEncodedForWhereItStands) {
  const Outgoing message("+447700900123", nasty);
  const std::string percent =
      "a%22b%5Cc%7Bd%7D%26e%3Df%2Bg%20h%25i%2Fj%3Fk%23l%3Cm%3E%27n%27%C3%A9%E5%90%8D%0Aend";
  EXPECT_EQ(line(sent({{"method", "GET"}, {"url", "{gateway}/a/{text}?b={to}"}}, message)),
            "GET /a/" + percent + "?b=%2B447700900123 HTTP/1.1");
  EXPECT_EQ(line(sent({{"method", "GET"},
                       {"url", "{gateway}/a"},
                       {"query", {{"z&", "{text}"}, {"a", "{to_digits}"}}}},
                      message)),
            "GET /a?a=447700900123&z%26=" + percent + " HTTP/1.1");
  EXPECT_EQ(body(sent({{"url", "{gateway}"}, {"form", {{"t t", "x {text}"}}}}, message)),
            "t%20t=x%20" + percent);
  EXPECT_EQ(json::parse(body(sent({{"url", "{gateway}"},
                                   {"json", {{"t", "<{text}> {{}}"}, {"n", {1, true, nullptr}}}}},
                                  message))),
            json({{"t", "<" + nasty + "> {}"}, {"n", {1, true, nullptr}}}));
  // JSON inside a form, as Alibaba Cloud wants it.
  const std::string nested =
      body(sent({{"url", "{gateway}"}, {"form", {{"p", {{"t", "{text}"}}}}}}, message));
  EXPECT_EQ(nested.substr(0, 18), "p=%7B%22t%22%3A%22");
  EXPECT_THAT(nested, HasSubstr("a%5C%22b%5C%5Cc"));
  EXPECT_EQ(
      body(
          sent({{"url", "{gateway}"},
                {"text",
                 {{"type", "text/xml"}, {"escape", "xml"}, {"content", "<m t=\"{text}\">\n</m>"}}}},
               message)),
      "<m t=\"a&quot;b\\c{d}&amp;e=f+g h%i/j?k#l&lt;m&gt;&apos;n&apos;é名&#10;end\">\n</m>");
  EXPECT_EQ(
      body(sent({{"url", "{gateway}"}, {"text", {{"type", "text/plain"}, {"content", "{text}"}}}},
                message)),
      nasty);
}

TEST_F(Writing, AValueThatWouldBreakItsPlaceIsRefusedAndNothingIsSent) {
  const Outgoing lines("+447700900123", "one\ntwo");
  const json in_header = {{"url", "{gateway}"},
                          {"headers", {{"X-Text", "{text}"}, {"Id", "{id}"}}}};
  EXPECT_EQ(sent(in_header, lines), "");
  EXPECT_EQ(outcome, Outcome::permanent);
  EXPECT_EQ(reason,
            "nothing was sent: the value of {text} has a character that cannot be in the header "
            "X-Text");
  const json in_text = {{"url", "{gateway}"},
                        {"text", {{"type", "text/plain"}, {"content", "SEND {to} {text}"}}}};
  EXPECT_EQ(sent(in_text, lines), "");
  EXPECT_EQ(outcome, Outcome::permanent);
  const json in_xml = {
      {"url", "{gateway}"},
      {"text", {{"type", "text/xml"}, {"escape", "xml"}, {"content", "<t>{text}</t>"}}}};
  EXPECT_EQ(sent(in_xml, Outgoing("+447700900123",
                                  "a\x01"
                                  "b")),
            "");
  EXPECT_EQ(outcome, Outcome::permanent);
  for (const json& one :
       {in_header, in_text, in_xml, json{{"url", "{gateway}"}, {"json", {{"t", "{text}"}}}}}) {
    EXPECT_EQ(sent(one, Outgoing("+447700900123", "not \xff UTF-8")), "") << one;
    EXPECT_EQ(outcome, Outcome::permanent);
    EXPECT_NE(sent(one, Outgoing("+447700900123", "plain")), "");
    EXPECT_EQ(outcome, Outcome::accepted);
  }
}

TEST_F(Writing, AValueThatWouldLeadToAnotherPathIsRefusedAndNothingIsSent) {
  const auto sent_for = [&](const std::string& account, const std::string& url) {
    Outgoing message;
    message.message.account.id = account;
    return line(sent({{"url", url}}, message));
  };
  for (const char* account : {".", ".."}) {
    for (const char* url :
         {"{gateway}/v1/{account}/send", "{gateway}/v1/{account}", "{gateway}/v1/{account}?a=b"}) {
      EXPECT_EQ(sent_for(account, url), "") << url;
      EXPECT_EQ(outcome, Outcome::permanent);
      EXPECT_EQ(reason, "nothing was sent: a value makes a part of the path . or ..");
    }
    EXPECT_NE(sent_for(account, "{gateway}/v1/u{account}?a={account}"), "");
  }
  EXPECT_EQ(sent_for(".", "{gateway}/%2E{account}/send"), "");
  EXPECT_EQ(sent_for("../..", "{gateway}/v1/{account}/send"), "POST /v1/..%2F../send HTTP/1.1");
  EXPECT_EQ(sent_for("...", "{gateway}/v1/{account}/send"), "POST /v1/.../send HTTP/1.1");
}

TEST_F(Writing, EveryPlaceholderHasItsValue) {
  Outgoing message("+8613912343672", "123456 是", "123456", "zh-Hans");
  message.message.role = Role::target;
  message.message.fields = {{"masked", "139****3672"}, {"quo\"te", "a\nb"}};
  message.message.trace_id = "trace-1";
  json members = json::object();
  for (const char* name : {"to",
                           "to_digits",
                           "text",
                           "code",
                           "coding",
                           "subject",
                           "html",
                           "id",
                           "kind",
                           "purpose",
                           "role",
                           "route",
                           "locale",
                           "channel",
                           "account",
                           "realm",
                           "trace_id",
                           "lifetime_minutes",
                           "lifetime_seconds",
                           "masked",
                           "created",
                           "timestamp",
                           "time",
                           "fields",
                           "field.masked",
                           "field.other"})
    members[name] = "{" + std::string(name) + "}";
  clock.set(1'800'000'123'456);
  const json written = json::parse(body(sent({{"url", "{gateway}"}, {"json", members}}, message)));
  EXPECT_EQ(written, json::parse(R"({
    "to": "+8613912343672", "to_digits": "8613912343672", "text": "123456 是", "code": "123456",
    "coding": "2", "subject": "", "html": "", "id": "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
    "kind": "code", "purpose": "change_phone", "role": "target", "route": "text",
    "locale": "zh-Hans", "channel": "phone", "account": "ann", "realm": "shop",
    "trace_id": "trace-1", "lifetime_minutes": "10", "lifetime_seconds": "600",
    "masked": "139****3672", "created": "2027-01-15T08:00:00Z", "timestamp": "1800000123",
    "time": "2027-01-15T08:02:03Z", "fields": {"masked": "139****3672", "quo\"te": "a\nb"},
    "field.masked": "139****3672", "field.other": ""})"));
}

TEST_F(Writing, AUrlThatIsAValueHasItsValuesEncodedTwice) {
  given["mine"] = "1/2";
  const Outgoing message("+447700900123", "a&b%");
  const std::string url = "https://shop.example/r?t={text%}&k={text%%}&m={mine%}";
  const std::string written = "https://shop.example/r?t=a%26b%25&k=a%%26b%%25&m=1%2F2";
  const json variables = {{"mine", nullptr}};
  EXPECT_EQ(header(sent({{"url", "{gateway}"},
                         {"variables", variables},
                         {"headers", {{"X-Url", url}, {"Id", "{id}"}}}},
                        message),
                   "X-Url"),
            written);
  EXPECT_EQ(
      json::parse(body(sent(
          {{"url", "{gateway}"}, {"variables", variables}, {"json", {{"u", url}}}}, message)))["u"],
      written);
  EXPECT_EQ(
      body(sent({{"url", "{gateway}"}, {"variables", variables}, {"form", {{"u", url}}}}, message)),
      "u=https%3A%2F%2Fshop.example%2Fr%3Ft%3Da%2526b%2525%26k%3Da%25%2526b%25%2525%26m%3D"
      "1%252F2");
}

TEST_F(Writing, WhatIsThereIfAVariableIsGivenIsLeftOutIfItIsEmpty) {
  const json description = {
      {"method", "GET"},
      {"url", "{gateway}/p"},
      {"variables", {{"mine", ""}, {"other", ""}}},
      {"headers", {{"Id", "{id}"}}},
      {"if_given",
       {{"mine", {{"headers", {{"X-Mine", "{mine}"}}}, {"query", {{"m", "{mine}"}}}}},
        {"other", {{"headers", {{"X-Other", "1"}}}}}}}};
  std::string request = sent(description);
  EXPECT_EQ(line(request), "GET /p HTTP/1.1");
  EXPECT_THAT(request, Not(HasSubstr("X-Mine")));
  given["mine"] = "a";
  request = sent(description);
  EXPECT_EQ(line(request), "GET /p?m=a HTTP/1.1");
  EXPECT_EQ(header(request, "X-Mine"), "a");
  EXPECT_EQ(header(request, "Id"), id_of_outgoing);
  EXPECT_THAT(request, Not(HasSubstr("X-Other")));
}

TEST_F(Writing, VariablesAreEncodedTooAndComeFromTheirPlaces) {
  const TempDir folder;
  write_file(folder.file("secret"), "from a file\r\n");
  setenv("RINGFENCE_HTTP_TEST", "from the environment", 1);
  given["mine"] = "a&b \"{to}\"";
  const json description = {{"url", "{gateway}/{mine}"},
                            {"variables",
                             {{"mine", "not this"},
                              {"default", "by default"},
                              {"env", {{"env", "RINGFENCE_HTTP_TEST"}}},
                              {"file", {{"file", folder.file("secret")}}}}},
                            {"json", {{"all", {"{mine}", "{default}", "{env}", "{file}"}}}},
                            {"auth", {{"basic", {{"user", "{default}"}, {"password", "{env}"}}}}}};
  const std::string request = sent(description);
  unsetenv("RINGFENCE_HTTP_TEST");
  EXPECT_EQ(line(request), "POST /a%26b%20%22%7Bto%7D%22 HTTP/1.1");
  EXPECT_EQ(json::parse(body(request))["all"],
            json({"a&b \"{to}\"", "by default", "from the environment", "from a file"}));
  EXPECT_EQ(header(request, "Authorization"), "Basic YnkgZGVmYXVsdDpmcm9tIHRoZSBlbnZpcm9ubWVudA==");
}

TEST_F(Writing, TheFirstTemplateThatFitsIsTaken) {
  json description = {{"url", "{gateway}"},
                      {"json", {{"t", "{template}"}}},
                      {"templates",
                       {{{"template", "T-target"}, {"purpose", "change_phone"}, {"role", "target"}},
                        {{"template", "T-zh"}, {"kind", "code"}, {"locale", "zh"}},
                        {{"template", "T-ja"}, {"kind", "code"}, {"locale", "ja"}},
                        {{"template", "T-en"}, {"kind", "code"}, {"locale", "en"}},
                        {{"template", "N"}, {"kind", "notice"}, {"purpose", "phone_changed"}}}}};
  const auto chosen = [&](const Outgoing& message) {
    const std::string request = sent(description, message);
    return request.empty() ? "" : json::parse(body(request))["t"].get<std::string>();
  };
  const auto in = [&](const char* locale) {
    return Outgoing("+447700900123", "", "123456", locale);
  };
  EXPECT_EQ(chosen(in("en")), "T-en");
  EXPECT_EQ(chosen(in("zh-Hans")), "T-zh");
  EXPECT_EQ(chosen(in("ZH-hant")), "T-zh");
  EXPECT_EQ(chosen(in("jav")), "");
  EXPECT_EQ(outcome, Outcome::permanent);
  EXPECT_EQ(reason,
            "nothing was sent: the gateway has no template for this code: its purpose, role or "
            "locale fits none");
  Outgoing target = in("zh");
  target.message.role = Role::target;
  EXPECT_EQ(chosen(target), "T-target");
  Outgoing notice = in("es");
  notice.message.kind = MessageKind::notice;
  notice.message.purpose = "phone_changed";
  EXPECT_EQ(chosen(notice), "N");
  notice.message.purpose = "account_locked";
  EXPECT_EQ(chosen(notice), "");
  EXPECT_EQ(outcome, Outcome::permanent);
}

TEST_F(Writing, AGatewayOfNumbersTakesNoMail) {
  Outgoing mail;
  mail.message.destination = parse_email("a@example.com").value();
  EXPECT_EQ(sent({{"url", "{gateway}"}, {"json", {{"to", "{to_digits}"}}}}, mail), "");
  EXPECT_EQ(outcome, Outcome::permanent);
  EXPECT_NE(sent({{"url", "{gateway}"}, {"json", {{"to", "{to}"}}}}, mail), "");
}

TEST_F(Writing, WhatAGatewayDoesNotCarryIsRefusedForGoodAndNothingIsSent) {
  Outgoing sms;
  Outgoing voice;
  voice.message.route = Route::voice;
  Outgoing email;
  email.message.destination = parse_email("a@example.com").value();
  const std::map<std::string, const Outgoing*> all = {
      {"sms", &sms}, {"voice", &voice}, {"email", &email}};
  for (const auto& [carried, ignored] : all) {
    for (const auto& [way, message] : all) {
      const std::string request = sent({{"url", "{gateway}"}, {"carries", {carried}}}, *message);
      if (way == carried) {
        EXPECT_NE(request, "") << way;
        EXPECT_EQ(outcome, Outcome::accepted);
        continue;
      }
      EXPECT_EQ(request, "") << way << " by one that carries " << carried;
      EXPECT_EQ(outcome, Outcome::permanent);
      EXPECT_EQ(reason, "nothing was sent: this gateway does not carry " + way);
    }
  }
}

TEST_F(Writing, ABodyIsSignedAsItIsSent) {
  given["key"] = "k";
  const json description = {{"url", "{gateway}/p"},
                            {"variables", {{"key", nullptr}, {"old", "o"}}},
                            {"json", {{"t", "{text}"}}},
                            {"signature",
                             {{"hmac",
                               {{"algorithm", "sha1"},
                                {"encoding", "base64"},
                                {"keys", {"{key}", "{old}"}},
                                {"over", "{timestamp}\n{body}"},
                                {"header", "X-Signature"},
                                {"value", "t={timestamp},s={signature}"}}}}}};
  const std::string request = sent(description);
  EXPECT_EQ(body(request), R"({"t":"123456 is your code"})");
  // By: printf '1800000000\n{"t":"123456 is your code"}' | openssl dgst -sha1 -hmac k -binary |
  // base64
  EXPECT_EQ(
      header(request, "X-Signature"),
      "t=1800000000,s=ZVQ0BM3Nrd8/wj1Mro2egxppUcQ= t=1800000000,s=HwOTldrlDNnXwuU2Qk66FUj5IaI=");
}

TEST_F(Writing, ANonceIsNewEachTime) {
  const json description = {{"url", "{gateway}"}, {"json", {{"n", "{nonce}"}}}};
  const std::string first = body(sent(description));
  EXPECT_EQ(first.size(), 6 + 32 + 2U);
  EXPECT_NE(body(sent(description)), first);
}

}  // namespace
}  // namespace ringfence
