// The keys of a running service: from a callback, reloaded, shared by threads.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "support/temp_dir.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::key_entry;
using testing_support::outcome;

// There is no default key: nothing that works with keys can be made without them.
static_assert(!std::is_default_constructible_v<KeySet>);
static_assert(!std::is_default_constructible_v<KeyRing>);
static_assert(!std::is_constructible_v<Service::Parts, Store&>);
static_assert(!std::is_default_constructible_v<Dispatcher>);

TEST(KeySet, RefusesWhatWouldBeNoKey) {
  EXPECT_EQ(outcome(KeySet::make({})), "key_unusable");
  EXPECT_EQ(outcome(KeySet::make({key_entry("", 1)})), "key_unusable");
  EXPECT_EQ(outcome(KeySet::make({key_entry("k 1", 1)})), "key_unusable");
  EXPECT_EQ(outcome(KeySet::make({key_entry(std::string(33, 'k'), 1)})), "key_unusable");
  EXPECT_EQ(outcome(KeySet::make({key_entry("k1", 0)})), "key_unusable");
  EXPECT_EQ(outcome(KeySet::make({key_entry("k1", 1), key_entry("k2", 0)})), "key_unusable");
  EXPECT_EQ(outcome(KeySet::make({key_entry("k1", 1), key_entry("k2", 2), key_entry("k1", 3)})),
            "key_unusable");
  EXPECT_EQ(outcome(KeySet::make({key_entry("k1", 1), key_entry("K1", 2)})), "ok");
}

TEST(KeyRing, FromACallbackThatFailsIsNotMade_R28) {
  EXPECT_EQ(outcome(KeyRing::from_callback(nullptr)), "key_unusable");
  EXPECT_EQ(
      outcome(KeyRing::from_callback([]() -> result<KeySet> { throw std::runtime_error("down"); })),
      "key_unusable");
  EXPECT_EQ(outcome(KeyRing::from_callback([]() -> result<KeySet> { throw 42; })), "key_unusable");
  EXPECT_EQ(outcome(KeyRing::from_callback(
                []() -> result<KeySet> { return failure(ErrorCode::store_unavailable, "down"); })),
            "store_unavailable");
}

TEST(KeyRing, KeepsItsKeysWhenAReloadFails_R28) {
  int mode = 0;
  const auto ring = KeyRing::from_callback([&]() -> result<KeySet> {
                      if (mode == 1) throw std::runtime_error("down");
                      if (mode == 2) return failure(ErrorCode::key_unusable, "down");
                      if (mode == 3) return KeySet::make({});
                      return KeySet::make({key_entry("k1", 1)});
                    }).value();
  const auto before = ring->keys();
  for (mode = 1; mode <= 3; ++mode) {
    EXPECT_EQ(outcome(ring->reload()), "key_unusable") << mode;
    EXPECT_EQ(ring->keys(), before);
  }
}

TEST(KeyRing, ReloadsFromItsFileAndKeepsItsKeysWhenTheFileHasGoneBad) {
  const testing_support::TempDir dir;
  const std::string path = dir.file("keys");
  ASSERT_TRUE(KeyRing::create_file(path));
  const auto ring = KeyRing::from_file(path).value();
  const std::string first = ring->keys()->current_id();
  std::ofstream(path) << "k2 " << std::string(64, '7') << "\n";
  ASSERT_TRUE(ring->reload());
  EXPECT_EQ(ring->keys()->current_id(), "k2");
  EXPECT_EQ(outcome(ring->keys()->find(first)), "key_missing");
  std::ofstream(path) << "half a li";
  EXPECT_EQ(outcome(ring->reload()), "key_unusable");
  EXPECT_EQ(ring->keys()->current_id(), "k2");
}

TEST(KeyRing, KeysThatWereGottenStayWhileTheyAreUsed) {
  std::uint8_t fill = 1;
  const auto ring =
      KeyRing::from_callback([&] { return KeySet::make({key_entry("k1", fill)}); }).value();
  const auto held = ring->keys();
  const crypto::Key* key = held->find("k1").value();
  fill = 2;
  ASSERT_TRUE(ring->reload());
  EXPECT_EQ(key->reveal()[0], 1);
  EXPECT_EQ(ring->keys()->find("k1").value()->reveal()[0], 2);
}

TEST(KeyRing, ManyThreadsSeeWholeKeySetsWhileOthersReload) {
  std::atomic<std::uint8_t> fill = 1;
  std::atomic<int> inside = 0;
  std::atomic<bool> overlapped = false;
  const auto ring = KeyRing::from_callback([&] {
                      if (++inside > 1) overlapped = true;
                      for (int i = 0; i < 20; ++i)
                        std::this_thread::yield();  // others get their chance
                      std::uint8_t next = ++fill;
                      if (next == 0) next = 1;
                      auto keys = KeySet::make({key_entry("a", next), key_entry("b", next)});
                      --inside;
                      return keys;
                    }).value();
  std::atomic<int> torn = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          const auto keys = ring->keys();
          if (keys->find("a").value()->reveal() != keys->find("b").value()->reveal()) ++torn;
        }
      });
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          if (!ring->reload()) ++torn;
        }
      });
    }
  }
  EXPECT_EQ(torn, 0);
  EXPECT_FALSE(overlapped) << "the source is never asked twice at once";
}

}  // namespace
}  // namespace ringfence
