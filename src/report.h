#pragma once

#include "ringfence/observer.h"

namespace ringfence {

/// Tells the observer, if there is one. Whatever it throws is its own affair.
inline void report(Observer* observer, const Observation& observation) noexcept {
  if (observer == nullptr) return;
  try {
    observer->observe(observation);
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
}

}  // namespace ringfence
