#include "sender/smtp/dialogue.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace ringfence::smtp {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Commands and keywords are ASCII in any case.
bool begins_with_word(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; };
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(), same) &&
         (text.size() == word.size() ||
          std::string_view(" =\r\n").find(text[word.size()]) != std::string_view::npos);
}

bool has_word(std::string_view text, std::string_view word) {
  for (;;) {
    if (begins_with_word(text, word)) return true;
    const std::size_t next = text.find_first_of(" =");
    if (next == std::string_view::npos) return false;
    text.remove_prefix(next + 1);
  }
}

}  // namespace

void Dialogue::said(std::string_view command) noexcept {
  static constexpr std::array<std::pair<std::string_view, Stage>, 7> stages = {{
      {"EHLO", Stage::hello},
      {"HELO", Stage::hello},
      {"STARTTLS", Stage::starttls},
      {"AUTH", Stage::login},
      {"MAIL", Stage::sender},
      {"RCPT", Stage::recipient},
      {"DATA", Stage::data},
  }};
  // What is not a command goes on with the last one, as a password does with AUTH.
  if (stage_ == Stage::login && code_ / 100 == 3) {
    code_ = 0;
    return;
  }
  for (const auto& [word, stage] : stages) {
    if (!begins_with_word(command, word)) continue;
    stage_ = stage;
    code_ = 0;
    offered_ = {};
    return;
  }
  over_ = over_ || begins_with_word(command, "QUIT");
}

bool Dialogue::heard(std::string_view line) noexcept {
  if (over_) return true;
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit) ||
      (line.size() > 3 && line[3] != '-' && line[3] != ' ')) {
    return true;  // libcurl ends what is no SMTP
  }
  greeted_ = greeted_ || stage_ == Stage::connection;
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  const std::string_view text = line.substr(std::min<std::size_t>(4, line.size()));
  if (stage_ == Stage::hello && code == 250) {
    offered_.starttls = offered_.starttls || begins_with_word(text, "STARTTLS");
    offered_.smtputf8 = offered_.smtputf8 || begins_with_word(text, "SMTPUTF8");
    offered_.login = offered_.login || (begins_with_word(text, "AUTH") &&
                                        (has_word(text, "PLAIN") || has_word(text, "LOGIN")));
  }
  if (line.size() > 3 && line[3] == '-') return true;  // the last line says it
  code_ = code;
  try {
    text_ = text;
  } catch (...) {
    text_.clear();
  }
  if (stage_ == Stage::starttls && code == 220) encrypted_ = true;
  if (stage_ == Stage::data && code == 354) {
    stage_ = Stage::content;
    code_ = 0;
  }
  return stage_ != Stage::hello || code / 100 != 2 || offers_enough();
}

// Before TLS only TLS counts: what else is offered there comes from anybody.
bool Dialogue::offers_enough() {
  if (needs_.starttls && !encrypted_) {
    missing_.starttls = !offered_.starttls;
  } else {
    missing_.login = needs_.login && !offered_.login;
    missing_.smtputf8 = needs_.smtputf8 && !offered_.smtputf8;
  }
  return !anything_missing();
}

}  // namespace ringfence::smtp
