#include "printable.h"

namespace demo {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

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
