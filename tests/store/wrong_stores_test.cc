// The suite of stores is itself tested: each store here has one defect, and the line it breaks must
// fail, while a store without one passes them all.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ringfence/store/memory.h"
#include "ringfence/testing/store_conformance.h"
#include "support/passing_store.h"

namespace ringfence {
namespace {

using testing::ContractLine;
using testing::StoreUnderTest;

class Passing : public testing_support::PassingStore {
 protected:
  Version version_of(const Key& key) { return good->load({&key, 1}, 0).value().at(0).version; }
};

template <class Wrong>
class One final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }

 private:
  Wrong store_;
};

bool fails(const ContractLine& line, StoreUnderTest& tested) {
  ::testing::TestPartResultArray results;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &results);
    try {
      line.check(tested);
    } catch (const std::exception&) {
      return true;
    }
  }
  for (int i = 0; i < results.size(); ++i) {
    if (results.GetTestPartResult(i).failed()) return true;
  }
  return false;
}

template <class Wrong>
std::set<std::string> failing() {
  std::set<std::string> lines;
  for (const ContractLine& line : testing::store_contract()) {
    One<Wrong> tested;
    if (fails(line, tested)) lines.insert(std::string(line.name));
  }
  return lines;
}

/// The named lines fail, and most lines hold: the fault is found where it is.
void expect_caught(const std::set<std::string>& caught, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) EXPECT_TRUE(caught.contains(line)) << line << " holds";
  EXPECT_LE(caught.size(), testing::store_contract().size() / 2);
  std::string all;
  for (const std::string& line : caught) all += "\n  " + line;
  ::testing::Test::RecordProperty("failing_lines", all);
}

TEST(WrongStores, AGoodOneFailsNothing) { EXPECT_EQ(failing<Passing>(), std::set<std::string>{}); }

// --- Versions and atomicity ---

/// Expects whatever is there, of the keys that `excused` names.
class Lenient : public Passing {
 public:
  CommitOutcome commit(const ChangeSet& change, TimeMs) override {
    for (;;) {
      ChangeSet lenient = change;
      for (ChangeSet::Expect& expect : lenient.expects) {
        if (excused(change, expect)) expect.version = version_of(expect.key);
      }
      const CommitOutcome outcome = good->commit(lenient, 0);
      const bool same =
          std::equal(lenient.expects.begin(), lenient.expects.end(), change.expects.begin(),
                     change.expects.end(),
                     [](const auto& a, const auto& b) { return a.version == b.version; });
      if (same || outcome != CommitOutcome::conflict || ++refused_ > 1000) return outcome;
    }
  }

 protected:
  virtual bool excused(const ChangeSet& change, const ChangeSet::Expect& expect) = 0;

 private:
  std::atomic<int> refused_ = 0;
};

TEST(WrongStores, LosesTheVersionCheck) {
  struct Wrong : Lenient {
    bool excused(const ChangeSet&, const ChangeSet::Expect&) override { return true; }
  };
  expect_caught(failing<Wrong>(),
                {"AnOldTagConflicts", "ARecordThatIsThereConflictsWithOneThatShouldNotBe",
                 "ALateCommitFindsTheFence"});
}

TEST(WrongStores, TakesAbsenceForAnyVersion) {
  struct Wrong : Lenient {
    bool excused(const ChangeSet&, const ChangeSet::Expect& expect) override {
      return expect.version == 0;
    }
  };
  expect_caught(failing<Wrong>(), {"ARecordThatIsThereConflictsWithOneThatShouldNotBe",
                                   "OnlyOneMakesARecordThatIsNotThere"});
}

TEST(WrongStores, ChecksOnlyWhatItWrites) {
  struct Wrong : Lenient {
    bool excused(const ChangeSet& change, const ChangeSet::Expect& expect) override {
      for (const Key& key : change.erases) {
        if (key == expect.key) return false;
      }
      return std::none_of(change.puts.begin(), change.puts.end(), [&](const ChangeSet::Put& put) {
        return key_of(put.record) == expect.key;
      });
    }
  };
  const auto caught = failing<Wrong>();
  expect_caught(
      caught,
      {"WhatWasOnlyDecidedUponConflictsToo", "MessagesAloneAreCommittedOnlyIfTheExpectationsHold",
       "OfTwoThatDecideUponEachOthersRecordsOneWins", "AMessageIsNotSentUponWhatHasChanged"});
  EXPECT_FALSE(caught.contains("AnOldTagConflicts"));
}

TEST(WrongStores, ChecksFirstAndActsLater) {
  struct Wrong : Lenient {
    CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) override {
      for (const ChangeSet::Expect& expect : change.expects) {
        if (version_of(expect.key) != expect.version) return CommitOutcome::conflict;
      }
      // Until another has checked too, if there is one.
      const int mine = ++checked;
      const auto longest = std::chrono::steady_clock::now() + std::chrono::microseconds(500);
      while (checked == mine && std::chrono::steady_clock::now() < longest)
        std::this_thread::yield();
      return Lenient::commit(change, deadline_ms);
    }
    bool excused(const ChangeSet&, const ChangeSet::Expect&) override { return true; }
    std::atomic<int> checked = 0;
  };
  const auto caught = failing<Wrong>();
  expect_caught(caught, {"NoUpdateOfAHotRecordIsLost", "OnlyOneMakesARecordThatIsNotThere",
                         "OfTwoThatDecideUponEachOthersRecordsOneWins",
                         "OfACommitAndItsFenceOneHappens", "EveryVersionIsSucceededOnce"});
  EXPECT_FALSE(caught.contains("AnOldTagConflicts")) << "only races show it";
}

/// Gives records other versions than it was told to.
template <class Make>
class Renumbering : public Passing {
 public:
  CommitOutcome commit(const ChangeSet& change, TimeMs) override {
    ChangeSet other = change;
    for (ChangeSet::Expect& expect : other.expects) expect.version = Make::expected(expect.version);
    for (ChangeSet::Put& put : other.puts) {
      const Key key = key_of(put.record);
      for (const ChangeSet::Expect& expect : other.expects) {
        if (expect.key == key && put.version != 0)
          put.version = Make::put(put.version, expect.version);
      }
    }
    return good->commit(other, 0);
  }
};

TEST(WrongStores, CountsVersions) {
  struct Counter {
    static Version expected(Version version) { return version; }
    static Version put(Version, Version before) { return before + 1; }
  };
  expect_caught(failing<Renumbering<Counter>>(),
                {"WhatIsErasedIsGoneAndMadeAgainItDoesNotLookUnchanged",
                 "LoadsInTheOrderOfTheKeysAndSaysWhatIsAbsent"});
}

TEST(WrongStores, KeepsVersionsAsFloatingPoint) {
  struct Rounded {
    static Version round(Version version) {
      return version == ~Version{0} ? version
                                    : static_cast<Version>(static_cast<double>(version / 2)) * 2 +
                                          (version < 4 ? version % 2 : 0);
    }
    static Version expected(Version version) { return round(version); }
    static Version put(Version version, Version) { return std::max(round(version), Version{1}); }
  };
  expect_caught(failing<Renumbering<Rounded>>(), {"EveryBitOfAVersionCounts"});
}

TEST(WrongStores, CommitsTheMessagesOfAChangeThatDidNotHappen) {
  struct Wrong : Passing {
    CommitOutcome commit(const ChangeSet& change, TimeMs) override {
      const CommitOutcome outcome = good->commit(change, 0);
      ChangeSet rest{.id = change.id, .messages = change.messages};
      if (outcome == CommitOutcome::conflict) good->commit(rest, 0);
      return outcome;
    }
  };
  expect_caught(failing<Wrong>(),
                {"OneFailedExpectationLeavesEverythingAsItWas",
                 "MessagesAloneAreCommittedOnlyIfTheExpectationsHold", "ALateCommitFindsTheFence"});
}

TEST(WrongStores, CommitsRecordByRecord) {
  struct Wrong : Passing {
    CommitOutcome commit(const ChangeSet& change, TimeMs) override {
      ChangeSet rest = change;
      rest.puts.clear();
      for (const ChangeSet::Put& put : change.puts) {
        ChangeSet part{.id = change.id, .puts = {put}};
        for (auto at = rest.expects.begin(); at != rest.expects.end(); ++at) {
          if (at->key != key_of(put.record)) continue;
          part.expects.push_back(*at);
          rest.expects.erase(at);
          break;
        }
        if (const auto outcome = good->commit(part, 0); outcome != CommitOutcome::committed)
          return outcome;
        std::this_thread::yield();
      }
      return good->commit(rest, 0);
    }
  };
  expect_caught(
      failing<Wrong>(),
      {"OneFailedExpectationLeavesEverythingAsItWas", "ManyRecordsAreCommittedTogetherOrNotAtAll",
       "AMessageIdThatIsTakenRefusesTheWholeChange", "ALoadSeesOneMoment"});
}

TEST(WrongStores, LoadsKeyByKey) {
  struct Wrong : Passing {
    result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs) override {
      std::vector<Loaded> out;
      for (const Key& key : keys) {
        out.push_back(good->load({&key, 1}, 0).value().at(0));
        if (keys.size() < 10) std::this_thread::yield();
      }
      return out;
    }
  };
  const auto caught = failing<Wrong>();
  expect_caught(caught, {"ALoadSeesOneMoment"});
  EXPECT_LE(caught.size(), 1U);
}

TEST(WrongStores, TakesKeysForTheSameThatAreNot) {
  struct Wrong : Passing {
    static void fold(std::string& text) {
      for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    CommitOutcome commit(const ChangeSet& change, TimeMs) override {
      ChangeSet folded = change;
      for (ChangeSet::Expect& expect : folded.expects) {
        if (auto* account = std::get_if<AccountKey>(&expect.key)) fold(account->id);
      }
      for (ChangeSet::Put& put : folded.puts) {
        if (auto* account = std::get_if<Account>(&put.record)) fold(account->key.id);
      }
      return good->commit(folded, 0);
    }
  };
  expect_caught(failing<Wrong>(), {"KeysThatOnlyLookAlikeAreDifferent"});
}

TEST(WrongStores, SaysUnavailableThoughItHappened) {
  struct Wrong : Passing {
    CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) override {
      const CommitOutcome outcome = good->commit(change, deadline_ms);
      return deadline_ms > 0 && deadline_ms < 4 ? CommitOutcome::unavailable : outcome;
    }
  };
  const auto caught = failing<Wrong>();
  expect_caught(caught, {"WhatIsSaidWithinAShortDeadlineIsTrue"});
  EXPECT_EQ(caught.size(), 1U);
}

// --- The outbox ---

TEST(WrongStores, LeasesAMessageTwice) {
  struct Wrong : Passing {  // only to takers who come at the same moment
    result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                      OutboxShare share) override {
      {
        const std::lock_guard lock(mutex);
        if (!taken.empty()) return taken;
        taken = good->take(now, lease_ms, max, share).value();
      }
      for (int i = 0; i < 4; ++i) std::this_thread::yield();
      const std::lock_guard lock(mutex);
      return std::exchange(taken, {});
    }
    std::mutex mutex;
    std::vector<Message> taken;
  };
  const auto caught = failing<Wrong>();
  expect_caught(caught, {"TwoTakersNeverGetOneMessage"});
  EXPECT_FALSE(caught.contains("ALeasedMessageIsTakenAgainOnlyWhenItsLeaseIsOver"));
}

/// Changes what was asked of `take`, or what it gave.
template <class Change>
class Taking : public Passing {
  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override {
    return Change()(*good, now, lease_ms, max, share);
  }
};

TEST(WrongStores, LeasesNothing) {
  struct Wrong {
    auto operator()(Store& good, TimeMs now, TimeMs, int max, OutboxShare share) {
      return good.take(now, 0, max, share);
    }
  };
  expect_caught(failing<Taking<Wrong>>(), {"ALeasedMessageIsTakenAgainOnlyWhenItsLeaseIsOver",
                                           "TwoTakersNeverGetOneMessage"});
}

TEST(WrongStores, NeverEndsALease) {
  struct Wrong {
    auto operator()(Store& good, TimeMs now, TimeMs lease_ms, int max, OutboxShare share) {
      auto taken = good.take(now, lease_ms, max, share);
      std::erase_if(taken.value(), [](const Message& message) { return message.attempts > 1; });
      return taken;
    }
  };
  expect_caught(failing<Taking<Wrong>>(), {"ALeasedMessageIsTakenAgainOnlyWhenItsLeaseIsOver",
                                           "ADeferredMessageComesAgainWhenItWasToldTo"});
}

TEST(WrongStores, TakesTheNewestFirst) {
  struct Wrong {
    auto operator()(Store& good, TimeMs now, TimeMs lease_ms, int max, OutboxShare share) {
      auto taken = good.take(now, lease_ms, max, share);
      std::reverse(taken.value().begin(), taken.value().end());
      return taken;
    }
  };
  expect_caught(failing<Taking<Wrong>>(), {"TakesWhatIsDueTheLongestDueFirst",
                                           "MessagesDueAtOneMomentAreTakenInTheOrderTheyWereMade"});
}

TEST(WrongStores, TakesWithoutBound) {
  struct Wrong {
    auto operator()(Store& good, TimeMs now, TimeMs lease_ms, int, OutboxShare share) {
      return good.take(now, lease_ms, std::numeric_limits<int>::max(), share);
    }
  };
  expect_caught(failing<Taking<Wrong>>(), {"TakesNoMoreThanAsked"});
}

TEST(WrongStores, TakesOfEveryShare) {
  struct Wrong {
    auto operator()(Store& good, TimeMs now, TimeMs lease_ms, int max, OutboxShare) {
      return good.take(now, lease_ms, max, {});
    }
  };
  const auto caught = failing<Taking<Wrong>>();
  expect_caught(caught, {"SharesOfTheOutboxHaveEachMessageOnce"});
  EXPECT_EQ(caught.size(), 1U);
}

TEST(WrongStores, TakesAtAnyTimeForAnyLease) {
  struct Wrong {
    auto operator()(Store& good, TimeMs, TimeMs, int max, OutboxShare share) {
      return good.take(10, 100, max, share);
    }
  };
  expect_caught(failing<Taking<Wrong>>(), {"TakesNothingAtWhatIsNoTimeNorForAnyLease"});
}

TEST(WrongStores, BelievesAWrongClock) {
  struct Wrong : Passing {
    result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                      OutboxShare share) override {
      auto taken = good->take(now, lease_ms, max, share);
      std::erase_if(taken.value(), [&](const Message& message) {
        return message.created_at > now + longest_deferral_ms;
      });
      return taken;
    }
  };
  expect_caught(failing<Wrong>(), {"AMessageDatedByAWrongClockIsDueNow_A31"});
}

TEST(WrongStores, AcceptsALateSettlement) {
  struct Wrong : Passing {
    result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                      OutboxShare share) override {
      auto taken = good->take(now, lease_ms, max, share);
      const std::lock_guard lock(mutex);
      for (const Message& message : taken.value()) attempts[message.id] = message.attempts;
      return taken;
    }
    result<void> settle(std::span<const Settlement> settlements) override {
      std::vector<Settlement> all(settlements.begin(), settlements.end());
      const std::lock_guard lock(mutex);
      for (Settlement& one : all) one.attempts = attempts[one.id];
      return good->settle(all);
    }
    std::mutex mutex;
    std::map<Id128, int> attempts;
  };
  expect_caught(failing<Wrong>(), {"ASettlementAfterTheLeaseWasLostIsPassedOver",
                                   "ManyMessagesAreSettledAtOnceEachInItsWay"});
}

TEST(WrongStores, SettlesOnlyTheFirst) {
  struct Wrong : Passing {
    result<void> settle(std::span<const Settlement> settlements) override {
      return good->settle(settlements.first(std::min<std::size_t>(1, settlements.size())));
    }
  };
  expect_caught(failing<Wrong>(),
                {"ASettledMessageIsNeverTakenAgain", "ManyMessagesAreSettledAtOnceEachInItsWay"});
}

TEST(WrongStores, ShowsMessagesInAnyOrder) {
  struct Wrong : Passing {
    result<std::vector<Message>> messages(const AccountKey& account, int max, TimeMs) override {
      auto shown = good->messages(account, max, 0);
      std::reverse(shown.value().begin(), shown.value().end());
      return shown;
    }
  };
  expect_caught(failing<Wrong>(), {"ShowsTheMessagesOfAnAccountAsTheyAre",
                                   "ShowsTheMessagesOfOneChangeSetInItsOrder"});
}

TEST(WrongStores, ForgetsNoMessages) {
  struct Wrong : Passing {
    CommitOutcome commit(const ChangeSet& change, TimeMs) override {
      ChangeSet other = change;
      other.forget_messages_of.reset();
      return good->commit(other, 0);
    }
  };
  const auto caught = failing<Wrong>();
  expect_caught(caught, {"ForgetsTheMessagesOfAnAccountAndKeepsThoseOfTheChange"});
  EXPECT_EQ(caught.size(), 1U);
}

TEST(WrongStores, ForgetsTheMessagesOfTheChangeToo) {
  struct Wrong : Passing {
    CommitOutcome commit(const ChangeSet& change, TimeMs) override {
      ChangeSet first = change;
      first.forget_messages_of.reset();
      const CommitOutcome outcome = good->commit(first, 0);
      ChangeSet then{.id = change.id, .forget_messages_of = change.forget_messages_of};
      if (outcome == CommitOutcome::committed && then.forget_messages_of) good->commit(then, 0);
      return outcome;
    }
  };
  expect_caught(failing<Wrong>(), {"ForgetsTheMessagesOfAnAccountAndKeepsThoseOfTheChange"});
}

// --- What was given up ---

/// Changes what was asked of `given_up`, or what it gave.
template <class Change>
class Listing : public Passing {
  result<std::vector<Message>> given_up(const MessagePlace& after, int max, TimeMs) override {
    return Change()(*good, after, max);
  }
};

TEST(WrongStores, ListsOfOneAccountWhatWasGivenUp) {
  struct Wrong {
    auto operator()(Store& good, const MessagePlace& after, int max) {
      auto listed = good.given_up(after, max, 0);
      std::erase_if(listed.value(), [](const Message& one) { return one.account.id != "ann"; });
      return listed;
    }
  };
  expect_caught(failing<Listing<Wrong>>(), {"ListsWhatWasGivenUpAndNothingElse"});
}

TEST(WrongStores, ListsWhatWasGivenUpAsItWasCommitted) {
  struct Wrong {
    auto operator()(Store& good, const MessagePlace& after, int max) {
      auto listed = good.given_up(after, max, 0);
      for (Message& one : listed.value()) one.attempts = 0;
      return listed;
    }
  };
  expect_caught(failing<Listing<Wrong>>(), {"ListsWhatWasGivenUpAndNothingElse"});
}

TEST(WrongStores, ListsTheNewestThatWasGivenUpFirst) {
  struct Wrong {
    auto operator()(Store& good, const MessagePlace& after, int max) {
      auto listed = good.given_up(after, max, 0);
      std::reverse(listed.value().begin(), listed.value().end());
      return listed;
    }
  };
  expect_caught(failing<Listing<Wrong>>(), {"ListsWhatWasGivenUpInPagesTheFirstCreatedFirst"});
}

TEST(WrongStores, ListsInPagesThatLoseWhatWasCreatedAtOneMoment) {
  struct Wrong {
    auto operator()(Store& good, MessagePlace after, int max) {
      if (after != MessagePlace()) after.id.bytes.fill(0xff);
      return good.given_up(after, max, 0);
    }
  };
  const auto caught = failing<Listing<Wrong>>();
  expect_caught(caught, {"ListsWhatWasGivenUpInPagesTheFirstCreatedFirst"});
  EXPECT_EQ(caught.size(), 1U);
}

TEST(WrongStores, ListsInPagesThatBeginWhereTheLastOneEnded) {
  struct Wrong {
    auto operator()(Store& good, MessagePlace after, int max) {
      for (auto byte = after.id.bytes.rbegin(); byte != after.id.bytes.rend(); ++byte) {
        if ((*byte)-- != 0) break;
      }
      return good.given_up(after, max, 0);
    }
  };
  expect_caught(failing<Listing<Wrong>>(), {"ListsWhatWasGivenUpInPagesTheFirstCreatedFirst"});
}

TEST(WrongStores, ListsWithoutBound) {
  struct Wrong {
    auto operator()(Store& good, const MessagePlace& after, int) {
      return good.given_up(after, std::numeric_limits<int>::max(), 0);
    }
  };
  const auto caught = failing<Listing<Wrong>>();
  expect_caught(caught, {"ListsWhatWasGivenUpInPagesTheFirstCreatedFirst"});
  EXPECT_EQ(caught.size(), 1U);
}

/// Settles with other attempts what is to be tried again.
template <class Attempts>
class Retrying : public Passing {
  result<void> settle(std::span<const Settlement> settlements) override {
    std::vector<Settlement> all(settlements.begin(), settlements.end());
    const auto given_up = good->given_up({}, 1000, 0).value();
    for (Settlement& one : all) {
      for (const Message& ended : given_up) {
        if (ended.id == one.id && one.state == MessageState::pending)
          one.attempts = Attempts()(one, ended);
      }
    }
    return good->settle(all);
  }
};

TEST(WrongStores, TriesNothingAgainThatEnded) {
  struct Wrong {
    int operator()(const Settlement& one, const Message&) { return one.attempts + 1; }
  };
  expect_caught(failing<Retrying<Wrong>>(),
                {"WhatWasGivenUpIsTriedAgainWhenToldTo", "ARetryOfAnOlderAttemptIsPassedOver"});
}

TEST(WrongStores, TriesAgainWhatWasTriedMeanwhile) {
  struct Wrong {
    int operator()(const Settlement&, const Message& ended) { return ended.attempts; }
  };
  const auto caught = failing<Retrying<Wrong>>();
  expect_caught(caught, {"ARetryOfAnOlderAttemptIsPassedOver"});
  EXPECT_EQ(caught.size(), 1U);
}

// --- Sweeping ---

TEST(WrongStores, SweepsWhatIsPending) {
  struct Wrong : Passing {
    result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
      const auto pending = good->take(now, 1, std::max(0, max), {});
      std::vector<Settlement> ended;
      for (const Message& message : pending.value())
        ended.push_back(
            {message.id, message.account, message.attempts, MessageState::given_up, 0, ""});
      EXPECT_TRUE(good->settle(ended));
      return good->sweep(now, settled_before, max);
    }
  };
  expect_caught(failing<Wrong>(), {"SweepsOnlyWhatSaysNothingAnyMore"});
}

TEST(WrongStores, SweepsAtTheWrongMoment) {
  struct Wrong : Passing {
    result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
      return good->sweep(now + 1, settled_before + 1, max);
    }
  };
  expect_caught(failing<Wrong>(), {"SweepsOnlyWhatSaysNothingAnyMore"});
}

TEST(WrongStores, SweepsWithoutBound) {
  struct Wrong : Passing {
    result<int> sweep(TimeMs now, TimeMs settled_before, int) override {
      return good->sweep(now, settled_before, std::numeric_limits<int>::max());
    }
  };
  const auto caught = failing<Wrong>();
  expect_caught(caught, {"SweepsInBoundedSteps"});
  EXPECT_EQ(caught.size(), 1U);
}

// --- What is kept ---

/// Keeps a journal of what was done and does it again when it is opened. What it does not write
/// down is lost.
struct Kept {
  bool records = true;
  bool messages = true;
  bool leases = true;
  bool settlements = true;
};
class Reopened final : public StoreUnderTest {
 public:
  explicit Reopened(Kept kept) : store_(kept) {}
  Store& store() override { return store_; }
  bool reopen() override {
    store_.replay();
    return true;
  }

 private:
  class Journal final : public Passing {
   public:
    explicit Journal(Kept kept) : kept_(kept) {}
    CommitOutcome commit(const ChangeSet& change, TimeMs) override {
      const CommitOutcome outcome = good->commit(change, 0);
      if (outcome != CommitOutcome::committed) return outcome;
      ChangeSet remembered = change;
      if (!kept_.records) remembered = {.id = change.id, .messages = change.messages};
      if (!kept_.messages) remembered.messages.clear();
      write([remembered](Store& store) { store.commit(remembered, 0); });
      return outcome;
    }
    result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                      OutboxShare share) override {
      if (kept_.leases) {
        write([=](Store& store) { EXPECT_TRUE(store.take(now, lease_ms, max, share)); });
      }
      return good->take(now, lease_ms, max, share);
    }
    result<void> settle(std::span<const Settlement> settlements) override {
      const std::vector<Settlement> all(settlements.begin(), settlements.end());
      if (kept_.settlements) {
        write([all](Store& store) { EXPECT_TRUE(store.settle(all)); });
      }
      return good->settle(settlements);
    }
    result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
      write([=](Store& store) { EXPECT_TRUE(store.sweep(now, settled_before, max)); });
      return good->sweep(now, settled_before, max);
    }
    void replay() {
      good = make_memory_store();
      for (const auto& done : journal_) done(*good);
    }

   private:
    void write(std::function<void(Store&)> done) {
      const std::lock_guard lock(mutex_);
      journal_.push_back(std::move(done));
    }
    Kept kept_;
    std::mutex mutex_;
    std::vector<std::function<void(Store&)>> journal_;
  };
  Journal store_;
};

std::set<std::string> failing_if(Kept kept) {
  std::set<std::string> lines;
  for (const ContractLine& line : testing::store_contract()) {
    if (line.name.find("Reopening") == std::string_view::npos) continue;
    Reopened tested(kept);
    if (fails(line, tested)) lines.insert(std::string(line.name));
  }
  return lines;
}

TEST(WrongStores, LoseSomethingWhenTheyAreOpenedAgain) {
  const std::string records = "WhatWasCommittedIsThereAfterReopening";
  const std::string outbox = "TheOutboxIsAsItWasAfterReopening";
  EXPECT_EQ(failing_if({}), std::set<std::string>{});
  EXPECT_EQ(failing_if({.records = false}), std::set<std::string>{records});
  EXPECT_EQ(failing_if({.messages = false}), std::set<std::string>{outbox});
  EXPECT_EQ(failing_if({.leases = false}), std::set<std::string>{outbox});
  EXPECT_EQ(failing_if({.settlements = false}), std::set<std::string>{outbox});
}

}  // namespace
}  // namespace ringfence
