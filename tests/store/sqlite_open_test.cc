// Who may open a database, what is done to it, and what is not.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "ringfence/store/sqlite.h"
#include "store/faulty_vfs.h"
#include "store/files.h"
#include "store/raw_database.h"
#include "store/sqlite/file_lock.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temp_dir.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;

const AccountKey ann{"shop", "ann"};

// `ok`, or the name of the refusal.
std::string try_open(const std::string& path) {
  const auto store = open_sqlite_store(path);
  return store ? "ok" : std::string(name(store.error().code));
}

// A database with one account.
void make_database(const std::string& path) {
  const auto store = open_sqlite_store(path).value();
  ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
}

TEST(SqliteStore, KeepsEverythingWhenItIsOpenedAgain) {
  const TempDir dir;
  const Message message = sample_message(7);
  const AddressEntry entry = sample_entry(phone_address(), 2);
  Version version = 0;
  {
    const auto store = open_sqlite_store(dir.file("a.db")).value();
    const auto change = Change().put(sample_account("ann")).put(entry).send(message);
    ASSERT_EQ(store->commit(change, 0), CommitOutcome::committed);
    version = change.set.puts[0].version;
  }
  const auto store = open_sqlite_store(dir.file("a.db")).value();
  EXPECT_EQ(load_one(*store, ann).version, version);
  EXPECT_EQ(std::get<Account>(load_one(*store, ann).record.value()), sample_account("ann"));
  EXPECT_EQ(std::get<AddressEntry>(load_one(*store, entry.key).record.value()), entry);
  EXPECT_EQ(store->take(10, 10, 5, {}).value().at(0).fields, message.fields);
}

TEST(SqliteStore, IsOneFileAndItsLockWhenItIsClosed) {
  const TempDir dir;
  make_database(dir.file("a.db"));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"a.db", "a.db.lock"}));
}

TEST(SqliteStore, ItsFilesAreForTheirOwnerOnly) {
  const TempDir dir;
  const mode_t before = umask(0);
  {
    const auto store = open_sqlite_store(dir.file("a.db")).value();
    EXPECT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
    for (const char* file : {"a.db", "a.db-wal", "a.db.lock"}) {
      struct stat about = {};
      ASSERT_EQ(stat(dir.file(file).c_str(), &about), 0) << file;
      EXPECT_EQ(about.st_mode & 0777U, 0600U) << file;
    }
  }
  umask(before);
}

// Proves I1.
TEST(SqliteStore, WhatWasCommittedIsThereAfterACrash) {  // I1
  const TempDir dir;
  const auto store = open_sqlite_store(dir.file("a.db")).value();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  for (const char* file : {"a.db", "a.db-wal"}) {  // what a crash leaves
    std::filesystem::copy_file(dir.file(file), dir.file(std::string("crashed-") + file));
  }
  std::filesystem::rename(dir.file("crashed-a.db"), dir.file("b.db"));
  std::filesystem::rename(dir.file("crashed-a.db-wal"), dir.file("b.db-wal"));
  const auto again = open_sqlite_store(dir.file("b.db")).value();
  EXPECT_EQ(epoch_of(*again, ann), 3U);
}

TEST(SqliteStore, ASecondOpenerIsRefused) {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  const auto store = open_sqlite_store(path).value();
  EXPECT_EQ(try_open(path), "store_in_use");
  EXPECT_EQ(try_open(path), "store_in_use");  // being refused has not freed it
  EXPECT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
}

TEST(SqliteStore, ASecondOpenerIsRefusedByWhateverNameItComes) {
  const TempDir dir;
  const auto store = open_sqlite_store(dir.file("a.db")).value();
  ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  std::filesystem::create_symlink("a.db", dir.file("symbolic.db"));
  std::filesystem::create_symlink(dir.path(), dir.file("folder"));
  std::filesystem::create_hard_link(dir.file("a.db"), dir.file("hard.db"));
  EXPECT_EQ(try_open(dir.file("symbolic.db")), "store_in_use");
  EXPECT_EQ(try_open(dir.file("folder/a.db")), "store_in_use");
  EXPECT_EQ(try_open(dir.file("hard.db")), "store_in_use");
  EXPECT_EQ(in_child([&] { return try_open(dir.file("hard.db")) == "store_in_use" ? 0 : 1; }), 0);
  EXPECT_FALSE(
      std::filesystem::exists(dir.file("symbolic.db.lock")));  // it was our lock that refused
  EXPECT_FALSE(std::filesystem::exists(dir.file("hard.db-wal")));
  const std::filesystem::path here = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  EXPECT_EQ(try_open("a.db"), "store_in_use");
  EXPECT_EQ(try_open("./a.db"), "store_in_use");
  std::filesystem::current_path(here);
  EXPECT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
}

TEST(SqliteStore, AnotherProcessIsRefused) {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  const auto store = open_sqlite_store(path).value();
  EXPECT_EQ(in_child([&] { return try_open(path) == "store_in_use" ? 0 : 1; }), 0);
}

TEST(SqliteStore, TheLockIsHeldOncePerOpenFileAndKeepsOthersOutByItself) {
  const TempDir dir;
  const auto lock = sqlite::FileLock::take(dir.file("a.db.lock"));
  ASSERT_TRUE(lock);
  const auto second = sqlite::FileLock::take(dir.file("a.db.lock"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::store_in_use);
  EXPECT_EQ(try_open(dir.file("a.db")), "store_in_use");
  EXPECT_EQ(in_child([&] { return try_open(dir.file("a.db")) == "store_in_use" ? 0 : 1; }), 0);
  EXPECT_TRUE(contents(dir.path()).empty());
}

// SQLite's own locks are gone as soon as the process closes any descriptor of the file.
TEST(SqliteStore, SomebodyWhoReadsTheFileInThisProcessDoesNotLetAnotherProcessIn) {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  const auto store = open_sqlite_store(path).value();
  ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  (void)read_file(path);
  EXPECT_EQ(in_child([&] { return try_open(path) == "store_in_use" ? 0 : 1; }), 0);
}

TEST(SqliteStore, LookingAtAForeignDatabaseDoesNotDropTheLocksThisProcessHasOnIt) {
  const TempDir dir;
  RawDatabase host(dir.file("host.db"));
  host("CREATE TABLE t (a); BEGIN EXCLUSIVE");
  EXPECT_EQ(try_open(dir.file("host.db")), "store_foreign");
  const int in_the_child = in_child([&] {
    const int file = ::open(dir.file("host.db").c_str(), O_RDWR);
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (file < 0 || fcntl(file, F_GETLK, &lock) != 0) return 1;
    return lock.l_type == F_WRLCK ? 0 : 2;
  });
  EXPECT_EQ(in_the_child, 0);
}

TEST(SqliteStore, IsFreeOnceItIsClosed) {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  make_database(path);
  EXPECT_EQ(try_open(path), "ok");
  EXPECT_EQ(in_child([&] { return try_open(path) == "ok" ? 0 : 1; }), 0);
}

TEST(SqliteStore, AForkedChildIsRefusedByEveryFunctionAndTheParentGoesOn) {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  auto store = open_sqlite_store(path).value();
  ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  const auto files = contents(dir.path());
  const int in_the_child = in_child([&] {
    const std::vector<Key> keys = {ann};
    const auto wrong = [](const auto& reply) {
      return !reply && reply.error().code == ErrorCode::wrong_process;
    };
    if (!wrong(store->load(keys, 0))) return 1;
    if (store->commit(Change().put(sample_account("bob")), 0) != CommitOutcome::unavailable)
      return 2;
    if (!wrong(store->take(1, 1, 1, {}))) return 3;
    if (!wrong(store->settle({}))) return 4;
    if (!wrong(store->sweep(1, 1, 1))) return 5;
    if (!wrong(store->messages(ann, 1, 0))) return 8;
    if (!wrong(store->outbox(1, 0))) return 9;
    store.reset();
    if (sqlite::FileLock::take(path + ".lock")) return 6;
    if (try_open(path) != "store_in_use") return 7;
    return 0;
  });
  EXPECT_EQ(in_the_child, 0);
  EXPECT_EQ(contents(dir.path()), files);  // above all: the log is still there
  EXPECT_FALSE(sqlite::FileLock::take(path + ".lock"));
  EXPECT_EQ(try_open(path), "store_in_use");
  EXPECT_EQ(in_child([&] { return try_open(path) == "store_in_use" ? 0 : 1; }), 0);
  EXPECT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  EXPECT_EQ(epoch_of(*store, ann), 2U);
  store.reset();
  EXPECT_EQ(epoch_of(*open_sqlite_store(path).value(), ann), 2U);
}

TEST(SqliteStore, OnceItsOwnerHasClosedItIsFreeThoughAForkedChildLivesOn) {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  auto store = open_sqlite_store(path).value();
  ASSERT_EQ(raise_epoch(*store, ann), CommitOutcome::committed);
  std::array<int, 2> end{};
  ASSERT_EQ(pipe2(end.data(), O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    ::close(end[1]);
    char byte = 0;
    _exit(::read(end[0], &byte, 1) == 0 ? 0 : 1);  // until the parent lets it go
  }
  store.reset();
  EXPECT_EQ(epoch_of(*open_sqlite_store(path).value(), ann), 1U);
  EXPECT_EQ(waitpid(child, nullptr, WNOHANG), 0) << "the child is still there";
  ::close(end[1]);
  ::close(end[0]);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

TEST(SqliteStore, LeavesNothingBesideAPathThatIsNotIts) {
  const TempDir dir;
  std::ofstream(dir.file("letter.txt")) << "Dear Ann";
  EXPECT_EQ(try_open(dir.file("letter.txt")), "store_foreign");
  EXPECT_EQ(try_open(dir.path()), "store_foreign");
  EXPECT_FALSE(std::filesystem::exists(dir.file("letter.txt.lock")));
  EXPECT_FALSE(std::filesystem::exists(dir.path() + ".lock"));
}

TEST(SqliteStore, RefusesForeignFilesAndLeavesThemAsTheyAre) {
  const TempDir sources;
  RawDatabase other(sources.file("other.db"));
  other("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1);");
  RawDatabase crashed(sources.file("crashed.db"));
  crashed(
      "PRAGMA cache_size = 1; CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(100000)); BEGIN; "
      "UPDATE t SET a = randomblob(100000);");  // in the file already, its journal beside it
  {
    RawDatabase(sources.file("wal.db"))(
        "PRAGMA journal_mode = WAL; PRAGMA application_id = 5; CREATE TABLE t (a);");
    RawDatabase host(sources.file("host.db"));
    host("CREATE TABLE orders (id); BEGIN;");
    ASSERT_TRUE(SqliteSession(host.get()).create_tables());
    host("COMMIT");
    make_database(sources.file("mixed.db"));
    RawDatabase(sources.file("mixed.db"))("CREATE TABLE orders (id)");
  }
  const std::vector<std::map<std::string, std::string>> all = {
      {{"a.db", "not a database"}},
      {{"a.db", std::string(5000, 'x')}},
      {{"a.db", std::string(4096, '\0')}},
      {{"a.db", read_file(sources.file("other.db"))},
       {"a.db-wal", read_file(sources.file("other.db-wal"))}},
      {{"a.db", read_file(sources.file("crashed.db"))},
       {"a.db-journal", read_file(sources.file("crashed.db-journal"))}},
      {{"a.db", read_file(sources.file("wal.db"))}},
      {{"a.db", read_file(sources.file("host.db"))}},
      {{"a.db", read_file(sources.file("mixed.db"))}},
  };
  for (const auto& files : all) {
    const TempDir dir;
    for (const auto& [name, bytes] : files) write_file(dir.file(name), bytes);
    EXPECT_EQ(try_open(dir.file("a.db")), "store_foreign");
    EXPECT_EQ(contents(dir.path()), files);
  }
}

TEST(SqliteStore, RefusesANewerSchemaAndLeavesItAsItIs) {
  const TempDir dir;
  make_database(dir.file("a.db"));
  RawDatabase(dir.file("a.db"))("PRAGMA user_version = 1000");
  const auto files = contents(dir.path());
  EXPECT_EQ(try_open(dir.file("a.db")), "store_newer");
  EXPECT_EQ(contents(dir.path()), files);
}

TEST(SqliteStore, EachRefusalNamesThePathAndSaysWhatToDo) {
  const TempDir dir;
  const auto refusal = [&](const char* name, const char* advice) {
    const auto store = open_sqlite_store(dir.file(name));
    ASSERT_FALSE(store) << name;
    const std::string& text = store.error().text;
    EXPECT_NE(text.find(dir.file(name)), std::string::npos) << text;
    EXPECT_NE(text.find(advice), std::string::npos) << text;
    EXPECT_EQ(store.error().next, NextStep::fix_setup) << text;
  };
  for (const char* name : {"newer", "damaged", "open"}) make_database(dir.file(name));
  RawDatabase(dir.file("newer"))("PRAGMA user_version = 1000");
  std::string bytes = read_file(dir.file("damaged"));
  for (std::size_t i = 100; i < 3000; ++i) bytes[i] = 'x';
  write_file(dir.file("damaged"), bytes);
  write_file(dir.file("letter"), "Dear Ann");
  write_file(dir.file("gone-wal"), "all that is left");
  const auto owner = open_sqlite_store(dir.file("open")).value();
  refusal("newer", "run that version, or restore a backup");
  refusal("damaged", "restore a backup");
  refusal("letter", "choose another path");
  refusal("gone", "put it back, or restore a backup");
  refusal("open", "stop the other");
  refusal("nowhere/a.db", "its directory is not there");
}

TEST(SqliteStore, RefusesANewerSchemaThatIsInTheLogOnly) {
  const TempDir dir;
  const TempDir crashed;
  make_database(dir.file("a.db"));
  const std::array<const char*, 3> newer = {sqlite::schema_migrations()[0],
                                            sqlite::schema_migrations()[1],
                                            "CREATE TABLE ringfence_more (a)"};
  const auto store = sqlite::open(dir.file("a.db"), {.migrations = newer}).value();
  for (const char* file : {"a.db", "a.db-wal"})
    write_file(crashed.file(file), read_file(dir.file(file)));
  const auto files = contents(crashed.path());
  ASSERT_FALSE(files.at("a.db-wal").empty());
  EXPECT_EQ(try_open(crashed.file("a.db")), "store_newer");
  EXPECT_EQ(contents(crashed.path()), files);
}

std::vector<const char*> migrations_and(const std::vector<const char*>& more) {
  std::vector<const char*> out(sqlite::schema_migrations().begin(),
                               sqlite::schema_migrations().end());
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

TEST(SqliteStore, MigratesAnOlderSchema) {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  make_database(path);
  auto newer = migrations_and(
      {"CREATE TABLE ringfence_more (a)",
       "ALTER TABLE ringfence_more ADD COLUMN b; INSERT INTO ringfence_more VALUES (1, 2)"});
  newer[0] = "this is done already";
  const std::string version = std::to_string(newer.size()) + "\n";
  EXPECT_EQ(epoch_of(*sqlite::open(path, {.migrations = newer}).value(), ann), 1U);
  EXPECT_EQ(epoch_of(*sqlite::open(path, {.migrations = newer}).value(), ann),
            1U);  // nothing to do
  RawDatabase database(path);
  EXPECT_EQ(database("SELECT a, b FROM ringfence_more"), "1|2\n");
  EXPECT_EQ(database("PRAGMA user_version"), version);
  EXPECT_EQ(database("SELECT value FROM ringfence_meta WHERE name = 'schema'"), version);
}

// Accounts of the first schema counted the codes to each channel apart.
TEST(SqliteStore, ReadsAccountsOfTheFirstSchema) {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  {
    const std::vector<const char*> first = {sqlite::schema_migrations()[0]};
    ASSERT_TRUE(sqlite::open(path, {.migrations = first}));
    RawDatabase database(path);
    database(R"(
        INSERT INTO ringfence_account VALUES ('shop', 'ann', 7, 'standalone', 'active', NULL,
          'absent', 0, NULL, 'absent', 0, 5,
          '{"created_at":5,"email_sends":[2],"epoch":18446744073709551615,"id":"ann",'
          || '"phone_sends":[1],"realm":"shop"}'))");
  }
  const auto store = open_sqlite_store(path).value();
  EXPECT_EQ(epoch_of(*store, ann), 18446744073709551615U);
}

TEST(SqliteStore, AMigrationThatFailsChangesNothing) {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  make_database(path);
  const auto broken =
      migrations_and({"CREATE TABLE ringfence_more (a)", "CREATE TABLE ringfence_more (a)"});
  EXPECT_FALSE(sqlite::open(path, {.migrations = broken}));
  EXPECT_EQ(epoch_of(*open_sqlite_store(path).value(), ann), 1U);
  EXPECT_EQ(RawDatabase(path)("SELECT count(*) FROM sqlite_schema WHERE name = 'ringfence_more'"),
            "0\n");
}

TEST(SqliteStore, SaysWhatCannotBeOpened) {
  const TempDir dir;
  EXPECT_EQ(try_open(""), "invalid_argument");
  EXPECT_EQ(try_open(std::string("a\0b", 3)), "invalid_argument");
  EXPECT_EQ(try_open(dir.file("nowhere/a.db")), "store_unavailable");
  std::filesystem::create_directory(dir.file("folder"));
  EXPECT_EQ(try_open(dir.file("folder")), "store_foreign");
  std::filesystem::create_symlink("nothing", dir.file("dangling"));
  EXPECT_EQ(try_open(dir.file("dangling")), "store_unavailable");
}

TEST(SqliteStore, ALogWithoutItsDatabaseIsNotThrownAway) {
  const TempDir dir;
  write_file(dir.file("a.db-wal"), "all that is left");
  EXPECT_EQ(try_open(dir.file("a.db")), "store_corrupt");
  EXPECT_EQ(read_file(dir.file("a.db-wal")), "all that is left");
}

TEST(SqliteStore, ADamagedDatabaseIsCorruptAndNothingWorse) {
  const TempDir dir;
  {
    const auto store = open_sqlite_store(dir.file("a.db")).value();
    for (int i = 0; i < 40; ++i) {
      ASSERT_EQ(raise_epoch(*store, {"shop", std::to_string(i)}), CommitOutcome::committed);
    }
  }
  const std::string whole = read_file(dir.file("a.db"));
  int corrupt = 0;
  for (std::size_t at = 100; at < whole.size(); at += 2039) {
    std::string damaged = whole;
    for (std::size_t i = at; i < std::min(at + 512, whole.size()); ++i)
      damaged[i] = static_cast<char>(i * 37);
    const TempDir other;
    write_file(other.file("a.db"), damaged);
    const auto store = open_sqlite_store(other.file("a.db"));
    if (!store) {
      EXPECT_EQ(store.error().code, ErrorCode::store_corrupt) << at;
      ++corrupt;
      continue;
    }
    for (int i = 0; i < 40; ++i) {
      const auto loaded =
          store.value()->load(std::vector<Key>{AccountKey{"shop", std::to_string(i)}}, 0);
      EXPECT_TRUE(loaded || loaded.error().code == ErrorCode::store_corrupt) << at;
      corrupt += loaded ? 0 : 1;
      const CommitOutcome outcome = raise_epoch(*store.value(), {"shop", std::to_string(i)});
      if (outcome == CommitOutcome::unknown) break;  // from then on it refuses everything
    }
  }
  EXPECT_GT(corrupt, 5);
}

// What fails while the database is made or opened leaves one that can be opened.
TEST(SqliteStore, AnyFaultWhileOpeningIsSurvived) {
  FaultyVfs vfs("ringfence-faulty-open");
  int faults = 0;
  for (const auto fault :
       {FaultyVfs::Fault::disk_full, FaultyVfs::Fault::io_error, FaultyVfs::Fault::half_written}) {
    for (const bool lasting : {false, true}) {
      bool reached = true;
      for (long n = 0; reached; ++n) {
        const TempDir dir;
        vfs.fail_at(n, fault, lasting);
        {
          const auto store = sqlite::open(dir.file("a.db"), {.vfs = vfs.name()});
          EXPECT_TRUE(store || store.error().code == ErrorCode::store_unavailable) << n;
        }
        reached = vfs.failed > 0;
        faults += vfs.failed;
        vfs.no_fault();
        const auto store = sqlite::open(dir.file("a.db"), {.vfs = vfs.name()});
        ASSERT_TRUE(store) << n << name(store.error().code) << store.error().text;
        EXPECT_EQ(raise_epoch(*store.value(), ann), CommitOutcome::committed);
        EXPECT_EQ(epoch_of(*store.value(), ann), 1U);
      }
    }
  }
  EXPECT_GT(faults, 50);
}

}  // namespace
}  // namespace ringfence
