#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/settings.h"
#include "ringfence/text.h"

namespace ringfence {
namespace {

using nlohmann::json;

json::json_pointer pointer_of(std::string path) {
  for (char& c : path) {
    if (c == '.') c = '/';
  }
  return json::json_pointer("/" + path);
}

class Write {
 public:
  json out = json::object();

  void number(const char* name, int value, TimeMs, TimeMs, const char*) { set(name, value); }
  void duration(const char* name, TimeMs value, TimeMs, TimeMs, const char*) { set(name, value); }
  void windows(const char* name, const std::vector<Window>& list, const char*) {
    json windows = json::array();
    for (const Window& one : list)
      windows.push_back({{"count", one.count}, {"span_ms", one.span_ms}});
    set(name, std::move(windows));
  }
  template <class E>
  void choice(const char* path, E value, E, const char*) {
    set(path, std::string(name(value)));
  }
  template <class E>
  void choices(const char* path, const std::vector<E>& values, E, const char*) {
    json names = json::array();
    for (const E value : values) names.push_back(std::string(name(value)));
    set(path, std::move(names));
  }
  void regions(const char* name, const std::vector<std::string>& list, const char*) {
    set(name, list);
  }
  void prefixes(const char* name, const std::vector<std::string>& list, const char*) {
    set(name, list);
  }
  void categories(const char* name, const std::vector<std::string>& list, const char*) {
    set(name, list);
  }
  void flag(const char* name, bool value, const char*) { set(name, value); }
  void links(const char* name, const std::map<std::string, std::string>& links, const char*) {
    set(name, links);
  }
  void sandbox(const char* name, const std::vector<SandboxAddress>& list, const char*) {
    json addresses = json::array();
    for (const SandboxAddress& one : list)
      addresses.push_back({{"address", one.address}, {"code", one.code}, {"until", one.until}});
    set(name, std::move(addresses));
  }

 private:
  void set(const char* path, json value) { out[pointer_of(path)] = std::move(value); }
};

// Reads what is there; what is not keeps its default. Every problem is noted, none ends the
// reading.
class Read {
 public:
  explicit Read(const json& in) : in_(in) {}
  std::vector<std::string> problems;

  void number(const char* name, int& value, TimeMs, TimeMs, const char*) { whole(name, value); }
  void duration(const char* name, TimeMs& value, TimeMs, TimeMs, const char*) {
    whole(name, value);
  }
  void windows(const std::string& name, std::vector<Window>& list, const char*) {
    const json* found = find(name);
    if (found == nullptr) return;
    std::vector<Window> out;
    bool good = found->is_array();
    for (std::size_t i = 0; good && i < found->size(); ++i) {
      const json& one = (*found)[i];
      Window window;
      good = one.is_object() && one.size() == 2 && one.contains("count") &&
             one.contains("span_ms") && as_whole(one["count"], window.count) &&
             as_whole(one["span_ms"], window.span_ms);
      out.push_back(window);
    }
    if (!good) return wrong(name, R"(a list such as [{"count": 5, "span_ms": 600000}])");
    list = std::move(out);
  }
  template <class E>
  void choice(const std::string& path, E& value, E last, const char*) {
    const json* found = find(path);
    if (found != nullptr && !as_choice(*found, value, last)) wrong(path, names_to(last));
  }
  template <class E>
  void choices(const std::string& path, std::vector<E>& values, E last, const char*) {
    const json* found = find(path);
    if (found == nullptr) return;
    std::vector<E> out;
    bool good = found->is_array();
    for (std::size_t i = 0; good && i < found->size(); ++i) {
      E value{};
      good = as_choice((*found)[i], value, last);
      out.push_back(value);
    }
    if (!good) return wrong(path, "a list of " + names_to(last));
    values = std::move(out);
  }
  void regions(const std::string& name, std::vector<std::string>& list, const char*) {
    texts(name, list);
  }
  void prefixes(const std::string& name, std::vector<std::string>& list, const char*) {
    texts(name, list);
  }
  void categories(const std::string& name, std::vector<std::string>& list, const char*) {
    texts(name, list);
  }
  void flag(const std::string& name, bool& value, const char*) {
    const json* found = find(name);
    if (found == nullptr) return;
    if (!found->is_boolean()) return wrong(name, "true or false");
    value = found->get<bool>();
  }
  void links(const std::string& name, std::map<std::string, std::string>& links, const char*) {
    const json* found = find(name);
    if (found == nullptr) return;
    if (!found->is_object()) return wrong(name, link_form);
    std::map<std::string, std::string> out;
    for (const auto& [provider, link] : found->items()) {
      if (!link.is_string()) return wrong(name, link_form);
      out.emplace(provider, link.get_ref<const std::string&>());
    }
    links = std::move(out);
  }

  void sandbox(const std::string& name, std::vector<SandboxAddress>& list, const char*) {
    const json* found = find(name);
    if (found == nullptr) return;
    std::vector<SandboxAddress> out;
    bool good = found->is_array();
    for (std::size_t i = 0; good && i < found->size(); ++i) {
      const json& one = (*found)[i];
      good = one.is_object() && one.size() == 3 && one.contains("address") &&
             one["address"].is_string() && one.contains("code") && one["code"].is_string() &&
             one.contains("until");
      SandboxAddress address;
      good = good && as_whole(one["until"], address.until);
      if (!good) break;
      address.address = one["address"].get<std::string>();
      address.code = one["code"].get<std::string>();
      out.push_back(std::move(address));
    }
    if (!good) {
      return wrong(
          name, R"(a list such as [{"address": "+1…", "code": "123456", "until": 1800000000000}])");
    }
    list = std::move(out);
  }

  // Whatever was not asked for has a name that no setting has.
  void finish() {
    for (const auto& [name, value] : in_.items()) {
      if (known_.count(name) != 0) continue;
      if (groups_.count(name) == 0) {
        problems.push_back("there is no setting " + printable(name));
      } else if (!value.is_object()) {
        wrong(name, "an object");
      } else {
        for (const auto& [inner, ignored] : value.items()) {
          std::string path = name;
          path.append(".").append(inner);
          if (known_.count(path) == 0) problems.push_back("there is no setting " + printable(path));
        }
      }
    }
  }

 private:
  const json* find(const std::string& path) {
    known_.insert(path);
    const std::size_t dot = path.find('.');
    const std::string first = path.substr(0, dot);
    const auto outer = in_.find(first);
    if (dot == std::string::npos) return outer == in_.end() ? nullptr : &*outer;
    groups_.insert(first);
    if (outer == in_.end() || !outer->is_object()) return nullptr;
    const auto inner = outer->find(path.substr(dot + 1));
    return inner == outer->end() ? nullptr : &*inner;
  }
  void wrong(const std::string& name, const std::string& wanted) {
    problems.push_back(name + " must be " + wanted);
  }
  template <class T>
  static bool as_whole(const json& in, T& value) {
    if (in.is_number_unsigned()) {
      const auto number = in.get<std::uint64_t>();
      if (!std::in_range<T>(number)) return false;
      value = static_cast<T>(number);
      return true;
    }
    if (!in.is_number_integer()) return false;
    const auto number = in.get<std::int64_t>();
    if (!std::in_range<T>(number)) return false;
    value = static_cast<T>(number);
    return true;
  }
  template <class T>
  void whole(const std::string& name, T& value) {
    const json* found = find(name);
    if (found != nullptr && !as_whole(*found, value)) wrong(name, "a whole number");
  }
  template <class E>
  static bool as_choice(const json& in, E& value, E last) {
    if (!in.is_string()) return false;
    for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
      if (name(static_cast<E>(i)) != in.get_ref<const std::string&>()) continue;
      value = static_cast<E>(i);
      return true;
    }
    return false;
  }
  template <class E>
  static std::string names_to(E last) {
    std::string out = "one of ";
    for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
      if (i != 0) out += ", ";
      out += name(static_cast<E>(i));
    }
    return out;
  }
  void texts(const std::string& name, std::vector<std::string>& list) {
    const json* found = find(name);
    if (found == nullptr) return;
    std::vector<std::string> out;
    bool good = found->is_array();
    for (std::size_t i = 0; good && i < found->size(); ++i) {
      good = (*found)[i].is_string();
      if (good) out.push_back((*found)[i].get<std::string>());
    }
    if (!good) return wrong(name, "a list of texts");
    list = std::move(out);
  }

  static constexpr const char* link_form = R"(an object such as {"provider": "https://..."})";

  const json& in_;
  std::set<std::string> known_;
  std::set<std::string> groups_;
};

}  // namespace

std::string to_json(const Policy& policy) {
  Write write;
  visit_settings(write, policy);
  return write.out.dump(2, ' ', false, json::error_handler_t::replace);
}

result<Policy> policy_from_json(std::string_view text) try {
  // Of two members with one name the parser would silently keep the last.
  std::vector<std::set<std::string>> open;
  std::string twice;
  const auto look = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second)
      twice = value.get<std::string>();
    return true;
  };
  json in;
  try {
    in = json::parse(text.begin(), text.end(), look);
  } catch (const json::parse_error& error) {
    return failure(
        ErrorCode::invalid_policy,
        "the policy is not a JSON object: it breaks off at byte " + std::to_string(error.byte));
  }
  if (!in.is_object()) return failure(ErrorCode::invalid_policy, "the policy is not a JSON object");
  if (!twice.empty()) {
    return failure(ErrorCode::invalid_policy, "the member " + printable(twice) + " is there twice");
  }
  Policy policy;
  Read read(in);
  visit_settings(read, policy);
  read.finish();
  for (std::string& problem : policy.problems()) read.problems.push_back(std::move(problem));
  if (read.problems.empty()) return policy;
  std::string all;
  for (const std::string& problem : read.problems) all += (all.empty() ? "" : "; ") + problem;
  return failure(ErrorCode::invalid_policy, std::move(all));
} catch (const std::bad_alloc&) {
  return failure(ErrorCode::internal, "out of memory");
}

}  // namespace ringfence
