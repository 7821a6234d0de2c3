// The servers of the other tests do what those rely on: they are real, they are ours alone, and
// they are gone afterwards.
#include "postgres/private_postgres.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/process.h"

namespace ringfence::testing_support {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool alive(pid_t pid) { return kill(pid, 0) == 0; }

/// Of a server and all its children.
std::vector<pid_t> processes_of(const PrivatePostgres& server) {
  std::vector<pid_t> all = children_of(server.pid());
  all.push_back(server.pid());
  return all;
}

bool all_gone(const std::vector<pid_t>& processes) {
  return std::none_of(processes.begin(), processes.end(), alive);
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words(1);
  for (const char c : line) {
    if (c == ' ') {
      words.emplace_back();
    } else if (c != '\n') {
      words.back() += c;
    }
  }
  return words;
}

TEST(PrivatePostgres, TakesStatements) {
  const PrivatePostgres& server = shared_postgres();
  server.execute("CREATE TEMPORARY TABLE gone (a int); SELECT 1");
  EXPECT_THAT(server.execute("SELECT a, a * a FROM generate_series(2, 3) a"),
              ElementsAre(ElementsAre("2", "4"), ElementsAre("3", "9")));
  EXPECT_EQ(server.value("SELECT NULL"), "");
  try {
    server.execute("SELECT * FROM gone");
    ADD_FAILURE() << "a temporary table outlives its connection";
  } catch (const PostgresError& error) {
    EXPECT_EQ(error.sql_state(), "42P01");
    EXPECT_THAT(error.what(), HasSubstr("gone"));
  }
}

TEST(PrivatePostgres, DoesNotRunAsRoot) {
  PrivatePostgres& server = shared_postgres();
  for (const pid_t process : processes_of(server)) {
    struct stat status {};
    ASSERT_EQ(stat(("/proc/" + std::to_string(process)).c_str(), &status), 0);
    EXPECT_NE(status.st_uid, 0U);
    EXPECT_NE(status.st_gid, 0U);
  }
  struct stat folder {};
  ASSERT_EQ(stat(server.socket_folder().c_str(), &folder), 0);
  EXPECT_EQ(folder.st_mode & 0777U, 0700U) << "others may look into it";
}

TEST(PrivatePostgres, IsGoneWithItsFolderWhenTheTestIsDone) {
  auto server = std::make_unique<PrivatePostgres>();
  const std::string folder = server->socket_folder();
  const std::vector<pid_t> processes = processes_of(*server);
  EXPECT_GE(processes.size(), 4U) << "its children were not found";
  server.reset();
  EXPECT_TRUE(all_gone(processes));
  EXPECT_FALSE(std::filesystem::exists(folder));
}

// Not a test, but the process that the next one kills.
TEST(PrivatePostgres, DISABLED_RunsUntilTheTestProcessIsKilled) {
  const PrivatePostgres& server = shared_postgres();
  EXPECT_EQ(server.value("SELECT 1"), "1");
  std::cout << "server " << server.socket_folder();
  for (const pid_t process : processes_of(server)) std::cout << ' ' << process;
  std::cout << std::endl;
  pause();
}

TEST(PrivatePostgres, IsGoneWhenTheTestProcessIsKilled) {
  Process::Options whole;
  whole.environment = {"GTEST_TOTAL_SHARDS=1",
                       "GTEST_SHARD_INDEX=0"};  // this process may be a part
  Process test({"/proc/" + std::to_string(getpid()) + "/exe", "--gtest_also_run_disabled_tests",
                "--gtest_filter=PrivatePostgres.DISABLED_RunsUntilTheTestProcessIsKilled"},
               whole);
  ASSERT_TRUE(test.read_to("server ").has_value());
  const std::vector<std::string> words = words_of(test.read_to("\n").value());
  ASSERT_GE(words.size(), 5U);
  const std::string& folder = words[0];
  std::vector<pid_t> processes;
  for (std::size_t i = 1; i < words.size(); ++i) processes.push_back(std::stoi(words[i]));
  ASSERT_FALSE(all_gone(processes));
  ASSERT_TRUE(std::filesystem::exists(folder));

  test.kill();
  EXPECT_TRUE(poll_until([&] { return all_gone(processes); }, std::chrono::seconds(20)));
  const ServerFolder next;  // whoever makes one tidies up
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_TRUE(std::filesystem::exists(next.path()));
}

TEST(PrivatePostgres, OutlivesTheThreadThatStartedIt) {
  std::unique_ptr<PrivatePostgres> server;
  std::thread([&] { server = std::make_unique<PrivatePostgres>(); }).join();
  EXPECT_EQ(server->value("SELECT 1"), "1");
  EXPECT_TRUE(alive(server->pid()));
}

TEST(PrivatePostgres, AsksForThePasswordOverTcp) {
  const PrivatePostgres& server = shared_postgres();
  EXPECT_EQ(PostgresClient(server.tcp_url()).value("SELECT current_user"), PrivatePostgres::user);
  EXPECT_EQ(PostgresClient(server.url(PrivatePostgres::user)).value("SELECT current_user"),
            PrivatePostgres::user);
  for (const char* wrong : {"wrong", ""}) {
    EXPECT_THROW(PostgresClient(server.tcp_url(PrivatePostgres::user, wrong)), PostgresError);
  }
  EXPECT_THAT(server.value("SELECT rolpassword FROM pg_authid WHERE rolname = 'ringfence'"),
              HasSubstr("SCRAM-SHA-256"));
}

TEST(PrivatePostgres, MakesEmptyDatabases) {
  PrivatePostgres& server = shared_postgres();
  const std::string one = server.make_database();
  const std::string other = server.make_database();
  PostgresClient(server.url(PrivatePostgres::user, one)).execute("CREATE TABLE t (a int)");
  PostgresClient(server.tcp_url(PrivatePostgres::user, PrivatePostgres::password, other))
      .execute("CREATE TABLE t (a int)");
}

TEST(PrivatePostgres, SpeaksTlsWithItsOwnCertificate) {
  ServerOptions options;
  options.tls = true;
  const PrivatePostgres server(options);
  const std::string url =
      server.tcp_url() + "&sslmode=verify-full&sslrootcert=" + in_url(server.certificate());
  EXPECT_EQ(PostgresClient(url).value("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"),
            "t");
  // The shared server has none.
  EXPECT_THROW(PostgresClient(shared_postgres().tcp_url() + "&sslmode=require"), PostgresError);
}

TEST(PrivatePostgres, HasTheSettingsItIsGiven) {
  ServerOptions options;
  options.fsync = true;
  options.max_connections = 7;
  options.settings = {{"deadlock_timeout", "12ms"}, {"cluster_name", "it's"}};
  const PrivatePostgres server(options);
  EXPECT_EQ(server.value("SHOW fsync"), "on");
  EXPECT_EQ(server.value("SHOW max_connections"), "7");
  EXPECT_EQ(server.value("SHOW deadlock_timeout"), "12ms");
  EXPECT_EQ(server.value("SHOW cluster_name"), "it's");
  EXPECT_EQ(shared_postgres().value("SHOW fsync"), "off");
}

TEST(PrivatePostgres, RefusesToStartWithASettingThatIsNone) {
  ServerOptions options;
  options.settings = {{"no_such_setting", "1"}};
  try {
    const PrivatePostgres server(options);
    ADD_FAILURE() << "it runs";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no_such_setting"));
  }
}

TEST(PrivatePostgres, KeepsItsDataAndItsAddressWhenStoppedOrKilled) {
  PrivatePostgres server;
  server.execute("CREATE TABLE kept (a int)");
  const std::string tcp_url = server.tcp_url();
  for (int round = 1; round <= 2; ++round) {
    PostgresClient client(server.url());
    client.execute("INSERT INTO kept VALUES (" + std::to_string(round) + ")");
    const std::vector<pid_t> processes = processes_of(server);
    if (round == 1) {
      server.stop_fast();
    } else {
      server.kill_9();
    }
    EXPECT_FALSE(server.running());
    EXPECT_TRUE(all_gone(processes));
    EXPECT_THROW(client.execute("SELECT 1"), PostgresError);
    EXPECT_THROW(server.execute("SELECT 1"), PostgresError);
    server.start();
    EXPECT_EQ(server.value("SELECT count(*) FROM kept"), std::to_string(round));
    EXPECT_EQ(server.tcp_url(), tcp_url);
  }
  EXPECT_THAT(server.log(), HasSubstr("automatic recovery in progress"))
      << "the second time it was not killed, but stopped";
}

TEST(PrivatePostgres, EndsTheConnectionsOfClients) {
  PrivatePostgres server;
  PostgresClient one(server.url());
  PostgresClient two(server.tcp_url());
  EXPECT_EQ(server.terminate_backends(), 2);
  EXPECT_THROW(one.execute("SELECT 1"), PostgresError);
  EXPECT_THROW(two.execute("SELECT 1"), PostgresError);
  EXPECT_EQ(server.value("SELECT 1"), "1");
}

TEST(PrivatePostgres, ASynchronousStandbyHasWhatWasCommittedWhenThePrimaryIsKilled) {
  PrivatePostgres primary;
  const auto standby = primary.make_standby("one", true);
  const auto second = primary.make_standby("Two-2");
  EXPECT_EQ(primary.value("SELECT count(*) FROM pg_replication_slots WHERE active"), "1");
  primary.make_synchronous("one");
  EXPECT_EQ(primary.value("SELECT sync_state FROM pg_stat_replication "
                          "WHERE application_name = 'Two-2'"),
            "async");
  EXPECT_THROW(standby->execute("CREATE TABLE refused (a int)"), PostgresError);

  // While the standby stands still no commit returns: it does wait for it.
  primary.execute("CREATE TABLE kept (a int)");
  kill(standby->pid(), SIGSTOP);
  for (const pid_t child : children_of(standby->pid())) kill(child, SIGSTOP);
  auto committing =
      std::async(std::launch::async, [&] { primary.execute("INSERT INTO kept VALUES (1)"); });
  primary.wait_for("SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
  for (const pid_t child : children_of(standby->pid())) kill(child, SIGCONT);
  kill(standby->pid(), SIGCONT);
  committing.get();
  for (int i = 2; i <= 20; ++i)
    primary.execute("INSERT INTO kept VALUES (" + std::to_string(i) + ")");
  primary.kill_9();

  standby->promote();
  EXPECT_EQ(standby->value("SELECT count(*) FROM kept"), "20");
  standby->execute("INSERT INTO kept VALUES (21)");  // it waits for no standby of its own
  EXPECT_EQ(standby->value("SELECT count(*) FROM kept"), "21");
}

TEST(PrivatePostgres, ASynchronousPrimaryCanBeMadeAsynchronousAgain) {
  PrivatePostgres primary;
  auto standby = primary.make_standby("one");
  primary.make_synchronous("one");
  primary.make_asynchronous();
  standby.reset();
  primary.execute("CREATE TABLE kept (a int)");
  EXPECT_EQ(primary.value("SELECT count(*) FROM kept"), "0");
}

}  // namespace
}  // namespace ringfence::testing_support
