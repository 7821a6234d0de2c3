#pragma once

#include <algorithm>

#include "ringfence/model/address_entry.h"
#include "ringfence/model/policy.h"
#include "ringfence/step.h"
#include "ringfence/workflow/limits.h"

/// Which accounts an address is associated with, and which one may log in with it (DOMAIN 3).
namespace ringfence::workflow {

/// The entry of an address, or an empty one.
inline AddressEntry entry_of(const Records& records, const AddressKey& key) {
  const auto* found = records.get<AddressEntry>(key);
  return found != nullptr ? *found : AddressEntry{.key = key};
}

/// Whether the address is in quarantine for this account: for everybody but the one that released
/// it (R31).
inline bool quarantined(const AddressEntry& entry, const AccountKey& account, const Policy& policy,
                        TimeMs now) {
  if (entry.released_at == 0 || entry.released_by == account.id) return false;
  if (entry.released_at > now + policy.quarantine_ms) return false;  // written by a wrong clock
  return now < entry.released_at + policy.quarantine_ms;
}

/// Whether the address counts as associated with another account than this one, which does not hold
/// it now.
inline bool associated_elsewhere(const AddressEntry& entry, const AccountKey& account,
                                 const Policy& policy, TimeMs now) {
  return entry.holders > 0 || quarantined(entry, account, policy, now);
}

inline bool at_capacity(const AddressEntry& entry, const Policy& policy) {
  return policy.max_accounts_per_address > 0 && entry.holders >= policy.max_accounts_per_address;
}

/// Keeps `forget_at` true: an entry may be swept when it holds nobody, no window can see a send,
/// and no quarantine runs.
inline void renew_forget_at(AddressEntry& entry, const Policy& policy, TimeMs now) {
  entry.forget_at =
      entry.holders > 0
          ? 0
          : std::max(now + longest_span(policy.sends_to_target),
                     entry.released_at == 0 ? 0 : entry.released_at + policy.quarantine_ms);
}

/// The account becomes a holder. Returns whether it gets the login claim: only if nobody else is
/// associated. The first holder keeps its claim when others join.
inline bool join(AddressEntry& entry, const AccountKey& account, const Policy& policy, TimeMs now) {
  const bool claim = !associated_elsewhere(entry, account, policy, now);
  ++entry.holders;
  if (claim) entry.login_holder = account.id;
  renew_forget_at(entry, policy, now);
  return claim;
}

/// A holder claims the login: only if it is alone on the address, and no quarantine of another
/// account runs. Returns whether it has the claim.
inline bool claim(AddressEntry& entry, const AccountKey& account, const Policy& policy,
                  TimeMs now) {
  if (entry.holders != 1 || !entry.login_holder.empty() ||
      quarantined(entry, account, policy, now)) {
    return false;
  }
  entry.login_holder = account.id;
  return true;
}

/// The account stops being a holder and drops its claim at once (A47). Those who remain are not
/// promoted. Who came in another's quarantine and never had the claim leaves that quarantine as it
/// is: joining and leaving launders nothing.
inline void leave(AddressEntry& entry, const AccountKey& account, const Policy& policy,
                  TimeMs now) {
  entry.holders = std::max<std::int64_t>(0, entry.holders - 1);
  const bool had_claim = entry.login_holder == account.id;
  if (had_claim) entry.login_holder.clear();
  if (had_claim || !quarantined(entry, account, policy, now)) {
    entry.released_at = now;
    // Whose it was is kept only as long as it matters.
    entry.released_by = policy.quarantine_ms > 0 ? account.id : "";
  }
  renew_forget_at(entry, policy, now);
}

}  // namespace ringfence::workflow
