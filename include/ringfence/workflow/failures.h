#pragma once

#include <algorithm>

#include "ringfence/model/account.h"
#include "ringfence/result.h"
#include "ringfence/workflow/limits.h"

/// Consecutive wrong codes of an account, per role and address: over all flows, sessions and
/// processes (R04–R07, A01).
namespace ringfence::workflow {

inline const FailureCount* find_failures(const Account& account, Role role,
                                         const Address& address) {
  for (const FailureCount& one : account.failures) {
    if (one.role == role && one.address == address) return &one;
  }
  return nullptr;
}

inline int failures_left(const Account& account, Role role, const Address& address,
                         const Policy& policy) {
  const FailureCount* found = find_failures(account, role, address);
  return std::max(0, policy.failures_to_lock - (found == nullptr ? 0 : found->count));
}

inline TimeMs next_try_at(const Account& account, Role role, const Address& address,
                          const Policy& policy, TimeMs now) {
  const FailureCount* found = find_failures(account, role, address);
  return found == nullptr ? now : next_try_at(found->count, found->last_at, policy, now);
}

/// Refuses a role and address whose failures have locked the account, until it is unlocked: a flow
/// that a locked account takes is no way around the count (R04).
inline result<void> check_failures(const Account& account, Role role, const Address& address,
                                   const Policy& policy) {
  if (account.status == AccountStatus::locked && failures_left(account, role, address, policy) == 0)
    return failure(ErrorCode::account_locked, "too many wrong codes for this address");
  return ok();
}

/// Charges one failure and returns the new count. If the table is full, the longest silent count of
/// a target makes room: guesses at targets stay bounded by the sends to them, and the counts of
/// one's own channels are never lost.
inline int charge_failure(Account& account, Role role, const Address& address, TimeMs now) {
  for (FailureCount& one : account.failures) {
    if (one.role == role && one.address == address) {
      one.last_at = now;
      return ++one.count;
    }
  }
  if (account.failures.size() >= Account::max_failure_counts) {
    const auto oldest = std::min_element(account.failures.begin(), account.failures.end(),
                                         [](const FailureCount& a, const FailureCount& b) {
                                           if (a.role != b.role) return a.role == Role::target;
                                           return a.last_at < b.last_at;
                                         });
    account.failures.erase(oldest);
  }
  account.failures.push_back({role, address, 1, now});
  return 1;
}

/// A success clears the role and address that succeeded, and nothing else (R07).
inline void clear_failures(Account& account, Role role, const Address& address) {
  std::erase_if(account.failures, [&](const FailureCount& one) {
    return one.role == role && one.address == address;
  });
}

}  // namespace ringfence::workflow
