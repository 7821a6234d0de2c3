#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

/// Values that must not outlive their use or reach a log (R25, R26).
namespace ringfence {

/// Overwrites memory in a way the compiler cannot drop.
void wipe(std::span<std::byte> memory) noexcept;
inline void wipe(std::string& text) noexcept {
  wipe(std::as_writable_bytes(std::span(text.data(), text.size())));
  text.clear();
}

/// A secret of exactly `N` bytes. Wiped when destroyed; has no stream operator; copied only on
/// purpose.
template <std::size_t N>
class SecretBytes {
 public:
  SecretBytes() noexcept = default;
  explicit SecretBytes(const std::array<std::uint8_t, N>& bytes) noexcept : bytes_(bytes) {}
  SecretBytes(const SecretBytes&) noexcept = default;
  SecretBytes& operator=(const SecretBytes&) noexcept = default;
  ~SecretBytes() { wipe(std::as_writable_bytes(std::span(bytes_))); }

  /// The bytes, for the one place that computes with them.
  const std::array<std::uint8_t, N>& reveal() const noexcept { return bytes_; }
  std::array<std::uint8_t, N>& reveal() noexcept { return bytes_; }

  friend std::ostream& operator<<(std::ostream&, const SecretBytes&) = delete;

 private:
  std::array<std::uint8_t, N> bytes_{};
};

/// A secret text that owns its memory and wipes it when destroyed, e.g. a code or a rendered
/// message.
class SecretText {
 public:
  SecretText() noexcept = default;
  /// Copies the text; the caller wipes its own.
  explicit SecretText(std::string_view text) : text_(text) {}
  SecretText(const SecretText&) = default;
  SecretText(SecretText&& other) noexcept : text_(std::move(other.text_)) {
    // A short text lives inside the string itself and was copied: wipe where it was.
    other.text_.assign(other.text_.capacity(), '\0');
    other.text_.clear();
  }
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { wipe(text_); }

  /// The text, for handing over. Valid while this object lives.
  std::string_view reveal() const noexcept { return text_; }

  friend std::ostream& operator<<(std::ostream&, const SecretText&) = delete;

 private:
  std::string text_;
};

}  // namespace ringfence
