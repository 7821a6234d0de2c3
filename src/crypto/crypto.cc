#include "ringfence/crypto.h"

#include <sodium.h>

#include <algorithm>

#include "crypto/sodium.h"

namespace ringfence {

void wipe(std::span<std::byte> memory) noexcept { sodium_memzero(memory.data(), memory.size()); }

namespace crypto {
namespace {

// Each field is preceded by its length, so that no two lists of fields are fed alike.
template <class Update>
void feed(std::span<const std::string_view> fields, const Update& update) {
  for (const std::string_view field : fields) {
    const auto size = static_cast<std::uint32_t>(field.size());
    const std::array<unsigned char, 4> length = {
        static_cast<unsigned char>(size >> 24U), static_cast<unsigned char>(size >> 16U),
        static_cast<unsigned char>(size >> 8U), static_cast<unsigned char>(size)};
    update(length.data(), length.size());
    update(reinterpret_cast<const unsigned char*>(field.data()), field.size());
  }
}

}  // namespace

std::uint64_t mac64(const Key& key, std::span<const std::string_view> fields) noexcept {
  Id128 mac = mac128(key, fields);
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) out = out << 8U | mac.bytes[i];
  sodium_memzero(mac.bytes.data(), mac.bytes.size());
  return out;
}

Id128 mac128(const Key& key, std::span<const std::string_view> fields) noexcept {
  start_sodium();
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.reveal().data(), key.reveal().size());
  feed(fields, [&](const unsigned char* data, std::size_t size) {
    crypto_auth_hmacsha256_update(&state, data, size);
  });
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac;
  crypto_auth_hmacsha256_final(&state, mac.data());
  Id128 out;
  std::copy_n(mac.begin(), out.bytes.size(), out.bytes.begin());
  sodium_memzero(&state, sizeof state);
  sodium_memzero(mac.data(), mac.size());
  return out;
}

Id128 digest(std::span<const std::string_view> fields) noexcept {
  start_sodium();
  Id128 out;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, out.bytes.size());
  feed(fields, [&](const unsigned char* data, std::size_t size) {
    crypto_generichash_update(&state, data, size);
  });
  crypto_generichash_final(&state, out.bytes.data(), out.bytes.size());
  sodium_memzero(&state, sizeof state);
  return out;
}

bool equal(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace crypto
}  // namespace ringfence
