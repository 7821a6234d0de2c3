#include "sender/http/sha1.h"

#include <bit>
#include <cstddef>
#include <span>

#include "ringfence/secret.h"

namespace ringfence::http {
namespace {

class Sha1 {
 public:
  Sha1() = default;
  Sha1(const Sha1&) = delete;
  Sha1& operator=(const Sha1&) = delete;
  ~Sha1() {
    wipe(std::as_writable_bytes(std::span(state_)));
    wipe(std::as_writable_bytes(std::span(block_)));
    wipe(std::as_writable_bytes(std::span(words_)));
  }

  void add(std::uint8_t byte) {
    block_[size_++ % 64] = byte;
    if (size_ % 64 == 0) mix();
  }
  template <class Bytes>
  void add_all(const Bytes& bytes) {
    for (const auto byte : bytes) add(static_cast<std::uint8_t>(byte));
  }
  std::array<std::uint8_t, 20> finish() {
    const std::uint64_t bits = size_ * 8;
    add(0x80);
    while (size_ % 64 != 56) add(0);
    for (unsigned i = 0; i < 8; ++i) add(static_cast<std::uint8_t>(bits >> (56 - 8 * i)));
    std::array<std::uint8_t, 20> out{};
    for (unsigned i = 0; i < 20; ++i)
      out[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
    return out;
  }

 private:
  void mix() {
    for (unsigned i = 0; i < 16; ++i) {
      words_[i] = 0;
      for (unsigned j = 0; j < 4; ++j) words_[i] = words_[i] << 8U | block_[4 * i + j];
    }
    for (unsigned i = 16; i < 80; ++i)
      words_[i] = std::rotl(words_[i - 3] ^ words_[i - 8] ^ words_[i - 14] ^ words_[i - 16], 1);
    auto [a, b, c, d, e] = state_;
    for (unsigned i = 0; i < 80; ++i) {
      const std::uint32_t f = i < 20   ? (b & c) | (~b & d)
                              : i < 40 ? b ^ c ^ d
                              : i < 60 ? (b & c) | (b & d) | (c & d)
                                       : b ^ c ^ d;
      constexpr std::array<std::uint32_t, 4> constants = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
                                                          0xca62c1d6};
      const std::uint32_t next = std::rotl(a, 5) + f + e + constants[i / 20] + words_[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    state_[0] += a;
    state_[1] += b;
    state_[2] += c;
    state_[3] += d;
    state_[4] += e;
  }

  std::array<std::uint32_t, 5> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                         0xc3d2e1f0};
  std::array<std::uint8_t, 64> block_{};
  std::array<std::uint32_t, 80> words_{};
  std::uint64_t size_ = 0;
};

}  // namespace

std::array<std::uint8_t, 20> hmac_sha1(std::string_view key, std::string_view message) {
  std::array<std::uint8_t, 64> padded{};
  if (key.size() > padded.size()) {
    Sha1 hash;
    hash.add_all(key);
    const auto digest = hash.finish();
    for (std::size_t i = 0; i < digest.size(); ++i) padded[i] = digest[i];
  } else {
    for (std::size_t i = 0; i < key.size(); ++i) padded[i] = static_cast<std::uint8_t>(key[i]);
  }
  Sha1 inner;
  for (const std::uint8_t byte : padded) inner.add(byte ^ 0x36U);
  inner.add_all(message);
  Sha1 outer;
  for (const std::uint8_t byte : padded) outer.add(byte ^ 0x5cU);
  outer.add_all(inner.finish());
  wipe(std::as_writable_bytes(std::span(padded)));
  return outer.finish();
}

}  // namespace ringfence::http
