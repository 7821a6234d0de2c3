#pragma once

#include <utility>

#include "ringfence/entropy.h"
#include "ringfence/step.h"

namespace ringfence::workflow {

/// A change set being written. What a decision looked at must be expected, so that the commit fails
/// if it has changed.
class Draft {
 public:
  Draft(const Records& records, const Context& context) : records_(records), draw_(context.seed) {
    change_.id = draw_.id();
  }

  Draw& draw() { return draw_; }

  /// The decision depends on this record being as it was loaded.
  void expect(const Key& key) {
    for (const ChangeSet::Expect& one : change_.expects) {
      if (one.key == key) return;
    }
    const Loaded* loaded = records_.find(key);
    change_.expects.push_back({key, loaded == nullptr ? 0 : loaded->version});
  }
  /// The record as it shall be.
  void put(Record record) {
    if (auto* account = std::get_if<Account>(&record)) {
      account->changes.push_back(change_.id);
      if (account->changes.size() > Account::max_changes)
        account->changes.erase(account->changes.begin());
    }
    expect(key_of(record));
    change_.puts.push_back({std::move(record), draw_.tag()});
  }
  void send(Message message) {
    message.id = draw_.id();
    change_.messages.push_back(std::move(message));
  }

  ChangeSet finish() { return std::move(change_); }

 private:
  const Records& records_;
  Draw draw_;
  ChangeSet change_;
};

}  // namespace ringfence::workflow
