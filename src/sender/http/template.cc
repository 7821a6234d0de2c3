#include "sender/http/template.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "ringfence/text.h"

namespace ringfence::http {
namespace {

using nlohmann::json;

constexpr std::string_view lower_hex = "0123456789abcdef";
constexpr std::string_view upper_hex = "0123456789ABCDEF";

bool unreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

bool encode_one(char c, std::span<const Encoding> encodings, SecretWriter& to);

bool encode_all(std::string_view text, std::span<const Encoding> encodings, SecretWriter& to) {
  if (encodings.empty()) {
    to.add(text);
    return true;
  }
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return encode_one(c, encodings, to); });
}

bool encode_one(char c, std::span<const Encoding> encodings, SecretWriter& to) {
  const auto rest = encodings.subspan(1);
  const auto byte = static_cast<unsigned char>(c);
  const bool control = byte < 0x20 || byte == 0x7f;
  switch (encodings.front()) {
    case Encoding::plain:
      break;
    case Encoding::line:
      if (control) return false;
      break;
    case Encoding::percent:
      if (unreserved(byte)) break;
      return encode_all("%", rest, to) && encode_all(upper_hex.substr(byte >> 4U, 1), rest, to) &&
             encode_all(upper_hex.substr(byte & 15U, 1), rest, to);
    case Encoding::twice:
      if (c == '%') return encode_all("%", rest, to) && encode_all("%", rest, to);
      break;
    case Encoding::json:
      if (c == '"' || c == '\\') return encode_all("\\", rest, to) && encode_all({&c, 1}, rest, to);
      if (c == '\n') return encode_all("\\n", rest, to);
      if (control) {
        return encode_all("\\u00", rest, to) &&
               encode_all(lower_hex.substr(byte >> 4U, 1), rest, to) &&
               encode_all(lower_hex.substr(byte & 15U, 1), rest, to);
      }
      break;
    case Encoding::xml:
      if (c == '&') return encode_all("&amp;", rest, to);
      if (c == '<') return encode_all("&lt;", rest, to);
      if (c == '>') return encode_all("&gt;", rest, to);
      if (c == '"') return encode_all("&quot;", rest, to);
      if (c == '\'') return encode_all("&apos;", rest, to);
      if (c == '\n') return encode_all("&#10;", rest, to);
      if (control) return false;  // XML has no way to say them
      break;
  }
  return encode_all({&c, 1}, rest, to);
}

Failure wrong(std::string why) { return failure(ErrorCode::invalid_argument, std::move(why)); }

// A JSON string's content may be long; no piece of it is a placeholder's name.
constexpr std::size_t longest_name = 64;

}  // namespace

bool encode(std::string_view text, std::span<const Encoding> encodings, SecretWriter& to) {
  return encode_all(text, encodings, to);
}

void Template::add_literal(std::string_view text, std::span<const Encoding> encodings) {
  SecretWriter out;
  encode_all(text, encodings, out);
  pieces_.push_back({.literal = SecretText(out.view())});
}

Template& Template::operator+=(Template other) {
  for (Piece& piece : other.pieces_) pieces_.push_back(std::move(piece));
  return *this;
}

result<Template> Template::parse(std::string_view text, std::vector<Encoding> outer,
                                 std::size_t written, const Names& names) {
  Template out;
  const std::span<const Encoding> all(outer);
  const auto for_literals = all.subspan(std::min(written, all.size()));
  std::string pending;  // may be a password
  pending.reserve(text.size());
  const auto flush = [&] {
    SecretWriter encoded;
    const bool good = encode_all(pending, for_literals, encoded);
    if (!pending.empty()) out.pieces_.push_back({.literal = SecretText(encoded.view())});
    wipe(pending);
    return good;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if ((c == '{' || c == '}') && at + 1 < text.size() && text[at + 1] == c) {
      pending += c;
      ++at;
      continue;
    }
    if (c == '}') return wrong("has a } without a {; a brace itself is written twice");
    if (c != '{') {
      pending += c;
      continue;
    }
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos || end - at - 1 > longest_name)
      return wrong("has a { without its }; a brace itself is written twice");
    std::string name(text.substr(at + 1, end - at - 1));
    at = end;
    if (!flush()) return wrong("has a control character or a line break");
    // `{NAME%}` and `{NAME%%}`: in a URL that is a value itself.
    std::vector<Encoding> encodings;
    if (name.ends_with('%')) encodings.push_back(Encoding::percent);
    if (name.ends_with("%%")) encodings.push_back(Encoding::twice);
    name.resize(name.size() - encodings.size());
    encodings.insert(encodings.end(), outer.begin(), outer.end());
    if (const auto variable = names.variables.find(name); variable != names.variables.end()) {
      SecretWriter encoded;
      if (!encode_all(variable->second.reveal(), encodings, encoded))
        return wrong("cannot take the variable " + name +
                     ", which has a control character or a line break");
      out.pieces_.push_back({.literal = SecretText(encoded.view())});
      continue;
    }
    const auto value = value_of(name);
    if (!value) return wrong("has the placeholder {" + printable(name) + "}, which is not known");
    if (!names.allowed(*value))
      return wrong("has the placeholder {" + name + "}, which has no place there");
    names.used.insert(*value);
    out.pieces_.push_back({.value = value, .name = name, .encodings = std::move(encodings)});
  }
  if (!flush()) return wrong("has a control character or a line break");
  return out;
}

result<Template> Template::parse_json(const json& value, std::vector<Encoding> then,
                                      const Names& names) {
  Template out;
  const auto literal = [&](std::string_view text) { out.add_literal(text, then); };
  if (value.is_object()) {
    literal("{");
    bool first = true;
    for (const auto& [name, inner] : value.items()) {
      literal((first ? "" : ",") + json(name).dump() + ":");
      first = false;
      RF_TRY(written, parse_json(inner, then, names));
      out += std::move(written);
    }
    literal("}");
  } else if (value.is_array()) {
    literal("[");
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i != 0) literal(",");
      RF_TRY(written, parse_json(value[i], then, names));
      out += std::move(written);
    }
    literal("]");
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    std::vector<Encoding> encodings = {Encoding::json};
    encodings.insert(encodings.end(), then.begin(), then.end());
    if (text == "{fields}") {
      if (!names.allowed(Value::fields)) return wrong("has {fields}, which has no place there");
      names.used.insert(Value::fields);
      out.pieces_.push_back(
          {.value = Value::fields, .name = "fields", .encodings = std::move(encodings)});
      return out;
    }
    literal("\"");
    Names inner = names;
    inner.allowed = [&](Value one) { return one != Value::fields && names.allowed(one); };
    RF_TRY(written, parse(text, std::move(encodings), 0, inner));
    out += std::move(written);
    literal("\"");
  } else {
    literal(value.dump());
  }
  return out;
}

std::optional<std::string> Template::write(const Values& values, SecretWriter& to) const {
  for (const Piece& piece : pieces_) {
    if (!piece.value) {
      to.add(piece.literal.reveal());
      continue;
    }
    const std::span<const Encoding> encodings(piece.encodings);
    bool good = true;
    const auto put = [&](std::string_view text) {
      good = good && valid_text(text, 0, std::numeric_limits<std::size_t>::max()) &&
             encode_all(text, encodings, to);
    };
    if (*piece.value == Value::fields) {
      const auto mark = [&](std::string_view text) { encode_all(text, encodings.subspan(1), to); };
      mark("{");
      bool first = true;
      for (const auto& [name, value] : values.message.fields) {
        mark(first ? "\"" : ",\"");
        first = false;
        put(name);
        mark("\":\"");
        put(value);
        mark("\"");
      }
      mark("}");
    } else if (*piece.value == Value::body) {
      to.add(values.body);
    } else {
      put(values.get(*piece.value, piece.name));
    }
    if (!good) return piece.name;
  }
  return std::nullopt;
}

void Template::write_fixed(SecretWriter& to) const {
  for (const Piece& piece : pieces_) to.add(piece.literal.reveal());
}

}  // namespace ringfence::http
