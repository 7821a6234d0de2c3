// Every rule of docs/domain.md and docs/security.md has tests that prove it, or a reason here.
#include "docs/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace ringfence::coverage {
namespace {

const std::string root = RINGFENCE_SOURCE_DIR;

/// Rules that no test of this version proves. A reason says what would have to come first.
const Exceptions exceptions = {
    {"A33",
     "the library cannot know that the store it is given is an older copy of itself; what comes "
     "back with one is documented in sqlite.md"},
    {"A34",
     "records are not sealed in this version: whoever may write the database may write any record; "
     "one that was only moved under another key is refused as damaged"},
};

const std::string introduction =
    R"(# Coverage

Every rule of [domain.md](domain.md) and [security.md](security.md), and the tests that prove it. A test names a rule at
the end of its name (`_R27`, `_D3_4`) or in a comment directly above it (`// Proves D3.4, R27.`). A rule that no test of
this version proves says why; `tests/docs/coverage_test.cc` fails for one that does neither.

Written by `./dev docs`, not by hand. )";

std::string read(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Section> all_rules() {
  auto sections = rules_of(read(root + "/docs/domain.md"));
  for (Section& section : rules_of(read(root + "/docs/security.md")))
    sections.push_back(std::move(section));
  return sections;
}

Tests all_tests() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root + "/tests")) {
    if (entry.path().string().ends_with("_test.cc")) files.push_back(entry.path().string());
  }
  for (const auto& entry : std::filesystem::directory_iterator(root + "/src/testing")) {
    if (entry.path().extension() == ".cc") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  Tests all;
  for (const std::string& file : files) {
    Tests read_here = tests_of(read(file), file.substr(root.size() + 1));
    std::move(read_here.tests.begin(), read_here.tests.end(), std::back_inserter(all.tests));
    std::move(read_here.problems.begin(), read_here.problems.end(),
              std::back_inserter(all.problems));
  }
  return all;
}

TEST(Coverage, EveryRuleHasATestOrSaysWhyItHasNone) {
  const Tests tests = all_tests();
  EXPECT_GT(tests.tests.size(), 300U) << "the tests are no longer found";
  EXPECT_THAT(tests.problems, ::testing::IsEmpty());
  for (const std::string& problem : problems_of(all_rules(), tests.tests, exceptions))
    ADD_FAILURE() << problem;
}

TEST(Coverage, AllListsOfRulesAreRead) {
  std::map<std::string, std::size_t> count;
  for (const Section& section : all_rules()) {
    for (const Rule& rule : section.rules) ++count[rule.id.substr(0, rule.id[0] == 'D' ? 2 : 1)];
  }
  EXPECT_EQ(count["R"], 31U);
  EXPECT_EQ(count["A"], 48U);
  EXPECT_EQ(count["I"], 9U);
  EXPECT_EQ(count["D7"], 22U);
  for (const char* section : {"D1", "D2", "D3", "D4", "D5", "D6"}) EXPECT_GE(count[section], 5U);
}

// `./dev docs` writes it anew.
TEST(CoverageTable, OfTheDocumentationIsThatOfTheTests) {
  const std::string path = root + "/docs/coverage.md";
  const auto sections = all_rules();
  const std::vector<Proof> tests = all_tests().tests;
  std::size_t rules = 0;
  for (const Section& section : sections) rules += section.rules.size();
  const std::string wanted = introduction + "Of " + std::to_string(rules) + " rules " +
                             std::to_string(rules - exceptions.size()) + " are proven.\n" +
                             tables_of(sections, tests, exceptions);
  if (std::getenv("RINGFENCE_WRITE_DOCS") != nullptr) {
    std::ofstream(path) << wanted;
    return;
  }
  EXPECT_TRUE(read(path) == wanted) << "docs/coverage.md is out of date: run ./dev docs";
}

}  // namespace
}  // namespace ringfence::coverage
