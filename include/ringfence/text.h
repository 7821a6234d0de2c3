#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ringfence/secret.h"

namespace ringfence {

/// Whether the text is UTF-8 without NUL of `least` to `most` bytes.
bool valid_text(std::string_view text, std::size_t least, std::size_t most) noexcept;

/// A code as a person types or pastes it: digits of any script are the digits they are; spaces,
/// hyphens, invisible marks and line breaks around it do not count. Empty if there is more in it.
SecretText typed_code(std::string_view text);

/// The text as it may stand in one line of a terminal or a log: what steers it or is no character
/// (control and format characters, line separators, bytes that are not UTF-8) becomes `?`.
std::string printable(std::string_view text);

}  // namespace ringfence
