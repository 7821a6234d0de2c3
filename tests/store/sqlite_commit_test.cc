// Durability: group commit, deadlines, failing disks.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/faulty_vfs.h"
#include "store/files.h"
#include "store/raw_database.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temp_dir.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;

const AccountKey ann{"shop", "ann"};

class SqliteCommit : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open() {
    return sqlite::open(dir.file("a.db"),
                        {.vfs = vfs.name(), .checkpoint_pages = 1000, .cache_kib = 2000})
        .value();
  }

  TempDir dir;
  FaultyVfs vfs{"ringfence-faulty-commit"};
};

// Proves I1.
TEST_F(SqliteCommit, IsSyncedBeforeItIsAcknowledged) {
  const auto store = open();
  for (int i = 0; i < 10; ++i) {
    const int before = vfs.log_syncs;
    ASSERT_EQ(
        store->commit(Change().put(sample_account(std::to_string(i))).send(sample_message(1)), 0),
        CommitOutcome::committed);
    EXPECT_GT(vfs.log_syncs, before);
    EXPECT_FALSE(vfs.log_dirty);
  }
  int before = vfs.log_syncs;
  const Message taken = store->take(10, 10, 1, {}).value().at(0);
  EXPECT_GT(vfs.log_syncs, before);  // the lease
  EXPECT_FALSE(vfs.log_dirty);
  before = vfs.log_syncs;
  const std::vector<Settlement> settled = {
      {.id = taken.id, .account = taken.account, .attempts = 1, .state = MessageState::accepted}};
  ASSERT_TRUE(store->settle(settled));
  EXPECT_GT(vfs.log_syncs, before);
  EXPECT_FALSE(vfs.log_dirty);
}

TEST_F(SqliteCommit, NothingToDoCostsNoSync) {
  const auto store = open();
  ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  const int before = vfs.log_syncs;
  EXPECT_TRUE(store->take(10, 10, 10, {}).value().empty());
  EXPECT_EQ(store->sweep(10, 10, 10).value(), 0);
  EXPECT_EQ(store->commit(Change().put(sample_account("ann"), 1), 0), CommitOutcome::conflict);
  EXPECT_EQ(vfs.log_syncs, before);
}

TEST_F(SqliteCommit, CommitsThatWaitTogetherShareOneSync) {
  constexpr int threads = 32;
  constexpr int times = 20;
  const auto store = open();
  std::atomic<int> waiting = 0;
  std::atomic<int> running = threads;
  // A disk so slow that everybody else is waiting when a sync ends; bounded, should somebody be
  // between two commits.
  vfs.before_log_sync = [&] {
    for (int i = 0; i < 100'000 && waiting < running; ++i) std::this_thread::yield();
  };
  const int before = vfs.log_syncs;
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < threads; ++i) {
      all.emplace_back([&, i] {
        const AccountKey mine{"shop", std::to_string(i)};
        Version version = 0;
        for (int n = 0; n < times; ++n) {
          const auto change = Change().put(sample_account(mine.id), version);
          const int synced = vfs.log_syncs;
          ++waiting;
          EXPECT_EQ(store->commit(change, 0), CommitOutcome::committed);
          --waiting;
          EXPECT_GT(vfs.log_syncs, synced);  // one that ended after it was asked for
          version = change.set.puts[0].version;
        }
        --running;
      });
    }
  }
  vfs.before_log_sync = [] {};
  const int syncs = vfs.log_syncs - before;
  EXPECT_LT(syncs * 5, threads * times) << syncs;
  std::vector<Key> keys;
  for (int i = 0; i < threads; ++i) keys.emplace_back(AccountKey{"shop", std::to_string(i)});
  const auto loaded = store->load(keys, 0).value();
  for (const Loaded& one : loaded) EXPECT_TRUE(one.record);
}

// One change set of a group that fails takes nothing of the others with it, and nobody's changes
// with half of its own.
TEST_F(SqliteCommit, EachOfAGroupIsJudgedByItself) {
  constexpr int threads = 12;
  const auto store = open();
  const Message taken_id = sample_message(1);
  ASSERT_EQ(store->commit(Change().put(sample_account("first")).send(taken_id), 0),
            CommitOutcome::committed);
  std::atomic<int> waiting = 0;
  vfs.before_log_sync = [&] {
    for (int i = 0; i < 1'000'000 && waiting < threads; ++i) std::this_thread::yield();
  };
  std::vector<CommitOutcome> outcomes(threads);
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < threads; ++i) {
      all.emplace_back([&, i] {
        Change change;
        if (i % 3 == 0) change.put(sample_account(std::to_string(i)));
        if (i % 3 == 1)
          change.put(sample_account(std::to_string(i))).send(taken_id);  // written, then undone
        if (i % 3 == 2) change.put(sample_account("hot"));  // only one can be the first
        ++waiting;
        outcomes[static_cast<std::size_t>(i)] = store->commit(change, 0);
      });
    }
  }
  vfs.before_log_sync = [] {};
  int hot = 0;
  for (int i = 0; i < threads; ++i) {
    const CommitOutcome outcome = outcomes[static_cast<std::size_t>(i)];
    const bool there = load_one(*store, AccountKey{"shop", std::to_string(i)}).record.has_value();
    EXPECT_EQ(there, i % 3 == 0) << i;
    if (i % 3 == 2 && outcome == CommitOutcome::committed) {
      ++hot;
      continue;
    }
    EXPECT_EQ(outcome, i % 3 == 0   ? CommitOutcome::committed
                       : i % 3 == 1 ? CommitOutcome::unavailable
                                    : CommitOutcome::conflict);
  }
  EXPECT_EQ(hot, 1);
  EXPECT_EQ(store->take(10, 10, 10, {}).value().size(), 1U);
}

TEST_F(SqliteCommit, NobodyWaitsLongerThanHisDeadline) {
  const auto store = open();
  std::mutex mutex;
  std::condition_variable changed;
  bool syncing = false;
  bool go_on = false;
  vfs.before_log_sync = [&] {
    std::unique_lock lock(mutex);
    syncing = true;
    changed.notify_all();
    changed.wait(lock, [&] { return go_on; });
  };
  std::jthread slow([&] { EXPECT_EQ(raise_epoch(*store, ann), CommitOutcome::committed); });
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::minutes(1), [&] { return syncing; }));
  }
  const auto loaded = store->load(std::vector<Key>{ann}, 1);
  const CommitOutcome alone = store->commit(Change().put(sample_account("bob")), 1);
  std::jthread patient([&] {
    EXPECT_EQ(store->commit(Change().put(sample_account("cem")), 0), CommitOutcome::committed);
  });
  std::vector<CommitOutcome>
      in_queue;  // of these, all that come after the patient one are behind it
  for (int i = 0; i < 50; ++i)
    in_queue.push_back(store->commit(Change().put(sample_account("bob")), 1));
  {
    const std::lock_guard lock(mutex);
    go_on = true;
    changed.notify_all();
  }
  slow.join();
  patient.join();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::store_unavailable);
  EXPECT_EQ(alone, CommitOutcome::unavailable);
  for (const CommitOutcome one : in_queue) EXPECT_EQ(one, CommitOutcome::unavailable);
  vfs.before_log_sync = [] {};
  EXPECT_FALSE(
      load_one(*store, AccountKey{"shop", "bob"}).record);  // unavailable: not now and not later
  EXPECT_TRUE(load_one(*store, AccountKey{"shop", "cem"}).record);
  EXPECT_EQ(epoch_of(*store, ann), 1U);
}

// Commits one after another on a disk that fails at one point, and what the store said about them.
struct Story {
  std::uint64_t acknowledged = 0;  // the epoch that is certainly there
  std::uint64_t in_doubt = 0;      // and the one that may be
  int refused = 0;
  bool last_went_well = false;
};

Story tell(Store& store, int chapters, std::size_t message_size) {
  Story story;
  Version version = 0;
  for (int i = 0; i < chapters; ++i) {
    Account account = sample_account("ann");
    account.epoch = story.acknowledged + 1;
    Message message = sample_message(1);
    message.fields["text"] = std::string(message_size, 'x');
    const auto change = Change().put(account, version).send(message);
    const CommitOutcome outcome = store.commit(change, 0);
    EXPECT_NE(outcome, CommitOutcome::conflict);
    story.last_went_well = outcome == CommitOutcome::committed;
    if (outcome == CommitOutcome::committed) {
      story.acknowledged = account.epoch;
      version = change.set.puts[0].version;
    } else if (outcome == CommitOutcome::unknown) {
      story.in_doubt = account.epoch;
      // Believe nothing until it is opened anew.
      const std::vector<Key> keys = {ann};
      EXPECT_FALSE(store.load(keys, 0));
      EXPECT_EQ(store.commit(Change().put(sample_account("bob")), 0), CommitOutcome::unavailable);
      EXPECT_FALSE(store.take(1, 1, 1, {}));
      break;
    } else {
      ++story.refused;
    }
  }
  return story;
}

// I1, I3: after a fault at any point all that was acknowledged is there, and nothing is half there.
class SqliteFaults : public SqliteCommit {
 protected:
  void tell_with_faults(int chapters, std::size_t message_size, long stride);
};

void SqliteFaults::tell_with_faults(int chapters, std::size_t message_size, long stride) {
  int faults = 0;
  int unknown = 0;
  for (const auto fault :
       {FaultyVfs::Fault::disk_full, FaultyVfs::Fault::io_error, FaultyVfs::Fault::half_written}) {
    for (const bool lasting : {false, true}) {
      bool reached = true;
      for (long n = 0; reached; n += stride) {
        SCOPED_TRACE("operation " + std::to_string(n) + (lasting ? " and all after it" : " alone") +
                     ", fault " + std::to_string(static_cast<int>(fault)));
        std::filesystem::remove_all(dir.path());
        std::filesystem::create_directory(dir.path());
        Story story;
        {
          const auto store = open();
          vfs.fail_at(n, fault, lasting);
          story = tell(*store, chapters, message_size);
          if (fault == FaultyVfs::Fault::disk_full) {
            EXPECT_EQ(story.in_doubt, 0U);
            vfs.no_fault();  // there is room again
            EXPECT_EQ(store->commit(Change().put(sample_account("bob")), 0),
                      CommitOutcome::committed);
          }
        }
        reached = vfs.failed > 0;
        faults += reached ? 1 : 0;
        unknown += story.in_doubt != 0 ? 1 : 0;
        vfs.no_fault();
        {
          const auto store = open();
          const std::uint64_t epoch = epoch_of(*store, ann);
          EXPECT_TRUE(epoch == story.acknowledged ||
                      (story.in_doubt != 0 && epoch == story.in_doubt))
              << epoch;
          EXPECT_EQ(store->take(10, 10, 1000, {}).value().size(), epoch);
          EXPECT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
          EXPECT_EQ(epoch_of(*store, ann), epoch + 1);
        }
        EXPECT_EQ(RawDatabase(dir.file("a.db"))("PRAGMA integrity_check"), "ok\n");
        if (HasFailure()) return;
      }
    }
  }
  EXPECT_GT(faults, 15);
  EXPECT_GT(unknown, 0);
}

// Proves I1, I3.
TEST_F(SqliteFaults, InSmallCommitsLoseNothingThatWasAcknowledged) { tell_with_faults(3, 10, 1); }

// So much that the log is brought into the file meanwhile.
// Proves I1, I3.
TEST_F(SqliteFaults, WithCheckpointsLoseNothingThatWasAcknowledged) {
  tell_with_faults(14, 300'000, 797);
}

// So much that a commit outgrows the cache, and writes before its end.
// Proves I1, I3.
TEST_F(SqliteFaults, InHugeCommitsLoseNothingThatWasAcknowledged) {
  tell_with_faults(2, 2'500'000, 797);
}

TEST_F(SqliteFaults, AfterAFailedCommitTheFilesAreLeftToTheNextOpener) {
  auto store = open();
  ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  vfs.fail_at(0, FaultyVfs::Fault::io_error, true);
  ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::unknown);
  vfs.no_fault();
  const auto files = contents(dir.path());
  store.reset();
  EXPECT_EQ(contents(dir.path()), files);
  ASSERT_FALSE(files.at("a.db-wal").empty());
  EXPECT_EQ(epoch_of(*open(), ann), 1U);  // nothing of the second was written
}

TEST_F(SqliteFaults, AfterAnyFailedSyncOfACommitNothingIsBelieved) {
  std::vector<CommitOutcome> outcomes;
  for (long n = 0;; ++n) {
    const auto store =
        sqlite::open(dir.file(std::to_string(n)), {.vfs = vfs.name(), .cache_kib = 2000}).value();
    vfs.fail_at(n, FaultyVfs::Fault::sync_error, false);
    Message huge = sample_message(1);
    huge.fields["text"] = std::string(3'000'000, 'x');
    outcomes.push_back(store->commit(Change().put(sample_account("ann")).send(huge), 0));
    const bool reached = vfs.failed > 0;
    vfs.no_fault();
    EXPECT_EQ(store->load(std::vector<Key>{ann}, 0).has_value(), !reached);
    EXPECT_EQ(raise_epoch(*store, ann) == CommitOutcome::committed, !reached);
    if (!reached) break;
  }
  // The log's beginning is synced before the commit, all of it by the commit.
  EXPECT_EQ(outcomes, (std::vector{CommitOutcome::unavailable, CommitOutcome::unknown,
                                   CommitOutcome::committed}));
}

// Proves I1.
TEST_F(SqliteFaults, ASyncThatFailsWhileTheLogIsBroughtIntoTheFileLosesNothing) {
  int broken = 0;
  for (long n = 0; n < 40; ++n) {
    const std::string path = dir.file(std::to_string(n));
    std::uint64_t acknowledged = 0;
    {
      const auto store = sqlite::open(path, {.vfs = vfs.name(), .checkpoint_pages = 20}).value();
      vfs.fail_at(n, FaultyVfs::Fault::sync_error, false);
      while (raise_epoch(*store, ann) == CommitOutcome::committed && acknowledged < 40)
        ++acknowledged;
      broken += store->health() ? 0 : 1;
      vfs.no_fault();
    }
    const std::uint64_t epoch = epoch_of(*sqlite::open(path, {.vfs = vfs.name()}).value(), ann);
    EXPECT_GE(epoch, acknowledged);
    EXPECT_LE(epoch, acknowledged + 1);
  }
  EXPECT_EQ(broken, 40);
}

// What one thread has to wait for is its own commit, not the tidying after it.
TEST_F(SqliteCommit, TheLogIsBroughtIntoTheFileAgainAndAgainAndBeginsAnew) {
  const auto store =
      sqlite::open(dir.file("b.db"), {.vfs = vfs.name(), .checkpoint_pages = 50}).value();
  for (int i = 0; i < 500; ++i) ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  EXPECT_LT(std::filesystem::file_size(dir.file("b.db-wal")), 70U * 4200U);
  Message huge = sample_message(1);
  huge.fields["text"] = std::string(50'000'000, 'x');
  ASSERT_EQ(store->commit(Change().put(sample_account("bob")).send(huge), 0),
            CommitOutcome::committed);
  EXPECT_GT(std::filesystem::file_size(dir.file("b.db-wal")), 50'000'000U);
  for (int i = 0; i < 2; ++i) ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  EXPECT_LT(std::filesystem::file_size(dir.file("b.db-wal")), 34'000'000U) << "33554432 at most";
}

TEST(SqliteFile, ALeftLogIsWrittenAgainAsItIs) {
  const TempDir dir;
  std::string log;
  for (int i = 0; i < 300'000; ++i) log += static_cast<char>(i * 7 + i / 251);
  write_file(dir.file("a.db-wal"), log);
  ASSERT_TRUE(sqlite::rewrite_log(dir.file("a.db")));
  EXPECT_EQ(read_file(dir.file("a.db-wal")), log);
}

}  // namespace
}  // namespace ringfence
