#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "ringfence/model/ids.h"
#include "ringfence/secret.h"

/// The cryptographic functions the core needs. All are pure and thread-safe.
namespace ringfence::crypto {

using Key = SecretBytes<32>;

/// The first 64 bits, big-endian, of HMAC-SHA-256 over the fields, each preceded by its length in 4
/// bytes, big-endian: no two different lists of fields give the same input.
std::uint64_t mac64(const Key& key, std::span<const std::string_view> fields) noexcept;

/// The first 128 bits of the same, for what is kept and compared (the audit chain).
Id128 mac128(const Key& key, std::span<const std::string_view> fields) noexcept;

/// A 128-bit digest over the fields, framed in the same way. For comparing without keeping
/// (sessions, request ids).
Id128 digest(std::span<const std::string_view> fields) noexcept;

/// Whether two texts are equal, in a time that depends on their lengths only (R24).
bool equal(std::string_view a, std::string_view b) noexcept;

}  // namespace ringfence::crypto
