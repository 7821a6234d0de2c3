#pragma once

#include <set>
#include <utility>
#include <vector>

#include "ringfence/step.h"
#include "ringfence/workflow/audit_chain.h"

namespace ringfence::workflow {

/// A change set being written. What a decision looked at must be expected, so that the commit fails
/// if it has changed.
class Draft {
 public:
  Draft(const Records& records, const Context& context)
      : records_(records), context_(context), draw_(context.seed) {
    change_.id = draw_.id();
  }

  Draw& draw() { return draw_; }

  /// The decision depends on this record being as it was loaded.
  void expect(const Key& key) {
    if (!expected_.insert(key).second) return;
    const Loaded* loaded = records_.find(key);
    change_.expects.push_back({key, loaded == nullptr ? 0 : loaded->version});
  }
  /// What is being done to the account that will be put: an entry of its audit trail.
  void note(AuditNote event) { notes_.push_back(std::move(event)); }
  /// What was noted is not done after all.
  void forget_notes() { notes_.clear(); }
  /// The account as it shall be, and what was noted about it.
  void put(Account account) {
    account.changes.push_back(change_.id);
    if (account.changes.size() > Account::max_changes)
      account.changes.erase(account.changes.begin());
    for (AuditNote& event : notes_) {
      put_record(chain(account, std::move(event), context_, draw_));
    }
    notes_.clear();
    locale_ = account.locale;
    put_record(std::move(account));
  }
  void put(AddressEntry entry) { put_record(std::move(entry)); }
  void put(Source source) { put_record(std::move(source)); }
  /// An audit entry that is there already, with its personal facts erased.
  void put(AuditEntry entry) { put_record(std::move(entry)); }
  void erase(const Key& key) {
    expect(key);
    change_.erases.push_back(key);
  }
  /// Returns the message's id.
  Id128 send(Message message) {
    const Id128 id = draw_.id();
    message.id = id;
    message.trace_id = context_.trace_id;
    change_.messages.push_back(std::move(message));
    return id;
  }
  /// Every message of the account is removed, but for those sent in this change.
  void forget_messages_of(const AccountKey& account) { change_.forget_messages_of = account; }

  /// People are written to in the language of the account that is put: here, so that no message
  /// forgets it.
  ChangeSet finish() {
    for (Message& message : change_.messages) {
      if (message.destination) message.locale = locale_;
    }
    return std::move(change_);
  }

 private:
  void put_record(Record record) {
    expect(key_of(record));
    change_.puts.push_back({std::move(record), draw_.tag()});
  }

  const Records& records_;
  const Context& context_;
  Draw draw_;
  ChangeSet change_;
  std::set<Key> expected_;  // an import expects thousands
  std::vector<AuditNote> notes_;
  std::string locale_;
};

}  // namespace ringfence::workflow
