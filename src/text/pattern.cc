#include "text/pattern.h"

#include <algorithm>
#include <cstddef>

#include "ringfence/text.h"

namespace ringfence::text {
namespace {

constexpr std::string_view escape_of(char c) {
  return c == '&'    ? "&amp;"
         : c == '<'  ? "&lt;"
         : c == '>'  ? "&gt;"
         : c == '"'  ? "&quot;"
         : c == '\'' ? "&#39;"
                     : std::string_view();
}

void append_escaped(std::string& out, char c) {
  const std::string_view escape = escape_of(c);
  escape.empty() ? out += c : out += escape;
}

// Lines and paragraphs of a plain text.
std::string with_breaks(std::string_view literal) {
  std::string out;
  for (std::size_t i = 0; i < literal.size(); ++i) {
    if (literal[i] != '\n') {
      out += html_escaped(literal.substr(i, 1));
    } else if (literal.substr(i, 2) == "\n\n") {
      out += "</p>\n<p>";
      ++i;
    } else {
      out += "<br>\n";
    }
  }
  return out;
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) append_escaped(out, c);
  return out;
}

result<Pattern> Pattern::parse(std::string_view text) {
  const auto refuse = [](std::string why) {
    return failure(ErrorCode::invalid_argument, std::move(why));
  };
  Pattern out;
  std::string literal;
  while (!text.empty()) {
    const std::size_t brace = text.find_first_of("{}");
    literal += text.substr(0, brace);
    if (brace == std::string_view::npos) break;
    text.remove_prefix(brace);
    if (text.size() > 1 && text[1] == text[0]) {
      literal += text[0];
      text.remove_prefix(2);
      continue;
    }
    const std::size_t end = text.find_first_of("{}", 1);
    if (text[0] == '}' || end == std::string_view::npos || text[end] == '{')
      return refuse("a brace has no mate; one that is meant is written twice");
    const std::string_view name = text.substr(1, end - 1);
    const auto* const found = std::find(slot_names.begin(), slot_names.end(), name);
    if (found == slot_names.end())
      return refuse("there is no placeholder {" + printable(name.substr(0, 32)) + "}");
    const auto slot = static_cast<Slot>(found - slot_names.begin());
    out.pieces_.push_back({std::move(literal), slot});
    out.slots_.add(slot);
    literal.clear();
    text.remove_prefix(end + 1);
  }
  out.pieces_.push_back({std::move(literal), {}});
  return out;
}

std::string Pattern::fill(const Values& values) const {
  return filled(values, [](std::string& out, char c) { out += c; });
}
std::string Pattern::fill_html(const Values& values) const {
  return filled(values, append_escaped);
}

template <class Append>
std::string Pattern::filled(const Values& values, const Append& append) const {
  constexpr std::size_t longest_escape = 6;
  std::size_t size = 32;  // a shorter one would live in the string itself, and be copied with it
  for (const Piece& piece : pieces_)
    size += piece.literal.size() + (piece.slot ? values[*piece.slot].size() * longest_escape : 0);
  std::string out;
  out.reserve(size);
  for (const Piece& piece : pieces_) {
    out += piece.literal;
    if (!piece.slot) continue;
    for (const char c : values[*piece.slot]) append(out, c);
  }
  return out;
}

Pattern Pattern::as_html() const {
  Pattern out{*this};
  if (out.pieces_.empty()) out.pieces_.emplace_back();
  for (Piece& piece : out.pieces_) piece.literal = with_breaks(piece.literal);
  for (std::size_t i = 0; i < out.pieces_.size(); ++i) {
    if (out.pieces_[i].slot != Slot::code) continue;
    out.pieces_[i].literal += R"(<strong dir="ltr" style="font-size:1.5em">)";
    out.pieces_[i + 1].literal.insert(0, "</strong>");  // the last piece has no slot
  }
  out.pieces_.front().literal.insert(0, "<p>");
  out.pieces_.back().literal += "</p>";
  return out;
}

Pattern& Pattern::operator+=(const Pattern& more) {
  if (pieces_.empty()) return *this = more;
  const std::string end = std::move(pieces_.back().literal);
  pieces_.pop_back();
  const std::size_t joint = pieces_.size();
  pieces_.insert(pieces_.end(), more.pieces_.begin(), more.pieces_.end());
  pieces_[joint].literal.insert(0, end);
  slots_ = slots_ | more.slots_;
  return *this;
}

Pattern& Pattern::operator+=(std::string_view literal) {
  if (pieces_.empty()) pieces_.emplace_back();
  pieces_.back().literal += literal;
  return *this;
}

}  // namespace ringfence::text
