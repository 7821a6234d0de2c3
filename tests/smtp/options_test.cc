// What is wrong with the options is said when the sender is made, by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sender/smtp/checked_options.h"
#include "store/files.h"
#include "support/temp_dir.h"
#include "support/world.h"

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::StartsWith;

SmtpOptions good() {
  SmtpOptions options;
  options.host = "mail.example.com";
  options.from = "no-reply@example.com";
  return options;
}

std::string refusal(SmtpOptions options) {
  const auto made = make_smtp_sender(std::move(options));
  if (made) return "made";
  EXPECT_EQ(outcome(made), "invalid_argument");
  return made.error().text;
}

TEST(SmtpOptionsAreChecked, WhatIsNeededIsNamed) {
  EXPECT_EQ(refusal(good()), "made");
  EXPECT_EQ(refusal({}), "SMTP option host: name the mail server");
  SmtpOptions without_from = good();
  without_from.from.clear();
  EXPECT_EQ(refusal(std::move(without_from)),
            "SMTP option from: name the address that mail is from");
}

TEST(SmtpOptionsAreChecked, EveryMemberIsNamedThatIsWrong) {
  const TempDir dir;
  write_file(dir.file("empty.pem"), "no certificate");
  const std::string nul("a\0b", 3);
  const auto expect = [](const std::string& member,
                         const std::function<void(SmtpOptions&)>& spoil) {
    SmtpOptions options = good();
    spoil(options);
    EXPECT_THAT(refusal(std::move(options)), StartsWith("SMTP option " + member + ": "));
  };
  for (const std::string& host :
       {std::string("smtp://mail.example.com"), std::string("mail.example.com:25"),
        std::string("mail example"), std::string("mail_1.example"), std::string("-a.example"),
        std::string("a..example"), std::string("a\r\nb"), nul, std::string("\xff"),
        std::string("a/b"), std::string("user@host"), std::string(300, 'a')}) {
    expect("host", [&](SmtpOptions& o) { o.host = host; });
  }
  for (const int port : {-1, 65'536}) expect("port", [&](SmtpOptions& o) { o.port = port; });
  expect("tls", [](SmtpOptions& o) { o.tls = SmtpTls::none; });
  expect("tls", [](SmtpOptions& o) { o.tls = static_cast<SmtpTls>(7); });
  for (const std::string& file : {dir.file("missing.pem"), dir.file("empty.pem"), dir.path(), nul})
    expect("ca_file", [&](SmtpOptions& o) { o.ca_file = file; });
  expect("password", [](SmtpOptions& o) { o.user = "shop"; });
  for (const std::string& address :
       {std::string("no at"), std::string("Shop <a@example.com>"), std::string("a@example.com\r\n"),
        std::string("a@example.com\nBcc: b@example.com"), std::string("安@example.com"), nul,
        std::string("a@b"), std::string("a b@example.com")}) {
    expect("from", [&](SmtpOptions& o) { o.from = address; });
    expect("envelope_from", [&](SmtpOptions& o) { o.envelope_from = address; });
    expect("reply_to", [&](SmtpOptions& o) { o.reply_to = address; });
  }
  for (const std::string& name :
       {std::string("a\nb"), std::string("a\rb"), nul, std::string("\xff"), std::string(129, 'a')})
    expect("from_name", [&](SmtpOptions& o) { o.from_name = name; });
  for (const std::string& name :
       {std::string("a b"), std::string("a\r\nRCPT"), std::string("a/b"), nul})
    expect("helo", [&](SmtpOptions& o) { o.helo = name; });
  for (const TimeMs time : {TimeMs{0}, TimeMs{-1}, TimeMs{600'001}}) {
    expect("connect_timeout_ms", [&](SmtpOptions& o) { o.connect_timeout_ms = time; });
    expect("timeout_ms", [&](SmtpOptions& o) { o.timeout_ms = time; });
  }
  for (const int count : {0, 257})
    expect("max_connections", [&](SmtpOptions& o) { o.max_connections = count; });
}

TEST(SmtpOptionsAreChecked, APasswordIsOneLineAndNeverInTheRefusal) {
  for (const std::string& password : {std::string("secret\r\n"), std::string("secret\0", 7),
                                      std::string("secret\xff"), std::string(256, 'x')}) {
    SmtpOptions options{.user = "shop", .password = SecretText(password)};
    options.host = "mail.example.com";
    options.from = "no-reply@example.com";
    const std::string text = refusal(std::move(options));
    EXPECT_THAT(text, StartsWith("SMTP option password: "));
    EXPECT_EQ(text.find("secret"), std::string::npos);
  }
  SmtpOptions nobody{.password = SecretText("secret")};
  nobody.host = "mail.example.com";
  nobody.from = "no-reply@example.com";
  EXPECT_THAT(refusal(std::move(nobody)), StartsWith("SMTP option user: "));
}

TEST(SmtpOptionsAreChecked, PlainTextStaysOnThisMachineUnlessSaidOtherwise) {
  const auto plain_to = [](const std::string& host, bool beyond = false) {
    SmtpOptions options = good();
    options.host = host;
    options.tls = SmtpTls::none;
    options.plain_beyond_loopback = beyond;
    return refusal(std::move(options)) == "made";
  };
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1"})
    EXPECT_TRUE(plain_to(host)) << host;
  for (const char* host : {"mail.example.com", "128.0.0.1", "10.0.0.1", "0.0.0.0", "::", "fe80::1",
                           "localhost.example", "127.0.0.1.example", "::ffff:10.0.0.1"}) {
    EXPECT_FALSE(plain_to(host)) << host;
    EXPECT_TRUE(plain_to(host, true)) << host;
  }
}

TEST(SmtpOptionsAreChecked, PortsAndAddressesHaveTheirUsualValues) {
  const auto url = [](SmtpTls tls, const std::string& host, int port = 0) {
    SmtpOptions options = good();
    options.host = host;
    options.tls = tls;
    options.port = port;
    options.plain_beyond_loopback = true;
    return smtp::url_of(smtp::checked(std::move(options)).value());
  };
  EXPECT_EQ(url(SmtpTls::starttls, "Mail.Example.com"), "smtp://mail.example.com:587");
  EXPECT_EQ(url(SmtpTls::implicit, "bücher.example"), "smtps://xn--bcher-kva.example:465");
  EXPECT_EQ(url(SmtpTls::none, "::1"), "smtp://[::1]:25");
  EXPECT_EQ(url(SmtpTls::none, "127.0.0.1", 2525), "smtp://127.0.0.1:2525");
  SmtpOptions named = good();
  named.helo = "Client.example";
  EXPECT_EQ(smtp::url_of(smtp::checked(std::move(named)).value()),
            "smtp://mail.example.com:587/client.example");
  EXPECT_EQ(smtp::checked(good()).value().envelope_from, "no-reply@example.com");
}

}  // namespace
}  // namespace ringfence
