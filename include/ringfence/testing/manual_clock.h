#pragma once

#include <atomic>

#include "ringfence/clock.h"

namespace ringfence::testing {

/// A clock that moves only when told. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimeMs now = 1'800'000'000'000) : now_(now) {}
  TimeMs now_ms() noexcept override { return now_; }
  void pause(TimeMs) noexcept override {}
  void advance(TimeMs duration_ms) noexcept { now_ += duration_ms; }
  void set(TimeMs now) noexcept { now_ = now; }

 private:
  std::atomic<TimeMs> now_;
};

}  // namespace ringfence::testing
