#include "text/ascii_domain.h"

#include <idn2.h>

#include <memory>

namespace ringfence {

// Not with IDN2_USE_STD3_ASCII_RULES, which is the check that drops.
std::optional<std::string> ascii_domain(const std::string& domain) {
  char* raw = nullptr;
  const int status = idn2_to_ascii_8z(domain.c_str(), &raw, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  const std::unique_ptr<char, void (*)(void*)> ascii(raw, idn2_free);
  if (status != IDN2_OK) return std::nullopt;
  return std::string(ascii.get());
}

}  // namespace ringfence
