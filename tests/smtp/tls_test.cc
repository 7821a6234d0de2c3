// Nothing is said to a server that cannot prove who it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "smtp/sending.h"

namespace ringfence {
namespace {

using namespace testing_support;
using nlohmann::json;
using ::testing::HasSubstr;

class SmtpTlsModes : public ::testing::TestWithParam<SmtpTls> {
 protected:
  static json settings(const Certificates::Pair& pair) {
    return {{"tls", GetParam() == SmtpTls::implicit ? "implicit" : "starttls"},
            {"certificate", pair.certificate},
            {"key", pair.key},
            {"user", "shop"},
            {"password", "s3cret"}};
  }
  static SmtpOptions options(const MailServer& server, const std::string& host = "127.0.0.1") {
    SmtpOptions out{.password = SecretText("s3cret")};
    out.host = host;
    out.port = server.port();
    out.tls = GetParam();
    out.ca_file = Certificates::get().authority;
    out.user = "shop";
    out.from = "no-reply@shop.example";
    return out;
  }
  static void refused(const Certificates::Pair& pair, const std::string& why) {
    const MailServer server(settings(pair));
    const auto sender = make_smtp_sender(options(server)).value();
    const SendResult sent = send(*sender);
    EXPECT_EQ(sent.outcome, Outcome::temporary);
    EXPECT_THAT(sent.reason, HasSubstr(why));
    EXPECT_TRUE(server.messages().empty());
  }
};

TEST_P(SmtpTlsModes, CarryTheLoginAndTheMailOnOneConnection) {
  const MailServer server(settings(Certificates::get().good));
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto sender = make_smtp_sender(options(server, host)).value();
    for (int i = 0; i < 5; ++i) {
      const SendResult sent = send(*sender);
      ASSERT_EQ(sent.outcome, Outcome::accepted) << sent.reason;
    }
  }
  EXPECT_EQ(server.report()["connections"], 2);
  const json mails = server.messages();
  ASSERT_EQ(mails.size(), 10U);
  for (const json& mail : mails) {
    EXPECT_EQ(mail["tls"], true);
    EXPECT_EQ(mail["user"], "shop");
  }
}

TEST_P(SmtpTlsModes, RefuseAnExpiredCertificate) {
  refused(Certificates::get().expired, "certificate has expired");
}

TEST_P(SmtpTlsModes, RefuseTheCertificateOfAnotherHost) {
  refused(Certificates::get().of_another_host, "certificate");
}

TEST_P(SmtpTlsModes, RefuseTheCertificateOfAnAuthorityThatIsNotTrusted) {
  refused(Certificates::get().of_another_authority, "certificate");
}

TEST_P(SmtpTlsModes, TrustNothingButTheFileThatWasNamed) {
  const MailServer server(settings(Certificates::get().good));
  SmtpOptions with = options(server);
  with.ca_file.clear();  // the system's authorities did not sign it
  const auto sender = make_smtp_sender(std::move(with)).value();
  EXPECT_EQ(send(*sender).outcome, Outcome::temporary);
  EXPECT_TRUE(server.messages().empty());
}

INSTANTIATE_TEST_SUITE_P(Modes, SmtpTlsModes,
                         ::testing::Values(SmtpTls::starttls, SmtpTls::implicit),
                         [](const auto& one) {
                           return std::string(one.param == SmtpTls::implicit ? "implicit"
                                                                             : "starttls");
                         });

// Whoever is in between may take the offer away.
TEST(SmtpStarttls, NothingIsSentToAServerThatDoesNotOfferIt) {
  const MailServer server(json{{"user", "shop"}, {"password", "s3cret"}});
  SmtpOptions with{.password = SecretText("s3cret")};
  with.host = "127.0.0.1";
  with.port = server.port();
  with.ca_file = Certificates::get().authority;
  with.user = "shop";
  with.from = "no-reply@shop.example";
  const auto sender = make_smtp_sender(std::move(with)).value();
  const SendResult sent = send(*sender);
  EXPECT_EQ(sent.outcome, Outcome::temporary);
  EXPECT_EQ(sent.reason, "not sent: the server offers no STARTTLS; see the option tls");
  EXPECT_EQ(server.report()["connections"], 1);
}

}  // namespace
}  // namespace ringfence
