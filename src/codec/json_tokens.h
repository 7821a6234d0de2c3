#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence::codec {

/// A JSON text taken apart, in two blocks of memory: its values in their order, and its texts. The
/// members of each object are sorted by name and each is there once, whatever the text had.
class JsonTokens {
 public:
  enum class Kind : std::uint8_t { null, boolean, negative, natural, real, text, array, object };

  struct Token {
    Kind kind = Kind::null;
    /// Of a text its bytes, of an array its elements, of an object its members: for each member
    /// its name, a text, and then its value.
    std::uint32_t size = 0;
    /// A boolean, the bits of a negative or of a natural number, or where a text begins.
    std::uint64_t bits = 0;
  };

  /// Throws a `std::exception` for what is not JSON, or is nested deeper than records are.
  explicit JsonTokens(std::string_view json);

  const std::vector<Token>& tokens() const { return tokens_; }
  std::string_view text(const Token& token) const {
    return std::string_view(texts_).substr(token.bits, token.size);
  }

 private:
  struct Parsing;

  /// Whether the members of every object were in their order.
  bool parse(std::string_view json);

  std::vector<Token> tokens_;
  std::string texts_;
};

}  // namespace ringfence::codec
