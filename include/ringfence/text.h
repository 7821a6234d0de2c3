#pragma once

#include <cstddef>
#include <string_view>

namespace ringfence {

/// Whether the text is UTF-8 without NUL of `least` to `most` bytes.
bool valid_text(std::string_view text, std::size_t least, std::size_t most) noexcept;

}  // namespace ringfence
