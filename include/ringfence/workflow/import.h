#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "ringfence/model/import_report.h"
#include "ringfence/workflow/association.h"
#include "ringfence/workflow/draft.h"
#include "ringfence/workflow/registration.h"

/// Existing users come in (DOMAIN 1): any number at once, any number of times, in any order.
/// Nothing is sent.
namespace ringfence::workflow {

namespace detail {

/// One batch being decided. Holds the records it touches as they shall be, since later rows depend
/// on earlier ones.
class Import {
 public:
  Import(const Records& records, const Context& context) : records_(records), context_(context) {}

  void add(std::size_t index, const NewAccount& row) {
    auto made = make(row);
    if (!made) return report_.refused.push_back({index, std::move(made).error()});
    if (!made.value()) {
      ++report_.present;
      return;
    }
    ++report_.imported;
    Account& account = *made.value();
    for (Channel& channel : account.channels) {
      if (!channel.verified()) continue;
      channel.imported = true;
      AddressState& address = address_of(account.key.realm, channel);
      channel.login_claim = join(address.entry, account.key, context_.policy, context_.now) ||
                            take_over(address.entry, account.key.id, channel);
      address.changed = true;
    }
  }

  Decision<ImportReport> finish() {
    if (report_.imported == 0) return Decision<ImportReport>(ChangeSet{}, std::move(report_));
    Draft draft(records_, context_);
    for (auto& [key, address] : addresses_) {
      address.changed ? draft.put(std::move(address.entry)) : draft.expect(key);
    }
    for (auto& [key, state] : accounts_) {
      if (state.fresh) {
        draft.note(registered("imported", state.account));
      } else if (state.lost.empty()) {
        draft.expect(key);
        continue;
      }
      for (const ChannelKind kind : state.lost) {
        draft.note({.event = "login_moved", .facts = {{"channel", std::string(name(kind))}}});
        ++report_.claims_moved;
      }
      draft.put(std::move(state.account));
    }
    return Decision<ImportReport>(draft.finish(), std::move(report_));
  }

 private:
  struct AddressState {
    AddressEntry entry;
    bool changed = false;
  };
  struct AccountState {
    Account account;
    bool fresh = false;
    std::set<ChannelKind> lost = {};  // whose claim went to another account
  };

  // The account of a row, without any claim yet; null if it is there already.
  result<Account*> make(const NewAccount& row) {
    RF_TRY_VOID(check_new(row));
    RF_TRY(begun, begin_account(row, context_.now));
    if (records_.get<Account>(row.key) != nullptr || accounts_.contains(row.key)) return nullptr;
    for (const Channel& channel : begun.channels) {
      if (channel.verified() &&
          at_capacity(address_of(row.key.realm, channel).entry, context_.policy)) {
        return address_is_full();
      }
    }
    const auto at = accounts_.emplace(row.key, AccountState{std::move(begun), true}).first;
    return &at->second.account;
  }

  AddressState& address_of(const std::string& realm, const Channel& channel) {
    const AddressKey key{realm, *channel.address};
    const auto found = addresses_.find(key);
    if (found != addresses_.end()) return found->second;
    return addresses_.emplace(key, AddressState{entry_of(records_, key)}).first->second;
  }

  // The claim of an imported holder goes to who proved the address before it, or at the same time
  // with a smaller id. So all who are imported end alike in any order.
  bool take_over(AddressEntry& entry, const std::string& id, const Channel& channel) {
    if (entry.login_holder.empty()) return false;
    AccountState* holder = account_of({entry.key.realm, entry.login_holder});
    if (holder == nullptr) return false;
    const ChannelKind kind = channel.address->kind();
    Channel& held = holder->account.channel(kind);
    if (!held.imported || !held.login_claim || held.address != channel.address ||
        std::tie(channel.proven_at, id) >= std::tie(held.proven_at, entry.login_holder)) {
      return false;
    }
    held.login_claim = false;
    if (!holder->fresh) holder->lost.insert(kind);
    entry.login_holder = id;
    return true;
  }

  AccountState* account_of(const AccountKey& key) {
    if (const auto found = accounts_.find(key); found != accounts_.end()) return &found->second;
    const auto* stored = records_.get<Account>(key);
    if (stored == nullptr) return nullptr;
    return &accounts_.emplace(key, AccountState{*stored}).first->second;
  }

  const Records& records_;
  const Context& context_;
  std::map<AddressKey, AddressState> addresses_;
  std::map<AccountKey, AccountState> accounts_;
  ImportReport report_;
};

}  // namespace detail

/// Imports accounts, all that can be in one commit. A row is refused if it is bad by itself
/// (`invalid_argument`) or an address of it is full (`address_at_capacity`).
inline Step<ImportReport> import_accounts(std::vector<NewAccount> accounts) {
  const auto rows = std::make_shared<const std::vector<NewAccount>>(std::move(accounts));
  const auto needs = [rows](const Records& records) {
    std::set<Key> keys;  // in order, and each once
    for (const NewAccount& row : *rows) {
      if (!check_new(row)) continue;  // what is no key is not asked for
      const bool present = records.get<Account>(row.key) != nullptr;
      for (Key& key : keys_of(row)) {
        const auto* entry =
            std::holds_alternative<AddressKey>(key) ? records.get<AddressEntry>(key) : nullptr;
        if (entry != nullptr && !present && !entry->login_holder.empty())
          keys.insert(AccountKey{row.key.realm, entry->login_holder});
        keys.insert(std::move(key));
      }
    }
    return std::vector<Key>(keys.begin(), keys.end());
  };
  const auto decide = [rows](const Records& records, const Context& context) {
    detail::Import import(records, context);
    for (std::size_t i = 0; i < rows->size(); ++i) import.add(i, (*rows)[i]);
    return import.finish();
  };
  return {"import_accounts", needs, decide};
}

}  // namespace ringfence::workflow
