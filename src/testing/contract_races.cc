// The store contract: many threads at once, by two handles if there can be two. The work of each
// line is bounded: a few hundred commits at most.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "testing/contract.h"

namespace ringfence::testing {
namespace {

using namespace testing_support;

AccountKey user(int i) { return {"shop", "user-" + std::to_string(i)}; }

STORE_LINE(AnotherHandleSeesWhatWasCommittedAtOnce) {
  const std::unique_ptr<Store> other = tested.another();
  if (other == nullptr) return;  // there can be only one handle, and nothing is promised
  Version before = 0;
  for (int i = 0; i < 20; ++i) {
    Store& writer = i % 2 == 0 ? tested.store() : *other;
    Store& reader = i % 2 == 0 ? *other : tested.store();
    const auto change = Change().put(sample_account("ann"), before).send(sample_message(i));
    ASSERT_EQ(writer.commit(change, 0), CommitOutcome::committed);
    EXPECT_EQ(load_one(reader, ann).version, change.set.puts[0].version);
    EXPECT_EQ(reader.messages(ann, 100, 0).value().size(), static_cast<std::size_t>(i + 1));
    if (before != 0) {
      EXPECT_EQ(reader.commit(Change().put(sample_account("ann"), before), 0),
                CommitOutcome::conflict);
    }
    before = change.set.puts[0].version;
  }
  EXPECT_EQ(tested.store().take(100, 1000, 7, {}).value().size(), 7U);
  EXPECT_EQ(other->take(100, 1000, 100, {}).value().size(), 13U);
}

// Proves A11.
STORE_LINE(NoUpdateOfAHotRecordIsLost) {
  constexpr int threads = 4;
  constexpr int times = 50;
  const Handles handles(tested);
  in_threads(threads, [&](int thread) {
    for (int n = 0; n < times; ++n)
      EXPECT_EQ(raise_epoch(handles[thread], ann), CommitOutcome::committed);
  });
  EXPECT_EQ(epoch_of(tested.store(), ann), static_cast<std::uint64_t>(threads * times));
}

STORE_LINE(ALoadSeesOneMoment) {
  // Each commit raises records of several kinds together; no load may see one raised and the other
  // not.
  const Handles handles(tested);
  constexpr std::uint64_t fewest_commits = 100;
  constexpr std::uint64_t most_commits = 2000;
  constexpr int loads_wanted = 100;
  std::atomic<int> loads = 0;
  std::atomic<bool> stop = false;
  const std::vector<Key> keys = {AccountKey{"shop", "a"}, number, office, AccountKey{"shop", "b"},
                                 AuditKey{ann, 1}};
  in_threads(3, [&](int thread) {
    if (thread == 0) {
      std::vector<Version> versions(keys.size(), 0);
      for (std::uint64_t n = 1; n <= most_commits && (n <= fewest_commits || loads < loads_wanted);
           ++n) {
        Account first = sample_account("a");
        Account second = sample_account("b");
        first.epoch = second.epoch = n;
        Source source = sample_source("192.0.2.0/24");
        source.sends = {static_cast<TimeMs>(n)};
        AuditEntry audit = sample_audit(1);
        audit.at = static_cast<TimeMs>(n);
        const auto change =
            Change()
                .put(first, versions[0])
                .put(sample_entry(phone_address(), static_cast<std::int64_t>(n)), versions[1])
                .put(source, versions[2])
                .put(second, versions[3])
                .put(audit, versions[4]);
        EXPECT_EQ(handles[0].commit(change, 0), CommitOutcome::committed);
        for (std::size_t i = 0; i < keys.size(); ++i) versions[i] = change.set.puts[i].version;
      }
      stop = true;
      return;
    }
    int torn = 0;
    while (!stop) {
      const auto loaded = handles[thread].load(keys, 0);
      if (!loaded || loaded.value().size() != keys.size()) {
        ADD_FAILURE() << "a load failed";
        break;
      }
      ++loads;
      std::vector<std::uint64_t> seen;
      for (const Loaded& one : loaded.value()) {
        if (!one.record) {
          seen.push_back(0);
        } else if (const auto* account = std::get_if<Account>(&*one.record)) {
          seen.push_back(account->epoch);
        } else if (const auto* entry = std::get_if<AddressEntry>(&*one.record)) {
          seen.push_back(static_cast<std::uint64_t>(entry->holders));
        } else if (const auto* source = std::get_if<Source>(&*one.record)) {
          seen.push_back(static_cast<std::uint64_t>(source->sends.at(0)));
        } else {
          seen.push_back(static_cast<std::uint64_t>(std::get<AuditEntry>(*one.record).at));
        }
      }
      if (std::adjacent_find(seen.begin(), seen.end(), std::not_equal_to<>()) != seen.end()) ++torn;
    }
    EXPECT_EQ(torn, 0) << "loads that saw two moments";
  });
}

STORE_LINE(OnlyOneMakesARecordThatIsNotThere) {
  const Handles handles(tested);
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> committed = 0;
    in_threads(3, [&](int thread) {
      Account account = sample_account(user(round).id);
      account.epoch = static_cast<std::uint64_t>(thread);
      const CommitOutcome outcome =
          handles[thread].commit(Change().put(account).send(sample_message(1)), 0);
      EXPECT_TRUE(outcome == CommitOutcome::committed || outcome == CommitOutcome::conflict);
      if (outcome == CommitOutcome::committed) ++committed;
    });
    EXPECT_EQ(committed, 1);
  }
  EXPECT_EQ(pending(tested.store()), 20U);
}

// Each of two commits expects both records and puts one of them: whichever is second finds that
// what it decided upon has changed.
STORE_LINE(OfTwoThatDecideUponEachOthersRecordsOneWins) {
  const Handles handles(tested);
  for (const bool present : {true, false}) {
    for (int round = 0; round < 20; ++round) {
      const int first = 1000 * (present ? 1 : 2) + 2 * round;
      if (present) {
        ASSERT_EQ(tested.store().commit(Change()
                                            .put(sample_account(user(first).id))
                                            .put(sample_account(user(first + 1).id)),
                                        0),
                  CommitOutcome::committed);
      }
      const Version versions[] = {load_one(tested.store(), user(first)).version,
                                  load_one(tested.store(), user(first + 1)).version};
      std::atomic<int> committed = 0;
      in_threads(2, [&](int thread) {
        const int other = 1 - thread;
        const auto change = Change()
                                .expect(user(first + other), versions[other])
                                .put(sample_account(user(first + thread).id), versions[thread]);
        const CommitOutcome outcome = handles[thread].commit(change, 0);
        EXPECT_TRUE(outcome == CommitOutcome::committed || outcome == CommitOutcome::conflict);
        if (outcome == CommitOutcome::committed) ++committed;
      });
      EXPECT_EQ(committed, 1) << (present ? "records that are there" : "records that are not");
    }
  }
}

// Whoever sends decides upon the account; whoever locks it changes it. Never both.
STORE_LINE(AMessageIsNotSentUponWhatHasChanged) {
  const Handles handles(tested);
  for (int round = 0; round < 20; ++round) {
    const AccountKey key = user(round);
    ASSERT_EQ(tested.store().commit(Change().put(sample_account(key.id)), 0),
              CommitOutcome::committed);
    const Version before = load_one(tested.store(), key).version;
    std::atomic<bool> sent = false;
    std::atomic<bool> sent_after_lock = false;
    in_threads(2, [&](int thread) {
      if (thread == 0) {
        sent = handles[0].commit(Change().expect(key, before).send(sample_message(1, key.id)), 0) ==
               CommitOutcome::committed;
      } else {
        EXPECT_EQ(handles[1].commit(Change().put(sample_account(key.id), before), 0),
                  CommitOutcome::committed);
        sent_after_lock =
            handles[1].commit(Change().expect(key, before).send(sample_message(1, key.id)), 0) ==
            CommitOutcome::committed;
      }
    });
    EXPECT_FALSE(sent_after_lock);
    EXPECT_EQ(tested.store().messages(key, 9, 0).value().size(), sent ? 1U : 0U);
  }
}

// Records are put, erased and made again; no version is succeeded by two others.
STORE_LINE(EveryVersionIsSucceededOnce) {
  const Handles handles(tested);
  std::mutex mutex;
  std::map<Version, int> succeeded;
  int made = 0;
  int erased = 0;
  in_threads(4, [&](int thread) {
    for (int n = 0; n < 40; ++n) {
      const Version before = load_one(handles[thread], ann).version;
      const bool erase = before != 0 && n % 3 == 2;
      const Change change =
          erase ? Change().erase(ann, before) : Change().put(sample_account("ann"), before);
      const CommitOutcome outcome = handles[thread].commit(change, 0);
      EXPECT_TRUE(outcome == CommitOutcome::committed || outcome == CommitOutcome::conflict);
      if (outcome != CommitOutcome::committed) continue;
      const std::lock_guard lock(mutex);
      if (before != 0) ++succeeded[before];
      made += before == 0 ? 1 : 0;
      erased += erase ? 1 : 0;
    }
  });
  for (const auto& [version, times] : succeeded) EXPECT_EQ(times, 1);
  EXPECT_EQ(made, erased + (load_one(tested.store(), ann).record ? 1 : 0));
}

STORE_LINE(CommitsOfDifferentRecordsAllHappen) {
  // Their keys overlap in different orders, as two people who change to each other's number have
  // them: nobody waits for ever, and nobody is refused for a reason that is none.
  const Handles handles(tested);
  ASSERT_EQ(tested.store().commit(
                Change().put(sample_account(user(0).id)).put(sample_account(user(1).id)), 0),
            CommitOutcome::committed);
  in_threads(4, [&](int thread) {
    for (int n = 0; n < 20; ++n) {
      for (int tries = 0;; ++tries) {
        const int first = thread % 2;
        const std::vector<Key> keys = {user(first), user(1 - first)};
        const auto loaded = handles[thread].load(keys, 0).value();
        Change change = Change().put(sample_source(std::to_string(100 * thread + n)));
        for (const Loaded& one : loaded) {
          Account account = std::get<Account>(one.record.value());
          ++account.epoch;
          change.put(account, one.version);
        }
        const CommitOutcome outcome = handles[thread].commit(change, 0);
        if (outcome == CommitOutcome::committed) break;
        if (outcome != CommitOutcome::conflict || tries > 200) {
          ADD_FAILURE() << "refused: " << static_cast<int>(outcome);
          return;
        }
      }
    }
  });
  EXPECT_EQ(epoch_of(tested.store(), user(0)), 80U);
  EXPECT_EQ(epoch_of(tested.store(), user(1)), 80U);
}

STORE_LINE(TwoTakersNeverGetOneMessage) {
  const Handles handles(tested);
  constexpr std::size_t many = 200;
  Change change;
  for (std::size_t i = 0; i < many; ++i) change.send(sample_message(1));
  ASSERT_EQ(tested.store().commit(change, 0), CommitOutcome::committed);
  std::vector<std::vector<Id128>> got(4);
  in_threads(4, [&](int thread) {
    for (std::size_t takes = 0; takes <= many; ++takes) {
      const auto taken = handles[thread].take(10, 1000, 7, {}).value();
      if (taken.empty()) return;
      for (const Message& message : taken)
        got[static_cast<std::size_t>(thread)].push_back(message.id);
    }
  });
  // A taker that found everything leased by another one went home; what is left nobody has.
  std::vector<Id128> all;
  for (const auto& mine : got) all.insert(all.end(), mine.begin(), mine.end());
  for (const Message& message : take(tested.store(), 10, 1000, 1000)) all.push_back(message.id);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all.size(), many);
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

// Proves I4.
STORE_LINE(EveryMessageEndsOnceWhileAllAreAtIt) {
  const Handles handles(tested);
  constexpr int commits = 30;
  constexpr std::size_t many = 3 * commits;
  std::mutex mutex;
  std::map<Id128, int> ended;
  std::atomic<bool> appended = false;
  std::atomic<int> swept = 0;
  in_threads(4, [&](int thread) {
    Store& store = handles[thread];
    if (thread == 0) {
      for (int n = 0; n < commits; ++n) {
        const auto change =
            Change().send(sample_message(1)).send(sample_message(2)).send(sample_message(3));
        if (store.commit(change, 0) != CommitOutcome::committed) ADD_FAILURE() << "refused";
      }
      appended = true;
      return;
    }
    if (thread == 3) {
      for (int n = 0; n < 20; ++n) swept += store.sweep(10, 10, 5).value();
      return;
    }
    std::size_t got = 0;
    for (bool more = true; more && got <= many;) {
      more = !appended;  // asked before the take: what came before it is taken
      const auto taken = store.take(10, 1000, 4, {}).value();
      more |= !taken.empty();
      got += taken.size();
      std::vector<Settlement> settlements;
      for (const Message& message : taken) {
        EXPECT_EQ(message.attempts, 1);
        settlements.push_back({message.id, message.account, 1, MessageState::accepted, 0, ""});
      }
      EXPECT_TRUE(store.settle(settlements));
      const std::lock_guard lock(mutex);
      for (const Message& message : taken) ++ended[message.id];
    }
  });
  for (const Message& message : take(tested.store(), 10, 1000, 1000)) ++ended[message.id];
  EXPECT_EQ(ended.size(), many);
  for (const auto& [id, times] : ended) EXPECT_EQ(times, 1);
  EXPECT_LE(swept, static_cast<int>(many));
}

STORE_LINE(WhatIsSaidWithinAShortDeadlineIsTrue) {
  // While others commit, a caller in a hurry may be refused. What it is told holds all the same.
  const Handles handles(tested);
  std::atomic<std::uint64_t> committed = 0;
  std::atomic<std::uint64_t> unknown = 0;
  in_threads(4, [&](int thread) {
    Store& store = handles[thread];
    for (int n = 0; n < 40; ++n) {
      const TimeMs deadline = thread < 2 ? 0 : 1 + n % 3;
      const std::vector<Key> keys = {ann, office};
      const auto loaded = store.load(keys, deadline);
      if (!loaded) {
        EXPECT_EQ(loaded.error().code, ErrorCode::store_unavailable);
        EXPECT_GT(deadline, 0) << "there was all the time";
        continue;
      }
      const Loaded& one = loaded.value().at(0);
      Account account = one.record ? std::get<Account>(*one.record) : sample_account("ann");
      ++account.epoch;
      const auto change = Change().put(account, one.version).send(sample_message(1));
      switch (store.commit(change, deadline)) {
        case CommitOutcome::committed:
          ++committed;
          break;
        case CommitOutcome::unknown:
          ++unknown;
          [[fallthrough]];
        case CommitOutcome::unavailable:
          EXPECT_GT(deadline, 0) << "there was all the time";
          break;
        case CommitOutcome::conflict:
          break;
      }
    }
  });
  const std::uint64_t happened = epoch_of(tested.store(), ann);
  EXPECT_GE(happened, committed);
  EXPECT_LE(happened, committed + unknown);
  EXPECT_EQ(pending(tested.store()), happened);
}

}  // namespace

std::span<const ContractLine> race_lines() {
  static constexpr ContractLine lines[] = {
      LISTED(AnotherHandleSeesWhatWasCommittedAtOnce),
      LISTED(NoUpdateOfAHotRecordIsLost),
      LISTED(ALoadSeesOneMoment),
      LISTED(OnlyOneMakesARecordThatIsNotThere),
      LISTED(OfTwoThatDecideUponEachOthersRecordsOneWins),
      LISTED(AMessageIsNotSentUponWhatHasChanged),
      LISTED(EveryVersionIsSucceededOnce),
      LISTED(CommitsOfDifferentRecordsAllHappen),
      LISTED(TwoTakersNeverGetOneMessage),
      LISTED(EveryMessageEndsOnceWhileAllAreAtIt),
      LISTED(WhatIsSaidWithinAShortDeadlineIsTrue),
  };
  return lines;
}

}  // namespace ringfence::testing
