#include <string>
#include <vector>

#include "policy/settings.h"
#include "ringfence/text.h"

namespace ringfence {
namespace {

class Check {
 public:
  std::vector<std::string> problems;

  void number(const char* setting, TimeMs value, TimeMs least, TimeMs most, const char*) {
    within(setting, value, least, most);
  }
  void duration(const char* setting, TimeMs value, TimeMs least, TimeMs most, const char*) {
    within(setting, value, least, most);
  }
  void windows(const std::string& setting, const std::vector<Window>& list, const char*) {
    within(setting + ": the number of windows", static_cast<TimeMs>(list.size()), 1, 3);
    for (const Window& window : list) {
      within(setting + ".count", window.count, 1, 100);
      within(setting + ".span_ms", window.span_ms, second_ms, 7 * day_ms);
    }
  }
  template <class E>
  void choice(const std::string& setting, E value, E last, const char*) {
    if (value > last) problems.push_back(setting + " is none of its values");
  }
  template <class E>
  void choices(const std::string& setting, const std::vector<E>& values, E last, const char*) {
    for (const E value : values) choice(setting, value, last, "");
  }
  void regions(const std::string& setting, const std::vector<std::string>& list, const char*) {
    for (const std::string& region : list) {
      if (region.size() != 2 || region[0] < 'A' || region[0] > 'Z' || region[1] < 'A' ||
          region[1] > 'Z') {
        problems.push_back(setting + " has an entry that is not two capital letters, e.g. CN");
      }
    }
  }
  void prefixes(const std::string& setting, const std::vector<std::string>& list, const char*) {
    for (const std::string& prefix : list) {
      if (prefix.size() < 2 || prefix.size() > 16 || prefix[0] != '+' ||
          prefix.find_first_not_of("0123456789", 1) != std::string::npos) {
        problems.push_back(setting + " has an entry that is not + and digits, e.g. +8817");
      }
    }
  }
  void flag(const char*, bool, const char*) {}
  void links(const std::string& setting, const std::map<std::string, std::string>& links,
             const char*) {
    for (const auto& [provider, link] : links) {
      if (!valid_text(provider, 1, 128) || !valid_text(link, 1, 2048))
        problems.push_back(setting + " has a provider without a name, or without a link");
    }
  }

 private:
  void within(const std::string& setting, TimeMs value, TimeMs least, TimeMs most) {
    if (value < least || value > most) {
      problems.push_back(setting + " is " + std::to_string(value) + "; it must be " +
                         std::to_string(least) + " to " + std::to_string(most));
    }
  }
};

}  // namespace

std::vector<std::string> Policy::problems() const {
  Check check;
  visit_settings(check, *this);
  if (!phone.verification && !email.verification) {
    check.problems.emplace_back(
        "phone.verification and email.verification are both off; one must be on");
  }
  return std::move(check.problems);
}

}  // namespace ringfence
