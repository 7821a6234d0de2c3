#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ringfence/clock.h"
#include "ringfence/event_sink.h"
#include "ringfence/result.h"

/// Events to a host that runs elsewhere, over a signed webhook (target `ringfence::http`).
namespace ringfence {

struct WebhookOptions {
  std::string url = {};  ///< Where to: https, or http to this machine.
  /// Keys as Standard Webhooks has them, `whsec_` and base64, at least 24 bytes each. There is a
  /// signature by each, so that a new key can be brought to the other side before the old one goes.
  std::vector<std::string> keys = {};
  /// These mean what they mean in `HttpOptions`.
  bool allow_http = false;
  std::string ca_file = {};
  int connections = 8;
  TimeMs connect_timeout_ms = 10'000;
  TimeMs timeout_ms = 20'000;
  Clock& clock = system_clock();  ///< Must live as long as the sink.
};

/// Posts each event as JSON, signed as Standard Webhooks says:
///
///     webhook-id: the event's id, 32 hexadecimal digits; every repeat carries it
///     webhook-timestamp: seconds since 1970, of this try
///     webhook-signature: v1,base64(HMAC-SHA-256(key, id "." timestamp "." body)), one for each
///     key,
///                        with a space between
///     {"data":{"account":"…","fields":{…},"id":"…","realm":"…","trace_id":"…"},
///      "timestamp":"2025-01-31T23:59:59Z","type":"phone_changed"}
///
/// The other side checks the signature and that the time is close, and drops an id that it has had:
/// docs/delivery.md. A status of 2xx accepts; 410 gives the event up; 503, all others of 3xx and
/// 4xx refuse it for now, `Retry-After` is kept; those of 4xx that are about this event and not
/// about all of them, such as 400 or 422, as `unreachable`. After anything else it may have
/// arrived.
///
/// Thread-safe. Refuses with `invalid_argument` and what is wrong; the text holds no key and no
/// URL.
result<std::unique_ptr<EventSink>> make_webhook_event_sink(WebhookOptions options);

}  // namespace ringfence
