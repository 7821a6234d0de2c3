#pragma once

#include <cstdint>
#include <mutex>

#include "ringfence/entropy.h"

namespace ringfence::testing {

/// Entropy that repeats itself: the same number gives the same seeds. For tests only. Thread-safe.
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t number) : number_(number) {}
  result<void> fill(Seed& seed) noexcept override {
    const std::lock_guard lock(mutex_);
    // Which number and which draw; `Draw` spreads them.
    ++drawn_;
    for (std::size_t i = 0; i < 8; ++i) {
      seed.reveal()[i] = static_cast<std::uint8_t>(number_ >> (8 * i));
      seed.reveal()[8 + i] = static_cast<std::uint8_t>(drawn_ >> (8 * i));
    }
    return ok();
  }

 private:
  std::mutex mutex_;
  const std::uint64_t number_;
  std::uint64_t drawn_ = 0;
};

}  // namespace ringfence::testing
