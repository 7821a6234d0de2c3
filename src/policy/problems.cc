#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/settings.h"
#include "ringfence/model/email_address.h"
#include "ringfence/model/notice.h"
#include "ringfence/model/phone_number.h"
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
  void categories(const std::string& setting, const std::vector<std::string>& list, const char*) {
    within(setting + ": the number of categories", static_cast<TimeMs>(list.size()), 0, 32);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string which = setting + "[" + std::to_string(i) + "]";
      if (list[i].empty() || list[i].size() > 64 ||
          list[i].find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") !=
              std::string::npos) {
        problems.push_back(which + " must be 1 to 64 of a-z, 0-9, _, . and -");
      } else if (builtin_notice_category(list[i])) {
        problems.push_back(which + " is built in: " + list[i]);
      } else if (std::find(security_notices.begin(), security_notices.end(), list[i]) !=
                 security_notices.end()) {
        problems.push_back(which + " is the name of a notice of the library's own: " + list[i]);
      } else if (!seen.insert(list[i]).second) {
        problems.push_back(which + " is there twice: " + list[i]);
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
  void sandbox(const std::string& setting, const std::vector<SandboxAddress>& list, const char*) {
    within(setting + ": the number of addresses", static_cast<TimeMs>(list.size()), 0, 100);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const SandboxAddress& one = list[i];
      const std::string which = setting + "[" + std::to_string(i) + "]";
      if (canonical(one.address) != one.address) {
        problems.push_back(
            which + ".address is not in its stored form, e.g. +15555550100 or a@example.com");
      } else if (!seen.insert(one.address).second) {
        problems.push_back(which + ".address is there twice");
      }
      within(which + ".until", one.until, year_2000, year_2100);
    }
  }

 private:
  static constexpr TimeMs year_2000 = 946'684'800'000;
  static constexpr TimeMs year_2100 = 4'102'444'800'000;

  // The stored form of an address; empty if it is none.
  static std::string canonical(const std::string& text) {
    PhonePolicy any;
    any.denied_types.clear();
    if (const auto phone = parse_phone(text, "", any)) return phone.value().e164();
    if (const auto email = parse_email(text)) return email.value().text();
    return {};
  }
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
  if (identity_assurance == IdentityAssurance::two_proofs &&
      (!phone.verification || !email.verification)) {
    check.problems.emplace_back(
        "identity_assurance two_proofs needs phone.verification and email.verification on");
  }
  if (profile != Profile::sandbox && !sandbox_addresses.empty()) {
    check.problems.emplace_back(
        "sandbox_addresses are refused by the profile production; remove them, or set profile to "
        "sandbox");
  }
  for (std::size_t i = 0; i < sandbox_addresses.size(); ++i) {
    const std::string& code = sandbox_addresses[i].code;
    if (std::cmp_not_equal(code.size(), code_digits) ||
        code.find_first_not_of("0123456789") != std::string::npos) {
      check.problems.push_back("sandbox_addresses[" + std::to_string(i) + "].code must be " +
                               std::to_string(code_digits) + " digits, as code_digits says");
    }
  }
  return std::move(check.problems);
}

}  // namespace ringfence
