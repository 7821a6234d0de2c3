#pragma once

#include <string>
#include <string_view>

#include "ringfence/model/account.h"
#include "ringfence/model/address_entry.h"
#include "ringfence/model/audit.h"
#include "ringfence/model/message.h"
#include "ringfence/result.h"

/// Records as JSON: what stores keep, and what crosses to other languages. The names are a promise.
///
/// Compact, members sorted by name, the same record always gives the same text. Member names are
/// those of the C++ members, with these exceptions:
/// - keys are spread out: `realm` and `id`, `realm` and `address`, `realm` and `source`; a message
///   has `realm` and `account`, an audit entry `realm`, `account` and `number`;
/// - `Account::channels` are `phone` and `email`;
/// - `FlowView::handle` is `flow`, and `account` only if it is another than the account it is
///   stored in.
///
/// An address is `{"phone":"+39…","cc":2}`, with the number of digits of the country code, or
/// `{"email":"…"}`. Enumerators are their `name()`, ids are hexadecimal, times and other integers
/// are numbers. A member that has its default is left out.
namespace ringfence {

/// Throws a `std::exception` if a text in the record is not UTF-8.
std::string to_json(const Account& account);
std::string to_json(const AddressEntry& entry);
std::string to_json(const Source& source);
std::string to_json(const AuditEntry& entry);
std::string to_json(const Message& message);

/// Reads what `to_json` wrote. Refuses with `store_corrupt` everything else: a wrong type, a number
/// out of range, a name or an enumerator that is not known, a missing key. Never throws.
result<Account> account_from_json(std::string_view text) noexcept;
result<AddressEntry> address_entry_from_json(std::string_view text) noexcept;
result<Source> source_from_json(std::string_view text) noexcept;
result<AuditEntry> audit_entry_from_json(std::string_view text) noexcept;
result<Message> message_from_json(std::string_view text) noexcept;

}  // namespace ringfence
