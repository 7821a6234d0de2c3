#pragma once

namespace ringfence::crypto {

/// Makes libsodium ready; whoever calls it uses it afterwards. Cheap after the first time;
/// thread-safe. Returns false if the system has no source of randomness.
bool start_sodium() noexcept;

}  // namespace ringfence::crypto
