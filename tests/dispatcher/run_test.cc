// A dispatcher with threads of its host: it runs until it is stopped, and drains before it ends.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>
#include <thread>
#include <vector>

#include "dispatcher/outbox.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::accepted;
using testing_support::FunctionSender;
using testing_support::OutboxWorld;
using testing_support::temporary;

// A place where threads wait for a number to be reached.
class Counter {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  void await(int wanted) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= wanted; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

class RunTest : public ::testing::Test {
 protected:
  OutboxWorld box;
  std::mutex mutex;
  std::multiset<Id128> handed;  // guarded by the mutex
  Counter count;
  FunctionSender sender{[this](const FunctionSender::Call& call) {
    {
      const std::lock_guard lock(mutex);
      handed.insert(call.message.id);
    }
    count.add();
    return accepted();
  }};

  Dispatcher with(Dispatcher::Options options) {
    return Dispatcher(
        {*box.store, *box.world.ring, sender, sender, box.world.clock, box.world.entropy}, options);
  }
};

TEST_F(RunTest, HandsOverWhatComesUntilItIsStopped) {
  Dispatcher dispatcher = with({.idle_ms = 10});
  box.notice();
  std::jthread thread([&](std::stop_token stop) { dispatcher.run(stop); });
  count.await(1);
  box.notice();
  count.await(2);
  thread.request_stop();
  thread.join();
  box.notice();
  EXPECT_EQ(handed.size(), 2U);
}

TEST_F(RunTest, ManyThreadsHandEachMessageOverOnce) {
  constexpr int messages = 400;
  Dispatcher dispatcher = with({.batch = 3, .idle_ms = 10});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&](std::stop_token stop) { dispatcher.run(stop); });
  for (int i = 0; i < messages; ++i) box.notice();
  count.await(messages);
  threads.clear();
  EXPECT_EQ(handed.size(), messages);
  EXPECT_EQ(std::set<Id128>(handed.begin(), handed.end()).size(), messages);
}

TEST_F(RunTest, AStopEndsTheHandOverUnderWayAndGivesBackTheRest) {
  for (int i = 0; i < 5; ++i) box.notice();
  std::stop_source stop;
  FunctionSender stopping([&](const FunctionSender::Call&) {
    stop.request_stop();
    return accepted();
  });
  Dispatcher dispatcher(
      {*box.store, *box.world.ring, stopping, stopping, box.world.clock, box.world.entropy});
  dispatcher.run(stop.get_token());
  Dispatcher other = with({});
  EXPECT_EQ(other.pump().value().accepted, 4)
      << "they are due at once, without waiting for a lease";
}

TEST_F(RunTest, AnIdleDispatcherStopsAtOnce) {
  Dispatcher dispatcher = with({.idle_ms = minute_ms});
  const auto begun = std::chrono::steady_clock::now();
  std::atomic<bool> looked = false;
  box.store->before_take = [&]() -> result<void> {
    looked = true;
    looked.notify_all();
    return ok();
  };
  {
    std::jthread thread([&](std::stop_token stop) { dispatcher.run(stop); });
    looked.wait(false);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
}

TEST_F(RunTest, GoesOnWhenTheStoreFailsOrThrowsAndTellsTheObserver) {
  struct Failures final : Observer {
    void observe(const Observation& seen) override {
      if (seen.name == "ringfence.dispatcher_failures") outcomes.emplace(seen.outcome);
    }
    std::multiset<std::string> outcomes;
  } failures;
  box.notice();
  int times = 0;
  box.store->before_take = [&]() -> result<void> {
    if (++times == 1) return failure(ErrorCode::store_unavailable, "down");
    if (times == 2) throw std::bad_alloc();
    return ok();
  };
  Dispatcher dispatcher(
      {*box.store, *box.world.ring, sender, sender, box.world.clock, box.world.entropy, &failures},
      {.idle_ms = 10});
  std::jthread thread([&](std::stop_token stop) { dispatcher.run(stop); });
  count.await(1);
  thread.request_stop();
  thread.join();
  EXPECT_EQ(failures.outcomes, (std::multiset<std::string>{"internal", "store_unavailable"}));
}

TEST_F(RunTest, DrainingHandsOverAllThatIsDueAndLeavesWhatWasDeferred) {
  for (int i = 0; i < 10; ++i) box.notice();
  int asked = 0;
  FunctionSender moody(
      [&](const FunctionSender::Call&) { return ++asked % 2 == 0 ? accepted() : temporary(); });
  Dispatcher dispatcher(
      {*box.store, *box.world.ring, moody, moody, box.world.clock, box.world.entropy},
      {.batch = 3});
  const auto sum = dispatcher.drain(minute_ms).value();
  EXPECT_EQ(sum.taken, 10);
  EXPECT_EQ(sum.accepted, 5);
  EXPECT_EQ(sum.deferred, 5);
  EXPECT_EQ(asked, 10);
}

TEST_F(RunTest, DrainingEndsInTime) {
  for (int i = 0; i < 10; ++i) box.notice();
  FunctionSender slow([&](const FunctionSender::Call&) {
    box.world.clock.advance(10 * second_ms);
    return accepted();
  });
  Dispatcher dispatcher(
      {*box.store, *box.world.ring, slow, slow, box.world.clock, box.world.entropy}, {.batch = 1});
  EXPECT_EQ(dispatcher.drain(30 * second_ms).value().taken, 3);
}

}  // namespace
}  // namespace ringfence
