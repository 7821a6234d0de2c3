#pragma once

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ringfence/model/locale.h"
#include "ringfence/workflow/association.h"
#include "ringfence/workflow/draft.h"
#include "ringfence/workflow/flow_edit.h"
#include "ringfence/workflow/settings_view.h"

/// What the host does to an account that exists (DOMAIN 1). The host answers for who may ask.
namespace ringfence::workflow {

namespace detail {

/// A step on one account that replies with its settings. `body` changes the account and the draft,
/// or refuses; where it changes nothing, nothing is committed. `unknown` is the refusal if there is
/// no such account.
template <class Body>
Step<SecuritySettings> on_account(std::string_view name, const AccountKey& key,
                                  const Step<SecuritySettings>::Needs& more, const Body& body,
                                  const Failure& unknown = failure(ErrorCode::account_not_found,
                                                                   "no such account")) {
  const auto needs = [key, more](const Records& records) {
    std::vector<Key> keys = {key};
    for (Key& one : more(records)) keys.push_back(std::move(one));
    return keys;
  };
  const auto decide = [key, body, unknown](const Records& records,
                                           const Context& context) -> Decision<SecuritySettings> {
    const auto* found = records.get<Account>(key);
    if (found == nullptr) return unknown;
    Account account = *found;
    Draft draft(records, context);
    if (const auto done = body(account, draft, records, context); !done) return done.error();
    SecuritySettings view = settings_of(account, context.policy, context.now);
    if (account == *found) return Decision<SecuritySettings>(ChangeSet{}, std::move(view));
    tidy(account, context.policy, context.now);
    draft.put(std::move(account));
    return Decision<SecuritySettings>(draft.finish(), std::move(view));
  };
  return {name, needs, decide};
}

inline std::vector<Key> no_more(const Records&) { return {}; }

/// The entries of the account's verified addresses, and of those it left lately.
inline std::function<std::vector<Key>(const Records&)> own_addresses(const AccountKey& key) {
  return [key](const Records& records) {
    std::vector<Key> keys;
    const auto* account = records.get<Account>(key);
    if (account == nullptr) return keys;
    for (const Channel& channel : account->channels) {
      if (channel.verified()) keys.emplace_back(AddressKey{key.realm, *channel.address});
    }
    for (const FormerAddress& former : account->former)
      keys.emplace_back(AddressKey{key.realm, former.address});
    return keys;
  };
}

/// The account leaves all its addresses.
inline void release_addresses(Account& account, Draft& draft, const Records& records,
                              const Context& context) {
  for (Channel& channel : account.channels) {
    if (!channel.verified()) continue;
    AddressEntry entry = entry_of(records, {account.key.realm, *channel.address});
    leave(entry, account.key, context.policy, context.now);
    draft.put(std::move(entry));
    channel.login_claim = false;
  }
}

}  // namespace detail

/// Locks an account: everybody concerned is told, and what was begun is void. Of one that is locked
/// it only voids what still runs. `reason` is the host's own word, 1–64 bytes of UTF-8.
inline Step<SecuritySettings> lock(const AccountKey& key, const std::string& reason) {
  return detail::on_account(
      "lock", key, detail::no_more,
      [reason](Account& account, Draft& draft, const Records&,
               const Context& context) -> result<void> {
        if (!valid_text(reason, 1, 64))
          return failure(ErrorCode::invalid_argument, "a reason has 1 to 64 bytes of UTF-8");
        if (account.status == AccountStatus::closed)
          return failure(ErrorCode::account_closed, "the account is closed");
        const bool runs =
            !account.grants.empty() || std::any_of(account.flows.begin(), account.flows.end(),
                                                   [](const Flow& flow) { return flow.running(); });
        if (account.status == AccountStatus::locked && !runs) return ok();
        if (account.status == AccountStatus::locked) {
          // By wrong codes, or for an appeal: what still runs ends now.
          ++account.epoch;
          account.grants.clear();
          draft.note({.event = "account_locked", .personal = {{"reason", reason}}});
          return ok();
        }
        account.status = AccountStatus::locked;
        ++account.epoch;
        draft.note({.event = "account_locked", .personal = {{"reason", reason}}});
        const Fields fields = {{"reason", reason}};
        draft.send(event(account.key, "account_locked", fields, context.policy, context.now));
        tell_everyone(draft, account, "account_locked", fields, context.policy, context.now);
        return ok();
      });
}

/// Unlocks an account. Its failure counts begin anew: else the next wrong code would lock it again.
/// What was begun before it was locked is void.
inline Step<SecuritySettings> unlock(const AccountKey& key) {
  return detail::on_account(
      "unlock", key, detail::no_more,
      [](Account& account, Draft& draft, const Records&, const Context& context) -> result<void> {
        if (account.status == AccountStatus::closed)
          return failure(ErrorCode::account_closed, "the account is closed");
        if (account.status == AccountStatus::active) return ok();
        account.status = AccountStatus::active;
        ++account.epoch;
        account.grants.clear();
        account.failures.clear();
        draft.note({.event = "account_unlocked"});
        draft.send(event(account.key, "account_unlocked", {}, context.policy, context.now));
        tell_everyone(draft, account, "account_unlocked", {}, context.policy, context.now);
        return ok();
      });
}

/// The host has changed a password or another credential of the account: flows and grants from
/// before are void (A30).
inline Step<SecuritySettings> credentials_changed(const AccountKey& key) {
  return detail::on_account(
      "credentials_changed", key, detail::no_more,
      [](Account& account, Draft& draft, const Records&, const Context&) -> result<void> {
        ++account.epoch;
        account.grants.clear();
        draft.note({.event = "credentials_changed"});
        return ok();
      });
}

/// The language in which the account's owner is written to; empty: not known. Of a locked account,
/// too. It is personal: it goes when the account is erased.
inline Step<SecuritySettings> set_locale(const AccountKey& key, const std::string& locale) {
  return detail::on_account(
      "set_locale", key, detail::no_more,
      [locale](Account& account, Draft& draft, const Records&, const Context&) -> result<void> {
        RF_TRY(tag, parse_locale(locale));
        if (account.status == AccountStatus::closed)
          return failure(ErrorCode::account_closed, "the account is closed");
        if (account.locale == tag) return ok();
        account.locale = std::move(tag);
        AuditNote note{.event = "locale_set"};
        if (!account.locale.empty()) note.personal["locale"] = account.locale;
        draft.note(std::move(note));
        return ok();
      });
}

/// Closes an account for good: its addresses are released in the same commit and can be logged in
/// with no more. Of one that is closed it changes nothing.
inline Step<SecuritySettings> close(const AccountKey& key) {
  return detail::on_account(
      "close", key, detail::own_addresses(key),
      [](Account& account, Draft& draft, const Records& records,
         const Context& context) -> result<void> {
        if (account.status == AccountStatus::closed) return ok();
        account.status = AccountStatus::closed;
        ++account.epoch;
        account.grants.clear();
        draft.note({.event = "account_closed"});
        detail::release_addresses(account, draft, records, context);
        draft.send(event(account.key, "account_closed", {}, context.policy, context.now));
        tell_everyone(draft, account, "account_closed", {}, context.policy, context.now);
        return ok();
      });
}

/// Erases everything personal that is kept of an account, its messages too, and leaves a closed
/// one that has nothing but its id, its times and its audit trail: see `erase_audit`. The id is
/// never free again. Of one that is erased it changes nothing. Nobody is told but the host.
inline Step<SecuritySettings> erase(const AccountKey& key) {
  return detail::on_account(
      "erase", key, detail::own_addresses(key),
      [](Account& account, Draft& draft, const Records& records,
         const Context& context) -> result<void> {
        if (account.erased_at != 0) return ok();
        const bool open = account.status != AccountStatus::closed;
        std::set<Key> addresses;
        for (Key& one : detail::own_addresses(account.key)(records))
          addresses.insert(std::move(one));
        for (const Key& one : addresses) {
          const auto& address = std::get<AddressKey>(one);
          AddressEntry entry = entry_of(records, address);
          const Channel& channel = account.channel(address.address.kind());
          if (open && channel.verified() && *channel.address == address.address)
            leave(entry, account.key, context.policy, context.now);
          if (entry.released_by == account.key.id) entry.released_by.clear();
          const auto* before = records.get<AddressEntry>(address);
          if (before != nullptr && entry != *before) draft.put(std::move(entry));
        }
        account = Account{.key = account.key,
                          .status = AccountStatus::closed,
                          .created_at = account.created_at,
                          .epoch = account.epoch + 1,
                          .changes = std::move(account.changes),
                          .audit = account.audit,
                          .erased_at = context.now};
        draft.note({.event = "account_erased"});
        draft.forget_messages_of(account.key);
        draft.send(event(account.key, "account_erased", {}, context.policy, context.now));
        return ok();
      });
}

}  // namespace ringfence::workflow
