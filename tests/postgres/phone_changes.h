#pragma once

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "postgres/server_process.h"
#include "ringfence/ringfence.h"
#include "support/world.h"

/// People who change their security phones, many at once, as a host's servers serve them: from
/// threads and processes with a service each, on one store.
namespace ringfence::testing_support {

/// A value in memory that processes forked later share.
template <class T>
class Shared {
 public:
  Shared() {
    void* const place =
        mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    value_ = new (place) T();
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { munmap(value_, sizeof(T)); }
  T& operator*() const { return *value_; }
  T* operator->() const { return value_; }

 private:
  T* value_;
};

inline AccountKey numbered(std::size_t index) { return {"", "a" + std::to_string(index)}; }

/// The telephones of the accounts `a0`, `a1` and so on: each keeps the last code of each role. They
/// are in shared memory, because any process may send the message of another.
class Phones final : public Sender, public EventSink {
 public:
  static constexpr std::size_t most = 1024;

  SendResult send(const OutgoingMessage& message) override {
    if (message.message.kind == MessageKind::code) {
      slot(message.message.account, message.message.role) =
          mark(message.message.flow) | std::stoull(std::string(message.code.reveal()));
    }
    return {.outcome = SendResult::Outcome::accepted};
  }
  SendResult deliver(const Message&) override { return {.outcome = SendResult::Outcome::accepted}; }

  /// The code that came for this flow.
  std::optional<std::string> code(const FlowHandle& flow, Role role) const {
    const std::uint64_t found = slot(flow.account, role);
    if ((found & ~code_bits) != mark(flow.flow)) return std::nullopt;
    std::string digits = std::to_string(found & code_bits);
    return std::string(6 - digits.size(), '0') + digits;
  }

 private:
  // A code of six digits has 20 bits; the others tell whose it is.
  static constexpr std::uint64_t code_bits = (1U << 20U) - 1;
  static std::uint64_t mark(const Id128& flow) {
    std::uint64_t out = 1;  // never that of an empty slot
    for (std::size_t i = 0; i < 5; ++i) out = out << 8U | flow.bytes[i];
    return out << 20U;
  }
  struct Slots {
    std::array<std::array<std::atomic<std::uint64_t>, 2>, most> list{};
  };
  std::atomic<std::uint64_t>& slot(const AccountKey& account, Role role) const {
    return slots_->list.at(std::stoul(account.id.substr(1))).at(static_cast<std::size_t>(role));
  }

  Shared<Slots> slots_;
};

/// The default limits would refuse most of what many people at one number do in a minute.
inline Policy wide_limits() {
  const std::vector<Window> wide = {{100, second_ms}};
  Policy policy;
  policy.sends_to_target = wide;
  policy.sends_to_own_channels = wide;
  policy.sends_to_targets_by_account = wide;
  policy.sends_by_source = wide;
  return policy;
}

/// What became of calls, over all threads and processes. May be in shared memory.
struct CallCounts final : public Observer {
  std::atomic<std::uint64_t> calls = 0;
  std::atomic<std::uint64_t> repeated = 0;
  std::atomic<std::uint64_t> conflicts = 0;
  std::array<std::atomic<std::uint64_t>, 256> refused = {};  ///< By `ErrorCode`.

  std::uint64_t count(ErrorCode code) const { return refused.at(static_cast<std::size_t>(code)); }
  void observe(const Observation& one) override {
    if (one.name == "ringfence.conflicts") conflicts += static_cast<std::uint64_t>(one.value);
  }
};

/// One of a host's threads, and the people it serves one after the other. Its messages are sent by
/// whoever comes to it, itself among them. Throws if something takes longer than it ever should.
class Clerk {
 public:
  struct Parts {
    Store& store;
    Phones& phones;
    CallCounts& counts;
  };
  /// `name` is different for each: it is in the request ids.
  Clerk(Parts parts, std::string name)
      : parts_(parts),
        name_(std::move(name)),
        keys_(one_key_ring()),
        service_(Service::make({.store = parts_.store, .keys = *keys_, .observer = &parts_.counts},
                               wide_limits())
                     .value()),
        // What a process that is gone had taken comes to another one soon.
        dispatcher_({parts_.store, *keys_, parts_.phones, parts_.phones}, {.lease_ms = second_ms}) {
  }

  Service& service() { return *service_; }

  /// Asks until there is an answer: again and with the same request id while the answer is that one
  /// should.
  template <class Ask>
  auto insist(const Ask& ask) {
    const Call call{.session = name_,
                    .deadline_ms = 10 * second_ms,
                    .request_id = name_ + "." + std::to_string(++requests_)};
    std::optional<decltype(ask(call))> reply;
    const bool answered = poll_until([&] {
      if (reply) ++parts_.counts.repeated;
      ++parts_.counts.calls;
      reply.emplace(ask(call));
      if (reply->has_value()) return true;
      ++parts_.counts.refused.at(static_cast<std::size_t>(reply->error().code));
      return reply->error().next != NextStep::retry;
    });
    if (!answered) throw std::runtime_error("no answer in all the time: " + reply->error().text);
    return *std::move(reply);
  }

  /// All four steps. `told` hears each reply as the person gets it; returns the last one.
  template <class Told>
  result<FlowView> change_phone(const AccountKey& account, const std::string& target,
                                const Told& told) {
    RF_TRY(begun, insist([&](const Call& call) {
             return service_->begin_change_phone(account, Method::phone, call);
           }));
    told(begun);
    const FlowHandle flow = begun;
    RF_TRY(identity, code(flow, Role::identity));
    RF_TRY(identified, insist([&](const Call& call) {
             return service_->prove_identity(flow, identity, call);
           }));
    told(identified);
    RF_TRY(targeted,
           insist([&](const Call& call) { return service_->set_target(flow, {target}, call); }));
    told(targeted);
    RF_TRY(fresh, code(flow, Role::target));
    RF_TRY(proven,
           insist([&](const Call& call) { return service_->prove_target(flow, fresh, call); }));
    told(proven);
    return proven;
  }

  /// Sends what is due; a failing store leaves it for later.
  bool send_due() {
    const auto counts = dispatcher_.pump();
    return counts && counts.value().taken > 0;
  }

 private:
  /// Waits for a code as a person does. It is due now: so it is in the next batch, or somebody else
  /// has just taken it. Who waits long looks whether the flow is still there.
  result<std::string> code(const FlowHandle& flow, Role role) {
    std::optional<std::string> found;
    std::optional<Failure> gone;
    int looks = 0;
    const bool came = poll_until([&] {
      const bool long_since = looks > 0 && looks % 64 == 0;
      if (looks++ % 16 == 0) {
        while (!(found = parts_.phones.code(flow, role)) && send_due()) {
        }
      }
      found = parts_.phones.code(flow, role);
      if (!found && long_since) {
        const auto view = service_->view(flow, {.session = name_, .deadline_ms = 10 * second_ms});
        if (!view && view.error().next != NextStep::retry) gone = view.error();
        const FlowStep waits =
            role == Role::identity ? FlowStep::prove_identity : FlowStep::prove_target;
        if (view && view.value().step != waits)
          gone = failure(ErrorCode::wrong_step, "the flow is not where it was");
      }
      return found.has_value() || gone.has_value();
    });
    if (gone) return *gone;
    if (!came) throw std::runtime_error("a code does not come");
    return *found;
  }

  Parts parts_;
  const std::string name_;
  std::uint64_t requests_ = 0;
  std::shared_ptr<KeyRing> keys_;
  std::unique_ptr<Service> service_;
  Dispatcher dispatcher_;
};

template <class T>
std::optional<T> loaded(Store& store, const Key& key) {
  const auto found = store.load({&key, 1}, 0).value();
  if (!found.front().record) return std::nullopt;
  return std::get<T>(*found.front().record);
}

/// What accounts and addresses say of each other, where they do not agree (I3, I9): the holders of
/// an address are the accounts whose verified phone it is, and one of them at most may log in. None
/// of these accounts has an email.
inline std::vector<std::string> disagreements(Store& store, std::size_t accounts,
                                              const std::set<std::string>& numbers) {
  struct Counted {
    std::int64_t holders = 0;
    std::set<std::string> claims = {};
  };
  std::vector<std::string> out;
  std::map<std::string, Counted> counted;
  for (const std::string& number : numbers) counted[number];
  for (std::size_t i = 0; i < accounts; ++i) {
    const Account account = loaded<Account>(store, numbered(i)).value();
    const Channel& phone = account.channel(ChannelKind::phone);
    Counted& one = counted[phone.address.value().text()];
    one.holders += phone.verified() ? 1 : 0;
    if (phone.login_claim) one.claims.insert(account.key.id);
    for (const Flow& flow : account.flows) {
      if (flow.running()) out.push_back(account.key.id + " has a flow that did not end (I8)");
    }
  }
  for (const auto& [number, one] : counted) {
    const auto entry =
        loaded<AddressEntry>(store, AddressKey{"", parse_phone(number, "", {}).value()});
    const std::int64_t holders = entry ? entry->holders : 0;
    const std::string holder = entry ? entry->login_holder : "";
    if (holders != one.holders) {
      out.push_back(number + " has " + std::to_string(one.holders) + " holders, and says " +
                    std::to_string(holders));
    }
    if (one.claims.size() > 1) out.push_back(number + " lets several accounts log in (I9)");
    if (holder != (one.claims.empty() ? "" : *one.claims.begin()))
      out.push_back(number + " says that " + holder + " may log in");
  }
  return out;
}

}  // namespace ringfence::testing_support
