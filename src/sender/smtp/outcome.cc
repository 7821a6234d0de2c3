#include "sender/smtp/outcome.h"

#include <array>
#include <boost/regex.hpp>
#include <string>

namespace ringfence::smtp {
namespace {

using Outcome = SendResult::Outcome;

const char* subject_of(Stage stage) {
  switch (stage) {
    case Stage::connection:
      return "the connection";
    case Stage::hello:
      return "EHLO";
    case Stage::starttls:
      return "STARTTLS";
    case Stage::login:
      return "the login";
    case Stage::sender:
      return "the sender's address";
    case Stage::recipient:
      return "the recipient";
    case Stage::data:
    case Stage::content:
      break;
  }
  return "the mail";
}

// RFC 3463, e.g. `5.1.1`; empty if the server has none. Its words are passed over: they may repeat
// the address.
std::string enhanced_code(const std::string& text) {
  static const boost::regex form(R"(^([245]\.\d{1,3}\.\d{1,3})(\s|$))");
  boost::smatch match;
  return boost::regex_search(text, match, form) ? match[1].str() : std::string();
}

// A refusal that is about us and not about the recipient or the mail: the operator can put it
// right, and until then the message waits.
bool is_for_the_operator(Stage stage, int code, const std::string& enhanced) {
  if (code == 530 || code == 534 || code == 535 || code == 538) return true;
  switch (stage) {
    case Stage::recipient:
      return enhanced.starts_with("5.7.");
    case Stage::data:
    case Stage::content:
      return false;
    case Stage::sender:
      return code != 552;  // the mail is too large
    default:
      return true;
  }
}

// A refusal for now of this recipient and nobody else, as by a mailbox that is full. Not so where
// the server ends the conversation, is itself in trouble (4.3.x), or has enough of us (4.7.x).
bool is_about_the_recipient(Stage stage, int code, const std::string& enhanced) {
  return stage == Stage::recipient && code / 100 == 4 && code != 421 &&
         !enhanced.starts_with("4.3.") && !enhanced.starts_with("4.7.");
}

}  // namespace

SendResult outcome_of(const Dialogue& dialogue, const transfer::Reply& reply) {
  if (dialogue.missing().starttls)
    return {Outcome::temporary, 0, "not sent: the server offers no STARTTLS; see the option tls"};
  if (dialogue.missing().login) {
    return {Outcome::temporary, 0,
            "not sent: the server offers no login by PLAIN or LOGIN; see the option user"};
  }
  if (dialogue.missing().smtputf8) {
    return {Outcome::permanent, 0,
            "the server has no SMTPUTF8, which an address beyond ASCII needs"};
  }
  const Stage stage = dialogue.stage();
  const int code = dialogue.code();
  if (stage == Stage::content && code / 100 == 2)
    return {Outcome::accepted, 0, "", queue_id(dialogue.text())};
  if (code / 100 == 4 || code / 100 == 5) {
    const std::string enhanced = enhanced_code(dialogue.text());
    std::string reason = std::string("the server refused ") + subject_of(stage) + ": " +
                         std::to_string(code) + (enhanced.empty() ? "" : " ") + enhanced;
    if (is_about_the_recipient(stage, code, enhanced))
      return {Outcome::unreachable, 0, std::move(reason)};
    const bool later = code / 100 == 4 || is_for_the_operator(stage, code, enhanced);
    return {later ? Outcome::temporary : Outcome::permanent, 0, std::move(reason)};
  }
  SendResult none = transfer::without_answer(reply);
  none.reason.append(", at ").append(subject_of(stage));
  return none;
}

std::string queue_id(const std::string& text) {
  static const std::array<boost::regex, 4> forms = {
      // Postfix, Exim, Sendmail, Amazon.
      boost::regex(R"(\bqueued as ([A-Za-z0-9._+=-]{4,64})\b)"),
      boost::regex(R"(\bid=([A-Za-z0-9._+-]{4,64})(\s|$))"),
      boost::regex(R"(^(?:2\.\d+\.\d+ )?([A-Za-z0-9._+=-]{4,64}) Message accepted)"),
      boost::regex(R"(^Ok ([A-Za-z0-9._+=-]{16,64})$)"),
  };
  boost::smatch match;
  for (const boost::regex& form : forms) {
    if (boost::regex_search(text, match, form)) return match[1].str();
  }
  return {};
}

}  // namespace ringfence::smtp
