// What becomes of a mail when the server refuses, is slow, or goes away, at every step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "sender/smtp/outcome.h"
#include "smtp/sending.h"

namespace ringfence {
namespace {

using namespace testing_support;
using nlohmann::json;

// What a server does at a step, and what follows from it.
struct Case {
  std::string name;
  std::string step;
  std::string how;
  Outcome outcome;
  std::string reason;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

json settings(const Case& one) {
  return {{"tls", "starttls"},
          {"certificate", Certificates::get().good.certificate},
          {"key", Certificates::get().good.key},
          {"user", "shop"},
          {"password", "s3cret"},
          {"at", {{one.step, one.how}}}};
}

SmtpOptions options(const MailServer& server) {
  SmtpOptions out{.password = SecretText("s3cret")};
  out.host = "127.0.0.1";
  out.port = server.port();
  out.ca_file = Certificates::get().authority;
  out.user = "shop";
  out.from = "no-reply@shop.example";
  return out;
}

class SmtpOutcome : public ::testing::TestWithParam<Case> {};

TEST_P(SmtpOutcome, IsAsTheServerBehaved) {
  const Case& one = GetParam();
  json server_settings = settings(one);
  const bool slow = one.how == "hang" || one.how == "garbage";
  server_settings["times"] = 1;
  const MailServer server(server_settings);
  SmtpOptions with = options(server);
  if (slow) with.timeout_ms = 400;
  const auto sender = make_smtp_sender(std::move(with)).value();
  const auto started = std::chrono::steady_clock::now();
  const SendResult sent = send(*sender);
  const auto took = std::chrono::steady_clock::now() - started;
  EXPECT_EQ(sent.outcome, one.outcome) << sent.reason;
  EXPECT_THAT(sent.reason, ::testing::HasSubstr(one.reason));
  EXPECT_THAT(sent.reason, ::testing::Not(::testing::HasSubstr("@")));  // R25
  EXPECT_EQ(sent.gateway_id, "");
  if (slow) {
    EXPECT_LT(took, std::chrono::seconds(20)) << "nobody waits for ever";
  }
  EXPECT_TRUE(server.messages().empty());

  // And the next mail is not taken in by what is left of this one.
  if (!slow) {
    const SendResult next = send(*sender);
    EXPECT_EQ(next.outcome, Outcome::accepted) << next.reason;
    EXPECT_EQ(server.messages().size(), 1U);
  }
}

const auto name_of = [](const auto& one) { return one.param.name; };

constexpr auto unknown = Outcome::unknown;
constexpr auto temporary = Outcome::temporary;
constexpr auto permanent = Outcome::permanent;
constexpr auto unreachable = Outcome::unreachable;

INSTANTIATE_TEST_SUITE_P(
    Refusing, SmtpOutcome,
    ::testing::Values(Case{"greeting_421", "GREETING", "421 4.3.2 busy", temporary,
                           "the server refused the connection: 421 4.3.2"},
                      Case{"greeting_554", "GREETING", "554 5.7.1 you are blocked", temporary,
                           "the server refused the connection: 554 5.7.1"},
                      Case{"ehlo_502", "EHLO", "550 no", temporary, "the server refused EHLO: 550"},
                      Case{"starttls_454", "STARTTLS", "454 4.7.0 no TLS now", temporary,
                           "the server refused STARTTLS: 454 4.7.0"},
                      Case{"starttls_502", "STARTTLS", "502 5.5.1 what?", temporary,
                           "the server refused STARTTLS: 502 5.5.1"},
                      Case{"auth_535", "AUTH", "535 5.7.8 wrong", temporary,
                           "the server refused the login: 535 5.7.8"},
                      Case{"auth_454", "AUTH", "454 4.7.0 try later", temporary,
                           "the server refused the login: 454 4.7.0"},
                      Case{"auth_534", "AUTH", "534 5.7.9 too weak", temporary,
                           "the server refused the login: 534 5.7.9"},
                      Case{"mail_450", "MAIL", "450 4.1.8 later", temporary,
                           "the server refused the sender's address: 450 4.1.8"},
                      Case{"mail_530", "MAIL", "530 5.7.0 log in first", temporary,
                           "the server refused the sender's address: 530 5.7.0"},
                      Case{"mail_550", "MAIL", "550 5.7.1 not your address", temporary,
                           "the server refused the sender's address: 550 5.7.1"},
                      Case{"mail_552", "MAIL", "552 5.3.4 too large", permanent,
                           "the server refused the sender's address: 552 5.3.4"},
                      Case{"rcpt_421", "RCPT", "421 4.7.0 too many", temporary,
                           "the server refused the recipient: 421 4.7.0"},
                      Case{"rcpt_450", "RCPT", "450 4.2.0 <ann@example.com>: greylisted",
                           unreachable, "the server refused the recipient: 450 4.2.0"},
                      Case{"rcpt_450_no_such_domain", "RCPT", "450 4.1.2 Domain not found",
                           unreachable, "the server refused the recipient: 450 4.1.2"},
                      Case{"rcpt_452_mailbox_full", "RCPT", "452 full", unreachable,
                           "the server refused the recipient: 452"},
                      Case{"rcpt_451_of_the_server", "RCPT", "451 4.3.0 no look-up", temporary,
                           "the server refused the recipient: 451 4.3.0"},
                      Case{"rcpt_450_too_fast", "RCPT", "450 4.7.1 slow down", temporary,
                           "the server refused the recipient: 450 4.7.1"},
                      Case{"rcpt_550", "RCPT", "550 5.1.1 <ann@example.com>: no such user",
                           permanent, "the server refused the recipient: 550 5.1.1"},
                      Case{"rcpt_550_in_two_lines", "RCPT",
                           "550-5.1.1 ann@example.com\n550 5.1.1 is not here", permanent,
                           "the server refused the recipient: 550 5.1.1"},
                      Case{"rcpt_552", "RCPT", "552 mailbox full", permanent,
                           "the server refused the recipient: 552"},
                      Case{"rcpt_no_relaying", "RCPT",
                           "554 5.7.1 <ann@example.com>: Relay access denied", temporary,
                           "the server refused the recipient: 554 5.7.1"},
                      Case{"rcpt_530", "RCPT", "530 5.7.0 log in", temporary,
                           "the server refused the recipient: 530 5.7.0"},
                      Case{"data_451", "DATA", "451 4.3.0 later", temporary,
                           "the server refused the mail: 451 4.3.0"},
                      Case{"data_554", "DATA", "554 5.5.1 no recipients", permanent,
                           "the server refused the mail: 554 5.5.1"},
                      Case{"content_421", "CONTENT", "421 4.3.2 shutting down", temporary,
                           "the server refused the mail: 421 4.3.2"},
                      Case{"content_450", "CONTENT", "450 4.7.1 later", temporary,
                           "the server refused the mail: 450 4.7.1"},
                      Case{"content_550", "CONTENT", "550 5.7.1 spam", permanent,
                           "the server refused the mail: 550 5.7.1"},
                      Case{"content_552", "CONTENT", "552 5.3.4 too large", permanent,
                           "the server refused the mail: 552 5.3.4"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Dropping, SmtpOutcome,
    ::testing::Values(Case{"greeting", "GREETING", "drop", temporary, "at the connection"},
                      Case{"ehlo", "EHLO", "drop", temporary, "at EHLO"},
                      Case{"starttls", "STARTTLS", "drop", temporary, "at STARTTLS"},
                      Case{"auth", "AUTH", "drop", temporary, "at the login"},
                      Case{"mail", "MAIL", "drop", temporary, "at the sender's address"},
                      Case{"rcpt", "RCPT", "drop", temporary, "at the recipient"},
                      Case{"data", "DATA", "drop", temporary, "at the mail"},
                      // The server may have had all of it.
                      Case{"midway", "MIDWAY", "drop", unknown, "at the mail"},
                      Case{"content", "CONTENT", "drop", unknown, "at the mail"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Closing, SmtpOutcome,
    ::testing::Values(Case{"greeting", "GREETING", "close", temporary, "at the connection"},
                      Case{"ehlo", "EHLO", "close", temporary, "at EHLO"},
                      Case{"starttls", "STARTTLS", "close", temporary, "at STARTTLS"},
                      Case{"auth", "AUTH", "close", temporary, "at the login"},
                      Case{"mail", "MAIL", "close", temporary, "at the sender's address"},
                      Case{"rcpt", "RCPT", "close", temporary, "at the recipient"},
                      Case{"data", "DATA", "close", temporary, "at the mail"},
                      Case{"midway", "MIDWAY", "close", unknown, "at the mail"},
                      Case{"content", "CONTENT", "close", unknown, "at the mail"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Slow, SmtpOutcome,
    ::testing::Values(Case{"greeting", "GREETING", "hang", temporary, "at the connection"},
                      Case{"ehlo", "EHLO", "hang", temporary, "at EHLO"},
                      Case{"starttls", "STARTTLS", "hang", temporary, "at STARTTLS"},
                      Case{"auth", "AUTH", "hang", temporary, "at the login"},
                      Case{"mail", "MAIL", "hang", temporary, "at the sender's address"},
                      Case{"rcpt", "RCPT", "hang", temporary, "at the recipient"},
                      Case{"data", "DATA", "hang", temporary, "at the mail"},
                      Case{"midway", "MIDWAY", "hang", unknown, "at the mail"},
                      Case{"content", "CONTENT", "hang", unknown, "at the mail"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Garbage, SmtpOutcome,
    ::testing::Values(Case{"greeting", "GREETING", "garbage", temporary, "at the connection"},
                      Case{"rcpt", "RCPT", "999 what", temporary, "not sent"},
                      Case{"data", "DATA", "250 no, wait", temporary, "not sent"},
                      Case{"content", "CONTENT", "354 more", unknown, "no whole answer"}),
    name_of);

TEST(SmtpOutcomes, ADropBeforeTheEndOfALongMailMeansThatItWasNotSent) {
  const MailServer server(json{{"at", {{"MIDWAY", "drop"}}}});
  const auto sender = make_smtp_sender(options_for(server)).value();
  // More than the buffers of both sides hold.
  const SendResult sent = send(*sender, {.text = std::string(12'000'000, 'x')});
  EXPECT_EQ(sent.outcome, Outcome::temporary) << sent.reason;
}

TEST(SmtpOutcomes, ALateAnswerToOneMailIsNotTakenForThatToTheNext) {
  // The first mail's answer comes after its time; the second mail is refused.
  const MailServer server(json{{"at", {{"CONTENT", "hang"}, {"MAIL", ""}}}, {"times", 1}});
  SmtpOptions with = options_for(server);
  with.timeout_ms = 300;
  const auto sender = make_smtp_sender(std::move(with)).value();
  EXPECT_EQ(send(*sender).outcome, Outcome::unknown);
  EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
  EXPECT_EQ(server.report()["connections"], 2);
}

// As a server does that has waited long enough for the next mail.
TEST(SmtpOutcomes, AConnectionThatEndsBetweenTwoMailsIsReplacedAtOnce) {
  for (const char* how : {"drop", "close", "421 4.4.2 idle for too long"}) {
    const MailServer server(json{{"at", {{"MAIL", how}}}, {"skip", 1}, {"times", 1}});
    const auto sender = make_smtp_sender(options_for(server)).value();
    EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
    const SendResult sent = send(*sender);
    EXPECT_EQ(sent.outcome, Outcome::accepted) << how << ": " << sent.reason;
    EXPECT_EQ(server.report()["connections"], 2);
  }
  // But not one that is silent: that would take the time twice.
  const MailServer silent(json{{"at", {{"MAIL", "hang"}}}, {"skip", 1}, {"times", 1}});
  SmtpOptions with = options_for(silent);
  with.timeout_ms = 400;
  const auto waiting = make_smtp_sender(std::move(with)).value();
  EXPECT_EQ(send(*waiting).outcome, Outcome::accepted);
  EXPECT_EQ(send(*waiting).outcome, Outcome::temporary);
  EXPECT_EQ(silent.report()["connections"], 1);
  // And not again and again.
  const MailServer server(json{{"at", {{"MAIL", "drop"}}}, {"skip", 1}});
  const auto sender = make_smtp_sender(options_for(server)).value();
  EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
  EXPECT_EQ(send(*sender).outcome, Outcome::temporary);
  EXPECT_EQ(server.report()["connections"], 2);
}

TEST(SmtpOutcomes, WithoutAServerTheMailGoesLater) {
  MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
  server.close();
  const SendResult refused = send(*sender);
  EXPECT_EQ(refused.outcome, Outcome::temporary);
  EXPECT_THAT(refused.reason, ::testing::HasSubstr("not sent"));
}

TEST(SmtpOutcomes, AServerWhoseNameIsUnknownIsAskedLater) {
  const MailServer server;
  SmtpOptions with = options_for(server);
  with.host = "no-such-host.invalid";
  with.plain_beyond_loopback = true;
  with.timeout_ms = 1'000;
  const auto sender = make_smtp_sender(std::move(with)).value();
  EXPECT_EQ(send(*sender).outcome, Outcome::temporary);
}

TEST(SmtpOutcomes, TheTimeForTheConnectionIsItsOwn) {
  const MailServer server(json{{"at", {{"EHLO", "hang"}}}});
  SmtpOptions with = options_for(server);
  with.connect_timeout_ms = 200;
  const auto sender = make_smtp_sender(std::move(with)).value();
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(send(*sender).outcome, Outcome::temporary);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(15));
}

TEST(SmtpOutcomes, AServerThatNeverSaysGoodbyeHoldsNobodyUp) {
  const MailServer server(json{{"at", {{"QUIT", "hang"}}}});
  const auto started = std::chrono::steady_clock::now();
  {
    const auto sender = make_smtp_sender(options_for(server)).value();
    EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
}

TEST(SmtpOutcomes, NoLoginIsTriedWhereNoneIsOffered) {
  json server_settings = settings({});
  server_settings["auth"] = false;
  const MailServer server(server_settings);
  const auto sender = make_smtp_sender(options(server)).value();
  const SendResult refused = send(*sender);
  EXPECT_EQ(refused.outcome, Outcome::temporary);
  EXPECT_EQ(refused.reason,
            "not sent: the server offers no login by PLAIN or LOGIN; see the option user");
}

TEST(SmtpOutcomes, AWrongPasswordIsForTheOperator) {
  const MailServer server(settings({}));
  SmtpOptions with{.password = SecretText("wrong")};
  with.host = "127.0.0.1";
  with.port = server.port();
  with.ca_file = Certificates::get().authority;
  with.user = "shop";
  with.from = "no-reply@shop.example";
  const auto sender = make_smtp_sender(std::move(with)).value();
  const SendResult refused = send(*sender);
  EXPECT_EQ(refused.outcome, Outcome::temporary);
  EXPECT_EQ(refused.reason, "the server refused the login: 535 5.7.8");
  EXPECT_TRUE(server.messages().empty());
}

TEST(SmtpOutcomes, TheNameThatTheServerGaveTheMailIsKnown) {
  using smtp::queue_id;
  EXPECT_EQ(queue_id("2.0.0 Ok: queued as 4XqZ1z3bYyz9sWk"), "4XqZ1z3bYyz9sWk");
  EXPECT_EQ(queue_id("OK id=1rTzXy-0003Qr-2F"), "1rTzXy-0003Qr-2F");
  EXPECT_EQ(queue_id("2.0.0 41N8Qx0A012345 Message accepted for delivery"), "41N8Qx0A012345");
  EXPECT_EQ(queue_id("Ok 0100018d2f1e9f0a-7f1c-000000"), "0100018d2f1e9f0a-7f1c-000000");
  EXPECT_EQ(queue_id("OK"), "");
  EXPECT_EQ(queue_id("2.0.0 Ok"), "");
  EXPECT_EQ(queue_id("queued as <ann@example.com>"), "");
  EXPECT_EQ(queue_id(""), "");
}

}  // namespace
}  // namespace ringfence
