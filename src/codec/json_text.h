#pragma once

#include <string>
#include <string_view>

namespace ringfence::codec {

/// The longest that a text of so many bytes becomes as JSON.
constexpr std::size_t json_text_room(std::size_t size) { return 6 * size + 2; }

/// Appends a text as JSON, quotes included. For what holds secrets: with `json_text_room` reserved
/// no copy is left behind, as a library's writer would leave. The text is UTF-8.
inline void append_json_text(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20U) {
      out += "\\u00";
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace ringfence::codec
