#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "ringfence/model/email_address.h"
#include "ringfence/model/phone_number.h"

namespace ringfence {

/// The two kinds of channel an account can have; also the methods by which a person proves
/// identity.
enum class ChannelKind : std::uint8_t { phone = 0, email = 1 };
using Method = ChannelKind;

constexpr std::string_view name(ChannelKind kind) noexcept {
  return kind == ChannelKind::phone ? "phone" : "email";
}

/// An address as a person wrote it.
struct AddressInput {
  std::string text = {};
  /// For a telephone number: the country in which it was typed, e.g. `"CN"`; may be empty. Not used
  /// for an email.
  std::string region = {};
};

/// A telephone number or an email address, in its one stored form.
class Address {
 public:
  Address(PhoneNumber phone) : value_(phone) {}
  Address(EmailAddress email) : value_(std::move(email)) {}

  ChannelKind kind() const { return value_.index() == 0 ? ChannelKind::phone : ChannelKind::email; }
  /// The number in E.164, or the email.
  std::string text() const {
    return phone() ? phone()->e164() : std::get<EmailAddress>(value_).text();
  }
  std::string masked() const {
    return phone() ? phone()->masked() : std::get<EmailAddress>(value_).masked();
  }
  /// The number, if this is one.
  const PhoneNumber* phone() const { return std::get_if<PhoneNumber>(&value_); }

  friend auto operator<=>(const Address&, const Address&) = default;

 private:
  std::variant<PhoneNumber, EmailAddress> value_;
};

}  // namespace ringfence
