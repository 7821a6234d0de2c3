#include <curl/curl.h>

#include <string>
#include <utility>

#include "ringfence/sender/smtp.h"
#include "ringfence/text.h"
#include "sender/smtp/checked_options.h"
#include "sender/smtp/dialogue.h"
#include "sender/smtp/header_text.h"
#include "sender/smtp/mail.h"
#include "sender/smtp/mailbox.h"
#include "sender/smtp/outcome.h"
#include "sender/transfer/pool.h"
#include "sender/transfer/transfer.h"

namespace ringfence {
namespace {

using Outcome = SendResult::Outcome;

constexpr std::size_t longest_subject = 1000;

class SmtpSender final : public Sender {
 public:
  SmtpSender(SmtpOptions options, Clock& clock, std::unique_ptr<transfer::Pool> pool)
      : options_(std::move(options)),
        url_(smtp::url_of(options_)),
        password_(options_.password.reveal()),
        clock_(clock),
        pool_(std::move(pool)) {}
  SmtpSender(const SmtpSender&) = delete;
  SmtpSender& operator=(const SmtpSender&) = delete;
  ~SmtpSender() override { wipe(password_); }

  SendResult send(const OutgoingMessage& outgoing) override {
    const auto refuse = [](const char* why) {
      return SendResult{.outcome = Outcome::permanent, .reason = why};
    };
    const Message& message = outgoing.message;
    if (!message.destination || message.destination->kind() != ChannelKind::email)
      return refuse("a mail server takes nothing but mail");
    const auto to = smtp::read_mailbox(message.destination->text());
    if (!to) return refuse("the address cannot be written to");
    if (!smtp::is_header_text(outgoing.subject, longest_subject))
      return refuse("the subject is not one line of UTF-8");
    const std::string_view text = outgoing.text.reveal();
    const std::string_view html =
        outgoing.html != nullptr ? outgoing.html->reveal() : std::string_view();
    if (!valid_text(text, 0, text.size()) || !valid_text(html, 0, html.size()))
      return refuse("the text is not UTF-8");
    const TimeMs now = clock_.now_ms();
    if (!is_time(now)) return {.outcome = Outcome::temporary, .reason = "the clock tells no time"};

    const SecretText mail = smtp::write_mail({.from = options_.from,
                                              .from_name = options_.from_name,
                                              .reply_to = options_.reply_to,
                                              .to = to->text,
                                              .subject = outgoing.subject,
                                              .id = message.id,
                                              .date = now,
                                              .text = text,
                                              .html = outgoing.html});
    // What a server offers it says at the beginning: hence a new connection where it matters.
    bool came_too_late = false;
    SendResult sent = hand_over(*to, mail.reveal(), to->smtputf8, came_too_late);
    // A connection that waited for this mail may end at that moment.
    if (came_too_late) sent = hand_over(*to, mail.reveal(), true, came_too_late);
    return sent;
  }

 private:
  SendResult hand_over(const smtp::Mailbox& to, std::string_view mail, bool on_a_new_connection,
                       bool& came_too_late) const {
    smtp::Dialogue dialogue({.starttls = options_.tls == SmtpTls::starttls,
                             .login = !options_.user.empty(),
                             .smtputf8 = to.smtputf8});
    transfer::Transfer transfer(*pool_);
    transfer.set(CURLOPT_URL, url_.c_str());
    if (options_.tls == SmtpTls::starttls)
      transfer.set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    if (!options_.user.empty()) {
      transfer.set(CURLOPT_USERNAME, options_.user.c_str());
      transfer.set(CURLOPT_PASSWORD, password_.c_str());
      transfer.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
    }
    transfer.set(CURLOPT_MAXCONNECTS, 1L);  // of this handle; the pool bounds all of them
    if (on_a_new_connection) transfer.set(CURLOPT_FRESH_CONNECT, 1L);
    // Bounds the goodbye, which the time for the whole does not.
    transfer.set(CURLOPT_SERVER_RESPONSE_TIMEOUT,
                 static_cast<long>((options_.timeout_ms + 999) / 1000));
    transfer.set(CURLOPT_MAIL_FROM, options_.envelope_from.c_str());
    transfer.set_list(CURLOPT_MAIL_RCPT, {to.text});
    transfer.upload(mail);
    transfer.watch(dialogue);
    const transfer::Reply& reply = transfer.run();
    came_too_late = dialogue.came_too_late() && !reply.timed_out;
    return smtp::outcome_of(dialogue, reply);
  }

  const SmtpOptions options_;
  const std::string url_;
  std::string password_;  // as libcurl wants it
  Clock& clock_;
  const std::unique_ptr<transfer::Pool> pool_;
};

}  // namespace

result<std::unique_ptr<Sender>> make_smtp_sender(SmtpOptions options, Clock& clock) {
  RF_TRY(good, smtp::checked(std::move(options)));
  RF_TRY(pool, transfer::Pool::make({.connections = good.max_connections,
                                     .connect_timeout_ms = good.connect_timeout_ms,
                                     .timeout_ms = good.timeout_ms,
                                     .ca_file = good.ca_file},
                                    good.tls == SmtpTls::implicit ? "smtps" : "smtp"));
  return std::unique_ptr<Sender>(
      std::make_unique<SmtpSender>(std::move(good), clock, std::move(pool)));
}

}  // namespace ringfence
