// What is in the tables: for an administrator, and for a host that has them beside its own.
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ringfence/store/sqlite.h"
#include "store/files.h"
#include "store/raw_database.h"
#include "store/sqlite/outbox.h"
#include "store/sqlite/schema.h"
#include "support/temp_dir.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;

const AccountKey ann{"shop", "ann"};

Account with_channels(const std::string& id) {
  Account account = sample_account(id);
  account.status = AccountStatus::locked;
  account.channel(ChannelKind::phone) = {phone_address(), 5, true};
  account.channel(ChannelKind::email) = {email_address(), 0, false};
  return account;
}

TEST(SqliteTables, AnAdministratorSeesTheTruth) {
  const TempDir dir;
  {
    const auto store = open_sqlite_store(dir.file("a.db")).value();
    AddressEntry entry = sample_entry(phone_address(), 1);
    entry.login_holder = "ann";
    const auto first = Change().put(sample_account("ann")).put(sample_entry(phone_address(), 7));
    ASSERT_EQ(store->commit(first, 0), CommitOutcome::committed);
    auto second = Change()
                      .put(with_channels("ann"), first.set.puts[0].version)
                      .put(entry, first.set.puts[1].version);
    second.set.puts[0].version = 0xffff'ffff'ffff'fff0U;
    ASSERT_EQ(store->commit(second, 0), CommitOutcome::committed);
    EXPECT_EQ(load_one(*store, ann).version, 0xffff'ffff'ffff'fff0U);
    ASSERT_EQ(store->commit(Change().put(sample_source("office")).send(sample_message(100)), 0),
              CommitOutcome::committed);
    ASSERT_EQ(store->take(200, 50, 1, {}).value().size(), 1U);
  }
  RawDatabase database(dir.file("a.db"));
  EXPECT_EQ(database("SELECT realm, id, version, kind, status, phone, phone_state, phone_login, "
                     "email, email_state, "
                     "email_login, created_at FROM ringfence_account"),
            "shop|ann|-16|standalone|locked|+390612345678|verified|1|lion@example.com|unverified|0|"
            "1700000000000\n");
  EXPECT_EQ(database("SELECT realm, address, holders, login_holder, released_at, forget_at FROM "
                     "ringfence_address"),
            "shop|+390612345678|1|ann|0|0\n");
  EXPECT_EQ(database("SELECT realm, source, forget_at FROM ringfence_source"), "shop|office|0\n");
  EXPECT_EQ(
      database("SELECT realm, account, kind, purpose, state, created_at, due_at, attempts, outcome "
               "FROM ringfence_message"),
      "shop|ann|notice|phone_changed|pending|100|250|1|\n");
  EXPECT_EQ(database("PRAGMA application_id"), "1380339267\n");  // RFNC
  EXPECT_EQ(database("PRAGMA user_version"),
            std::to_string(sqlite::schema_migrations().size()) + "\n");
  EXPECT_EQ(database("PRAGMA journal_mode"), "wal\n");
}

TEST(SqliteTables, TheQueriesOfTheManualRun) {
  const TempDir dir;
  {
    const auto store = open_sqlite_store(dir.file("a.db")).value();
    ASSERT_EQ(store->commit(Change()
                                .put(with_channels("ann"))
                                .put(sample_entry(phone_address()))
                                .send(sample_message(1)),
                            0),
              CommitOutcome::committed);
  }
  RawDatabase database(dir.file("a.db"));
  const std::string manual = read_file(std::string(RINGFENCE_SOURCE_DIR) + "/docs/sqlite.md");
  int queries = 0;
  for (std::size_t at = 0; (at = manual.find("```sql\n", at)) != std::string::npos;) {
    at += 7;
    const std::string query = manual.substr(at, manual.find("```", at) - at);
    EXPECT_NO_THROW(database(query)) << query;
    ++queries;
  }
  EXPECT_GE(queries, 5);
}

TEST(SqliteTables, NothingTheStoreAsksGoesThroughAWholeTable) {
  RawDatabase database(":memory:");
  SqliteSession session(database.get());
  database("BEGIN");
  ASSERT_TRUE(session.create_tables());
  std::set<std::string> asked;
  const auto note = [](unsigned, void* to, void* statement, void*) {
    static_cast<std::set<std::string>*>(to)->insert(
        sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
    return 0;
  };
  sqlite3_trace_v2(database.get(), SQLITE_TRACE_STMT, note, &asked);
  const auto change = Change()
                          .put(with_channels("ann"))
                          .put(sample_entry(phone_address()))
                          .put(sample_source("office"))
                          .put(sample_audit(1))
                          .send(sample_message(1));
  ASSERT_EQ(session.apply(change), CommitOutcome::committed);
  {
    Change gone;
    for (const ChangeSet::Put& put : change.set.puts) gone.erase(key_of(put.record), put.version);
    gone.set.forget_messages_of = AccountKey{"shop", "nobody"};
    ASSERT_EQ(session.apply(gone), CommitOutcome::committed);
  }
  {
    sqlite::Statements statements(database.get());
    const Message taken = sqlite::take(statements, 10, 10, 10, {}).at(0);
    for (const MessageState state : {MessageState::pending, MessageState::accepted}) {
      const std::vector<Settlement> settled = {
          {.id = taken.id, .account = taken.account, .attempts = 1, .state = state}};
      sqlite::settle(statements, settled);
    }
    EXPECT_EQ(sqlite::messages(statements, {"shop", "ann"}, 10).size(), 1U);
    EXPECT_TRUE(sqlite::given_up(statements, {}, 10).empty());
    EXPECT_EQ(sqlite::outbox(statements, 10).due, 0);
    EXPECT_EQ(sqlite::sweep(statements, 10, 10, 10), 1);
  }
  sqlite3_trace_v2(database.get(), 0, nullptr, nullptr);
  int plans = 0;
  for (const std::string& sql : asked) {
    const std::string plan = database("EXPLAIN QUERY PLAN " + sql);
    EXPECT_EQ(plan.find("SCAN ringfence"), std::string::npos) << sql << plan;
    if (plan.find("USING") != std::string::npos) ++plans;
  }
  EXPECT_GE(plans, 11);
}

TEST(SqliteTables, WhoHoldsANumberIsFoundByAnIndex) {
  RawDatabase database(":memory:");
  SqliteSession session(database.get());
  database("BEGIN");
  ASSERT_TRUE(session.create_tables());
  EXPECT_NE(database("EXPLAIN QUERY PLAN SELECT id FROM ringfence_account "
                     "WHERE realm = 'a' AND phone = 'b' AND phone_state = 'verified'")
                .find("USING INDEX ringfence_account_phone"),
            std::string::npos);
}

// Proves R25.
TEST(SqliteTables, ARecordThatCannotBeReadFailsTheLoadsOfItAndNoOthers) {
  const TempDir dir;
  {
    const auto store = open_sqlite_store(dir.file("a.db")).value();
    for (const char* id : {"ann", "bob", "cem", "dan", "eve"}) {
      ASSERT_EQ(raise_epoch(*store, {"shop", id}), CommitOutcome::committed);
    }
  }
  {
    RawDatabase database(dir.file("a.db"));
    database("UPDATE ringfence_account SET record = '{' WHERE id = 'ann'");
    database(
        "UPDATE ringfence_account SET record = replace(record, 'bob', 'eve') WHERE id = 'bob'");
    database(
        "UPDATE ringfence_account SET record = replace(record, '}', ',\"more\":1}') WHERE id = "
        "'cem'");
    // It is there, and must not count as absent.
    database(
        "PRAGMA ignore_check_constraints = ON;"
        "UPDATE ringfence_account SET version = 0 WHERE id = 'eve'");
  }
  const auto store = open_sqlite_store(dir.file("a.db")).value();
  for (const char* id : {"ann", "bob", "cem", "eve"}) {
    const auto loaded =
        store->load(std::vector<Key>{AccountKey{"shop", "dan"}, AccountKey{"shop", id}}, 0);
    ASSERT_FALSE(loaded) << id;
    EXPECT_EQ(loaded.error().code, ErrorCode::store_corrupt);
    EXPECT_EQ(loaded.error().text.find(id), std::string::npos);  // R25
  }
  EXPECT_EQ(raise_epoch(*store, {"shop", "dan"}), CommitOutcome::committed);
  EXPECT_EQ(epoch_of(*store, {"shop", "dan"}), 2U);
}

// I4: it ends, and the others go on.
// Proves I4.
TEST(SqliteTables, AMessageThatCannotBeReadIsGivenUp) {
  const TempDir dir;
  const Message bad = sample_message(1);
  const Message good = sample_message(2);
  {
    const auto store = open_sqlite_store(dir.file("a.db")).value();
    ASSERT_EQ(store->commit(Change().send(bad).send(good), 0), CommitOutcome::committed);
  }
  RawDatabase(dir.file("a.db"))("UPDATE ringfence_message SET record = '[]' WHERE id = '" +
                                bad.id.hex() + "'");
  {
    const auto store = open_sqlite_store(dir.file("a.db")).value();
    const auto taken = store->take(10, 10, 5, {}).value();
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken[0].id, good.id);
  }
  EXPECT_EQ(
      RawDatabase(dir.file("a.db"))("SELECT state, outcome FROM ringfence_message ORDER BY due_at"),
      "given_up|store_corrupt\npending|\n");
}

TEST(SqliteTables, WhatCannotBeReadIsNotListedAndHidesNothingBehindIt) {
  const TempDir dir;
  std::vector<Message> given_up;
  Change change;
  for (int i = 1; i <= 6; ++i) {
    given_up.push_back(sample_message(i));
    change.send(given_up.back());
  }
  {
    const auto store = open_sqlite_store(dir.file("a.db")).value();
    ASSERT_EQ(store->commit(change, 0), CommitOutcome::committed);
    ASSERT_EQ(store->take(10, 10, 9, {}).value().size(), 6U);
    std::vector<Settlement> settlements;
    for (const Message& one : given_up)
      settlements.push_back({one.id, one.account, 1, MessageState::given_up, 0, ""});
    ASSERT_TRUE(store->settle(settlements));
  }
  RawDatabase(dir.file("a.db"))("UPDATE ringfence_message SET record = '[]' WHERE created_at < 4");
  const auto store = open_sqlite_store(dir.file("a.db")).value();
  const auto first = store->given_up({}, 2, 0).value();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].id, given_up[3].id);
  EXPECT_EQ(first[1].id, given_up[4].id);
  EXPECT_EQ(store->given_up(place_of(first[1]), 2, 0).value().size(), 1U);
}

class SqliteSessionTest : public ::testing::Test {
 protected:
  SqliteSessionTest() {
    host_("CREATE TABLE orders (id); PRAGMA user_version = 77; PRAGMA application_id = 5; BEGIN;");
    EXPECT_TRUE(session_.create_tables());
    host_("COMMIT");
  }

  TempDir dir_;
  RawDatabase host_{dir_.file("host.db")};
  SqliteSession session_{host_.get()};
};

TEST_F(SqliteSessionTest, TheChangeLivesAndDiesWithTheTransactionOfTheHost) {
  const std::vector<Key> keys = {ann};
  for (const char* end : {"ROLLBACK", "COMMIT"}) {
    host_("BEGIN; INSERT INTO orders VALUES (1)");
    EXPECT_FALSE(session_.load(keys).value().at(0).record);
    EXPECT_EQ(session_.apply(Change().put(sample_account("ann")).send(sample_message(1))),
              CommitOutcome::committed);
    EXPECT_TRUE(session_.load(keys).value().at(0).record);
    host_(end);
  }
  EXPECT_EQ(host_("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM ringfence_account), "
                  "(SELECT count(*) FROM ringfence_message)"),
            "1|1|1\n");
}

TEST_F(SqliteSessionTest, WhatIsNotAppliedLeavesNothingBehindEvenIfTheHostCommits) {
  const Message message = sample_message(1);
  host_("BEGIN");
  ASSERT_EQ(session_.apply(Change().send(message)), CommitOutcome::committed);
  EXPECT_EQ(session_.apply(Change().put(sample_account("ann"), 5)), CommitOutcome::conflict);
  EXPECT_EQ(session_.apply(Change().put(sample_account("bob")).send(message)),
            CommitOutcome::unavailable);
  host_("INSERT INTO orders VALUES (2); COMMIT");
  EXPECT_EQ(host_("SELECT count(*) FROM ringfence_account"), "0\n");
  EXPECT_EQ(host_("SELECT count(*) FROM ringfence_message"), "1\n");
  EXPECT_EQ(host_("SELECT count(*) FROM orders"), "1\n");
}

TEST_F(SqliteSessionTest, AnAttachedStoreKeepsOutOfTheHostsTransaction) {
  const auto store = attach_sqlite_store(host_.get());
  const Message message = sample_message(1);
  host_("BEGIN");
  ASSERT_EQ(session_.apply(Change().send(message)), CommitOutcome::committed);
  EXPECT_EQ(store->take(10, 100, 5, {}).error().code, ErrorCode::store_unavailable);
  EXPECT_EQ(store->load({}, 0).error().code, ErrorCode::store_unavailable);
  EXPECT_EQ(store->commit(Change().put(sample_account("ann")), 0), CommitOutcome::unavailable);
  host_("ROLLBACK");
  EXPECT_TRUE(store->take(10, 100, 5, {}).value().empty());
  EXPECT_EQ(host_("SELECT count(*) FROM ringfence_account"), "0\n");
}

TEST_F(SqliteSessionTest,
       AnAttachedStoreRefusesWhileAnotherConnectionWritesAndIsWellAgainAfterwards) {
  const auto store = attach_sqlite_store(host_.get());
  ASSERT_EQ(store->commit(Change().send(sample_message(1)), 0), CommitOutcome::committed);
  RawDatabase other(dir_.file("host.db"));
  other("BEGIN IMMEDIATE");
  EXPECT_EQ(store->take(10, 100, 5, {}).error().code, ErrorCode::store_unavailable);
  other("COMMIT");
  EXPECT_EQ(store->take(10, 100, 5, {}).value().size(), 1U);
}

TEST_F(SqliteSessionTest, LeavesTheHostsDatabaseItsOwn) {
  EXPECT_EQ(host_("PRAGMA user_version"), "77\n");
  EXPECT_EQ(host_("PRAGMA application_id"), "5\n");
  host_("BEGIN");
  EXPECT_TRUE(session_.create_tables());                        // they are there
  EXPECT_EQ(sqlite3_next_stmt(host_.get(), nullptr), nullptr);  // no statement of ours is left open
  host_("COMMIT");
}

TEST_F(SqliteSessionTest, NeedsATransaction) {
  const std::vector<Key> keys = {ann};
  EXPECT_EQ(session_.create_tables().error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(session_.load(keys).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(session_.apply(Change().put(sample_account("ann"))), CommitOutcome::unavailable);
}

TEST_F(SqliteSessionTest, RefusesTablesOfANewerSchema) {
  host_("UPDATE ringfence_meta SET value = 1000; BEGIN");
  EXPECT_EQ(session_.create_tables().error().code, ErrorCode::store_newer);
  host_("ROLLBACK");
}

TEST_F(SqliteSessionTest, TheHostsDatabaseIsNoStoreOfOurs) {
  const auto opened = open_sqlite_store(dir_.file("host.db"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::store_foreign);
}

}  // namespace
}  // namespace ringfence
