#include "plugged.h"

#include <nlohmann/json.hpp>

#include "codec/store_json.h"
#include "commit_outcome.h"
#include "keys/key_file.h"
#include "ringfence/store/well_formed.h"
#include "ringfence/text.h"

namespace ringfence::capi {
namespace {

// What a host's part says, for a log: one line, and not without end.
std::string said(std::string_view text) {
  return printable(text.substr(0, std::min<std::size_t>(text.size(), 500)));
}

// A store throws nothing: what runs out of memory here has failed like the store.
template <class Work>
auto safely(ErrorCode code, const Work& work) noexcept -> decltype(work()) {
  try {
    return work();
  } catch (...) {
    return failure(code, "out of memory");  // short enough for no allocation
  }
}

template <class T, class Read>
result<T> answer(int32_t status, std::string_view written, const Read& read) {
  if (status != RINGFENCE_OK) return store_failure(status, written);
  return read(written);
}

ringfence_message message_struct(const Message& message, const std::string& id,
                                 const std::string& destination, const std::string& fields) {
  ringfence_message out{};
  out.struct_size = sizeof out;
  out.kind = static_cast<int32_t>(message.kind);
  out.channel = message.destination ? static_cast<int32_t>(message.destination->kind()) : -1;
  out.route = static_cast<int32_t>(message.route);
  out.role = static_cast<int32_t>(message.role);
  out.attempts = message.attempts;
  out.id = string(id);
  out.purpose = string(message.purpose);
  out.account = {string(message.account.realm), string(message.account.id)};
  out.destination = string(destination);
  out.fields = string(fields);
  out.trace_id = string(message.trace_id);
  out.created_at = message.created_at;
  return out;
}

// Nearly all of it is copied as it is, at a tenth of the cost of a tree of JSON.
std::string fields_json(const std::map<std::string, std::string>& fields) {
  std::string out = "{";
  const auto add = [&out](const std::string& text) {
    const bool plain = std::none_of(text.begin(), text.end(), [](unsigned char c) {
      return c < 0x20 || c == '"' || c == '\\';
    });
    if (plain) {
      (out += '"') += text;
      out += '"';
    } else {
      out += nlohmann::json(text).dump();
    }
  };
  for (const auto& [name, value] : fields) {
    if (out.size() > 1) out += ',';
    add(name);
    out += ':';
    add(value);
  }
  return out += '}';
}

template <class Hand>
SendResult hand_over(const Message& message, const Hand& hand) {
  const std::string id = message.id.hex();
  const std::string destination = message.destination ? message.destination->text() : "";
  const std::string fields = fields_json(message.fields);
  ringfence_message handed = message_struct(message, id, destination, fields);
  std::int64_t retry_after_ms = 0;
  OutScope reason;
  const int32_t outcome = hand(handed, &retry_after_ms, reason.handle());
  SendResult result;
  if (outcome >= RINGFENCE_SEND_ACCEPTED && outcome <= RINGFENCE_SEND_UNREACHABLE)
    result.outcome = static_cast<SendResult::Outcome>(outcome);
  result.retry_after_ms = retry_after_ms;
  const bool accepted = result.outcome == SendResult::Outcome::accepted;
  (accepted ? result.gateway_id : result.reason) = said(reason.close());
  return result;
}

thread_local int reads_keys = 0;

}  // namespace

OutScope::OutScope() : out_(std::make_shared<Out>()) {
  if (const auto handle = handle_to<ringfence_out>(out_)) handle_ = handle.value();
}

std::string_view OutScope::close() noexcept {
  free_handle(handle_);
  handle_ = {};
  return out_->close();
}

Failure store_failure(int32_t status, std::string_view why) {
  const auto code = [&] {
    switch (status) {
      case RINGFENCE_STORE_CORRUPT:
        return ErrorCode::store_corrupt;
      case RINGFENCE_WRONG_PROCESS:
        return ErrorCode::wrong_process;
      case RINGFENCE_OUTCOME_UNKNOWN:
        return ErrorCode::outcome_unknown;
      default:
        return ErrorCode::store_unavailable;
    }
  }();
  return failure(code, why.empty() ? "the host's store refused" : said(why));
}

result<std::vector<Loaded>> PluggedStore::load(std::span<const Key> keys, TimeMs deadline_ms) {
  return safely(ErrorCode::store_unavailable, [&]() -> result<std::vector<Loaded>> {
    const std::string asked = codec::to_json(keys);
    OutScope out;
    const int32_t status = call(callbacks().load, static_cast<int32_t>(RINGFENCE_STORE_UNAVAILABLE),
                                callbacks().context, string(asked), deadline_ms, out.handle());
    return answer<std::vector<Loaded>>(status, out.close(), [&](std::string_view text) {
      return codec::loaded_from_json(text, keys);
    });
  });
}

CommitOutcome PluggedStore::commit(const ChangeSet& change, TimeMs deadline_ms) {
  std::string written;
  try {
    written = codec::to_json(change);
  } catch (...) {
    return CommitOutcome::unavailable;
  }
  return commit_outcome(call(callbacks().commit, static_cast<int32_t>(RINGFENCE_COMMIT_UNKNOWN),
                             callbacks().context, string(written), deadline_ms));
}

result<std::vector<Message>> PluggedStore::take(TimeMs now, TimeMs lease_ms, int max,
                                                OutboxShare share) {
  return safely(ErrorCode::outcome_unknown, [&]() -> result<std::vector<Message>> {
    if (!can_take(now, lease_ms, max, share)) return std::vector<Message>();
    OutScope out;
    const int32_t status =
        call(callbacks().take, static_cast<int32_t>(RINGFENCE_OUTCOME_UNKNOWN), callbacks().context,
             now, lease_ms, max, share.index, share.of, out.handle());
    return answer<std::vector<Message>>(status, out.close(), codec::messages_from_json);
  });
}

result<void> PluggedStore::settle(std::span<const Settlement> settlements) {
  return safely(ErrorCode::outcome_unknown, [&]() -> result<void> {
    const std::string written = codec::to_json(settlements);
    OutScope out;
    const int32_t status = call(callbacks().settle, static_cast<int32_t>(RINGFENCE_OUTCOME_UNKNOWN),
                                callbacks().context, string(written), out.handle());
    if (status != RINGFENCE_OK) return store_failure(status, out.close());
    return ok();
  });
}

result<std::vector<Message>> PluggedStore::messages(const AccountKey& account, int max,
                                                    TimeMs deadline_ms) {
  return safely(ErrorCode::store_unavailable, [&]() -> result<std::vector<Message>> {
    const ringfence_account of{string(account.realm), string(account.id)};
    OutScope out;
    const int32_t status =
        call(callbacks().messages, static_cast<int32_t>(RINGFENCE_STORE_UNAVAILABLE),
             callbacks().context, &of, max, deadline_ms, out.handle());
    return answer<std::vector<Message>>(status, out.close(), codec::messages_from_json);
  });
}

result<std::vector<Message>> PluggedStore::given_up(const MessagePlace& after, int max,
                                                    TimeMs deadline_ms) {
  return safely(ErrorCode::store_unavailable, [&]() -> result<std::vector<Message>> {
    if (callbacks().given_up == nullptr) {
      return failure(ErrorCode::invalid_argument,
                     "the host's store has no given_up: it cannot list what was given up");
    }
    const std::string id = after.id.hex();
    OutScope out;
    const int32_t status =
        call(callbacks().given_up, static_cast<int32_t>(RINGFENCE_STORE_UNAVAILABLE),
             callbacks().context, after.created_at, string(id), max, deadline_ms, out.handle());
    return answer<std::vector<Message>>(status, out.close(), codec::messages_from_json);
  });
}

result<OutboxState> PluggedStore::outbox(TimeMs now, TimeMs deadline_ms) {
  return safely(ErrorCode::store_unavailable, [&]() -> result<OutboxState> {
    OutScope out;
    const int32_t status =
        call(callbacks().outbox, static_cast<int32_t>(RINGFENCE_STORE_UNAVAILABLE),
             callbacks().context, now, deadline_ms, out.handle());
    return answer<OutboxState>(status, out.close(), codec::outbox_from_json);
  });
}

result<int> PluggedStore::sweep(TimeMs now, TimeMs settled_before, int max) {
  return safely(ErrorCode::outcome_unknown, [&]() -> result<int> {
    OutScope out;
    const int32_t status = call(callbacks().sweep, static_cast<int32_t>(RINGFENCE_OUTCOME_UNKNOWN),
                                callbacks().context, now, settled_before, max, out.handle());
    return answer<int>(status, out.close(), codec::count_from_json);
  });
}

SendResult PluggedSender::send(const OutgoingMessage& message) {
  return hand_over(message.message, [&](ringfence_message& handed, std::int64_t* retry_after_ms,
                                        ringfence_out reason) {
    handed.locale = string(message.locale);
    handed.code = string(message.code.reveal());
    handed.text = string(message.text.reveal());
    handed.lifetime_ms = message.lifetime_ms;
    handed.subject = string(message.subject);
    if (message.html != nullptr) handed.html = string(message.html->reveal());
    const ringfence_message* const shown = &handed;
    return call(callbacks().send, static_cast<int32_t>(RINGFENCE_SEND_UNKNOWN), callbacks().context,
                shown, retry_after_ms, reason);
  });
}

SendResult PluggedEventSink::deliver(const Message& event) {
  return hand_over(
      event, [&](ringfence_message& handed, std::int64_t* retry_after_ms, ringfence_out reason) {
        const ringfence_message* const shown = &handed;
        return call(callbacks().deliver, static_cast<int32_t>(RINGFENCE_SEND_UNKNOWN),
                    callbacks().context, shown, retry_after_ms, reason);
      });
}

TimeMs PluggedClock::now_ms() noexcept {
  const TimeMs time = call(callbacks().now_ms, std::int64_t{0}, callbacks().context);
  return is_time(time) ? time : 0;  // 0 is no time: the call that wanted it fails
}

void PluggedClock::pause(TimeMs duration_ms) noexcept {
  try {
    callbacks().pause(callbacks().context, duration_ms);
  } catch (...) {  // NOLINT(bugprone-empty-catch): it did not wait
  }
}

result<void> PluggedEntropy::fill(Seed& seed) noexcept {
  std::uint8_t* const bytes = seed.reveal().data();
  const int32_t status = call(callbacks().fill, static_cast<int32_t>(RINGFENCE_INTERNAL),
                              callbacks().context, bytes, seed.reveal().size());
  if (status == RINGFENCE_OK) return ok();
  return failure(ErrorCode::internal, "no entropy");  // short enough for no allocation
}

RiskAnswer PluggedRiskAdvisor::ask(const RiskQuestion& question) {
  const std::string number = question.number ? question.number->e164() : "";
  ringfence_risk_question asked{};
  asked.struct_size = sizeof asked;
  asked.moment = static_cast<int32_t>(question.moment);
  asked.flow = static_cast<int32_t>(question.flow);
  asked.account = {string(question.account.realm), string(question.account.id)};
  asked.number = string(number);
  asked.session = string(question.session);
  asked.source = string(question.source);
  asked.trace_id = string(question.trace_id);
  const ringfence_risk_question* const shown = &asked;
  const int32_t given = call(callbacks().ask, static_cast<int32_t>(RINGFENCE_RISK_UNKNOWN),
                             callbacks().context, shown);
  return given == RINGFENCE_RISK_CLEAR        ? RiskAnswer::clear
         : given == RINGFENCE_RISK_SUSPICIOUS ? RiskAnswer::suspicious
                                              : RiskAnswer::unknown;
}

void PluggedObserver::observe(const Observation& observation) {
  ringfence_observation seen{};
  seen.struct_size = sizeof seen;
  seen.kind = static_cast<int32_t>(observation.kind);
  seen.value = observation.value;
  seen.name = string(observation.name);
  seen.subject = string(observation.subject);
  seen.outcome = string(observation.outcome);
  seen.trace_id = string(observation.trace_id);
  callbacks().observe(callbacks().context, &seen);  // who calls this takes what it throws
}

result<KeySet> PluggedKeySource::read() const {
  OutScope out;
  ++reads_keys;
  const int32_t status = call(callbacks().read, static_cast<int32_t>(RINGFENCE_KEY_UNUSABLE),
                              callbacks().context, out.handle());
  --reads_keys;
  const std::string_view written = out.close();
  if (status != RINGFENCE_OK)
    return failure(ErrorCode::key_unusable, "the host's key source refused");
  auto keys = read_keys(written);
  if (!keys) return failure(ErrorCode::key_unusable, "the host's keys: " + keys.error().text);
  return keys;
}

bool PluggedKeySource::reading() noexcept { return reads_keys > 0; }

}  // namespace ringfence::capi
