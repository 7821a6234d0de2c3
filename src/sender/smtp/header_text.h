#pragma once

#include <string>
#include <string_view>

#include "ringfence/error.h"

/// What a person may write, in the header of a mail.
namespace ringfence::smtp {

/// Whether the text is UTF-8 of at most so many bytes, without line breaks and other control
/// characters of ASCII. What steers the direction of a text may be in it.
bool is_header_text(std::string_view text, std::size_t longest);

/// An `is_header_text` for a header such as `Subject`, to stand after its name: as it is if it is
/// short and ASCII, else in encoded words (RFC 2047), on lines of at most 76 characters.
std::string header_text(std::string_view text);

/// A name before an address, `Shop "A" <a@example.com>`: as words, or quoted, or encoded; with no
/// name the address alone.
std::string named_address(std::string_view name, std::string_view address);

/// e.g. `Fri, 01 Mar 2024 09:05:00 +0000`. `time` is one that a clock may show.
std::string header_date(TimeMs time);

}  // namespace ringfence::smtp
