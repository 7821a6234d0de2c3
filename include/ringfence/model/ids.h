#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ringfence {

/// 128 random bits: the id of a flow, a message or a change (R23). All zeros means none.
struct Id128 {
  std::array<std::uint8_t, 16> bytes{};

  /// 32 lower-case hexadecimal digits.
  std::string hex() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(32);
    for (const std::uint8_t byte : bytes) {
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
    return out;
  }
  /// Reads what `hex()` wrote; anything else gives nothing.
  static std::optional<Id128> from_hex(std::string_view text) {
    if (text.size() != 32) return std::nullopt;
    Id128 id;
    for (std::size_t i = 0; i < 32; ++i) {
      const char c = text[i];
      const int nibble = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (nibble < 0) return std::nullopt;
      id.bytes[i / 2] = static_cast<std::uint8_t>(static_cast<unsigned>(id.bytes[i / 2]) << 4U |
                                                  static_cast<unsigned>(nibble));
    }
    return id;
  }
  bool empty() const { return *this == Id128{}; }
  friend auto operator<=>(const Id128&, const Id128&) = default;
};

/// Which account: the host's id, within a realm (tenant). Nothing crosses realms (DOMAIN 1).
struct AccountKey {
  std::string realm = {};  ///< 0–128 bytes of UTF-8 without NUL; empty is the default realm.
  std::string id = {};     ///< 1–128 bytes of UTF-8 without NUL; never changes.

  friend auto operator<=>(const AccountKey&, const AccountKey&) = default;
};

/// A random tag that a record gets with every commit; 0 says that there is no record. Never a
/// counter: a record erased and made again must not look unchanged.
using Version = std::uint64_t;

}  // namespace ringfence

template <>
struct std::hash<ringfence::Id128> {
  std::size_t operator()(const ringfence::Id128& id) const noexcept {
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
  }
};
