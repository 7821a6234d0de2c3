#include "demo/demo.h"

namespace ringfence::testing_support {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string good_account = "a,standalone,GB,07700 900001,yes,a@example.com,yes\n";
const std::string good_change = "a,phone,GB,07700 900002\n";

TEST(DemoCsv, BadAccountRowsAreNamedAndTheOthersRun) {
  Demo demo;
  demo.accounts(
      "b,standalone,GB,07700 900011,yes\n"                      // 2
      "c,shared,GB,07700 900012,yes,,no\n"                      // 3
      "d,standalone,GB,07700 900013,maybe,,no\n"                // 4
      "e,standalone,GB,07700 900014,yes,e@example.com,maybe\n"  // 5
      "f,standalone,GB,07700 900015,yes,,yes\n"                 // 6
      ",standalone,GB,07700 900016,yes,,no\n" +                 // 7
      std::string(129, 'g') +
      ",standalone,GB,07700 900017,yes,,no\n"         // 8
      "h\xff,standalone,GB,07700 900018,yes,,no\n"    // 9
      "i,\"standalone\" x,GB,07700 900019,yes,,no\n"  // 10
      "j,standalone,GB,,yes,,no\n"                    // 11
      + good_account +                                // 12
      "a,standalone,GB,07700 900020,yes,,no\n"        // 13
      "k,standalone,GB,123,yes,,no\n");               // 14
  demo.changes(good_change);
  const Ended ended = demo.run({"--json"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(outcomes_of(ended.out), ElementsAre("2:done"));
  const std::string at = demo.file("accounts.csv:");
  EXPECT_THAT(
      lines_of(ended.err),
      ElementsAre(AllOf(HasSubstr(at + "2: "), HasSubstr("5 columns instead of 7")),
                  AllOf(HasSubstr(at + "3: "), HasSubstr("kind is \"shared\"")),
                  AllOf(HasSubstr(at + "4: "), HasSubstr("phone_verified is \"maybe\"")),
                  AllOf(HasSubstr(at + "5: "), HasSubstr("email_verified is \"maybe\"")),
                  AllOf(HasSubstr(at + "6: "), HasSubstr("there is no email")),
                  AllOf(HasSubstr(at + "7: "), HasSubstr("account_id has 0 bytes")),
                  AllOf(HasSubstr(at + "8: "), HasSubstr("account_id has 129 bytes")),
                  AllOf(HasSubstr(at + "9: "), HasSubstr("not UTF-8")),
                  AllOf(HasSubstr(at + "10: "), HasSubstr("quote")),
                  AllOf(HasSubstr(at + "11: "), HasSubstr("phone is empty")),
                  AllOf(HasSubstr(at + "13: "), HasSubstr("in line 12 already")),
                  AllOf(HasSubstr(at + "14: "), HasSubstr("not registered: invalid_number"))));
}

TEST(DemoCsv, BadChangeRowsAreObjectsInTheirPlace) {
  Demo demo;
  demo.accounts(good_account);
  demo.changes("a,phone,GB\n" + good_change +
               "a,post,GB,07700 900003\na,phone,GB,\"07700\n900003\n" +
               "a,email,GB,07700 900004\n");
  const Ended ended = demo.run({"--json"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(outcomes_of(ended.out),
              ElementsAre("2:bad_row", "3:done", "4:bad_row", "5:bad_row", "6:bad_row", "7:done"));
  const auto objects = objects_of(ended.out);
  EXPECT_EQ(objects.at(0).at("account_id"), nullptr);
  EXPECT_THAT(objects.at(0).at("error").get<std::string>(), HasSubstr("3 columns instead of 4"));
  EXPECT_EQ(objects.at(2).at("account_id"), "a");
  EXPECT_THAT(objects.at(2).at("error").get<std::string>(), HasSubstr("method is \"post\""));
  EXPECT_THAT(objects.at(3).at("error").get<std::string>(), HasSubstr("opened and not closed"));
  EXPECT_EQ(count_of(ended.err, "changes.csv:"), 4) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("changes.csv:4: method is \"post\""));
  const Ended text = demo.run();
  EXPECT_EQ(text.exit_code, 2);
  EXPECT_THAT(lines_of(text.out).back(), HasSubstr("4 bad_row"));
}

TEST(DemoCsv, EveryUsualSpellingOfAFileIsRead) {
  Demo demo;
  const std::string header =
      "account_id , kind,region,phone,phone_verified,email,\"email_verified\"";
  demo.accounts("");
  demo.write("accounts.csv",
             "\xEF\xBB\xBF" + header +
                 "\r\n\r\n  \t\r\n  a ,standalone, GB ,\" 07700 900001\" , true ,, 0\r\n" +
                 "\"b, \"\"the second\"\"\nof two lines\",standalone,GB,07700 "
                 "900011,1,b@example.com,false\r\n" +
                 "c,standalone,GB,07700 900021,no,,");
  demo.changes("");
  demo.write("changes.csv", std::string("\n") + Demo::changes_header +
                                "\n\na,phone,GB,07700 900002\n\"b, \"\"the second\"\"\nof two "
                                "lines\",phone,GB,07700 900012\r" +
                                "c,phone,GB,07700 900022");
  const Ended ended = demo.run({"--json"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(outcomes_of(ended.out), ElementsAre("5:done", "6:done", "8:no_method_available"));
  EXPECT_EQ(objects_of(ended.out).at(1).at("account_id"), "b, \"the second\"\nof two lines");
}

TEST(DemoCsv, LinesAreCountedWhateverEndsThem) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    Demo demo;
    demo.accounts(good_account);
    demo.changes("");
    demo.write("changes.csv", "account_id,method,region,new_phone" + end + end + "a,phone,\"GB" +
                                  end + "\",07700 900002" + end + "a,post,GB,1" + end);
    const Ended ended = demo.run({"--json"});
    EXPECT_EQ(ended.exit_code, 2);
    EXPECT_THAT(outcomes_of(ended.out), ElementsAre("3:invalid_number", "5:bad_row"));
    EXPECT_THAT(ended.err, HasSubstr("changes.csv:5: "));
  }
}

TEST(DemoCsv, AStrayQuoteCostsItsOwnRowOnly) {
  Demo demo;
  demo.accounts(good_account);
  std::string rows = "a,\"phone,GB,07700 900009\n" + good_change;
  for (int i = 0; i < 3000; ++i)
    rows += "nobody,phone,GB,07700 900003\n";  // more than a row may have
  demo.changes(rows);
  const Ended ended = demo.run({"--json"});
  EXPECT_EQ(ended.exit_code, 2);
  const auto outcomes = outcomes_of(ended.out);
  ASSERT_EQ(outcomes.size(), 3002U);
  EXPECT_EQ(outcomes.at(0), "2:bad_row");
  EXPECT_EQ(outcomes.at(1), "3:done");
  EXPECT_EQ(outcomes.at(3001), "3003:account_not_found");
  EXPECT_EQ(lines_of(ended.err).size(), 1U);
}

TEST(DemoCsv, AWrongHeaderIsAnErrorThatShowsTheRightOne) {
  for (const std::string header :
       {"", "account,kind\n", "a,standalone,GB,07700 900001,yes,a@example.com,yes\n",
        "\"account_id\n"}) {
    Demo demo;
    demo.accounts("");
    demo.write("accounts.csv", header);
    demo.changes(good_change);
    const Ended ended = demo.run();
    EXPECT_EQ(ended.exit_code, 2);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(
        ended.err,
        AllOf(HasSubstr("accounts.csv"),
              HasSubstr("account_id,kind,region,phone,phone_verified,email,email_verified")));
  }
  Demo demo;
  demo.accounts(good_account);
  demo.changes("");
  demo.write("changes.csv", "account_id,method,new_phone,region\n" + good_change);
  const Ended ended = demo.run({"--json"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("changes.csv:1: "), HasSubstr("account_id,method,region,new_phone")));
}

TEST(DemoCsv, AFileThatCannotBeReadIsAnError) {
  for (const bool accounts : {true, false}) {
    for (const std::string name : {"missing.csv", ""}) {
      Demo demo;
      const std::string path = demo.file(name);
      accounts ? demo.use_accounts(path) : demo.use_changes(path);
      const Ended ended = demo.run();
      EXPECT_EQ(ended.exit_code, 2);
      EXPECT_EQ(ended.out, "");
      EXPECT_THAT(ended.err, HasSubstr(path));
    }
  }
}

TEST(DemoCsv, AHeaderAloneIsAnEmptyFile) {
  Demo demo;
  demo.accounts("");
  demo.changes("");
  const Ended ended = demo.run({"--json"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, IsEmpty());
  EXPECT_EQ(lines_of(demo.run().out).back(), "0 changes");
}

}  // namespace
}  // namespace ringfence::testing_support
