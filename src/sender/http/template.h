#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/result.h"
#include "ringfence/secret.h"
#include "sender/http/values.h"
#include "sender/transfer/secret_writer.h"

namespace ringfence::http {

using transfer::SecretWriter;

/// How a value is written where it stands, so that it stays a value there.
enum class Encoding : std::uint8_t {
  percent,  ///< In a URL or a form: all but letters, digits and `-_.~` as `%XX`.
  twice,    ///< Each `%` twice, for who takes one for the beginning of a name, as Kannel does.
  json,     ///< Inside a JSON string.
  xml,      ///< In XML, between elements or in an attribute.
  line,     ///< As it is, in one line: control characters, line ends too, are refused.
  plain,    ///< As it is. For what only a signature is made of.
};

/// What is known about placeholders when a description is read.
struct Names {
  /// The host's variables, by name. They are put in when the description is read.
  const std::map<std::string, SecretText>& variables;
  /// Whether a message's value may stand here.
  std::function<bool(Value)> allowed;
  /// What was met, for the checks of the whole.
  std::set<Value>& used;
};

/// A text with placeholders, `{name}`; a brace is `{{` or `}}`. `{name%}` is percent-encoded before
/// all else, and with `{name%%}` each % of that is there twice.
class Template {
 public:
  /// The encodings `outer` are applied one after the other to what placeholders stand for; what
  /// stands in `text` itself is already as `written` and gets only the encodings after that many.
  /// Problems do not name a value.
  static result<Template> parse(std::string_view text, std::vector<Encoding> outer,
                                std::size_t written, const Names& names);
  /// Of a JSON value, whose strings are templates; `then` is applied to the whole.
  static result<Template> parse_json(const nlohmann::json& value, std::vector<Encoding> then,
                                     const Names& names);
  Template& operator+=(Template other);
  void add_literal(std::string_view text, std::span<const Encoding> encodings = {});

  /// Writes it with the values of a message. If one cannot stand where it is to: a text that says
  /// which, without the value.
  std::optional<std::string> write(const Values& values, SecretWriter& to) const;
  bool empty() const { return pieces_.empty(); }
  /// Writes one in which nothing comes from a message.
  void write_fixed(SecretWriter& to) const;

 private:
  struct Piece {
    SecretText literal = {};  // already encoded; may be a password
    std::optional<Value> value = {};
    std::string name = {};
    std::vector<Encoding> encodings = {};
  };
  std::vector<Piece> pieces_;
};

/// Writes `text` through the encodings; false if a character may not be there.
bool encode(std::string_view text, std::span<const Encoding> encodings, SecretWriter& to);

}  // namespace ringfence::http
