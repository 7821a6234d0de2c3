#include "sender/smtp/quoted_printable.h"

namespace ringfence::smtp {
namespace {

constexpr std::size_t longest_line = 76;

bool at_line_end(std::string_view rest) {
  return rest.empty() || rest.starts_with('\n') || rest.starts_with("\r\n");
}

}  // namespace

void append_quoted_printable(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::size_t column = 0;
  while (!text.empty()) {
    if (text.starts_with('\n') || text.starts_with("\r\n")) {
      text.remove_prefix(text.front() == '\n' ? 1 : 2);
      out += "\r\n";
      column = 0;
      continue;
    }
    const auto byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    const bool space = byte == ' ' || byte == '\t';
    // White space before a line break is lost on the way, so it is not left to itself.
    const bool literal = space ? !at_line_end(text) : byte > ' ' && byte < 0x7fU && byte != '=';
    const std::size_t size = literal ? 1 : 3;
    // The last place of a line is for the `=` that continues it, unless the line ends here.
    if (column + size > longest_line - (at_line_end(text) ? 0 : 1)) {
      out += "=\r\n";
      column = 0;
    }
    if (literal) {
      out += static_cast<char>(byte);
    } else {
      out += '=';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
    column += size;
  }
}

}  // namespace ringfence::smtp
