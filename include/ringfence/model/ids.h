#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ringfence/model/hex.h"

namespace ringfence {

/// 128 random bits: the id of a flow, a message or a change (R23). All zeros means none.
struct Id128 {
  std::array<std::uint8_t, 16> bytes{};

  /// 32 lower-case hexadecimal digits.
  std::string hex() const {
    return hex::write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  /// Reads what `hex()` wrote; anything else gives nothing.
  static std::optional<Id128> from_hex(std::string_view text) {
    Id128 id;
    return hex::read(text, id.bytes) ? std::optional(id) : std::nullopt;
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
