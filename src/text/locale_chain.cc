#include "text/locale_chain.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ringfence::text {
namespace {

// A locale, and it without its last parts, down to the language.
std::vector<std::string> shortened(std::string locale) {
  std::vector<std::string> out;
  for (;;) {
    out.push_back(locale);
    const std::size_t hyphen = locale.rfind('-');
    if (hyphen == std::string::npos) return out;
    locale.resize(hyphen);
    // A part of one character says what the next one means: it does not stand at the end.
    if (const auto before = locale.rfind('-');
        before != std::string::npos && before + 2 == locale.size())
      locale.resize(before);
  }
}

std::string_view part(std::string_view locale, int index) {
  for (; index > 0; --index) {
    const std::size_t hyphen = locale.find('-');
    if (hyphen == std::string_view::npos) return {};
    locale.remove_prefix(hyphen + 1);
  }
  return locale.substr(0, locale.find('-'));
}

}  // namespace

std::vector<std::string> locale_chain(const std::string& locale) {
  std::vector<std::string> out = shortened(locale);
  if (part(locale, 0) != "zh") return out;
  constexpr std::array<std::string_view, 3> traditional = {"TW", "HK", "MO"};
  std::string script(part(locale, 1));
  if (script.size() != 4) {
    const bool hant =
        std::find(traditional.begin(), traditional.end(), script) != traditional.end();
    script = hant ? "Hant" : "Hans";
    std::string with_script = locale;
    for (const std::string& one : shortened(with_script.insert(2, "-" + script)))
      out.push_back(one);
  }
  if (locale != "zh") std::erase(out, "zh");
  if (script == "Hans") out.emplace_back("zh");
  return out;
}

}  // namespace ringfence::text
