// The store contract: the outbox, and sweeping.
#include <algorithm>
#include <limits>
#include <string>

#include "testing/contract.h"

namespace ringfence::testing {
namespace {

using namespace testing_support;

STORE_LINE(KeepsEveryPartOfAMessage) {
  Message message = sample_message(5);
  message.kind = MessageKind::code;
  message.purpose = "change_phone";
  message.destination = phone_address();
  message.route = Route::voice;
  message.flow = fresh_id();
  message.role = Role::target;
  message.generation = 4'000'000'000;
  message.fields = {{"a", "1"}, {"b", ""}};
  message.trace_id = "trace";
  message.expires_at = std::numeric_limits<TimeMs>::max();
  Message event = sample_message(6);
  event.kind = MessageKind::event;
  event.destination.reset();
  ASSERT_EQ(tested.store().commit(Change().send(message).send(event), 0), CommitOutcome::committed);
  EXPECT_EQ(tested.store().messages(ann, 5, 0).value(), (std::vector<Message>{message, event}));
  message.attempts = event.attempts = 1;
  message.due_at = event.due_at = 110;
  EXPECT_EQ(tested.store().take(10, 100, 5, {}).value(), (std::vector<Message>{message, event}));
  EXPECT_EQ(tested.store().messages(ann, 5, 0).value(), (std::vector<Message>{message, event}));
}

STORE_LINE(AMessageIdThatIsTakenRefusesTheWholeChange) {
  Store& store = tested.store();
  const Message first = sample_message(1);
  ASSERT_EQ(store.commit(Change().put(sample_account("ann")).send(first), 0),
            CommitOutcome::committed);
  const Message twice = sample_message(1);
  for (const auto& change :
       {Change().put(sample_account("bob")).send(sample_message(1)).send(first),
        Change().put(sample_account("bob")).send(twice).send(twice)}) {
    const CommitOutcome outcome = store.commit(change, 0);
    EXPECT_TRUE(outcome == CommitOutcome::conflict || outcome == CommitOutcome::unavailable);
    EXPECT_FALSE(load_one(store, AccountKey{"shop", "bob"}).record);
  }
  EXPECT_EQ(pending(store), 1U);
}

STORE_LINE(ShowsTheMessagesOfAnAccountAsTheyAre) {
  Store& store = tested.store();
  const Message first = sample_message(5);
  const Message second = sample_message(3);
  ASSERT_EQ(store.commit(Change().send(first).send(sample_message(4, "bob")).send(second), 0),
            CommitOutcome::committed);
  // `second` was created before the other.
  EXPECT_EQ(store.messages(ann, 10, 0).value(), (std::vector<Message>{second, first}));
  EXPECT_EQ(store.messages(ann, 1, 0).value(), (std::vector<Message>{second}));
  EXPECT_TRUE(store.messages(ann, 0, 0).value().empty());
  EXPECT_TRUE(store.messages({"", "ann"}, 10, 0).value().empty());
  const Message taken = store.take(3, 100, 1, {}).value().at(0);
  settle(store, {{taken.id, taken.account, 1, MessageState::given_up, 0, "no such"}});
  const auto shown = store.messages(ann, 10, 0).value();
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0].state, MessageState::given_up);
  EXPECT_EQ(shown[0].outcome, "no such");
  EXPECT_EQ(shown[0].attempts, 1);
}

STORE_LINE(ShowsTheMessagesOfOneChangeSetInItsOrder) {
  Change change;
  std::vector<Id128> appended;
  for (int i = 0; i < 20; ++i) {
    change.send(sample_message(1));
    appended.push_back(change.set.messages.back().id);
  }
  ASSERT_EQ(tested.store().commit(change, 0), CommitOutcome::committed);
  EXPECT_EQ(ids_of(tested.store().messages(ann, 100, 0).value()), appended);
}

STORE_LINE(ForgetsTheMessagesOfAnAccountAndKeepsThoseOfTheChange) {
  Store& store = tested.store();
  const Message ended = sample_message(1);
  ASSERT_EQ(store.commit(Change().send(ended), 0), CommitOutcome::committed);
  ASSERT_EQ(store.take(1, 100, 1, {}).value().size(), 1U);
  settle(store, {{ended.id, ended.account, 1, MessageState::accepted, 0, ""}});
  ASSERT_EQ(store.commit(Change().send(sample_message(1)).send(sample_message(1, "bob")), 0),
            CommitOutcome::committed);
  const Message farewell = sample_message(2);
  Change change = Change().send(farewell);
  change.set.forget_messages_of = ann;
  ASSERT_EQ(store.commit(change, 0), CommitOutcome::committed);
  EXPECT_EQ(ids_of(store.messages(ann, 10, 0).value()), std::vector<Id128>{farewell.id});
  EXPECT_EQ(store.take(10, 1, 10, {}).value().size(), 2U);
  // In a change that does not happen nothing is forgotten.
  Change refused = Change().expect(number, 7);
  refused.set.forget_messages_of = ann;
  EXPECT_EQ(store.commit(refused, 0), CommitOutcome::conflict);
  EXPECT_EQ(store.messages(ann, 10, 0).value().size(), 1U);
}

STORE_LINE(TellsWhatWaitsInTheOutbox) {
  Store& store = tested.store();
  EXPECT_EQ(store.outbox(10, 0).value(), OutboxState{});
  ASSERT_EQ(
      store.commit(
          Change().send(sample_message(5)).send(sample_message(3)).send(sample_message(11)), 0),
      CommitOutcome::committed);
  EXPECT_EQ(store.outbox(2, 0).value(), OutboxState{});
  EXPECT_EQ(store.outbox(10, 0).value(), (OutboxState{2, 3}));
  const Message leased = store.take(10, 100, 1, {}).value().at(0);
  EXPECT_EQ(store.outbox(10, 0).value(), (OutboxState{1, 5}));
  settle(store, {{leased.id, leased.account, 1, MessageState::superseded, 0, ""}});
  EXPECT_EQ(store.outbox(1000, 0).value(), (OutboxState{2, 5})) << "what ended waits no more";
}

STORE_LINE(CountsWhatWaitsUpToABound) {
  Change change;
  for (int i = 0; i < OutboxState::counted_at_most + 1; ++i) change.send(sample_message(2 + i));
  ASSERT_EQ(tested.store().commit(change, 0), CommitOutcome::committed);
  EXPECT_EQ(tested.store().outbox(5000, 0).value(), (OutboxState{OutboxState::counted_at_most, 2}));
  EXPECT_EQ(tested.store().outbox(OutboxState::counted_at_most, 0).value(),
            (OutboxState{OutboxState::counted_at_most - 1, 2}));
}

STORE_LINE(TakesWhatIsDueTheLongestDueFirst) {
  Store& store = tested.store();
  const Message later = sample_message(300);
  const Message sooner = sample_message(100);
  const Message not_yet = sample_message(501);
  const Message just_now = sample_message(500);
  ASSERT_EQ(store.commit(Change().send(just_now).send(later).send(not_yet).send(sooner), 0),
            CommitOutcome::committed);
  const auto taken = store.take(500, 1000, 10, {}).value();
  EXPECT_EQ(ids_of(taken), (std::vector<Id128>{sooner.id, later.id, just_now.id}));
  Message expected = sooner;
  expected.attempts = 1;
  expected.due_at = 1500;
  ASSERT_FALSE(taken.empty());
  EXPECT_EQ(taken[0], expected);
}

STORE_LINE(MessagesDueAtOneMomentAreTakenInTheOrderTheyWereMade) {
  std::vector<Id128> appended;
  std::vector<Change> changes;
  for (int commits = 0; commits < 10; ++commits) {
    Change change;
    for (int i = 0; i < 5; ++i) {
      Message message = sample_message(100);
      message.created_at = commits;
      change.send(message);
      appended.push_back(message.id);
    }
    changes.push_back(change);
  }
  // The one created first may be stored last.
  std::rotate(changes.begin(), changes.begin() + 1, changes.end());
  for (const Change& change : changes)
    ASSERT_EQ(tested.store().commit(change, 0), CommitOutcome::committed);
  std::vector<Id128> taken;
  for (int takes = 0; takes < 9; ++takes) {
    for (const Message& message : take(tested.store(), 100, 1000, 6)) taken.push_back(message.id);
  }
  EXPECT_EQ(taken, appended);
}

STORE_LINE(TakesNoMoreThanAsked) {
  Store& store = tested.store();
  ASSERT_EQ(
      store.commit(Change().send(sample_message(1)).send(sample_message(2)).send(sample_message(3)),
                   0),
      CommitOutcome::committed);
  EXPECT_EQ(store.take(10, 100, 2, {}).value().size(), 2U);
  EXPECT_EQ(store.take(10, 100, 0, {}).value().size(), 0U);
  EXPECT_EQ(store.take(10, 100, -1, {}).value().size(), 0U);
  EXPECT_EQ(store.take(10, 100, std::numeric_limits<int>::max(), {}).value().size(), 1U);
}

STORE_LINE(TakesNothingAtWhatIsNoTimeNorForAnyLease) {
  Store& store = tested.store();
  const Message message = sample_message(1);
  ASSERT_EQ(store.commit(Change().send(message), 0), CommitOutcome::committed);
  constexpr TimeMs least = std::numeric_limits<TimeMs>::min();
  constexpr TimeMs most = std::numeric_limits<TimeMs>::max();
  const auto takes = [&](TimeMs now, TimeMs lease_ms) {
    const auto taken = store.take(now, lease_ms, 5, {});
    return taken && !taken.value().empty();  // it may refuse, too
  };
  for (const TimeMs now : {least, TimeMs{-1}, TimeMs{0}, (TimeMs{1} << 53U) + 1, most})
    EXPECT_FALSE(takes(now, 100)) << now;
  for (const TimeMs lease_ms : {least, TimeMs{-1}, longest_deferral_ms + 1, most})
    EXPECT_FALSE(takes(10, lease_ms)) << lease_ms;
  const auto taken = store.take(10, longest_deferral_ms, 5, {}).value();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].attempts, 1);
}

STORE_LINE(SharesOfTheOutboxHaveEachMessageOnce) {
  Store& store = tested.store();
  Change change;
  for (int i = 0; i < 64; ++i) {
    change.send(sample_message(1));
    change.set.messages.back().id.bytes[0] = static_cast<std::uint8_t>(4 * i);  // every digit
  }
  ASSERT_EQ(store.commit(change, 0), CommitOutcome::committed);
  for (const OutboxShare share : {OutboxShare{2, 2}, OutboxShare{-1, 2}, OutboxShare{0, 17},
                                  OutboxShare{0, 0}, OutboxShare{0, -1}})
    EXPECT_TRUE(store.take(10, 100, 100, share).value().empty());
  EXPECT_EQ(store.take(10, 100, 1, {1, 3}).value().size(), 1U) << "the bound is of the share";
  std::size_t all = 1;
  for (int index = 0; index < 3; ++index) {
    const OutboxShare share{index, 3};
    const auto taken = store.take(10, 100, 100, share).value();
    for (const Message& one : taken) EXPECT_TRUE(share.has(one.id));
    all += taken.size();
  }
  EXPECT_EQ(all, 64U);
  all = 0;
  for (int index = 0; index < OutboxShare::most; ++index)
    all += store.take(1000, 100, 100, {index, OutboxShare::most}).value().size();
  EXPECT_EQ(all, 64U);
}

STORE_LINE(ALeasedMessageIsTakenAgainOnlyWhenItsLeaseIsOver) {
  Store& store = tested.store();
  const Message message = sample_message(1);
  ASSERT_EQ(store.commit(Change().send(message), 0), CommitOutcome::committed);
  ASSERT_EQ(store.take(10, 100, 5, {}).value().size(), 1U);
  EXPECT_TRUE(store.take(10, 100, 5, {}).value().empty());
  EXPECT_TRUE(store.take(109, 100, 5, {}).value().empty());
  for (int attempts = 2; attempts < 5; ++attempts) {
    const auto again = store.take(attempts * 100 - 90, 100, 5, {}).value();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].attempts, attempts);
    EXPECT_EQ(again[0].id, message.id);
  }
}

STORE_LINE(AMessageDatedByAWrongClockIsDueNow_A31) {
  Store& store = tested.store();
  constexpr TimeMs now = 1'000'000'000;
  const Message deferred = sample_message(now + 1);
  const Message longest = sample_message(now + longest_deferral_ms);
  const Message misdated = sample_message(now + longest_deferral_ms + 1);
  ASSERT_EQ(store.commit(Change().send(deferred).send(longest).send(misdated), 0),
            CommitOutcome::committed);
  const auto taken = store.take(now, 100, 5, {}).value();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].id, misdated.id);
  EXPECT_EQ(taken[0].due_at, now + 100);
  // So is one that was deferred too far.
  settle(store, {{misdated.id, misdated.account, 1, MessageState::pending,
                  now + longest_deferral_ms + 1, ""}});
  EXPECT_EQ(ids_of(store.take(now, 100, 5, {}).value()), std::vector<Id128>{misdated.id});
}

// Proves I4.
STORE_LINE(ASettledMessageIsNeverTakenAgain) {
  Store& store = tested.store();
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
  ASSERT_EQ(store.commit(change, 0), CommitOutcome::committed);
  ASSERT_EQ(store.take(10, 100, 5, {}).value().size(), 3U);
  settle(store, {});
  settle(store, settlements);
  EXPECT_EQ(pending(store), 0U);
  const auto shown = store.messages(ann, 5, 0).value();
  ASSERT_EQ(shown.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(shown[i].state, settlements[i].state);
    EXPECT_EQ(shown[i].outcome, "said");
  }
  // And it stays as it ended. What was given up may be told to be tried again: see below.
  for (Settlement& one : settlements) {
    one.state =
        one.state == MessageState::given_up ? MessageState::accepted : MessageState::pending;
    one.outcome = "other";
  }
  settle(store, settlements);
  EXPECT_EQ(store.messages(ann, 5, 0).value(), shown);
  EXPECT_EQ(pending(store), 0U);
}

STORE_LINE(ManyMessagesAreSettledAtOnceEachInItsWay) {
  Store& store = tested.store();
  constexpr int many = 120;
  Change change;
  for (int i = 0; i < many; ++i) change.send(sample_message(1));
  ASSERT_EQ(store.commit(change, 0), CommitOutcome::committed);
  const auto taken = store.take(10, 100, many, {}).value();
  ASSERT_EQ(taken.size(), static_cast<std::size_t>(many));
  std::vector<Settlement> settlements;
  for (int i = 0; i < many; ++i) {
    const Message& message = taken[static_cast<std::size_t>(i)];
    settlements.push_back({message.id, message.account, message.attempts + (i % 5 == 0 ? 1 : 0),
                           i % 3 == 0 ? MessageState::pending : MessageState::accepted, 500 + i,
                           std::to_string(i)});
  }
  settle(store, settlements);
  const auto shown = store.messages(ann, many, 0).value();
  ASSERT_EQ(shown.size(), taken.size());
  for (int i = 0; i < many; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const bool passed_over = i % 5 == 0;  // other attempts than it has
    EXPECT_EQ(shown[at].state,
              passed_over || i % 3 == 0 ? MessageState::pending : MessageState::accepted);
    EXPECT_EQ(shown[at].outcome, passed_over ? "" : std::to_string(i));
    if (passed_over || i % 3 == 0) {
      EXPECT_EQ(shown[at].due_at, passed_over ? 110 : 500 + i);
    }
  }
}

STORE_LINE(ADeferredMessageComesAgainWhenItWasToldTo) {
  Store& store = tested.store();
  const Message message = sample_message(1);
  ASSERT_EQ(store.commit(Change().send(message), 0), CommitOutcome::committed);
  ASSERT_EQ(store.take(10, 1000, 5, {}).value().size(), 1U);
  settle(store, {{message.id, message.account, 1, MessageState::pending, 50, "later"}});
  EXPECT_TRUE(store.take(49, 1000, 5, {}).value().empty());
  const auto again = store.take(50, 1000, 5, {}).value();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].outcome, "later");
  EXPECT_EQ(again[0].attempts, 2);
}

STORE_LINE(ASettlementAfterTheLeaseWasLostIsPassedOver) {
  Store& store = tested.store();
  const Message message = sample_message(1);
  const Message other = sample_message(1);
  ASSERT_EQ(store.commit(Change().send(message).send(other), 0), CommitOutcome::committed);
  ASSERT_EQ(store.take(10, 100, 5, {}).value().size(), 2U);
  ASSERT_EQ(store.take(200, 100, 5, {}).value().size(), 2U);  // another dispatcher has them now
  settle(store, {{message.id, message.account, 1, MessageState::given_up, 0, "late"},
                 {other.id, other.account, 2, MessageState::accepted, 0, ""},
                 {fresh_id(), ann, 1, MessageState::accepted, 0, ""}});
  settle(store, {{message.id, message.account, 1, MessageState::pending, 201, "late"}});
  EXPECT_TRUE(store.take(201, 100, 5, {}).value().empty());
  const auto again = store.take(1000, 100, 5, {}).value();
  ASSERT_EQ(again.size(), 1U);  // the one whose settlement was in time has ended
  EXPECT_EQ(again[0].id, message.id);
  EXPECT_EQ(again[0].outcome, "");
  EXPECT_EQ(again[0].attempts, 3);
}

STORE_LINE(SweepsOnlyWhatSaysNothingAnyMore) {
  Store& store = tested.store();
  AddressEntry forgotten = sample_entry(phone_address("+390000000001"), 0);
  forgotten.forget_at = 500;
  AddressEntry remembered = sample_entry(phone_address("+390000000002"), 0);
  remembered.forget_at = 501;
  const AddressEntry held = sample_entry(phone_address("+390000000003"), 1);  // never
  Source source = sample_source("gone");
  source.forget_at = 1;
  const Message open = sample_message(100);
  const Message ended_lately = sample_message(300);
  Change change = Change().put(forgotten).put(remembered).put(held).put(source);
  change.put(sample_source("stays")).put(sample_account("ann")).put(sample_audit(1));
  change.send(open).send(ended_lately);
  std::vector<Settlement> settled = {
      {ended_lately.id, ended_lately.account, 1, MessageState::accepted, 0, ""}};
  for (const MessageState state :
       {MessageState::accepted, MessageState::given_up, MessageState::superseded}) {
    change.send(sample_message(299));
    settled.push_back(
        {change.set.messages.back().id, change.set.messages.back().account, 1, state, 0, ""});
  }
  ASSERT_EQ(store.commit(change, 0), CommitOutcome::committed);
  ASSERT_EQ(store.take(400, 1, 5, {}).value().size(), 5U);
  settle(store, settled);

  EXPECT_EQ(store.sweep(500, 300, 100).value(), 5);
  EXPECT_EQ(store.sweep(500, 300, 100).value(), 0);
  for (const ChangeSet::Put& put : change.set.puts) {
    const bool swept = put.record == Record(forgotten) || put.record == Record(source);
    EXPECT_EQ(load_one(store, key_of(put.record)).version, swept ? 0 : put.version);
  }
  EXPECT_EQ(ids_of(store.messages(ann, 9, 0).value()),
            (std::vector<Id128>{open.id, ended_lately.id}));
  EXPECT_EQ(pending(store), 1U);
  // What was swept is absent, and absent is a version.
  EXPECT_EQ(store.commit(Change().put(forgotten), 0), CommitOutcome::committed);
  EXPECT_EQ(store.commit(Change().put(source, change.set.puts[3].version), 0),
            CommitOutcome::conflict);
}

STORE_LINE(SweepsInBoundedSteps) {
  Store& store = tested.store();
  Change change;
  for (int i = 0; i < 4; ++i) {
    AddressEntry entry = sample_entry(phone_address("+39000000000" + std::to_string(i)), 0);
    entry.forget_at = 1;
    Source source = sample_source(std::to_string(i));
    source.forget_at = 1;
    change.put(entry).put(source).send(sample_message(1));
  }
  ASSERT_EQ(store.commit(change, 0), CommitOutcome::committed);
  std::vector<Settlement> settled;
  for (const Message& message : take(store, 1, 100, 4))
    settled.push_back(
        {message.id, message.account, message.attempts, MessageState::accepted, 0, ""});
  settle(store, settled);
  const auto left = [&] {
    int there = static_cast<int>(store.messages(ann, 10, 0).value().size());
    for (const ChangeSet::Put& put : change.set.puts)
      there += load_one(store, key_of(put.record)).record ? 1 : 0;
    return there;
  };
  EXPECT_EQ(store.sweep(10, 10, 0).value(), 0);
  EXPECT_EQ(store.sweep(10, 10, -1).value(), 0);
  EXPECT_EQ(left(), 12);
  for (const int expected : {7, 2, 0}) {
    EXPECT_EQ(store.sweep(10, 10, 5).value(), expected == 0 ? 2 : 5);
    EXPECT_EQ(left(), expected);
  }
  EXPECT_EQ(store.sweep(10, 10, 5).value(), 0);
}

// Proves I1.
STORE_LINE(TheOutboxIsAsItWasAfterReopening) {
  Change change;
  for (int i = 0; i < 6; ++i) change.send(sample_message(1));
  const std::vector<Message>& sent = change.set.messages;
  ASSERT_EQ(tested.store().commit(change, 0), CommitOutcome::committed);
  ASSERT_EQ(tested.store().take(10, 100, 4, {}).value().size(), 4U);
  settle(tested.store(), {{sent[0].id, sent[0].account, 1, MessageState::accepted, 0, "took it"},
                          {sent[1].id, sent[1].account, 1, MessageState::pending, 50, "later"},
                          {sent[2].id, sent[2].account, 1, MessageState::given_up, 0, "no such"}});
  const auto before = tested.store().messages(ann, 10, 0).value();
  if (!tested.reopen()) return;  // it keeps nothing, and does not say so
  EXPECT_EQ(tested.store().messages(ann, 10, 0).value(), before);
  EXPECT_EQ(tested.store().outbox(10, 0).value(), (OutboxState{2, 1}));
  EXPECT_EQ(ids_of(tested.store().take(50, 1000, 9, {}).value()),
            (std::vector<Id128>{sent[4].id, sent[5].id, sent[1].id}));
  EXPECT_EQ(tested.store().commit(Change().send(sent[0]), 0) == CommitOutcome::committed, false);
  EXPECT_EQ(ids_of(tested.store().given_up({}, 9, 0).value()), std::vector<Id128>{sent[2].id});
  settle(tested.store(), {{sent[2].id, sent[2].account, 1, MessageState::pending, 70, ""}});
  EXPECT_EQ(tested.store().sweep(10, 2, 100).value(), 1);
  ASSERT_TRUE(tested.reopen());
  settle(tested.store(), {{sent[1].id, sent[1].account, 1, MessageState::accepted, 0, "late"},
                          {sent[1].id, sent[1].account, 2, MessageState::superseded, 0, ""}});
  EXPECT_EQ(ids_of(tested.store().take(110, 1000, 9, {}).value()),
            (std::vector<Id128>{sent[2].id, sent[3].id}))
      << "one is tried again, and the lease of one that was not settled ends";
  EXPECT_EQ(tested.store().messages(ann, 10, 0).value().size(), 5U);
}

}  // namespace

std::span<const ContractLine> outbox_lines() {
  static constexpr ContractLine lines[] = {
      LISTED(KeepsEveryPartOfAMessage),
      LISTED(AMessageIdThatIsTakenRefusesTheWholeChange),
      LISTED(ShowsTheMessagesOfAnAccountAsTheyAre),
      LISTED(ShowsTheMessagesOfOneChangeSetInItsOrder),
      LISTED(ForgetsTheMessagesOfAnAccountAndKeepsThoseOfTheChange),
      LISTED(TellsWhatWaitsInTheOutbox),
      LISTED(CountsWhatWaitsUpToABound),
      LISTED(TakesWhatIsDueTheLongestDueFirst),
      LISTED(MessagesDueAtOneMomentAreTakenInTheOrderTheyWereMade),
      LISTED(TakesNoMoreThanAsked),
      LISTED(TakesNothingAtWhatIsNoTimeNorForAnyLease),
      LISTED(SharesOfTheOutboxHaveEachMessageOnce),
      LISTED(ALeasedMessageIsTakenAgainOnlyWhenItsLeaseIsOver),
      LISTED(AMessageDatedByAWrongClockIsDueNow_A31),
      LISTED(ASettledMessageIsNeverTakenAgain),
      LISTED(ManyMessagesAreSettledAtOnceEachInItsWay),
      LISTED(ADeferredMessageComesAgainWhenItWasToldTo),
      LISTED(ASettlementAfterTheLeaseWasLostIsPassedOver),
      LISTED(SweepsOnlyWhatSaysNothingAnyMore),
      LISTED(SweepsInBoundedSteps),
      LISTED(TheOutboxIsAsItWasAfterReopening),
  };
  return lines;
}

}  // namespace ringfence::testing
