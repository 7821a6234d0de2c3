// Many processes of a host on one PostgreSQL, all after the same few numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "postgres/phone_changes.h"
#include "postgres/postgres_client.h"
#include "postgres/private_postgres.h"
#include "ringfence/store/postgres.h"

// The test process has a thread that watches its servers; ThreadSanitizer would refuse threads to
// what is forked from it.
#if defined(__SANITIZE_THREAD__)
#define RINGFENCE_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RINGFENCE_THREAD_SANITIZER
#endif
#endif
#ifdef RINGFENCE_THREAD_SANITIZER
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }
#endif

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::size_t processes = 8;
constexpr std::size_t threads = 2;         // of a process, which has as many connections
constexpr std::size_t own_accounts = 384;  // each served by one thread
constexpr std::size_t hot_accounts = 16;   // served by all of them
constexpr std::size_t accounts = own_accounts + hot_accounts;
static_assert(accounts <= Phones::most);

/// Less is quicker: `RINGFENCE_FLOWS=500`.
std::size_t asked_flows() {
  const char* const asked = std::getenv("RINGFENCE_FLOWS");
  return asked == nullptr ? 10'000 : std::stoul(asked);
}

std::string number(std::size_t index) { return "+8613" + std::to_string(100'000'000 + index); }

/// What the processes share besides the database.
struct Progress {
  CallCounts counts = {};
  std::atomic<std::size_t> ready = 0;
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> done = 0;
  std::atomic<std::size_t> with_login = 0;
  std::atomic<std::size_t> same_address = 0;  ///< On a hot account, which is there already.
  std::atomic<std::size_t> replaced = 0;      ///< Flows on a hot account that another one ended.
  std::atomic<std::size_t> unexpected = 0;
};

class ManyProcesses : public ::testing::Test {
 protected:
  static constexpr unsigned seed = 20'261;

  ManyProcesses() : database(server.make_database()) {
    url = server.url(PrivatePostgres::user, database);
    EXPECT_TRUE(migrate_postgres(url));
  }

  /// Every account begins at one of the numbers; so several share each.
  void people() {
    const auto store = open_postgres_store(url, {.max_connections = 1}).value();
    std::vector<Registration> rows;
    for (std::size_t i = 0; i < accounts; ++i) {
      rows.push_back({.account = numbered(i),
                      .phone = {number(i % numbers)},
                      .phone_proven_at = system_clock().now_ms()});
    }
    Clerk clerk({*store, phones, progress->counts}, "registrar");
    ASSERT_EQ(clerk.service().import_accounts(rows).value().imported, accounts);
  }

  /// One thread of one process: takes flows until there are no more.
  void serve(Store& store, std::size_t place) {
    Clerk clerk({store, phones, progress->counts}, "clerk-" + std::to_string(place));
    std::mt19937 random(seed + static_cast<unsigned>(place));
    const auto any = [&](std::size_t below) { return random() % below; };
    constexpr std::size_t places = processes * threads;
    std::map<std::size_t, std::size_t> at;  // which number an own account has
    while (progress->next++ < flows) {
      const bool hot = any(16) == 0;
      const std::size_t who =
          hot ? own_accounts + any(hot_accounts) : any(own_accounts / places) * places + place;
      const std::size_t present = at.try_emplace(who, who % numbers).first->second;
      std::size_t target = any(numbers);
      if (!hot && target == present) target = (target + 1) % numbers;
      std::optional<FlowHandle> flow;
      const auto reply = clerk.change_phone(numbered(who), number(target),
                                            [&](const FlowView& view) { flow = view.handle; });
      const ErrorCode refusal = reply ? ErrorCode::none : reply.error().code;
      if (reply && reply.value().step == FlowStep::done) {
        ++progress->done;
        if (reply.value().changed().usable_for_login) ++progress->with_login;
        at[who] = target;
      } else if (hot && refusal == ErrorCode::same_address) {
        ++progress->same_address;
        // The person leaves the flow, if nobody else has ended it.
        const auto left = clerk.insist(
            [&](const Call& call) { return clerk.service().cancel(flow.value(), call); });
        EXPECT_TRUE(left || left.error().code == ErrorCode::flow_not_found);
      } else if (hot && refusal == ErrorCode::flow_not_found) {
        ++progress->replaced;
      } else {
        ++progress->unexpected;
        std::printf("clerk %zu: account %zu to %zu: %s\n", place, who, target,
                    reply ? name(reply.value().verdict).data() : reply.error().text.c_str());
      }
    }
  }

  /// The life of one process.
  void work(std::size_t process) {
    const auto store = open_postgres_store(url, {.max_connections = threads}).value();
    ++progress->ready;
    poll_until([&] { return progress->ready == processes; });
    std::array<std::thread, threads> all;
    std::atomic<bool> failed = false;
    for (std::size_t i = 0; i < threads; ++i) {
      all[i] = std::thread([&, i] {
        try {
          serve(*store, process * threads + i);
        } catch (const std::exception& error) {
          std::printf("process %zu: %s\n", process, error.what());
          failed = true;
        }
      });
    }
    for (std::thread& thread : all) thread.join();
    if (failed) throw std::runtime_error("a thread failed");
  }

  /// Runs all processes to their end and looks at what they did.
  void run() {
    people();
    std::printf("seed %u\n", seed);
    std::fflush(stdout);
    std::vector<pid_t> children;
    const pid_t parent = getpid();
    const auto started = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < processes; ++i) {
      const pid_t child = fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int code = getppid() == parent ? 0 : 1;
        try {
          if (code == 0) work(i);
        } catch (...) {
          code = 1;
        }
        std::fflush(stdout);
        _exit(code);
      }
      children.push_back(child);
    }
    const auto longest = process_timeout + std::chrono::milliseconds(20 * flows);
    for (const pid_t child : children) {
      int status = -1;
      if (!poll_until([&] { return waitpid(child, &status, WNOHANG) != 0; }, longest)) {
        ADD_FAILURE() << "a process does not end";
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
      }
      EXPECT_EQ(status, 0);
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    const CallCounts& counts = progress->counts;
    const std::size_t ended = progress->done + progress->same_address + progress->replaced;
    std::printf(
        "%zu flows in %.1f s, %.0f a second: %zu done, %zu of them with login; %zu same_address, "
        "%zu replaced by another; %llu calls, %llu conflicts, %llu busy\n",
        ended, seconds, static_cast<double>(ended) / seconds, progress->done.load(),
        progress->with_login.load(), progress->same_address.load(), progress->replaced.load(),
        static_cast<unsigned long long>(counts.calls),
        static_cast<unsigned long long>(counts.conflicts),
        static_cast<unsigned long long>(counts.count(ErrorCode::busy)));

    EXPECT_EQ(progress->unexpected, 0U);
    EXPECT_EQ(ended, flows);
    EXPECT_GT(counts.conflicts, 0U) << "they met";
    for (std::size_t code = 1; code < counts.refused.size(); ++code) {
      const auto one = static_cast<ErrorCode>(code);
      if (one != ErrorCode::busy && one != ErrorCode::same_address &&
          one != ErrorCode::flow_not_found) {
        EXPECT_EQ(counts.count(one), 0U) << name(one);
      }
    }
    EXPECT_THAT(server.log(), Not(HasSubstr("deadlock detected")));

    const auto store = open_postgres_store(url, {.max_connections = 1}).value();
    std::set<std::string> all;
    for (std::size_t i = 0; i < numbers; ++i) all.insert(number(i));
    EXPECT_THAT(disagreements(*store, accounts, all), IsEmpty());
    // And as an administrator would ask, with no code of ours between.
    PostgresClient client(url);
    EXPECT_EQ(client.value("SELECT sum(holders) FROM ringfence.address"), std::to_string(accounts));
    EXPECT_EQ(client.value(R"(
      SELECT count(*) FROM
        (SELECT phone, count(*) AS n, count(*) FILTER (WHERE phone_login) AS claims,
                coalesce(max(id) FILTER (WHERE phone_login), '') AS claimant
         FROM ringfence.account WHERE phone_state = 'verified' GROUP BY phone) AS a
        FULL JOIN (SELECT * FROM ringfence.address WHERE holders <> 0 OR login_holder <> '') AS b
          ON a.phone = b.address
      WHERE a.n IS DISTINCT FROM b.holders OR a.claims > 1 OR a.claimant <> b.login_holder)"),
              "0");
    EXPECT_EQ(client.value("SELECT count(*) FROM ringfence.message WHERE kind = 'event' AND "
                           "purpose = 'phone_changed'"),
              std::to_string(progress->done))
        << "every change was told once, and no other";
    const std::shared_ptr<KeyRing> keys = one_key_ring();
    const auto service = Service::make({.store = *store, .keys = *keys}).value();
    for (std::size_t i = 0; i < accounts; i += i < own_accounts ? 8 : 1) {
      const AuditReport report = service->verify_audit(numbered(i)).value();
      EXPECT_TRUE(report.intact()) << numbered(i).id << ": " << name(report.fault);
    }
  }

  std::size_t numbers = 200;
  std::size_t flows = asked_flows();
  PrivatePostgres server{{.settings = {{"deadlock_timeout", "20ms"}}}};
  std::string database;
  std::string url;
  Phones phones;
  Shared<Progress> progress;
};

// Proves I3, I8, I9.
TEST_F(ManyProcesses, EightOnOneDatabaseKeepItsBooksAndEndEveryFlow) { run(); }

// Where everybody moves between two numbers, commits meet that change the same two addresses; while
// each takes its time between the two, any that took them in the other order would lock the other
// out for ever.
TEST_F(ManyProcesses, CommitsThatMeetDoNotDeadlock) {
  numbers = 2;
  flows = 300;
  PostgresClient(url).execute(R"(
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_sleep(0.005); RETURN NULL; END';
    CREATE TRIGGER slow AFTER UPDATE ON ringfence.address
      FOR EACH ROW EXECUTE FUNCTION slow())");
  run();
}

}  // namespace
}  // namespace ringfence
