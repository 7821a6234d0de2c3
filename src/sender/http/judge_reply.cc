#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "codec/parse_json.h"
#include "ringfence/model/policy.h"
#include "sender/http/lower.h"
#include "sender/http/reply_rules.h"

/// Looks at a reply by the rules of a description.
namespace ringfence::http {
namespace {

using nlohmann::json;
using Outcome = SendResult::Outcome;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

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

// With %XX as the characters that they stand for: an address in a URL has its @ so.
std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned byte = 0;
    const char* const digits = text.data() + at + 1;
    if (text[at] == '%' && text.size() - at > 2 &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      at += 2;
    } else {
      out += text[at];
    }
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
  std::string decoded = percent_decoded(text);
  if (!token || tells(text, message, code) || tells(decoded, message, code)) wipe(text);
  wipe(decoded);
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
  try {
    return whole.is_structured() && whole.contains(place) ? &whole.at(place) : nullptr;
  } catch (const json::exception&) {  // an index of a list that is longer than any number
    return nullptr;
  }
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
    std::string said = harmless(reason->read(answer), message, code);
    if (std::any_of(secrets.begin(), secrets.end(), [&](const SecretText& one) {
          return said.find(one.reveal()) != std::string::npos;
        }))
      wipe(said);
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
