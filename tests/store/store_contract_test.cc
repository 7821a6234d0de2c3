// Every store keeps the contract of `ringfence/store.h`.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <string>

#include "ringfence/store/memory.h"
#include "ringfence/store/sqlite.h"
#include "ringfence/testing/store_conformance.h"
#include "support/temp_dir.h"

namespace ringfence {
namespace {

using testing::register_store_conformance;
using testing::StoreUnderTest;
using testing_support::TempDir;

class Memory final : public StoreUnderTest {
 public:
  Store& store() override { return *store_; }

 private:
  std::unique_ptr<Store> store_ = make_memory_store();
};

class Sqlite final : public StoreUnderTest {
 public:
  Sqlite() { reopen(); }
  Store& store() override { return *store_; }
  bool reopen() override {
    store_.reset();
    store_ = open_sqlite_store(dir_.file("store.db")).value();
    return true;
  }

 private:
  TempDir dir_;
  std::unique_ptr<Store> store_;
};

class Attached final : public StoreUnderTest {
 public:
  Attached() {
    open();
    EXPECT_EQ(sqlite3_exec(connection_, "BEGIN", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_TRUE(SqliteSession(connection_).create_tables());
    EXPECT_EQ(sqlite3_exec(connection_, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~Attached() override { close(); }
  Store& store() override { return *store_; }
  bool reopen() override {
    close();
    open();
    return true;
  }

 private:
  void open() {
    EXPECT_EQ(sqlite3_open(dir_.file("host.db").c_str(), &connection_), SQLITE_OK);
    store_ = attach_sqlite_store(connection_);
  }
  void close() {
    store_.reset();
    EXPECT_EQ(sqlite3_close(connection_), SQLITE_OK) << "no statement is left open";
  }
  TempDir dir_;
  sqlite3* connection_ = nullptr;
  std::unique_ptr<Store> store_;
};

const bool registered =
    register_store_conformance("StoreContract/Memory", [] { return std::make_unique<Memory>(); }) &&
    register_store_conformance("StoreContract/Sqlite", [] { return std::make_unique<Sqlite>(); }) &&
    register_store_conformance("StoreContract/Attached",
                               [] { return std::make_unique<Attached>(); });

TEST(StoreContract, IsPutToEveryStore) {
  EXPECT_TRUE(registered);
  EXPECT_GT(testing::store_contract().size(), 50U);
}

}  // namespace
}  // namespace ringfence
