#pragma once

#include <optional>
#include <string>

#include "ringfence/sender/smtp.h"
#include "ringfence/testing/manual_clock.h"
#include "smtp/mail_server.h"

/// Mails for the tests of the SMTP sender.
namespace ringfence::testing_support {

using Outcome = SendResult::Outcome;

constexpr const char* id_hex = "00112233445566778899aabbccddeeff";

/// A sender to a server of the test's, in the clear unless the test says otherwise.
inline SmtpOptions options_for(const MailServer& server, SmtpTls tls = SmtpTls::none) {
  SmtpOptions options{.host = "127.0.0.1", .port = server.port(), .tls = tls};
  if (tls != SmtpTls::none) options.ca_file = Certificates::get().authority;
  options.from = "no-reply@shop.example";
  options.helo = "client.test";
  return options;
}

struct Mail {
  std::string to = "ann@example.com";
  std::string text = "123456 is your code.";
  std::string subject = "Your code";
  std::optional<std::string> html = std::nullopt;
  std::string id = id_hex;
};

inline SendResult send(Sender& sender, const Mail& mail = {}) {
  const Message message{.id = Id128::from_hex(mail.id).value(),
                        .kind = MessageKind::code,
                        .purpose = "change_email",
                        .account = {"", "ann"},
                        .destination = EmailAddress::from_canonical(mail.to).value()};
  const SecretText code("123456");
  const SecretText text(mail.text);
  const SecretText html(mail.html.value_or(""));
  return sender.send(
      {message, "en", code, text, 300'000, mail.subject, mail.html ? &html : nullptr});
}

}  // namespace ringfence::testing_support
