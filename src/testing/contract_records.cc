// The store contract: loading and committing records.
#include <cstdint>
#include <limits>
#include <string>

#include "testing/contract.h"

namespace ringfence::testing {
namespace {

using namespace testing_support;

// Every part that grows is there, and nothing has its default.
Account full_account(const std::string& id) {
  const Id128 some = fresh_id();
  Account account = sample_account(id);
  account.kind = AccountKind::federated;
  account.provider = "idp";
  account.locale = "zh-Hans-CN";
  account.status = AccountStatus::locked;
  account.channel(ChannelKind::phone) = {phone_address(), 5, true};
  account.channel(ChannelKind::email) = {email_address("Lion+x@example.com"), 0, false, true};
  account.epoch = std::numeric_limits<std::uint64_t>::max();
  Flow flow;
  flow.id = some;
  flow.operation = "delete everything";
  flow.challenge = Challenge{.destination = email_address()};
  flow.target = phone_address("+390600000000");
  account.flows = {flow, Flow{}};
  account.grants = {{.flow = some, .operation = "pay", .given_at = 1, .used_by = fresh_id()}};
  account.appeal = Appeal{};
  account.appeal->evidence = "a letter";
  account.failures = {{Role::target, email_address(), 3, 99}};
  account.own_sends = {1, 2, 3};
  account.target_sends = {std::numeric_limits<TimeMs>::max()};
  account.former = {{phone_address("+390600000001"), 7}};
  account.replies = {{.request = some, .step = fresh_id(), .at = 8}};
  account.changes = {fresh_id(), fresh_id()};
  account.audit = {{12, fresh_id()}, {3, fresh_id()}};
  return account;
}

std::string text(std::size_t bytes, char fill) { return std::string(bytes, fill); }

// Proves D1.2.
STORE_LINE(LoadsInTheOrderOfTheKeysAndSaysWhatIsAbsent) {
  const auto put = Change().put(sample_account("ann")).put(sample_source("192.0.2.0/24"));
  ASSERT_EQ(tested.store().commit(put, 0), CommitOutcome::committed);
  const std::vector<Key> keys = {office, number, ann, ann, AccountKey{"", "ann"}};
  const auto loaded = tested.store().load(keys, 0).value();
  ASSERT_EQ(loaded.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(loaded[i].key, keys[i]);
  EXPECT_EQ(std::get<Source>(loaded[0].record.value()), sample_source("192.0.2.0/24"));
  EXPECT_EQ(loaded[0].version, put.set.puts[1].version);
  EXPECT_FALSE(loaded[1].record);
  EXPECT_EQ(loaded[1].version, 0U);
  EXPECT_EQ(std::get<Account>(loaded[2].record.value()), sample_account("ann"));
  EXPECT_EQ(loaded[2].version, put.set.puts[0].version);
  EXPECT_EQ(loaded[3].version, put.set.puts[0].version);
  EXPECT_FALSE(loaded[4].record);  // another realm is another world
}

STORE_LINE(LoadsNothingAndAThousand) {
  EXPECT_TRUE(tested.store().load({}, 0).value().empty());
  Change change;
  for (int i = 0; i < 1000; i += 10) change.put(sample_source(std::to_string(i)));
  ASSERT_EQ(tested.store().commit(change, 0), CommitOutcome::committed);
  std::vector<Key> keys;
  for (int i = 999; i >= 0; --i) keys.emplace_back(SourceKey{"shop", std::to_string(i)});
  const auto loaded = tested.store().load(keys, 0).value();
  ASSERT_EQ(loaded.size(), 1000U);
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(loaded[i].key, keys[i]);
    EXPECT_EQ(loaded[i].record.has_value(), (999 - i) % 10 == 0) << i;
  }
}

STORE_LINE(KeepsEveryKindOfRecordAsItWasPut) {
  const Account account = full_account("ann");
  AddressEntry entry = sample_entry(email_address("Lion+x@example.com"), 3);
  entry.login_holder = "ann";
  entry.released_at = 5;
  entry.released_by = "bob";
  entry.sends = {4, 5};
  entry.forget_at = std::numeric_limits<TimeMs>::max();
  Source source = sample_source("2001:db8::/48");
  source.forget_at = 9;
  const AuditEntry audit = sample_audit(std::numeric_limits<std::uint32_t>::max());
  const auto change = Change().put(account).put(entry).put(source).put(audit);
  ASSERT_EQ(tested.store().commit(change, 0), CommitOutcome::committed);
  for (const ChangeSet::Put& put : change.set.puts) {
    const Loaded loaded = load_one(tested.store(), key_of(put.record));
    EXPECT_TRUE(loaded.record == put.record) << put.record.index();
    EXPECT_EQ(loaded.version, put.version);
  }
}

STORE_LINE(APutReplacesTheWholeRecord) {
  const auto first = Change().put(full_account("ann"));
  ASSERT_EQ(tested.store().commit(first, 0), CommitOutcome::committed);
  const auto second = Change().put(sample_account("ann"), first.set.puts[0].version);
  ASSERT_EQ(tested.store().commit(second, 0), CommitOutcome::committed);
  EXPECT_EQ(std::get<Account>(load_one(tested.store(), ann).record.value()), sample_account("ann"));
}

STORE_LINE(KeepsTextsAndLargeRecordsAsTheyAre) {
  std::string odd;
  for (char c = 1; c < 127; ++c) odd += c;
  odd += "\x7f'; -- \"\\ \r\n\t ä 漢 \xF0\x9F\x90\xA6 \xE2\x80\xAE";
  Account account = sample_account("ann");
  account.appeal = Appeal{};
  account.appeal->evidence = text(200'000, 'x') + odd;
  account.provider = odd;
  Source source = sample_source(odd);
  source.sends.assign(20'000, 1'700'000'000'123);
  Message message = sample_message(1);
  message.fields = {{odd, text(200'000, 'y')}, {"", odd}};
  message.trace_id = odd;
  ASSERT_EQ(tested.store().commit(Change().put(account).put(source).send(message), 0),
            CommitOutcome::committed);
  EXPECT_TRUE(std::get<Account>(load_one(tested.store(), ann).record.value()) == account);
  EXPECT_TRUE(std::get<Source>(load_one(tested.store(), source.key).record.value()) == source);
  EXPECT_TRUE(tested.store().messages(ann, 5, 0).value().at(0) == message);
}

STORE_LINE(KeysThatOnlyLookAlikeAreDifferent) {
  const std::vector<AccountKey> keys = {{"shop", "ann"},
                                        {"shop", "Ann"},
                                        {"shop", "ann "},
                                        {"shop", " ann"},
                                        {"shop", "ann\t"},
                                        {"shop", "an%"},
                                        {"shop", "an_"},
                                        {"shop", "ann/"},
                                        {"Shop", "ann"},
                                        {"shop ", "ann"},
                                        {"", "ann"},
                                        {"", "shopann"},
                                        {"shopa", "nn"},
                                        {"shop/ann", "x"},
                                        {"shop", "ann/x"},
                                        {"shop", "null"},
                                        {"shop", "0"},
                                        {"shop", "00"},
                                        {"shop", "1e2"},
                                        {"shop", "100"},
                                        {"shop", "100.0"},
                                        {"shop", "'"},
                                        {"shop", "''"},
                                        {"shop", "\""},
                                        {"shop", "\\"},
                                        {"shop", "\xC3\xA4nn"},
                                        {"shop", "a\xCC\x88nn"},
                                        {"shop",
                                         "stra\xC3\x9F"
                                         "e"},
                                        {"shop", "strasse"},
                                        {"shop", "\x01"},
                                        {"shop", "\x1f"},
                                        {"shop\x1f", "ann"},
                                        {"shop",
                                         "\x1f"
                                         "ann"},
                                        {"shop", text(128, 'x')},
                                        {"shop", text(127, 'x') + "y"},
                                        {text(128, 'x'), "ann"},
                                        {text(128, 'x'), text(128, 'x')}};
  Change change;
  std::uint64_t count = 0;
  for (const AccountKey& key : keys) {
    Account account = sample_account(key.id, key.realm);
    account.epoch = ++count;
    Source source{.key = {key.realm, key.id}, .sends = {static_cast<TimeMs>(count)}};
    change.put(account).put(source).put(sample_audit(count, key.id));
    std::get<AuditEntry>(change.set.puts.back().record).key.account.realm = key.realm;
    std::get<AuditKey>(change.set.expects.back().key).account.realm = key.realm;
  }
  ASSERT_EQ(tested.store().commit(change, 0), CommitOutcome::committed);
  for (const ChangeSet::Put& put : change.set.puts) {
    const Loaded loaded = load_one(tested.store(), key_of(put.record));
    ASSERT_TRUE(loaded.record);
    EXPECT_TRUE(*loaded.record == put.record);
    EXPECT_EQ(loaded.version, put.version);
  }
}

STORE_LINE(KeepsAuditEntriesByTheirNumbers) {
  const AuditEntry first = sample_audit(1);
  const AuditEntry tenth = sample_audit(10);
  ASSERT_EQ(tested.store().commit(Change().put(first).put(tenth), 0), CommitOutcome::committed);
  EXPECT_EQ(std::get<AuditEntry>(load_one(tested.store(), first.key).record.value()), first);
  EXPECT_EQ(std::get<AuditEntry>(load_one(tested.store(), tenth.key).record.value()), tenth);
  EXPECT_FALSE(load_one(tested.store(), AuditKey{ann, 2}).record);
  EXPECT_FALSE(load_one(tested.store(), (AuditKey{{"shop", "bob"}, 1})).record);
  EXPECT_EQ(tested.store().commit(Change().put(sample_audit(1)), 0), CommitOutcome::conflict);
}

STORE_LINE(EveryBitOfAVersionCounts) {
  Version before = 0;
  for (const Version version : {Version{1}, (Version{1} << 53U) + 1, Version{1} << 63U,
                                (Version{1} << 63U) - 1, ~Version{0}}) {
    Change change = Change().put(sample_account("ann"), before);
    change.set.puts[0].version = version;
    ASSERT_EQ(tested.store().commit(change, 0), CommitOutcome::committed);
    EXPECT_EQ(load_one(tested.store(), ann).version, version);
    for (const unsigned bit : {0U, 8U, 31U, 32U, 53U, 63U}) {
      const auto other = Change().put(sample_account("ann"), version ^ Version{1} << bit);
      EXPECT_EQ(tested.store().commit(other, 0), CommitOutcome::conflict) << bit;
    }
    before = version;
  }
}

STORE_LINE(ARecordThatIsThereConflictsWithOneThatShouldNotBe) {
  ASSERT_EQ(tested.store().commit(Change().put(sample_account("ann")), 0),
            CommitOutcome::committed);
  EXPECT_EQ(tested.store().commit(Change().put(sample_account("ann")), 0), CommitOutcome::conflict);
}

STORE_LINE(ARecordThatIsNotThereConflictsWithOneThatShouldBe) {
  EXPECT_EQ(tested.store().commit(Change().put(sample_account("ann"), 7), 0),
            CommitOutcome::conflict);
  EXPECT_FALSE(load_one(tested.store(), ann).record);
}

STORE_LINE(AnOldTagConflicts) {
  const auto first = Change().put(sample_account("ann"));
  ASSERT_EQ(tested.store().commit(first, 0), CommitOutcome::committed);
  const Version old = load_one(tested.store(), ann).version;
  ASSERT_EQ(tested.store().commit(Change().put(sample_account("ann"), old), 0),
            CommitOutcome::committed);
  EXPECT_EQ(tested.store().commit(Change().put(sample_account("ann"), old), 0),
            CommitOutcome::conflict);
}

STORE_LINE(WhatWasOnlyDecidedUponConflictsToo) {
  Store& store = tested.store();
  ASSERT_EQ(store.commit(Change().put(sample_entry(phone_address())), 0), CommitOutcome::committed);
  const Version there = load_one(store, number).version;
  for (const auto& stale :
       {Change().expect(number, 0), Change().expect(number, there + 1), Change().expect(office, 5)})
    EXPECT_EQ(store.commit(Change(stale).put(sample_account("ann")), 0), CommitOutcome::conflict);
  EXPECT_FALSE(load_one(store, ann).record);
  // What holds does not hinder, and what was only expected stays as it is.
  EXPECT_EQ(
      store.commit(Change().expect(number, there).expect(office, 0).put(sample_account("ann")), 0),
      CommitOutcome::committed);
  EXPECT_EQ(load_one(store, number).version, there);
  EXPECT_FALSE(load_one(store, office).record);
}

STORE_LINE(MessagesAloneAreCommittedOnlyIfTheExpectationsHold) {
  Store& store = tested.store();
  ASSERT_EQ(store.commit(Change().put(sample_account("ann")), 0), CommitOutcome::committed);
  EXPECT_EQ(store.commit(Change().expect(ann, 0).send(sample_message(1)), 0),
            CommitOutcome::conflict);
  EXPECT_EQ(pending(store), 0U);
  EXPECT_EQ(
      store.commit(Change().expect(ann, load_one(store, ann).version).send(sample_message(1)), 0),
      CommitOutcome::committed);
  EXPECT_EQ(pending(store), 1U);
}

// Proves R12, I3.
STORE_LINE(OneFailedExpectationLeavesEverythingAsItWas) {
  Store& store = tested.store();
  const auto before = Change()
                          .put(sample_account("ann"))
                          .put(sample_entry(phone_address(), 1))
                          .put(sample_audit(1))
                          .send(sample_message(1));
  ASSERT_EQ(store.commit(before, 0), CommitOutcome::committed);
  const Version version = load_one(store, ann).version;
  const Version entry_version = load_one(store, number).version;
  Account changed = sample_account("ann");
  changed.epoch = 9;
  Change change = Change()
                      .put(changed, version)
                      .put(sample_source("192.0.2.0/24"))
                      .erase(AuditKey{ann, 1}, load_one(store, AuditKey{ann, 1}).version)
                      .put(sample_entry(phone_address(), 2), 12345)  // not its version
                      .send(sample_message(1));
  change.set.forget_messages_of = ann;
  EXPECT_EQ(store.commit(change, 0), CommitOutcome::conflict);
  EXPECT_EQ(load_one(store, ann).version, version);
  EXPECT_EQ(epoch_of(store, ann), 0U);
  EXPECT_EQ(load_one(store, number).version, entry_version);
  EXPECT_FALSE(load_one(store, office).record);
  EXPECT_TRUE(load_one(store, AuditKey{ann, 1}).record);
  const auto messages = store.messages(ann, 10, 0).value();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].id, before.set.messages[0].id);
}

STORE_LINE(ManyRecordsAreCommittedTogetherOrNotAtAll) {
  constexpr int many = 256;
  const auto account = [](int i) { return sample_account("user-" + std::to_string(i)); };
  Change change;
  for (int i = 0; i < many; ++i) {
    change.put(account(i))
        .put(sample_entry(phone_address("+39061234" + std::to_string(1000 + i))))
        .put(sample_audit(1, account(i).key.id))
        .send(sample_message(i, account(i).key.id));
  }
  Change late = change;  // the last expectation does not hold
  late.expect(office, 1);
  EXPECT_EQ(tested.store().commit(late, 0), CommitOutcome::conflict);
  for (const int i : {0, many / 2, many - 1})
    EXPECT_FALSE(load_one(tested.store(), account(i).key).record);
  EXPECT_EQ(tested.store().commit(change, 0), CommitOutcome::committed);
  for (const ChangeSet::Put& put : change.set.puts)
    ASSERT_EQ(load_one(tested.store(), key_of(put.record)).version, put.version);
  EXPECT_EQ(pending(tested.store()), static_cast<std::size_t>(many));
}

STORE_LINE(WhatIsErasedIsGoneAndMadeAgainItDoesNotLookUnchanged) {
  Store& store = tested.store();
  const auto put = Change()
                       .put(sample_account("ann"))
                       .put(sample_entry(phone_address()))
                       .put(sample_source("192.0.2.0/24"))
                       .put(sample_audit(1));
  ASSERT_EQ(store.commit(put, 0), CommitOutcome::committed);
  for (const ChangeSet::Put& one : put.set.puts) {
    const Key key = key_of(one.record);
    const Version version = load_one(store, key).version;
    EXPECT_EQ(store.commit(Change().erase(key, version + 1), 0), CommitOutcome::conflict);
    EXPECT_TRUE(load_one(store, key).record);
    EXPECT_EQ(store.commit(Change().erase(key, version), 0), CommitOutcome::committed);
    EXPECT_FALSE(load_one(store, key).record);
    EXPECT_EQ(load_one(store, key).version, 0U);
    ASSERT_EQ(store.commit(Change().put(one.record), 0), CommitOutcome::committed);
    EXPECT_EQ(store.commit(Change().erase(key, version), 0), CommitOutcome::conflict);
    EXPECT_EQ(store.commit(Change().put(one.record, version), 0), CommitOutcome::conflict);
    EXPECT_TRUE(load_one(store, key).record);
  }
}

// One that is not well formed is a defect of its maker; a store does nothing by halves even then.
STORE_LINE(AChangeSetThatIsNotWellFormedIsRefusedWhole) {
  Store& store = tested.store();
  ASSERT_EQ(store.commit(Change().put(sample_account("ann")), 0), CommitOutcome::committed);
  const Version version = load_one(store, ann).version;

  Change unexpected = Change().put(sample_account("bob")).send(sample_message(1));
  unexpected.set.puts.push_back({sample_source("192.0.2.0/24"), 5});
  Change untagged = Change().put(sample_account("bob"));
  untagged.set.puts[0].version = 0;
  Change expected_twice = Change().put(sample_account("bob")).expect(ann, version);
  expected_twice.expect(ann, version);
  Change put_twice = Change().put(sample_account("bob"));
  put_twice.set.puts.push_back(put_twice.set.puts[0]);
  Change blind;
  blind.set.erases.emplace_back(ann);
  Change put_and_erased = Change().put(sample_account("ann"), version);
  put_and_erased.set.erases.emplace_back(ann);
  Change erased_twice = Change().erase(ann, version);
  erased_twice.set.erases.emplace_back(ann);

  for (const Change& change :
       {unexpected, untagged, expected_twice, put_twice, blind, put_and_erased, erased_twice})
    EXPECT_EQ(store.commit(change, 0), CommitOutcome::unavailable);
  EXPECT_EQ(load_one(store, ann).version, version);
  EXPECT_FALSE(load_one(store, AccountKey{"shop", "bob"}).record);
  EXPECT_FALSE(load_one(store, office).record);
  EXPECT_EQ(pending(store), 0U);
}

// Proves I1.
STORE_LINE(WhatWasCommittedIsThereAfterReopening) {
  const auto first = Change().put(full_account("ann")).put(sample_entry(phone_address()));
  ASSERT_EQ(tested.store().commit(first, 0), CommitOutcome::committed);
  const auto second = Change()
                          .put(sample_source("192.0.2.0/24"))
                          .put(sample_audit(1))
                          .erase(number, first.set.puts[1].version);
  ASSERT_EQ(tested.store().commit(second, 0), CommitOutcome::committed);
  for (int times = 0; times < 2; ++times) {
    if (!tested.reopen()) return;  // it keeps nothing, and does not say so
    const Loaded account = load_one(tested.store(), ann);
    EXPECT_TRUE(account.record == first.set.puts[0].record);
    EXPECT_EQ(account.version, first.set.puts[0].version);
    EXPECT_FALSE(load_one(tested.store(), number).record);
    for (const ChangeSet::Put& put : second.set.puts) {
      const Loaded loaded = load_one(tested.store(), key_of(put.record));
      EXPECT_TRUE(loaded.record == put.record);
      EXPECT_EQ(loaded.version, put.version);
    }
  }
  EXPECT_EQ(tested.store().commit(Change().put(sample_account("ann")), 0), CommitOutcome::conflict);
  EXPECT_EQ(
      tested.store().commit(Change().put(sample_account("ann"), first.set.puts[0].version), 0),
      CommitOutcome::committed);
}

}  // namespace

std::span<const ContractLine> record_lines() {
  static constexpr ContractLine lines[] = {
      LISTED(LoadsInTheOrderOfTheKeysAndSaysWhatIsAbsent),
      LISTED(LoadsNothingAndAThousand),
      LISTED(KeepsEveryKindOfRecordAsItWasPut),
      LISTED(APutReplacesTheWholeRecord),
      LISTED(KeepsTextsAndLargeRecordsAsTheyAre),
      LISTED(KeysThatOnlyLookAlikeAreDifferent),
      LISTED(KeepsAuditEntriesByTheirNumbers),
      LISTED(EveryBitOfAVersionCounts),
      LISTED(ARecordThatIsThereConflictsWithOneThatShouldNotBe),
      LISTED(ARecordThatIsNotThereConflictsWithOneThatShouldBe),
      LISTED(AnOldTagConflicts),
      LISTED(WhatWasOnlyDecidedUponConflictsToo),
      LISTED(MessagesAloneAreCommittedOnlyIfTheExpectationsHold),
      LISTED(OneFailedExpectationLeavesEverythingAsItWas),
      LISTED(ManyRecordsAreCommittedTogetherOrNotAtAll),
      LISTED(WhatIsErasedIsGoneAndMadeAgainItDoesNotLookUnchanged),
      LISTED(AChangeSetThatIsNotWellFormedIsRefusedWhole),
      LISTED(WhatWasCommittedIsThereAfterReopening),
  };
  return lines;
}

}  // namespace ringfence::testing
