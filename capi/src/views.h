#pragma once

#include <string>

#include "boundary.h"
#include "ringfence/dispatcher.h"
#include "ringfence/service.h"
#include "ringfence/sms.h"

/// The library's values as structs, and the caller's structs as values.
namespace ringfence::capi {

ringfence_settings to_struct(const SecuritySettings& settings);
ringfence_flow_view to_struct(const FlowView& view);
ringfence_grant to_struct(const Granted& granted);
ringfence_appeal to_struct(const Appeal& appeal);
ringfence_appeal to_struct(const std::optional<Appeal>& appeal);
ringfence_notice_receipt to_struct(const NoticeReceipt& receipt);
ringfence_login to_struct(const std::optional<std::string>& account);
ringfence_audit_report to_struct(const AuditReport& report);
ringfence_health to_struct(const Health& health);
ringfence_delivery_health to_struct(const DeliveryHealth& health);
ringfence_dispatch_counts to_struct(const Dispatcher::Counts& counts);
ringfence_address to_struct(const Address& address);
ringfence_sms_size to_struct(const SmsSize& size);

result<AccountKey> read(const ringfence_account* account);
result<AddressInput> read(const ringfence_address_input* input);
result<Call> read(const ringfence_call* call);
result<Registration> read(const ringfence_registration* registration);
result<FlowHandle> read_flow(ringfence_string flow);
result<std::string> read_string(ringfence_string text);
result<bool> read_flag(int32_t flag, const char* what);
/// Says in a refusal what it is about.
template <class T>
result<T> named(const char* what, result<T> read) {
  if (read) return read;
  Failure why = read.error();
  why.text = std::string(what) + ": " + why.text;
  return why;
}
/// An id of 32 hexadecimal digits, or none: then the place is before all others of that time.
result<MessagePlace> read_place(int64_t created_at, ringfence_string id);
/// What is no JSON of the right form is the caller's mistake here, not the store's.
template <class T>
result<T> given(result<T> read) {
  if (!read && read.error().code == ErrorCode::store_corrupt)
    return failure(ErrorCode::invalid_argument, read.error().text);
  return read;
}
/// As bits: 1 is the phone, 2 the email.
result<ChannelKinds> read_channels(std::uint32_t bits);

/// One of an enumeration whose values begin with 0.
template <class E>
result<E> read_enum(int32_t value, E last, const char* what) {
  if (value < 0 || value > static_cast<int32_t>(last))
    return failure(ErrorCode::invalid_argument, std::string(what) + " is none that there is");
  return static_cast<E>(value);
}

}  // namespace ringfence::capi
