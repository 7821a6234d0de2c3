#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "ringfence/workflow/flow_edit.h"

/// Confirmed operations, each to be done once (R30).
namespace ringfence::workflow {

/// Takes the grant that a `confirm_operation` flow gave, for the operation it was asked for, in the
/// session that asked. It can be taken once; the same request id gets the same answer again.
inline Step<Granted> use_grant(const FlowHandle& handle, const std::string& operation,
                               const Call& call) {
  const auto needs = [key = handle.account](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [=](const Records& records, const Context& context) -> Decision<Granted> {
    if (const auto valid = check_call(handle.account, call); !valid) return valid.error();
    const auto* found = records.get<Account>(handle.account);
    const auto refuse = [] {
      return failure(ErrorCode::grant_invalid, "no such grant; confirm the operation anew");
    };
    if (found == nullptr) return refuse();
    Account account = *found;
    const auto grant = std::find_if(account.grants.begin(), account.grants.end(),
                                    [&](const Grant& one) { return one.flow == handle.flow; });
    if (grant == account.grants.end() || grant->operation != operation ||
        grant->session != session_digest(handle.account, call) ||
        context.now >= grant->expires_at || grant->given_at > context.now + max_clock_skew_ms) {
      return refuse();
    }
    // Only who has the grant learns that the account is locked (A13).
    if (const auto active = check_active(account); !active) return active.error();
    const Granted granted{grant->operation, grant->expires_at};
    const Id128 request = request_digest(handle.account, call);
    if (grant->used_at != 0) {
      if (request.empty() || grant->used_by != request) return refuse();
      return Decision<Granted>(ChangeSet{}, granted);
    }
    grant->used_at = context.now;
    grant->used_by = request;
    tidy(account, context.policy, context.now);
    Draft draft(records, context);
    draft.note(
        {.event = "grant_used", .personal = {{"operation", operation}}, .flow = handle.flow});
    draft.put(std::move(account));
    return Decision<Granted>(draft.finish(), granted);
  };
  return {"use_grant", needs, decide};
}

}  // namespace ringfence::workflow
