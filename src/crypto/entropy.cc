#include "ringfence/entropy.h"

#include <sodium.h>

#include <array>

#include "crypto/sodium.h"

namespace ringfence {
namespace crypto {

bool start_sodium() noexcept {
  static const bool started = sodium_init() >= 0;
  return started;
}

}  // namespace crypto

namespace {

class SystemEntropy final : public Entropy {
 public:
  result<void> fill(Seed& seed) noexcept override {
    if (!crypto::start_sodium())
      return failure(ErrorCode::internal, "the system has no source of randomness");
    randombytes_buf(seed.reveal().data(), seed.reveal().size());
    return ok();
  }
};

// One keystream per draw: the draw's number is the nonce.
template <std::size_t N>
std::array<std::uint8_t, N> stream(const Seed& seed, std::uint64_t number) {
  static_assert(crypto_stream_chacha20_KEYBYTES == 32 && crypto_stream_chacha20_NONCEBYTES == 8);
  crypto::start_sodium();
  std::array<unsigned char, crypto_stream_chacha20_NONCEBYTES> nonce{};
  for (std::size_t i = 0; i < nonce.size(); ++i)
    nonce[i] = static_cast<unsigned char>(number >> (8 * i));
  std::array<std::uint8_t, N> out{};
  crypto_stream_chacha20(out.data(), out.size(), nonce.data(), seed.reveal().data());
  return out;
}

}  // namespace

Entropy& system_entropy() noexcept {
  static SystemEntropy entropy;
  return entropy;
}

Id128 Draw::id() noexcept { return {stream<16>(seed_, drawn_++)}; }

std::uint64_t Draw::tag() noexcept {
  const auto bytes = stream<8>(seed_, drawn_++);
  std::uint64_t out = 0;
  for (const std::uint8_t byte : bytes) out = out << 8U | byte;
  return out == 0 ? 1 : out;
}

}  // namespace ringfence
