#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "ringfence/model/mask.h"
#include "ringfence/result.h"

namespace ringfence {

/// A telephone number in its one worldwide form (E.164, R21). 8 bytes, trivially copyable, ordered,
/// hashable.
///
/// Made only by `parse_phone`, or from its own stored form: so what is stored, compared and sent to
/// is the same (R22).
class PhoneNumber {
 public:
  /// `+` and the digits, e.g. `+8613912343672`. An Italian leading zero is kept: `+390612345678`.
  std::string e164() const { return "+" + std::to_string(digits()); }
  /// Reads what `e164()` wrote, e.g. from a store, with the number of digits of its country code
  /// (1–3). No other spelling is taken and no metadata is asked.
  static std::optional<PhoneNumber> from_e164(std::string_view text, unsigned country_code_digits) {
    if (text.size() < 5 || text.size() > 16 || text[0] != '+' || text[1] == '0')
      return std::nullopt;
    if (country_code_digits < 1 || country_code_digits > 3) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text.substr(1)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return PhoneNumber(value << 2U | country_code_digits);
  }
  /// The number of digits of the country code, 1–3.
  unsigned country_code_digits() const { return static_cast<unsigned>(value_ & 3U); }
  /// The country code, e.g. 86.
  int country_code() const { return std::stoi(e164().substr(1, country_code_digits())); }
  /// The national number with its middle hidden, e.g. `139****3672` (DOMAIN 2).
  std::string masked() const { return mask_digits(e164().substr(1 + country_code_digits())); }

  friend auto operator<=>(const PhoneNumber&, const PhoneNumber&) = default;
  friend struct std::hash<PhoneNumber>;

 private:
  explicit PhoneNumber(std::uint64_t value) : value_(value) {}
  std::uint64_t digits() const { return value_ >> 2U; }

  // The digits as a number, above two bits with the length of the country code.
  std::uint64_t value_;
};

static_assert(sizeof(PhoneNumber) == 8 && std::is_trivially_copyable_v<PhoneNumber>);

struct PhonePolicy;

/// Reads a telephone number as a person writes it.
///
/// `region` is the ISO 3166 country (`"CN"`) in which a number without `+` or `00` is read, and
/// whose own prefix for calls abroad is known, e.g. `0011` in Australia; empty takes only worldwide
/// spellings. Digits of other scripts are read as the digits they are (A23).
/// Refused, never cut off: extensions, letters, pauses, numbers that exist in one country only, and
/// more than 15 digits (A25) with `invalid_number`; types, regions and prefixes that the policy
/// excludes with `number_type_not_allowed` and `region_not_allowed`. Thread-safe.
result<PhoneNumber> parse_phone(std::string_view text, std::string_view region,
                                const PhonePolicy& policy);

}  // namespace ringfence

template <>
struct std::hash<ringfence::PhoneNumber> {
  std::size_t operator()(const ringfence::PhoneNumber& number) const noexcept {
    return std::hash<std::uint64_t>{}(number.value_);
  }
};
