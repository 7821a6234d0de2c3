#include "demo/demo.h"

#include <filesystem>

#include "ringfence/store/sqlite.h"

namespace ringfence::testing_support {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// What the output says of one row of the sample.
std::string passage(const std::string& out, const std::string& account) {
  const std::size_t from = out.find(": " + account + " asks");
  EXPECT_NE(from, std::string::npos) << account;
  return from == std::string::npos ? "" : out.substr(from, out.find("\n\n", from) - from);
}

// Proves D4.8.
TEST(DemoSample, TellsWhatTheSeedAsksFor) {
  const Demo demo;
  const Ended ended = demo.run();
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");

  const std::string fresh = passage(ended.out, "lin-mei");
  EXPECT_THAT(fresh, HasSubstr("standalone account, active"));
  EXPECT_THAT(fresh, HasSubstr("phone  139****3672          verification yes  login yes"));
  EXPECT_THAT(fresh, HasSubstr("identity by: phone, email"));
  EXPECT_THAT(fresh, HasSubstr("2 identity    a code goes to 139****3672"));
  EXPECT_THAT(fresh, HasSubstr("3 new number  a code goes to 139****8888"));
  EXPECT_THAT(fresh, HasSubstr("[event phone_changed] account lin-mei"));
  EXPECT_THAT(
      fresh,
      HasSubstr("[to +8613900003672] The security phone of your account is now 139****8888"));
  EXPECT_THAT(fresh, HasSubstr("phone  139****8888          verification yes  login yes"));
  EXPECT_THAT(fresh, HasSubstr("= done: +8613900008888 serves for verification and login"));

  EXPECT_THAT(passage(ended.out, "max"),
              AllOf(HasSubstr("phone  77****0123           verification yes  login no "
                              "(shared_with_other_accounts)"),
                    HasSubstr("serves for verification only: shared_with_other_accounts")));
  EXPECT_THAT(passage(ended.out, "noah"),
              AllOf(HasSubstr("identity by: phone; not offered: email (unverified)"),
                    HasSubstr("= refused: method_unavailable"), Not(HasSubstr(code_mark))));
  EXPECT_THAT(passage(ended.out, "sam"),
              AllOf(HasSubstr("federated account"), HasSubstr("= refused: managed_elsewhere"),
                    HasSubstr("go to https://id.example.com/security"), Not(HasSubstr(code_mark))));
  EXPECT_THAT(passage(ended.out, "sana"),
              AllOf(HasSubstr("phone  90****0012           verification yes  login no "
                              "(shared_with_other_accounts)"),
                    HasSubstr("phone  90****0034           verification yes  login yes")));
  EXPECT_THAT(lines_of(ended.out).back(),
              AllOf(StartsWith("14 changes: "), HasSubstr("8 done"), HasSubstr("1 same_address")));
}

TEST(DemoSample, JsonHasOneObjectForEveryRowInOrder) {
  const Demo demo;
  const Ended ended = demo.run({"--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(outcomes_of(ended.out),
              ElementsAre("2:done", "3:done", "4:done", "5:method_unavailable", "6:done",
                          "7:managed_elsewhere", "8:done", "9:done", "10:done", "11:done",
                          "12:number_type_not_allowed", "13:same_address", "14:invalid_number",
                          "15:no_method_available"));
  const auto lines = lines_of(ended.out);
  EXPECT_EQ(lines.at(0),
            R"({"line":2,"account_id":"lin-mei","outcome":"done","phone":"+8613900008888",)"
            R"("usable_for_verification":true,"usable_for_login":true,"reason":"none"})");
  EXPECT_EQ(
      lines.at(2),
      R"({"line":4,"account_id":"max","outcome":"done","phone":"+447700900123",)"
      R"("usable_for_verification":true,"usable_for_login":false,"reason":"shared_with_other_accounts"})");
  EXPECT_EQ(objects_of(ended.out).at(5).at("link"), "https://id.example.com/security");
  // An Italian leading zero stays, 00 is a plus, a refused row shows the present phone.
  EXPECT_EQ(objects_of(ended.out).at(6).at("phone"), "+390655509876");
  EXPECT_EQ(objects_of(ended.out).at(7).at("phone"), "+33639987654");
  EXPECT_EQ(objects_of(ended.out).at(10).at("phone"), "+5511900000012");
  EXPECT_EQ(objects_of(ended.out).at(13).at("reason"), "unverified");
}

TEST(DemoSample, SecondRunChangesNothingAndSendsNoCode) {
  const Demo demo;
  ASSERT_EQ(demo.run().exit_code, 0);
  const Ended second = demo.run();
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(count_of(second.out, code_mark), 0) << second.out;
  EXPECT_EQ(count_of(second.out, "| "), 0) << second.out;  // no notice either
  EXPECT_THAT(
      outcomes_of(demo.run({"--json"}).out),
      ElementsAre("2:already_done", "3:already_done", "4:already_done", "5:method_unavailable",
                  "6:already_done", "7:managed_elsewhere", "8:already_done", "9:already_done",
                  "10:already_done", "11:already_done", "12:number_type_not_allowed",
                  "13:same_address", "14:invalid_number", "15:no_method_available"));
}

TEST(DemoSample, TheProviderLinkIsTheOneGiven) {
  const Demo demo;
  const Ended ended = demo.run({"--json", "--provider-link", "https://sso.example.net/me"});
  EXPECT_EQ(objects_of(ended.out).at(5).at("link"), "https://sso.example.net/me");
}

TEST(DemoSample, IsFoundFromAnyFolder) {
  const Demo demo;
  EXPECT_EQ(run({RINGFENCE_DEMO_BINARY, "--json", "--db", demo.database()},
                {.directory = demo.file(""), .terminal = false})
                .exit_code,
            0);
}

TEST(DemoChanges, ARowThatWasDoneIsDoneAgainIfAnotherFileHasChangedThePhoneSince) {
  Demo demo;
  demo.accounts("a,standalone,GB,07700 900001,yes,,no\n");
  const auto only = [&](const char* number) {
    demo.changes("a,phone,GB," + std::string(number) + "\n");
    return outcomes_of(demo.run({"--json"}).out);
  };
  EXPECT_THAT(only("07700 900002"), ElementsAre("2:done"));
  EXPECT_THAT(only("07700 900003"), ElementsAre("2:done"));
  EXPECT_THAT(only("07700 900002"), ElementsAre("2:done"));
  EXPECT_THAT(only("07700 900002"), ElementsAre("2:already_done"));
  EXPECT_THAT(only("07700 900001"), ElementsAre("2:done"));
}

TEST(DemoChanges, ThereAndBackAgainIsTwoChangesAndOnceOnly) {
  Demo demo;
  demo.accounts("a,standalone,GB,07700 900001,yes,,no\n");
  demo.changes(
      "a,phone,GB,07700 900002\na,phone,GB,07700 900001\na,phone,GB,07700 "
      "900002\na,phone,GB,+447700900002\n");
  EXPECT_THAT(outcomes_of(demo.run({"--json"}).out),
              ElementsAre("2:done", "3:done", "4:done", "5:already_done"));
  const Ended second = demo.run({"--json"});
  EXPECT_THAT(outcomes_of(second.out),
              ElementsAre("2:already_done", "3:already_done", "4:already_done", "5:already_done"));
  EXPECT_EQ(objects_of(second.out).at(0).at("phone"), "+447700900002");
}

TEST(DemoChanges, MoreRowsThanAnAccountRemembersAreNotDoneTwice) {
  Demo demo;
  demo.accounts("a,standalone,GB,07700 900000,yes,a@example.com,yes\n");
  std::string rows;
  for (int i = 1; i <= 5; ++i) {  // four steps each; more codes are limited
    rows += std::string("a,") + (i % 2 == 0 ? "phone" : "email") + ",GB,07700 9001" +
            std::to_string(10 + i) + "\n";
  }
  demo.changes(rows);
  const std::string first = demo.run({"--json"}).out;
  EXPECT_EQ(count_of(first, "\"done\""), 5) << first;
  const Ended second = demo.run({"--json"});
  EXPECT_EQ(count_of(second.out, "already_done"), 5) << second.out;
  EXPECT_EQ(objects_of(second.out).back().at("phone"), "+447700900115");
}

TEST(DemoChanges, TooManyAreLimitedUntilATime) {
  Demo demo;
  demo.accounts("a,standalone,GB,07700 900000,yes,,no\n");
  std::string rows;
  for (int i = 1; i <= 6; ++i) rows += "a,phone,GB,07700 90011" + std::to_string(i) + "\n";
  demo.changes(rows);
  const Ended ended = demo.run({"--json"});
  EXPECT_EQ(ended.exit_code, 0);
  const auto last = objects_of(ended.out).at(5);
  EXPECT_EQ(last.at("outcome"), "limited");
  EXPECT_THAT(last.at("retry_at").get<std::string>(),
              testing::MatchesRegex("20..-..-..T..:..:..Z"));
  EXPECT_EQ(last.at("phone"), "+447700900115");
  EXPECT_THAT(demo.run().out, HasSubstr("= refused: limited until 20"));
}

TEST(DemoChanges, UnknownAccountIsARefusal) {
  Demo demo;
  demo.accounts("a,standalone,GB,07700 900000,yes,,no\n");
  demo.changes("nobody,phone,GB,07700 900001\n");
  const Ended ended = demo.run({"--json"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(ended.out,
            R"({"line":2,"account_id":"nobody","outcome":"account_not_found","phone":null,)"
            R"("usable_for_verification":false,"usable_for_login":false,"reason":"absent"})"
            "\n");
  EXPECT_THAT(demo.run().out, HasSubstr("= refused: account_not_found"));
}

// Proves R25.
TEST(DemoChanges, DataCannotSteerTheTerminal) {
  Demo demo;
  demo.accounts("\"a\x1b[31m\xc2\x9b\nb\",standalone,GB,07700 900000,yes,,no\n");
  demo.changes("\"a\x1b[31m\xc2\x9b\nb\",phone,GB,07700 900001\n");
  const Ended ended = demo.run();
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("a?[31m??b asks"), HasSubstr("= done"),
                               Not(HasSubstr("\x1b")), Not(HasSubstr("\xc2"))));
}

TEST(DemoSetUp, KeyFileIsMadeOnceAndForItsOwnerOnly) {
  const Demo demo;
  ASSERT_EQ(demo.run().exit_code, 0);
  const std::string key = demo.database() + ".key";
  EXPECT_EQ(std::filesystem::status(key).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto content = [&] {
    std::ostringstream out;
    out << std::ifstream(key).rdbuf();
    return out.str();
  };
  const std::string before = content();
  ASSERT_EQ(demo.run().exit_code, 0);
  EXPECT_EQ(content(), before);
}

TEST(DemoSetUp, DatabaseWithoutItsKeyIsAnError) {
  const Demo demo;
  ASSERT_EQ(demo.run().exit_code, 0);
  std::filesystem::remove(demo.database() + ".key");
  const Ended ended = demo.run();
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr(demo.database() + ".key"), HasSubstr("put the key file back")));
  EXPECT_FALSE(std::filesystem::exists(demo.database() + ".key"));
}

TEST(DemoSetUp, BadDatabasesAreErrors) {
  const Demo demo;
  demo.write("demo.db.key", "k1 " + std::string(64, 'a') + "\n");
  std::filesystem::permissions(demo.file("demo.db.key"), std::filesystem::perms::owner_read |
                                                             std::filesystem::perms::owner_write);
  demo.write("demo.db",
             "this is no database, and long enough to be looked at: " + std::string(4096, 'x'));
  EXPECT_EQ(demo.run().exit_code, 2);

  const Demo busy;
  ASSERT_EQ(busy.run().exit_code, 0);
  const auto store = open_sqlite_store(busy.database());
  ASSERT_TRUE(store);
  const Ended ended = busy.run();
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_NE(ended.err, "");

  Demo nowhere;
  nowhere.use_database(nowhere.file("no/such/folder.db"));
  EXPECT_EQ(nowhere.run().exit_code, 2);
}

TEST(DemoOptions, AreRefusedWhenTheyMakeNoSense) {
  const Demo demo;
  EXPECT_EQ(run({RINGFENCE_DEMO_BINARY, "--no-such-option"}).exit_code, 2);
  EXPECT_EQ(run({RINGFENCE_DEMO_BINARY, "--db"}).exit_code, 2);
  EXPECT_EQ(run({RINGFENCE_DEMO_BINARY, "--interactive", "--json"}).exit_code, 2);
  const Ended no_terminal = run({RINGFENCE_DEMO_BINARY, "--accounts", samples + "/accounts.csv",
                                 "--db", demo.database(), "--interactive"});
  EXPECT_EQ(no_terminal.exit_code, 2);
  EXPECT_THAT(no_terminal.err, HasSubstr("needs a terminal"));
  const Ended help = run({RINGFENCE_DEMO_BINARY, "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("--accounts"), HasSubstr("--changes"), HasSubstr("--db"),
                              HasSubstr("--json"), HasSubstr("--provider-link"),
                              HasSubstr("--interactive"), HasSubstr("Exit status")));
}

TEST(DemoOptions, OutputThatCannotBeWrittenIsAnError) {
  const Demo demo;
  std::string line;
  for (const std::string& word : demo.command({"--json"})) line += "'" + word + "' ";
  EXPECT_EQ(run({"/bin/sh", "-c", line + "> /dev/full"}).exit_code, 2);
}

}  // namespace
}  // namespace ringfence::testing_support
