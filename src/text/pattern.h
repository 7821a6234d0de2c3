#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/result.h"
#include "ringfence/secret.h"

/// Texts with placeholders: `{code} is your code`. A brace that is meant is written twice.
namespace ringfence::text {

/// What a placeholder stands for; its name in braces is the enumerator's.
enum class Slot : std::uint8_t {
  code,
  lifetime,   ///< How long the code is valid: `5 minutes`.
  action,     ///< What the code is for.
  address,    ///< The new address, or the one it is about, masked.
  operation,  ///< What `confirm_operation` confirms.
  service,    ///< What the host calls itself.
  category,   ///< Of notices.
  not_you,    ///< What to do if one did not do that oneself.
  text,       ///< The host's own notice.
  minutes,
  digits,
  reference,
};
constexpr std::array<std::string_view, 12> slot_names = {
    "code",     "lifetime", "action", "address", "operation", "service",
    "category", "not_you",  "text",   "minutes", "digits",    "reference"};

class Slots {
 public:
  constexpr Slots(std::initializer_list<Slot> slots) {
    for (const Slot slot : slots) bits_ |= bit(slot);
  }
  constexpr bool has(Slot slot) const { return (bits_ & bit(slot)) != 0; }
  constexpr bool overlaps(Slots other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr void add(Slot slot) { bits_ |= bit(slot); }
  friend constexpr Slots operator|(Slots a, Slots b) {
    a.bits_ |= b.bits_;
    return a;
  }

 private:
  static constexpr std::uint32_t bit(Slot slot) { return 1U << static_cast<unsigned>(slot); }
  std::uint32_t bits_ = 0;
};

/// What is put in place of the placeholders. One of them is a code: all are wiped.
class Values {
 public:
  Values() = default;
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;
  ~Values() {
    for (std::string& one : values_) wipe(one);
  }
  /// To be set once: what it was before is not wiped.
  std::string& operator[](Slot slot) { return values_[static_cast<std::size_t>(slot)]; }
  std::string_view operator[](Slot slot) const { return values_[static_cast<std::size_t>(slot)]; }

 private:
  std::array<std::string, slot_names.size()> values_;
};

/// Text as it stands in HTML, in quoted attributes too.
std::string html_escaped(std::string_view text);

class Pattern {
 public:
  /// Reads a text with placeholders. Refuses a name that is none, and a brace without its mate.
  static result<Pattern> parse(std::string_view text);

  Slots slots() const { return slots_; }
  /// The text with the values in place: in a string that had room for all of it, so that no copy of
  /// a part is left behind. It may hold the code, and is the caller's to wipe.
  std::string fill(const Values& values) const;
  /// The same for a pattern that is HTML: every value is escaped.
  std::string fill_html(const Values& values) const;
  /// The pattern of a plain text as HTML: an empty line parts paragraphs, the code stands out.
  Pattern as_html() const;

  Pattern& operator+=(const Pattern& more);
  Pattern& operator+=(std::string_view literal);

 private:
  struct Piece {
    std::string literal = {};
    std::optional<Slot> slot = {};  // after the literal
  };
  template <class Append>
  std::string filled(const Values& values, const Append& append) const;

  std::vector<Piece> pieces_;
  Slots slots_{};
};

}  // namespace ringfence::text
