#include "ringfence/text.h"

#include <unistr.h>

#include <cstdint>

namespace ringfence {

bool valid_text(std::string_view text, std::size_t least, std::size_t most) noexcept {
  return text.size() >= least && text.size() <= most && text.find('\0') == std::string_view::npos &&
         u8_check(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()) == nullptr;
}

}  // namespace ringfence
