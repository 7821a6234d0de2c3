#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "ringfence/error.h"

namespace ringfence::postgres {

/// Until when a call may wait; none: as long as it takes.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  Deadline() = default;
  /// `ms` from now; 0: none.
  static Deadline in(TimeMs ms) {
    Deadline out;
    // No further than a clock can count.
    if (ms > 0) out.at_ = Clock::now() + std::chrono::milliseconds(std::min(ms, longest_ms));
    return out;
  }
  /// This, but no later than `ms` from now.
  Deadline within(TimeMs ms) const {
    const Deadline other = in(ms);
    return at_ && *at_ < *other.at_ ? *this : other;
  }

  const std::optional<Clock::time_point>& at() const { return at_; }
  bool passed() const { return at_ && Clock::now() >= *at_; }
  /// What `poll` takes: -1 waits as long as it takes; rounded up, so that it does not spin.
  int poll_ms() const {
    if (!at_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*at_ - Clock::now()).count();
    return static_cast<int>(std::clamp<TimeMs>(left, 0, longest_ms));
  }

 private:
  static constexpr TimeMs longest_ms = TimeMs{24} * 60 * 60 * 1000;

  std::optional<Clock::time_point> at_;
};

}  // namespace ringfence::postgres
