// Many threads, one connection: what they share, and that each waits for the disk.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ringfence/workflow/challenge.h"
#include "store/faulty_vfs.h"
#include "store/log_watch.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temp_dir.h"
#include "support/world.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;

class SqliteGroup : public ::testing::Test {
 protected:
  TempDir dir;
  FaultyVfs vfs{"ringfence-faulty-group"};
  std::unique_ptr<Store> behind = sqlite::open(dir.file("a.db"), {.vfs = vfs.name()}).value();
  LogWatch watch{vfs};
  std::atomic<int> acknowledged = 0;
  std::atomic<int> not_durable = 0;

  CommitOutcome commit(const ChangeSet& change, Store& store) {
    watch.look_out(change);
    const CommitOutcome outcome = store.commit(change, 0);
    const bool durable = watch.is_durable(change);
    if (outcome == CommitOutcome::committed) {
      ++acknowledged;
      if (!durable) ++not_durable;
    }
    return outcome;
  }
};

// Proves I1.
TEST_F(SqliteGroup, EachOfManyThreadsIsAnsweredAfterItsOwnChangeWasSynced) {
  constexpr int threads = 64;
  constexpr int times = 10;
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < threads; ++i) {
      all.emplace_back([&, i] {
        Version version = 0;
        for (int n = 0; n < times; ++n) {
          const auto change = Change().put(sample_account(std::to_string(i)), version);
          EXPECT_EQ(commit(change, *behind), CommitOutcome::committed);
          version = change.set.puts[0].version;
        }
      });
    }
  }
  EXPECT_EQ(acknowledged, threads * times);
  EXPECT_EQ(not_durable, 0);
}

/// A host of its own on a shared store: one account that changes its phone day after day.
class Mover {
 public:
  Mover(Store& store, KeyRing& ring, int i)
      : store_(store),
        ring_(ring),
        entropy_(static_cast<std::uint64_t>(i) + 1),
        service_(Service::make({store, ring, clock_, entropy_}).value()),
        account_{"", "mover" + std::to_string(i)},
        call_{.session = "session", .source = "192.0.2." + std::to_string(i)} {
    const auto number = [&](int n) { return "+86139" + std::to_string(10'000'000 + 2 * i + n); };
    numbers_ = {number(0), number(1)};
    service_
        ->register_account(
            {.account = account_, .phone = {numbers_[0]}, .phone_proven_at = clock_.now_ms()})
        .value();
  }

  /// A whole flow: four commits.
  void move() {
    const FlowView flow = service_->begin_change_phone(account_, Method::phone, call_).value();
    service_->prove_identity(flow, code(Role::identity, flow), call_).value();
    std::swap(numbers_[0], numbers_[1]);
    service_->set_target(flow, {numbers_[0]}, call_).value();
    const FlowView done = service_->prove_target(flow, code(Role::target, flow), call_).value();
    EXPECT_EQ(done.step, FlowStep::done);
    clock_.advance(day_ms);
  }

 private:
  std::string code(Role role, const FlowView& view) {
    const Loaded loaded = load_one(store_, account_);
    for (const Flow& flow : std::get<Account>(loaded.record.value()).flows) {
      if (flow.id != view.handle.flow) continue;
      const auto code =
          workflow::derive_code(account_, flow, role, *flow.challenge, *ring_.keys()).value();
      return std::string(code.reveal());
    }
    return {};
  }

  Store& store_;
  KeyRing& ring_;
  ManualClock clock_;
  SeededEntropy entropy_;
  std::unique_ptr<Service> service_;
  AccountKey account_;
  Call call_;
  std::array<std::string, 2> numbers_;
};

// Proves I1.
TEST_F(SqliteGroup, OfManyThreadsAFlowCostsAQuarterOfTheSyncsOfOneAtMost) {
  constexpr int threads = 64;
  constexpr int flows = 4;
  FaultingStore store(*behind);
  std::atomic<int> in_commit = 0;
  std::atomic<int> running = 0;
  store.on_commit([&](const ChangeSet& change, Store& to) {
    ++in_commit;
    const CommitOutcome outcome = commit(change, to);
    --in_commit;
    return outcome;
  });
  // A disk that is slower than half of the threads; bounded, should they be held up elsewhere.
  vfs.before_log_sync = [&] {
    for (int i = 0; i < 10'000 && in_commit < running / 2; ++i) std::this_thread::yield();
  };
  const auto ring = one_key_ring();
  std::vector<std::unique_ptr<Mover>> movers;
  for (int i = 0; i < threads; ++i) movers.push_back(std::make_unique<Mover>(store, *ring, i));

  running = 1;
  int before = vfs.log_syncs;
  for (int n = 0; n < flows; ++n) movers[0]->move();
  const double alone = static_cast<double>(vfs.log_syncs - before) / flows;

  running = threads;
  before = vfs.log_syncs;
  {
    std::vector<std::jthread> all;
    for (auto& mover : movers) {
      all.emplace_back([&] {
        for (int n = 0; n < flows; ++n) mover->move();
        --running;
      });
    }
  }
  const double together = static_cast<double>(vfs.log_syncs - before) / (flows * threads);
  vfs.before_log_sync = [] {};
  std::cout << "syncs of the log a flow: " << alone << " with one thread, " << together << " with "
            << threads << '\n';
  EXPECT_GE(alone, 4);
  EXPECT_LE(together * 4, alone);
  EXPECT_GE(acknowledged, 4 * flows * (threads + 1));
  EXPECT_EQ(not_durable, 0);
}

}  // namespace
}  // namespace ringfence
