#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/clock.h"
#include "ringfence/entropy.h"
#include "ringfence/event_sink.h"
#include "ringfence/health.h"
#include "ringfence/keys.h"
#include "ringfence/model/policy.h"
#include "ringfence/observer.h"
#include "ringfence/sender.h"
#include "ringfence/store.h"
#include "ringfence/templates.h"

namespace ringfence {

/// What goes through one way out of a dispatcher: SMS, calls, mail or events. Each dispatcher has
/// its own count: of many, each gets its part. What does not get through waits and is not charged.
/// What is out of bounds is taken as the nearest bound.
struct LaneOptions {
  int at_once = 0;     ///< Hand-overs under way at one time, 1–1000; 0: any number.
  int per_second = 0;  ///< Hand-overs begun within any second, 1–10 000; 0: any number.
  /// After so many hand-overs in a row that were refused for now or not answered, 1–1000, nothing
  /// is handed over for `broken_ms`; then one message tries, and if that fails, too, it is the same
  /// again. 0: never.
  int failures_to_break = 20;
  TimeMs broken_ms = 30'000;  ///< 1 s – 1 h
};

/// How many codes to telephones may be sent: to numbers that begin like this. Each dispatcher keeps
/// its own count, which begins anew with it: of many, give each its part.
struct Budget {
  std::string prefix = {};           ///< `+` and digits; empty: all numbers.
  std::vector<Window> windows = {};  ///< Up to 10 000 codes in 1 s – 7 days; 0 codes: none.
};

/// Against traffic that is made to be paid for: where hardly any code that is sent to a new number
/// is given back, no more are sent to that country for a while (A20). Each dispatcher judges by
/// what it has sent itself.
struct ConversionOptions {
  int least_codes = 0;    ///< Judged by so many codes of a country, 1–10 000; 0: not at all.
  int least_percent = 5;  ///< That are to be given back, 1–100.
  TimeMs window_ms = 3'600'000;  ///< Within so long, 1 min – 1 day.
  TimeMs closed_ms = 3'600'000;  ///< How long no more are sent then, 1 min – 1 day.
};

/// A message that is not tried again, and why.
struct NotRetried {
  Id128 id = {};
  /// `too_late`: its `expires_at` has come, so it would be given up again. `not_given_up`: it is
  /// not a message that was given up.
  std::string_view reason = {};

  friend bool operator==(const NotRetried&, const NotRetried&) = default;
};

class Lane;
class Traffic;

/// Takes messages from the outbox and hands them over, until each is accepted, given up or
/// superseded (I4).
///
/// It has no thread: the host pumps it, or gives it threads to `run` on; one or many, in one
/// process or many.
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
    TimeMs first_retry_ms = 2'000;  ///< Doubles with every attempt, with jitter …
    /// … up to this; a code, which does not live long, at most up to a quarter of the time it has
    /// left.
    TimeMs longest_retry_ms = 15 * 60'000;
    TimeMs idle_ms = 500;  ///< How long `run` waits when nothing is due, 10 ms – 1 min.
    LaneOptions sms = {};
    LaneOptions voice = {};
    LaneOptions email = {};
    LaneOptions events = {};
    std::vector<Budget> budgets = {};  ///< A code has to fit into each that is about its number.
    ConversionOptions conversion = {};
  };
  /// What the dispatcher works with. All must live as long as the dispatcher.
  struct Parts {
    Store& store;
    KeyRing& keys;
    Sender& sender;
    EventSink& events;
    Clock& clock = system_clock();
    Entropy& entropy = system_entropy();
    Observer* observer = nullptr;          ///< None: nobody observes.
    const Templates* templates = nullptr;  ///< The words for people. None: those that are built in.
    Sender* mail = nullptr;                ///< What takes messages to emails. None: `sender`.
  };
  /// What one pump did.
  struct Counts {
    int taken = 0;
    int accepted = 0;
    int given_up = 0;
    int superseded = 0;
    int deferred = 0;  ///< To be tried again: refused for now, no answer, or the key is missing.
    int held = 0;  ///< Not handed over yet: its way out is full or broken, or a budget is spent.
  };

  explicit Dispatcher(Parts parts);
  Dispatcher(Parts parts, Options options);
  ~Dispatcher();

  /// Takes one batch of due messages and handles each. `taken` 0 means that nothing is due. Fails
  /// only when the store does; what was handed over and could not be settled is handed over again
  /// with the same idempotency key.
  result<Counts> pump();
  /// Pumps on this thread until `stop` is requested. Then it ends the hand-over that is under way,
  /// gives back what it has taken besides, and returns. It goes on when the store fails, and tells
  /// the observer.
  void run(std::stop_token stop);
  /// Pumps until nothing is due any more, at most for so long: before a shutdown, say. What was
  /// deferred stays in the outbox. Returns the sum.
  result<Counts> drain(TimeMs at_most_ms);

  /// Up to `max`, 1–1000, messages of all accounts and shares that were given up, the first created
  /// first; `outcome` says why. For the next ones give it the `place_of` the last one. Thread-safe.
  result<std::vector<Message>> given_up(const MessagePlace& after = {}, int max = 100);
  /// Makes messages due now that were given up, as `given_up` has listed them: whoever pumps next
  /// tries them again. They keep their id, the idempotency key, and their attempts are counted on.
  /// A code that was replaced meanwhile is not sent again: it ends as superseded. Of a list that is
  /// old, what is given up no more, or was tried and given up again, stays as it is. Returns those
  /// that by the list itself are not tried again; not those that were swept, or that somebody else
  /// retried, since it was made: the store passes over them and does not say so. If it fails, some
  /// may be due; call it again with the same list. Thread-safe.
  result<std::vector<NotRetried>> retry(std::span<const Message> messages);

  /// How the last hand-overs went. Thread-safe.
  DeliveryHealth health() const;

 private:
  struct Lanes;
  result<Counts> pump(const std::stop_token& stop);
  void judge_traffic(TimeMs now);
  result<Settlement> handle(const Message& message, TimeMs now, Counts& counts,
                            std::optional<TimeMs>& handed);
  SendResult hand(const Message& message, const SecretText& code, TimeMs lifetime_ms);
  SendResult hand_over(Lane& lane, const Message& message, const SecretText& code,
                       TimeMs lifetime_ms, TimeMs now, std::optional<TimeMs>& ended);
  void observe(const Message& message, std::string_view outcome) const noexcept;

  Parts parts_;
  Options options_;
  std::unique_ptr<Lanes> lanes_;
  std::unique_ptr<Traffic> traffic_;
};

}  // namespace ringfence
