#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ringfence/workflow/draft.h"

/// Reading, checking and pruning an account's audit trail.
namespace ringfence::workflow {

/// Some consecutive places of a chain: an entry, or none where it is missing.
struct AuditChunk {
  AuditState chain = {};
  std::uint64_t first = 0;  ///< The number of the first place.
  std::vector<std::optional<AuditEntry>> entries = {};
};

constexpr std::uint64_t audit_chunk_size = 64;

namespace detail {

/// The number after one; of the largest, itself: a head may be forged.
inline std::uint64_t after_number(std::uint64_t number) {
  return number == std::numeric_limits<std::uint64_t>::max() ? number : number + 1;
}

/// Consecutive places of an account's chain.
inline std::vector<Key> audit_keys(const AccountKey& account, std::uint64_t first,
                                   std::uint64_t last, std::uint64_t most = audit_chunk_size) {
  std::vector<Key> keys;
  for (std::uint64_t i = 0; i < most && first <= last && i <= last - first; ++i)
    keys.emplace_back(AuditKey{account, first + i});
  return keys;
}

/// The account, then the places that `places` names.
template <class Places>
std::function<std::vector<Key>(const Records&)> audit_needs(const AccountKey& key,
                                                            const Places& places) {
  return [key, places](const Records& records) {
    std::vector<Key> keys = {key};
    const auto* account = records.get<Account>(key);
    if (account == nullptr) return keys;
    for (Key& one : places(*account)) keys.push_back(std::move(one));
    return keys;
  };
}

/// The entries after a number, or after the anchor if that is later.
inline std::vector<Key> audit_after(const Account& account, std::uint64_t after,
                                    std::uint64_t most = audit_chunk_size) {
  return audit_keys(account.key, after_number(std::max(after, account.audit.anchor.number)),
                    account.audit.head.number, most);
}

inline std::optional<AuditEntry> audit_entry(const Records& records, const Key& key) {
  const auto* entry = records.get<AuditEntry>(std::get<AuditKey>(key));
  if (entry == nullptr) return std::nullopt;
  return *entry;
}

}  // namespace detail

/// The entries after a number, at most `most` of them.
inline Step<AuditChunk> audit_chunk(const AccountKey& key, std::uint64_t after,
                                    std::uint64_t most = audit_chunk_size) {
  const auto places = [=](const Account& account) {
    // One place beyond the newest entry is looked at too: there should be nothing.
    return detail::audit_keys(key,
                              detail::after_number(std::max(after, account.audit.anchor.number)),
                              detail::after_number(account.audit.head.number), most);
  };
  const auto decide = [=](const Records& records, const Context&) -> Decision<AuditChunk> {
    const auto* account = records.get<Account>(key);
    if (account == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    AuditChunk chunk{.chain = account->audit,
                     .first = detail::after_number(std::max(after, account->audit.anchor.number))};
    for (const Key& place : places(*account))
      chunk.entries.push_back(detail::audit_entry(records, place));
    return Decision<AuditChunk>(ChangeSet{}, std::move(chunk));
  };
  return {"audit", detail::audit_needs(key, places), decide};
}

/// Checks a chain, entry after entry from its anchor on.
class AuditCheck {
 public:
  AuditCheck(AccountKey account, const AuditState& chain)
      : account_(std::move(account)), previous_(chain.anchor) {
    report_.chain = chain;
  }

  /// Takes what stands in the next place. Fails with `key_missing` if the key that made the entry
  /// is not in the ring: then nobody can tell. After a fault nothing more is taken.
  result<void> add(const std::optional<AuditEntry>& entry, const KeySet& keys) {
    if (!report_.intact()) return ok();
    const std::uint64_t number = previous_.number + 1;
    if (number > report_.chain.head.number) {
      if (entry) fault(AuditFault::added, number);
      return ok();
    }
    if (!entry) {
      fault(AuditFault::removed, number);
      return ok();
    }
    RF_TRY(key, keys.find(entry->key_id));
    const bool begins = entry->event == "registered" || entry->event == "imported";
    if (number == 1 && !begins) {
      // Every trail begins with how the account came: this one was begun anew.
      fault(AuditFault::removed, number);
      return ok();
    }
    if (entry->key != AuditKey{account_, number} ||
        mac_of(*key, *entry, previous_.mac) != entry->mac || !personal_holds(*entry, *key)) {
      fault(AuditFault::changed, number);
      return ok();
    }
    if (entry->event == "audit_pruned") vouched_ = mark_in(*entry);
    if (entry->event == "account_erased") first_blank_ = 0;
    previous_ = mark_of(*key, *entry);
    ++report_.checked;
    return ok();
  }

  /// The next place has something that cannot be read.
  void add_unreadable() {
    if (report_.intact()) fault(AuditFault::changed, previous_.number + 1);
  }
  /// The last place that holds.
  const AuditMark& reached() const { return previous_; }
  bool faulty() const { return !report_.intact(); }
  /// What was found, once every place has been taken.
  AuditReport finish() {
    const AuditState& chain = report_.chain;
    if (!report_.intact()) return report_;
    if (chain.head.number == 0) {
      fault(AuditFault::removed, 1);  // there is no account without an entry
    } else if (previous_ != chain.head) {
      fault(AuditFault::changed, chain.head.number);
    } else if (chain.anchor != AuditMark{} && vouched_ != chain.anchor) {
      // The beginning is gone, and no entry says that it was pruned.
      fault(AuditFault::removed, chain.anchor.number);
    } else if (first_blank_ != 0) {
      // A personal fact is gone, and no entry says that it was erased.
      fault(AuditFault::changed, first_blank_);
    }
    return report_;
  }

 private:
  void fault(AuditFault what, std::uint64_t number) {
    report_.fault = what;
    report_.at = number;
  }
  bool personal_holds(const AuditEntry& entry, const crypto::Key& key) {
    for (const PersonalFact& fact : entry.personal) {
      if (fact.value.empty() && fact.salt.empty()) {
        if (first_blank_ == 0) first_blank_ = entry.key.number;
      } else if (commitment_of(key, fact) != fact.commitment) {
        return false;
      }
    }
    return true;
  }
  static AuditMark mark_in(const AuditEntry& entry) {
    const auto through = entry.facts.find("through");
    const auto mac = entry.facts.find("mac");
    AuditMark mark;
    if (through == entry.facts.end() || mac == entry.facts.end()) return mark;
    for (const char digit : through->second)
      mark.number = mark.number * 10 + static_cast<std::uint64_t>(digit - '0');
    mark.mac = Id128::from_hex(mac->second).value_or(Id128{});
    return mark;
  }

  AccountKey account_;
  AuditReport report_;
  AuditMark previous_;
  AuditMark vouched_;              // of the newest entry that tells of pruning
  std::uint64_t first_blank_ = 0;  // the first entry with an erased fact that nothing explains yet
};

/// Removes the oldest entries from before a time, a chunk at most; the chain then begins after
/// them, and an entry says so. Returns how many were removed. The newest entry stays. Refuses with
/// `store_corrupt` if the entries do not hold: pruning must not hide that.
inline Step<int> prune_audit(const AccountKey& key, TimeMs before) {
  const auto places = [](const Account& account) {
    auto keys = detail::audit_after(account, 0);
    std::erase(keys, Key(AuditKey{account.key, account.audit.head.number}));
    return keys;
  };
  const auto decide = [=](const Records& records, const Context& context) -> Decision<int> {
    if (before > context.now)
      return failure(ErrorCode::invalid_argument, "what has not happened cannot be pruned");
    const auto* found = records.get<Account>(key);
    if (found == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    Account account = *found;
    AuditMark& anchor = account.audit.anchor;
    AuditCheck check(key, account.audit);
    Draft draft(records, context);
    int removed = 0;
    bool telling = true;  // of nothing but pruning
    for (const Key& place : places(*found)) {
      const auto entry = detail::audit_entry(records, place);
      if (entry && entry->at >= before) break;
      const auto known = check.add(entry, context.keys);
      if (!known) return known.error();
      if (check.faulty())
        return failure(ErrorCode::store_corrupt, "the audit trail does not hold: verify it");
      draft.erase(place);
      anchor = check.reached();
      telling = telling && entry && entry->event == "audit_pruned";
      ++removed;
    }
    // Else the entry that tells of pruning would be pruned for another one, time and again.
    telling = telling && std::cmp_less(removed, audit_chunk_size);
    if (removed == 0 || telling) return Decision<int>(ChangeSet{}, 0);
    draft.note({.event = "audit_pruned",
                .facts = {{"through", std::to_string(anchor.number)}, {"mac", anchor.mac.hex()}}});
    draft.put(std::move(account));
    return Decision<int>(draft.finish(), removed);
  };
  return {"prune_audit", detail::audit_needs(key, places), decide};
}

/// Erases the personal facts of the entries after a number, a chunk at most, of an account that was
/// erased. Returns the number of the last entry that was there; 0: there are no more.
inline Step<std::uint64_t> erase_audit(const AccountKey& key, std::uint64_t after,
                                       std::uint64_t most = audit_chunk_size) {
  const auto places = [after, most](const Account& account) {
    return detail::audit_after(account, after, most);
  };
  const auto decide = [=](const Records& records,
                          const Context& context) -> Decision<std::uint64_t> {
    const auto* account = records.get<Account>(key);
    if (account == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    if (account->erased_at == 0)
      return failure(ErrorCode::wrong_step, "the account itself has to be erased first");
    Draft draft(records, context);
    std::uint64_t last = 0;
    for (const Key& place : places(*account)) {
      const auto entry = detail::audit_entry(records, place);
      if (!entry) continue;
      last = entry->key.number;
      AuditEntry blank = *entry;
      for (PersonalFact& fact : blank.personal) {
        fact.value.clear();
        fact.salt = {};
      }
      if (blank != *entry) draft.put(std::move(blank));
    }
    return Decision<std::uint64_t>(draft.finish(), last);
  };
  return {"erase_audit", detail::audit_needs(key, places), decide};
}

}  // namespace ringfence::workflow
