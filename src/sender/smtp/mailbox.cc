#include "sender/smtp/mailbox.h"

#include <algorithm>

#include "ringfence/model/email_address.h"
#include "ringfence/text.h"

namespace ringfence::smtp {
namespace {

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80U; }

}  // namespace

std::optional<Mailbox> read_mailbox(const std::string& text) {
  // The parser takes what people typed, white space around it included.
  if (printable(text) != text || text.find(' ') != std::string::npos) return std::nullopt;
  if (const auto plain = parse_email(text)) return Mailbox{plain.value().text()};
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos) return std::nullopt;
  const std::string local = text.substr(0, at);
  if (local.size() > 64 || std::all_of(local.begin(), local.end(), is_ascii)) return std::nullopt;
  // With its other letters replaced it is as plain as any.
  std::string plain = text;
  std::replace_if(
      plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(at),
      [](char c) { return !is_ascii(c); }, 'a');
  const auto read = parse_email(plain);
  if (!read) return std::nullopt;
  return Mailbox{local + read.value().text().substr(at), true};
}

}  // namespace ringfence::smtp
