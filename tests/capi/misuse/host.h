#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringfence.h"

/// A host that can be told to misbehave: every function that it implements may be replaced, and it
/// counts how often each context is given back.
namespace ringfence::misuse {

template <class Struct>
Struct fresh() {
  Struct out;
  std::memset(&out, 0, sizeof out);
  out.struct_size = sizeof out;
  return out;
}

inline ringfence_string text(std::string_view of) { return {of.data(), of.size()}; }

/// `ok`, or the name of the refusal. For `EXPECT_EQ`.
inline std::string named(int32_t status) { return ringfence_status_name(status); }

/// Frees the text.
inline std::string taken(ringfence_text of) {
  const ringfence_string got = ringfence_text_get(of);
  std::string out(got.data, got.size);
  ringfence_text_free(of);
  return out;
}

inline ringfence_account account(std::string_view id) { return {text(""), text(id)}; }

constexpr const char* ann_phone = "+8613912343672";
constexpr const char* ann_email = "lion@example.com";
constexpr const char* new_phone = "+447700900123";
constexpr const char* one_key =
    "k1 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\n";

/// What every struct of functions has: a context, and how it is given back.
enum Part { keys, clock, entropy, risk, observer, sender, events, store, parts };

struct Host {
  // What each function does. Replace them before they are used.
  std::function<int32_t(ringfence_out)> on_read = [](ringfence_out out) {
    return ringfence_out_write(out, text(one_key));
  };
  std::function<int64_t()> on_now = [this] { return now.load(); };
  std::function<void(int64_t)> on_pause = [](int64_t) {};
  std::function<int32_t(uint8_t*, size_t)> on_fill = [this](uint8_t* bytes, size_t size) {
    std::memset(bytes, 0, size);
    const std::uint64_t number = ++drawn;
    std::memcpy(bytes, &number, sizeof number);
    return RINGFENCE_OK;
  };
  std::function<int32_t(const ringfence_message*, int64_t*, ringfence_out)> on_send =
      [this](const ringfence_message* message, int64_t*, ringfence_out) { return keep(message); };
  std::function<int32_t(const ringfence_message*, int64_t*, ringfence_out)> on_deliver =
      [](const ringfence_message*, int64_t*, ringfence_out) { return RINGFENCE_SEND_ACCEPTED; };
  std::function<int32_t(const ringfence_risk_question*)> on_ask =
      [](const ringfence_risk_question*) { return RINGFENCE_RISK_CLEAR; };
  std::function<void(const ringfence_observation*)> on_observe = [](const ringfence_observation*) {
  };
  /// What a function of the store answers instead of what the memory behind it does.
  std::function<int32_t(std::string_view name, ringfence_out out)> on_store = {};
  std::function<int32_t()> on_commit = {};

  std::atomic<int64_t> now = 1'800'000'000'000;
  std::atomic<std::uint64_t> drawn = 0;
  std::array<std::atomic<int>, parts> destroyed = {};

  ringfence_store memory = {};
  ringfence_store store_handle = {};
  ringfence_key_ring keys_handle = {};
  ringfence_clock clock_handle = {};
  ringfence_entropy entropy_handle = {};
  ringfence_risk_advisor risk_handle = {};
  ringfence_observer observer_handle = {};
  ringfence_sender sender_handle = {};
  ringfence_event_sink events_handle = {};
  ringfence_service service = {};
  ringfence_dispatcher dispatcher = {};
  ringfence_call call = fresh<ringfence_call>();
  ringfence_error error = fresh<ringfence_error>();

  explicit Host(bool own_store = false) {
    call.session = text("session-1");
    make_parts(own_store);
    make_service();
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host() { free_all(); }

  void free_all() {
    ringfence_service_free(std::exchange(service, {}));
    ringfence_dispatcher_free(std::exchange(dispatcher, {}));
    ringfence_store_free(std::exchange(store_handle, {}));
    ringfence_key_ring_free(std::exchange(keys_handle, {}));
    ringfence_clock_free(std::exchange(clock_handle, {}));
    ringfence_entropy_free(std::exchange(entropy_handle, {}));
    ringfence_risk_advisor_free(std::exchange(risk_handle, {}));
    ringfence_observer_free(std::exchange(observer_handle, {}));
    ringfence_sender_free(std::exchange(sender_handle, {}));
    ringfence_event_sink_free(std::exchange(events_handle, {}));
    ringfence_store_free(std::exchange(memory, {}));
  }

  ringfence_service_parts service_parts() const {
    auto in = fresh<ringfence_service_parts>();
    in.store = store_handle;
    in.keys = keys_handle;
    in.clock = clock_handle;
    in.entropy = entropy_handle;
    in.risk = risk_handle;
    in.observer = observer_handle;
    return in;
  }
  ringfence_dispatcher_parts dispatcher_parts() const {
    auto in = fresh<ringfence_dispatcher_parts>();
    in.store = store_handle;
    in.keys = keys_handle;
    in.sender = sender_handle;
    in.events = events_handle;
    in.clock = clock_handle;
    in.entropy = entropy_handle;
    in.observer = observer_handle;
    return in;
  }
  void make_service() {
    const auto serving = service_parts();
    ok(ringfence_service_new(&serving, &service, &error));
    const auto sending = dispatcher_parts();
    ok(ringfence_dispatcher_new(&sending, &dispatcher, &error));
  }

  void ok(int32_t status) { EXPECT_EQ(named(status), "ok") << error.text; }

  // The shortest way to what a test wants.
  void add(const char* id, const char* phone = ann_phone, const char* email = "") {
    auto row = fresh<ringfence_registration>();
    row.account = account(id);
    row.phone.text = text(phone);
    row.email = text(email);
    row.phone_proven_at = now;
    row.email_proven_at = *email == 0 ? 0 : now.load();
    auto settings = fresh<ringfence_settings>();
    ok(ringfence_service_register_account(service, &row, nullptr, &settings, &error));
  }
  std::pair<int32_t, ringfence_flow_view> begin(const char* id = "ann") {
    const auto of = account(id);
    auto view = fresh<ringfence_flow_view>();
    const int32_t status = ringfence_service_begin_change_phone(
        service, &of, RINGFENCE_PHONE, RINGFENCE_NUMBER_CHANGED, &call, &view, &error);
    return {status, view};
  }
  std::pair<int32_t, ringfence_dispatch_counts> pump() {
    auto counts = fresh<ringfence_dispatch_counts>();
    const int32_t status = ringfence_dispatcher_pump(dispatcher, &counts, &error);
    return {status, counts};
  }
  int32_t settings(const char* id = "ann") {
    const auto of = account(id);
    auto out = fresh<ringfence_settings>();
    return ringfence_service_settings(service, &of, &call, &out, &error);
  }
  std::string code() {
    for (int i = 0; i < 100 && pump().second.taken > 0; ++i) {
    }
    const std::lock_guard lock(mutex_);
    return last_code_;
  }
  /// A whole change of the phone. True if it went through.
  bool change(const char* id, const char* target) {
    auto [status, view] = begin(id);
    if (status != RINGFENCE_OK) return false;
    const std::string first = code();
    if (ringfence_service_prove_identity(service, text(view.flow), text(first), &call, &view,
                                         &error) != RINGFENCE_OK)
      return false;
    const ringfence_address_input to{text(target), text("")};
    if (ringfence_service_set_target(service, text(view.flow), &to, &call, &view, &error) !=
        RINGFENCE_OK)
      return false;
    const std::string second = code();
    return ringfence_service_prove_target(service, text(view.flow), text(second), 1, &call, &view,
                                          &error) == RINGFENCE_OK &&
           view.changed == 1;
  }

  // The structs of functions of this host.
  template <class Callbacks, Part part>
  Callbacks callbacks() {
    auto out = fresh<Callbacks>();
    out.context = this;
    out.destroy = [](void* context) { ++static_cast<Host*>(context)->destroyed[part]; };
    return out;
  }
  ringfence_key_source key_source() {
    auto out = callbacks<ringfence_key_source, Part::keys>();
    out.read = [](void* context, ringfence_out to) { return of(context).on_read(to); };
    return out;
  }
  ringfence_clock_callbacks clock_callbacks() {
    auto out = callbacks<ringfence_clock_callbacks, Part::clock>();
    out.now_ms = [](void* context) { return of(context).on_now(); };
    out.pause = [](void* context, int64_t duration_ms) { of(context).on_pause(duration_ms); };
    return out;
  }
  ringfence_entropy_callbacks entropy_callbacks() {
    auto out = callbacks<ringfence_entropy_callbacks, Part::entropy>();
    out.fill = [](void* context, uint8_t* bytes, size_t size) {
      return of(context).on_fill(bytes, size);
    };
    return out;
  }
  ringfence_risk_advisor_callbacks risk_callbacks() {
    auto out = callbacks<ringfence_risk_advisor_callbacks, Part::risk>();
    out.ask = [](void* context, const ringfence_risk_question* question) {
      return of(context).on_ask(question);
    };
    return out;
  }
  ringfence_observer_callbacks observer_callbacks() {
    auto out = callbacks<ringfence_observer_callbacks, Part::observer>();
    out.observe = [](void* context, const ringfence_observation* observation) {
      of(context).on_observe(observation);
    };
    return out;
  }
  ringfence_sender_callbacks sender_callbacks() {
    auto out = callbacks<ringfence_sender_callbacks, Part::sender>();
    out.send = [](void* context, const ringfence_message* message, int64_t* retry_after_ms,
                  ringfence_out reason) {
      return of(context).on_send(message, retry_after_ms, reason);
    };
    return out;
  }
  ringfence_event_sink_callbacks event_sink_callbacks() {
    auto out = callbacks<ringfence_event_sink_callbacks, Part::events>();
    out.deliver = [](void* context, const ringfence_message* event, int64_t* retry_after_ms,
                     ringfence_out reason) {
      return of(context).on_deliver(event, retry_after_ms, reason);
    };
    return out;
  }
  ringfence_store_callbacks store_callbacks();

  int32_t keep(const ringfence_message* message) {
    const std::lock_guard lock(mutex_);
    if (message->code.size > 0) last_code_.assign(message->code.data, message->code.size);
    return RINGFENCE_SEND_ACCEPTED;
  }

 private:
  static Host& of(void* context) { return *static_cast<Host*>(context); }
  void make_parts(bool own_store);
  /// Writes what the memory answered.
  static int32_t pass(int32_t status, ringfence_text answer, ringfence_out out) {
    if (status == RINGFENCE_OK) ringfence_out_write(out, ringfence_text_get(answer));
    ringfence_text_free(answer);
    return status;
  }

  std::mutex mutex_;
  std::string last_code_;
};

}  // namespace ringfence::misuse
