#pragma once

#include <algorithm>
#include <vector>

#include "ringfence/model/policy.h"

/// Exact windows over the times of the last sends, and the growing wait after wrong codes (DOMAIN
/// 6, R04, R06, R19).
namespace ringfence::workflow {

using Windows = std::vector<Window>;
using SendTimes = std::vector<TimeMs>;

inline TimeMs longest_span(const Windows& windows) {
  TimeMs longest = 0;
  for (const Window& window : windows) longest = std::max(longest, window.span_ms);
  return longest;
}

/// From when on one more send is within all windows; `now` if it is now.
///
/// A time further ahead than the longest window was written by a wrong clock and is passed over;
/// one that is ahead by less counts, so that setting a clock back frees nothing (A31).
inline TimeMs allowed_at(const SendTimes& sends, const Windows& windows, TimeMs now) {
  const TimeMs horizon = now + longest_span(windows);
  SendTimes times;
  for (const TimeMs time : sends) {
    if (time <= horizon) times.push_back(time);
  }
  std::sort(times.begin(), times.end());
  TimeMs allowed = now;
  for (const Window& window : windows) {
    const auto count = static_cast<std::size_t>(window.count);
    // The window is full while the count-th last send is within it.
    if (times.size() >= count)
      allowed = std::max(allowed, times[times.size() - count] + window.span_ms);
  }
  return allowed;
}

/// Adds a send, and forgets those that no window can see any more.
inline void record_send(SendTimes& sends, const Windows& windows, TimeMs now) {
  const TimeMs span = longest_span(windows);
  std::erase_if(sends, [&](TimeMs time) { return time <= now - span || time > now + span; });
  sends.push_back(now);
  std::size_t most = 0;
  for (const Window& window : windows)
    most = std::max(most, static_cast<std::size_t>(window.count));
  std::sort(sends.begin(), sends.end());
  if (sends.size() > most)
    sends.erase(sends.begin(), sends.end() - static_cast<std::ptrdiff_t>(most));
}

/// From when on the next try is allowed after so many consecutive failures: after every
/// `failures_before_delay`-th one there is a wait, each twice the one before, up to
/// `longest_delay_ms`. It ends by itself, so that nobody is locked out by it for good (A15).
inline TimeMs next_try_at(int failures, TimeMs last_at, const Policy& policy, TimeMs now) {
  const int steps = failures / policy.failures_before_delay;
  if (steps == 0 || failures % policy.failures_before_delay != 0) return now;
  TimeMs delay = policy.first_delay_ms;
  for (int i = 1; i < steps && delay < policy.longest_delay_ms; ++i) delay *= 2;
  delay = std::min(delay, policy.longest_delay_ms);
  if (last_at > now + policy.longest_delay_ms) return now;  // written by a wrong clock
  return std::max(now, last_at + delay);
}

}  // namespace ringfence::workflow
