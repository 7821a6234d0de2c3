// The sender of mail.
#include "ringfence/sender/smtp.h"

#include <memory>
#include <utility>

#include "objects.h"
#include "views.h"

namespace ringfence::capi {
namespace {

// A sender and the clock it needs.
struct SmtpObject {
  std::shared_ptr<Clock> clock;
  std::unique_ptr<Sender> sender = {};
};

result<SmtpOptions> smtp_options(const ringfence_smtp_options& in) {
  if (in.reserved != 0)
    return failure(ErrorCode::invalid_argument, "SMTP option reserved: must be 0");
  RF_TRY(password, named("SMTP option password", capi::read(in.password)));
  SmtpOptions out{.password = SecretText(password)};
  RF_TRY(tls, read_enum(in.tls, SmtpTls::none, "SMTP option tls"));
  RF_TRY(plain, read_flag(in.plain_beyond_loopback, "SMTP option plain_beyond_loopback"));
  RF_TRY(host, named("SMTP option host", read_string(in.host)));
  RF_TRY(ca_file, named("SMTP option ca_file", read_string(in.ca_file)));
  RF_TRY(user, named("SMTP option user", read_string(in.user)));
  RF_TRY(from, named("SMTP option from", read_string(in.from)));
  RF_TRY(from_name, named("SMTP option from_name", read_string(in.from_name)));
  RF_TRY(envelope_from, named("SMTP option envelope_from", read_string(in.envelope_from)));
  RF_TRY(reply_to, named("SMTP option reply_to", read_string(in.reply_to)));
  RF_TRY(helo, named("SMTP option helo", read_string(in.helo)));
  out.tls = tls;
  out.port = in.port;
  out.plain_beyond_loopback = plain;
  out.host = host;
  out.ca_file = ca_file;
  out.user = user;
  out.from = from;
  out.from_name = from_name;
  out.envelope_from = envelope_from;
  out.reply_to = reply_to;
  out.helo = helo;
  if (in.max_connections != 0) out.max_connections = in.max_connections;
  if (in.connect_timeout_ms != 0) out.connect_timeout_ms = in.connect_timeout_ms;
  if (in.timeout_ms != 0) out.timeout_ms = in.timeout_ms;
  return out;
}

}  // namespace
}  // namespace ringfence::capi

using namespace ringfence;
using namespace ringfence::capi;

int32_t ringfence_smtp_sender_new(const ringfence_smtp_options* options, ringfence_sender* sender,
                                  ringfence_error* error) {
  return giving(sender, error, [&]() -> result<void> {
    RF_TRY(in, read_struct(options));
    RF_TRY(clock, at_or_none(in.clock));
    RF_TRY(wanted, smtp_options(in));
    const auto object = std::make_shared<SmtpObject>(SmtpObject{clock});
    RF_TRY(made, make_smtp_sender(std::move(wanted), clock ? *clock : system_clock()));
    object->sender = std::move(made);
    RF_TRY(handle,
           handle_to<ringfence_sender>(std::shared_ptr<Sender>(object, object->sender.get())));
    *sender = handle;
    return ok();
  });
}
