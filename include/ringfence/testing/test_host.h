#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "ringfence/ringfence.h"
#include "ringfence/store/memory.h"
#include "ringfence/testing/faulting_store.h"
#include "ringfence/testing/manual_clock.h"
#include "ringfence/testing/recording_sender.h"
#include "ringfence/testing/seeded_entropy.h"

namespace ringfence::testing {

/// A ring with one key, always the same: for tests only.
inline std::shared_ptr<KeyRing> test_key_ring() {
  return KeyRing::from_callback([] {
           KeySet::Entry entry{.id = "k1", .key = {}};
           entry.key.reveal().fill(0x5a);
           return KeySet::make({std::move(entry)});
         })
      .value();
}

/// A whole host in memory, for the tests of a program that uses ringfence: its time stands still
/// until it is moved, its codes can be read, its store can be made to fail, and with the same seed
/// everything comes out the same. Every part may be looked into.
struct TestHost {
  explicit TestHost(Policy policy = {}, std::unique_ptr<Store> on = make_memory_store(),
                    std::shared_ptr<KeyRing> keys = test_key_ring(), std::uint64_t seed = 1)
      : ring(std::move(keys)),
        entropy(seed),
        behind(std::move(on)),
        store(*behind),
        service(Service::make({store, *ring, clock, entropy}, std::move(policy)).value()),
        dispatcher({store, *ring, sender, sender, clock, entropy}) {}

  std::shared_ptr<KeyRing> ring;
  ManualClock clock;
  SeededEntropy entropy;
  RecordingSender sender;
  std::unique_ptr<Store> behind;
  FaultingStore store;  ///< In front of `behind`.
  std::unique_ptr<Service> service;
  Dispatcher dispatcher;
  const Call call{.session = "session-1", .source = "192.0.2.1"};

  /// Registers an account with a verified phone and, if given, a verified email.
  result<SecuritySettings> add(const std::string& id, const std::string& phone,
                               const std::string& email = "", const std::string& realm = "") {
    Registration registration{
        .account = {realm, id}, .phone = {phone}, .phone_proven_at = clock.now_ms()};
    if (!email.empty()) {
      registration.email = AddressInput{email};
      registration.email_proven_at = clock.now_ms();
    }
    return service->register_account(registration);
  }

  /// Sends everything that is due.
  void pump() {
    while (dispatcher.pump().value().taken > 0) {
    }
  }
  /// Sends everything that is due; returns the newest code that reached the address. None: the test
  /// has failed, and it is empty.
  std::string code_at(const std::string& address) {
    pump();
    const auto code = sender.last_code(address);
    EXPECT_TRUE(code.has_value()) << "no code reached " << address;
    return code.value_or("");
  }
};

}  // namespace ringfence::testing
