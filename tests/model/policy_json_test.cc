// A policy as JSON, and its table in the documentation (DOMAIN: *policy*).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "policy/settings.h"
#include "ringfence/model/policy.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal(const std::string& text) {
  const auto policy = policy_from_json(text);
  if (policy) return "";
  EXPECT_EQ(policy.error().code, ErrorCode::invalid_policy);
  return policy.error().text;
}

TEST(PolicyJson, WhatIsWrittenIsReadBack) {
  Policy policy;
  policy.code_digits = 8;
  policy.quarantine_ms = 90 * day_ms;
  policy.sends_to_target = {{3, minute_ms}};
  policy.phone_numbers = {.strictness = Strictness::valid,
                          .denied_types = {NumberType::voip, NumberType::unknown},
                          .allowed_regions = {"CN", "GB"},
                          .denied_regions = {"US"},
                          .denied_prefixes = {"+8817"}};
  policy.notice_categories = {"billing", "quota.v2"};
  policy.email.login = false;
  policy.provider_links = {{"jd", "https://id.example.com"}};
  ASSERT_TRUE(policy_from_json(to_json(policy)));
  EXPECT_EQ(policy_from_json(to_json(policy)).value(), policy);
  EXPECT_EQ(policy_from_json(to_json(Policy())).value(), Policy());
}

TEST(PolicyJson, EverySettingIsWrittenAndNothingElse) {
  const auto written = nlohmann::json::parse(to_json(Policy()));
  std::size_t leaves = 0;
  for (const auto& [name, value] : written.items()) {
    const bool group =
        name == "phone_numbers" || name == "phone" || name == "email" || name == "risk";
    leaves += group ? value.size() : 1;
  }
  EXPECT_EQ(leaves, 44U) << "a new setting belongs into visit_settings";
}

TEST(PolicyJson, WhatIsLeftOutHasItsDefault) {
  EXPECT_EQ(policy_from_json("{}").value(), Policy());
  Policy policy;
  policy.email.login = false;
  EXPECT_EQ(policy_from_json(R"({"email": {"login": false}})").value(), policy);
}

TEST(PolicyJson, EveryProblemIsNamedInOnePass) {
  const std::string text = refusal(R"({
    "code_digits": 5, "code_tll_ms": 1, "tries_per_code": "three", "resend_after_ms": 1.5,
    "sends_to_target": [{"count": 5}], "sends_by_source": 7,
    "phone_numbers": {"strictness": "loose", "denied_types": ["mobil"], "region": "CN",
                      "allowed_regions": ["cn"], "denied_regions": [1]},
    "phone": {"verification": "yes"}, "email": true, "provider_links": {"x": 1},
    "quarantine_ms": 99999999999999999999})");
  for (const char* problem :
       {"code_digits is 5; it must be 6 to 10", "there is no setting code_tll_ms",
        "tries_per_code must be a whole number", "resend_after_ms must be a whole number",
        "sends_to_target must be a list", "sends_by_source must be a list",
        "phone_numbers.strictness must be one of possible, valid",
        "phone_numbers.denied_types must be a list of one of mobile,",
        "there is no setting phone_numbers.region", "phone_numbers.allowed_regions has an entry",
        "phone_numbers.denied_regions must be a list of texts",
        "phone.verification must be true or false", "email must be an object",
        "provider_links must be an object", "quarantine_ms must be a whole number"}) {
    EXPECT_THAT(text, HasSubstr(problem));
  }
}

TEST(PolicyJson, WhatIsNoJsonObjectIsRefused) {
  for (const char* text : {"", "[]", "7", "null", "{", "{\"a\":}", "{} {}", "\xff"}) {
    EXPECT_THAT(refusal(text), ::testing::StartsWith("the policy is not a JSON object")) << text;
  }
}

// Proves R25.
TEST(PolicyJson, ASyntaxErrorIsTold_WithItsPlace) {
  EXPECT_EQ(refusal(R"({"code_digits": 6,})"),
            "the policy is not a JSON object: it breaks off at byte 19");
}

TEST(PolicyJson, AMemberThatIsThereTwiceIsRefusedByName) {
  EXPECT_EQ(refusal(R"({"code_digits": 6, "code_digits": 8})"),
            "the member code_digits is there twice");
  EXPECT_EQ(refusal(R"({"phone": {"login": true, "login": false}})"),
            "the member login is there twice");
}

TEST(PolicyJson, ANameCannotSteerTheTerminalThatShowsTheRefusal) {
  EXPECT_EQ(refusal("{\"a\\u001b[2J\\n\": 1}"), "there is no setting a?[2J?");
}

// The table of docs/policy.md.
class Table {
 public:
  std::string rows;

  void number(const std::string& name, int value, TimeMs least, TimeMs most, const char* doc) {
    row(name, std::to_string(value), std::to_string(least) + " – " + std::to_string(most), doc);
  }
  void duration(const std::string& name, TimeMs value, TimeMs least, TimeMs most, const char* doc) {
    row(name, time(value), time(least) + " – " + time(most), doc);
  }
  void windows(const std::string& name, const std::vector<Window>& list, const char* doc) {
    std::string text;
    for (const Window& window : list) {
      text +=
          (text.empty() ? "" : ", ") + std::to_string(window.count) + " in " + time(window.span_ms);
    }
    row(name, text, "1 – 3 windows of 1 – 100 in 1 s – 7 days", doc);
  }
  template <class E>
  void choice(const std::string& path, E value, E last, const char* doc) {
    row(path, std::string(name(value)), all(last), doc);
  }
  template <class E>
  void choices(const std::string& path, const std::vector<E>& values, E last, const char* doc) {
    std::string text;
    for (const E value : values) text += (text.empty() ? "" : ", ") + std::string(name(value));
    row(path, text.empty() ? "none" : text, "any of " + all(last), doc);
  }
  void regions(const std::string& name, const std::vector<std::string>&, const char* doc) {
    row(name, "none", "ISO 3166, e.g. `CN`", doc);
  }
  void prefixes(const std::string& name, const std::vector<std::string>&, const char* doc) {
    row(name, "none", "`+` and digits", doc);
  }
  void categories(const std::string& name, const std::vector<std::string>&, const char* doc) {
    row(name, "none", "up to 32 names of 1 – 64 of `a-z0-9_.-`", doc);
  }
  void sandbox(const std::string& name, const std::vector<SandboxAddress>&, const char* doc) {
    row(name, "none", "up to 100 of `address`, `code`, `until`", doc);
  }
  void flag(const std::string& name, bool value, const char* doc) {
    row(name, value ? "true" : "false", "true, false", doc);
  }
  void links(const std::string& name, const std::map<std::string, std::string>&, const char* doc) {
    row(name, "none", "provider → link", doc);
  }

 private:
  void row(const std::string& name, const std::string& value, const std::string& bounds,
           const char* doc) {
    rows += "| `" + name + "` | " + value + " | " + bounds + " | " + doc + " |\n";
  }
  static std::string time(TimeMs ms) {
    for (const auto& [unit, text] : {std::pair{day_ms, " d"}, std::pair{hour_ms, " h"},
                                     std::pair{minute_ms, " min"}, std::pair{second_ms, " s"}}) {
      if (ms != 0 && ms % unit == 0) return std::to_string(ms / unit) + text;
    }
    return ms == 0 ? "0" : std::to_string(ms) + " ms";
  }
  template <class E>
  static std::string all(E last) {
    std::string out;
    for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i)
      out += (out.empty() ? "" : ", ") + std::string(name(static_cast<E>(i)));
    return out;
  }
};

// `./dev docs` writes it anew.
TEST(PolicyTable, OfTheDocumentationIsThatOfTheCode) {
  const std::string path = std::string(RINGFENCE_SOURCE_DIR) + "/docs/policy.md";
  const std::string begin = "| setting | default | bounds | meaning |\n|---|---|---|---|\n";
  std::ifstream in(path);
  const std::string document((std::istreambuf_iterator<char>(in)), {});
  const std::size_t at = document.find(begin);
  ASSERT_NE(at, std::string::npos) << path;
  const std::size_t rows = at + begin.size();
  const std::size_t end = document.find("\n\n", rows);
  Table table;
  const Policy policy;
  visit_settings(table, policy);
  const std::string wanted = document.substr(0, rows) + table.rows +
                             (end == std::string::npos ? std::string() : document.substr(end + 1));
  if (std::getenv("RINGFENCE_WRITE_DOCS") != nullptr) {
    std::ofstream(path) << wanted;
    return;
  }
  EXPECT_EQ(document, wanted) << "run ./dev docs";
}

}  // namespace
}  // namespace ringfence
