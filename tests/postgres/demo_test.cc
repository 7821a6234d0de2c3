// The demo on each of the stores: the same lines, the same end.
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "demo/killed_demo.h"
#include "postgres/private_postgres.h"
#include "ringfence/store/postgres.h"

namespace ringfence::testing_support {
namespace {

/// A demo with a database of its own.
class PostgresDemo : public Demo {
 public:
  PostgresDemo() : name_(shared_postgres().make_database()) {
    use_store(url(), [this] {
      // What a killed run had sent may still be under way in the server.
      shared_postgres().wait_for("SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '" +
                                 name_ + "'");
      return open_postgres_store(url()).value();
    });
  }
  PostgresDemo(const PostgresDemo&) = delete;
  PostgresDemo& operator=(const PostgresDemo&) = delete;
  std::string url() const { return shared_postgres().url(PrivatePostgres::user, name_); }

 private:
  std::string name_;
};

/// The output without what is different each time: the codes, and the name of the database.
std::vector<std::string> lines(const Ended& ended) {
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  std::vector<std::string> out = lines_of(ended.out);
  for (std::string& line : out) {
    if (const std::size_t at = line.find(" new to "); at != std::string::npos) line.resize(at);
    // Of a mail the code has a line of its own.
    if (line.size() == 12 && line.starts_with("    | ") &&
        line.find_first_not_of("0123456789", 6) == std::string::npos) {
      line.replace(6, 6, "######");
    }
    if (const std::size_t at = line.find(code_mark); at != std::string::npos) {
      for (std::size_t i = at - 6; i < at; ++i) {
        EXPECT_TRUE(std::isdigit(static_cast<unsigned char>(line.at(i)))) << line;
        line.at(i) = '#';
      }
    }
  }
  return out;
}

/// What is stored, without ids, times and what is random.
std::vector<std::string> picture(const Demo& demo) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& what) { out.push_back(what); };
  for (const Account& account : accounts_in(demo, reference().ids)) {
    add("account " + account.key.id + " " + std::string(name(account.status)) + " " +
        std::to_string(account.epoch));
    for (const Channel& channel : account.channels) {
      add((channel.address ? channel.address->text() : "none") +
          (channel.verified() ? " verified" : "") + (channel.login_claim ? " login" : ""));
    }
    for (const Flow& flow : account.flows) add("flow " + std::string(name(flow.step)));
    const auto store = demo.open();
    for (std::uint64_t i = 1; i <= account.audit.head.number; ++i)
      add(load_one<AuditEntry>(*store, AuditKey{account.key, i}).value().event);
    const std::vector<Message> sent = store->messages(account.key, 1000, 0).value();
    for (const Message& one : sent) {
      add(one.purpose + " to " + (one.destination ? one.destination->text() : "the host") + " " +
          std::string(name(one.state)));
    }
  }
  return out;
}

TEST(DemoStores, AllGiveTheSameLinesAndTheSameEnd) {
  const Demo sqlite;
  const PostgresDemo postgres;
  Demo memory;
  memory.use_store("memory:", {});
  const auto expected = lines(sqlite.run());
  EXPECT_EQ(lines(postgres.run()), expected);
  EXPECT_EQ(lines(memory.run()), expected);
  const auto stored = picture(sqlite);
  EXPECT_GT(stored.size(), 100U);
  EXPECT_EQ(picture(postgres), stored);
  // Of what is in memory nothing is left to look at but what was printed.
  EXPECT_EQ(memory.run({"--json"}).out, Demo().run({"--json"}).out);
  EXPECT_EQ(postgres.run({"--json"}).out, sqlite.run({"--json"}).out) << "the second time";
  EXPECT_EQ(picture(postgres), stored) << "changes nothing";
}

TEST(DemoStores, TablesWithoutTheirKeyAreAnError) {
  const PostgresDemo demo;
  ASSERT_EQ(demo.run({"--json"}).exit_code, 0);
  std::filesystem::remove(demo.file("demo.key"));
  const Ended ended = demo.run();
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, testing::HasSubstr("put the key file back"));
  EXPECT_FALSE(std::filesystem::exists(demo.file("demo.key")));
}

TEST(DemoStores, WhatIsNoStoreIsAnError) {
  for (const std::string url : {"", "sqlite:", "oracle:x", "postgres", "memory"}) {
    const Ended ended = run({RINGFENCE_DEMO_BINARY, "--store", url});
    EXPECT_EQ(ended.exit_code, 2) << url;
    EXPECT_EQ(ended.out, "");
  }
  EXPECT_EQ(run({RINGFENCE_DEMO_BINARY, "--store", "memory:", "--db", "x.db"}).exit_code, 2);
}

TEST(DemoStores, APasswordIsNotPrinted) {
  const std::string database = shared_postgres().make_database();
  Demo demo;
  demo.use_store(
      shared_postgres().tcp_url(PrivatePostgres::user, PrivatePostgres::password, database), {});
  const Ended right = demo.run();
  EXPECT_EQ(right.exit_code, 0) << right.err;
  EXPECT_THAT(right.out, testing::HasSubstr("new to PostgreSQL"));
  EXPECT_THAT(right.out, Not(testing::HasSubstr("battery")));
  demo.use_store(shared_postgres().tcp_url(PrivatePostgres::user, "battery", database), {});
  const Ended wrong = demo.run();
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err, "");
  EXPECT_THAT(wrong.err, Not(testing::HasSubstr("battery")));
}

// Proves A32, I1.
TEST(DemoStores, KilledOnPostgresItGoesOnWhereItWasAndEndsAsOnSqlite) {
  int kills = 0;
  for (std::size_t line = 0; line <= reference().lines; line += 13, ++kills) {
    SCOPED_TRACE("killed after line " + std::to_string(line));
    const PostgresDemo demo;
    Process process(demo.command());
    process.read_lines(line);
    process.kill();
    process.wait();
    if (line > 0) expect_consistent(demo);  // before the first line there may be no tables yet
    expect_completes(demo);
    if (HasFailure()) return;
  }
  EXPECT_GT(kills, 8);
}

}  // namespace
}  // namespace ringfence::testing_support
