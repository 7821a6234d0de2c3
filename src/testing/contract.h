#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <latch>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "ringfence/testing/store_conformance.h"
#include "testing/samples.h"

/// What the lines of the store contract share. A line is written `STORE_LINE(ASentence) { … }` and
/// listed at the end of its file.
#define STORE_LINE(name) void name(StoreUnderTest& tested)
#define LISTED(name) \
  ContractLine { #name, name }

namespace ringfence::testing {

std::span<const ContractLine> record_lines();
std::span<const ContractLine> outbox_lines();
std::span<const ContractLine> given_up_lines();
std::span<const ContractLine> race_lines();
std::span<const ContractLine> unknown_lines();

inline const AccountKey ann{"shop", "ann"};
inline const AddressKey number{"shop", testing_support::phone_address()};
inline const SourceKey office{"shop", "192.0.2.0/24"};

inline std::size_t pending(Store& store) {
  constexpr TimeMs far_future = 4'000'000'000'000;
  return store.take(far_future, 1, 1'000'000, {}).value().size();
}

/// What can be taken at once.
inline std::vector<Message> take(Store& store, TimeMs now, TimeMs lease_ms, int max) {
  return store.take(now, lease_ms, max, {}).value();
}

inline std::vector<Id128> ids_of(const std::vector<Message>& messages) {
  std::vector<Id128> ids;
  ids.reserve(messages.size());
  for (const Message& message : messages) ids.push_back(message.id);
  return ids;
}

inline void settle(Store& store, const std::vector<Settlement>& settlements) {
  EXPECT_TRUE(store.settle(settlements));
}

/// The store by two handles, if there can be two.
class Handles {
 public:
  explicit Handles(StoreUnderTest& tested) : first_(tested.store()), second_(tested.another()) {}
  Store& operator[](int thread) const {
    return thread % 2 == 0 || second_ == nullptr ? first_ : *second_;
  }

 private:
  Store& first_;
  std::unique_ptr<Store> second_;
};

/// Calls `work(0)`, `work(1)`, … at once, each in a thread of its own, and waits for them.
template <class Work>
void in_threads(int count, const Work& work) {
  std::latch start(count);
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      try {
        work(i);
      } catch (const std::exception& error) {
        ADD_FAILURE() << "thrown in a thread: " << error.what();
      }
    });
  }
}

}  // namespace ringfence::testing
