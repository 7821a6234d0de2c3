#include <boost/regex.hpp>

#include "ringfence/model/email_address.h"
#include "ringfence/text.h"
#include "text/ascii_domain.h"

namespace ringfence {
namespace {

constexpr std::string_view white_space = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

}  // namespace

result<EmailAddress> parse_email(std::string_view text) try {
  static const boost::regex local_part(
      R"([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)");
  static const boost::regex host_name(
      R"(([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9]))");
  const auto refuse = [](const char* why) { return failure(ErrorCode::invalid_email, why); };

  const std::string_view whole = trimmed(text);
  if (!valid_text(whole, 3, 1024)) return refuse("an email address has one @ and is UTF-8");
  const std::size_t at = whole.rfind('@');
  if (at == std::string_view::npos) return refuse("an email address has an @");
  const std::string local(whole.substr(0, at));
  if (local.size() > 64 || !boost::regex_match(local, local_part)) {
    return refuse("the part before the @ is not a plain ASCII one of at most 64 characters");
  }
  const auto domain = ascii_domain(std::string(whole.substr(at + 1)));
  if (!domain || domain->size() > 253 || !boost::regex_match(*domain, host_name)) {
    return refuse("the part after the @ is not a domain name");
  }
  std::string canonical = local + "@" + *domain;
  if (canonical.size() > 254) return refuse("the address is longer than 254 characters");
  auto email = EmailAddress::from_canonical(std::move(canonical));
  if (!email) return refuse("not an email address");
  return *std::move(email);
} catch (const std::exception&) {
  return failure(ErrorCode::internal, "an email address could not be read");
}

}  // namespace ringfence
