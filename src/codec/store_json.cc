#include "codec/store_json.h"

#include <charconv>
#include <cstdint>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <variant>

#include "codec/parse_json.h"
#include "ringfence/record_json.h"

namespace ringfence::codec {
namespace {

using nlohmann::json;

std::string version_text(Version version) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(16, '0');
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = digits[version >> (60 - 4 * i) & 15U];
  return out;
}

std::string_view kind_of(const Key& key) {
  constexpr std::string_view names[] = {"account", "address_entry", "source", "audit_entry"};
  return names[key.index()];
}

Record blank(const Key& key) {
  return std::visit(
      [](const auto& of) -> Record {
        using K = std::remove_cvref_t<decltype(of)>;
        if constexpr (std::is_same_v<K, AccountKey>) return Account{.key = of};
        if constexpr (std::is_same_v<K, AddressKey>) return AddressEntry{.key = of};
        if constexpr (std::is_same_v<K, SourceKey>) return Source{.key = of};
        if constexpr (std::is_same_v<K, AuditKey>) return AuditEntry{.key = of};
      },
      key);
}

std::string text_of(const Record& record) {
  return std::visit([](const auto& one) { return ringfence::to_json(one); }, record);
}

template <class List, class Write>
std::string array(const List& list, const Write& write) {
  std::string out = "[";
  for (const auto& one : list) {
    if (out.size() > 1) out += ',';
    out += write(one);
  }
  return out + "]";
}

// Why something cannot be read.
struct BadJson {
  std::string why;
};

const json& member(const json& in, const char* name) {
  if (!in.is_object() || !in.contains(name)) throw BadJson{std::string(name) + " is missing"};
  return in[name];
}
const std::string& text(const json& in, const char* name) {
  const json& found = member(in, name);
  if (!found.is_string()) throw BadJson{std::string(name) + " is not a text"};
  return found.get_ref<const std::string&>();
}
std::int64_t integer(const json& in, const char* what, std::int64_t least, std::int64_t most) {
  const bool fits =
      in.is_number_integer() &&
      (!in.is_number_unsigned() || std::in_range<std::int64_t>(in.get<std::uint64_t>()));
  const std::int64_t number = fits ? in.get<std::int64_t>() : 0;
  if (!fits || number < least || number > most)
    throw BadJson{std::string(what) + " is not a number, or out of range"};
  return number;
}
constexpr std::int64_t most_int = std::numeric_limits<int>::max();
constexpr std::int64_t most_time = std::numeric_limits<TimeMs>::max();

const json& list(const json& in, const char* what) {
  if (!in.is_array()) throw BadJson{std::string(what) + " is not an array"};
  return in;
}
// Refuses members that are not known: a misspelt one must not be passed over.
void only(const json& in, const char* what, std::initializer_list<std::string_view> names) {
  if (!in.is_object()) throw BadJson{std::string(what) + " is not an object"};
  for (const auto& [name, value] : in.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw BadJson{std::string(what) + " has a member that is not known"};
  }
}

template <class T>
T value_or_throw(result<T> read) {
  if (!read) throw BadJson{read.error().text};
  return std::move(read).value();
}

Version version(const json& in) {
  const std::string& digits = text(in, "version");
  Version out = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
  if (digits.size() != 16 || end.ptr != digits.data() + 16 || version_text(out) != digits)
    throw BadJson{"a version is not 16 hexadecimal digits"};
  return out;
}

Record record(std::size_t kind, const std::string& written) {
  switch (kind) {
    case 0:
      return value_or_throw(account_from_json(written));
    case 1:
      return value_or_throw(address_entry_from_json(written));
    case 2:
      return value_or_throw(source_from_json(written));
    default:
      return value_or_throw(audit_entry_from_json(written));
  }
}

Key key(const json& in) {
  if (!in.is_object() || in.size() != 1) throw BadJson{"a key has one member, its kind"};
  const auto& name = in.begin().key();
  const Key kinds[] = {AccountKey{}, AddressKey{.address = *EmailAddress::from_canonical("a@b")},
                       SourceKey{}, AuditKey{}};
  for (const Key& kind : kinds) {
    if (kind_of(kind) != name) continue;
    const Record read = record(kind.index(), in.begin()->dump());
    if (read != blank(key_of(read))) throw BadJson{"a key has more than its key"};
    return key_of(read);
  }
  throw BadJson{"a key is of no kind that is known"};
}

Id128 id(const json& in, const char* name) {
  const auto read = Id128::from_hex(text(in, name));
  if (!read) throw BadJson{std::string(name) + " is not 32 hexadecimal digits"};
  return *read;
}

MessageState state(const json& in) {
  const std::string& wanted = text(in, "state");
  for (const MessageState one : {MessageState::pending, MessageState::accepted,
                                 MessageState::given_up, MessageState::superseded}) {
    if (name(one) == wanted) return one;
  }
  throw BadJson{"a state is not known"};
}

std::vector<Message> messages(const json& in) {
  std::vector<Message> out;
  for (const json& one : list(in, "messages"))
    out.push_back(value_or_throw(message_from_json(one.dump())));
  return out;
}

AccountKey account_key(const json& in) { return {text(in, "realm"), text(in, "account")}; }

template <class Work>
auto reading(const Work& work) noexcept -> result<decltype(work())> {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::store_unavailable, "out of memory");
  } catch (const BadJson& unreadable) {
    return failure(ErrorCode::store_corrupt, unreadable.why);
  } catch (...) {
    return failure(ErrorCode::store_corrupt, "not JSON");
  }
}

}  // namespace

std::string to_json(const Key& of) {
  return "{\"" + std::string(kind_of(of)) + "\":" + text_of(blank(of)) + "}";
}

std::string to_json(std::span<const Key> keys) {
  return array(keys, [](const Key& one) { return to_json(one); });
}

std::string to_json(std::span<const Loaded> loaded) {
  return array(loaded, [](const Loaded& one) {
    return one.record ? "{\"record\":" + text_of(*one.record) + ",\"version\":\"" +
                            version_text(one.version) + "\"}"
                      : std::string("null");
  });
}

std::string to_json(const ChangeSet& change) {
  std::string out = "{\"erases\":" + to_json(std::span(change.erases)) +
                    ",\"expects\":" + array(change.expects, [](const ChangeSet::Expect& one) {
                      return "{\"key\":" + to_json(one.key) + ",\"version\":\"" +
                             version_text(one.version) + "\"}";
                    });
  if (change.forget_messages_of) {
    out += ",\"forget_messages_of\":" + json{{"account", change.forget_messages_of->id},
                                             {"realm", change.forget_messages_of->realm}}
                                            .dump();
  }
  return out + ",\"id\":\"" + change.id.hex() +
         "\",\"messages\":" + to_json(std::span(change.messages)) + ",\"puts\":" +
         array(change.puts,
               [](const ChangeSet::Put& one) {
                 return "{\"key\":" + to_json(key_of(one.record)) +
                        ",\"record\":" + text_of(one.record) + ",\"version\":\"" +
                        version_text(one.version) + "\"}";
               }) +
         "}";
}

std::string to_json(std::span<const Message> of) {
  return array(of, [](const Message& one) { return ringfence::to_json(one); });
}

std::string to_json(std::span<const AuditEntry> entries) {
  return array(entries, [](const AuditEntry& one) { return ringfence::to_json(one); });
}

std::string to_json(std::span<const Settlement> settlements) {
  return array(settlements, [](const Settlement& one) {
    return json{{"account", one.account.id},
                {"attempts", one.attempts},
                {"due_at", one.due_at},
                {"id", one.id.hex()},
                {"outcome", one.outcome},
                {"realm", one.account.realm},
                {"state", std::string(name(one.state))}}
        .dump();
  });
}

std::string to_json(const OutboxState& of) {
  return json{{"due", of.due}, {"oldest_due_at", of.oldest_due_at}}.dump();
}

result<std::vector<Key>> keys_from_json(std::string_view written) noexcept {
  return reading([&] {
    const json in = parse_json(written);
    std::vector<Key> out;
    for (const json& one : list(in, "the keys")) out.push_back(key(one));
    return out;
  });
}

result<std::vector<Loaded>> loaded_from_json(std::string_view written,
                                             std::span<const Key> keys) noexcept {
  return reading([&] {
    const json in = parse_json(written);
    if (list(in, "the records").size() != keys.size())
      throw BadJson{"there is not one record for each key"};
    std::vector<Loaded> out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Loaded loaded{.key = keys[i]};
      if (!in[i].is_null()) {
        only(in[i], "what was loaded", {"record", "version"});
        loaded.version = version(in[i]);
        loaded.record = record(keys[i].index(), member(in[i], "record").dump());
        if (key_of(*loaded.record) != keys[i])
          throw BadJson{"a record stands under another record's key"};
        if (loaded.version == 0) throw BadJson{"a record has version 0"};
      }
      out.push_back(std::move(loaded));
    }
    return out;
  });
}

result<ChangeSet> change_from_json(std::string_view written) noexcept {
  return reading([&] {
    const json in = parse_json(written);
    only(in, "the change", {"id", "expects", "puts", "erases", "messages", "forget_messages_of"});
    ChangeSet change{.id = id(in, "id")};
    for (const json& one : list(member(in, "expects"), "expects")) {
      only(one, "an expectation", {"key", "version"});
      change.expects.push_back({key(member(one, "key")), version(one)});
    }
    for (const json& one : list(member(in, "puts"), "puts")) {
      only(one, "a put", {"key", "record", "version"});
      const Key of = key(member(one, "key"));
      Record put = record(of.index(), member(one, "record").dump());
      if (key_of(put) != of) throw BadJson{"a record stands under another record's key"};
      change.puts.push_back({std::move(put), version(one)});
    }
    for (const json& one : list(member(in, "erases"), "erases")) change.erases.push_back(key(one));
    change.messages = messages(member(in, "messages"));
    if (in.contains("forget_messages_of")) {
      only(in["forget_messages_of"], "forget_messages_of", {"realm", "account"});
      change.forget_messages_of = account_key(in["forget_messages_of"]);
    }
    return change;
  });
}

result<std::vector<Message>> messages_from_json(std::string_view written) noexcept {
  return reading([&] { return messages(parse_json(written)); });
}

result<std::vector<Settlement>> settlements_from_json(std::string_view written) noexcept {
  return reading([&] {
    const json in = parse_json(written);
    std::vector<Settlement> out;
    for (const json& one : list(in, "the settlements")) {
      only(one, "a settlement",
           {"id", "realm", "account", "attempts", "state", "due_at", "outcome"});
      out.push_back(
          {.id = id(one, "id"),
           .account = account_key(one),
           .attempts = static_cast<int>(integer(member(one, "attempts"), "attempts", 0, most_int)),
           .state = state(one),
           .due_at = integer(member(one, "due_at"), "due_at", 0, most_time),
           .outcome = text(one, "outcome")});
    }
    return out;
  });
}

result<OutboxState> outbox_from_json(std::string_view written) noexcept {
  return reading([&] {
    const json in = parse_json(written);
    only(in, "the state of the outbox", {"due", "oldest_due_at"});
    return OutboxState{
        .due = static_cast<int>(integer(member(in, "due"), "due", 0, most_int)),
        .oldest_due_at = integer(member(in, "oldest_due_at"), "oldest_due_at", 0, most_time)};
  });
}

result<int> count_from_json(std::string_view written) noexcept {
  return reading(
      [&] { return static_cast<int>(integer(parse_json(written), "the count", 0, most_int)); });
}

}  // namespace ringfence::codec
