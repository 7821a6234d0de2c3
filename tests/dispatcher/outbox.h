#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/passing_store.h"
#include "support/world.h"

/// A world whose outbox can be looked into, and whose sender does as it is told.
namespace ringfence::testing_support {

/// A store in memory that remembers how messages were settled and fails when told. Set the hooks
/// before threads start.
class WatchedStore final : public PassingStore {
 public:
  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs deadline_ms) override {
    if (before_load) RF_TRY_VOID(before_load(keys));
    if (loads_nothing) return std::vector<Loaded>();
    return good->load(keys, deadline_ms);
  }
  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override {
    if (before_take) RF_TRY_VOID(before_take());
    last_max = max;
    last_lease_ms = lease_ms;
    return good->take(now, lease_ms, max, share);
  }
  result<void> settle(std::span<const Settlement> settlements) override {
    if (before_settle) RF_TRY_VOID(before_settle());
    const std::lock_guard lock(mutex_);
    for (const Settlement& one : settlements) settled_.push_back(one);
    return good->settle(settlements);
  }
  /// Every settlement asked for, in order.
  std::vector<Settlement> settled() const {
    const std::lock_guard lock(mutex_);
    return settled_;
  }

  std::function<result<void>(std::span<const Key>)> before_load;
  std::function<result<void>()> before_take;
  std::function<result<void>()> before_settle;
  bool loads_nothing = false;  ///< Against its contract.
  std::atomic<int> last_max = 0;
  std::atomic<TimeMs> last_lease_ms = 0;

 private:
  mutable std::mutex mutex_;
  std::vector<Settlement> settled_;
};

/// A sender and event sink in one function. Holds no lock, so it may call anything.
class FunctionSender final : public Sender, public EventSink {
 public:
  struct Call {
    Message message;
    std::string code;
    std::string text;
    TimeMs lifetime_ms = 0;
    std::string locale = {};
    std::string subject = {};
    std::string html = {};
  };
  using Answer = std::function<SendResult(const Call&)>;

  explicit FunctionSender(Answer answer) : answer_(std::move(answer)) {}
  SendResult send(const OutgoingMessage& out) override {
    return answer_({out.message, std::string(out.code.reveal()), std::string(out.text.reveal()),
                    out.lifetime_ms, std::string(out.locale), std::string(out.subject),
                    out.html == nullptr ? "" : std::string(out.html->reveal())});
  }
  SendResult deliver(const Message& event) override { return answer_({event, "", "", 0}); }

 private:
  Answer answer_;
};

constexpr SendResult accepted() { return {SendResult::Outcome::accepted, 0, ""}; }
inline SendResult temporary(TimeMs retry_after_ms = 0) {
  return {SendResult::Outcome::temporary, retry_after_ms, "busy"};
}

struct OutboxWorld {
  explicit OutboxWorld(const Policy& policy = {})
      : OutboxWorld(policy, std::make_unique<WatchedStore>()) {}

  WatchedStore* store;
  World world;
  std::uint64_t appended = 0;
  /// What the sender was given, and what it answers; a test may set both.
  std::vector<FunctionSender::Call> calls = {};
  FunctionSender::Answer answer = [](const FunctionSender::Call&) { return accepted(); };
  FunctionSender sender{[this](const FunctionSender::Call& call) {
    calls.push_back(call);
    return answer(call);
  }};
  Dispatcher dispatcher = with({});

  Dispatcher with(Dispatcher::Options options) {
    return Dispatcher({*store, *world.ring, sender, sender, world.clock, world.entropy}, options);
  }
  /// One whose words are not those that are built in.
  Dispatcher saying(const Templates& templates) {
    return Dispatcher({.store = *store,
                       .keys = *world.ring,
                       .sender = sender,
                       .events = sender,
                       .clock = world.clock,
                       .entropy = world.entropy,
                       .templates = &templates});
  }
  Dispatcher::Counts pump() { return dispatcher.pump().value(); }

  /// Puts a message into the outbox, as a commit does.
  Id128 append(Message message) {
    message.id = id(++appended);
    message.account = World::key("ann");
    message.created_at = message.due_at = world.clock.now_ms();
    if (message.expires_at == 0) message.expires_at = world.clock.now_ms() + 3 * day_ms;
    ChangeSet change{.id = id(1'000'000 + appended)};
    change.messages.push_back(message);
    EXPECT_EQ(store->commit(change, 0), CommitOutcome::committed);
    return message.id;
  }
  Id128 notice() {
    return append({.kind = MessageKind::notice,
                   .purpose = "phone_changed",
                   .destination = parse_phone(World::phone, "", {}).value(),
                   .fields = {{"masked", "77****0123"}}});
  }
  Id128 event() { return append({.kind = MessageKind::event, .purpose = "end_sessions"}); }
  static Id128 id(std::uint64_t number) {
    Id128 out;
    for (std::size_t i = 0; i < 8; ++i)
      out.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return out;
  }

  Settlement last() const {
    const auto settled = store->settled();
    EXPECT_FALSE(settled.empty());
    return settled.empty() ? Settlement() : settled.back();
  }

 private:
  OutboxWorld(const Policy& policy, std::unique_ptr<WatchedStore> made)
      : store(made.get()), world(policy, std::move(made)) {}
};

}  // namespace ringfence::testing_support
