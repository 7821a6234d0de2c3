#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringfence::smtp {

/// The longest that a text of so many bytes becomes.
constexpr std::size_t quoted_printable_room(std::size_t size) { return 4 * size + 8; }

/// Appends a text as quoted-printable (RFC 2045, 6.7): lines of at most 76 characters of ASCII that
/// end in CRLF. A line break of the text, LF or CRLF, stays one.
void append_quoted_printable(std::string& out, std::string_view text);

}  // namespace ringfence::smtp
