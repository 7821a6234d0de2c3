#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ringfence/secret.h"

namespace ringfence::http {

enum class Algorithm : std::uint8_t { sha256, sha1 };
enum class Alphabet : std::uint8_t { hex, base64 };

/// HMAC over the text, in hexadecimal (lower case) or base64 (with padding).
std::string hmac(Algorithm algorithm, std::string_view key, std::string_view text,
                 Alphabet alphabet);
/// SHA-256 in hexadecimal.
std::string sha256_hex(std::string_view text);
SecretText base64(std::string_view bytes);
/// What base64 stands for; none if it is not base64.
std::optional<SecretText> from_base64(std::string_view text);

}  // namespace ringfence::http
