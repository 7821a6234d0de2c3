#include "store/rows.h"

#include <new>
#include <utility>

#include "ringfence/model/settings.h"
#include "ringfence/record_json.h"

namespace ringfence::store {
namespace {

template <class T>
result<Record> as_record(result<T> read) {
  if (!read) return std::move(read).as_failure();
  return Record(std::move(read).value());
}

struct Decode {
  std::string_view json;

  result<Record> operator()(const AccountKey&) const { return as_record(account_from_json(json)); }
  result<Record> operator()(const AddressKey&) const {
    return as_record(address_entry_from_json(json));
  }
  result<Record> operator()(const SourceKey&) const { return as_record(source_from_json(json)); }
  result<Record> operator()(const AuditKey&) const {
    return as_record(audit_entry_from_json(json));
  }
};

std::string message_record(Message message) {
  const Message fresh;
  message.state = fresh.state;
  message.due_at = fresh.due_at;
  message.attempts = fresh.attempts;
  message.outcome = fresh.outcome;
  return to_json(message);
}

std::optional<MessageState> state_named(std::string_view text) {
  for (const auto state : {MessageState::pending, MessageState::accepted, MessageState::given_up,
                           MessageState::superseded}) {
    if (name(state) == text) return state;
  }
  return std::nullopt;
}

}  // namespace

result<std::vector<Loaded>> decode(std::vector<StoredRecord> stored) {
  std::vector<Loaded> out;
  out.reserve(stored.size());
  for (StoredRecord& one : stored) {
    Loaded loaded{.key = std::move(one.key), .version = one.version};
    if (one.version == 0 && !one.json.empty()) {
      return failure(ErrorCode::store_corrupt, "a record is there whose version says it is not");
    }
    if (one.version != 0) {
      RF_TRY(record, std::visit(Decode{one.json}, loaded.key));
      if (key_of(record) != loaded.key) {
        return failure(ErrorCode::store_corrupt, "a record stands under another record's key");
      }
      loaded.record = std::move(record);
    }
    out.push_back(std::move(loaded));
  }
  return out;
}

std::optional<Message> decode(StoredMessage stored) {
  auto read = message_from_json(stored.record);
  // Whoever cannot read a message gives it up for ever: this one can be read when there is memory.
  if (!read && read.error().code != ErrorCode::store_corrupt) throw std::bad_alloc();
  const auto state = state_named(stored.state);
  if (!read || !state || read.value().id.hex() != stored.id ||
      !std::in_range<int>(stored.attempts)) {
    return std::nullopt;
  }
  Message message = std::move(read).value();
  message.state = *state;
  message.due_at = stored.due_at;
  message.attempts = static_cast<int>(stored.attempts);
  message.outcome = std::move(stored.outcome);
  return message;
}

result<std::vector<Message>> decode(std::vector<StoredMessage> stored) {
  std::vector<Message> out;
  for (StoredMessage& one : stored) {
    std::optional<Message> message = decode(std::move(one));
    if (!message) return failure(ErrorCode::store_corrupt, "bad record");
    out.push_back(*std::move(message));
  }
  return out;
}

EncodedChange::EncodedChange(const ChangeSet& change_set) : change(change_set) {
  records.reserve(change.puts.size());
  for (const ChangeSet::Put& put : change.puts) {
    records.push_back(std::visit([](const auto& record) { return to_json(record); }, put.record));
  }
  messages.reserve(change.messages.size());
  for (const Message& message : change.messages) messages.push_back(message_record(message));
}

std::optional<std::string> address_column(const Channel& channel) {
  if (!channel.address) return std::nullopt;
  return channel.address->text();
}

std::string_view state_column(const Channel& channel) {
  return name(!channel.address         ? ChannelState::absent
              : channel.proven_at == 0 ? ChannelState::unverified
                                       : ChannelState::verified);
}

}  // namespace ringfence::store
