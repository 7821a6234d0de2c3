#include "sender/http/values.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "ringfence/sms.h"

namespace ringfence::http {
namespace {

constexpr std::string_view field_prefix = "field.";

constexpr std::array<std::pair<std::string_view, Value>, 28> names = {{
    {"to", Value::to},
    {"to_digits", Value::to_digits},
    {"text", Value::text},
    {"code", Value::code},
    {"coding", Value::coding},
    {"subject", Value::subject},
    {"html", Value::html},
    {"id", Value::id},
    {"kind", Value::kind},
    {"purpose", Value::purpose},
    {"role", Value::role},
    {"route", Value::route},
    {"locale", Value::locale},
    {"channel", Value::channel},
    {"account", Value::account},
    {"realm", Value::realm},
    {"trace_id", Value::trace_id},
    {"lifetime_minutes", Value::lifetime_minutes},
    {"lifetime_seconds", Value::lifetime_seconds},
    {"masked", Value::masked},
    {"created", Value::created},
    {"timestamp", Value::timestamp},
    {"time", Value::time},
    {"nonce", Value::nonce},
    {"template", Value::chosen_template},
    {"fields", Value::fields},
    {"body", Value::body},
    {"signature", Value::signature},
}};

}  // namespace

std::string utc(TimeMs time) {
  const std::time_t seconds = static_cast<std::time_t>(time / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> out{};
  return {out.data(), std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::optional<Value> value_of(std::string_view name) {
  for (const auto& [known, value] : names) {
    if (known == name) return value;
  }
  if (name.starts_with(field_prefix) && name.size() > field_prefix.size()) return Value::field;
  return std::nullopt;
}

Values::Values(const OutgoingMessage& out, TimeMs now, std::string nonce_text)
    : Values(out.message, &out, now, std::move(nonce_text)) {}

Values::Values(const Message& event, TimeMs now, std::string nonce_text)
    : Values(event, nullptr, now, std::move(nonce_text)) {}

Values::Values(const Message& of, const OutgoingMessage* out, TimeMs now, std::string nonce_text)
    : message(of),
      outgoing(out),
      id_(of.id.hex()),
      created_(utc(of.created_at)),
      timestamp_(std::to_string(now / 1000)),
      time_(utc(now)),
      nonce_(std::move(nonce_text)) {
  if (of.destination) {
    to_ = of.destination->text();
    to_digits_ = to_.starts_with('+') ? to_.substr(1) : to_;
    masked_ = of.destination->masked();
  }
  // As bits 2 and 3 of a data coding scheme have it (GSM 03.38), and gateways that follow it.
  if (out != nullptr)
    coding_ = sms_size(out->text.reveal()).alphabet == SmsAlphabet::gsm7 ? "0" : "2";
  if (out != nullptr && out->lifetime_ms > 0) {
    lifetime_minutes_ = std::to_string(std::max<TimeMs>((out->lifetime_ms + 30'000) / 60'000, 1));
    lifetime_seconds_ = std::to_string(out->lifetime_ms / 1000);
  }
}

std::string_view Values::get(Value value, std::string_view field_name) const {
  switch (value) {
    case Value::to:
      return to_;
    case Value::to_digits:
      return to_digits_;
    case Value::text:
      return outgoing == nullptr ? std::string_view() : outgoing->text.reveal();
    case Value::code:
      return outgoing == nullptr ? std::string_view() : outgoing->code.reveal();
    case Value::coding:
      return coding_;
    case Value::subject:
      return outgoing == nullptr ? std::string_view() : outgoing->subject;
    case Value::html:
      return outgoing == nullptr || outgoing->html == nullptr ? std::string_view()
                                                              : outgoing->html->reveal();
    case Value::id:
      return id_;
    case Value::kind:
      return name(message.kind);
    case Value::purpose:
      return message.purpose;
    case Value::role:
      return message.kind == MessageKind::code ? name(message.role) : std::string_view();
    case Value::route:
      return name(message.route);
    case Value::locale:
      return outgoing == nullptr ? std::string_view() : outgoing->locale;
    case Value::channel:
      return message.destination ? name(message.destination->kind()) : std::string_view();
    case Value::account:
      return message.account.id;
    case Value::realm:
      return message.account.realm;
    case Value::trace_id:
      return message.trace_id;
    case Value::lifetime_minutes:
      return lifetime_minutes_;
    case Value::lifetime_seconds:
      return lifetime_seconds_;
    case Value::masked:
      return masked_;
    case Value::created:
      return created_;
    case Value::timestamp:
      return timestamp_;
    case Value::time:
      return time_;
    case Value::nonce:
      return nonce_;
    case Value::chosen_template:
      return chosen_template;
    case Value::body:
      return body;
    case Value::signature:
      return signature;
    case Value::field: {
      const auto found = message.fields.find(std::string(field_name.substr(field_prefix.size())));
      return found == message.fields.end() ? std::string_view() : std::string_view(found->second);
    }
    case Value::fields:  // written member by member: see Template
      break;
  }
  return {};
}

}  // namespace ringfence::http
