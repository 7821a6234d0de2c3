// The store contract: commits whose answer was lost, and what a `Service` makes of them. The change
// happens once or never, on the store that is tested.
#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include "ringfence/dispatcher.h"
#include "ringfence/service.h"
#include "ringfence/testing/faulting_store.h"
#include "ringfence/testing/manual_clock.h"
#include "ringfence/testing/recording_sender.h"
#include "ringfence/testing/seeded_entropy.h"
#include "testing/contract.h"

namespace ringfence::testing {
namespace {

using namespace testing_support;

std::shared_ptr<KeyRing> one_key_ring() {
  return KeyRing::from_callback([] {
           crypto::Key key;
           key.reveal().fill(0x5a);
           return KeySet::make({{"k1", key}});
         })
      .value();
}

/// How a commit loses its answer.
enum class Lost {
  after_it_happened,
  before_it_happened,
  before_its_fence,  ///< It is held back, and arrives after whatever the service does about it.
  beside_its_fence,  ///< It is under way while the service does something about it.
};
constexpr Lost every_way[] = {Lost::after_it_happened, Lost::before_it_happened,
                              Lost::before_its_fence, Lost::beside_its_fence};

/// A host on the store that is tested.
struct Host {
  explicit Host(StoreUnderTest& tested) : handles(tested), store(handles[0]) {}

  void add(const std::string& id, const std::string& phone) {
    ASSERT_TRUE(service->register_account(
        {.account = {"", id}, .phone = {phone}, .phone_proven_at = clock.now_ms()}));
  }
  void pump() {
    for (int i = 0; i < 100 && dispatcher.pump().value().taken > 0; ++i) {
    }
  }
  std::string code_at(const std::string& phone) {
    pump();
    return sender.last_code(phone).value();
  }
  Account account(const std::string& id) {
    return std::get<Account>(load_one(handles[0], AccountKey{"", id}).record.value());
  }
  /// The answer of the next commit is lost.
  void lose_next(Lost way) {
    store.on_commit([this, way](const ChangeSet& change, Store& behind) {
      store.on_commit(nullptr);
      if (way == Lost::after_it_happened) {
        EXPECT_EQ(behind.commit(change, 0), CommitOutcome::committed);
      } else if (way == Lost::before_its_fence) {
        late = change;
      } else if (way == Lost::beside_its_fence) {
        beside = std::jthread([this, change] { handles[1].commit(change, 0); });
      }
      return CommitOutcome::unknown;
    });
  }
  /// What was under way arrives.
  void settle_down() {
    if (beside.joinable()) beside.join();
    if (late) {
      EXPECT_EQ(handles[1].commit(*late, 0), CommitOutcome::conflict) << "it arrives after all";
    }
    late.reset();
  }

  Handles handles;
  FaultingStore store;
  ManualClock clock;
  SeededEntropy entropy{1};
  RecordingSender sender;
  std::shared_ptr<KeyRing> ring = one_key_ring();
  std::unique_ptr<Service> service = Service::make({store, *ring, clock, entropy}, {}).value();
  Dispatcher dispatcher{{store, *ring, sender, sender, clock, entropy}};
  std::optional<ChangeSet> late;
  std::jthread beside;
};

// Proves I7.
STORE_LINE(ALateCommitFindsTheFence) {
  Store& store = tested.store();
  ASSERT_EQ(store.commit(Change().put(sample_account("ann")), 0), CommitOutcome::committed);
  const Version before = load_one(store, ann).version;
  const auto late = Change()
                        .put(sample_account("ann"), before)
                        .put(sample_entry(phone_address()))
                        .send(sample_message(1));
  // The fence puts the very same record under another tag.
  const auto fence = Change().put(sample_account("ann"), before);
  ASSERT_EQ(store.commit(fence, 0), CommitOutcome::committed);
  EXPECT_EQ(store.commit(late, 0), CommitOutcome::conflict);
  EXPECT_EQ(load_one(store, ann).version, fence.set.puts[0].version);
  EXPECT_FALSE(load_one(store, number).record);
  EXPECT_EQ(pending(store), 0U);
}

// Proves I7.
STORE_LINE(OfACommitAndItsFenceOneHappens) {
  const Handles handles(tested);
  for (int round = 0; round < 20; ++round) {
    const AccountKey key{"shop", "user-" + std::to_string(round)};
    ASSERT_EQ(tested.store().commit(Change().put(sample_account(key.id)), 0),
              CommitOutcome::committed);
    const Version before = load_one(tested.store(), key).version;
    std::atomic<int> committed = 0;
    std::atomic<bool> late_happened = false;
    in_threads(2, [&](int thread) {
      Change change = Change().put(sample_account(key.id), before);
      if (thread == 1) change.send(sample_message(1, key.id));
      const CommitOutcome outcome = handles[thread].commit(change, 0);
      EXPECT_TRUE(outcome == CommitOutcome::committed || outcome == CommitOutcome::conflict);
      if (outcome != CommitOutcome::committed) return;
      ++committed;
      if (thread == 1) late_happened = true;
    });
    EXPECT_EQ(committed, 1);
    EXPECT_EQ(tested.store().messages(key, 9, 0).value().size(), late_happened ? 1U : 0U);
  }
}

// Proves I5, I7.
STORE_LINE(AWrongCodeIsChargedOnceHoweverTheAnswerWasLost) {
  Host host(tested);
  host.add("ann", "+8613912343672");
  const Call call{.session = "session", .source = "192.0.2.1"};
  const FlowView flow = host.service->begin_change_phone({"", "ann"}, Method::phone, call).value();
  int charged = 0;
  for (const Lost way : every_way) {
    host.lose_next(way);
    const auto reply = host.service->prove_identity(flow, "x", call);
    ASSERT_TRUE(reply) << name(reply.error().code);
    EXPECT_EQ(reply.value().verdict, Verdict::rejected);
    host.settle_down();
    EXPECT_EQ(host.account("ann").failures.at(0).count, ++charged) << static_cast<int>(way);
  }
}

// Proves I2, I7.
STORE_LINE(AChangeWhoseAnswerWasLostHappensOnce) {
  Host host(tested);
  int person = 0;
  for (const Lost way : every_way) {
    const std::string id = "user-" + std::to_string(++person);
    const std::string old_phone = "+861391234367" + std::to_string(person);
    const std::string new_phone = "+44770090012" + std::to_string(person);
    const Call call{.session = "session", .source = id};
    host.add(id, old_phone);
    const FlowView flow = host.service->begin_change_phone({"", id}, Method::phone, call).value();
    host.service->prove_identity(flow, host.code_at(old_phone), call).value();
    host.service->set_target(flow, {new_phone}, call).value();
    const std::string code = host.code_at(new_phone);
    host.sender.clear();

    host.lose_next(way);
    const auto reply = host.service->prove_target(flow, code, call);
    ASSERT_TRUE(reply) << name(reply.error().code);
    EXPECT_TRUE(reply.value().change.has_value());
    host.settle_down();
    host.pump();

    EXPECT_EQ(host.account(id).channel(ChannelKind::phone).address->text(), new_phone);
    const AddressKey key{"", phone_address(new_phone)};
    EXPECT_EQ(std::get<AddressEntry>(load_one(tested.store(), key).record.value()).holders, 1);
    int events = 0;
    for (const auto& sent : host.sender.all()) {
      events += sent.message.kind == MessageKind::event && sent.message.purpose == "phone_changed";
    }
    EXPECT_EQ(events, 1) << static_cast<int>(way);
  }
}

// Proves I7.
STORE_LINE(WhenTheFenceIsLostTooTheSameRequestConverges) {
  Host host(tested);
  host.add("ann", "+8613912343672");
  Call call{.session = "session", .source = "192.0.2.1"};
  const FlowView flow = host.service->begin_change_phone({"", "ann"}, Method::phone, call).value();
  int charged = 0;
  for (const bool happened : {true, false}) {
    call.request_id = happened ? "first" : "second";
    bool first = true;
    host.store.on_commit([&](const ChangeSet& change, Store& behind) {
      if (std::exchange(first, false) && happened) behind.commit(change, 0);
      return CommitOutcome::unknown;
    });
    const auto unknown = host.service->prove_identity(flow, "x", call);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::outcome_unknown);
    host.store.on_commit(nullptr);
    EXPECT_EQ(host.service->prove_identity(flow, "x", call).value().verdict, Verdict::rejected);
    EXPECT_EQ(host.account("ann").failures.at(0).count, ++charged);
  }
}

}  // namespace

std::span<const ContractLine> unknown_lines() {
  static constexpr ContractLine lines[] = {
      LISTED(ALateCommitFindsTheFence),
      LISTED(OfACommitAndItsFenceOneHappens),
      LISTED(AWrongCodeIsChargedOnceHoweverTheAnswerWasLost),
      LISTED(AChangeWhoseAnswerWasLostHappensOnce),
      LISTED(WhenTheFenceIsLostTooTheSameRequestConverges),
  };
  return lines;
}

}  // namespace ringfence::testing
