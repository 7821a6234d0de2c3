#include "inputs.h"

#include <utility>

namespace ringfence {

result<workflow::NewAccount> read(const Registration& registration, const PhonePolicy& numbers) {
  RF_TRY(phone, parse_phone(registration.phone.text, registration.phone.region, numbers));
  const auto attested = [](const std::optional<TimeMs>& proven_at) {
    return !proven_at || *proven_at > 0;
  };
  if (!attested(registration.phone_proven_at) || !attested(registration.email_proven_at)) {
    return failure(ErrorCode::invalid_argument,
                   "proven_at is not a time; leave it out if nobody saw the proof");
  }
  workflow::NewAccount account{.key = registration.account,
                               .kind = registration.kind,
                               .provider = registration.provider,
                               .phone = {phone, registration.phone_proven_at.value_or(0)},
                               .locale = registration.locale};
  if (!registration.email && registration.email_proven_at)
    return failure(ErrorCode::invalid_argument, "email_proven_at is given without an email");
  if (registration.email) {
    RF_TRY(email, parse_email(registration.email->text));
    account.email =
        workflow::NewChannel{std::move(email), registration.email_proven_at.value_or(0)};
  }
  return account;
}

workflow::TypedAddress read(const AddressInput& target, const PhonePolicy& numbers) {
  const auto as_address = [](auto address) -> result<Address> {
    if (!address) return std::move(address).as_failure();
    return Address(std::move(address).value());
  };
  const bool email = target.text.find('@') != std::string::npos;
  return {email ? failure(ErrorCode::invalid_number, "an email is no telephone number")
                : as_address(parse_phone(target.text, target.region, numbers)),
          as_address(parse_email(target.text))};
}

result<FlowHandle> read_reference(std::string_view text) {
  if (const auto handle = FlowHandle::parse(text)) return *handle;
  return failure(ErrorCode::dispute_not_found, "no such dispute, or it is too late");
}

}  // namespace ringfence
