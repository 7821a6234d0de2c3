#include "sender/smtp/checked_options.h"

#include <arpa/inet.h>

#include <boost/regex.hpp>
#include <optional>
#include <string>
#include <utility>

#include "ringfence/text.h"
#include "sender/smtp/header_text.h"
#include "sender/smtp/mailbox.h"
#include "sender/transfer/authorities.h"
#include "text/ascii_domain.h"

namespace ringfence::smtp {
namespace {

Failure wrong(const char* member, const std::string& why) {
  return failure(ErrorCode::invalid_argument, std::string("SMTP option ") + member + ": " + why);
}

/// What of an IP address counts here.
enum class Ip : std::uint8_t { none, v4, v6 };

Ip ip_of(const std::string& host, bool& loopback) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    loopback = ntohl(v4.s_addr) >> 24U == 127U;
    return Ip::v4;
  }
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) {
    loopback = IN6_IS_ADDR_LOOPBACK(&v6);
    return Ip::v6;
  }
  return Ip::none;
}

std::optional<std::string> host_name(const std::string& text) {
  static const boost::regex form(
      R"((?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*)");
  if (!valid_text(text, 1, 1024)) return std::nullopt;
  auto name = ascii_domain(text);
  if (!name || !boost::regex_match(*name, form)) return std::nullopt;
  return name;
}

result<void> check_server(SmtpOptions& options) {
  if (options.host.empty()) return wrong("host", "name the mail server");
  bool loopback = options.host == "localhost";
  if (!valid_text(options.host, 1, 1024) || ip_of(options.host, loopback) == Ip::none) {
    const auto name = host_name(options.host);
    if (!name) return wrong("host", "not a host name or an IP address; give no scheme and no port");
    options.host = *name;
    loopback = options.host == "localhost";
  }
  switch (options.tls) {
    case SmtpTls::starttls:
    case SmtpTls::implicit:
      break;
    case SmtpTls::none:
      if (!loopback && !options.plain_beyond_loopback) {
        return wrong("tls",
                     "none would send codes in the clear to another machine; choose starttls or "
                     "implicit, or say plain_beyond_loopback");
      }
      break;
    default:
      return wrong("tls", "not one of its values");
  }
  if (options.port < 0 || options.port > 65'535)
    return wrong("port", "1 to 65535, or 0 for the usual one");
  if (options.port == 0) {
    options.port = options.tls == SmtpTls::starttls   ? 587
                   : options.tls == SmtpTls::implicit ? 465
                                                      : 25;
  }
  if (options.ca_file.empty()) return ok();
  if (const auto problem = transfer::problem_of_certificates(options.ca_file))
    return wrong("ca_file", *problem);
  return ok();
}

result<void> check_login(const SmtpOptions& options) {
  const std::string_view password = options.password.reveal();
  if (options.user.empty() != password.empty()) {
    return options.user.empty() ? wrong("user", "needed with a password")
                                : wrong("password", "needed with a user");
  }
  if (!is_header_text(options.user, 255)) return wrong("user", "at most 255 bytes on one line");
  if (!is_header_text(password, 255))
    return wrong("password", "at most 255 bytes of UTF-8 on one line");
  return ok();
}

result<void> check_addresses(SmtpOptions& options) {
  const auto read = [](std::string& address, const char* member) -> result<void> {
    const auto mailbox = read_mailbox(address);
    if (!mailbox || mailbox->smtputf8) {
      return wrong(member,
                   "not an email address such as no-reply@example.com, with nothing but "
                   "ASCII before the @; the name goes into from_name");
    }
    address = mailbox->text;
    return ok();
  };
  if (options.from.empty()) return wrong("from", "name the address that mail is from");
  RF_TRY_VOID(read(options.from, "from"));
  if (options.envelope_from.empty()) options.envelope_from = options.from;
  RF_TRY_VOID(read(options.envelope_from, "envelope_from"));
  if (!options.reply_to.empty()) RF_TRY_VOID(read(options.reply_to, "reply_to"));
  if (!is_header_text(options.from_name, 128))
    return wrong("from_name", "at most 128 bytes of UTF-8 on one line");
  return ok();
}

result<void> check_conversation(SmtpOptions& options) {
  constexpr TimeMs longest = 10 * 60'000;
  if (!options.helo.empty()) {
    const auto name = host_name(options.helo);
    if (!name) return wrong("helo", "not a host name; leave it empty for that of the system");
    options.helo = *name;
  }
  if (options.connect_timeout_ms < 1 || options.connect_timeout_ms > longest)
    return wrong("connect_timeout_ms", "1 ms to 10 min");
  if (options.timeout_ms < 1 || options.timeout_ms > longest)
    return wrong("timeout_ms", "1 ms to 10 min");
  if (options.max_connections < 1 || options.max_connections > 256)
    return wrong("max_connections", "1 to 256");
  return ok();
}

}  // namespace

result<SmtpOptions> checked(SmtpOptions options) {
  RF_TRY_VOID(check_server(options));
  RF_TRY_VOID(check_login(options));
  RF_TRY_VOID(check_addresses(options));
  RF_TRY_VOID(check_conversation(options));
  return options;
}

std::string url_of(const SmtpOptions& checked) {
  std::string host = checked.host;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  std::string url = checked.tls == SmtpTls::implicit ? "smtps://" : "smtp://";
  url += host + ":" + std::to_string(checked.port);
  if (!checked.helo.empty()) url += "/" + checked.helo;
  return url;
}

}  // namespace ringfence::smtp
