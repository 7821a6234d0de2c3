#include "ringfence/sms.h"

#include <unistr.h>

#include <cstdint>

namespace ringfence {
namespace {

constexpr std::u32string_view basic =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr std::u32string_view extension = U"\f^{}\\[~]|€";  // each after an escape

int septets(char32_t c) {
  return basic.find(c) != basic.npos ? 1 : extension.find(c) != extension.npos ? 2 : 0;
}
int units(char32_t c) { return c > 0xFFFF ? 2 : 1; }

// Calls `each` for every character, until it returns false.
template <class Each>
void characters(std::string_view text, const Each& each) {
  while (!text.empty()) {
    ucs4_t c = 0;
    const int read =
        u8_mbtoucr(&c, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    if (!each(read > 0 ? static_cast<char32_t>(c) : U'\uFFFD')) return;
    text.remove_prefix(read > 0 ? static_cast<std::size_t>(read) : 1);
  }
}

}  // namespace

SmsSize sms_size(std::string_view text) noexcept {
  bool gsm7 = true;
  characters(text, [&](char32_t c) { return gsm7 = septets(c) != 0; });
  const int whole = gsm7 ? 160 : 70;
  const int part = gsm7 ? 153 : 67;
  SmsSize size{.alphabet = gsm7 ? SmsAlphabet::gsm7 : SmsAlphabet::ucs2};
  int used = 0;  // of the last part
  characters(text, [&](char32_t c) {
    const int more = gsm7 ? septets(c) : units(c);
    if (used + more > part) {
      ++size.segments;
      used = 0;
    }
    used += more;
    size.units += more;
    return true;
  });
  if (size.units <= whole) size.segments = 1;
  return size;
}

}  // namespace ringfence
