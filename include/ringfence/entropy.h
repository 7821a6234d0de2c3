#pragma once

#include <cstdint>

#include "ringfence/model/ids.h"
#include "ringfence/result.h"
#include "ringfence/secret.h"

namespace ringfence {

/// 32 random bytes from which one decision draws all its random values.
using Seed = SecretBytes<32>;

/// Where randomness comes from. Implementations are called from any thread.
class Entropy {
 public:
  virtual ~Entropy() = default;
  /// Fills all of `seed` with unpredictable bytes, or fails: then the call that wanted them fails
  /// and changes nothing.
  virtual result<void> fill(Seed& seed) noexcept = 0;
};

/// The random source of the operating system. Static storage.
Entropy& system_entropy() noexcept;

/// Draws random values from one seed, always the same ones in the same order. Keeps decisions pure.
class Draw {
 public:
  explicit Draw(const Seed& seed) noexcept : seed_(seed) {}
  /// 128 bits: ids of flows, messages and changes, and nonces (R23).
  Id128 id() noexcept;
  /// 64 bits, never 0: a record's version tag.
  std::uint64_t tag() noexcept;

 private:
  Seed seed_;
  std::uint64_t drawn_ = 0;
};

}  // namespace ringfence
