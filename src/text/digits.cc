#include "text/digits.h"

#include <unictype.h>
#include <unistr.h>

#include <algorithm>
#include <cstdint>

#include "ringfence/text.h"

namespace ringfence {
namespace {

// What text is pasted with: marks of direction (all but the override that shows digits in another
// order than they are dialled), joiners, a byte order mark.
bool invisible(ucs4_t c) {
  return c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202D) ||
         c == 0x2060 || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

bool separator(ucs4_t c) {
  return c == ' ' || c == '\t' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/' ||
         c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || (c >= 0x2010 && c <= 0x2015) || c == 0x202F ||
         c == 0x2212 || c == 0x3000 || c == 0xFF08 || c == 0xFF09 || c == 0xFF0D || c == 0xFF0E;
}

}  // namespace

bool plain_digits(std::string_view text, std::string& out) {
  out.reserve(text.size());  // grown in place: it may be a code, and no copy shall stay behind
  const auto* at = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t left = text.size();
  while (left > 0) {
    ucs4_t c = 0;
    const int size = u8_mbtoucr(&c, at, left);
    if (size <= 0) return false;
    at += size;
    left -= static_cast<std::size_t>(size);
    if (const int digit = uc_decimal_value(c); digit >= 0) {
      out += static_cast<char>('0' + digit);
    } else if (c == '+' || c == 0xFF0B) {
      if (!out.empty()) return false;
      out += '+';
    } else if (!separator(c) && !invisible(c)) {
      return false;
    }
  }
  return true;
}

SecretText typed_code(std::string_view text) {
  constexpr std::size_t longest = 128;
  if (text.size() > longest) return {};
  // Line breaks around it come with what is pasted; one inside is of something else.
  constexpr std::string_view around = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(around), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(around) + 1));
  std::string digits;
  const bool good = plain_digits(text, digits);
  SecretText code(good ? std::string_view(digits) : "");
  wipe(digits);
  return code;
}

}  // namespace ringfence
