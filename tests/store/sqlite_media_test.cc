// Real file systems that are full or read-only, each mounted by a child in a namespace of its own.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ringfence/store/sqlite.h"
#include "store/files.h"
#include "support/small_disk.h"
#include "support/temp_dir.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;

const AccountKey ann{"shop", "ann"};
constexpr int not_allowed = 99;  // what a child returns that may not mount

bool says(const Failure& failure, const std::string& path, const std::string& what) {
  return failure.code == ErrorCode::store_unavailable &&
         failure.text.find(path) != std::string::npos &&
         failure.text.find(what) != std::string::npos;
}

// Commits until it is refused, with a letter of some size each time.
CommitOutcome fill(Store& store, std::uint64_t& acknowledged, Version& version) {
  for (;;) {
    Account account = sample_account("ann");
    account.epoch = acknowledged + 1;
    Message message = sample_message(1);
    message.fields["text"] = std::string(20'000, 'x');
    const auto change = Change().put(account, version).send(message);
    const CommitOutcome outcome = store.commit(change, 0);
    if (outcome != CommitOutcome::committed) return outcome;
    version = change.set.puts[0].version;
    ++acknowledged;
  }
}

int on_a_full_disk(const TempDir& dir) {
  if (!mount_small(dir.path())) return not_allowed;
  const std::string path = dir.file("a.db");
  write_file(dir.file("filler"), std::string(400'000, 'x'));
  std::uint64_t acknowledged = 0;
  Version version = 0;
  auto store = open_sqlite_store(path).value();
  if (fill(*store, acknowledged, version) != CommitOutcome::unavailable || acknowledged < 20)
    return 1;
  const auto state = store->health();
  if (state || !says(state.error(), path, "disk is full")) return 2;
  if (epoch_of(*store, ann) != acknowledged) return 3;
  if (store->back_up(dir.file("b.db")) || std::filesystem::exists(dir.file("b.db"))) return 4;
  std::filesystem::remove(dir.file("filler"));
  const std::uint64_t before = acknowledged;
  if (fill(*store, acknowledged, version) != CommitOutcome::unavailable || acknowledged == before)
    return 5;
  store.reset();  // there may be no room to bring the log into the file
  store = open_sqlite_store(path).value();
  if (epoch_of(*store, ann) != acknowledged) return 6;
  if (!store->integrity_check()) return 7;
  return 0;
}

int on_a_read_only_disk(const TempDir& dir) {
  if (!mount_small(dir.path())) return not_allowed;
  const std::string path = dir.file("a.db");
  if (raise_epoch(*open_sqlite_store(path).value(), ann) != CommitOutcome::committed) return 1;
  const auto files = contents(dir.path());
  const auto remount = [&](unsigned long flags) {
    return mount(nullptr, dir.path().c_str(), nullptr, MS_REMOUNT | flags, "size=2m") == 0;
  };
  if (!remount(MS_RDONLY)) return 2;
  for (const char* name : {"a.db", "new.db"}) {
    const auto refused = open_sqlite_store(dir.file(name));
    if (refused || !says(refused.error(), dir.file(name), "read-only")) return 3;
    if (refused.error().next != NextStep::fix_setup) return 4;
  }
  if (contents(dir.path()) != files) return 5;
  if (!remount(0)) return 6;
  return epoch_of(*open_sqlite_store(path).value(), ann) == 1 ? 0 : 7;
}

int without_room_to_begin(const TempDir& dir) {
  if (!mount_small(dir.path())) return not_allowed;
  write_file(dir.file("filler"), std::string(3'000'000, 'x'));
  const auto refused = open_sqlite_store(dir.file("a.db"));
  if (refused || !says(refused.error(), dir.file("a.db"), "full")) return 1;
  std::filesystem::remove(dir.file("filler"));
  return raise_epoch(*open_sqlite_store(dir.file("a.db")).value(), ann) == CommitOutcome::committed
             ? 0
             : 2;
}

// Proves I1.
TEST(SqliteMedia, AFullDiskRefusesSaysSoAndLosesNothing) {
  const TempDir dir;
  const int end = in_child([&] { return on_a_full_disk(dir); });
  if (end == not_allowed) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(end, 0);
}

TEST(SqliteMedia, AReadOnlyDiskIsRefusedWithWhatToDoAndLeftAsItIs) {
  const TempDir dir;
  const int end = in_child([&] { return on_a_read_only_disk(dir); });
  if (end == not_allowed) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(end, 0);
}

TEST(SqliteMedia, ADatabaseThatHasNoRoomToBeMadeCanBeMadeLater) {
  const TempDir dir;
  const int end = in_child([&] { return without_room_to_begin(dir); });
  if (end == not_allowed) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(end, 0);
}

}  // namespace
}  // namespace ringfence
