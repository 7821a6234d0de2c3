// The store of examples/own_store, written from the public headers alone, keeps the contract.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "own_store/journal_store.h"
#include "ringfence/testing/store_conformance.h"
#include "support/temp_dir.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;

class Journal final : public testing::StoreUnderTest {
 public:
  Journal() { reopen(); }
  Store& store() override { return *store_; }
  bool reopen() override {
    store_.reset();
    store_ = open_journal_store(path()).value();
    return true;
  }
  std::string path() const { return dir_.file("journal"); }
  void close() { store_.reset(); }

 private:
  TempDir dir_;
  std::unique_ptr<Store> store_;
};

const bool registered = testing::register_store_conformance(
    "StoreContract/OwnStore", [] { return std::make_unique<Journal>(); });

TEST(OwnStore, ALineThatWasTornByACrashWasNeverAcknowledgedAndIsDropped) {
  ASSERT_TRUE(registered);
  Journal journal;
  ASSERT_EQ(journal.store().commit(Change().put(sample_account("ann")), 0),
            CommitOutcome::committed);
  journal.close();
  std::ofstream(journal.path(), std::ios::app) << R"({"put":[[0,{"id":"bo)";
  for (const char* id : {"bob", "carol"}) {
    ASSERT_TRUE(journal.reopen());
    EXPECT_EQ(journal.store().commit(Change().put(sample_account(id)), 0),
              CommitOutcome::committed);
  }
  ASSERT_TRUE(journal.reopen());
  for (const char* id : {"ann", "bob", "carol"})
    EXPECT_TRUE(load_one(journal.store(), AccountKey{"shop", id}).record) << id;
}

TEST(OwnStore, HasOneOwner) {
  Journal journal;
  const auto second = open_journal_store(journal.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::store_in_use);
}

TEST(OwnStore, IsOfNoUseInAForkedChildAndTheParentGoesOn) {
  Journal journal;
  const Change change = Change().put(sample_account("ann"));
  const pid_t child = fork();
  if (child == 0) {
    const Key key = AccountKey{"shop", "ann"};
    const auto loaded = journal.store().load({&key, 1}, 0);
    const bool refused = !loaded && loaded.error().code == ErrorCode::wrong_process &&
                         journal.store().commit(change, 0) == CommitOutcome::unavailable;
    _exit(refused ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(journal.store().commit(change, 0), CommitOutcome::committed);
}

}  // namespace
}  // namespace ringfence
