// The store contract: what was given up, and trying it again.
#include <algorithm>
#include <limits>
#include <vector>

#include "testing/contract.h"

namespace ringfence::testing {
namespace {

using namespace testing_support;

STORE_LINE(ListsWhatWasGivenUpAndNothingElse) {
  Store& store = tested.store();
  EXPECT_TRUE(store.given_up({}, 10, 0).value().empty());
  Message given_up = sample_message(1);
  Message of_another = sample_message(2, "bob");
  Message of_another_realm = sample_message(3);
  of_another_realm.account.realm = "";
  const Message accepted = sample_message(1);
  const Message superseded = sample_message(1);
  const Message leased = sample_message(1);
  ASSERT_EQ(
      store.commit(Change().send(of_another_realm).send(accepted).send(superseded).send(leased), 0),
      CommitOutcome::committed);
  ASSERT_EQ(store.commit(Change().send(of_another).send(given_up), 0), CommitOutcome::committed);
  ASSERT_EQ(store.take(10, 100, 6, {}).value().size(), 6U);
  ASSERT_EQ(store.commit(Change().send(sample_message(1)), 0), CommitOutcome::committed);
  settle(store, {{accepted.id, accepted.account, 1, MessageState::accepted, 0, ""},
                 {superseded.id, superseded.account, 1, MessageState::superseded, 0, ""}});
  std::vector<Message> expected;
  for (Message* one : {&given_up, &of_another, &of_another_realm}) {
    settle(store, {{one->id, one->account, 1, MessageState::given_up, 0, "no such"}});
    one->state = MessageState::given_up;
    one->attempts = 1;
    one->due_at = 110;
    one->outcome = "no such";
    expected.push_back(*one);
  }
  EXPECT_EQ(store.given_up({}, 10, 0).value(), expected);
  EXPECT_EQ(store.sweep(10, 2, 100).value(), 3);
  EXPECT_EQ(ids_of(store.given_up({}, 10, 0).value()),
            (std::vector<Id128>{of_another.id, of_another_realm.id}));
}

STORE_LINE(ListsWhatWasGivenUpInPagesTheFirstCreatedFirst) {
  Store& store = tested.store();
  std::vector<MessagePlace> places;
  std::vector<Settlement> settlements;
  for (int i = 0; i < 10; ++i) {
    Message message = sample_message(1, i % 2 == 0 ? "ann" : "bob");
    message.created_at = 300 - 100 * (i / 4);  // four at one moment, and the newest stored first
    ASSERT_EQ(store.commit(Change().send(message), 0), CommitOutcome::committed);
    places.push_back(place_of(message));
    settlements.push_back({message.id, message.account, 1, MessageState::given_up, 0, ""});
  }
  ASSERT_EQ(store.take(10, 100, 10, {}).value().size(), 10U);
  settle(store, settlements);
  std::sort(places.begin(), places.end());
  const auto listed = [&](const MessagePlace& after, int max) {
    std::vector<MessagePlace> out;
    const auto messages = store.given_up(after, max, 0).value();
    out.reserve(messages.size());
    for (const Message& one : messages) out.push_back(place_of(one));
    return out;
  };
  EXPECT_EQ(listed({}, std::numeric_limits<int>::max()), places);
  EXPECT_EQ(listed({}, 3), std::vector(places.begin(), places.begin() + 3));
  for (std::size_t i = 0; i < places.size(); ++i) {
    EXPECT_EQ(listed(places[i], 10),
              std::vector(places.begin() + static_cast<std::ptrdiff_t>(i) + 1, places.end()));
  }
  // A place at which there is no message.
  EXPECT_EQ(listed({.created_at = 200}, 1), std::vector{places[2]});
  EXPECT_EQ(listed({.created_at = 199}, 1), std::vector{places[2]});
  EXPECT_TRUE(listed({.created_at = 301}, 1).empty());
  EXPECT_TRUE(listed({}, 0).empty());
  EXPECT_TRUE(listed({}, -1).empty());
}

STORE_LINE(WhatWasGivenUpIsTriedAgainWhenToldTo) {
  Store& store = tested.store();
  const Message message = sample_message(1);
  const Message other = sample_message(1);
  ASSERT_EQ(store.commit(Change().send(message).send(other), 0), CommitOutcome::committed);
  ASSERT_EQ(store.take(10, 100, 5, {}).value().size(), 2U);
  settle(store, {{message.id, message.account, 1, MessageState::given_up, 0, "no such"},
                 {other.id, other.account, 1, MessageState::given_up, 0, "no such"}});
  EXPECT_EQ(store.outbox(1000, 0).value(), OutboxState{});
  settle(store, {{message.id, message.account, 1, MessageState::pending, 50, "once more"}});
  EXPECT_EQ(ids_of(store.given_up({}, 5, 0).value()), std::vector<Id128>{other.id});
  EXPECT_EQ(store.outbox(1000, 0).value(), (OutboxState{1, 50}));
  EXPECT_TRUE(store.take(49, 100, 5, {}).value().empty());
  Message expected = message;
  expected.attempts = 2;
  expected.due_at = 150;
  expected.outcome = "once more";
  EXPECT_EQ(store.take(50, 100, 5, {}).value(), std::vector{expected});
  settle(store, {{message.id, message.account, 2, MessageState::accepted, 0, ""}});
  EXPECT_EQ(pending(store), 0U);
}

STORE_LINE(ARetryOfAnOlderAttemptIsPassedOver) {
  Store& store = tested.store();
  const Message message = sample_message(1);
  ASSERT_EQ(store.commit(Change().send(message), 0), CommitOutcome::committed);
  const Settlement first_retry{message.id, message.account, 1, MessageState::pending, 20, ""};
  const auto give_up = [&](int attempts) {
    settle(store, {{message.id, message.account, attempts, MessageState::given_up, 0, "no such"}});
  };
  ASSERT_EQ(store.take(10, 100, 5, {}).value().size(), 1U);
  give_up(1);
  settle(store, {first_retry});
  settle(store, {first_retry});  // told twice, it is as if told once
  ASSERT_EQ(store.take(20, 100, 5, {}).value().size(), 1U);
  settle(store, {first_retry});
  EXPECT_TRUE(store.take(20, 100, 5, {}).value().empty()) << "somebody has it";
  give_up(1);
  EXPECT_TRUE(store.given_up({}, 5, 0).value().empty()) << "somebody has it";
  give_up(2);
  settle(store, {first_retry});
  EXPECT_EQ(ids_of(store.given_up({}, 5, 0).value()), std::vector<Id128>{message.id});
  EXPECT_EQ(pending(store), 0U);
}

}  // namespace

std::span<const ContractLine> given_up_lines() {
  static constexpr ContractLine lines[] = {
      LISTED(ListsWhatWasGivenUpAndNothingElse),
      LISTED(ListsWhatWasGivenUpInPagesTheFirstCreatedFirst),
      LISTED(WhatWasGivenUpIsTriedAgainWhenToldTo),
      LISTED(ARetryOfAnOlderAttemptIsPassedOver),
  };
  return lines;
}

}  // namespace ringfence::testing
