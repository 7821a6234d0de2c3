#pragma once

#include <string>
#include <string_view>

/// Names of headers and the like do not tell upper from lower case: ASCII alone, in any locale.
namespace ringfence::http {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

}  // namespace ringfence::http
