#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "ringfence/error.h"
#include "ringfence/result.h"

/// The language a person reads, as a tag of BCP 47: `en`, `zh-Hans-CN`, `es-419`.
namespace ringfence {

constexpr std::size_t longest_locale =
    35;  ///< Bytes; what RFC 5646 asks everybody to have room for.

/// The tag in the one spelling in which it is kept: `zh-hans-cn` gives `zh-Hans-CN`. The empty text
/// is the empty text: no language is known. Refuses with `invalid_argument` what has not the form
/// of a tag: a language of 2–8 letters, then parts of 1–8 letters and digits, with hyphens between
/// them. Whether there is such a language is not asked.
inline result<std::string> parse_locale(std::string_view tag) {
  const auto refused = [] {
    return failure(ErrorCode::invalid_argument,
                   "a locale is a language tag of BCP 47 of at most 35 bytes, such as en or "
                   "zh-Hans-CN; it has hyphens and no underscores");
  };
  if (tag.empty()) return std::string();
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto lower = [&](char c) { return letter(c) ? static_cast<char>(c | 0x20) : c; };
  const auto upper = [&](char c) { return letter(c) ? static_cast<char>(c & ~0x20) : c; };
  if (tag.size() > longest_locale) return refused();
  std::string out;
  bool language = true;
  bool after_single = false;  // what follows a part of one character has a meaning of its own
  for (bool more = true; more;) {
    const std::size_t hyphen = tag.find('-');
    more = hyphen != std::string_view::npos;
    const std::string_view part = tag.substr(0, hyphen);
    tag.remove_prefix(more ? hyphen + 1 : tag.size());
    const bool fit = std::all_of(part.begin(), part.end(), [&](char c) {
      return letter(c) || (!language && c >= '0' && c <= '9');
    });
    const bool last_single = !more && part.size() == 1 && !after_single;
    if (!fit || part.empty() || part.size() > 8 || (language && part.size() < 2) || last_single)
      return refused();
    const bool special = !language && !after_single;
    if (!language) out += '-';
    for (std::size_t i = 0; i < part.size(); ++i) {
      const bool raised = special && (part.size() == 2 || (part.size() == 4 && i == 0));
      out += raised ? upper(part[i]) : lower(part[i]);
    }
    after_single = after_single || (special && part.size() == 1);
    language = false;
  }
  return out;
}

}  // namespace ringfence
