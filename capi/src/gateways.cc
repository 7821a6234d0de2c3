// Senders to gateways over HTTP, and webhooks.
#include <initializer_list>
#include <map>
#include <utility>

#include "codec/parse_json.h"
#include "objects.h"
#include "ringfence/sender/http.h"
#include "ringfence/sender/webhook.h"
#include "ringfence/text.h"
#include "views.h"

namespace ringfence::capi {
namespace {

// What of the options both have; 0 keeps what is usual.
template <class Options>
result<void> set(Options& options, const ringfence_http_options* given) {
  if (given == nullptr) return ok();
  RF_TRY(in, read_struct(given));
  RF_TRY(ca_file, named("ca_file", read_string(in.ca_file)));
  RF_TRY(allow_http, read_flag(in.allow_http, "allow_http"));
  if (in.reserved != 0) return failure(ErrorCode::invalid_argument, "reserved is not 0");
  const std::initializer_list<std::pair<const char*, std::int64_t>> numbers = {
      {"connections", in.connections},
      {"connect_timeout_ms", in.connect_timeout_ms},
      {"timeout_ms", in.timeout_ms}};
  for (const auto& [name, value] : numbers) {
    if (value < 0)
      return failure(ErrorCode::invalid_argument,
                     "an option is out of its bounds: " + std::string(name) + " is negative");
  }
  options.allow_http = allow_http;
  options.ca_file = ca_file;
  if (in.connections != 0) options.connections = in.connections;
  if (in.connect_timeout_ms != 0) options.connect_timeout_ms = in.connect_timeout_ms;
  if (in.timeout_ms != 0) options.timeout_ms = in.timeout_ms;
  return ok();
}

result<std::map<std::string, std::string>> read_variables(ringfence_string variables) {
  RF_TRY(text, named("variables", read(variables)));
  std::map<std::string, std::string> out;
  if (text.empty()) return out;
  nlohmann::json in;
  try {
    in = codec::parse_json(text);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {  // may quote a password
    return failure(ErrorCode::invalid_argument,
                   "the variables are not JSON, nested too deep, or have a member twice");
  }
  if (!in.is_object())
    return failure(ErrorCode::invalid_argument, "the variables are not a JSON object of texts");
  for (const auto& [name, value] : in.items()) {
    if (!value.is_string())
      return failure(ErrorCode::invalid_argument,
                     "the variable " + printable(name) + " is not a text");
    out.emplace(name, value.get_ref<const std::string&>());
  }
  return out;
}

result<void> give_sender(ringfence_sender* sender, result<std::unique_ptr<Sender>> made) {
  RF_TRY(opened, std::move(made));
  RF_TRY(handle, handle_to<ringfence_sender>(std::shared_ptr<Sender>(std::move(opened))));
  *sender = handle;
  return ok();
}

}  // namespace
}  // namespace ringfence::capi

using namespace ringfence;
using namespace ringfence::capi;

int32_t ringfence_http_sender_new(ringfence_string description, ringfence_string variables,
                                  const ringfence_http_options* options, ringfence_sender* sender,
                                  ringfence_error* error) {
  return giving(sender, error, [&]() -> result<void> {
    RF_TRY(text, named("description", read(description, longest_json)));
    HttpOptions all;
    RF_TRY_VOID(capi::set(all, options));
    RF_TRY(values, capi::read_variables(variables));
    all.variables = std::move(values);
    return give_sender(sender, make_http_sender(text, std::move(all)));
  });
}

int32_t ringfence_http_sender_open(ringfence_string path, ringfence_string variables,
                                   const ringfence_http_options* options, ringfence_sender* sender,
                                   ringfence_error* error) {
  return giving(sender, error, [&]() -> result<void> {
    RF_TRY(file, named("path", read_string(path)));
    HttpOptions all;
    RF_TRY_VOID(capi::set(all, options));
    RF_TRY(values, capi::read_variables(variables));
    all.variables = std::move(values);
    return give_sender(sender, open_http_sender(file, std::move(all)));
  });
}

int32_t ringfence_webhook_event_sink_new(ringfence_string url, ringfence_string keys,
                                         const ringfence_http_options* options,
                                         ringfence_event_sink* sink, ringfence_error* error) {
  return giving(sink, error, [&]() -> result<void> {
    WebhookOptions all;
    RF_TRY_VOID(capi::set(all, options));
    RF_TRY(to, named("url", read_string(url)));
    all.url = to;
    RF_TRY(rest, named("keys", read(keys)));
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      if (end > 0) all.keys.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    RF_TRY(made, make_webhook_event_sink(std::move(all)));
    RF_TRY(handle, handle_to<ringfence_event_sink>(std::shared_ptr<EventSink>(std::move(made))));
    *sink = handle;
    return ok();
  });
}
