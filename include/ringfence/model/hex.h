#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Bytes as lower-case hexadecimal digits, two for each: how ids are written.
namespace ringfence::hex {

inline std::string write(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(2 * bytes.size(), '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out[2 * i] = digits[byte >> 4U];
    out[2 * i + 1] = digits[byte & 15U];
  }
  return out;
}

/// Fills an array or a text from what `write` wrote; false if it is anything else, or of another
/// size.
template <class Bytes>
bool read(std::string_view text, Bytes& bytes) {
  if (text.size() != 2 * bytes.size()) return false;
  const auto nibble = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = nibble(text[2 * i]);
    const int low = nibble(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<typename Bytes::value_type>(16 * high + low);
  }
  return true;
}

}  // namespace ringfence::hex
