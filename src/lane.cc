#include "lane.h"

#include <algorithm>

namespace ringfence {
namespace {

constexpr TimeMs full_wait_ms = 100;  // a hand-over may end at any moment

LaneOptions bounded(LaneOptions options) {
  options.at_once = std::clamp(options.at_once, 0, 1000);
  options.per_second = std::clamp(options.per_second, 0, 10'000);
  options.failures_to_break = std::clamp(options.failures_to_break, 0, 1000);
  options.broken_ms = std::clamp<TimeMs>(options.broken_ms, second_ms, hour_ms);
  return options;
}

}  // namespace

Lane::Lane(const LaneOptions& options) : options_(bounded(options)) {}

// How long the rate makes the next one wait. Those that wait get slots of their own, one after the
// other: if all came back at the end of the second, most would wait once more. Urgent ones have a
// row of their own: behind an hour of notices a code would be too late before it was tried.
TimeMs Lane::over_rate_ms(TimeMs now, bool urgent) {
  if (options_.per_second == 0) return 0;
  // A clock that was set back must not keep the lane shut.
  while (!begun_.empty() && (begun_.front() <= now - second_ms || begun_.front() > now + second_ms))
    begun_.pop_front();
  if (begun_.size() < static_cast<std::size_t>(options_.per_second)) return 0;
  const TimeMs free_at = begun_.front() + second_ms;
  TimeMs& next = urgent ? next_urgent_ : next_slot_;
  if (next < free_at || next > now + hour_ms) next = free_at;
  const TimeMs slot = next;
  next += std::max<TimeMs>(second_ms / options_.per_second, 1);
  return slot - now;
}

Lane::Entry Lane::enter(TimeMs now, bool urgent) {
  const std::lock_guard lock(mutex_);
  TimeMs& broken_until = health_.broken_until;
  if (broken_until > now + options_.broken_ms) broken_until = now;  // the clock was set back
  if (broken_until != 0 && (now < broken_until || probing_)) {
    return {Gate::broken, std::max(broken_until - now, second_ms)};
  }
  if (options_.at_once != 0 && under_way_ >= options_.at_once) return {Gate::full, full_wait_ms};
  if (const TimeMs wait = over_rate_ms(now, urgent); wait > 0) return {Gate::full, wait};
  if (options_.per_second != 0) begun_.push_back(now);
  probing_ = broken_until != 0;
  ++under_way_;
  return {};
}

void Lane::leave(SendResult::Outcome outcome, TimeMs now) {
  const bool accepted = outcome == SendResult::Outcome::accepted;
  const bool answered = accepted || outcome == SendResult::Outcome::permanent ||
                        outcome == SendResult::Outcome::unreachable;
  const std::lock_guard lock(mutex_);
  --under_way_;
  (accepted ? health_.last_accepted_at : health_.last_failed_at) = now;
  health_.failures_in_a_row = accepted ? 0 : health_.failures_in_a_row + 1;
  streak_ = answered ? 0 : streak_ + 1;
  if (answered) {
    health_.broken_until = 0;
  } else if (options_.failures_to_break != 0 &&
             (streak_ >= options_.failures_to_break || health_.broken_until != 0)) {
    health_.broken_until = now + options_.broken_ms;
  }
  probing_ = false;
}

RouteHealth Lane::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

}  // namespace ringfence
