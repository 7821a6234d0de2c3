#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ringfence/model/message.h"
#include "ringfence/model/policy.h"
#include "ringfence/workflow/challenge.h"
#include "ringfence/workflow/draft.h"

/// What people and the host are told of a change; stored in the commit that makes it (R14, R15).
namespace ringfence::workflow {

/// The code of the flow's challenge, on its way to where the challenge says (A08).
inline Message code_message(const AccountKey& account, const Flow& flow, Route route,
                            const Policy& policy, TimeMs now) {
  return Message{.kind = MessageKind::code,
                 .purpose = std::string(name(flow.kind)),
                 .account = account,
                 .destination = flow.challenge->destination,
                 .route = route,
                 .may_call = route == Route::text && policy.voice_calls && policy.voice_fallback &&
                             flow.challenge->destination.phone() != nullptr,
                 .flow = flow.id,
                 .role = role_of(flow),
                 .generation = flow.challenge->generation,
                 .fields = flow.operation.empty()
                               ? std::map<std::string, std::string>{}
                               : std::map<std::string, std::string>{{"operation", flow.operation}},
                 .created_at = now,
                 .expires_at = flow.challenge->expires_at,
                 .due_at = now};
}

using Fields = std::map<std::string, std::string>;

inline Message notice(const AccountKey& account, const std::string& purpose, const Address& to,
                      const Fields& fields, const Policy& policy, TimeMs now) {
  return Message{.kind = MessageKind::notice,
                 .purpose = purpose,
                 .account = account,
                 .destination = to,
                 .fields = fields,
                 .created_at = now,
                 .expires_at = now + policy.notice_given_up_after_ms,
                 .due_at = now};
}

inline Message event(const AccountKey& account, const std::string& purpose, const Fields& fields,
                     const Policy& policy, TimeMs now) {
  return Message{.kind = MessageKind::event,
                 .purpose = purpose,
                 .account = account,
                 .fields = fields,
                 .created_at = now,
                 .expires_at = now + policy.notice_given_up_after_ms,
                 .due_at = now};
}

/// The recently left addresses, the last one first, then every verified one; each once.
inline std::vector<Address> addresses_to_tell(const Account& account, const Policy& policy,
                                              TimeMs now) {
  std::vector<Address> out;
  const auto add = [&out](const Address& address) {
    if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(address);
  };
  for (auto former = account.former.rbegin(); former != account.former.rend(); ++former) {
    if (now <= former->left_at + policy.former_address_told_ms) add(former->address);
  }
  for (const Channel& channel : account.channels) {
    if (channel.verified()) add(*channel.address);
  }
  return out;
}

/// The security notice about one change, to everyone who must hear of it: the address just left
/// first.
inline void tell_everyone(Draft& draft, const Account& account, const std::string& purpose,
                          const Fields& fields, const Policy& policy, TimeMs now) {
  for (const Address& address : addresses_to_tell(account, policy, now)) {
    draft.send(notice(account.key, purpose, address, fields, policy, now));
  }
}

}  // namespace ringfence::workflow
