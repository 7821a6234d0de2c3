#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ringfence::http {

/// HMAC-SHA-1 (RFC 2104, RFC 3174), for gateways that know no better: libsodium has none. As a MAC
/// it still holds; the library itself uses it for nothing.
std::array<std::uint8_t, 20> hmac_sha1(std::string_view key, std::string_view message);

}  // namespace ringfence::http
