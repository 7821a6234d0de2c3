#include "ringfence/record_json.h"

#include <concepts>
#include <cstdint>
#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "codec/record_fields.h"

namespace ringfence::codec {
namespace {

using nlohmann::json;

// The last enumerator of each enumeration: a name is read by trying them all.
constexpr FlowKind last_of(FlowKind) { return FlowKind::replace_phone; }
constexpr FlowStep last_of(FlowStep) { return FlowStep::cancelled; }
constexpr Role last_of(Role) { return Role::target; }
constexpr ChangeReason last_of(ChangeReason) { return ChangeReason::person_changed; }
constexpr Verdict last_of(Verdict) { return Verdict::not_asked; }
constexpr ChannelKind last_of(ChannelKind) { return ChannelKind::email; }
constexpr AccountKind last_of(AccountKind) { return AccountKind::federated; }
constexpr AccountStatus last_of(AccountStatus) { return AccountStatus::closed; }
constexpr MessageKind last_of(MessageKind) { return MessageKind::event; }
constexpr MessageState last_of(MessageState) { return MessageState::superseded; }
constexpr Route last_of(Route) { return Route::voice; }
constexpr AppealState last_of(AppealState) { return AppealState::used; }
constexpr ErrorCode last_of(ErrorCode) { return ErrorCode::internal; }

template <class E>
concept Enum = std::is_enum_v<E>;

class Writer {
 public:
  explicit Writer(AccountKey enclosing) : owner(std::move(enclosing)) {}

  AccountKey owner;  // the account a reply is stored in

  template <class T>
  void required(const char* name, const T& value) {
    out_[name] = encode(value);
  }
  template <class T>
  void field(const char* name, const T& value, const std::type_identity_t<T>& absent = T{}) {
    if (!(value == absent)) required(name, value);
  }
  template <class T>
  void field(const char* name, const std::vector<T>& list) {
    if (!list.empty()) required(name, list);
  }
  json take() { return std::move(out_); }

 private:
  json encode(const std::string& text) { return text; }
  json encode(const std::integral auto& number) { return number; }
  json encode(const Enum auto& value) { return std::string(name(value)); }
  json encode(const Id128& id) { return id.hex(); }
  json encode(const Address& address) {
    if (const PhoneNumber* phone = address.phone()) {
      return {{"phone", phone->e164()}, {"cc", phone->country_code_digits()}};
    }
    return {{"email", address.text()}};
  }
  json encode(const std::map<std::string, std::string>& texts) { return texts; }
  template <class T>
  json encode(const std::optional<T>& value) {
    return encode(*value);  // an absent one equals its default
  }
  template <class T>
  json encode(const std::vector<T>& list) {
    json out = json::array();
    for (const T& one : list) out.push_back(encode(one));
    return out;
  }
  template <class T>
  json encode(const T& record) {
    Writer writer(owner);
    describe(writer, record);
    return writer.take();
  }

  json out_ = json::object();
};

struct Unreadable {};

template <class T>
struct As {};  // which `decode` is meant

class Reader {
 public:
  Reader(const json& in, AccountKey enclosing) : owner(std::move(enclosing)), in_(in) {
    if (!in.is_object()) throw Unreadable{};
  }

  AccountKey owner;

  template <class T>
  void required(const char* name, T& value) {
    const auto found = in_.find(name);
    if (found == in_.end()) throw Unreadable{};
    ++known_;
    value = decode(*found, As<T>{});
  }
  template <class T>
  void field(const char* name, T& value, const std::type_identity_t<T>& absent = T{}) {
    if (in_.contains(name)) {
      required(name, value);
    } else {
      value = absent;
    }
  }
  // Every member was asked for: there is none whose name is not known.
  void finish() const {
    if (known_ != in_.size()) throw Unreadable{};
  }

 private:
  static const std::string& text(const json& in) {
    if (!in.is_string()) throw Unreadable{};
    return in.get_ref<const std::string&>();
  }
  template <class T>
  static T value_or_throw(std::optional<T> value) {
    if (!value) throw Unreadable{};
    return *std::move(value);
  }

  std::string decode(const json& in, As<std::string>) { return text(in); }
  bool decode(const json& in, As<bool>) {
    if (!in.is_boolean()) throw Unreadable{};
    return in.get<bool>();
  }
  template <std::integral T>
  T decode(const json& in, As<T>) {
    if (in.is_number_unsigned()) {
      const auto number = in.get<std::uint64_t>();
      if (std::in_range<T>(number)) return static_cast<T>(number);
    } else if (in.is_number_integer()) {
      const auto number = in.get<std::int64_t>();
      if (std::in_range<T>(number)) return static_cast<T>(number);
    }
    throw Unreadable{};
  }
  template <Enum E>
  E decode(const json& in, As<E>) {
    const std::string& wanted = text(in);
    for (unsigned i = 0; i <= static_cast<unsigned>(last_of(E{})); ++i) {
      if (name(static_cast<E>(i)) == wanted) return static_cast<E>(i);
    }
    throw Unreadable{};
  }
  Id128 decode(const json& in, As<Id128>) { return value_or_throw(Id128::from_hex(text(in))); }
  Address decode(const json& in, As<Address>) {
    if (in.is_object() && in.size() == 1 && in.contains("email")) {
      return value_or_throw(EmailAddress::from_canonical(text(in["email"])));
    }
    if (in.is_object() && in.size() == 2 && in.contains("phone") && in.contains("cc")) {
      return value_or_throw(
          PhoneNumber::from_e164(text(in["phone"]), decode(in["cc"], As<unsigned>{})));
    }
    throw Unreadable{};
  }
  std::map<std::string, std::string> decode(const json& in,
                                            As<std::map<std::string, std::string>>) {
    if (!in.is_object()) throw Unreadable{};
    std::map<std::string, std::string> out;
    for (const auto& [key, value] : in.items()) out.emplace(key, text(value));
    return out;
  }
  template <class T>
  std::optional<T> decode(const json& in, As<std::optional<T>>) {
    return decode(in, As<T>{});
  }
  template <class T>
  std::vector<T> decode(const json& in, As<std::vector<T>>) {
    if (!in.is_array()) throw Unreadable{};
    std::vector<T> out;
    out.reserve(in.size());
    for (const json& one : in) out.push_back(decode(one, As<T>{}));
    return out;
  }
  template <class T>
  T decode(const json& in, As<T>) {
    return read_record<T>(in, owner);
  }

 public:
  template <class T>
  static T read_record(const json& in, const AccountKey& owner) {
    Reader reader(in, owner);
    T record = blank<T>();
    describe(reader, record);
    reader.finish();
    return record;
  }

 private:
  // A record to be filled. An address has no empty value, so a number stands in until the real one
  // is read.
  template <class T>
  static T blank() {
    if constexpr (std::is_default_constructible_v<T>) {
      return T{};
    } else {
      const Address any = value_or_throw(PhoneNumber::from_e164("+10000", 1));
      if constexpr (std::is_same_v<T, AddressEntry>) {
        return T{.key = {{}, any}};
      } else if constexpr (std::is_same_v<T, Challenge>) {
        return T{.destination = any};
      } else {
        return T{.address = any};
      }
    }
  }

  const json& in_;
  std::size_t known_ = 0;
};

template <class T>
std::string write(const T& record) {
  Writer writer(AccountKey{});
  describe(writer, record);
  return writer.take().dump();
}

void check(const Account& account) {
  for (const ChannelKind kind : {ChannelKind::phone, ChannelKind::email}) {
    const Channel& channel = account.channel(kind);
    if (channel.address && channel.address->kind() != kind) throw Unreadable{};
  }
}
void check(const auto&) {}

template <class T>
result<T> read(std::string_view text) noexcept {
  try {
    const json parsed = json::parse(text.begin(), text.end());
    T record = Reader::read_record<T>(parsed, AccountKey{});
    check(record);
    return record;
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::store_unavailable,
                   "out of memory");  // short enough for no allocation
  } catch (...) {
    return failure(ErrorCode::store_corrupt, "bad record");
  }
}

}  // namespace
}  // namespace ringfence::codec

namespace ringfence {

std::string to_json(const Account& account) { return codec::write(account); }
std::string to_json(const AddressEntry& entry) { return codec::write(entry); }
std::string to_json(const Source& source) { return codec::write(source); }
std::string to_json(const AuditEntry& entry) { return codec::write(entry); }
std::string to_json(const Message& message) { return codec::write(message); }

result<Account> account_from_json(std::string_view text) noexcept {
  return codec::read<Account>(text);
}
result<AddressEntry> address_entry_from_json(std::string_view text) noexcept {
  return codec::read<AddressEntry>(text);
}
result<Source> source_from_json(std::string_view text) noexcept {
  return codec::read<Source>(text);
}
result<AuditEntry> audit_entry_from_json(std::string_view text) noexcept {
  return codec::read<AuditEntry>(text);
}
result<Message> message_from_json(std::string_view text) noexcept {
  return codec::read<Message>(text);
}

}  // namespace ringfence
