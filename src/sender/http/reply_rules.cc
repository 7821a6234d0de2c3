#include "sender/http/reply_rules.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "codec/parse_json.h"
#include "ringfence/model/policy.h"
#include "sender/http/lower.h"

namespace ringfence::http {
namespace {

using nlohmann::json;
using Outcome = SendResult::Outcome;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// ---- reading a description
// ------------------------------------------------------------------------

result<Condition::Statuses> read_status(const json& value, const std::string& path) {
  if (value.is_number_integer()) {
    const auto status = value.get<std::int64_t>();
    if (status >= 100 && status <= 599)
      return Condition::Statuses{static_cast<long>(status), static_cast<long>(status)};
  }
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() == 3 && text[0] >= '1' && text[0] <= '5' && text.substr(1) == "xx") {
      const long first = (text[0] - '0') * 100L;
      return Condition::Statuses{first, first + 99};
    }
  }
  return wrong_description(path, "must be a status as 202, or a class of them as \"2xx\"");
}

result<json::json_pointer> read_pointer(const std::string& text, const std::string& path) {
  try {
    if (!text.empty()) return json::json_pointer(text);
  } catch (const json::exception&) {  // said below
  }
  return wrong_description(path, "must be a JSON pointer, e.g. /error/code");
}

// Boost would let ^ and $ stand at every line, and a dot for a line end: then any line of a body
// could make a success.
constexpr auto pattern_flags = boost::regex::perl | boost::regex::no_mod_m | boost::regex::no_mod_s;

result<boost::regex> read_pattern(const std::string& text, const std::string& path) {
  try {
    if (!text.empty()) return boost::regex(text, pattern_flags);
  } catch (const std::exception&) {  // said below
  }
  return wrong_description(path, "must be a regular expression");
}

bool scalar(const json& value) {
  return value.is_string() || value.is_number() || value.is_boolean() || value.is_null();
}

result<Condition::Member> read_member(json::json_pointer place, const json& value,
                                      const std::string& path) {
  Condition::Member out{.place = std::move(place)};
  if (value.is_object()) {
    RF_TRY(members, Members::of(value, path));
    RF_TRY(text, members.must_be_text("matches"));
    RF_TRY(pattern, read_pattern(text, members.path("matches")));
    out.pattern = std::move(pattern);
    RF_TRY_VOID(members.finish());
    return out;
  }
  if (value.is_array()) {
    out.values.assign(value.begin(), value.end());
  } else {
    out.values.push_back(value);
  }
  if (out.values.empty() || !std::all_of(out.values.begin(), out.values.end(), scalar)) {
    return wrong_description(path,
                             "must be a text, a number, true, false or null, a list of them, or "
                             "{\"matches\": PATTERN}");
  }
  return out;
}

result<Condition> read_condition(const json& value, const std::string& path) {
  RF_TRY(members, Members::of(value, path));
  Condition out;
  if (const json* const statuses = members.find("status")) {
    if (statuses->is_array() && !statuses->empty()) {
      for (const json& one : *statuses) {
        RF_TRY(status, read_status(one, members.path("status")));
        out.statuses.push_back(status);
      }
    } else {
      RF_TRY(status, read_status(*statuses, members.path("status")));
      out.statuses.push_back(status);
    }
  }
  if (const json* const wanted = members.find("json")) {
    RF_TRY_VOID(Members::of(*wanted, members.path("json")));
    for (const auto& [pointer_text, values] : wanted->items()) {
      RF_TRY(pointer, read_pointer(pointer_text, members.path("json")));
      RF_TRY(member,
             read_member(std::move(pointer), values, members.path("json") + " at " + pointer_text));
      out.json.push_back(std::move(member));
    }
  }
  if (const json* const headers = members.find("headers")) {
    RF_TRY(each, Members::of(*headers, members.path("headers")));
    for (const auto& [name, ignored] : headers->items()) {
      RF_TRY(text, each.must_be_text(name));
      RF_TRY(pattern, read_pattern(text, each.path(name)));
      out.headers.push_back({lower(name), std::move(pattern)});
    }
  }
  if (members.find("body") != nullptr) {
    RF_TRY(text, members.must_be_text("body"));
    RF_TRY(pattern, read_pattern(text, members.path("body")));
    out.body = std::move(pattern);
  }
  RF_TRY_VOID(members.finish());
  if (out.statuses.empty() && out.json.empty() && out.headers.empty() && !out.body)
    return wrong_description(path, "says nothing, and would always hold");
  return out;
}

result<std::vector<Condition>> read_conditions(Members& members, const std::string& name) {
  std::vector<Condition> out;
  const json* const value = members.find(name);
  if (value == nullptr) return out;
  if (!value->is_array()) {
    RF_TRY(condition, read_condition(*value, members.path(name)));
    out.push_back(std::move(condition));
    return out;
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    RF_TRY(condition,
           read_condition((*value)[i], members.path(name) + "[" + std::to_string(i) + "]"));
    out.push_back(std::move(condition));
  }
  return out;
}

result<std::optional<Place>> read_place(Members& members, const std::string& name,
                                        bool may_be_own) {
  const json* const value = members.find(name);
  if (value == nullptr) return std::optional<Place>();
  const std::string path = members.path(name);
  RF_TRY(inner, Members::of(*value, path));
  Place out;
  int places = 0;
  if (inner.find("json") != nullptr) {
    RF_TRY(text, inner.must_be_text("json"));
    RF_TRY(pointer, read_pointer(text, inner.path("json")));
    out.json = std::move(pointer);
    ++places;
  }
  if (inner.find("header") != nullptr) {
    RF_TRY(text, inner.must_be_text("header"));
    out.header = lower(text);
    ++places;
  }
  if (inner.find("body") != nullptr) {
    RF_TRY(text, inner.must_be_text("body"));
    RF_TRY(pattern, read_pattern(text, inner.path("body")));
    if (pattern.mark_count() < 1)
      return wrong_description(inner.path("body"), "must have a group, in parentheses");
    out.body = std::move(pattern);
    ++places;
  }
  if (may_be_own) {
    RF_TRY(own, inner.flag("own"));
    out.own = own;
    places += own ? 1 : 0;
  }
  RF_TRY_VOID(inner.finish());
  if (places != 1)
    return wrong_description(
        path, std::string("must have one of json, header, body") + (may_be_own ? ", own" : ""));
  return std::optional<Place>(std::move(out));
}

// ---- judging a reply
// ------------------------------------------------------------------------------

bool any_holds(const std::vector<Condition>& conditions, const Answer& answer) {
  return std::any_of(conditions.begin(), conditions.end(),
                     [&](const Condition& one) { return one.holds(answer); });
}

bool matches(const boost::regex& pattern, std::string_view text) {
  try {
    return boost::regex_search(text.begin(), text.end(), pattern);
  } catch (const std::exception&) {
    return false;  // too complex for this text
  }
}

std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  return std::nullopt;
}

// A refusal of the request for what is in it. The others are about us and all that we send: who we
// are, what is paid for, where it goes, how much of it.
bool about_this_message(long status) {
  constexpr std::array<long, 9> about_us = {401, 402, 403, 404, 405, 407, 408, 425, 429};
  return status >= 400 && status < 500 &&
         std::find(about_us.begin(), about_us.end(), status) == about_us.end();
}

// Seconds, or a date (RFC 9110, 10.2.3).
TimeMs wait_of(std::string_view text, TimeMs now) {
  text = trimmed(text);
  TimeMs seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size())
    return std::clamp<TimeMs>(seconds, 0, day_ms / 1000) * 1000;
  const std::time_t date = curl_getdate(std::string(text).c_str(), nullptr);
  if (date < 0) return 0;
  return std::clamp<TimeMs>(static_cast<TimeMs>(date) * 1000 - now, 0, day_ms);
}

// Letters and digits alone, so that it does not matter how a number or a code is grouped.
std::string squeezed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char any : text) {
    const char c = lower(any);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  }
  return out;
}

bool has_part_of(const std::string& text, const std::string& whole, std::size_t size) {
  for (std::size_t at = 0; at + size <= whole.size(); ++at) {
    if (text.find(whole.substr(at, size)) != std::string::npos) return true;
  }
  return false;
}

// Whether a plain token tells the code or the address, or enough of it.
bool tells(std::string_view said, const Message& message, std::string_view code) {
  std::string text = squeezed(said);
  std::string plain_code = squeezed(code);
  bool found = !plain_code.empty() && has_part_of(text, plain_code, plain_code.size());
  wipe(plain_code);
  if (message.destination) {
    const std::string to = lower(message.destination->text());
    const std::string plain = squeezed(to);
    // A number may come back without its country code, which has up to three digits.
    const std::size_t telling = message.destination->phone() != nullptr && plain.size() < 10
                                    ? std::max<std::size_t>(plain.size(), 8) - 3
                                    : 7;
    std::string in_lower_case = lower(said);
    found =
        found || in_lower_case.find(to) != std::string::npos || has_part_of(text, plain, telling);
    wipe(in_lower_case);
  }
  wipe(text);
  return found;
}

// What the other side said, only if it is a plain token and holds nothing of the message: what is
// stored with it has no address and no code (R25).
std::string harmless(std::string text, const Message& message, std::string_view code) {
  const bool token = text.size() <= 128 && std::all_of(text.begin(), text.end(),
                                                       [](char c) { return c > ' ' && c < 0x7f; });
  if (!token || tells(text, message, code)) wipe(text);
  return text;
}

}  // namespace

Answer::Answer(const transfer::Reply& of) : reply(of) {
  for (const std::string& line : of.lines) {
    if (line.starts_with("HTTP/")) headers_.clear();  // the one before was provisional
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    headers_.emplace_back(lower(line.substr(0, colon)),
                          trimmed(std::string_view(line).substr(colon + 1)));
  }
}

std::optional<std::string_view> Answer::header(std::string_view name) const {
  for (auto one = headers_.rbegin(); one != headers_.rend(); ++one) {
    if (one->first == name) return one->second;
  }
  return std::nullopt;
}

const json* Answer::at(const json::json_pointer& place) const {
  if (!read_) {
    read_ = true;
    try {
      if (!reply.cut) json_.value = codec::parse_json(reply.body.view());
    } catch (const std::exception&) {  // no JSON: nothing stands anywhere
    }
  }
  const json& whole = json_.value;
  return whole.is_structured() && whole.contains(place) ? &whole.at(place) : nullptr;
}

bool Condition::holds(const Answer& answer) const {
  const long status = answer.reply.status;
  if (!statuses.empty() && std::none_of(statuses.begin(), statuses.end(), [&](const Statuses& one) {
        return status >= one.first && status <= one.last;
      })) {
    return false;
  }
  for (const Member& wanted : json) {
    const nlohmann::json* const found = answer.at(wanted.place);
    if (found == nullptr) return false;
    if (wanted.pattern) {
      auto text = text_of(*found);
      const bool good = text && matches(*wanted.pattern, *text);
      if (text) wipe(*text);
      if (!good) return false;
    } else if (std::find(wanted.values.begin(), wanted.values.end(), *found) ==
               wanted.values.end()) {
      return false;
    }
  }
  for (const Header& wanted : headers) {
    const auto found = answer.header(wanted.name);
    if (!found || !matches(wanted.pattern, *found)) return false;
  }
  return !body || (!answer.reply.cut && matches(*body, answer.reply.body.view()));
}

std::string Place::read(const Answer& answer) const {
  if (json) {
    const nlohmann::json* const found = answer.at(*json);
    return found == nullptr ? std::string() : text_of(*found).value_or("");
  }
  if (!header.empty()) return std::string(answer.header(header).value_or(""));
  if (body && !answer.reply.cut) {
    boost::cmatch found;
    const std::string_view text = answer.reply.body.view();
    try {
      if (boost::regex_search(text.data(), text.data() + text.size(), found, *body))
        return found[1].str();
    } catch (const std::exception&) {  // too complex for this text
    }
  }
  return {};
}

result<ReplyRules> ReplyRules::read(const json& value, const std::string& path) {
  RF_TRY(members, Members::of(value, path));
  ReplyRules out;
  RF_TRY_VOID(members.must("accepted"));
  RF_TRY(accepted, read_conditions(members, "accepted"));
  if (accepted.empty()) return wrong_description(members.path("accepted"), "must not be empty");
  RF_TRY(permanent, read_conditions(members, "permanent"));
  RF_TRY(unreachable, read_conditions(members, "unreachable"));
  RF_TRY(temporary, read_conditions(members, "temporary"));
  RF_TRY(message_id, read_place(members, "message_id", true));
  RF_TRY(reason, read_place(members, "reason", false));
  RF_TRY(retry_after, read_place(members, "retry_after_seconds", false));
  RF_TRY_VOID(members.finish());
  out.accepted = std::move(accepted);
  out.permanent = std::move(permanent);
  out.unreachable = std::move(unreachable);
  out.temporary = std::move(temporary);
  out.message_id = std::move(message_id);
  out.reason = std::move(reason);
  out.retry_after = std::move(retry_after);
  return out;
}

SendResult ReplyRules::judge(const transfer::Reply& reply, const Message& message,
                             std::string_view code, TimeMs now) const {
  const Answer answer(reply);
  const std::string status = "status " + std::to_string(reply.status);
  SendResult out;
  if (any_holds(permanent, answer)) {
    out.outcome = Outcome::permanent;
  } else if (any_holds(unreachable, answer)) {
    out.outcome = Outcome::unreachable;
  } else if (any_holds(temporary, answer)) {
    out.outcome = Outcome::temporary;
  } else if (any_holds(accepted, answer)) {
    out.outcome = Outcome::accepted;
    if (message_id) {
      out.gateway_id =
          message_id->own ? message.id.hex() : harmless(message_id->read(answer), message, code);
    }
    return out;
  } else if (reply.status == 503 || (reply.status >= 300 && reply.status < 500)) {
    // Not done, and perhaps for a cause that an operator removes, such as a wrong password.
    out.outcome = about_this_message(reply.status) ? Outcome::unreachable : Outcome::temporary;
  } else {
    out.reason = "an answer that the description does not know, " + status;
    return out;
  }
  out.reason = "refused, " + status;
  if (reason) {
    const std::string said = harmless(reason->read(answer), message, code);
    if (!said.empty()) out.reason += ", " + said;
  }
  if (out.outcome != Outcome::permanent) {
    if (const auto header = answer.header("retry-after"))
      out.retry_after_ms = wait_of(*header, now);
    if (retry_after)
      out.retry_after_ms = std::max(out.retry_after_ms, wait_of(retry_after->read(answer), now));
  }
  return out;
}

}  // namespace ringfence::http
