// Policies, keys, texts, and what else a service works with.
#include <iostream>

#include "plugged.h"
#include "ringfence/sender/console.h"
#include "ringfence/sender/spool.h"
#include "ringfence/version.h"
#include "views.h"

namespace ringfence::capi {
namespace {

// Takes a struct of functions; the context is the library's from here on only if all goes well.
template <class Plugged, class Handle, class Callbacks>
result<void> plug(const Callbacks& callbacks, Handle* out) {
  const auto plugged = std::make_shared<Plugged>(callbacks);
  RF_TRY(handle, handle_to<Handle>(plugged));
  plugged->adopt();
  *out = handle;
  return ok();
}

Failure incomplete() {
  return failure(ErrorCode::invalid_argument, "a required function of the struct is NULL");
}

constexpr std::string_view console = "console:";
constexpr std::string_view spool = "spool:";

Failure no_such(std::string_view what, std::string_view there_is) {
  return failure(
      ErrorCode::invalid_argument,
      "there is no " + std::string(what) + " of this name; there is: " + std::string(there_is));
}

result<std::unique_ptr<Sender>> open_sender(std::string_view name) {
  if (name == console) return make_console_sender(std::cout);
  if (name.starts_with(spool)) return make_spool_sender(std::string(name.substr(spool.size())));
  return no_such(
      "sender",
      "console:, spool:FOLDER; a sender of SMTP or HTTP is made by a function of its own");
}

}  // namespace

result<void> Out::write(std::string_view more) {
  const std::lock_guard lock(mutex_);
  if (closed_) return failure(ErrorCode::invalid_argument, "the callback has returned");
  if (more.size() > longest_json - text_.size())
    return failure(ErrorCode::invalid_argument, "the answer is too long");
  // Grown into new memory, the old one would keep what may be a secret.
  if (text_.size() + more.size() > text_.capacity()) {
    std::string larger;
    larger.reserve(2 * (text_.size() + more.size()));
    larger = text_;
    wipe(text_);
    text_ = std::move(larger);
  }
  text_ += more;
  return ok();
}

std::string_view Out::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  return text_;
}

result<std::shared_ptr<const Policy>> policy_at(ringfence_policy handle) {
  RF_TRY(object, at_or_none(handle));
  if (object == nullptr) return std::make_shared<const Policy>();
  return object->policy;
}

result<void> give(ringfence_text* out, std::string text) {
  RF_TRY(handle, handle_to<ringfence_text>(std::make_shared<Text>(std::move(text))));
  *out = handle;
  return ok();
}

}  // namespace ringfence::capi

using namespace ringfence;
using namespace ringfence::capi;

const char* ringfence_version(void) { return RINGFENCE_VERSION_STRING; }

ringfence_string ringfence_text_get(ringfence_text text) {
  const auto found = at(text);
  return found ? string(found.value()->value) : ringfence_string{"", 0};
}
void ringfence_text_free(ringfence_text text) { free_handle(text); }

int32_t ringfence_out_write(ringfence_out out, ringfence_string text) {
  return guarded(nullptr, [&]() -> result<void> {
    RF_TRY(to, at(out));
    RF_TRY(more, read_bytes(text, longest_json));  // what it must be depends on the callback
    return to->write(more);
  });
}

int32_t ringfence_policy_new(ringfence_string json, ringfence_policy* policy,
                             ringfence_error* error) {
  return giving(policy, error, [&]() -> result<void> {
    RF_TRY(text, read(json, longest_json));
    Policy read_policy;
    if (!text.empty()) {
      RF_TRY(from_json, policy_from_json(text));
      read_policy = std::move(from_json);
    }
    RF_TRY(handle, handle_to<ringfence_policy>(std::make_shared<PolicyObject>(
                       PolicyObject{std::make_shared<const Policy>(std::move(read_policy))})));
    *policy = handle;
    return ok();
  });
}
int32_t ringfence_policy_json(ringfence_policy policy, ringfence_text* json,
                              ringfence_error* error) {
  return giving(json, error, [&]() -> result<void> {
    RF_TRY(of, at(policy));
    return give(json, to_json(*of->policy));
  });
}
void ringfence_policy_free(ringfence_policy policy) { free_handle(policy); }

int32_t ringfence_phone_parse(ringfence_policy policy, const ringfence_address_input* input,
                              ringfence_address* address, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY_VOID(can_fill(address));
    RF_TRY(numbers, policy_at(policy));
    RF_TRY(typed, read(input));
    RF_TRY(number, parse_phone(typed.text, typed.region, numbers->phone_numbers));
    fill(address, to_struct(Address(number)));
    return ok();
  });
}
int32_t ringfence_email_parse(ringfence_string text, ringfence_address* address,
                              ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY_VOID(can_fill(address));
    RF_TRY(typed, read(text));
    RF_TRY(email, parse_email(typed));
    fill(address, to_struct(Address(std::move(email))));
    return ok();
  });
}

int32_t ringfence_sms_measure(ringfence_string text, ringfence_sms_size* size,
                              ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY_VOID(can_fill(size));
    RF_TRY(to_send, read(text));
    fill(size, to_struct(sms_size(to_send)));
    return ok();
  });
}

int32_t ringfence_key_file_create(ringfence_string path, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY(file, read_string(path));
    return KeyRing::create_file(file);
  });
}
int32_t ringfence_key_ring_from_file(ringfence_string path, ringfence_key_ring* ring,
                                     ringfence_error* error) {
  return giving(ring, error, [&]() -> result<void> {
    RF_TRY(file, read_string(path));
    RF_TRY(keys, KeyRing::from_file(file));
    RF_TRY(handle, handle_to<ringfence_key_ring>(keys));
    *ring = handle;
    return ok();
  });
}
int32_t ringfence_key_ring_from_callbacks(const ringfence_key_source* source,
                                          ringfence_key_ring* ring, ringfence_error* error) {
  return giving(ring, error, [&]() -> result<void> {
    RF_TRY(callbacks, read_struct(source));
    if (callbacks.read == nullptr) return incomplete();
    const auto plugged = std::make_shared<PluggedKeySource>(callbacks);
    RF_TRY(keys, KeyRing::from_callback([plugged] { return plugged->read(); }));
    RF_TRY(handle, handle_to<ringfence_key_ring>(keys));
    plugged->adopt();
    *ring = handle;
    return ok();
  });
}
int32_t ringfence_key_ring_reload(ringfence_key_ring ring, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY(keys, at(ring));
    if (PluggedKeySource::reading())
      return failure(ErrorCode::invalid_argument, "a key source must not reload a key ring");
    return keys->reload();
  });
}
void ringfence_key_ring_free(ringfence_key_ring ring) { free_handle(ring); }

int32_t ringfence_sender_open(ringfence_string url, ringfence_sender* sender,
                              ringfence_error* error) {
  return giving(sender, error, [&]() -> result<void> {
    RF_TRY(name, read(url));
    RF_TRY(opened, open_sender(name));
    RF_TRY(handle, handle_to<ringfence_sender>(std::shared_ptr<Sender>(std::move(opened))));
    *sender = handle;
    return ok();
  });
}
int32_t ringfence_sender_from_callbacks(const ringfence_sender_callbacks* callbacks,
                                        ringfence_sender* sender, ringfence_error* error) {
  return giving(sender, error, [&]() -> result<void> {
    RF_TRY(in, read_struct(callbacks));
    if (in.send == nullptr) return incomplete();
    return plug<PluggedSender>(in, sender);
  });
}
void ringfence_sender_free(ringfence_sender sender) { free_handle(sender); }

int32_t ringfence_event_sink_open(ringfence_string url, ringfence_event_sink* sink,
                                  ringfence_error* error) {
  return giving(sink, error, [&]() -> result<void> {
    RF_TRY(name, read(url));
    if (name != console)
      return no_such("event sink", "console:; a webhook is made by a function of its own");
    RF_TRY(handle, handle_to<ringfence_event_sink>(
                       std::shared_ptr<EventSink>(make_console_event_sink(std::cout))));
    *sink = handle;
    return ok();
  });
}
int32_t ringfence_event_sink_from_callbacks(const ringfence_event_sink_callbacks* callbacks,
                                            ringfence_event_sink* sink, ringfence_error* error) {
  return giving(sink, error, [&]() -> result<void> {
    RF_TRY(in, read_struct(callbacks));
    if (in.deliver == nullptr) return incomplete();
    return plug<PluggedEventSink>(in, sink);
  });
}
void ringfence_event_sink_free(ringfence_event_sink sink) { free_handle(sink); }

int32_t ringfence_clock_from_callbacks(const ringfence_clock_callbacks* callbacks,
                                       ringfence_clock* clock, ringfence_error* error) {
  return giving(clock, error, [&]() -> result<void> {
    RF_TRY(in, read_struct(callbacks));
    if (in.now_ms == nullptr || in.pause == nullptr) return incomplete();
    return plug<PluggedClock>(in, clock);
  });
}
void ringfence_clock_free(ringfence_clock clock) { free_handle(clock); }

int32_t ringfence_entropy_from_callbacks(const ringfence_entropy_callbacks* callbacks,
                                         ringfence_entropy* entropy, ringfence_error* error) {
  return giving(entropy, error, [&]() -> result<void> {
    RF_TRY(in, read_struct(callbacks));
    if (in.fill == nullptr) return incomplete();
    return plug<PluggedEntropy>(in, entropy);
  });
}
void ringfence_entropy_free(ringfence_entropy entropy) { free_handle(entropy); }

int32_t ringfence_risk_advisor_from_callbacks(const ringfence_risk_advisor_callbacks* callbacks,
                                              ringfence_risk_advisor* advisor,
                                              ringfence_error* error) {
  return giving(advisor, error, [&]() -> result<void> {
    RF_TRY(in, read_struct(callbacks));
    if (in.ask == nullptr) return incomplete();
    return plug<PluggedRiskAdvisor>(in, advisor);
  });
}
void ringfence_risk_advisor_free(ringfence_risk_advisor advisor) { free_handle(advisor); }

int32_t ringfence_observer_from_callbacks(const ringfence_observer_callbacks* callbacks,
                                          ringfence_observer* observer, ringfence_error* error) {
  return giving(observer, error, [&]() -> result<void> {
    RF_TRY(in, read_struct(callbacks));
    if (in.observe == nullptr) return incomplete();
    return plug<PluggedObserver>(in, observer);
  });
}
void ringfence_observer_free(ringfence_observer observer) { free_handle(observer); }
