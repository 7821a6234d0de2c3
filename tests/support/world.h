#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ringfence/testing/test_host.h"

/// The public test host, with shortcuts for ringfence's own tests.
namespace ringfence::testing_support {

using ringfence::testing::FaultingStore;
using ringfence::testing::ManualClock;
using ringfence::testing::RecordingSender;
using ringfence::testing::SeededEntropy;

inline KeySet::Entry key_entry(const std::string& id, std::uint8_t fill) {
  crypto::Key key;
  key.reveal().fill(fill);
  return {id, key};
}

inline std::shared_ptr<KeyRing> one_key_ring() { return ringfence::testing::test_key_ring(); }

/// What a call gave: `ok`, or the name of its refusal. For `EXPECT_EQ`.
template <class T>
std::string outcome(const result<T>& reply) {
  return reply ? "ok" : std::string(name(reply.error().code));
}

/// A code of the same length that is certainly another one.
inline std::string wrong(std::string code) {
  code.back() = code.back() == '9' ? '0' : static_cast<char>(code.back() + 1);
  return code;
}

struct World : ringfence::testing::TestHost {
  static constexpr const char* phone = "+8613912343672";
  static constexpr const char* email = "lion@example.com";
  static constexpr const char* new_phone = "+447700900123";
  static constexpr const char* other_phone = "+447700900456";

  explicit World(Policy with = {}, std::unique_ptr<Store> on = make_memory_store(),
                 std::shared_ptr<KeyRing> keys = one_key_ring(), std::uint64_t seed = 1)
      : TestHost(with, std::move(on), std::move(keys), seed), policy(std::move(with)) {}

  Policy policy;

  static AccountKey key(const std::string& id, const std::string& realm = "") {
    return {realm, id};
  }

  result<SecuritySettings> add(const std::string& id, const std::string& phone_text = phone,
                               const std::string& email_text = email,
                               const std::string& realm = "") {
    return TestHost::add(id, phone_text, email_text, realm);
  }

  // A flow of `id`, brought to a step by the shortest way.
  FlowView begun(const std::string& id, Method method = Method::phone) {
    return service->begin_change_phone(key(id), method, call).value();
  }
  FlowView identified(const std::string& id, Method method = Method::phone) {
    const FlowView flow = begun(id, method);
    const Account owner = account(id);
    return service->prove_identity(flow, code_at(owner.channel(method).address->text()), call)
        .value();
  }
  FlowView targeted(const std::string& id, const std::string& target = new_phone) {
    const FlowView flow = identified(id);
    return service->set_target(flow, {target}, call).value();
  }
  FlowView changed(const std::string& id, const std::string& target = new_phone) {
    const FlowView flow = targeted(id, target);
    return service->prove_target(flow, code_at(target), call).value();
  }

  // What is stored.
  Loaded stored(const Key& of) const { return behind->load({&of, 1}, 0).value().front(); }
  Account account(const std::string& id, const std::string& realm = "") const {
    return std::get<Account>(stored(AccountKey{realm, id}).record.value());
  }
  AddressEntry entry(const std::string& number, const std::string& realm = "") const {
    const AddressKey of{realm, parse_phone(number, "", {}).value()};
    const Loaded loaded = stored(of);
    return loaded.record ? std::get<AddressEntry>(*loaded.record) : AddressEntry{.key = of};
  }
  /// Writes an account as a host's administrator would have changed it.
  void put(const Account& account) {
    const Key of = account.key;
    ChangeSet change;
    change.expects.push_back({of, stored(of).version});
    change.puts.push_back({account, ++last_tag});
    ASSERT_EQ(behind->commit(change, 0), CommitOutcome::committed);
  }
  Version last_tag = 1'000'000;

  /// Events and notices of one purpose that were handed over.
  std::vector<RecordingSender::Sent> sent(const std::string& purpose, MessageKind kind) {
    pump();
    std::vector<RecordingSender::Sent> out;
    for (auto& one : sender.all()) {
      if (one.message.purpose == purpose && one.message.kind == kind) out.push_back(std::move(one));
    }
    return out;
  }
};

}  // namespace ringfence::testing_support
