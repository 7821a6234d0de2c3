#include "printable.h"

namespace demo {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters too: C2 80 to C2 9F in UTF-8.
    const bool c1 =
        byte == 0xC2U && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0U;
    if (c1) ++i;
    out += c1 || byte < 0x20U || byte == 0x7FU ? '?' : text[i];
  }
  return out;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 40;
  if (text.size() <= most) return '"' + printable(text) + '"';
  std::size_t end = most;
  while (end > 0 && continues(text[end])) --end;
  return '"' + printable(text.substr(0, end)) + "...\"";
}

int PrefixBuffer::overflow(int c) {
  if (c == traits_type::eof()) return 0;
  if (c != '\n') {
    line_ += traits_type::to_char_type(c);
    return c;
  }
  const std::string whole = prefix_ + printable(line_) + "\n";
  line_.clear();
  const auto size = static_cast<std::streamsize>(whole.size());
  return target_->sputn(whole.data(), size) == size ? c : traits_type::eof();
}

}  // namespace demo
