#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ringfence/model/locale.h"
#include "ringfence/workflow/association.h"
#include "ringfence/workflow/draft.h"
#include "ringfence/workflow/flow_edit.h"
#include "ringfence/workflow/settings_view.h"

/// The life of an account outside its flows (DOMAIN 1), and what is only looked at.
namespace ringfence::workflow {

/// An address as the host registers it.
struct NewChannel {
  Address address;
  TimeMs proven_at = 0;  ///< When the host saw it proven, not before 2000; 0: it did not.
};

struct NewAccount {
  AccountKey key;
  AccountKind kind = AccountKind::standalone;
  std::string provider = {};
  NewChannel phone;
  std::optional<NewChannel> email = {};
  std::string locale = {};  ///< As `parse_locale` takes it; empty: not known.
};

/// What the audit trail tells of an account that begins.
inline AuditNote registered(std::string event, const Account& account) {
  AuditNote note{.event = std::move(event), .facts = {{"kind", std::string(name(account.kind))}}};
  if (!account.locale.empty()) note.personal["locale"] = account.locale;
  for (const ChannelKind kind : {ChannelKind::phone, ChannelKind::email}) {
    const Channel& channel = account.channel(kind);
    if (!channel.address) continue;
    note.facts[std::string(name(kind))] = channel.verified() ? "verified" : "unverified";
    note.personal[std::string(name(kind))] = channel.address->text();
  }
  return note;
}

/// The key of an account to be, and those of the addresses the host attests.
inline std::vector<Key> keys_of(const NewAccount& account) {
  std::vector<Key> keys = {account.key};
  const auto attested = [&](const NewChannel& channel) {
    if (channel.proven_at != 0) keys.emplace_back(AddressKey{account.key.realm, channel.address});
  };
  attested(account.phone);
  if (account.email) attested(*account.email);
  return keys;
}

/// What is wrong with an account to be, whatever is stored and whenever it is asked.
inline result<void> check_new(const NewAccount& account) {
  if (!valid_text(account.key.id, 1, 128) || !valid_text(account.key.realm, 0, 128) ||
      !valid_text(account.provider, 0, 128)) {
    return failure(
        ErrorCode::invalid_argument,
        "an account id has 1 to 128 bytes of UTF-8 without NUL, a realm and a provider 0 to 128");
  }
  if (account.kind != AccountKind::standalone && account.kind != AccountKind::federated)
    return failure(ErrorCode::invalid_argument, "an account is standalone or federated");
  if (account.kind == AccountKind::standalone && !account.provider.empty())
    return failure(ErrorCode::invalid_argument, "only a federated account has a provider");
  if (account.phone.address.kind() != ChannelKind::phone ||
      (account.email && account.email->address.kind() != ChannelKind::email)) {
    return failure(ErrorCode::invalid_argument,
                   "the phone is a number and the email an email address");
  }
  RF_TRY_VOID(parse_locale(account.locale));
  return ok();
}

/// An account as it begins, before it is associated with anything. Refuses what was not proven in
/// the past.
inline result<Account> begin_account(const NewAccount& account, TimeMs now) {
  Account made{
      .key = account.key, .kind = account.kind, .provider = account.provider, .created_at = now};
  made.channel(ChannelKind::phone) = {.address = account.phone.address,
                                      .proven_at = account.phone.proven_at};
  if (account.email) {
    made.channel(ChannelKind::email) = {.address = account.email->address,
                                        .proven_at = account.email->proven_at};
  }
  RF_TRY(locale, parse_locale(account.locale));
  made.locale = std::move(locale);
  for (const Channel& channel : made.channels) {
    constexpr TimeMs year_2000 = 946'684'800'000;  // less was meant to be seconds
    if (channel.proven_at != 0 &&
        (channel.proven_at < year_2000 || channel.proven_at > now + max_clock_skew_ms)) {
      return failure(ErrorCode::invalid_argument,
                     "proven_at is not a time in the past, in milliseconds since 1970");
    }
  }
  return made;
}

inline Failure address_is_full() {
  return failure(ErrorCode::address_at_capacity, "the address has as many accounts as allowed");
}

/// Registers an account. Addresses the host attests are associated by the same rule as proven ones.
inline Step<SecuritySettings> register_account(const NewAccount& account) {
  const auto needs = [=](const Records&) { return keys_of(account); };
  const auto decide = [=](const Records& records,
                          const Context& context) -> Decision<SecuritySettings> {
    if (const auto good = check_new(account); !good) return good.error();
    if (records.get<Account>(account.key) != nullptr) {
      return failure(ErrorCode::account_exists, "the account is registered already");
    }
    auto begun = begin_account(account, context.now);
    if (!begun) return begun.error();
    Account made = std::move(begun).value();
    Draft draft(records, context);
    for (Channel& channel : made.channels) {
      if (!channel.verified()) continue;
      AddressEntry entry = entry_of(records, {account.key.realm, *channel.address});
      if (at_capacity(entry, context.policy)) return address_is_full();
      channel.login_claim = join(entry, account.key, context.policy, context.now);
      draft.put(std::move(entry));
    }
    draft.note(registered("registered", made));
    SecuritySettings view = settings_of(made, context.policy, context.now);
    draft.put(std::move(made));
    return Decision<SecuritySettings>(draft.finish(), std::move(view));
  };
  return {"register_account", needs, decide};
}

/// Makes a federated account standalone; nothing else about it changes. Of a standalone one it
/// changes nothing.
inline Step<SecuritySettings> upgrade(const AccountKey& key) {
  const auto needs = [key](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [key](const Records& records,
                            const Context& context) -> Decision<SecuritySettings> {
    const auto* found = records.get<Account>(key);
    if (found == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    Account account = *found;
    const bool federated = account.kind == AccountKind::federated;
    if (const auto active = check_active(account); !active) return active.error();
    account.kind = AccountKind::standalone;
    account.provider.clear();
    SecuritySettings view = settings_of(account, context.policy, context.now);
    if (!federated) return Decision<SecuritySettings>(ChangeSet{}, std::move(view));
    Draft draft(records, context);
    draft.note({.event = "upgraded"});
    draft.put(std::move(account));
    return Decision<SecuritySettings>(draft.finish(), std::move(view));
  };
  return {"upgrade", needs, decide};
}

/// What the owner sees. Changes nothing.
inline Step<SecuritySettings> settings(const AccountKey& key) {
  const auto needs = [key](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [key](const Records& records,
                            const Context& context) -> Decision<SecuritySettings> {
    const auto* found = records.get<Account>(key);
    if (found == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    return Decision<SecuritySettings>(ChangeSet{},
                                      settings_of(*found, context.policy, context.now));
  };
  return {"settings", needs, decide};
}

/// The whole record of an account. Changes nothing.
inline Step<Account> record_of(const AccountKey& key) {
  const auto needs = [key](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [key](const Records& records, const Context&) -> Decision<Account> {
    const auto* found = records.get<Account>(key);
    if (found == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    return Decision<Account>(ChangeSet{}, *found);
  };
  return {"record", needs, decide};
}

/// Who may log in with an address: an account id, or nobody. Only a held claim counts (DOMAIN 3).
inline Step<std::optional<std::string>> resolve_login(const AddressKey& key) {
  using Holder = std::optional<std::string>;
  const auto needs = [key](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [key](const Records& records, const Context& context) -> Decision<Holder> {
    Holder holder;
    const auto* entry = records.get<AddressEntry>(key);
    if (entry != nullptr && !entry->login_holder.empty() &&
        policy_of(context.policy, key.address.kind()).login) {
      holder = entry->login_holder;
    }
    return Decision<Holder>(ChangeSet{}, std::move(holder));
  };
  return {"resolve_login", needs, decide};
}

}  // namespace ringfence::workflow
