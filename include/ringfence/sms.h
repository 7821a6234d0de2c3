#pragma once

#include <cstdint>
#include <string_view>

/// How large a text message is on the way to a telephone, which is how it is paid for.
namespace ringfence {

/// In which characters a network carries a text message.
enum class SmsAlphabet : std::uint8_t {
  gsm7,  ///< The 7-bit alphabet of GSM 03.38, if every character of the text is in it.
  ucs2,  ///< UTF-16, for all other texts.
};

constexpr std::string_view name(SmsAlphabet alphabet) noexcept {
  return alphabet == SmsAlphabet::gsm7 ? "gsm7" : "ucs2";
}

struct SmsSize {
  SmsAlphabet alphabet = SmsAlphabet::gsm7;
  /// Septets, of which the characters `^{}\[~]|€` take two, or units of UTF-16.
  int units = 0;
  /// Parts in which it travels. One part holds 160 septets or 70 units, one of several 153 or 67;
  /// what takes two is not cut in two. The empty text is one part, too.
  int segments = 1;

  friend bool operator==(const SmsSize&, const SmsSize&) = default;
};

/// The size of a text in UTF-8; a byte that is not counts as one character that GSM 03.38 has not.
/// Networks that have alphabets of single languages (shift tables) are not considered.
SmsSize sms_size(std::string_view text) noexcept;

}  // namespace ringfence
