#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence::codec {

/// Reads JSON that comes from outside. Throws a `std::exception` for what is none, for a member
/// that is there twice, of which the parser would silently keep the last, and for what is nested
/// deeper than anything of ringfence is: a value that is nested without end would take the stack
/// when it is written again.
inline nlohmann::json parse_json(std::string_view text) {
  using Event = nlohmann::json::parse_event_t;
  constexpr int deepest = 32;
  std::vector<std::set<std::string>> open;
  return nlohmann::json::parse(
      text.begin(), text.end(), [&open](int depth, Event event, nlohmann::json& value) {
        if (depth > deepest) throw std::length_error("nested too deep");
        if (event == Event::object_start) open.emplace_back();
        if (event == Event::object_end) open.pop_back();
        if (event == Event::key && !open.back().insert(value.get<std::string>()).second)
          throw std::invalid_argument("a member is there twice");
        return true;
      });
}

}  // namespace ringfence::codec
