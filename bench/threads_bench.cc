// How many flows a second one SQLite store gives to many threads: each waits for the disk, and
// those that wait together share one sync. RINGFENCE_BENCH_SYNC_MS makes each sync of the log wait
// so much longer: disks differ more than anything else here.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host.h"
#include "ringfence/store/sqlite.h"
#include "store/faulty_vfs.h"

namespace bench {
namespace {

double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

std::vector<std::unique_ptr<Mover>> make_movers(rf::Store& store, rf::KeyRing& ring, int count) {
  std::vector<std::unique_ptr<Mover>> out;
  for (int i = 0; i < count; ++i) {
    const rf::AccountKey account{"", "account" + std::to_string(i)};
    const auto number = [&](int n) { return "+86139" + std::to_string(10'000'000 + 2 * i + n); };
    out.push_back(std::make_unique<Mover>(store, ring, account, number(0), number(1),
                                          "192.0.2." + std::to_string(i)));
    const rf::TimeMs proven_at = 1'500'000'000'000;
    out.back()
        ->service()
        .register_account({.account = account, .phone = {number(0)}, .phone_proven_at = proven_at})
        .value();
  }
  return out;
}

struct Rate {
  double flows_per_second = 0;
  double busy_ms = 0;  // processor time of a flow, all threads together
};

Rate run(int count, double for_seconds) {
  const Folder folder;
  const auto store = rf::open_sqlite_store(folder.file("flows.db")).value();
  const auto ring = key_ring();
  const auto movers = make_movers(*store, *ring, count);
  for (const auto& mover : movers) mover->move();  // everything has been asked for once
  std::atomic<int> flows = 0;
  const std::clock_t busy = std::clock();
  const auto begun = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> all;
    for (const auto& mover : movers) {
      all.emplace_back([&, for_seconds] {
        while (seconds_since(begun) < for_seconds) {
          mover->move();
          ++flows;
        }
      });
    }
  }
  const double busy_ms = static_cast<double>(std::clock() - busy) * 1000 / CLOCKS_PER_SEC;
  return {flows / seconds_since(begun), busy_ms / flows};
}

/// SQLite's file layer, with syncs that take longer.
std::unique_ptr<rf::testing_support::FaultyVfs> slow_disk() {
  const char* const wanted = std::getenv("RINGFENCE_BENCH_SYNC_MS");
  if (wanted == nullptr) return nullptr;
  auto vfs = std::make_unique<rf::testing_support::FaultyVfs>("slow");
  const std::chrono::duration<double, std::milli> longer(std::atof(wanted));
  vfs->before_log_sync = [longer] { std::this_thread::sleep_for(longer); };
  sqlite3_vfs_register(sqlite3_vfs_find(vfs->name()), 1);  // the default from now on
  return vfs;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

// Five rounds in which they take turns: whatever else the machine does hits all of them.
int threads() {
  const char* const wanted = std::getenv("RINGFENCE_BENCH_SECONDS");
  const double for_seconds = wanted == nullptr ? 2 : std::atof(wanted);
  const auto disk = slow_disk();
  const std::vector<int> counts = {1, 8, 64};
  std::vector<std::vector<double>> rates(counts.size());
  std::vector<std::vector<double>> busy(counts.size());
  std::vector<std::vector<double>> ratios(counts.size());
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const Rate rate = run(counts[i], for_seconds);
      rates[i].push_back(rate.flows_per_second);
      busy[i].push_back(rate.busy_ms);
      ratios[i].push_back(rates[i].back() / rates[0].back());
    }
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    std::cout << counts[i] << " threads: " << median(rates[i]) << " flows a second, "
              << median(ratios[i]) << " times one thread; " << median(busy[i])
              << " ms of processor time a flow\n";
  }
  return 0;
}

}  // namespace bench
