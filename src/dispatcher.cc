#include "ringfence/dispatcher.h"

#include <algorithm>
#include <span>

#include "report.h"
#include "ringfence/text.h"
#include "ringfence/workflow/delivery.h"
#include "text/render.h"

namespace ringfence {
namespace {

constexpr std::size_t longest_outcome = 256;

// Whatever a plugged-in part throws counts as no answer (R28).
template <class Hand>
SendResult guarded(const Hand& hand) noexcept {
  try {
    return hand();
  } catch (...) {
    return {SendResult::Outcome::unknown, 0, "the sender failed with an exception"};
  }
}

}  // namespace

Dispatcher::Dispatcher(Parts parts) : Dispatcher(parts, Options()) {}

Dispatcher::Dispatcher(Parts parts, Options options) : parts_(parts), options_(options) {
  options_.batch = std::clamp(options_.batch, 1, 1000);
  if (!options_.share.valid()) options_.share = {};
  options_.lease_ms = std::clamp<TimeMs>(options_.lease_ms, second_ms, hour_ms);
  options_.first_retry_ms = std::clamp<TimeMs>(options_.first_retry_ms, 1, hour_ms);
  options_.longest_retry_ms =
      std::clamp<TimeMs>(options_.longest_retry_ms, options_.first_retry_ms, day_ms);
}

result<Dispatcher::Counts> Dispatcher::pump() {
  Counts counts;
  const TimeMs taken_at = parts_.clock.now_ms();
  if (!is_time(taken_at)) return failure(ErrorCode::internal, "the clock tells no time");
  RF_TRY(messages, parts_.store.take(taken_at, options_.lease_ms, options_.batch, options_.share));
  std::vector<Settlement> settlements;
  settlements.reserve(messages.size());
  for (const Message& message : messages) {
    // Past the lease another dispatcher may have taken the rest.
    const TimeMs now = parts_.clock.now_ms();
    if (now < taken_at || now >= taken_at + options_.lease_ms) {
      // Nothing was done with it. If the lease is over, somebody else has it and this settlement is
      // passed over.
      settlements.push_back({.id = message.id,
                             .account = message.account,
                             .attempts = message.attempts,
                             .due_at = is_time(now) ? now : taken_at});
      continue;
    }
    ++counts.taken;
    auto settlement = handle(message, now, counts);
    if (!settlement) {
      // What was handed over before the store failed is still settled.
      RF_TRY_VOID(parts_.store.settle(settlements));
      return settlement.error();
    }
    settlements.push_back(std::move(settlement).value());
  }
  if (!settlements.empty()) RF_TRY_VOID(parts_.store.settle(settlements));
  return counts;
}

// What became of a message, for the host.
void Dispatcher::observe(const Message& message, std::string_view outcome) const noexcept {
  report(parts_.observer, {.name = "ringfence.deliveries",
                           .subject = message.purpose,
                           .outcome = outcome,
                           .trace_id = message.trace_id});
}

SendResult Dispatcher::hand_over(const Message& message, const std::function<SendResult()>& hand) {
  const TimeMs started = parts_.clock.now_ms();
  SendResult sent = guarded(hand);
  const TimeMs ended = parts_.clock.now_ms();
  const bool accepted = sent.outcome == SendResult::Outcome::accepted;
  {
    const std::lock_guard lock(health_mutex_);
    RouteHealth& route = message.kind == MessageKind::event                  ? health_.events
                         : message.destination->kind() == ChannelKind::email ? health_.email
                         : message.route == Route::voice                     ? health_.voice
                                                                             : health_.sms;
    (accepted ? route.last_accepted_at : route.last_failed_at) = ended;
    route.failures_in_a_row = accepted ? 0 : route.failures_in_a_row + 1;
  }
  report(parts_.observer,
         {.name = "ringfence.delivery_ms",
          .kind = ObservationKind::timing,
          .value = ended - started,
          .subject = message.kind == MessageKind::event ? "event" : name(message.route),
          .outcome = accepted                                         ? "accepted"
                     : sent.outcome == SendResult::Outcome::permanent ? "given_up"
                                                                      : "deferred",
          .trace_id = message.trace_id});
  return sent;
}

DeliveryHealth Dispatcher::health() const {
  const std::lock_guard lock(health_mutex_);
  return health_;
}

result<Settlement> Dispatcher::handle(const Message& message, TimeMs now, Counts& counts) {
  Settlement settlement{.id = message.id, .account = message.account, .attempts = message.attempts};
  const auto end = [&](MessageState state, std::string outcome, int& count) {
    settlement.state = state;
    outcome.resize(std::min(outcome.size(), longest_outcome));
    settlement.outcome = printable(outcome);  // a sender may have put anything there
    ++count;
    observe(message, state == MessageState::pending ? "deferred" : name(state));
    return settlement;
  };
  // Waits longer after each attempt; the jitter keeps messages that failed together from coming
  // back together.
  const auto defer = [&](std::string outcome, TimeMs least_ms) -> result<Settlement> {
    TimeMs delay = options_.first_retry_ms;
    for (int i = 1; i < message.attempts && delay < options_.longest_retry_ms; ++i) delay *= 2;
    delay = std::min(delay, options_.longest_retry_ms);
    Seed seed;
    RF_TRY_VOID(parts_.entropy.fill(seed));
    delay = delay / 2 +
            static_cast<TimeMs>(Draw(seed).tag() % static_cast<std::uint64_t>(delay / 2 + 1));
    settlement.due_at = now + std::max(delay, least_ms);
    return end(MessageState::pending, std::move(outcome), counts.deferred);
  };

  std::vector<Loaded> loaded;
  const Account* account = nullptr;
  if (message.kind == MessageKind::code) {
    const Key key = message.account;
    auto records = parts_.store.load({&key, 1}, 0);
    // One damaged account must not hold up the messages behind it.
    if (!records && records.error().code == ErrorCode::store_corrupt) {
      if (now >= message.expires_at)
        return end(MessageState::given_up, "too_late", counts.given_up);
      return defer(std::string(name(ErrorCode::store_corrupt)), 0);
    }
    RF_TRY(readable, std::move(records));
    loaded = std::move(readable);
    if (loaded.size() != 1 || loaded[0].key != key)
      return failure(ErrorCode::internal, "the store did not load what was asked for");
    if (loaded[0].record) account = std::get_if<Account>(&*loaded[0].record);
  }
  const Flow* flow = nullptr;
  switch (workflow::delivery_of(message, account, now, &flow)) {
    case workflow::Delivery::superseded:
      return end(MessageState::superseded, "", counts.superseded);
    case workflow::Delivery::too_late:
      return end(MessageState::given_up, "too_late", counts.given_up);
    case workflow::Delivery::hand_over:
      break;
  }

  SendResult sent;
  if (message.kind == MessageKind::event) {
    sent = hand_over(message, [&] { return parts_.events.deliver(message); });
  } else if (message.kind == MessageKind::notice) {
    const SecretText no_code;
    const SecretText text = render_notice(message);
    sent = hand_over(message, [&] {
      return parts_.sender.send({message, "en", no_code, text, 0});
    });
  } else {
    const auto keys = parts_.keys.keys();
    const auto code =
        workflow::derive_code(account->key, *flow, message.role, *flow->challenge, *keys);
    if (!code) return defer(std::string(name(code.error().code)), 0);
    const TimeMs lifetime_ms = flow->challenge->expires_at - now;
    const SecretText text = render_code(message, code.value(), lifetime_ms);
    sent = hand_over(message, [&] {
      return parts_.sender.send({message, "en", code.value(), text, lifetime_ms});
    });
  }
  switch (sent.outcome) {
    case SendResult::Outcome::accepted:
      return end(MessageState::accepted, std::move(sent.gateway_id), counts.accepted);
    case SendResult::Outcome::permanent:
      return end(MessageState::given_up, sent.reason, counts.given_up);
    case SendResult::Outcome::temporary:
    case SendResult::Outcome::unknown:
      break;
  }
  return defer(sent.reason, std::clamp<TimeMs>(sent.retry_after_ms, 0, day_ms));
}

}  // namespace ringfence
