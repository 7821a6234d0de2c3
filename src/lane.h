#pragma once

#include <deque>
#include <mutex>

#include "ringfence/dispatcher.h"

namespace ringfence {

/// One way out of a dispatcher: how much may go through it, and whether it works. Thread-safe.
class Lane {
 public:
  explicit Lane(const LaneOptions& options);

  enum class Gate : std::uint8_t {
    open,
    full,    ///< As much is under way as may be, or as the rate allows.
    broken,  ///< It failed again and again and rests.
  };
  struct Entry {
    Gate gate = Gate::open;
    TimeMs wait_ms = 0;  ///< If not open: when to ask again.
  };
  /// Lets a hand-over begin, or says why not. Each that began must `leave`. What is urgent does not
  /// wait behind what is not.
  Entry enter(TimeMs now, bool urgent);
  /// How it ended. A refusal for good is an answer: the other side works.
  void leave(SendResult::Outcome outcome, TimeMs now);

  RouteHealth health() const;

 private:
  TimeMs over_rate_ms(TimeMs now, bool urgent);

  const LaneOptions options_;
  mutable std::mutex mutex_;
  // Guarded by the mutex:
  int under_way_ = 0;
  std::deque<TimeMs> begun_;  // within the last second, the oldest first
  TimeMs next_slot_ = 0;      // where the rate has room for the next one that waits
  TimeMs next_urgent_ = 0;    // and for the next urgent one
  bool probing_ = false;      // the lane is broken and one message tries it
  int streak_ = 0;            // failures since the other side last answered
  RouteHealth health_;
};

}  // namespace ringfence
