#pragma once

#include <cstdint>
#include <string_view>

/// What the library does, for the host's metrics and logs. Nothing in it is an address, a code, a
/// key or an account id (R25): what belongs together is known by the trace id of the call.
namespace ringfence {

enum class ObservationKind : std::uint8_t {
  counter,  ///< `value` more of it.
  timing,   ///< `value` milliseconds.
  event,    ///< It happened.
};

constexpr std::string_view name(ObservationKind kind) noexcept {
  return kind == ObservationKind::counter  ? "counter"
         : kind == ObservationKind::timing ? "timing"
                                           : "event";
}

/// One observation. The names are a promise; more may be added in a minor version.
///
/// - `ringfence.calls`, a counter: the step (`set_target`, …) and how it ended: `ok`, a verdict, or
///   the name of the error it was refused with. Refusals are not stored anywhere else.
/// - `ringfence.call_ms`, a timing, of the same.
/// - `ringfence.conflicts`, a counter, of the same: commits that others came before.
/// - `ringfence.risk`, an event: `before_send` or `before_effect`, and what the advisor answered.
/// - `ringfence.deliveries`, a counter: a message's purpose, and `accepted`, `deferred`, `held`,
///   `given_up` or `superseded`.
/// - `ringfence.delivery_ms`, a timing: `text`, `voice` or `event`, and how it ended; only of what
///   was handed over.
/// - `ringfence.dispatcher_failures`, a counter: why `Dispatcher::run` could not pump.
struct Observation {
  std::string_view name;
  ObservationKind kind = ObservationKind::counter;
  std::int64_t value = 1;
  std::string_view subject = {};
  std::string_view outcome = {};
  std::string_view trace_id = {};  ///< `Call::trace_id`; empty if the call had none.
};

/// Who observes.
///
/// `observe` is called from the thread of the call, or from the one that pumps the dispatcher,
/// without any lock held, after the fact; from many threads at once. It should be quick. The texts
/// are valid during the call only. It may throw: nobody minds.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void observe(const Observation& observation) = 0;
};

}  // namespace ringfence
