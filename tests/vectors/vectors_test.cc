// What every language must do alike, in files: README.md tells how they are read. C++ writes them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "vectors/scenarios.h"

namespace ringfence::vectors {
namespace {

const std::filesystem::path folder = std::filesystem::path(RINGFENCE_SOURCE_DIR) / "tests/vectors";

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

class Vectors : public ::testing::TestWithParam<std::pair<std::string, json (*)()>> {
 protected:
  const std::filesystem::path file = folder / (GetParam().first + ".json");
};

TEST_P(Vectors, AreWhatTheLibraryDoes) {
  const std::string told = GetParam().second().dump(2) + "\n";
  if (std::getenv("RINGFENCE_WRITE_VECTORS") != nullptr)
    std::ofstream(file, std::ios::binary) << told;
  EXPECT_TRUE(content(file) == told)
      << file
      << " is not what the library does now. If that is meant, write it anew: see README.md.";
}

// From the file alone.
TEST_P(Vectors, AreReplayed) {
  const json vector = json::parse(content(file));
  Player player(vector);
  std::size_t number = 0;
  for (const json& step : vector.at("steps")) {
    EXPECT_EQ(player.play(step).dump(), step.at("expect").dump())
        << "step " << number << ": " << step.at("command").dump();
    ++number;
  }
  const json& records = vector.at("records");
  EXPECT_EQ(player.loaded(records.at("keys")), records.at("loaded").get<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Of, Vectors, ::testing::ValuesIn(stories()),
                         [](const auto& one) { return one.param.first; });

TEST(VectorsTogether, AreAllInTheFolder) {
  std::set<std::string> there;
  for (const auto& one : std::filesystem::directory_iterator(folder)) {
    if (one.path().extension() == ".json") there.insert(one.path().stem());
  }
  std::set<std::string> told;
  for (const auto& [name, story] : stories()) told.insert(name);
  EXPECT_EQ(there, told);
}

// Every step, every kind of reply and many refusals are in them.
TEST(VectorsTogether, HaveEveryStep) {
  std::set<std::string> steps;
  std::set<std::string> statuses;
  for (const auto& [name, story] : stories()) {
    const json vector = json::parse(content(folder / (name + ".json")));
    for (const json& step : vector.at("steps")) {
      steps.insert(step.at("command").at("step"));
      statuses.insert(step.at("expect").at("status"));
    }
  }
  EXPECT_EQ(steps, (std::set<std::string>{"appeal",
                                          "begin_change_email",
                                          "begin_change_phone",
                                          "begin_claim_login",
                                          "begin_confirm_operation",
                                          "begin_replace_phone",
                                          "begin_verify_channel",
                                          "cancel",
                                          "close",
                                          "confirm_target",
                                          "credentials_changed",
                                          "decide_appeal",
                                          "dispute",
                                          "erase",
                                          "import_accounts",
                                          "lock",
                                          "notify",
                                          "prove_identity",
                                          "prove_target",
                                          "prune_audit",
                                          "pump",
                                          "register_account",
                                          "report_delivery",
                                          "resend",
                                          "resolve_login_email",
                                          "resolve_login_phone",
                                          "set_locale",
                                          "set_notice_channels",
                                          "set_target",
                                          "settings",
                                          "submit_appeal",
                                          "unlock",
                                          "upgrade",
                                          "use_grant",
                                          "verify_audit",
                                          "view"}));
  EXPECT_GE(statuses.size(), 15U);
}

}  // namespace
}  // namespace ringfence::vectors
