#pragma once

#include "ringfence/error.h"

namespace ringfence {

/// Whether a clock may show this: after 1970, and so early that sums stay in range and JSON holds
/// it exactly.
constexpr bool is_time(TimeMs time) noexcept { return time > 0 && time <= TimeMs{1} << 53U; }

/// Where the time comes from. Implementations are called from any thread and never fail.
class Clock {
 public:
  virtual ~Clock() = default;
  /// The time of day. It may jump; ringfence bears that (A31).
  virtual TimeMs now_ms() noexcept = 0;
  /// Waits about this long, at most a second. Called between tries when other calls change the same
  /// records.
  virtual void pause(TimeMs duration_ms) noexcept = 0;
};

/// The clock of the operating system. Static storage.
Clock& system_clock() noexcept;

}  // namespace ringfence
