#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ringfence::smtp {

/// An address as it may stand in a command and in a header.
struct Mailbox {
  std::string text;       ///< The domain is in ASCII.
  bool smtputf8 = false;  ///< What is before the `@` is not.
};

/// Reads an address: what `parse_email` takes, and besides letters beyond ASCII before the `@`.
/// Nothing else: no space, quote, bracket or line break gets into a command.
std::optional<Mailbox> read_mailbox(const std::string& text);

}  // namespace ringfence::smtp
