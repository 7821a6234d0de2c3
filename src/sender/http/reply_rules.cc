#include "sender/http/reply_rules.h"

#include <algorithm>

#include "sender/http/lower.h"

/// Reads the rules of a description.
namespace ringfence::http {
namespace {

using nlohmann::json;

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

}  // namespace

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

}  // namespace ringfence::http
