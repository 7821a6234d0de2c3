#include "sender/smtp/header_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "ringfence/text.h"

namespace ringfence::smtp {
namespace {

constexpr std::size_t longest_plain = 60;    // fits behind any of our headers' names
constexpr std::size_t bytes_of_a_word = 36;  // 60 characters encoded

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void append_base64(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      out += i <= bytes.size() ? digits[group >> (18U - 6U * i) & 63U] : '=';
  }
}

// A word holds whole characters: each is read by itself.
std::size_t word_size(std::string_view text) {
  std::size_t size = std::min(bytes_of_a_word, text.size());
  while (size < text.size() && size > 1 &&
         (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U) {
    --size;
  }
  return size;
}

std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = word_size(text);
    out += out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?";
    append_base64(out, text.substr(0, size));
    out += "?=";
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace

bool is_header_text(std::string_view text, std::size_t longest) {
  return valid_text(text, 0, longest) && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20U || c == 0x7f;
         });
}

std::string header_text(std::string_view text) {
  const bool plain = text.size() <= longest_plain && is_printable_ascii(text) &&
                     text.find("=?") == std::string_view::npos && !text.starts_with(' ') &&
                     !text.ends_with(' ');
  return plain ? std::string(text) : encoded_words(text);
}

std::string named_address(std::string_view name, std::string_view address) {
  if (name.empty()) return std::string(address);
  std::string words = header_text(name);
  if (words == name) {  // not encoded: then quoted, so that no character has a meaning
    words = "\"";
    for (const char c : name) {
      if (c == '"' || c == '\\') words += '\\';
      words += c;
    }
    words += '"';
  }
  return words + "\r\n <" + std::string(address) + ">";
}

std::string header_date(TimeMs time) {
  using namespace std::chrono;
  static constexpr std::array<const char*, 7> day_names = {"Sun", "Mon", "Tue", "Wed",
                                                           "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> month_names = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const seconds since_1970(time / 1000);
  const sys_days day = floor<days>(sys_seconds(since_1970));
  const year_month_day date(day);
  const hh_mm_ss clock(sys_seconds(since_1970) - day);
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                day_names[weekday(day).c_encoding()], unsigned{date.day()},
                month_names[unsigned{date.month()} - 1], int{date.year()},
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return out.data();
}

}  // namespace ringfence::smtp
