// Mails that a real server receives and Python's own mail library reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "smtp/sending.h"
#include "support/world.h"

namespace ringfence {
namespace {

using namespace testing_support;
using nlohmann::json;
using ::testing::HasSubstr;

struct Words {
  const char* language;
  const char* sender;
  const char* subject;
  const char* text;
  const char* html;
};

void PrintTo(const Words& words, std::ostream* out) { *out << words.language; }

class SmtpDelivery : public ::testing::TestWithParam<Words> {};

TEST_P(SmtpDelivery, BothPartsArriveAsTheyWereGiven) {
  const Words& words = GetParam();
  const MailServer server;
  ManualClock clock;
  SmtpOptions options = options_for(server);
  options.from_name = words.sender;
  const auto sender = make_smtp_sender(std::move(options), clock).value();
  const SendResult sent = send(
      *sender, {.text = words.text, .subject = words.subject, .html = std::string(words.html)});
  EXPECT_EQ(sent.outcome, Outcome::accepted) << sent.reason;
  EXPECT_EQ(sent.gateway_id, "4XqTest1");

  const json mail = server.message();
  EXPECT_EQ(mail["mail_from"], "no-reply@shop.example");
  EXPECT_EQ(mail["rcpt_tos"], json({"ann@example.com"}));
  EXPECT_EQ(mail["helo"], "client.test");
  const json& headers = mail["headers"];
  EXPECT_EQ(headers["Subject"], words.subject);
  EXPECT_EQ(mail["from"], json::array({{words.sender, "no-reply@shop.example"}}));
  EXPECT_EQ(headers["To"], "ann@example.com");
  EXPECT_EQ(headers["Message-ID"], "<" + std::string(id_hex) + "@shop.example>");
  EXPECT_EQ(headers["Auto-Submitted"], "auto-generated");
  EXPECT_EQ(headers["MIME-Version"], "1.0");
  EXPECT_EQ(mail["date_ms"], clock.now_ms() / 1000 * 1000);
  EXPECT_EQ(mail["names"], json({"Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted",
                                 "MIME-Version", "Content-Type"}));
  EXPECT_EQ(mail["type"], "multipart/alternative");
  EXPECT_EQ(mail["defects"], json::array());
  ASSERT_EQ(mail["parts"].size(), 2U);
  EXPECT_EQ(mail["parts"][0]["type"], "text/plain");
  EXPECT_EQ(mail["parts"][0]["charset"], "utf-8");
  EXPECT_EQ(mail["parts"][0]["content"], words.text);
  EXPECT_EQ(mail["parts"][1]["type"], "text/html");
  EXPECT_EQ(mail["parts"][1]["charset"], "utf-8");
  EXPECT_EQ(mail["parts"][1]["content"], words.html);
  EXPECT_LE(mail["longest_line"], 78);
  EXPECT_EQ(mail["bare_line_breaks"], 0);
  EXPECT_EQ(mail["ascii"], true);
}

INSTANTIATE_TEST_SUITE_P(
    Languages, SmtpDelivery,
    ::testing::Values(
        Words{"en", "The Shop", "Your code to change the email",
              "123456 is your code to change the email of your account. Valid for 5 minutes. "
              "Nobody will ask you for it: do not share it.\n"
              ".\n..dots and a line of spaces   \nand = signs =\t\n",
              "<p>123456 is your code.<br>Valid for 5 minutes.</p>"},
        Words{"zh", "京东云", "验证码:更改您账户的安全邮箱,请勿将此验证码透露给任何人,包括客服",
              "123456 是您更改账户邮箱的验证码,5 分钟内有效。请勿告诉他人。",
              "<p lang=\"zh-Hans\">123456 是您更改账户邮箱的验证码,5 分钟内有效。</p>\n"},
        Words{"ar", "المتجر", "\u2067رمز\u2069 تغيير البريد الإلكتروني لحسابك",
              "123456 هو رمزك لتغيير البريد الإلكتروني لحسابك. صالح لمدة 5 دقائق.\n",
              "<p dir=\"rtl\" lang=\"ar\">123456 هو رمزك لتغيير البريد الإلكتروني.</p>"},
        Words{"quotes", "\"A\" \\ <b@example.com>, (c)",
              "\"A\" \\ <b@example.com>, (c) =?UTF-8?Q?no?=", "plain", "<b>rich</b>"}),
    [](const auto& one) { return std::string(one.param.language); });

TEST(SmtpMail, WithoutHtmlThereIsOnePartAndWithoutASubjectNone) {
  const MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  EXPECT_EQ(send(*sender, {.text = "one\r\ntwo\nthree", .subject = ""}).outcome, Outcome::accepted);
  const json mail = server.message();
  EXPECT_EQ(mail["type"], "text/plain");
  EXPECT_FALSE(mail["headers"].contains("Subject"));
  EXPECT_EQ(mail["headers"]["From"], "no-reply@shop.example");
  ASSERT_EQ(mail["parts"].size(), 1U);
  EXPECT_EQ(mail["parts"][0]["content"], "one\ntwo\nthree\n");  // a mail ends with a line's end
  EXPECT_EQ(mail["defects"], json::array());
}

TEST(SmtpMail, NamesWhereAnswersAndWhatCannotBeDeliveredGo) {
  const MailServer server;
  SmtpOptions options = options_for(server);
  options.reply_to = "help@Bücher.example";
  options.envelope_from = "bounces@shop.example";
  const auto sender = make_smtp_sender(std::move(options)).value();
  EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
  EXPECT_EQ(server.message()["mail_from"], "bounces@shop.example");
  EXPECT_EQ(server.message()["headers"]["Reply-To"], "help@xn--bcher-kva.example");
}

// Proves I4.
TEST(SmtpMail, ARepeatCarriesTheSameMessageId) {
  const MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  const auto again = make_smtp_sender(options_for(server)).value();  // another process, say
  EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
  EXPECT_EQ(send(*again).outcome, Outcome::accepted);
  EXPECT_EQ(send(*sender, {.id = "ffffffffffffffffffffffffffffffff"}).outcome, Outcome::accepted);
  const json mails = server.messages();
  ASSERT_EQ(mails.size(), 3U);
  EXPECT_EQ(mails[0]["headers"]["Message-ID"], mails[1]["headers"]["Message-ID"]);
  EXPECT_NE(mails[0]["headers"]["Message-ID"], mails[2]["headers"]["Message-ID"]);
}

TEST(SmtpMail, OneConnectionServesManyMails) {
  const MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(send(*sender).outcome, Outcome::accepted);
  EXPECT_EQ(server.report()["connections"], 1);
  EXPECT_EQ(server.messages().size(), 20U);
}

TEST(SmtpMail, NoMoreConnectionsThanAllowedServeManyThreads) {
  const MailServer server;
  SmtpOptions options = options_for(server);
  options.max_connections = 2;
  const auto sender = make_smtp_sender(std::move(options)).value();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5; ++i) EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
      });
    }
  }
  EXPECT_LE(server.report()["connections"], 2);
  EXPECT_EQ(server.messages().size(), 30U);
}

TEST(SmtpMail, AConnectionThatTheServerHasClosedIsReplaced) {
  const MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
  server.hang_up();
  const SendResult sent = send(*sender);
  EXPECT_EQ(sent.outcome, Outcome::accepted) << sent.reason;
  EXPECT_EQ(server.report()["connections"], 2);
}

TEST(SmtpMail, AnInternationalDomainIsWrittenToInAscii) {
  const MailServer server(json{{"smtputf8", false}});
  const auto sender = make_smtp_sender(options_for(server)).value();
  EXPECT_EQ(send(*sender, {.to = "ann@bücher.example"}).outcome, Outcome::accepted);
  EXPECT_EQ(server.message()["rcpt_tos"], json({"ann@xn--bcher-kva.example"}));
  EXPECT_EQ(server.message()["headers"]["To"], "ann@xn--bcher-kva.example");
}

TEST(SmtpMail, ALocalPartBeyondAsciiIsWrittenToWhereTheServerCan) {
  const MailServer able;
  const auto sender = make_smtp_sender(options_for(able)).value();
  EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
  const SendResult sent = send(*sender, {.to = "安娜@例子.example"});
  EXPECT_EQ(sent.outcome, Outcome::accepted) << sent.reason;
  const json mail = able.messages().at(1);
  EXPECT_EQ(mail["rcpt_tos"], json({"安娜@xn--fsqu00a.example"}));
  EXPECT_THAT(mail["options"].get<std::vector<std::string>>(), ::testing::Contains("SMTPUTF8"));
  EXPECT_EQ(mail["headers"]["To"], "安娜@xn--fsqu00a.example");
  EXPECT_EQ(able.report()["connections"], 2);  // what it offers was asked for
  EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
  EXPECT_EQ(able.report()["connections"], 2);

  const MailServer unable(json{{"smtputf8", false}});
  const auto other = make_smtp_sender(options_for(unable)).value();
  EXPECT_EQ(send(*other).outcome, Outcome::accepted);
  const SendResult refused = send(*other, {.to = "安娜@例子.example"});
  EXPECT_EQ(refused.outcome, Outcome::permanent);
  EXPECT_EQ(refused.reason, "the server has no SMTPUTF8, which an address beyond ASCII needs");
  EXPECT_EQ(unable.messages().size(), 1U);
}

TEST(SmtpMail, OnlyMailIsTaken) {
  const MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  const SecretText text("hello");
  Message message{.destination = PhoneNumber::from_e164("+8613912343672", 2).value()};
  SendResult refused = sender->send({message, "en", text, text, 0});
  EXPECT_EQ(refused.outcome, Outcome::permanent);
  EXPECT_EQ(refused.reason, "a mail server takes nothing but mail");
  message.destination.reset();
  EXPECT_EQ(sender->send({message, "en", text, text, 0}).outcome, Outcome::permanent);
  EXPECT_EQ(server.report()["connections"], 0);
}

TEST(SmtpMail, NothingGetsIntoACommandOrAHeader) {
  const MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  for (const std::string& to :
       {std::string("ann@example.com>\r\nRCPT TO:<eve@example.com"),
        std::string("ann@example.com\n"), std::string("ann@example.com\r\nBcc: eve@example.com"),
        std::string("a\0b@example.com", 15), std::string("ann@example.com> SIZE=1"),
        std::string("<ann@example.com>"), std::string("ann,eve@example.com"),
        std::string("\"ann eve\"@example.com"), std::string("ann @example.com"),
        std::string("安\r\n娜@example.com"), std::string("安>娜@example.com"),
        std::string("安\u2028娜@example.com"), std::string("\xff@example.com"),
        std::string("ann@exam\u202eple.com"), std::string("ann@[127.0.0.1]")}) {
    const SendResult refused = send(*sender, {.to = to});
    EXPECT_EQ(refused.outcome, Outcome::permanent) << to;
    EXPECT_EQ(refused.reason, "the address cannot be written to");
  }
  for (const std::string& subject :
       {std::string("a\r\nBcc: eve@example.com"), std::string("a\nb"), std::string("a\rb"),
        std::string("a\0b", 3), std::string("\xff"), std::string("a\x1b[2Jb"),
        std::string(1001, 'a')}) {
    const SendResult refused = send(*sender, {.subject = subject});
    EXPECT_EQ(refused.outcome, Outcome::permanent) << subject;
    EXPECT_EQ(refused.reason, "the subject is not one line of UTF-8");
  }
  for (const std::string& text : {std::string("a\0b", 3), std::string("\xff")}) {
    EXPECT_EQ(send(*sender, {.text = text}).reason, "the text is not UTF-8");
    EXPECT_EQ(send(*sender, {.html = text}).reason, "the text is not UTF-8");
  }
  EXPECT_EQ(server.report()["connections"], 0);
}

TEST(SmtpMail, ATextCannotEndTheMailOrAddAnother) {
  const MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  const std::string text =
      "a\r\n.\r\nMAIL FROM:<eve@example.com>\r\n--=_" + std::string(id_hex) + "--\r\nb\rc";
  EXPECT_EQ(send(*sender, {.text = text, .html = text}).outcome, Outcome::accepted);
  const json mail = server.message();
  ASSERT_EQ(mail["parts"].size(), 2U);
  const std::string read =
      "a\n.\nMAIL FROM:<eve@example.com>\n--=_" + std::string(id_hex) + "--\nb";
  EXPECT_THAT(mail["parts"][0]["content"].get<std::string>(), ::testing::StartsWith(read));
  EXPECT_EQ(mail["bare_line_breaks"], 0);
}

TEST(SmtpMail, LinesOfEveryLengthArrive) {
  const MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  std::string text;
  for (const std::string character : {"x", "=", ".", " ", "\t", "é", "字", "\U0001F511"}) {
    for (int length = 0; length <= 160; ++length) {
      for (int i = 0; i < length; ++i) text += character;
      text += "\n";
    }
  }
  EXPECT_EQ(send(*sender, {.text = text, .html = text}).outcome, Outcome::accepted);
  const json mail = server.message();
  EXPECT_TRUE(mail["parts"][0]["content"] == text);
  EXPECT_TRUE(mail["parts"][1]["content"] == text);
  EXPECT_LE(mail["longest_line"], 78);
}

TEST(SmtpMail, SubjectsOfEveryLengthArrive) {
  const MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  for (const std::string character : {"x", "é", "字", "\U0001F511"}) {
    std::string subject;
    for (int length = 1; length <= 150; ++length) {
      subject += character;
      if (length % 5 != 0 && length > 20) continue;
      ASSERT_EQ(send(*sender, {.subject = subject}).outcome, Outcome::accepted);
    }
  }
  int length = 0;
  std::string last;
  for (const json& mail : server.messages()) {
    const std::string subject = mail["headers"]["Subject"];
    EXPECT_TRUE(length == 0 || subject.size() < last.size() || subject.starts_with(last))
        << subject;
    EXPECT_EQ(mail["defects"], json::array());
    EXPECT_LE(mail["longest_line"], 76);
    last = subject;
    ++length;
  }
  EXPECT_EQ(length, 4 * (20 + 26));
}

TEST(SmtpMail, ALongMailArrivesWhole) {
  const MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  std::string html;
  for (int i = 0; i < 20'000; ++i) html += "<p>第 " + std::to_string(i) + "</p>\n.\n";
  EXPECT_EQ(send(*sender, {.html = html}).outcome, Outcome::accepted);
  EXPECT_TRUE(server.message()["parts"][1]["content"] == html);
}

TEST(SmtpMail, AClockThatTellsNoTimeIsAReasonToTryAgain) {
  const MailServer server;
  ManualClock clock(0);
  const auto sender = make_smtp_sender(options_for(server), clock).value();
  EXPECT_EQ(send(*sender).outcome, Outcome::temporary);
}

TEST(SmtpMail, AChangeOfEmailIsDoneWithTheCodesThatTheMailServerReceived) {
  const MailServer server({{"tls", "starttls"},
                           {"certificate", Certificates::get().good.certificate},
                           {"key", Certificates::get().good.key},
                           {"user", "shop"},
                           {"password", "s3cret"}});
  SmtpOptions options{.password = SecretText("s3cret")};
  options.host = "localhost";
  options.port = server.port();
  options.ca_file = Certificates::get().authority;
  options.user = "shop";
  options.from = "no-reply@shop.example";
  World world;
  const auto sender = make_smtp_sender(std::move(options), world.clock).value();
  Dispatcher dispatcher(
      {world.store, *world.ring, *sender, world.sender, world.clock, world.entropy});
  const auto code_at = [&](const std::string& address) {
    const auto sent = dispatcher.pump();
    EXPECT_TRUE(sent && sent.value().accepted == sent.value().taken);
    std::string code;
    for (const json& mail : server.messages()) {
      if (mail["rcpt_tos"] == json({address})) code = code_in(mail["parts"][0]["content"]);
    }
    return code;
  };
  ASSERT_EQ(outcome(world.add("ann")), "ok");
  const FlowView flow =
      world.service->begin_change_email(World::key("ann"), Method::email, world.call).value();
  ASSERT_EQ(world.service->prove_identity(flow, code_at(World::email), world.call).value().verdict,
            Verdict::accepted);
  ASSERT_EQ(outcome(world.service->set_target(flow, {"new@example.org"}, world.call)), "ok");
  EXPECT_EQ(
      world.service->prove_target(flow, code_at("new@example.org"), world.call).value().verdict,
      Verdict::accepted);
  EXPECT_EQ(world.account("ann").channel(Method::email).address->text(), "new@example.org");
}

}  // namespace
}  // namespace ringfence
