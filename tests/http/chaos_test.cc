// Everything that goes wrong between machines, over thousands of messages: none is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "http/descriptions.h"
#include "http/gateways.h"
#include "ringfence/sender/http.h"
#include "ringfence/sender/webhook.h"
#include "ringfence/store/sqlite.h"
#include "support/temp_dir.h"
#include "support/world.h"

namespace ringfence {
namespace {

using namespace testing_support;
using nlohmann::json;

constexpr const char* key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

// Shares of all requests; the rest goes well. `late`: the server has taken the message before it
// goes wrong.
const json chaos = {{0.08, "503"},          {0.08, "429"},        {0.05, "500"},
                    {0.02, "500 late"},     {0.02, "404"},        {0.01, "410"},
                    {0.05, "reset"},        {0.04, "reset late"}, {0.04, "garbage"},
                    {0.03, "garbage late"}, {0.02, "half late"},  {0.002, "stall"},
                    {0.002, "stall late"}};

class Chaos : public ::testing::TestWithParam<bool> {
 protected:
  static constexpr unsigned seed = 6;
  static constexpr std::size_t accounts = 1000;
  static constexpr std::size_t wanted = 5000;
  static constexpr std::size_t threads = 4;

  TempDir folder;
  World world{{}, open_sqlite_store(folder.file("db")).value(), one_key_ring(), seed};

  static AccountKey account(std::size_t i) { return World::key("account-" + std::to_string(i)); }
  static std::string number(std::size_t i) { return "+86139" + std::to_string(10'000'000 + i); }

  /// Codes, of which a third is superseded before it is sent, notices and events: as many as are
  /// wanted.
  void fill_the_outbox() {
    std::vector<Registration> rows;
    for (std::size_t i = 0; i < accounts; ++i) {
      rows.push_back(
          {.account = account(i), .phone = {number(i)}, .phone_proven_at = world.clock.now_ms()});
    }
    ASSERT_EQ(world.service->import_accounts(rows).value().imported, accounts);
    std::size_t made = 0;
    const auto begin = [&](std::size_t i) {
      const Call call{.session = "session-" + std::to_string(i),
                      .source = "192.0." + std::to_string(i / 250) + "." + std::to_string(i % 250)};
      ASSERT_TRUE(world.service->begin_change_phone(account(i), Method::phone, call));
      ++made;
    };
    for (std::size_t i = 0; i < accounts; ++i) begin(i);
    // A second flow voids the code of the first.
    world.clock.advance(61'000);
    for (std::size_t i = 0; i < accounts; i += 2) begin(i);
    for (std::uint64_t i = 0; made < wanted; ++made, ++i) {
      Message message{.kind = i % 2 == 0 ? MessageKind::event : MessageKind::notice,
                      .purpose = "phone_changed",
                      .account = account(i % accounts),
                      .fields = {{"masked", "139****3672"}, {"channel", "phone"}},
                      .created_at = world.clock.now_ms(),
                      .expires_at = world.clock.now_ms() + 3 * day_ms,
                      .due_at = world.clock.now_ms()};
      message.id.bytes[0] = static_cast<std::uint8_t>(i);
      for (unsigned byte = 0; byte < 8; ++byte)
        message.id.bytes[8 + byte] = static_cast<std::uint8_t>(i >> (8 * byte));
      message.id.bytes[7] = 1;
      if (message.kind == MessageKind::notice)
        message.destination = parse_phone(number(i % accounts), "", {}).value();
      ChangeSet change;
      change.id = message.id;
      change.messages.push_back(message);
      ASSERT_EQ(world.behind->commit(change, 0), CommitOutcome::committed);
    }
  }

  /// What is in the outbox, ended or not.
  std::vector<Message> all() const {
    std::vector<Message> out;
    for (std::size_t i = 0; i < accounts; ++i) {
      auto messages = world.behind->messages(account(i), 1000, 0);
      for (Message& one : messages.value()) out.push_back(std::move(one));
    }
    return out;
  }

  /// Pumps on several threads, and lets time pass, until everything has ended.
  void deliver(Sender& sender, EventSink& sink) {
    Dispatcher dispatcher({world.store, *world.ring, sender, sink, world.clock, world.entropy},
                          {.batch = 16, .lease_ms = hour_ms});
    constexpr TimeMs step_ms = 3000;
    // Longer than codes live, retries take and leases last.
    constexpr TimeMs last_ms = 3 * day_ms;
    for (TimeMs passed_ms = 0; passed_ms < last_ms;) {
      std::atomic<int> taken = 0;
      std::vector<std::thread> pumps;
      for (std::size_t i = 0; i < threads; ++i) {
        pumps.emplace_back([&] {
          for (int now = 1; now > 0; taken += now) now = dispatcher.pump().value().taken;
        });
      }
      for (std::thread& pump : pumps) pump.join();
      if (taken == 0 && passed_ms > hour_ms) {
        const std::vector<Message> messages = all();
        if (std::none_of(messages.begin(), messages.end(),
                         [](const Message& one) { return one.state == MessageState::pending; }))
          return;
      }
      const TimeMs now_ms = passed_ms < 20 * minute_ms ? step_ms : hour_ms;
      world.clock.advance(now_ms);
      passed_ms += now_ms;
    }
  }
};

TEST_P(Chaos, EveryMessageIsAcceptedOnceGivenUpWithItsReasonOrSuperseded) {
  const bool tls = GetParam();
  std::printf("seed %u, %s\n", seed, tls ? "with TLS" : "without TLS");
  const auto started = std::chrono::steady_clock::now();
  const Certificates certificates;
  json settings = {{"webhook_key", key}, {"seed", seed}, {"chaos", chaos}};
  std::string authority;
  if (tls) {
    const auto pair = certificates.make("chaos", "IP:127.0.0.1", 2);
    settings["certificate"] = pair.certificate;
    settings["key"] = pair.key;
    authority = certificates.authority();
  }
  const Gateways server(settings);
  fill_the_outbox();
  const std::vector<Message> before = all();
  ASSERT_EQ(before.size(), wanted);

  const auto sender = make_http_sender(ready("webhook"),
                                       {.variables = {{"url", server.url("/chaos")}, {"key", key}},
                                        .ca_file = authority,
                                        .timeout_ms = 400,
                                        .clock = world.clock});
  ASSERT_TRUE(sender) << sender.error().text;
  const auto sink = make_webhook_event_sink({.url = server.url("/chaos"),
                                             .keys = {key},
                                             .ca_file = authority,
                                             .timeout_ms = 400,
                                             .clock = world.clock});
  ASSERT_TRUE(sink) << sink.error().text;
  deliver(*sender.value(), *sink.value());

  // What the server has seen.
  std::map<std::string, int> times_taken;
  std::map<std::string, int> what;
  std::map<std::string, std::int64_t> not_before;  // seconds
  std::size_t requests = 0;
  std::size_t repeats = 0;
  for (const json& one : server.noted()) {
    ASSERT_FALSE(one.contains("refused")) << one;  // no signature was wrong
    const std::string id = one["id"];
    const std::int64_t at = one["at"];
    if (one.contains("gateway")) {
      ++times_taken[id];
      repeats += one["new"] == false ? 1U : 0U;
      if (one["new"] == true) {
        EXPECT_EQ(times_taken[id], 1);
      }
    } else {
      ++what[one["chaos"]];
    }
    const auto wait = not_before.find(id);
    if (wait != not_before.end()) {
      EXPECT_GE(at, wait->second) << id;
    }
    if (one.value("chaos", "") == "429") not_before[id] = at + one["wait"].get<std::int64_t>();
    ++requests;
  }

  // What the library says became of them.
  std::map<std::string, int> ends;
  std::size_t given_up_though_taken = 0;
  const std::vector<Message> after = all();
  std::set<std::string> ids;
  for (const Message& message : after) {
    const std::string id = message.id.hex();
    ids.insert(id);
    const bool taken = times_taken.count(id) != 0;
    switch (message.state) {
      case MessageState::accepted:
        ++ends["accepted"];
        EXPECT_TRUE(taken) << id << " was never taken by the server";
        break;
      case MessageState::given_up:
        ++ends["given up: " + message.outcome];
        EXPECT_FALSE(message.outcome.empty()) << id;
        given_up_though_taken += taken ? 1U : 0U;
        break;
      case MessageState::superseded:
        ++ends["superseded"];
        break;
      case MessageState::pending:
        ADD_FAILURE() << id << " is still waiting: " << message.outcome;
        break;
    }
  }
  const auto lost = std::count_if(before.begin(), before.end(), [&](const Message& message) {
    return ids.count(message.id.hex()) == 0;
  });
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(ids.size(), wanted);
  for (const auto& [id, times] : times_taken) EXPECT_EQ(ids.count(id), 1U) << id << " " << times;
  EXPECT_GE(ends["superseded"], static_cast<int>(accounts / 2));
  EXPECT_GT(ends["accepted"], static_cast<int>(wanted) * 8 / 10);
  for (const json& one : chaos) EXPECT_GT(what[one[1]], 0) << one;
  EXPECT_GT(repeats, 0U);

  std::printf("%zu messages, %zu lines of the server's log\n", after.size(), requests);
  for (const auto& [end, count] : ends) std::printf("  %-55s %5d\n", end.c_str(), count);
  for (const auto& [kind, count] : what) std::printf("  server: %-47s %5d\n", kind.c_str(), count);
  std::printf("  repeats that the server knew by their key               %5zu\n", repeats);
  std::printf("  given up although the server had taken them             %5zu\n",
              given_up_though_taken);
  std::printf("  lost                                                    %5td\n", lost);
  std::printf("  %lld ms\n",
              static_cast<long long>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                         std::chrono::steady_clock::now() - started)
                                         .count()));
}

INSTANTIATE_TEST_SUITE_P(Webhooks, Chaos, ::testing::Bool(),
                         [](const auto& with) { return with.param ? "Tls" : "Plain"; });

}  // namespace
}  // namespace ringfence
