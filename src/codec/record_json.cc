#include "ringfence/record_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "codec/json_tokens.h"
#include "codec/record_fields.h"

namespace ringfence::codec {
namespace {

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

/// Appends a record to a text, member for member.
class Writer {
 public:
  Writer(std::string& out, const AccountKey* enclosing) : owner(enclosing), out_(out) {
    out_ += '{';
  }

  const AccountKey* owner;  // the account a reply is stored in

  template <class T>
  void required(std::string_view name, const T& value) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
    encode(value);
  }
  template <class T>
  void field(std::string_view name, const T& value, const std::type_identity_t<T>& absent = T{}) {
    if (!(value == absent)) required(name, value);
  }
  template <class T>
  void field(std::string_view name, const std::vector<T>& list) {
    if (!list.empty()) required(name, list);
  }
  void finish() { out_ += '}'; }

 private:
  static bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

  void append_plain(std::string_view text) {
    out_ += '"';
    out_ += text;
    out_ += '"';
  }
  void encode(std::string_view text) {
    if (std::all_of(text.begin(), text.end(), is_plain)) {
      append_plain(text);
    } else {
      out_ += nlohmann::json(text).dump();  // which knows UTF-8, and what to escape
    }
  }
  void encode(const std::string& text) { encode(std::string_view(text)); }
  void encode(bool is) { out_ += is ? "true" : "false"; }
  void encode(const std::integral auto& number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out_.append(digits.data(), end.ptr);
  }
  void encode(const Enum auto& value) { append_plain(name(value)); }
  void encode(const Id128& id) { append_plain(id.hex()); }
  void encode(const Address& address) {
    Writer writer(out_, owner);
    if (const PhoneNumber* phone = address.phone()) {
      writer.required("cc", phone->country_code_digits());
      writer.required("phone", phone->e164());
    } else {
      writer.required("email", address.text());
    }
    writer.finish();
  }
  void encode(const std::map<std::string, std::string>& texts) {
    out_ += '{';
    for (auto one = texts.begin(); one != texts.end(); ++one) {
      if (one != texts.begin()) out_ += ',';
      encode(one->first);
      out_ += ':';
      encode(one->second);
    }
    out_ += '}';
  }
  template <class T>
  void encode(const std::optional<T>& value) {
    encode(*value);  // an absent one equals its default
  }
  template <class T>
  void encode(const std::vector<T>& list) {
    out_ += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out_ += ',';
      encode(list[i]);
    }
    out_ += ']';
  }
  template <class T>
  void encode(const T& record) {
    Writer writer(out_, owner);
    describe(writer, record);
    writer.finish();
  }

  std::string& out_;
  bool first_ = true;
};

struct Unreadable {};

template <class T>
struct As {};  // which `decode` is meant

using Kind = JsonTokens::Kind;
using Token = JsonTokens::Token;

/// The tokens of a text, each taken once.
class TokenSource {
 public:
  explicit TokenSource(const JsonTokens& json) : json_(json), next_(json.tokens().begin()) {}

  const Token& take(Kind kind) {
    if (next_->kind != kind) throw Unreadable{};
    return *next_++;
  }
  std::string_view text() { return json_.text(take(Kind::text)); }
  /// Whether the next token is this name; takes it then.
  bool takes(std::string_view name) {
    if (json_.text(*next_) != name) return false;
    ++next_;
    return true;
  }
  Kind kind() const { return next_->kind; }

 private:
  const JsonTokens& json_;
  std::vector<Token>::const_iterator next_;
};

/// Fills a record from the members of an object, which are in the same order.
class Reader {
 public:
  Reader(TokenSource& in, const AccountKey* enclosing)
      : owner(enclosing), in_(in), left_(in.take(Kind::object).size) {}

  const AccountKey* owner;

  template <class T>
  void required(std::string_view name, T& value) {
    if (!next_is(name)) throw Unreadable{};
    value = decode(As<T>{});
  }
  template <class T>
  void field(std::string_view name, T& value, const std::type_identity_t<T>& absent = T{}) {
    if (next_is(name)) {
      value = decode(As<T>{});
    } else {
      value = absent;
    }
  }
  // Nothing is left: every member was one that is known.
  void finish() const {
    if (left_ != 0) throw Unreadable{};
  }

 private:
  bool next_is(std::string_view name) {
    if (left_ == 0 || !in_.takes(name)) return false;
    --left_;
    return true;
  }
  template <class T>
  static T value_or_throw(std::optional<T> value) {
    if (!value) throw Unreadable{};
    return *std::move(value);
  }

  std::string decode(As<std::string>) { return std::string(in_.text()); }
  bool decode(As<bool>) { return in_.take(Kind::boolean).bits != 0; }
  template <std::integral T>
  T decode(As<T>) {
    if (in_.kind() == Kind::natural) {
      const std::uint64_t number = in_.take(Kind::natural).bits;
      if (std::in_range<T>(number)) return static_cast<T>(number);
    } else {
      const auto number = static_cast<std::int64_t>(in_.take(Kind::negative).bits);
      if (std::in_range<T>(number)) return static_cast<T>(number);
    }
    throw Unreadable{};
  }
  template <Enum E>
  E decode(As<E>) {
    const std::string_view wanted = in_.text();
    for (unsigned i = 0; i <= static_cast<unsigned>(last_of(E{})); ++i) {
      if (name(static_cast<E>(i)) == wanted) return static_cast<E>(i);
    }
    throw Unreadable{};
  }
  Id128 decode(As<Id128>) { return value_or_throw(Id128::from_hex(in_.text())); }
  Address decode(As<Address>) {
    Reader reader(in_, owner);
    Address address = any_address();
    if (reader.next_is("email")) {
      address = value_or_throw(EmailAddress::from_canonical(std::string(in_.text())));
    } else {
      unsigned country_code_digits = 0;
      reader.required("cc", country_code_digits);
      if (!reader.next_is("phone")) throw Unreadable{};
      address = value_or_throw(PhoneNumber::from_e164(in_.text(), country_code_digits));
    }
    reader.finish();
    return address;
  }
  std::map<std::string, std::string> decode(As<std::map<std::string, std::string>>) {
    std::map<std::string, std::string> out;
    for (auto left = in_.take(Kind::object).size; left > 0; --left) {
      std::string name(in_.text());
      out.emplace_hint(out.end(), std::move(name), in_.text());
    }
    return out;
  }
  template <class T>
  std::optional<T> decode(As<std::optional<T>>) {
    return decode(As<T>{});
  }
  template <class T>
  std::vector<T> decode(As<std::vector<T>>) {
    auto left = in_.take(Kind::array).size;
    std::vector<T> out;
    out.reserve(left);
    for (; left > 0; --left) out.push_back(decode(As<T>{}));
    return out;
  }
  template <class T>
  T decode(As<T>) {
    return read_record<T>(in_, owner);
  }

 public:
  template <class T>
  static T read_record(TokenSource& in, const AccountKey* owner) {
    Reader reader(in, owner);
    T record = blank<T>();
    describe(reader, record);
    reader.finish();
    return record;
  }

 private:
  // An address has no empty value: a number stands in until the real one is read.
  static const Address& any_address() {
    static const Address any = value_or_throw(PhoneNumber::from_e164("+10000", 1));
    return any;
  }
  // A record to be filled.
  template <class T>
  static T blank() {
    if constexpr (std::is_default_constructible_v<T>) {
      return T{};
    } else if constexpr (std::is_same_v<T, AddressEntry>) {
      return T{.key = {{}, any_address()}};
    } else if constexpr (std::is_same_v<T, Challenge>) {
      return T{.destination = any_address()};
    } else {
      return T{.address = any_address()};
    }
  }

  TokenSource& in_;
  std::uint32_t left_;  // members
};

const AccountKey no_owner{};
constexpr std::size_t usual_size = 1024;  // of a text; longer ones grow

template <class T>
std::string write(const T& record) {
  std::string out;
  out.reserve(usual_size);
  Writer writer(out, &no_owner);
  describe(writer, record);
  writer.finish();
  return out;
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
    const JsonTokens parsed(text);
    TokenSource in(parsed);
    T record = Reader::read_record<T>(in, &no_owner);
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
