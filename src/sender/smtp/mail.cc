#include "sender/smtp/mail.h"

#include "sender/smtp/header_text.h"
#include "sender/smtp/quoted_printable.h"

namespace ringfence::smtp {
namespace {

void append_part(std::string& out, std::string_view type, std::string_view content) {
  out.append("Content-Type: text/").append(type).append("; charset=utf-8\r\n");
  out += "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
  append_quoted_printable(out, content);
  out += "\r\n";
}

}  // namespace

SecretText write_mail(const Mail& mail) {
  const auto header = [](std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) out.append(name).append(": ").append(value).append("\r\n");
  };
  const std::string id = mail.id.hex();
  std::string head;
  header(head, "Date", header_date(mail.date));
  header(head, "From", named_address(mail.from_name, mail.from));
  header(head, "Reply-To", mail.reply_to);
  header(head, "To", mail.to);
  header(head, "Subject", header_text(mail.subject));
  header(head, "Message-ID", "<" + id + std::string(mail.from.substr(mail.from.rfind('@'))) + ">");
  header(head, "Auto-Submitted", "auto-generated");  // RFC 3834: nobody's absence is told to us
  header(head, "MIME-Version", "1.0");

  const std::string_view html = mail.html != nullptr ? mail.html->reveal() : std::string_view();
  std::string out;
  // Grown in place: no copy of the code stays behind.
  out.reserve(head.size() + quoted_printable_room(mail.text.size()) +
              quoted_printable_room(html.size()) + 1024);
  out += head;
  if (mail.html == nullptr) {
    append_part(out, "plain", mail.text);
  } else {
    // `=_` is nowhere in quoted-printable, so no part can hold this.
    const std::string boundary = "=_" + id;
    out += "Content-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n";
    out += "--" + boundary + "\r\n";
    append_part(out, "plain", mail.text);
    out += "--" + boundary + "\r\n";
    append_part(out, "html", html);
    out += "--" + boundary + "--\r\n";
  }
  SecretText secret(out);
  wipe(out);
  return secret;
}

}  // namespace ringfence::smtp
