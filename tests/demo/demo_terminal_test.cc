#include <regex>

#include "demo/demo.h"

/// The interactive mode, at a terminal.
namespace ringfence::testing_support {
namespace {

using testing::HasSubstr;
using testing::Not;

class DemoTerminal : public testing::Test {
 protected:
  void SetUp() override {
    demo.accounts(
        "a,standalone,GB,07700 900001,yes,a@example.com,no\n"
        "b,standalone,FR,06 39 98 00 02,yes,b@example.com,yes\n"
        "c,federated,US,212-555-0101,yes,,no\n");
  }
  std::unique_ptr<Process> start() const {
    const std::vector<std::string> command = {
        RINGFENCE_DEMO_BINARY,     "--interactive", "--accounts",
        demo.file("accounts.csv"), "--db",          demo.database()};
    return std::make_unique<Process>(
        command, Process::Options{.environment = {}, .directory = "", .terminal = true});
  }
  /// Waits for a question and answers it. Returns what was shown before the answer.
  static std::string answer(Process& process, const std::string& question,
                            const std::string& text) {
    const auto shown = process.read_to(question);
    EXPECT_TRUE(shown) << "no question: " << question;
    if (!shown) return "";
    process.type(text);
    return *shown;
  }
  static std::string code_in(const std::string& shown) {
    std::smatch found;
    // In an SMS it comes first, in a mail it has a line of its own.
    EXPECT_TRUE(std::regex_search(shown, found, std::regex("[|\\]] ([0-9]{6})[ \r\n]"))) << shown;
    return found.empty() ? "" : found[1].str();
  }
  static std::string wrong(std::string code) {
    code.back() = code.back() == '0' ? '1' : '0';
    return code;
  }

  Demo demo;
};

// Proves D4.8, D7.4.
TEST_F(DemoTerminal, AChangeFromTheFirstQuestionToTheLast) {
  const auto process = start();
  EXPECT_THAT(answer(*process, "Account: ", "nobody\n"), HasSubstr("Accounts: a; b; c"));
  EXPECT_THAT(answer(*process, "Account: ", "a\n"), HasSubstr("There is no account \"nobody\""));
  EXPECT_THAT(answer(*process, "phone or email? ", "email\n"),
              HasSubstr("identity by: phone; not offered: email (unverified)"));
  EXPECT_THAT(answer(*process, "phone or email? ", "phone\n"),
              HasSubstr("Refused: method_unavailable"));
  std::string code = code_in(answer(*process, "Code sent to 77****0001 (or: again): ", "\n"));
  answer(*process, "Code sent to 77****0001 (or: again): ", wrong(code) + "\n");
  EXPECT_THAT(answer(*process, "Code sent to 77****0001 (or: again): ", "again\n"),
              HasSubstr("Wrong code; 4 tries are left."));
  EXPECT_THAT(answer(*process, "Code sent to 77****0001 (or: again): ", code + "\n"),
              HasSubstr("Refused: limited until "));
  answer(*process, "New security phone: ", "12\n");
  answer(*process, "Country it is written in [GB]: ", "\n");
  EXPECT_THAT(answer(*process, "New security phone: ", "07700 900009\n"),
              HasSubstr("Refused: invalid_number"));
  answer(*process, "Country it is written in [GB]: ", "\n");
  // A mistyped number is corrected.
  answer(*process, "Code sent to 77****0009 (or: again, other): ", "other\n");
  answer(*process, "New security phone: ", "06 39 98 00 02\n");
  answer(*process, "Country it is written in [GB]: ", "FR\n");
  code = code_in(answer(*process, "Code sent to 6****0002 (or: again, other): ", "\n"));
  answer(*process, "Code sent to 6****0002 (or: again, other): ", code + "\n");
  answer(*process, "for verification only. Take it? (yes, other) ", "perhaps\n");
  answer(*process, "for verification only. Take it? (yes, other) ", "yes\n");
  const Ended ended = process->wait();
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, HasSubstr("phone  6****0002"));
  EXPECT_THAT(ended.out, HasSubstr("login no (shared_with_other_accounts)"));
  EXPECT_THAT(ended.out, HasSubstr("[event phone_changed] account a"));
  EXPECT_THAT(ended.out, HasSubstr("The new phone serves for verification only."));

  demo.changes("a,phone,FR,06 39 98 00 02\n");
  EXPECT_THAT(outcomes_of(demo.run({"--json"}).out), testing::ElementsAre("2:already_done"));
}

TEST_F(DemoTerminal, CtrlDCancelsAtEveryQuestion) {
  const std::vector<std::pair<std::string, std::string>> dialogue = {
      {"Account: ", "b"},
      {"phone or email? ", "email"},
      {"Code sent to b*****@example.com (or: again): ", "<code>"},
      {"New security phone: ", "06 39 98 00 03"},
      {"Country it is written in [FR]: ", ""},
      {"Code sent to 6****0003 (or: again, other): ", "<code>"}};
  for (std::size_t last = 0; last < dialogue.size(); ++last) {
    SCOPED_TRACE(dialogue[last].first);
    const auto process = start();
    for (std::size_t i = 0; i <= last; ++i) {
      const auto shown = process->read_to(dialogue[i].first);
      ASSERT_TRUE(shown) << dialogue[i].first;
      const std::string text =
          dialogue[i].second == "<code>" ? code_in(*shown) : dialogue[i].second;
      process->type(i == last ? "\x04" : text + "\n");
    }
    const Ended ended = process->wait();
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.out, HasSubstr("Cancelled; nothing was changed."));
    EXPECT_THAT(ended.out, Not(HasSubstr("[event")));
  }
  // The flow is gone with its codes: nothing stands in the way of another one.
  demo.changes("b,phone,FR,06 39 98 00 04\n");
  EXPECT_THAT(outcomes_of(demo.run({"--json"}).out), testing::ElementsAre("2:done"));
}

// Proves D1.3.
TEST_F(DemoTerminal, AFederatedAccountIsSentToItsProvider) {
  const auto process = start();
  answer(*process, "Account: ", "c\n");
  const Ended ended = process->wait();
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, HasSubstr("Refused: managed_elsewhere"));
  EXPECT_THAT(ended.out, HasSubstr("https://id.example.com/security"));
}

}  // namespace
}  // namespace ringfence::testing_support
