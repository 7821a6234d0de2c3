#include "ringfence/dispatcher.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>

#include "lane.h"
#include "report.h"
#include "ringfence/text.h"
#include "ringfence/workflow/delivery.h"
#include "traffic.h"

namespace ringfence {
namespace {

constexpr std::size_t longest_outcome = 256;
constexpr const char* not_tried = "held: ";

// Whatever a plugged-in part throws counts as no answer (R28).
template <class Hand>
SendResult guarded(const Hand& hand) noexcept {
  try {
    return hand();
  } catch (...) {
    return {SendResult::Outcome::unknown, 0, "the sender failed with an exception"};
  }
}

// Of a way out that is not open.
std::string state_of(const Lane::Entry& entry) {
  return entry.gate == Lane::Gate::broken ? "the way out is broken" : "the way out is full";
}

}  // namespace

Dispatcher::Dispatcher(Parts parts) : Dispatcher(parts, Options()) {}

struct Dispatcher::Lanes {
  explicit Lanes(const Options& options)
      : sms(options.sms), voice(options.voice), email(options.email), events(options.events) {}

  Lane& of(const Message& message) {
    return message.kind == MessageKind::event                  ? events
           : message.destination->kind() == ChannelKind::email ? email
           : message.route == Route::voice                     ? voice
                                                               : sms;
  }

  Lane sms;
  Lane voice;
  Lane email;
  Lane events;
};

Dispatcher::Dispatcher(Parts parts, Options options)
    : parts_(parts),
      options_(options),
      lanes_(std::make_unique<Lanes>(options)),
      traffic_(std::make_unique<Traffic>(options.budgets, options.conversion)) {
  options_.batch = std::clamp(options_.batch, 1, 1000);
  if (!options_.share.valid()) options_.share = {};
  options_.lease_ms = std::clamp<TimeMs>(options_.lease_ms, second_ms, hour_ms);
  options_.first_retry_ms = std::clamp<TimeMs>(options_.first_retry_ms, 1, hour_ms);
  options_.longest_retry_ms =
      std::clamp<TimeMs>(options_.longest_retry_ms, options_.first_retry_ms, day_ms);
  options_.idle_ms = std::clamp<TimeMs>(options_.idle_ms, 10, minute_ms);
}

Dispatcher::~Dispatcher() = default;

result<Dispatcher::Counts> Dispatcher::pump() { return pump(std::stop_token()); }

result<Dispatcher::Counts> Dispatcher::pump(const std::stop_token& stop) {
  Counts counts;
  const TimeMs taken_at = parts_.clock.now_ms();
  if (!is_time(taken_at)) return failure(ErrorCode::internal, "the clock tells no time");
  RF_TRY(messages, parts_.store.take(taken_at, options_.lease_ms, options_.batch, options_.share));
  judge_traffic(taken_at);
  std::vector<Settlement> settlements;
  settlements.reserve(messages.size());
  std::optional<TimeMs> just_read;  // by the hand-over before
  for (const Message& message : messages) {
    // The lease must last for the hand-over that is begun last, and until all are settled: past it
    // another dispatcher takes what was handed over, and it goes twice.
    const TimeMs now = just_read ? *just_read : parts_.clock.now_ms();
    just_read.reset();
    if (stop.stop_requested() || now < taken_at || now - taken_at >= options_.lease_ms / 3) {
      // Nothing was done with it. If the lease is over all the same, somebody else has it and this
      // settlement is passed over.
      settlements.push_back({.id = message.id,
                             .account = message.account,
                             .attempts = message.attempts,
                             .due_at = is_time(now) ? now : taken_at});
      continue;
    }
    ++counts.taken;
    auto settlement = handle(message, now, counts, just_read);
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

// Asks the accounts of codes whose life is over whether they were given back.
void Dispatcher::judge_traffic(TimeMs now) {
  const auto ended = traffic_->ended(now, 256);
  if (ended.empty()) return;
  std::vector<Key> keys;
  keys.reserve(ended.size());
  for (const Traffic::Sent& one : ended) keys.emplace_back(one.account);
  const auto loaded = parts_.store.load(keys, 0);
  if (!loaded || loaded.value().size() != keys.size()) return;  // no reason not to send
  for (std::size_t i = 0; i < ended.size(); ++i) {
    const auto& record = loaded.value()[i].record;
    traffic_->judge(ended[i], record ? std::get_if<Account>(&*record) : nullptr, now);
  }
}

void Dispatcher::run(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    bool idle = true;
    try {
      const auto counts = pump(stop);
      idle = !counts || counts.value().taken == 0;
      if (!counts) {
        report(parts_.observer,
               {.name = "ringfence.dispatcher_failures", .outcome = name(counts.error().code)});
      }
    } catch (...) {  // out of memory: what was taken is taken again when its lease is over
      report(parts_.observer,
             {.name = "ringfence.dispatcher_failures", .outcome = name(ErrorCode::internal)});
    }
    if (!idle) continue;
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, std::chrono::milliseconds(options_.idle_ms), [] { return false; });
  }
}

result<Dispatcher::Counts> Dispatcher::drain(TimeMs at_most_ms) {
  Counts sum;
  const TimeMs begun = parts_.clock.now_ms();
  for (;;) {
    RF_TRY(counts, pump());
    sum.taken += counts.taken;
    sum.accepted += counts.accepted;
    sum.given_up += counts.given_up;
    sum.superseded += counts.superseded;
    sum.deferred += counts.deferred;
    sum.held += counts.held;
    const TimeMs now = parts_.clock.now_ms();
    if (counts.taken == 0 || now < begun || now - begun >= at_most_ms) return sum;
  }
}

result<std::vector<Message>> Dispatcher::given_up(const MessagePlace& after, int max) {
  return parts_.store.given_up(after, std::clamp(max, 1, 1000), 0);
}

result<std::vector<NotRetried>> Dispatcher::retry(std::span<const Message> messages) {
  constexpr std::size_t at_once = 1000;
  const TimeMs now = parts_.clock.now_ms();
  if (!is_time(now)) return failure(ErrorCode::internal, "the clock tells no time");
  std::vector<NotRetried> refused;
  std::vector<Settlement> settlements;
  for (const Message& message : messages) {
    if (message.state != MessageState::given_up) {
      refused.push_back({message.id, "not_given_up"});
      continue;
    }
    if (now >= message.expires_at) {
      refused.push_back({message.id, "too_late"});
      continue;
    }
    settlements.push_back({.id = message.id,
                           .account = message.account,
                           .attempts = message.attempts,
                           .due_at = now,
                           .outcome = message.outcome});  // until it has another one
    if (settlements.size() == at_once) {
      RF_TRY_VOID(parts_.store.settle(settlements));
      settlements.clear();
    }
  }
  if (!settlements.empty()) RF_TRY_VOID(parts_.store.settle(settlements));
  return refused;
}

// What became of a message, for the host.
void Dispatcher::observe(const Message& message, std::string_view outcome) const noexcept {
  report(parts_.observer, {.name = "ringfence.deliveries",
                           .subject = message.purpose,
                           .outcome = outcome,
                           .trace_id = message.trace_id});
}

SendResult Dispatcher::hand(const Message& message, const SecretText& code, TimeMs lifetime_ms) {
  if (message.kind == MessageKind::event) return parts_.events.deliver(message);
  const auto built_in = Templates::built_in();
  const Templates& templates = parts_.templates != nullptr ? *parts_.templates : *built_in;
  const auto words = templates.render(message, code, lifetime_ms);
  if (!words) {
    const bool unfit = words.error().code == ErrorCode::invalid_argument;  // it will never fit
    return {unfit ? SendResult::Outcome::permanent : SendResult::Outcome::temporary, 0,
            unfit ? "unfit_text" : std::string(name(words.error().code))};
  }
  const RenderedText& said = words.value();
  const bool by_mail = parts_.mail != nullptr && message.destination &&
                       message.destination->kind() == ChannelKind::email;
  return (by_mail ? *parts_.mail : parts_.sender)
      .send({message, said.locale, code, said.text, lifetime_ms, said.subject,
             said.html ? &*said.html : nullptr});
}

SendResult Dispatcher::hand_over(Lane& lane, const Message& message, const SecretText& code,
                                 TimeMs lifetime_ms, TimeMs now, std::optional<TimeMs>& ended) {
  const TimeMs started = parts_.observer == nullptr ? now : parts_.clock.now_ms();
  SendResult sent = guarded([&] { return hand(message, code, lifetime_ms); });
  ended = parts_.clock.now_ms();
  lane.leave(sent.outcome, *ended);
  report(parts_.observer,
         {.name = "ringfence.delivery_ms",
          .kind = ObservationKind::timing,
          .value = *ended - started,
          .subject = message.kind == MessageKind::event ? "event" : name(message.route),
          .outcome = sent.outcome == SendResult::Outcome::accepted    ? "accepted"
                     : sent.outcome == SendResult::Outcome::permanent ? "given_up"
                                                                      : "deferred",
          .trace_id = message.trace_id});
  return sent;
}

DeliveryHealth Dispatcher::health() const {
  return {.sms = lanes_->sms.health(),
          .voice = lanes_->voice.health(),
          .email = lanes_->email.health(),
          .events = lanes_->events.health()};
}

// `handed` gets the time at which something was handed over, if it was.
result<Settlement> Dispatcher::handle(const Message& message, TimeMs now, Counts& counts,
                                      std::optional<TimeMs>& handed) {
  Settlement settlement{.id = message.id, .account = message.account, .attempts = message.attempts};
  const auto end = [&](MessageState state, std::string outcome, int& count) {
    settlement.state = state;
    outcome.resize(std::min(outcome.size(), longest_outcome));
    settlement.outcome = printable(outcome);  // a sender may have put anything there
    ++count;
    observe(message, &count == &counts.held           ? "held"
                     : state == MessageState::pending ? "deferred"
                                                      : name(state));
    return settlement;
  };
  // With why it was not accepted before, if it was tried.
  const auto give_up_late = [&] {
    return end(MessageState::given_up,
               message.outcome.empty() ? "too_late" : "too_late: " + message.outcome,
               counts.given_up);
  };
  const auto random_up_to = [&](TimeMs most) -> result<TimeMs> {
    Seed seed;
    RF_TRY_VOID(parts_.entropy.fill(seed));
    return static_cast<TimeMs>(Draw(seed).tag() % static_cast<std::uint64_t>(most + 1));
  };
  // Waits longer after each attempt, but never longer than it has waited in all: to be held is an
  // attempt, too. The jitter keeps messages that failed together from coming back together.
  const auto defer = [&](std::string outcome, TimeMs least_ms) -> result<Settlement> {
    TimeMs delay = options_.first_retry_ms;
    for (int i = 1; i < message.attempts && delay < options_.longest_retry_ms; ++i) delay *= 2;
    const TimeMs age = std::max(now - message.created_at, options_.first_retry_ms);
    delay = std::min({delay, age, options_.longest_retry_ms});
    if (message.kind == MessageKind::code) {
      const TimeMs quarter = std::max<TimeMs>(message.expires_at - now, 0) / 4;
      delay = std::min(delay, std::max(options_.first_retry_ms, quarter));
    }
    RF_TRY(jitter, random_up_to(delay / 2));
    settlement.due_at = now + std::max(delay / 2 + jitter, least_ms);
    return end(MessageState::pending, std::move(outcome), counts.deferred);
  };
  // Was not tried. Those that wait for one thing do not all come back at once.
  const auto hold = [&](TimeMs wait_ms, std::string why) -> result<Settlement> {
    const TimeMs wait = std::clamp<TimeMs>(wait_ms, 1, day_ms);
    RF_TRY(jitter, random_up_to(wait / 4));
    settlement.due_at = now + wait + jitter;
    // What was tried keeps why it was not accepted: that tells more of an outage.
    const bool tried = !message.outcome.empty() && !message.outcome.starts_with(not_tried);
    return end(MessageState::pending, tried ? message.outcome : not_tried + why, counts.held);
  };
  const auto hold_at = [&](const Lane::Entry& entry, const std::string& besides = "") {
    traffic_->refund(message, now);
    return hold(entry.wait_ms, state_of(entry) + besides);
  };

  std::vector<Loaded> loaded;
  const Account* account = nullptr;
  if (message.kind == MessageKind::code) {
    const Key key = message.account;
    auto records = parts_.store.load({&key, 1}, 0);
    // One damaged account must not hold up the messages behind it.
    if (!records && records.error().code == ErrorCode::store_corrupt) {
      if (now >= message.expires_at) return give_up_late();
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
      return give_up_late();
    case workflow::Delivery::hand_over:
      break;
  }

  std::optional<SecretText> derived_code;
  TimeMs lifetime_ms = 0;
  if (message.kind == MessageKind::code) {
    const auto keys = parts_.keys.keys();
    auto derived =
        workflow::derive_code(account->key, *flow, message.role, *flow->challenge, *keys);
    if (!derived) return defer(std::string(name(derived.error().code)), 0);
    derived_code.emplace(std::move(derived).value());
    lifetime_ms = flow->challenge->expires_at - now;
  }
  const SecretText no_code;
  const SecretText& code = derived_code ? *derived_code : no_code;
  // An SMS that cannot be sent may become a call to the same number.
  Message call = message;
  call.route = Route::voice;
  const bool may_call = message.kind == MessageKind::code && message.route == Route::text &&
                        message.may_call && message.destination->phone() != nullptr;
  if (auto held = traffic_->enter(message, now))
    return hold(held->until - now, std::move(held->why));
  SendResult sent;
  Lane& lane = lanes_->of(message);
  const Lane::Entry entry = lane.enter(now, message.kind == MessageKind::code);
  if (entry.gate == Lane::Gate::open) {
    sent = hand_over(lane, message, code, lifetime_ms, now, handed);
  } else if (entry.gate == Lane::Gate::full || !may_call) {
    return hold_at(entry);
  }
  if (may_call &&
      (entry.gate == Lane::Gate::broken || sent.outcome == SendResult::Outcome::permanent)) {
    const TimeMs then = handed.value_or(now);
    const Lane::Entry by_call = lanes_->voice.enter(then, true);
    if (by_call.gate != Lane::Gate::open) {
      if (entry.gate == Lane::Gate::broken) return hold_at(by_call);
      // The SMS was tried. That goes on slowly, also where a call may have to wait only a moment.
      traffic_->refund(message, now);
      return defer(sent.reason + "; by call: " + state_of(by_call), by_call.wait_ms);
    }
    const std::string no_sms = std::move(sent.reason);
    sent = hand_over(lanes_->voice, call, code, lifetime_ms, then, handed);
    if (sent.outcome == SendResult::Outcome::permanent) {
      // That there is no call takes nothing from the SMS: it goes when its way out works again, or
      // its own refusal is what counts.
      if (entry.gate == Lane::Gate::broken) return hold_at(entry, "; by call: " + sent.reason);
      sent.reason = no_sms + "; by call: " + sent.reason;
    }
  }
  const bool not_sent = sent.outcome == SendResult::Outcome::permanent ||
                        sent.outcome == SendResult::Outcome::temporary ||
                        sent.outcome == SendResult::Outcome::unreachable;
  not_sent ? traffic_->refund(message, now) : traffic_->sent(message);
  switch (sent.outcome) {
    case SendResult::Outcome::accepted:
      return end(MessageState::accepted, std::move(sent.gateway_id), counts.accepted);
    case SendResult::Outcome::permanent:
      return end(MessageState::given_up, sent.reason, counts.given_up);
    case SendResult::Outcome::temporary:
    case SendResult::Outcome::unreachable:
    case SendResult::Outcome::unknown:
      break;
  }
  return defer(sent.reason, std::clamp<TimeMs>(sent.retry_after_ms, 0, day_ms));
}

}  // namespace ringfence
