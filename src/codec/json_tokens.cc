#include "codec/json_tokens.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

namespace ringfence::codec {

/// What the parser tells, one thing after the other.
struct JsonTokens::Parsing {
  using Index = std::uint32_t;
  struct Open {
    Index start = 0;
    std::optional<Index> last_name = std::nullopt;
  };

  JsonTokens& out;
  std::vector<Open> open{};
  bool ordered = true;

  bool value(Kind kind, std::uint64_t bits = 0, Index size = 0) {
    if (!open.empty()) {
      Token& around = out.tokens_[open.back().start];
      if (around.kind == Kind::array) ++around.size;
    }
    out.tokens_.push_back({kind, size, bits});
    return true;
  }
  bool opens(Kind kind) {
    // Deeper than any record: what is written again takes the stack.
    if (open.size() == 32) throw std::length_error("nested too deep");
    const auto start = static_cast<Index>(out.tokens_.size());
    value(kind);
    open.push_back({start});
    return true;
  }
  bool closes() {
    open.pop_back();
    return true;
  }
  Token text(std::string_view text) {
    const auto begins = out.texts_.size();
    out.texts_ += text;
    return {Kind::text, static_cast<Index>(text.size()), begins};
  }

  bool null() { return value(Kind::null); }
  bool boolean(bool is) { return value(Kind::boolean, is ? 1 : 0); }
  bool number_integer(std::int64_t number) {
    return value(Kind::negative, static_cast<std::uint64_t>(number));
  }
  bool number_unsigned(std::uint64_t number) { return value(Kind::natural, number); }
  bool number_float(double, const std::string&) { return value(Kind::real); }
  bool string(const std::string& is) {
    const Token token = text(is);
    return value(token.kind, token.bits, token.size);
  }
  bool binary(const nlohmann::json::binary_t&) { return false; }
  bool start_object(std::size_t) { return opens(Kind::object); }
  bool end_object() { return closes(); }
  bool start_array(std::size_t) { return opens(Kind::array); }
  bool end_array() { return closes(); }
  bool key(const std::string& name) {
    Open& object = open.back();
    ++out.tokens_[object.start].size;
    if (object.last_name && out.text(out.tokens_[*object.last_name]) >= name) ordered = false;
    object.last_name = static_cast<Index>(out.tokens_.size());
    out.tokens_.push_back(text(name));
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) {
    throw std::invalid_argument("not JSON");
  }
};

bool JsonTokens::parse(std::string_view json) {
  if (json.size() > std::numeric_limits<std::uint32_t>::max()) throw std::length_error("too long");
  tokens_.clear();
  tokens_.reserve(json.size() / 10);
  texts_.clear();
  texts_.reserve(json.size());
  Parsing parsing{*this};
  nlohmann::json::sax_parse(json.begin(), json.end(), &parsing);
  return parsing.ordered;
}

JsonTokens::JsonTokens(std::string_view json) {
  // Ours are sorted. What another hand or a database wrote is put in order first.
  if (!parse(json)) parse(nlohmann::json::parse(json.begin(), json.end()).dump());
}

}  // namespace ringfence::codec
