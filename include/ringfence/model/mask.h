#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// How an address is shown to someone who may know that it is there, but not what it is (DOMAIN 2).
namespace ringfence {

/// Digits with their middle hidden: at most the first three and the last four stay, at least four
/// digits do not. The number of stars is the number of hidden digits: `139****3672`.
inline std::string mask_digits(std::string_view digits) {
  const std::size_t shown = digits.size() > 4 ? digits.size() - 4 : 0;
  const std::size_t last = shown < 4 ? shown : 4;
  const std::size_t first = shown - last < 3 ? shown - last : 3;
  return std::string(digits.substr(0, first)) + std::string(digits.size() - first - last, '*') +
         std::string(digits.substr(digits.size() - last));
}

/// An email with its local part hidden but for the first and last letter; five stars whatever its
/// length: `l*****n@example.com`.
inline std::string mask_email(std::string_view email) {
  const std::size_t at = email.rfind('@');
  if (at == std::string_view::npos || at == 0) return "*****";
  const std::string_view local = email.substr(0, at);
  std::string out(1, local.front());
  out += "*****";
  if (local.size() > 2) out += local.back();
  return out + std::string(email.substr(at));
}

}  // namespace ringfence
