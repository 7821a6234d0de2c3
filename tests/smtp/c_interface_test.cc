// Mail as a program in C sends it.
#include <gtest/gtest.h>
#include <ringfence.h>

#include <string>

#include "smtp/mail_server.h"

namespace {

using nlohmann::json;
using ringfence::testing_support::Certificates;
using ringfence::testing_support::MailServer;

template <class Struct>
Struct fresh() {
  Struct out{};
  out.struct_size = sizeof out;
  return out;
}

TEST(SmtpFromC, AnEmailIsChangedWithTheCodesThatTheMailServerReceived) {
  const MailServer server({{"tls", "implicit"},
                           {"certificate", Certificates::get().good.certificate},
                           {"key", Certificates::get().good.key},
                           {"user", "shop"},
                           {"password", "s3cret"}});
  auto error = fresh<ringfence_error>();
  const auto ok = [&](int32_t status) { ASSERT_EQ(status, RINGFENCE_OK) << error.text; };

  auto clock_callbacks = fresh<ringfence_clock_callbacks>();
  clock_callbacks.now_ms = [](void*) { return int64_t{1'800'000'000'000}; };
  clock_callbacks.pause = [](void*, int64_t) {};
  auto key_source = fresh<ringfence_key_source>();
  key_source.read = [](void*, ringfence_out out) {
    static const std::string keys = "k1 " + std::string(64, 'a') + "\n";
    return ringfence_out_write(out, ringfence_str(keys.c_str()));
  };
  auto service_parts = fresh<ringfence_service_parts>();
  auto parts = fresh<ringfence_dispatcher_parts>();
  ok(ringfence_clock_from_callbacks(&clock_callbacks, &parts.clock, &error));
  ok(ringfence_key_ring_from_callbacks(&key_source, &parts.keys, &error));
  ok(ringfence_store_open(ringfence_str("memory:"), &parts.store, &error));
  ok(ringfence_event_sink_open(ringfence_str("console:"), &parts.events, &error));

  auto mail = fresh<ringfence_smtp_options>();
  const std::string authority = Certificates::get().authority;
  mail.tls = RINGFENCE_SMTP_IMPLICIT;
  mail.port = server.port();
  mail.max_connections = 1;
  mail.clock = parts.clock;
  mail.host = ringfence_str("localhost");
  mail.ca_file = ringfence_str(authority.c_str());
  mail.user = ringfence_str("shop");
  mail.password = ringfence_str("s3cret");
  mail.from = ringfence_str("no-reply@shop.example");
  mail.from_name = ringfence_str("The Shop");
  mail.envelope_from = ringfence_str("bounces@shop.example");
  mail.reply_to = ringfence_str("help@shop.example");
  mail.helo = ringfence_str("client.test");
  ok(ringfence_smtp_sender_new(&mail, &parts.sender, &error));
  ringfence_dispatcher dispatcher{};
  ok(ringfence_dispatcher_new(&parts, &dispatcher, &error));
  service_parts.store = parts.store;
  service_parts.keys = parts.keys;
  service_parts.clock = parts.clock;
  ringfence_service service{};
  ok(ringfence_service_new(&service_parts, &service, &error));
  // The dispatcher keeps what it works with, and the sender its clock.
  ringfence_clock_free(parts.clock);
  ringfence_sender_free(parts.sender);

  auto call = fresh<ringfence_call>();
  call.session = ringfence_str("session");
  auto ann = fresh<ringfence_registration>();
  ann.account.id = ringfence_str("ann");
  ann.phone.text = ringfence_str("+8613912343672");
  ann.phone_proven_at = ann.email_proven_at = 1'700'000'000'000;
  ann.email = ringfence_str("ann@example.com");
  auto settings = fresh<ringfence_settings>();
  auto view = fresh<ringfence_flow_view>();
  auto counts = fresh<ringfence_dispatch_counts>();
  const auto code_at = [&](const std::string& address) {
    EXPECT_EQ(ringfence_dispatcher_pump(dispatcher, &counts, &error), RINGFENCE_OK) << error.text;
    std::string code;
    for (const json& one : server.messages()) {
      if (one["rcpt_tos"] == json({address}))
        code = ringfence::testing_support::code_in(one["parts"][0]["content"]);
    }
    return code;
  };
  ok(ringfence_service_register_account(service, &ann, &call, &settings, &error));
  ok(ringfence_service_begin_change_email(service, &ann.account, RINGFENCE_EMAIL, &call, &view,
                                          &error));
  const std::string flow = view.flow;
  const std::string first = code_at("ann@example.com");
  ok(ringfence_service_prove_identity(service, ringfence_str(flow.c_str()),
                                      ringfence_str(first.c_str()), &call, &view, &error));
  const ringfence_address_input target = {ringfence_str("new@example.org"), ringfence_str("")};
  ok(ringfence_service_set_target(service, ringfence_str(flow.c_str()), &target, &call, &view,
                                  &error));
  const std::string second = code_at("new@example.org");
  ok(ringfence_service_prove_target(service, ringfence_str(flow.c_str()),
                                    ringfence_str(second.c_str()), 1, &call, &view, &error));
  EXPECT_EQ(view.verdict, RINGFENCE_VERDICT_ACCEPTED);
  EXPECT_EQ(view.changed, 1);

  const json last = server.messages().back();
  EXPECT_EQ(last["from"], json::array({{"The Shop", "no-reply@shop.example"}}));
  EXPECT_EQ(last["mail_from"], "bounces@shop.example");
  EXPECT_EQ(last["headers"]["Reply-To"], "help@shop.example");
  EXPECT_EQ(last["helo"], "client.test");
  EXPECT_EQ(last["user"], "shop");
  EXPECT_EQ(last["tls"], true);
  EXPECT_EQ(last["date_ms"], 1'800'000'000'000);
  EXPECT_EQ(server.report()["connections"], 1);

  ringfence_dispatcher_free(dispatcher);
  ringfence_service_free(service);
  ringfence_event_sink_free(parts.events);
  ringfence_store_free(parts.store);
  ringfence_key_ring_free(parts.keys);
}

}  // namespace
