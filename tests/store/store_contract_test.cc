// What every store promises (`ringfence/store.h`), of all stores in one process.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ringfence/store/memory.h"
#include "ringfence/store/sqlite.h"
#include "store/samples.h"
#include "support/temp_dir.h"

namespace ringfence {
namespace {

using namespace testing_support;

struct Memory {
  std::unique_ptr<Store> store = make_memory_store();
};

struct Sqlite {
  TempDir dir;
  std::unique_ptr<Store> store = open_sqlite_store(dir.file("store.db")).value();
};

struct Attached {
  Attached() {
    EXPECT_EQ(sqlite3_open(dir.file("host.db").c_str(), &connection), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(connection, "BEGIN", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_TRUE(SqliteSession(connection).create_tables());
    EXPECT_EQ(sqlite3_exec(connection, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
    store = attach_sqlite_store(connection);
  }
  ~Attached() { EXPECT_EQ(sqlite3_close(connection), SQLITE_OK) << "no statement is left open"; }
  TempDir dir;
  sqlite3* connection = nullptr;
  std::unique_ptr<Store> store;
};

template <class Made>
class StoreContract : public ::testing::Test {
 protected:
  Store& store() { return *made_.store; }
  CommitOutcome commit(const ChangeSet& change) { return store().commit(change, 0); }
  std::size_t pending() { return store().take(far_future, 1, 1'000'000, {}).value().size(); }

  static constexpr TimeMs far_future = 4'000'000'000'000;

 private:
  Made made_;
};

using Stores = ::testing::Types<Memory, Sqlite, Attached>;
TYPED_TEST_SUITE(StoreContract, Stores);

const AccountKey ann{"shop", "ann"};
const AddressKey number{"shop", phone_address()};
const SourceKey office{"shop", "192.0.2.0/24"};

// Proves D1.2.
TYPED_TEST(StoreContract, LoadsInTheOrderOfTheKeysAndSaysWhatIsAbsent) {
  const auto put = Change().put(sample_account("ann")).put(sample_source("192.0.2.0/24"));
  ASSERT_EQ(this->commit(put), CommitOutcome::committed);
  const std::vector<Key> keys = {office, number, ann, ann, AccountKey{"", "ann"}};
  const auto loaded = this->store().load(keys, 0).value();
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

TYPED_TEST(StoreContract, KeepsEveryKindOfRecordAsItWasPut) {
  Account account = sample_account("änn \"'\x01");
  account.channel(ChannelKind::phone) = {phone_address(), 5, true};
  account.channel(ChannelKind::email) = {email_address(), 0, false};
  const AddressEntry entry = sample_entry(email_address("Lion+x@example.com"), 3);
  ASSERT_EQ(this->commit(Change().put(account).put(entry)), CommitOutcome::committed);
  EXPECT_EQ(std::get<Account>(load_one(this->store(), account.key).record.value()), account);
  EXPECT_EQ(std::get<AddressEntry>(load_one(this->store(), entry.key).record.value()), entry);
}

TYPED_TEST(StoreContract, KeepsAuditEntriesByTheirNumbers) {
  const AuditEntry first = sample_audit(1);
  const AuditEntry tenth = sample_audit(10);
  ASSERT_EQ(this->commit(Change().put(first).put(tenth)), CommitOutcome::committed);
  EXPECT_EQ(std::get<AuditEntry>(load_one(this->store(), first.key).record.value()), first);
  EXPECT_EQ(std::get<AuditEntry>(load_one(this->store(), tenth.key).record.value()), tenth);
  EXPECT_FALSE(load_one(this->store(), AuditKey{ann, 2}).record);
  EXPECT_FALSE(load_one(this->store(), (AuditKey{{"shop", "bob"}, 1})).record);
  EXPECT_EQ(this->commit(Change().put(sample_audit(1))), CommitOutcome::conflict);
}

TYPED_TEST(StoreContract, WhatIsErasedIsGoneAndItsOldTagConflicts) {
  const auto put = Change()
                       .put(sample_account("ann"))
                       .put(sample_entry(phone_address()))
                       .put(sample_source("192.0.2.0/24"))
                       .put(sample_audit(1));
  ASSERT_EQ(this->commit(put), CommitOutcome::committed);
  for (const ChangeSet::Put& one : put.set.puts) {
    const Key key = key_of(one.record);
    EXPECT_EQ(this->commit(Change().erase(key, one.version + 1)), CommitOutcome::conflict);
    EXPECT_TRUE(load_one(this->store(), key).record);
    EXPECT_EQ(this->commit(Change().erase(key, one.version)), CommitOutcome::committed);
    EXPECT_FALSE(load_one(this->store(), key).record);
    EXPECT_EQ(load_one(this->store(), key).version, 0U);
    // Made again it does not look unchanged.
    ASSERT_EQ(this->commit(Change().put(one.record)), CommitOutcome::committed);
    EXPECT_EQ(this->commit(Change().erase(key, one.version)), CommitOutcome::conflict);
  }
}

TYPED_TEST(StoreContract, WhatIsErasedMustBeExpectedAndIsNotPutToo) {
  const auto put = Change().put(sample_account("ann"));
  ASSERT_EQ(this->commit(put), CommitOutcome::committed);
  ChangeSet blind{.id = fresh_id()};
  blind.erases.push_back(ann);
  EXPECT_EQ(this->commit(blind), CommitOutcome::unavailable);
  Change both = Change().put(sample_account("ann"), put.set.puts[0].version);
  both.set.erases.push_back(ann);
  EXPECT_EQ(this->commit(both), CommitOutcome::unavailable);
  Change twice = Change().erase(ann, put.set.puts[0].version);
  twice.set.erases.push_back(ann);
  EXPECT_EQ(this->commit(twice), CommitOutcome::unavailable);
  EXPECT_TRUE(load_one(this->store(), ann).record);
}

TYPED_TEST(StoreContract, ShowsTheMessagesOfAnAccountAsTheyAre) {
  const Message first = sample_message(5);
  const Message second = sample_message(3);
  ASSERT_EQ(this->commit(Change().send(first).send(sample_message(4, "bob")).send(second)),
            CommitOutcome::committed);
  auto shown = this->store().messages(ann, 10, 0).value();
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0], second);  // created before the other
  EXPECT_EQ(shown[1], first);
  EXPECT_EQ(this->store().messages(ann, 1, 0).value().size(), 1U);
  EXPECT_TRUE(this->store().messages({"", "ann"}, 10, 0).value().empty());
  const Message taken = this->store().take(3, 100, 1, {}).value().at(0);
  const std::vector<Settlement> settled = {
      {taken.id, taken.account, 1, MessageState::given_up, 0, "no such"}};
  ASSERT_TRUE(this->store().settle(settled));
  shown = this->store().messages(ann, 10, 0).value();
  EXPECT_EQ(shown[0].state, MessageState::given_up);
  EXPECT_EQ(shown[0].outcome, "no such");
  EXPECT_EQ(shown[0].attempts, 1);
}

TYPED_TEST(StoreContract, ForgetsTheMessagesOfAnAccountAndKeepsThoseOfTheChange) {
  ASSERT_EQ(this->commit(Change().send(sample_message(1)).send(sample_message(1, "bob"))),
            CommitOutcome::committed);
  const Message farewell = sample_message(2);
  Change change = Change().send(farewell);
  change.set.forget_messages_of = ann;
  ASSERT_EQ(this->commit(change), CommitOutcome::committed);
  const auto kept = this->store().messages(ann, 10, 0).value();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].id, farewell.id);
  EXPECT_EQ(this->store().take(10, 1, 10, {}).value().size(), 2U);
  // In a change that does not happen nothing is forgotten.
  Change refused = Change().expect(number, 7);
  refused.set.forget_messages_of = ann;
  EXPECT_EQ(this->commit(refused), CommitOutcome::conflict);
  EXPECT_EQ(this->store().messages(ann, 10, 0).value().size(), 1U);
}

TYPED_TEST(StoreContract, TellsWhatWaitsInTheOutbox) {
  EXPECT_EQ(this->store().outbox(10, 0).value(), OutboxState{});
  ASSERT_EQ(this->commit(
                Change().send(sample_message(5)).send(sample_message(3)).send(sample_message(11))),
            CommitOutcome::committed);
  EXPECT_EQ(this->store().outbox(10, 0).value(), (OutboxState{2, 3}));
  ASSERT_EQ(this->store().take(10, 100, 1, {}).value().size(), 1U);
  EXPECT_EQ(this->store().outbox(10, 0).value(), (OutboxState{1, 5}));
}

TYPED_TEST(StoreContract, ARecordThatIsThereConflictsWithOneThatShouldNotBe) {
  ASSERT_EQ(this->commit(Change().put(sample_account("ann"))), CommitOutcome::committed);
  EXPECT_EQ(this->commit(Change().put(sample_account("ann"))), CommitOutcome::conflict);
}

TYPED_TEST(StoreContract, ARecordThatIsNotThereConflictsWithOneThatShouldBe) {
  EXPECT_EQ(this->commit(Change().put(sample_account("ann"), 7)), CommitOutcome::conflict);
  EXPECT_FALSE(load_one(this->store(), ann).record);
}

TYPED_TEST(StoreContract, AnOldTagConflicts) {
  const auto first = Change().put(sample_account("ann"));
  ASSERT_EQ(this->commit(first), CommitOutcome::committed);
  const Version old = first.set.puts[0].version;
  ASSERT_EQ(this->commit(Change().put(sample_account("ann"), old)), CommitOutcome::committed);
  EXPECT_EQ(this->commit(Change().put(sample_account("ann"), old)), CommitOutcome::conflict);
}

TYPED_TEST(StoreContract, WhatWasOnlyDecidedUponConflictsToo) {
  ASSERT_EQ(this->commit(Change().put(sample_entry(phone_address()))), CommitOutcome::committed);
  EXPECT_EQ(this->commit(Change().put(sample_account("ann")).expect(number, 0)),
            CommitOutcome::conflict);
  EXPECT_EQ(this->commit(Change().put(sample_account("ann")).expect(office, 5)),
            CommitOutcome::conflict);
  EXPECT_FALSE(load_one(this->store(), ann).record);
}

// Proves R12, I3.
TYPED_TEST(StoreContract, OneFailedExpectationLeavesEverythingAsItWas) {
  const auto before = Change().put(sample_account("ann")).put(sample_entry(phone_address(), 1));
  ASSERT_EQ(this->commit(before), CommitOutcome::committed);
  Account changed = sample_account("ann");
  changed.epoch = 9;
  const auto change = Change()
                          .put(changed, before.set.puts[0].version)
                          .put(sample_entry(phone_address(), 2), 12345)  // not its version
                          .put(sample_source("192.0.2.0/24"))
                          .send(sample_message(1));
  EXPECT_EQ(this->commit(change), CommitOutcome::conflict);
  EXPECT_EQ(load_one(this->store(), ann).version, before.set.puts[0].version);
  EXPECT_EQ(epoch_of(this->store(), ann), 0U);
  EXPECT_EQ(load_one(this->store(), number).version, before.set.puts[1].version);
  EXPECT_FALSE(load_one(this->store(), office).record);
  EXPECT_EQ(this->pending(), 0U);
}

TYPED_TEST(StoreContract, APutThatNobodyExpectedIsRefusedWhole) {
  auto change = Change().put(sample_account("ann")).send(sample_message(1));
  change.set.puts.push_back({sample_source("192.0.2.0/24"), 5});
  EXPECT_EQ(this->commit(change), CommitOutcome::unavailable);
  EXPECT_FALSE(load_one(this->store(), ann).record);
  EXPECT_FALSE(load_one(this->store(), office).record);
  EXPECT_EQ(this->pending(), 0U);
}

TYPED_TEST(StoreContract, AMessageIdThatIsTakenRefusesTheWholeChange) {
  const Message first = sample_message(1);
  ASSERT_EQ(this->commit(Change().put(sample_account("ann")).send(first)),
            CommitOutcome::committed);
  for (const auto& change :
       {Change().put(sample_account("bob")).send(sample_message(1)).send(first), [] {
          const Message twice = sample_message(1);
          return Change().put(sample_account("bob")).send(twice).send(twice);
        }()}) {
    const CommitOutcome outcome = this->commit(change);
    EXPECT_TRUE(outcome == CommitOutcome::conflict || outcome == CommitOutcome::unavailable);
    EXPECT_FALSE(load_one(this->store(), AccountKey{"shop", "bob"}).record);
  }
  EXPECT_EQ(this->pending(), 1U);
}

// Proves A11.
TYPED_TEST(StoreContract, NoUpdateOfAHotRecordIsLost) {
  constexpr int threads = 8;
  constexpr int times = 50;
  std::vector<std::thread> all;
  std::atomic<int> failed = 0;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      for (int n = 0; n < times; ++n) {
        if (raise_epoch(this->store(), ann) != CommitOutcome::committed) ++failed;
      }
    });
  }
  for (std::thread& one : all) one.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(epoch_of(this->store(), ann), threads * times);
}

TYPED_TEST(StoreContract, ALoadSeesOneMoment) {
  // Each commit raises two accounts together; no load may see one raised and the other not.
  std::atomic<bool> stop = false;
  std::jthread writer([&] {
    Version a = 0;
    Version b = 0;
    for (std::uint64_t n = 1; n <= 200; ++n) {
      Account first = sample_account("a");
      Account second = sample_account("b");
      first.epoch = second.epoch = n;
      const auto change = Change().put(first, a).put(second, b);
      EXPECT_EQ(this->store().commit(change, 0), CommitOutcome::committed);
      a = change.set.puts[0].version;
      b = change.set.puts[1].version;
    }
    stop = true;
  });
  const std::vector<Key> keys = {AccountKey{"shop", "a"}, AccountKey{"shop", "b"}};
  while (!stop) {
    const auto loaded = this->store().load(keys, 0).value();
    ASSERT_EQ(loaded[0].record.has_value(), loaded[1].record.has_value());
    if (loaded[0].record) {
      ASSERT_EQ(std::get<Account>(*loaded[0].record).epoch,
                std::get<Account>(*loaded[1].record).epoch);
    }
  }
}

TYPED_TEST(StoreContract, TakesWhatIsDueTheLongestDueFirst) {
  const Message later = sample_message(300);
  const Message sooner = sample_message(100);
  const Message not_yet = sample_message(501);
  ASSERT_EQ(this->commit(Change().send(later).send(not_yet).send(sooner)),
            CommitOutcome::committed);
  const auto taken = this->store().take(500, 1000, 10, {}).value();
  ASSERT_EQ(taken.size(), 2U);
  Message expected = sooner;
  expected.attempts = 1;
  expected.due_at = 1500;
  EXPECT_EQ(taken[0], expected);
  EXPECT_EQ(taken[1].id, later.id);
}

// A31
TYPED_TEST(StoreContract, TakesNoMoreThanAsked) {
  ASSERT_EQ(this->commit(
                Change().send(sample_message(1)).send(sample_message(2)).send(sample_message(3))),
            CommitOutcome::committed);
  EXPECT_EQ(this->store().take(10, 100, 2, {}).value().size(), 2U);
  EXPECT_EQ(this->store().take(10, 100, 0, {}).value().size(), 0U);
  EXPECT_EQ(this->store().take(10, 100, -1, {}).value().size(), 0U);
  EXPECT_EQ(this->store().take(10, 100, 2, {}).value().size(), 1U);
}

TYPED_TEST(StoreContract, SharesOfTheOutboxHaveEachMessageOnce) {
  Change change;
  for (int i = 0; i < 64; ++i) change.send(sample_message(1));
  ASSERT_EQ(this->commit(change), CommitOutcome::committed);
  for (const OutboxShare share : {OutboxShare{2, 2}, OutboxShare{-1, 2}, OutboxShare{0, 17}}) {
    EXPECT_TRUE(this->store().take(10, 100, 100, share).value().empty());
  }
  std::size_t all = 0;
  for (int index = 0; index < 3; ++index) {
    const OutboxShare share{index, 3};
    const auto taken = this->store().take(10, 100, 100, share).value();
    for (const Message& one : taken) EXPECT_TRUE(share.has(one.id));
    EXPECT_GT(taken.size(), 5U);
    all += taken.size();
  }
  EXPECT_EQ(all, 64U);
}

TYPED_TEST(StoreContract, ALeasedMessageIsTakenAgainOnlyWhenItsLeaseIsOver) {
  const Message message = sample_message(1);
  ASSERT_EQ(this->commit(Change().send(message)), CommitOutcome::committed);
  ASSERT_EQ(this->store().take(10, 100, 5, {}).value().size(), 1U);
  EXPECT_TRUE(this->store().take(109, 100, 5, {}).value().empty());
  const auto again = this->store().take(110, 100, 5, {}).value();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].attempts, 2);
  EXPECT_EQ(again[0].id, message.id);
}

TYPED_TEST(StoreContract, AMessageDatedByAWrongClockIsDueNow_A31) {
  constexpr TimeMs now = 1'000'000'000;
  const Message deferred = sample_message(now + 1);
  const Message longest = sample_message(now + longest_deferral_ms);
  const Message misdated = sample_message(now + longest_deferral_ms + 1);
  ASSERT_EQ(this->commit(Change().send(deferred).send(longest).send(misdated)),
            CommitOutcome::committed);
  const auto taken = this->store().take(now, 100, 5, {}).value();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].id, misdated.id);
  EXPECT_EQ(taken[0].due_at, now + 100);
}

TYPED_TEST(StoreContract, MessagesDueAtOneMomentAreTakenInTheOrderTheyWereAppended) {
  std::vector<Id128> appended;
  for (int commits = 0; commits < 10; ++commits) {
    Change change;
    for (int i = 0; i < 5; ++i) {
      const Message message = sample_message(1);
      change.send(message);
      appended.push_back(message.id);
    }
    ASSERT_EQ(this->commit(change), CommitOutcome::committed);
  }
  std::vector<Id128> taken;
  for (int takes = 0; takes < 9; ++takes) {
    const auto batch = this->store().take(10, 1000, 6, {}).value();
    for (const Message& message : batch) taken.push_back(message.id);
  }
  EXPECT_EQ(taken, appended);
}

TYPED_TEST(StoreContract, TwoTakersNeverGetOneMessage) {
  Change change;
  for (int i = 0; i < 200; ++i) change.send(sample_message(1));
  ASSERT_EQ(this->commit(change), CommitOutcome::committed);
  std::vector<std::vector<Id128>> got(4);
  std::vector<std::thread> takers;
  for (auto& mine : got) {
    takers.emplace_back([&] {
      for (;;) {
        const auto taken = this->store().take(10, 1000, 7, {}).value();
        if (taken.empty()) return;
        for (const Message& message : taken) mine.push_back(message.id);
      }
    });
  }
  for (std::thread& one : takers) one.join();
  std::vector<Id128> all;
  for (const auto& mine : got) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all.size(), 200U);
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

// Proves I4.
TYPED_TEST(StoreContract, ASettledMessageIsNeverTakenAgain) {
  Change change;
  std::vector<Settlement> settlements;
  for (const MessageState state :
       {MessageState::accepted, MessageState::given_up, MessageState::superseded}) {
    const Message message = sample_message(1);
    change.send(message);
    settlements.push_back({.id = message.id,
                           .account = message.account,
                           .attempts = 1,
                           .state = state,
                           .outcome = "said"});
  }
  ASSERT_EQ(this->commit(change), CommitOutcome::committed);
  ASSERT_EQ(this->store().take(10, 100, 5, {}).value().size(), 3U);
  ASSERT_TRUE(this->store().settle(settlements));
  EXPECT_EQ(this->pending(), 0U);
}

TYPED_TEST(StoreContract, ADeferredMessageComesAgainWhenItWasToldTo) {
  const Message message = sample_message(1);
  ASSERT_EQ(this->commit(Change().send(message)), CommitOutcome::committed);
  ASSERT_EQ(this->store().take(10, 1000, 5, {}).value().size(), 1U);
  const std::vector<Settlement> deferred = {{.id = message.id,
                                             .account = message.account,
                                             .attempts = 1,
                                             .state = MessageState::pending,
                                             .due_at = 50,
                                             .outcome = "later"}};
  ASSERT_TRUE(this->store().settle(deferred));
  EXPECT_TRUE(this->store().take(49, 1000, 5, {}).value().empty());
  const auto again = this->store().take(50, 1000, 5, {}).value();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].outcome, "later");
  EXPECT_EQ(again[0].attempts, 2);
}

TYPED_TEST(StoreContract, ASettlementAfterTheLeaseWasLostIsPassedOver) {
  const Message message = sample_message(1);
  const Message other = sample_message(1);
  ASSERT_EQ(this->commit(Change().send(message).send(other)), CommitOutcome::committed);
  ASSERT_EQ(this->store().take(10, 100, 5, {}).value().size(), 2U);
  ASSERT_EQ(this->store().take(200, 100, 5, {}).value().size(),
            2U);  // another dispatcher has them now
  const std::vector<Settlement> late = {
      {.id = message.id,
       .account = message.account,
       .attempts = 1,
       .state = MessageState::given_up,
       .outcome = "late"},
      {.id = other.id, .account = other.account, .attempts = 2, .state = MessageState::accepted},
      {.id = fresh_id(), .attempts = 1, .state = MessageState::accepted}};
  ASSERT_TRUE(this->store().settle(late));
  const auto again = this->store().take(1000, 100, 5, {}).value();
  ASSERT_EQ(again.size(), 1U);  // the one whose settlement was in time has ended
  EXPECT_EQ(again[0].id, message.id);
  EXPECT_EQ(again[0].outcome, "");
}

TYPED_TEST(StoreContract, AMessageThatEndedStaysEnded) {
  const Message message = sample_message(1);
  ASSERT_EQ(this->commit(Change().send(message)), CommitOutcome::committed);
  ASSERT_EQ(this->store().take(10, 100, 5, {}).value().size(), 1U);
  const auto settle = [&](MessageState state) {
    const std::vector<Settlement> one = {{.id = message.id,
                                          .account = message.account,
                                          .attempts = 1,
                                          .state = state,
                                          .due_at = 11}};
    ASSERT_TRUE(this->store().settle(one));
  };
  settle(MessageState::accepted);
  settle(MessageState::pending);
  EXPECT_EQ(this->pending(), 0U);
}

TYPED_TEST(StoreContract, SweepsOnlyWhatSaysNothingAnyMore) {
  AddressEntry forgotten = sample_entry(phone_address("+390000000001"), 0);
  forgotten.forget_at = 500;
  AddressEntry remembered = sample_entry(phone_address("+390000000002"), 0);
  remembered.forget_at = 501;
  const AddressEntry held = sample_entry(phone_address("+390000000003"), 1);  // never
  Source source = sample_source("gone");
  source.forget_at = 1;
  const Message ended = sample_message(100);
  const Message ended_lately = sample_message(300);
  const Message open = sample_message(100);
  ASSERT_EQ(this->commit(Change().put(forgotten).put(remembered).put(source)),
            CommitOutcome::committed);
  ASSERT_EQ(this->commit(Change().put(held).send(ended).send(ended_lately).send(open)),
            CommitOutcome::committed);
  ASSERT_EQ(this->store().take(400, 1, 5, {}).value().size(), 3U);
  const std::vector<Settlement> settled = {
      {.id = ended.id, .account = ended.account, .attempts = 1, .state = MessageState::accepted},
      {.id = ended_lately.id,
       .account = ended_lately.account,
       .attempts = 1,
       .state = MessageState::accepted}};
  ASSERT_TRUE(this->store().settle(settled));

  EXPECT_EQ(this->store().sweep(500, 300, 100).value(), 3);
  EXPECT_EQ(this->store().sweep(500, 300, 100).value(), 0);
  EXPECT_FALSE(load_one(this->store(), forgotten.key).record);
  EXPECT_TRUE(load_one(this->store(), remembered.key).record);
  EXPECT_TRUE(load_one(this->store(), held.key).record);
  EXPECT_FALSE(load_one(this->store(), source.key).record);
  EXPECT_EQ(this->pending(), 1U);
  // What was swept is absent, and absent is a version.
  EXPECT_EQ(this->commit(Change().put(forgotten)), CommitOutcome::committed);
}

TYPED_TEST(StoreContract, SweepsInBoundedSteps) {
  for (int i = 0; i < 4; ++i) {
    AddressEntry entry = sample_entry(phone_address("+39000000000" + std::to_string(i)), 0);
    entry.forget_at = 1;
    Source source = sample_source(std::to_string(i));
    source.forget_at = 1;
    ASSERT_EQ(this->commit(Change().put(entry).put(source)), CommitOutcome::committed);
  }
  EXPECT_EQ(this->store().sweep(10, 10, 0).value(), 0);
  EXPECT_EQ(this->store().sweep(10, 10, 3).value(), 3);
  EXPECT_EQ(this->store().sweep(10, 10, 3).value(), 3);
  EXPECT_EQ(this->store().sweep(10, 10, 3).value(), 2);
  EXPECT_EQ(this->store().sweep(10, 10, 3).value(), 0);
}

}  // namespace
}  // namespace ringfence
