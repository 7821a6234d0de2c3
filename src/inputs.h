#pragma once

#include "ringfence/service.h"
#include "ringfence/workflow/flow_steps.h"
#include "ringfence/workflow/registration.h"

/// What people and hosts typed, read as a policy allows, for the steps that want addresses.
namespace ringfence {

result<workflow::NewAccount> read(const Registration& registration, const PhonePolicy& numbers);
/// Only an email has an `@`; the flow knows which of the two is wanted.
workflow::TypedAddress read(const AddressInput& target, const PhonePolicy& numbers);
/// The reference of a dispute: `dispute_not_found` if it is none.
result<FlowHandle> read_reference(std::string_view text);

}  // namespace ringfence
