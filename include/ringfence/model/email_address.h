#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ringfence/model/mask.h"
#include "ringfence/result.h"

namespace ringfence {

/// An email address in the one form in which it is stored, compared and sent to (R22).
///
/// The domain is lower-case and in its ASCII form (`xn--…`), so that look-alikes of other scripts
/// differ visibly (A27). The local part is as typed: case, dots and `+tag` are kept, since only its
/// own server knows what they mean (A28).
class EmailAddress {
 public:
  const std::string& text() const { return text_; }
  /// e.g. `l*****n@example.com`.
  std::string masked() const { return mask_email(text_); }
  /// Takes the stored form as it is. Gives nothing if it has no `@`.
  static std::optional<EmailAddress> from_canonical(std::string text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string::npos || at == 0 || at + 1 == text.size()) return std::nullopt;
    return EmailAddress(std::move(text));
  }

  friend auto operator<=>(const EmailAddress&, const EmailAddress&) = default;

 private:
  explicit EmailAddress(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Reads an email address as a person writes it, or refuses it with `invalid_email`. The local part
/// is a dot-atom of ASCII, at most 64 bytes; the domain has at least two labels and is a valid
/// internationalised name (UTS 46, non-transitional); the whole is at most 254 bytes. Quoted local
/// parts, comments and domain literals are refused. Thread-safe.
result<EmailAddress> parse_email(std::string_view text);

}  // namespace ringfence
