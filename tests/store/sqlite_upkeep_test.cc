// What an operator does with a database at work: back it up, check it, see why it refuses.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ringfence/store/sqlite.h"
#include "store/faulty_vfs.h"
#include "store/files.h"
#include "store/raw_database.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temp_dir.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::Test;

const AccountKey ann{"shop", "ann"};

class SqliteUpkeep : public Test {
 protected:
  std::unique_ptr<SqliteStore> open(const std::string& name = "a.db") {
    return sqlite::open(dir.file(name), {.vfs = vfs.name()}).value();
  }
  // Some hundred pages.
  static void fill(Store& store) {
    for (int i = 0; i < 20; ++i) {
      Change change;
      for (int n = 0; n < 20; ++n) {
        Message message = sample_message(1);
        message.fields["text"] = std::string(2000, 'x');
        change.send(message);
      }
      ASSERT_EQ(store.commit(change.put(sample_account("full" + std::to_string(i))), 0),
                CommitOutcome::committed);
    }
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& [name, bytes] : contents(dir.path())) out.push_back(name);
    return out;
  }

  TempDir dir;
  FaultyVfs vfs{"ringfence-faulty-upkeep"};
};

// Two accounts that always change together, and a message for each change.
struct Pair {
  std::string name;
  std::uint64_t epoch = 0;
  Version left = 0;
  Version right = 0;

  CommitOutcome move(Store& store) {
    Account one = sample_account(name + "-left");
    Account other = sample_account(name + "-right");
    one.epoch = other.epoch = epoch + 1;
    const auto change =
        Change().put(one, left).put(other, right).send(sample_message(1, name + "-left"));
    const CommitOutcome outcome = store.commit(change, 0);
    if (outcome != CommitOutcome::committed) return outcome;
    ++epoch;
    left = change.set.puts[0].version;
    right = change.set.puts[1].version;
    return outcome;
  }
  // The change that is stored; fails if only a part of it is.
  std::uint64_t in(Store& store) const {
    const std::uint64_t found = epoch_of(store, {"shop", name + "-left"});
    EXPECT_EQ(epoch_of(store, {"shop", name + "-right"}), found) << name;
    EXPECT_EQ(store.messages({"shop", name + "-left"}, 100'000, 0).value().size(), found) << name;
    return found;
  }
};

// Proves I1, I3.
TEST_F(SqliteUpkeep, ABackupIsOneMomentWithAllThatWasAcknowledgedBefore) {
  const auto store = open();
  fill(*store);
  Pair early{.name = "0"};  // in pages that are copied first
  Pair late{.name = "z"};
  for (int i = 0; i < 10; ++i) ASSERT_EQ(early.move(*store), CommitOutcome::committed);
  int steps = 0;
  const auto go_on = [&](int left, int of) {
    EXPECT_LE(left, of);
    ++steps;
    EXPECT_EQ(early.move(*store), CommitOutcome::committed);
    EXPECT_EQ(late.move(*store), CommitOutcome::committed);
    return true;
  };
  const auto made = store->back_up(dir.file("b.db"), {.pages_per_step = 10, .go_on = go_on});
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_GT(steps, 10);
  struct stat about = {};
  ASSERT_EQ(stat(dir.file("b.db").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_EQ(names(), (std::vector<std::string>{"a.db", "a.db-wal", "b.db"}));
  const auto copy = open_sqlite_store(dir.file("b.db")).value();
  EXPECT_TRUE(copy->integrity_check());
  EXPECT_EQ(early.in(*copy), early.epoch) << "what was committed meanwhile is in it, too";
  EXPECT_EQ(late.in(*copy), late.epoch);
  EXPECT_EQ(early.in(*store), early.epoch);
}

// Proves I1, I3.
TEST_F(SqliteUpkeep, ABackupUnderLoadIsOneMomentAndHoldsNobodyUp) {
  constexpr std::size_t threads = 8;
  const auto store = open();
  fill(*store);
  std::vector<std::atomic<std::uint64_t>> acknowledged(threads);
  std::atomic<bool> end = false;
  std::atomic<int> commits = 0;
  int commits_meanwhile = 0;
  std::vector<std::uint64_t> before;
  {
    std::vector<std::jthread> all;
    for (std::size_t i = 0; i < threads; ++i) {
      all.emplace_back([&, i] {
        Pair pair{.name = std::to_string(i)};
        while (!end) {
          EXPECT_EQ(pair.move(*store), CommitOutcome::committed);
          acknowledged[i] = pair.epoch;
          ++commits;
        }
      });
    }
    while (commits < 100) std::this_thread::yield();
    for (const auto& one : acknowledged) before.push_back(one);
    const int begun = commits;
    EXPECT_TRUE(store->back_up(dir.file("b.db"), {.pages_per_step = 4}));
    commits_meanwhile = commits - begun;
    end = true;
  }
  EXPECT_GT(commits_meanwhile, 20);
  const auto copy = open_sqlite_store(dir.file("b.db")).value();
  EXPECT_TRUE(copy->integrity_check());
  for (std::size_t i = 0; i < threads; ++i) {
    const std::uint64_t found = Pair{.name = std::to_string(i)}.in(*copy);
    EXPECT_GE(found, before[i]);
    EXPECT_LE(found, acknowledged[i] + 1);
  }
}

TEST_F(SqliteUpkeep, ABackupThatIsKilledHalfWayLeavesNothingUnderItsName) {
  EXPECT_EQ(in_child([&] {
              const auto store = open();
              fill(*store);
              if (raise_epoch(*store, ann) != CommitOutcome::committed) return 2;
              const auto go_on = [](int left, int of) -> bool {
                if (left < of / 2) _exit(7);
                return true;
              };
              (void)store->back_up(dir.file("b.db"), {.pages_per_step = 10, .go_on = go_on});
              return 1;
            }),
            7);
  EXPECT_FALSE(std::filesystem::exists(dir.file("b.db")));
  const auto store = open();
  EXPECT_EQ(epoch_of(*store, ann), 1U);
  EXPECT_TRUE(store->integrity_check());
  EXPECT_TRUE(store->back_up(dir.file("b.db"))) << "what the dead one left is not in the way";
}

TEST_F(SqliteUpkeep, ABackupNeverReplacesWhatIsThere) {
  const auto store = open();
  ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  write_file(dir.file("letter"), "Dear Ann");
  std::filesystem::create_symlink("nowhere", dir.file("link"));
  const auto refusal = [&](const std::string& name, const SqliteBackup& how = {}) {
    const auto made = store->back_up(dir.file(name), how);
    EXPECT_FALSE(made) << name;
    if (made) return std::string();
    EXPECT_NE(made.error().text.find(dir.file(name)), std::string::npos) << made.error().text;
    return std::string(ringfence::name(made.error().code));
  };
  EXPECT_EQ(refusal("letter"), "invalid_argument");
  EXPECT_EQ(refusal("link"), "invalid_argument");
  EXPECT_EQ(refusal("a.db"), "invalid_argument");
  EXPECT_EQ(refusal("nowhere/b.db"), "store_unavailable");
  EXPECT_EQ(refusal("b.db", {.pages_per_step = 0}), "invalid_argument");
  const auto made_meanwhile = [&](int, int) {
    write_file(dir.file("b.db"), "Dear Ann");
    return true;
  };
  EXPECT_EQ(refusal("b.db", {.pages_per_step = 1, .go_on = made_meanwhile}), "invalid_argument");
  EXPECT_EQ(refusal("c.db", {.pages_per_step = 1, .go_on = [](int, int) { return false; }}),
            "store_unavailable");
  EXPECT_EQ(read_file(dir.file("letter")), "Dear Ann");
  EXPECT_EQ(read_file(dir.file("b.db")), "Dear Ann");
  EXPECT_EQ(names(), (std::vector<std::string>{"a.db", "a.db-wal", "b.db", "letter", "link"}));
  EXPECT_EQ(epoch_of(*store, ann), 1U);
}

TEST_F(SqliteUpkeep, WhereThereIsNoRoomForABackupTheStoreGoesOn) {
  const auto store = open();
  fill(*store);
  int refused = 0;
  for (const auto fault : {FaultyVfs::Fault::disk_full, FaultyVfs::Fault::io_error}) {
    for (long n = 0; n < 100; n += 7) {
      vfs.fail_at(n, fault, true);
      const auto made = store->back_up(dir.file("b.db"));
      vfs.no_fault();
      EXPECT_EQ(raise_epoch(*store, ann), CommitOutcome::committed) << n;
      EXPECT_TRUE(store->health());
      if (made) continue;
      ++refused;
      EXPECT_EQ(made.error().code, ErrorCode::store_unavailable);
      EXPECT_EQ(names(), (std::vector<std::string>{"a.db", "a.db-wal"}));
    }
  }
  EXPECT_GT(refused, 20);
  EXPECT_TRUE(store->integrity_check());
  EXPECT_TRUE(store->back_up(dir.file("b.db")));
}

// As the manual says.
TEST_F(SqliteUpkeep, AFileIsShrunkByACopyThatIsADatabaseToo) {
  {
    const auto store = open();
    fill(*store);
    ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
    const auto gone = Change().erase(ann, load_one(*store, ann).version);
    ASSERT_EQ(store->commit(gone, 0), CommitOutcome::committed);
    ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
    const std::vector<Message> taken = store->take(10, 10, 1000, {}).value();
    for (const Message& one : taken) {
      const std::vector<Settlement> settled = {
          {.id = one.id, .attempts = 1, .state = MessageState::accepted}};
      ASSERT_TRUE(store->settle(settled));
    }
    ASSERT_EQ(store->sweep(10, 10, 1000).value(), 400);
  }
  RawDatabase(dir.file("a.db"))("VACUUM INTO '" + dir.file("small.db") + "'");
  EXPECT_LT(std::filesystem::file_size(dir.file("small.db")) * 4,
            std::filesystem::file_size(dir.file("a.db")));
  const auto small = open("small.db");
  EXPECT_EQ(epoch_of(*small, ann), 1U);
  EXPECT_TRUE(small->integrity_check());
}

TEST_F(SqliteUpkeep, ACheckFindsRecordsThatCannotBeRead) {
  const AddressEntry entry = sample_entry(phone_address());
  {
    const auto store = open();
    ASSERT_EQ(store->commit(Change()
                                .put(sample_account("ann"))
                                .put(sample_audit(1))
                                .put(sample_audit(2))
                                .put(entry)
                                .put(sample_source("192.0.2.1"))
                                .send(sample_message(1)),
                            0),
              CommitOutcome::committed);
    fill(*store);
    EXPECT_TRUE(store->integrity_check());
  }
  const std::string whole = read_file(dir.file("a.db"));
  for (const char* damage : {
           "UPDATE ringfence_account SET record = '{' WHERE id = 'ann'",
           "UPDATE ringfence_account SET id = 'bob' WHERE id = 'ann'",
           "UPDATE ringfence_account SET realm = 'mall' WHERE id = 'ann'",
           "PRAGMA ignore_check_constraints = ON; UPDATE ringfence_account SET status = 'open'",
           "UPDATE ringfence_address SET address = '+390612345679'",
           "UPDATE ringfence_address SET record = '[]'", "UPDATE ringfence_source SET record = ''",
           "UPDATE ringfence_audit SET record = '{}' WHERE number = 2",
           "UPDATE ringfence_audit SET number = 3 WHERE number = 2",
           "UPDATE ringfence_message SET record = '' WHERE rowid = (SELECT max(rowid) FROM "
           "ringfence_message)",
           // Who erases the account would leave it.
           "UPDATE ringfence_message SET account = 'bob' WHERE rowid = (SELECT max(rowid) FROM "
           "ringfence_message)",
           "UPDATE ringfence_message SET id = replace(id, substr(id, -1), 'x') WHERE rowid = "
           "(SELECT max(rowid) FROM ringfence_message)",
           "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = "
           "'ringfence_message_due'",  // its pages belong to nothing now
       }) {
    SCOPED_TRACE(damage);
    write_file(dir.file("a.db"), whole);
    RawDatabase(dir.file("a.db"))(damage);
    const auto found = open()->integrity_check();
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::store_corrupt);
    EXPECT_EQ(found.error().next, NextStep::fix_setup);
    EXPECT_NE(found.error().text.find(dir.file("a.db")), std::string::npos);
    EXPECT_NE(found.error().text.find("restore a backup"), std::string::npos);
    EXPECT_EQ(found.error().text.find("3906123"), std::string::npos) << "R25";
  }
}

TEST_F(SqliteUpkeep, HealthSaysThatTheDiskIsFullUntilThereIsRoom) {
  const auto store = open();
  EXPECT_TRUE(store->health());
  vfs.fail_at(0, FaultyVfs::Fault::disk_full, true);
  EXPECT_EQ(raise_epoch(*store, ann), CommitOutcome::unavailable);
  const auto state = store->health();
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::store_unavailable);
  EXPECT_NE(state.error().text.find(dir.file("a.db")), std::string::npos) << state.error().text;
  EXPECT_NE(state.error().text.find("disk is full"), std::string::npos);
  vfs.no_fault();
  EXPECT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  EXPECT_TRUE(store->health());
}

TEST_F(SqliteUpkeep, HealthSaysThatAFailedSyncNeedsAnotherOpening) {
  auto store = open();
  ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  vfs.fail_at(0, FaultyVfs::Fault::sync_error, false);
  EXPECT_EQ(raise_epoch(*store, ann), CommitOutcome::unknown);
  const auto swept = store->sweep(1, 1, 1);
  const auto loaded = store->load(std::vector<Key>{ann}, 0);
  const auto copied = store->back_up(dir.file("b.db"));
  const auto checked = store->integrity_check();
  const auto state = store->health();
  ASSERT_FALSE(swept || loaded || copied || checked || state);
  for (const Failure& one :
       {swept.error(), loaded.error(), copied.error(), checked.error(), state.error()}) {
    EXPECT_EQ(one.code, ErrorCode::store_unavailable);
    EXPECT_NE(one.text.find("open"), std::string::npos) << one.text;
  }
  EXPECT_NE(state.error().text.find(dir.file("a.db")), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(dir.file("b.db")));
  store.reset();
  store = open();
  EXPECT_TRUE(store->health());
  EXPECT_GE(epoch_of(*store, ann), 1U);
}

TEST_F(SqliteUpkeep, InAForkedChildNothingOfItWorks) {
  const auto store = open();
  EXPECT_EQ(in_child([&] {
              const auto wrong = [](const auto& reply) {
                return !reply && reply.error().code == ErrorCode::wrong_process;
              };
              if (!wrong(store->health())) return 1;
              if (!wrong(store->integrity_check())) return 2;
              if (!wrong(store->back_up(dir.file("b.db")))) return 3;
              return 0;
            }),
            0);
  EXPECT_FALSE(std::filesystem::exists(dir.file("b.db")));
}

}  // namespace
}  // namespace ringfence
