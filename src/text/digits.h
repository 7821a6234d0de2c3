#pragma once

#include <string>
#include <string_view>

namespace ringfence {

/// Appends the digits of a text as ASCII, with a leading + if there is one. Digits of other scripts
/// are the digits they are (A23); separators and invisible marks are passed over; false if there is
/// anything else: letters, extensions, pauses, NUL (A25, A42). What was appended is the caller's to
/// wipe.
bool plain_digits(std::string_view text, std::string& out);

}  // namespace ringfence
