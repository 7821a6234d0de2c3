#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include "handles.h"
#include "ringfence/dispatcher.h"
#include "ringfence/secret.h"
#include "ringfence/service.h"
#include "ringfence/store/sqlite.h"

/// What the handles lead to.
namespace ringfence::capi {

/// A text that was given to the caller. It may tell addresses.
struct Text {
  explicit Text(std::string text) : value(std::move(text)) {}
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text() { wipe(value); }

  std::string value;
};

/// What a callback answers. It may be a secret. A thread of the caller's may still write while the
/// callback returns.
class Out {
 public:
  Out() = default;
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;
  ~Out() { wipe(text_); }

  /// Refused once it is closed.
  result<void> write(std::string_view more);
  /// What was written. It changes no more.
  std::string_view close();

 private:
  std::mutex mutex_;
  std::string text_;
  bool closed_ = false;
};

/// A value: what is in it never changes.
struct PolicyObject {
  std::shared_ptr<const Policy> policy;
};

struct StoreObject {
  std::unique_ptr<Store> store;
  SqliteStore* sqlite = nullptr;  ///< The same, if it is one.
};

// What a service and a dispatcher work with, in the order in which it is needed: the last goes
// first.
struct ServiceObject {
  std::shared_ptr<StoreObject> store;
  std::shared_ptr<KeyRing> keys;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Entropy> entropy;
  std::shared_ptr<RiskAdvisor> risk;
  std::shared_ptr<Observer> observer;
  std::unique_ptr<Service> service = {};
};

struct DispatcherObject {
  std::shared_ptr<StoreObject> store;
  std::shared_ptr<KeyRing> keys;
  std::shared_ptr<Sender> sender;
  std::shared_ptr<Sender> mail;
  std::shared_ptr<EventSink> events;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<Entropy> entropy;
  std::shared_ptr<Observer> observer;
  std::shared_ptr<const Templates> templates;
  std::unique_ptr<Dispatcher> dispatcher = {};
  std::stop_source stop = {};
};

class StepObject;

// The tags are in the handles, so that one of another type is noticed.
template <>
struct Target<ringfence_text> {
  using type = Text;
  static constexpr std::uint8_t tag = 1;
};
template <>
struct Target<ringfence_out> {
  using type = Out;
  static constexpr std::uint8_t tag = 2;
};
template <>
struct Target<ringfence_policy> {
  using type = PolicyObject;
  static constexpr std::uint8_t tag = 3;
};
template <>
struct Target<ringfence_key_ring> {
  using type = KeyRing;
  static constexpr std::uint8_t tag = 4;
};
template <>
struct Target<ringfence_store> {
  using type = StoreObject;
  static constexpr std::uint8_t tag = 5;
};
template <>
struct Target<ringfence_sender> {
  using type = Sender;
  static constexpr std::uint8_t tag = 6;
};
template <>
struct Target<ringfence_event_sink> {
  using type = EventSink;
  static constexpr std::uint8_t tag = 7;
};
template <>
struct Target<ringfence_clock> {
  using type = Clock;
  static constexpr std::uint8_t tag = 8;
};
template <>
struct Target<ringfence_entropy> {
  using type = Entropy;
  static constexpr std::uint8_t tag = 9;
};
template <>
struct Target<ringfence_risk_advisor> {
  using type = RiskAdvisor;
  static constexpr std::uint8_t tag = 10;
};
template <>
struct Target<ringfence_observer> {
  using type = Observer;
  static constexpr std::uint8_t tag = 11;
};
template <>
struct Target<ringfence_service> {
  using type = ServiceObject;
  static constexpr std::uint8_t tag = 12;
};
template <>
struct Target<ringfence_dispatcher> {
  using type = DispatcherObject;
  static constexpr std::uint8_t tag = 13;
};
template <>
struct Target<ringfence_step> {
  using type = StepObject;
  static constexpr std::uint8_t tag = 14;
};

/// Null for none: the part has a default.
template <class Handle>
result<std::shared_ptr<typename Target<Handle>::type>> at_or_none(Handle handle) {
  if (handle.id == 0) return std::shared_ptr<typename Target<Handle>::type>();
  return at(handle);
}
/// The policy; none: the default one.
result<std::shared_ptr<const Policy>> policy_at(ringfence_policy handle);

/// Frees what a handle leads to. Whatever it runs of the caller's does not throw here.
template <class Handle>
void free_handle(Handle handle) noexcept {
  release(Target<Handle>::tag, handle.id);
}

result<void> give(ringfence_text* out, std::string text);

}  // namespace ringfence::capi
