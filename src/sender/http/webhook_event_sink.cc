#include <limits>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "ringfence/sender/webhook.h"
#include "ringfence/text.h"
#include "sender/http/description.h"
#include "sender/http/exchange.h"
#include "sender/http/members.h"

namespace ringfence {
namespace {

using nlohmann::json;

class WebhookEventSink final : public EventSink {
 public:
  WebhookEventSink(http::Description description, std::unique_ptr<transfer::Pool> pool,
                   Clock& clock)
      : description_(std::move(description)), pool_(std::move(pool)), clock_(clock) {}

  SendResult deliver(const Message& event) override {
    const TimeMs now = clock_.now_ms();
    http::Values values(event, now, "");
    return http::exchange(description_, values, *pool_, now);
  }

 private:
  const http::Description description_;
  const std::unique_ptr<transfer::Pool> pool_;
  Clock& clock_;
};

Failure wrong(const std::string& what) {
  Failure out = failure(ErrorCode::invalid_argument, "the webhook: " + what);
  out.next = NextStep::fix_setup;
  return out;
}

// The webhook is a gateway like others; its description is ours.
json description_for(std::size_t keys) {
  json variables = {{"url", nullptr}};
  json names = json::array();
  for (std::size_t i = 0; i < keys; ++i) {
    variables["key" + std::to_string(i)] = nullptr;
    names.push_back("{key" + std::to_string(i) + "}");
  }
  return {{"variables", variables},
          {"url", "{url}"},
          {"headers", {{"webhook-id", "{id}"}, {"webhook-timestamp", "{timestamp}"}}},
          {"json",
           {{"type", "{purpose}"},
            {"timestamp", "{created}"},
            {"data",
             {{"id", "{id}"},
              {"realm", "{realm}"},
              {"account", "{account}"},
              {"fields", "{fields}"},
              {"trace_id", "{trace_id}"}}}}},
          {"signature",
           {{"hmac",
             {{"key_encoding", "base64"},
              {"keys", names},
              {"encoding", "base64"},
              {"over", "{id}.{timestamp}.{body}"},
              {"header", "webhook-signature"},
              {"value", "v1,{signature}"}}}}},
          {"reply", {{"accepted", {{"status", "2xx"}}}, {"permanent", {{"status", 410}}}}}};
}

}  // namespace

result<std::unique_ptr<EventSink>> make_webhook_event_sink(WebhookOptions options) try {
  if (options.url.empty()) return wrong("it has no URL");
  if (!valid_text(options.url, 1, std::numeric_limits<std::size_t>::max()))
    return wrong("url is not UTF-8, or has a NUL in it");
  if (options.keys.empty()) return wrong("it has no key to sign with");
  std::map<std::string, std::string> variables = {{"url", options.url}};
  for (std::size_t i = 0; i < options.keys.size(); ++i) {
    std::string_view encoded = options.keys[i];
    const std::string which = "keys[" + std::to_string(i) + "] ";
    if (!encoded.starts_with("whsec_")) return wrong(which + "does not begin with whsec_");
    const auto bytes = http::from_base64(encoded.substr(6));
    if (!bytes) return wrong(which + "is not base64 behind whsec_");
    if (bytes->reveal().size() < 24) return wrong(which + "has less than 24 bytes");
    variables["key" + std::to_string(i)] = options.keys[i];
  }
  const http::Description::Given given{variables, options.allow_http, true};
  auto read = http::Description::read(description_for(options.keys.size()).dump(), given);
  for (auto& [name, value] : variables) wipe(value);
  for (std::string& key : options.keys) wipe(key);
  if (!read) return wrong(std::string(http::problem_in(read.error())));
  RF_TRY(pool, transfer::Pool::make({.connections = options.connections,
                                     .connect_timeout_ms = options.connect_timeout_ms,
                                     .timeout_ms = options.timeout_ms,
                                     .ca_file = options.ca_file},
                                    "http,https"));
  return std::unique_ptr<EventSink>(
      std::make_unique<WebhookEventSink>(std::move(read).value(), std::move(pool), options.clock));
} catch (const std::bad_alloc&) {
  return failure(ErrorCode::internal, "out of memory");
}

}  // namespace ringfence
