// The control of the coverage table: on made-up rules and tests, what it has to notice is noticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "docs/coverage.h"

namespace ringfence::coverage {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* rules =
    "# The domain\n"
    "**S** marks what is never optional.\n"
    "\n"
    "## 1 Accounts\n"
    "A word before. **D1.1** A channel is a phone\n"
    "or an email.\n"
    "- **S** **D1.2** Kind. `standalone` | `federated`,\n"
    "  **D1.3** *Status*: any.\n"
    "\n"
    "## Not rules\n"
    "Only words.\n"
    "## 2 Flows\n"
    "| flow | proof |\n"
    "|---|---|\n"
    "| **S** **D2.1** `change_phone` | yes |\n"
    "| **D2.2** `claim_login` | no |\n"
    "- **A01** by answer · **A02** by timing → same answers\n";

std::vector<std::string> ids_of(const std::vector<Section>& sections) {
  std::vector<std::string> ids;
  for (const Section& section : sections) {
    for (const Rule& rule : section.rules) ids.push_back(rule.id);
  }
  return ids;
}

std::vector<std::string> texts_of(const Section& section) {
  std::vector<std::string> texts;
  for (const Rule& rule : section.rules) texts.push_back(rule.text);
  return texts;
}

/// Every rule of `rules` is named by a test of this file.
Tests tests_of_all() {
  return tests_of(
      "// Proves D1.1, D1.2.\n"
      "TEST(Accounts, AreNamed) {\n"
      "}\n"
      "TEST_F(Accounts, HaveAStatus_D1_3) {}\n"
      "RC_GTEST_PROP(Flows, AnyKind_D2_1_A01, (int n)) {}\n"
      "TYPED_TEST(Flows,\n"
      "           Claim_D2_2) {}\n"
      "// Some words.\n"
      "// Proves D1.1,\n"
      "// A02.\n"
      "TEST_P(Flows, Both_A01) {}\n",
      "made_up_test.cc");
}

TEST(CoverageReader, FindsTheRulesOfListsTablesAndParagraphs) {
  const auto sections = rules_of(rules);
  ASSERT_EQ(sections.size(), 2U);
  EXPECT_EQ(sections[0].title, "1 Accounts");
  EXPECT_EQ(sections[1].title, "2 Flows");
  EXPECT_THAT(ids_of(sections), ElementsAre("D1.1", "D1.2", "D1.3", "D2.1", "D2.2", "A01", "A02"));
  EXPECT_THAT(texts_of(sections[0]),
              ElementsAre("A channel is a phone or an email", "Kind. `standalone` | `federated`",
                          "Status: any"));
  EXPECT_THAT(texts_of(sections[1]),
              ElementsAre("`change_phone` | yes", "`claim_login` | no", "by answer → same answers",
                          "by timing → same answers"));
}

TEST(CoverageReader, FindsWhatEachTestProves) {
  const Tests read = tests_of_all();
  EXPECT_THAT(read.problems, IsEmpty());
  ASSERT_EQ(read.tests.size(), 5U);
  EXPECT_EQ(read.tests[0].name, "Accounts.AreNamed");
  EXPECT_THAT(read.tests[0].ids, ElementsAre("D1.1", "D1.2"));
  EXPECT_THAT(read.tests[1].ids, ElementsAre("D1.3"));
  EXPECT_THAT(read.tests[2].ids, ElementsAre("D2.1", "A01"));
  EXPECT_EQ(read.tests[3].name, "Flows.Claim_D2_2");
  EXPECT_THAT(read.tests[4].ids, ElementsAre("D1.1", "A02", "A01"));
  EXPECT_THAT(problems_of(rules_of(rules), read.tests, {}), IsEmpty());
}

TEST(CoverageReader, NamesARuleWithoutATest) {
  auto tests = tests_of_all().tests;
  std::erase_if(tests, [](const Proof& test) { return test.name == "Flows.Claim_D2_2"; });
  EXPECT_THAT(problems_of(rules_of(rules), tests, {}),
              ElementsAre("D2.2 has no test: `claim_login` \\| no"));
  EXPECT_THAT(problems_of(rules_of(rules), tests, {{"D2.2", "it is not built yet"}}), IsEmpty());
  EXPECT_THAT(problems_of(rules_of(rules), tests, {{"D2.2", ""}}),
              ElementsAre("the exception D2.2 does not say why"));
}

TEST(CoverageReader, NamesAMarkerOfARuleThatIsNone) {
  auto tests = tests_of_all().tests;
  tests.push_back({"Flows.More_R99", {"R99"}});
  EXPECT_THAT(problems_of(rules_of(rules), tests, {}),
              ElementsAre("Flows.More_R99 names R99: no such rule"));
  EXPECT_THAT(detail::ids_in_name("Of2_R1_D3_A_D3_4_XR02"), ElementsAre("R1", "D3", "D3.4"));
}

TEST(CoverageReader, NamesAnExceptionThatHasTestsOrIsOfNoRule) {
  const auto tests = tests_of_all().tests;
  EXPECT_THAT(problems_of(rules_of(rules), tests, {{"D1.3", "why"}}),
              ElementsAre("D1.3 has an exception, yet Accounts.HaveAStatus_D1_3 proves it"));
  EXPECT_THAT(problems_of(rules_of(rules), tests, {{"A03", "why"}}),
              ElementsAre("the exception A03 is of no rule"));
}

TEST(CoverageReader, NamesARuleThatIsMissingOrThereTwice) {
  for (const char* bad :
       {"- **R01** one\n- **R03** three\n", "- **R01** one **R01** again\n", "- **D1.2** two\n"}) {
    const auto sections = rules_of(bad);
    std::vector<Proof> tests = {{"All.OfThem", ids_of(sections)}};
    EXPECT_THAT(problems_of(sections, tests, {}),
                ElementsAre(HasSubstr("one is missing or there twice")))
        << bad;
  }
}

TEST(CoverageReader, NamesAMarkerThatMarksNothing) {
  const auto problem = [](const char* source) {
    const auto problems = tests_of(source, "x_test.cc").problems;
    return problems.empty() ? "" : problems.front();
  };
  EXPECT_EQ(problem("// Proves R01.\n\nTEST(A, B) {}\n"),
            "x_test.cc:2: \"Proves\" stands above no test");
  EXPECT_EQ(problem("// Proves R01.\nclass A {};\n"),
            "x_test.cc:2: \"Proves\" stands above no test");
  EXPECT_EQ(problem("// Proves R01 and R02.\nTEST(A, B) {}\n"),
            "x_test.cc:2: \"and\" after Proves is no id");
  EXPECT_EQ(problem("// Proves DOMAIN 3.\nTEST(A, B) {}\n"),
            "x_test.cc:2: \"DOMAIN\" after Proves is no id");
}

TEST(CoverageReader, ADisabledTestProvesNothing) {
  EXPECT_THAT(tests_of("TEST(A, DISABLED_B_R01) {}\n", "").tests, IsEmpty());
  EXPECT_THAT(tests_of("TEST_F(DISABLED_A, B_R01) {}\n", "").tests, IsEmpty());
  EXPECT_THAT(tests_of("// TEST(A, B_R01) {}\n  \"TEST(A, C_R01)\"\n", "").tests, IsEmpty());
}

TEST(CoverageReader, TheTablesShowTheTestsOrWhyThereAreNone) {
  const auto tests = tests_of(
      "TEST(Accounts, B_D1_2) {}\nTEST(Accounts, A_D1_2) {}\nTEST(Accounts, A_D1_1) {}\n", "");
  const std::string tables = tables_of(rules_of(rules), tests.tests, {{"D1.3", "to come"}});
  EXPECT_THAT(tables,
              AllOf(HasSubstr("\n## 1 Accounts\n\n| id | rule | proven by |\n|---|---|---|\n"),
                    HasSubstr("| D1.2 | Kind. `standalone` \\| `federated` | "
                              "`Accounts.A_D1_2`<br>`Accounts.B_D1_2` |\n"),
                    HasSubstr("| D1.3 | Status: any | no test: to come |\n"),
                    HasSubstr("| A01 | by answer → same answers | no test |\n"),
                    Not(HasSubstr("Not rules"))));
}

TEST(CoverageReader, LongRulesAreShortenedBetweenWordsAndOutsideOfCode) {
  std::string words;
  while (words.size() < 100) words += "some words ";
  EXPECT_EQ(detail::in_short(words + "`code of many words which goes on and on`"),
            detail::trimmed(words) + " …");
  EXPECT_EQ(detail::in_short("short"), "short");
  EXPECT_LT(detail::in_short(words + words).size(), 125U);
}

}  // namespace
}  // namespace ringfence::coverage
