#pragma once

#include <memory>
#include <string>
#include <utility>

#include "boundary.h"
#include "objects.h"
#include "ringfence/record_json.h"

/// What the caller implements, as the library wants it. An exception that comes out of a callback
/// counts as its failure.
namespace ringfence::capi {

/// The caller's struct; its context is destroyed with it, once it was taken.
template <class Callbacks>
class Plug {
 public:
  explicit Plug(const Callbacks& callbacks) : callbacks_(callbacks) {}
  Plug(const Plug&) = delete;
  Plug& operator=(const Plug&) = delete;
  ~Plug() {
    if (!adopted_ || callbacks_.destroy == nullptr) return;
    try {
      callbacks_.destroy(callbacks_.context);
    } catch (...) {  // NOLINT(bugprone-empty-catch): there is nobody to tell
    }
  }
  void adopt() noexcept { adopted_ = true; }

 protected:
  const Callbacks& callbacks() const noexcept { return callbacks_; }
  /// Calls one of the functions; `failed` if it throws.
  template <class F, class R, class... A>
  static R call(F function, R failed, A... arguments) noexcept {
    try {
      return function(arguments...);
    } catch (...) {
      return failed;
    }
  }

 private:
  const Callbacks callbacks_;
  bool adopted_ = false;
};

/// A place for the answer of one callback: what the caller writes to it later is refused.
class OutScope {
 public:
  OutScope();
  OutScope(const OutScope&) = delete;
  OutScope& operator=(const OutScope&) = delete;
  ~OutScope() { close(); }

  ringfence_out handle() const noexcept { return handle_; }
  /// What was written. No more is taken from now on.
  std::string_view close() noexcept;

 private:
  std::shared_ptr<Out> out_;
  ringfence_out handle_ = {};
};

class PluggedStore final : public Plug<ringfence_store_callbacks>, public Store {
 public:
  using Plug::Plug;
  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs deadline_ms) override;
  CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) override;
  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override;
  result<void> settle(std::span<const Settlement> settlements) override;
  result<std::vector<Message>> messages(const AccountKey& account, int max,
                                        TimeMs deadline_ms) override;
  result<std::vector<Message>> given_up(const MessagePlace& after, int max,
                                        TimeMs deadline_ms) override;
  result<OutboxState> outbox(TimeMs now, TimeMs deadline_ms) override;
  result<int> sweep(TimeMs now, TimeMs settled_before, int max) override;
};

class PluggedSender final : public Plug<ringfence_sender_callbacks>, public Sender {
 public:
  using Plug::Plug;
  SendResult send(const OutgoingMessage& message) override;
};

class PluggedEventSink final : public Plug<ringfence_event_sink_callbacks>, public EventSink {
 public:
  using Plug::Plug;
  SendResult deliver(const Message& event) override;
};

class PluggedClock final : public Plug<ringfence_clock_callbacks>, public Clock {
 public:
  using Plug::Plug;
  TimeMs now_ms() noexcept override;
  void pause(TimeMs duration_ms) noexcept override;
};

class PluggedEntropy final : public Plug<ringfence_entropy_callbacks>, public Entropy {
 public:
  using Plug::Plug;
  result<void> fill(Seed& seed) noexcept override;
};

class PluggedRiskAdvisor final : public Plug<ringfence_risk_advisor_callbacks>, public RiskAdvisor {
 public:
  using Plug::Plug;
  RiskAnswer ask(const RiskQuestion& question) override;
};

class PluggedObserver final : public Plug<ringfence_observer_callbacks>, public Observer {
 public:
  using Plug::Plug;
  void observe(const Observation& observation) override;
};

class PluggedKeySource final : public Plug<ringfence_key_source> {
 public:
  using Plug::Plug;
  result<KeySet> read() const;
  /// Whether this thread is in a `read`: then it must not ask for another one.
  static bool reading() noexcept;
};

/// What a function of a store that failed has to say.
Failure store_failure(int32_t status, std::string_view why);

}  // namespace ringfence::capi
