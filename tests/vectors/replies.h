#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "ringfence/ringfence.h"

/// Replies as the vectors have them: the structs of the C interface as objects. Written from the
/// types of C++, so that it says the same twice.
namespace ringfence::vectors {

using nlohmann::json;

template <class E>
requires std::is_enum_v<E> std::string text(E value) { return std::string(name(value)); }
inline json kinds(const ChannelKinds& of) {
  json out = json::array();
  for (const ChannelKind kind : {ChannelKind::phone, ChannelKind::email}) {
    if (std::find(of.begin(), of.end(), kind) != of.end()) out.push_back(text(kind));
  }
  return out;
}

inline json reply(const ChannelSettings& of) {
  return {{"kind", text(of.kind)},
          {"state", text(of.state)},
          {"verification", of.verification.usable},
          {"verification_reason", text(of.verification.reason)},
          {"login", of.login.usable},
          {"login_reason", text(of.login.reason)},
          {"notices", of.notices.usable},
          {"notices_reason", text(of.notices.reason)},
          {"assurance", text(of.assurance)},
          {"tries_left", of.tries_left},
          {"limited_until", of.limited_until.value_or(0)},
          {"masked", of.masked}};
}

inline json reply(const SecuritySettings& of) {
  json notices = json::array();
  for (const NoticeSettings& one : of.notices) {
    notices.push_back({{"category", one.category},
                       {"chosen", kinds(one.chosen)},
                       {"channels", kinds(one.channels)},
                       {"mandatory", one.mandatory},
                       {"choosable", one.choosable}});
  }
  return {{"kind", text(of.kind)},      {"status", text(of.status)},   {"realm", of.account.realm},
          {"id", of.account.id},        {"managed_at", of.managed_at}, {"locale", of.locale},
          {"phone", reply(of.phone())}, {"email", reply(of.email())},  {"notices", notices}};
}

inline json reply(const FlowView& of) {
  const ChangeResult change = of.change.value_or(ChangeResult{});
  const Granted granted = of.granted.value_or(Granted{});
  return {{"kind", text(of.kind)},
          {"channel", text(of.channel)},
          {"step", text(of.step)},
          {"verdict", text(of.verdict)},
          {"tries_left", of.tries_left},
          {"repeated", of.repeated},
          {"verification_only", of.verification_only},
          {"code_expires_at", of.code_expires_at},
          {"limited_until", of.limited_until.value_or(0)},
          {"resend_at", of.resend_at},
          {"not_delivered", of.not_delivered},
          {"expires_at", of.expires_at},
          {"changed", of.change.has_value()},
          {"usable_for_verification", change.usable_for_verification},
          {"usable_for_login", change.usable_for_login},
          {"check_email", change.check_email},
          {"granted", of.granted.has_value()},
          {"grant_expires_at", granted.expires_at},
          {"flow", of.handle.text()},
          {"sent_to", of.sent_to},
          {"changed_to", change.masked},
          {"operation", granted.operation}};
}

inline json reply(const Granted& of) {
  return {{"expires_at", of.expires_at}, {"operation", of.operation}};
}

inline json reply(const std::optional<Appeal>& of) {
  const Appeal appeal = of.value_or(Appeal{});
  return {{"state", text(appeal.state)},         {"submitted_at", appeal.submitted_at},
          {"held_until", appeal.held_until},     {"decided_at", appeal.decided_at},
          {"open_until", appeal.open_until},     {"id", of ? appeal.id.hex() : ""},
          {"submitted_by", appeal.submitted_by}, {"reviewer", appeal.reviewer},
          {"evidence", appeal.evidence}};
}
inline json reply(const Appeal& of) { return reply(std::optional(of)); }

inline json reply(const NoticeReceipt& of) {
  ChannelKinds to;
  json out = {{"repeated", of.repeated}, {"phone", ""}, {"email", ""}};
  for (const NoticeTarget& one : of.sent_to) {
    to.push_back(one.channel);
    out[text(one.channel)] = one.masked;
  }
  out["sent_to"] = kinds(to);
  return out;
}

inline json reply(const std::optional<std::string>& of) {
  return {{"found", of.has_value()}, {"account", of.value_or("")}};
}

inline json reply(const ImportReport& of) {
  json refused = json::array();
  for (const ImportRefusal& one : of.refused) {
    refused.push_back(
        {{"index", one.index}, {"status", text(one.why.code)}, {"next", text(one.why.next)}});
  }
  return {{"imported", of.imported},
          {"present", of.present},
          {"claims_moved", of.claims_moved},
          {"refused", refused}};
}

inline json reply(const AuditReport& of) {
  return {{"fault", text(of.fault)},
          {"at", of.at},
          {"checked", of.checked},
          {"head", of.chain.head.number},
          {"anchor", of.chain.anchor.number},
          {"head_mac", of.chain.head.mac.hex()},
          {"anchor_mac", of.chain.anchor.mac.hex()}};
}

inline json reply(int removed) { return removed; }

inline json reply(const Dispatcher::Counts& of) {
  return {{"taken", of.taken},           {"accepted", of.accepted}, {"given_up", of.given_up},
          {"superseded", of.superseded}, {"deferred", of.deferred}, {"held", of.held}};
}

inline json refusal(const Failure& of) {
  return {{"status", text(of.code)},
          {"next", text(of.next)},
          {"retry_at", of.retry_at.value_or(0)},
          {"link", of.link}};
}

/// What a sender or an event sink was given: of an event, nothing but the message.
inline json handed(const Message& of, std::string_view locale, std::string_view code,
                   std::string_view rendered, TimeMs lifetime_ms, std::string_view subject,
                   std::string_view html) {
  return {{"kind", text(of.kind)},
          {"channel", of.destination ? json(text(of.destination->kind())) : json()},
          {"route", text(of.route)},
          {"role", text(of.role)},
          {"attempts", of.attempts},
          {"id", of.id.hex()},
          {"purpose", of.purpose},
          {"account", {{"realm", of.account.realm}, {"id", of.account.id}}},
          {"destination", of.destination ? of.destination->text() : ""},
          {"locale", locale},
          {"code", code},
          {"text", rendered},
          {"fields", of.fields},
          {"trace_id", of.trace_id},
          {"lifetime_ms", lifetime_ms},
          {"created_at", of.created_at},
          {"subject", subject},
          {"html", html}};
}

}  // namespace ringfence::vectors
