// Nothing is sent to a server that cannot show whose it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "http/gateways.h"
#include "http/outgoing.h"
#include "ringfence/sender/http.h"
#include "ringfence/sender/webhook.h"

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;
using Outcome = SendResult::Outcome;

constexpr const char* key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

class CertificatesOfServers : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { made = new Certificates; }
  static void TearDownTestSuite() { delete made; }

  static std::unique_ptr<Gateways> server(const Certificates::Pair& pair) {
    give_to_server_user(pair.key);
    return std::make_unique<Gateways>(
        nlohmann::json{{"webhook_key", key}, {"certificate", pair.certificate}, {"key", pair.key}});
  }
  static SendResult tell(const std::string& url, const std::string& authority) {
    auto sink = make_webhook_event_sink({.url = url, .keys = {key}, .ca_file = authority});
    EXPECT_TRUE(sink) << sink.error().text;
    Message event = Outgoing().message;
    event.kind = MessageKind::event;
    event.destination.reset();
    return sink.value()->deliver(event);
  }
  static void expect_refused(const SendResult& result, const std::string& why) {
    EXPECT_EQ(result.outcome, Outcome::temporary);
    EXPECT_THAT(result.reason, HasSubstr("not sent: "));
    EXPECT_THAT(result.reason, HasSubstr(why));
  }

  static Certificates* made;
};

Certificates* CertificatesOfServers::made = nullptr;

TEST_F(CertificatesOfServers, AGoodOneIsAccepted) {
  const auto good = server(made->make("good", "IP:127.0.0.1,DNS:localhost", 2));
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const SendResult told = tell(good->url("/hook", host), made->authority());
    EXPECT_EQ(told.outcome, Outcome::accepted) << told.reason;
  }
}

TEST_F(CertificatesOfServers, OneByAnUnknownAuthorityIsRefused) {
  const auto good = server(made->make("unknown", "IP:127.0.0.1", 2));
  expect_refused(tell(good->url("/hook"), ""), "certificate");
  const Certificates another;
  expect_refused(tell(good->url("/hook"), another.authority()), "certificate");
  EXPECT_TRUE(good->noted().empty());
}

TEST_F(CertificatesOfServers, OneThatHasExpiredIsRefused) {
  const auto expired = server(made->make("expired", "IP:127.0.0.1", -1));
  expect_refused(tell(expired->url("/hook"), made->authority()), "certificate has expired");
  EXPECT_TRUE(expired->noted().empty());
}

TEST_F(CertificatesOfServers, OneOfAnotherHostIsRefused) {
  const auto other = server(made->make("other", "DNS:gateway.example.com", 2));
  expect_refused(tell(other->url("/hook"), made->authority()), "127.0.0.1");
  expect_refused(tell(other->url("/hook", "localhost"), made->authority()), "localhost");
  EXPECT_TRUE(other->noted().empty());
}

TEST_F(CertificatesOfServers, AServerWithoutTlsGetsNothing) {
  const Gateways plain(nlohmann::json{{"webhook_key", key}});
  std::string url = plain.url("/hook");
  url.replace(0, 4, "https");
  expect_refused(tell(url, made->authority()), "SSL");
  EXPECT_TRUE(plain.noted().empty());
}

}  // namespace
}  // namespace ringfence
