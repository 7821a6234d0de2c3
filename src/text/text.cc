#include "ringfence/text.h"

#include <unictype.h>
#include <unistr.h>

#include <cstdint>

namespace ringfence {

bool valid_text(std::string_view text, std::size_t least, std::size_t most) noexcept {
  return text.size() >= least && text.size() <= most && text.find('\0') == std::string_view::npos &&
         u8_check(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()) == nullptr;
}

std::string printable(std::string_view text) {
  constexpr std::uint32_t unfit = UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp;
  std::string out;
  while (!text.empty()) {
    ucs4_t character = 0;
    const int read =
        u8_mbtoucr(&character, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    const std::size_t size = read > 0 ? static_cast<std::size_t>(read) : 1;
    const bool fit = read > 0 && !uc_is_general_category_withtable(character, unfit);
    out += fit ? text.substr(0, size) : "?";
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace ringfence
