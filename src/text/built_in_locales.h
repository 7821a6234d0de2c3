#pragma once

#include <span>
#include <string_view>

namespace ringfence::text {

struct BuiltInLocale {
  std::string_view locale;
  std::string_view json;
};

/// The files in `locales/`.
std::span<const BuiltInLocale> built_in_locales();

}  // namespace ringfence::text
