#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

namespace ringfence::codec {

/// Reads JSON that comes from outside. Throws a `std::exception` for what is none, and for what is
/// nested deeper than anything of ringfence is: a value that is nested without end would take the
/// stack when it is written again.
inline nlohmann::json parse_json(std::string_view text) {
  constexpr int deepest = 32;
  return nlohmann::json::parse(text.begin(), text.end(),
                               [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
                                 if (depth > deepest) throw std::length_error("nested too deep");
                                 return true;
                               });
}

}  // namespace ringfence::codec
