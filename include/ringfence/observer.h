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

/// One observation. The names are a promise:
///
/// | name | kind | subject | outcome |
/// |---|---|---|---|
/// | `ringfence.calls` | counter | the step: `set_target`, … | `ok`, a verdict, or an error's name
/// | | `ringfence.call_ms` | timing | the same | the same | | `ringfence.refused` | event | the
/// step | an error's name: refusals are not stored anywhere | | `ringfence.conflicts` | counter |
/// the step | the call's; commits that others came before | | `ringfence.risk` | event |
/// `before_send`, `before_effect` | the advisor's answer | | `ringfence.deliveries` | counter | a
/// message's purpose | `accepted`, `deferred`, `given_up`, `superseded` | | `ringfence.delivery_ms`
/// | timing | `text`, `voice`, `event` | the same; only of what was handed over |
///
/// More may be added in a minor version.
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
