#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
};

/// What the audit trail tells of an account that begins.
inline AuditNote registered(std::string event, const Account& account) {
  AuditNote note{.event = std::move(event), .facts = {{"kind", std::string(name(account.kind))}}};
  for (const ChannelKind kind : {ChannelKind::phone, ChannelKind::email}) {
    const Channel& channel = account.channel(kind);
    if (!channel.address) continue;
    note.facts[std::string(name(kind))] = channel.verified() ? "verified" : "unverified";
    note.personal[std::string(name(kind))] = channel.address->text();
  }
  return note;
}

/// Registers an account. Addresses the host attests are associated by the same rule as proven ones.
inline Step<SecuritySettings> register_account(const NewAccount& account) {
  std::vector<NewChannel> channels = {account.phone};
  if (account.email) channels.push_back(*account.email);
  const auto needs = [=](const Records&) {
    std::vector<Key> keys = {account.key};
    for (const NewChannel& channel : channels) {
      if (channel.proven_at != 0) keys.emplace_back(AddressKey{account.key.realm, channel.address});
    }
    return keys;
  };
  const auto decide = [=](const Records& records,
                          const Context& context) -> Decision<SecuritySettings> {
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
    if (records.get<Account>(account.key) != nullptr) {
      return failure(ErrorCode::account_exists, "the account is registered already");
    }
    Draft draft(records, context);
    Account made{.key = account.key,
                 .kind = account.kind,
                 .provider = account.provider,
                 .created_at = context.now};
    for (const NewChannel& channel : channels) {
      constexpr TimeMs year_2000 = 946'684'800'000;  // less was meant to be seconds
      if (channel.proven_at != 0 &&
          (channel.proven_at < year_2000 || channel.proven_at > context.now + max_clock_skew_ms)) {
        return failure(ErrorCode::invalid_argument,
                       "proven_at is not a time in the past, in milliseconds since 1970");
      }
      Channel& slot = made.channel(channel.address.kind());
      slot =
          Channel{.address = channel.address, .proven_at = channel.proven_at, .login_claim = false};
      if (!slot.verified()) continue;
      AddressEntry entry = entry_of(records, {account.key.realm, channel.address});
      if (at_capacity(entry, context.policy)) {
        return failure(ErrorCode::address_at_capacity,
                       "the address has as many accounts as allowed");
      }
      slot.login_claim = join(entry, account.key, context.policy, context.now);
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
