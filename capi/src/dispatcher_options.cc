#include "dispatcher_options.h"

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "codec/parse_json.h"
#include "ringfence/text.h"

namespace ringfence::capi {
namespace {

using nlohmann::json;

struct Mistake {
  std::string what;
};

using Read = std::function<void(const std::string& name, const json& value)>;

// Each member of an object is one of these.
void read_members(const std::string& name, const json& in, const std::map<std::string, Read>& all) {
  if (!in.is_object()) throw Mistake{name + (name.empty() ? "they are" : " is") + " not an object"};
  const std::string prefix = name.empty() ? "" : name + ".";
  for (const auto& [member, value] : in.items()) {
    const auto found = all.find(member);
    if (found == all.end()) {
      std::string known;
      for (const auto& [one, ignored] : all) known += (known.empty() ? "" : ", ") + one;
      throw Mistake{(name.empty() ? "they have" : name + " has") +
                    " a member that is not known: " + printable(member) + "; there are " + known};
    }
    found->second(prefix + member, value);
  }
}

template <class T>
Read number(T& to, std::int64_t least, std::int64_t most) {
  return [&to, least, most](const std::string& name, const json& value) {
    const bool fits =
        value.is_number_integer() &&
        (!value.is_number_unsigned() || std::in_range<std::int64_t>(value.get<std::uint64_t>()));
    const std::int64_t given = fits ? value.get<std::int64_t>() : least - 1;
    if (given < least || given > most) {
      throw Mistake{name + " is not a number of " + std::to_string(least) + " to " +
                    std::to_string(most)};
    }
    to = static_cast<T>(given);
  };
}

Read lane(LaneOptions& to) {
  return [&to](const std::string& name, const json& value) {
    read_members(name, value,
                 {{"at_once", number(to.at_once, 0, 1000)},
                  {"per_second", number(to.per_second, 0, 10'000)},
                  {"failures_to_break", number(to.failures_to_break, 0, 1000)},
                  {"broken_ms", number(to.broken_ms, second_ms, hour_ms)}});
  };
}

template <class One>
Read list(std::vector<One>& to, void (*read)(const std::string&, const json&, One&)) {
  return [&to, read](const std::string& name, const json& value) {
    if (!value.is_array()) throw Mistake{name + " is not an array"};
    for (const json& one : value) {
      const std::string place = name + "[" + std::to_string(to.size()) + "]";
      read(place, one, to.emplace_back());
    }
  };
}

void window(const std::string& name, const json& value, Window& to) {
  read_members(name, value,
               {{"count", number(to.count, 0, 10'000)},
                {"span_ms", number(to.span_ms, second_ms, 7 * day_ms)}});
  if (to.span_ms == 0) throw Mistake{name + ".span_ms is missing"};
}

void budget(const std::string& name, const json& value, Budget& to) {
  const Read prefix = [&to](const std::string& what, const json& given) {
    const std::string text = given.is_string() ? given.get<std::string>() : "-";
    const bool digits = text.find_first_not_of("0123456789", 1) == std::string::npos;
    if (!text.empty() && (text[0] != '+' || text.size() > 16 || !digits))
      throw Mistake{what + " is neither empty nor + and up to 15 digits"};
    to.prefix = text;
  };
  read_members(name, value, {{"prefix", prefix}, {"windows", list<Window>(to.windows, window)}});
  if (to.windows.empty()) throw Mistake{name + ".windows is missing"};
}

}  // namespace

result<void> read_options(std::string_view text, Dispatcher::Options& options) {
  const auto refuse = [](const std::string& why) {
    return failure(ErrorCode::invalid_argument, "the dispatcher's options: " + why);
  };
  json in;
  try {
    in = codec::parse_json(text);
  } catch (const std::exception&) {
    return refuse("they are not JSON, nested too deep, or have a member twice");
  }
  ConversionOptions& judged = options.conversion;
  const Read conversion = [&judged](const std::string& name, const json& value) {
    read_members(name, value,
                 {{"least_codes", number(judged.least_codes, 0, 10'000)},
                  {"least_percent", number(judged.least_percent, 1, 100)},
                  {"window_ms", number(judged.window_ms, minute_ms, day_ms)},
                  {"closed_ms", number(judged.closed_ms, minute_ms, day_ms)}});
  };
  try {
    read_members("", in,
                 {{"idle_ms", number(options.idle_ms, 10, minute_ms)},
                  {"sms", lane(options.sms)},
                  {"voice", lane(options.voice)},
                  {"email", lane(options.email)},
                  {"events", lane(options.events)},
                  {"budgets", list<Budget>(options.budgets, budget)},
                  {"conversion", conversion}});
  } catch (const Mistake& mistake) {
    return refuse(mistake.what);
  }
  return ok();
}

}  // namespace ringfence::capi
