#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ringfence/sender.h"

namespace ringfence::http {

/// What a placeholder of a description stands for. A message's own values; the names are public.
enum class Value : std::uint8_t {
  to,
  to_digits,
  text,
  code,
  coding,
  subject,
  html,
  id,
  kind,
  purpose,
  role,
  route,
  locale,
  channel,
  account,
  realm,
  trace_id,
  lifetime_minutes,
  lifetime_seconds,
  masked,
  created,
  timestamp,
  time,
  nonce,
  chosen_template,
  fields,     // all of them, as a JSON object
  field,      // one of them, by its name
  body,       // of the request: only in what is signed
  signature,  // only in the header that carries it
};

/// The value of a placeholder's name; none if there is no such name. `field.NAME` is `field`.
std::optional<Value> value_of(std::string_view name);

/// The values of one message. What it was made of must outlive it.
struct Values {
  /// A code or a notice.
  Values(const OutgoingMessage& message, TimeMs now, std::string nonce_text);
  /// An event.
  Values(const Message& event, TimeMs now, std::string nonce_text);

  /// `name` is the placeholder's.
  std::string_view get(Value value, std::string_view name) const;

  const Message& message;
  const OutgoingMessage* outgoing = nullptr;  ///< None for an event.
  std::string chosen_template = {};
  std::string_view body = {};
  std::string_view signature = {};

 private:
  Values(const Message& of, const OutgoingMessage* out, TimeMs now, std::string nonce_text);

  std::string to_;
  std::string to_digits_;
  std::string masked_;
  std::string id_;
  std::string created_;
  std::string timestamp_;
  std::string time_;
  std::string nonce_;
  std::string coding_;
  std::string lifetime_minutes_;
  std::string lifetime_seconds_;
};

/// `2025-01-31T23:59:59Z`
std::string utc(TimeMs time);

}  // namespace ringfence::http
