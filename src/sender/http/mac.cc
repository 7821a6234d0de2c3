#include "sender/http/mac.h"

#include <sodium.h>

#include <array>

#include "crypto/sodium.h"
#include "sender/http/sha1.h"

namespace ringfence::http {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string written(std::span<const std::uint8_t> bytes, Alphabet alphabet) {
  std::array<char, 128> out{};
  if (alphabet == Alphabet::hex) {
    sodium_bin2hex(out.data(), out.size(), bytes.data(), bytes.size());
  } else {
    sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
  }
  return out.data();
}

}  // namespace

std::string hmac(Algorithm algorithm, std::string_view key, std::string_view text,
                 Alphabet alphabet) {
  if (algorithm == Algorithm::sha1) return written(hmac_sha1(key, text), alphabet);
  crypto::start_sodium();
  crypto_auth_hmacsha256_state state;
  std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(text), text.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  sodium_memzero(&state, sizeof state);
  return written(mac, alphabet);
}

std::string sha256_hex(std::string_view text) {
  crypto::start_sodium();
  std::array<std::uint8_t, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), bytes_of(text), text.size());
  return written(hash, Alphabet::hex);
}

SecretText base64(std::string_view bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes_of(bytes), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  SecretText secret(out.c_str());
  wipe(out);
  return secret;
}

std::optional<SecretText> from_base64(std::string_view text) {
  std::string out(text.size(), '\0');
  std::size_t size = 0;
  const bool good =
      sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0;
  std::optional<SecretText> secret;
  if (good) secret.emplace(std::string_view(out).substr(0, size));
  wipe(out);
  return secret;
}

}  // namespace ringfence::http
