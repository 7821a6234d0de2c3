// Two dispatchers on one outbox, each a process, one of which is killed every second.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "postgres/own_database.h"
#include "postgres/phone_changes.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;

constexpr std::size_t most = 100'000;
constexpr int batch = 32;

/// Less is quicker: `RINGFENCE_MESSAGES=1000`.
std::size_t asked_messages() {
  const char* const asked = std::getenv("RINGFENCE_MESSAGES");
  return asked == nullptr ? 20'000 : std::min<std::size_t>(std::stoul(asked), most);
}

/// A gateway that remembers everything it was ever handed, whoever dies: it is in shared memory.
/// Each account has one message.
class Gateway final : public Sender, public EventSink {
 public:
  struct Heard {
    std::atomic<std::uint32_t> times = 0;
    std::atomic<std::uint64_t> key = 0;   ///< The first half of the first one's id.
    std::atomic<std::uint64_t> code = 0;  ///< And its code, if it had one.
  };
  struct Book {
    std::atomic<std::uint64_t> other_key = 0;  ///< Repeats that did not carry the first one's key …
    std::atomic<std::uint64_t> other_code = 0;  ///< … or not its code.
    std::array<Heard, most> heard = {};
  };

  SendResult send(const OutgoingMessage& out) override {
    return hear(out.message, out.code.reveal());
  }
  SendResult deliver(const Message& event) override { return hear(event, ""); }

  const Book& book() const { return *book_; }

 private:
  SendResult hear(const Message& message, std::string_view code) {
    Heard& one = book_->heard.at(std::stoul(message.account.id.substr(1)));
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < 8; ++i) key = key << 8U | message.id.bytes[i];
    keep(one.key, key, book_->other_key);
    if (!code.empty()) keep(one.code, std::stoull(std::string(code)) + 1, book_->other_code);
    ++one.times;
    return {.outcome = SendResult::Outcome::accepted};
  }
  static void keep(std::atomic<std::uint64_t>& first, std::uint64_t value,
                   std::atomic<std::uint64_t>& others) {
    std::uint64_t before = 0;
    if (!first.compare_exchange_strong(before, value) && before != value) ++others;
  }

  Shared<Book> book_;
};

class DispatchersKilled : public ::testing::Test {
 protected:
  DispatchersKilled() {
    database.migrate();
    store = opened(database.url(), {.max_connections = 1});
  }
  ~DispatchersKilled() override {
    for (const pid_t one : running)
      if (one > 0) end(one);
  }

  /// A tenth are codes of flows that have begun, the others notices and events.
  void write_messages() {
    const std::size_t codes = messages / 10;
    std::vector<Registration> people;
    for (std::size_t i = 0; i < codes; ++i) {
      people.push_back({.account = numbered(i),
                        .phone = {"+8613" + std::to_string(100'000'000 + i)},
                        .phone_proven_at = system_clock().now_ms()});
    }
    const auto service = Service::make({.store = *store, .keys = *keys}, wide_limits()).value();
    ASSERT_EQ(service->import_accounts(people).value().imported, codes);
    for (std::size_t i = 0; i < codes; ++i) {
      const auto begun = service->begin_change_phone(
          numbered(i), Method::phone, {.session = "s", .request_id = "r" + std::to_string(i)});
      ASSERT_TRUE(begun) << begun.error().text;
    }
    for (std::size_t i = codes; i < messages;) {
      Change change;
      for (; i < messages && change.set.messages.size() < 500; ++i) {
        Message one = sample_message(system_clock().now_ms());
        one.account = numbered(i);
        one.expires_at = one.created_at + 24 * hour_ms;
        if (i % 2 == 0) {
          one.kind = MessageKind::event;
          one.destination.reset();
        }
        change.send(one);
      }
      ASSERT_EQ(store->commit(change, 0), CommitOutcome::committed);
    }
    ASSERT_EQ(database.value("SELECT count(*) FROM ringfence.message WHERE state = 'pending'"),
              std::to_string(messages));
  }

  /// A process of a host that does nothing but send, until it is killed.
  pid_t start() {
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child != 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent) {
      try {
        const auto own = opened(database.url(), {.max_connections = 1});
        const LaneOptions lane = {.per_second = 500};  // so that many are killed before the end
        Dispatcher({*own, *keys, gateway, gateway}, {.batch = batch,
                                                     .lease_ms = 3 * second_ms,
                                                     .idle_ms = 10,
                                                     .sms = lane,
                                                     .email = lane,
                                                     .events = lane})
            .run(std::stop_token());
      } catch (...) {
      }
    }
    _exit(1);
  }
  static void end(pid_t process) {
    kill(process, SIGKILL);
    int status = 0;
    waitpid(process, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it had ended before it was killed";
  }

  std::size_t messages = asked_messages();
  OwnDatabase database;
  std::unique_ptr<Store> store;
  std::shared_ptr<KeyRing> keys = one_key_ring();
  Gateway gateway;
  std::array<pid_t, 2> running = {};
};

// Proves I4.
TEST_F(DispatchersKilled, NothingIsLostAndEveryRepeatCarriesTheKeyOfTheFirst) {
  write_messages();
  PostgresClient client(database.url());
  const auto in_state = [&](const std::string& state) {
    return client.value("SELECT count(*) FROM ringfence.message WHERE state = '" + state + "'");
  };
  const auto began = std::chrono::steady_clock::now();
  for (pid_t& one : running) ASSERT_GT(one = start(), 0);
  int kills = 0;
  const auto all_sent = [&] { return in_state("pending") == "0"; };
  while (!poll_until(all_sent, std::chrono::seconds(1))) {
    ASSERT_LT(kills, 600) << in_state("pending") << " messages are not sent";
    pid_t& one = running.at(static_cast<std::size_t>(kills++ % 2));
    end(one);
    ASSERT_GT(one = start(), 0);
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();

  EXPECT_EQ(in_state("accepted"), std::to_string(messages));
  std::size_t lost = 0;
  std::size_t repeated = 0;
  std::uint32_t most_often = 0;
  for (std::size_t i = 0; i < messages; ++i) {
    const std::uint32_t times = gateway.book().heard[i].times;
    if (times == 0) ++lost;
    if (times > 1) ++repeated;
    most_often = std::max(most_often, times);
  }
  std::printf("%zu messages in %.0f s, %d processes killed: %zu lost, %zu repeated, one %u times\n",
              messages, seconds, kills, lost, repeated, most_often);
  EXPECT_EQ(lost, 0U);
  EXPECT_EQ(gateway.book().other_key, 0U);
  EXPECT_EQ(gateway.book().other_code, 0U);
  EXPECT_GE(kills, 5);
}

}  // namespace
}  // namespace ringfence
