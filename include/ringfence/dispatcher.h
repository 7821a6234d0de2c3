#pragma once

#include <functional>
#include <mutex>
#include <string_view>

#include "ringfence/clock.h"
#include "ringfence/entropy.h"
#include "ringfence/event_sink.h"
#include "ringfence/health.h"
#include "ringfence/keys.h"
#include "ringfence/observer.h"
#include "ringfence/sender.h"
#include "ringfence/store.h"

namespace ringfence {

/// Takes messages from the outbox and hands them over, until each is accepted, given up or
/// superseded (I4).
///
/// It has no thread: the host pumps it, from one thread or many, in one process or many.
class Dispatcher {
 public:
  /// How often and how long. Fixed for a dispatcher. What is out of bounds is taken as the nearest
  /// bound.
  struct Options {
    int batch = 32;  ///< Messages taken at once, 1–1000.
    /// Which messages are its own to send. Dispatchers with equal shares may run side by side;
    /// those of a busy fleet keep out of each other's way if each has another. Together they must
    /// have all. One that is not valid is taken as the whole.
    OutboxShare share = {};
    /// Longer than a batch takes, 1 s – 1 h: then nobody else takes its messages.
    TimeMs lease_ms = 60'000;
    TimeMs first_retry_ms = 2'000;          ///< Doubles with every attempt, with jitter …
    TimeMs longest_retry_ms = 15 * 60'000;  ///< … up to this.
  };
  /// What the dispatcher works with. All must live as long as the dispatcher.
  struct Parts {
    Store& store;
    KeyRing& keys;
    Sender& sender;
    EventSink& events;
    Clock& clock = system_clock();
    Entropy& entropy = system_entropy();
    Observer* observer = nullptr;  ///< None: nobody observes.
  };
  /// What one pump did.
  struct Counts {
    int taken = 0;
    int accepted = 0;
    int given_up = 0;
    int superseded = 0;
    int deferred = 0;  ///< To be tried again: refused for now, no answer, or the key is missing.
  };

  explicit Dispatcher(Parts parts);
  Dispatcher(Parts parts, Options options);

  /// Takes one batch of due messages and handles each. `taken` 0 means that nothing is due. Fails
  /// only when the store does; what was handed over and could not be settled is handed over again
  /// with the same idempotency key.
  result<Counts> pump();

  /// How the last hand-overs went. Thread-safe.
  DeliveryHealth health() const;

 private:
  result<Settlement> handle(const Message& message, TimeMs now, Counts& counts);
  SendResult hand_over(const Message& message, const std::function<SendResult()>& hand);
  void observe(const Message& message, std::string_view outcome) const noexcept;

  Parts parts_;
  Options options_;
  mutable std::mutex health_mutex_;
  DeliveryHealth health_;  // guarded by the mutex
};

}  // namespace ringfence
