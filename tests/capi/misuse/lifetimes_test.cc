// Contexts are given back once and at the right time; handles may be freed while other threads use
// them.
#include <memory>
#include <thread>

#include "host.h"

namespace ringfence::misuse {
namespace {

TEST(Lifetime, APartLivesAsLongAsWhatWorksWithIt) {
  Host host(true);
  host.add("ann");
  // The handles of the parts are freed, and nobody has lost anything.
  ringfence_store_free(std::exchange(host.store_handle, {}));
  ringfence_key_ring_free(std::exchange(host.keys_handle, {}));
  ringfence_clock_free(std::exchange(host.clock_handle, {}));
  ringfence_entropy_free(std::exchange(host.entropy_handle, {}));
  ringfence_risk_advisor_free(std::exchange(host.risk_handle, {}));
  ringfence_observer_free(std::exchange(host.observer_handle, {}));
  ringfence_sender_free(std::exchange(host.sender_handle, {}));
  ringfence_event_sink_free(std::exchange(host.events_handle, {}));
  for (const auto& count : host.destroyed) EXPECT_EQ(count, 0);
  EXPECT_TRUE(host.change("ann", new_phone));
  ringfence_service_free(std::exchange(host.service, {}));
  for (int part = 0; part < parts; ++part)
    EXPECT_EQ(host.destroyed[static_cast<std::size_t>(part)], part == risk ? 1 : 0);
  EXPECT_EQ(named(host.pump().first), "ok");
  ringfence_dispatcher_free(std::exchange(host.dispatcher, {}));
  for (const auto& count : host.destroyed) EXPECT_EQ(count, 1);
}

TEST(Lifetime, AContextWithoutDestroyIsTheCallers) {
  Host host;
  auto in = host.sender_callbacks();
  in.destroy = nullptr;
  ringfence_sender sender = {};
  host.ok(ringfence_sender_from_callbacks(&in, &sender, &host.error));
  ringfence_sender_free(sender);
  EXPECT_EQ(host.destroyed[Part::sender], 0);
}

TEST(Lifetime, AStructWithoutAFunctionIsRefusedAndItsContextLeft) {
  Host host;
  ringfence_error* e = &host.error;
  const auto refused = [&](int32_t status) { EXPECT_EQ(named(status), "invalid_argument"); };
  {
    auto in = host.key_source();
    in.read = nullptr;
    ringfence_key_ring out = {};
    refused(ringfence_key_ring_from_callbacks(&in, &out, e));
  }
  {
    ringfence_clock out = {};
    auto in = host.clock_callbacks();
    in.now_ms = nullptr;
    refused(ringfence_clock_from_callbacks(&in, &out, e));
    in = host.clock_callbacks();
    in.pause = nullptr;
    refused(ringfence_clock_from_callbacks(&in, &out, e));
  }
  {
    auto in = host.entropy_callbacks();
    in.fill = nullptr;
    ringfence_entropy out = {};
    refused(ringfence_entropy_from_callbacks(&in, &out, e));
  }
  {
    auto in = host.risk_callbacks();
    in.ask = nullptr;
    ringfence_risk_advisor out = {};
    refused(ringfence_risk_advisor_from_callbacks(&in, &out, e));
  }
  {
    auto in = host.observer_callbacks();
    in.observe = nullptr;
    ringfence_observer out = {};
    refused(ringfence_observer_from_callbacks(&in, &out, e));
  }
  {
    auto in = host.sender_callbacks();
    in.send = nullptr;
    ringfence_sender out = {};
    refused(ringfence_sender_from_callbacks(&in, &out, e));
  }
  {
    auto in = host.event_sink_callbacks();
    in.deliver = nullptr;
    ringfence_event_sink out = {};
    refused(ringfence_event_sink_from_callbacks(&in, &out, e));
  }
  ringfence_store out = {};
  const auto without = [&](auto member) {
    auto in = host.store_callbacks();
    in.*member = nullptr;
    refused(ringfence_store_from_callbacks(&in, &out, e));
  };
  without(&ringfence_store_callbacks::load);
  without(&ringfence_store_callbacks::commit);
  without(&ringfence_store_callbacks::take);
  without(&ringfence_store_callbacks::settle);
  without(&ringfence_store_callbacks::messages);
  without(&ringfence_store_callbacks::outbox);
  without(&ringfence_store_callbacks::sweep);
  for (const auto& count : host.destroyed) EXPECT_EQ(count, 0);
}

TEST(Lifetime, WhatACallbackKeepsIsNoUseLater) {
  Host host;
  host.add("ann");
  host.begin();
  ringfence_out kept = {};
  host.on_send = [&](const ringfence_message* message, int64_t*, ringfence_out reason) {
    kept = reason;
    return host.keep(message);
  };
  host.pump();
  EXPECT_EQ(named(ringfence_out_write(kept, text("late"))), "invalid_argument");
  // Nor in the next callback, whose own it is not.
  ringfence_out before = kept;
  host.on_send = [&](const ringfence_message* message, int64_t*, ringfence_out) {
    EXPECT_EQ(named(ringfence_out_write(before, text("late"))), "invalid_argument");
    return host.keep(message);
  };
  host.now += 61'000;
  host.begin();
  host.pump();
}

TEST(Lifetime, AThreadMayWriteToAnOutWhileItsCallbackReturns) {
  Host host;
  host.add("ann");
  std::vector<std::thread> writers;
  std::atomic<int> refused = 0;
  host.on_send = [&](const ringfence_message*, int64_t*, ringfence_out reason) {
    const auto started = std::make_shared<std::atomic<bool>>(false);
    writers.emplace_back([&refused, reason, started] {
      const std::string much(1000, 'x');
      while (ringfence_out_write(reason, text(much)) == RINGFENCE_OK) started->store(true);
      ++refused;
    });
    while (!started->load()) std::this_thread::yield();
    return RINGFENCE_SEND_TEMPORARY;
  };
  host.begin();
  for (int i = 0; i < 20; ++i) {
    host.pump();
    host.now += 20'000;
  }
  EXPECT_GT(writers.size(), 3U);
  for (auto& one : writers) one.join();
  EXPECT_EQ(refused, static_cast<int>(writers.size()));
}

TEST(Lifetime, ThreadsFreeWhatOthersUse) {
  for (int round = 0; round < 20; ++round) {
    Host host(true);
    host.add("ann");
    std::atomic<bool> go = false;
    std::vector<std::thread> threads;
    const ringfence_service service = host.service;
    const ringfence_dispatcher dispatcher = host.dispatcher;
    const ringfence_key_ring ring = host.keys_handle;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&, service, dispatcher, ring] {
        while (!go) std::this_thread::yield();
        for (int call = 0; call < 50; ++call) {
          const auto of = account("ann");
          auto settings = fresh<ringfence_settings>();
          auto error = fresh<ringfence_error>();
          const int32_t status =
              ringfence_service_settings(service, &of, nullptr, &settings, &error);
          EXPECT_TRUE(status == RINGFENCE_OK || status == RINGFENCE_INVALID_ARGUMENT)
              << named(status) << ": " << error.text;
          auto counts = fresh<ringfence_dispatch_counts>();
          const int32_t pumped = ringfence_dispatcher_pump(dispatcher, &counts, &error);
          EXPECT_TRUE(pumped == RINGFENCE_OK || pumped == RINGFENCE_INVALID_ARGUMENT);
          ringfence_key_ring_reload(ring, &error);
        }
      });
    }
    go = true;
    const ringfence_store behind = std::exchange(host.memory, {});
    host.free_all();
    host.memory = behind;
    for (auto& one : threads) one.join();
    for (const auto& count : host.destroyed) EXPECT_EQ(count, 1);
  }
}

TEST(Lifetime, ManyThreadsMakeAndFreeHandles) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 500; ++round) {
        ringfence_policy policy = {};
        ASSERT_EQ(ringfence_policy_new(text(""), &policy, nullptr), RINGFENCE_OK);
        ringfence_text json = {};
        ASSERT_EQ(ringfence_policy_json(policy, &json, nullptr), RINGFENCE_OK);
        ringfence_policy_free(policy);
        ASSERT_EQ(ringfence_policy_json(policy, &json, nullptr), RINGFENCE_INVALID_ARGUMENT);
        ASSERT_EQ(json.id, 0U);
      }
    });
  }
  for (auto& one : threads) one.join();
}

TEST(Lifetime, AStaleHandleIsNoticedHoweverOftenItsPlaceWasTaken) {
  ringfence_policy first = {};
  ASSERT_EQ(ringfence_policy_new(text(""), &first, nullptr), RINGFENCE_OK);
  ringfence_policy_free(first);
  for (int i = 0; i < 5000; ++i) {
    ringfence_policy other = {};
    ASSERT_EQ(ringfence_policy_new(text(""), &other, nullptr), RINGFENCE_OK);
    ASSERT_NE(other.id, first.id);
    ringfence_text json = {};
    ASSERT_EQ(ringfence_policy_json(first, &json, nullptr), RINGFENCE_INVALID_ARGUMENT);
    ringfence_policy_free(other);
  }
}

}  // namespace
}  // namespace ringfence::misuse
