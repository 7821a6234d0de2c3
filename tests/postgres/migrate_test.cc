// Making the tables and bringing them up to date: by a role that owns them, used by one that may
// only change rows, while programs of two versions run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "postgres/own_database.h"
#include "store/postgres/postgres_store.h"
#include "store/postgres/schema.h"
#include "support/world.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;

constexpr const char* column_and_index =
    "ALTER TABLE ringfence.account ADD COLUMN note text NOT NULL DEFAULT 'none';"
    "CREATE INDEX account_note ON ringfence.account (realm, note)";

/// The migrations of a library that is one step ahead.
std::vector<PostgresMigration> and_then(const char* sql, int usable_from) {
  const auto today = postgres_migrations();
  std::vector<PostgresMigration> out(today.begin(), today.end());
  out.push_back({sql, usable_from});
  return out;
}

int newest() { return static_cast<int>(postgres_migrations().size()); }

std::string refused_with(const result<void>& done) {
  if (done) return "ok";
  EXPECT_EQ(done.error().code, ErrorCode::store_unavailable);
  EXPECT_EQ(done.error().next, NextStep::fix_setup);
  return done.error().text;
}

/// A whole change of phone, a wrong code in it, and what was sent and swept after.
void change_a_phone(World& world, const std::string& id) {
  FlowView flow = world.begun(id);
  const std::string code = world.code_at(World::phone);
  EXPECT_EQ(world.service->prove_identity(flow, wrong(code), world.call).value().verdict,
            Verdict::rejected);
  flow = world.service->prove_identity(flow, code, world.call).value();
  flow = world.service->set_target(flow, {World::new_phone}, world.call).value();
  flow = world.service->prove_target(flow, world.code_at(World::new_phone), world.call).value();
  EXPECT_TRUE(flow.accepted());
  EXPECT_EQ(world.sent("phone_changed", MessageKind::event).size(), 1U);
  world.clock.advance(400 * day_ms);
  EXPECT_GT(world.behind->sweep(world.clock.now_ms(), world.clock.now_ms(), 100).value(), 0);
}

TEST(Migrate, IsForTheOwnerOfTheSchema_AndTheRunningProgramNeedsOnlyItsGrants) {
  OwnDatabase database;
  const std::string owner = database.make_role();
  const std::string app = database.make_role();
  database.execute("CREATE SCHEMA ringfence AUTHORIZATION " + owner);
  database.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  EXPECT_EQ(outcome(migrate_postgres(database.url(owner))), "ok");
  EXPECT_EQ(database.value("SELECT string_agg(DISTINCT tableowner, ' ') FROM pg_tables WHERE "
                           "schemaname = 'ringfence'"),
            owner);
  database.execute(grants_for(app));

  World world({}, opened(database.url(app)));
  world.add("ann").value();
  change_a_phone(world, "ann");
  EXPECT_TRUE(world.behind->outbox(1, 0));
  EXPECT_TRUE(world.behind->messages(World::key("ann"), 10, 0));
  EXPECT_TRUE(migrate_postgres(database.url(app))) << "nothing is to be done";

  PostgresClient client(database.url(app));
  for (const std::string sql :
       {"CREATE TABLE ringfence.more (id text)", "DROP TABLE ringfence.account",
        "ALTER TABLE ringfence.account ADD COLUMN more text", "TRUNCATE ringfence.account",
        "CREATE INDEX ON ringfence.account (id)", "DROP SCHEMA ringfence CASCADE",
        "UPDATE ringfence.meta SET value = 9", "CREATE TABLE more (id text)"}) {
    try {
      client.execute(sql);
      ADD_FAILURE() << sql;
    } catch (const PostgresError& refused) {
      EXPECT_EQ(refused.sql_state(), "42501") << sql;
    }
  }
}

TEST(Migrate, TwiceDoesNothing) {
  const OwnDatabase database;
  database.migrate();
  const std::string snapshot =
      "SELECT string_agg(c.oid || ' ' || c.relfilenode, ',' ORDER BY c.oid) FROM pg_class c JOIN "
      "pg_namespace n ON n.oid = relnamespace WHERE nspname = 'ringfence'";
  const std::string before = database.contents() + database.value(snapshot);
  database.migrate();
  EXPECT_EQ(database.contents() + database.value(snapshot), before);
}

TEST(Migrate, ManyAtOnceMakeTheTablesOnce) {
  const auto migrations = and_then(column_and_index, newest());
  for (int round = 0; round < 5; ++round) {
    const OwnDatabase database;
    std::vector<std::thread> threads;
    std::atomic<int> ready = 0;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        ++ready;
        while (ready < 8) std::this_thread::yield();
        const auto done = postgres::migrate(database.url(), migrations);
        EXPECT_TRUE(done) << done.error().text;
      });
    }
    for (std::thread& one : threads) one.join();
    EXPECT_EQ(database.value("SELECT value FROM ringfence.meta WHERE name = 'schema'"),
              std::to_string(newest() + 1));
    EXPECT_TRUE(open_postgres_store(database.url()));
  }
}

TEST(Migrate, ThatFailsHalfwayLeavesTheFormerTablesWhole) {
  const OwnDatabase database;
  // The very first one.
  const std::vector<PostgresMigration> broken = {
      {"CREATE TABLE ringfence.account (id text); SELECT 1 / 0", 1}};
  EXPECT_THAT(refused_with(postgres::migrate(database.url(), broken)),
              HasSubstr("PostgreSQL did not take the migration: 22012"));
  EXPECT_EQ(database.value("SELECT to_regclass('ringfence.account') IS NULL"), "t");
  database.migrate();

  ASSERT_EQ(opened(database.url())->commit(Change().put(sample_account("ann")), 0),
            CommitOutcome::committed);
  const std::string before = database.contents();
  for (const char* sql :
       {"ALTER TABLE ringfence.account ADD COLUMN note text; SELECT 1 / 0",
        "ALTER TABLE ringfence.account ADD COLUMN note text; ALTER TABLE ringfence.account ADD "
        "COLUMN note text",
        "DROP TABLE ringfence.message; CREATE TABLE ringfence.message (;"}) {
    EXPECT_THAT(refused_with(postgres::migrate(database.url(), and_then(sql, newest()))),
                HasSubstr("PostgreSQL did not take the migration"));
    EXPECT_EQ(database.contents(), before) << sql;
  }
  EXPECT_TRUE(opened(database.url())->load(std::vector<Key>{AccountKey{"shop", "ann"}}, 0));
  EXPECT_TRUE(postgres::migrate(database.url(), and_then(column_and_index, newest())));
}

TEST(Migrate, ByARoleWithoutTheRightSaysWhoMay) {
  OwnDatabase database;
  const std::string stranger = database.make_role();
  EXPECT_THAT(
      refused_with(migrate_postgres(database.url(stranger))),
      HasSubstr("may not create the schema ringfence or its tables; use the one that owns"));
  EXPECT_EQ(database.contents(), "");
  database.migrate();
  const std::string before = database.contents();
  EXPECT_THAT(refused_with(migrate_postgres(database.url(stranger))), HasSubstr("may not"));
  // With the rights of the running program, and one step to do.
  database.execute(grants_for(stranger));
  EXPECT_THAT(
      refused_with(postgres::migrate(database.url(stranger), and_then(column_and_index, newest()))),
      HasSubstr("may not"));
  EXPECT_EQ(database.contents(), before);
}

TEST(Migrate, TheFormerLibraryGoesOnBesideTheNextOne_WhileTheTablesChange) {
  const OwnDatabase database;
  database.migrate();
  const auto next = and_then(column_and_index, newest());
  const auto old_store = opened(database.url());
  constexpr int accounts = 3;
  std::atomic<bool> stop = false;
  std::atomic<int> raised = 0;
  const auto work = [&](Store& store) {
    for (int i = 0; !stop || i < 2 * accounts; ++i) {
      const AccountKey key{"shop", "ann" + std::to_string(i % accounts)};
      ASSERT_EQ(raise_epoch(store, key), CommitOutcome::committed);
      ++raised;
      ASSERT_EQ(store.commit(Change().send(sample_message(1)), 0), CommitOutcome::committed);
      ASSERT_TRUE(store.take(2, 1000, 2, {}));
      ASSERT_TRUE(store.sweep(1, 1, 1));
    }
  };
  std::thread former([&] { work(*old_store); });
  ASSERT_TRUE(poll_until([&] { return raised > 5; }));
  EXPECT_EQ(outcome(postgres::open(database.url(), {}, next)), "store_older") << "not yet";
  const auto migrated = postgres::migrate(database.url(), next);
  ASSERT_TRUE(migrated) << migrated.error().text;
  auto new_store = postgres::open(database.url(), {}, next);
  ASSERT_TRUE(new_store);
  const int before = raised;
  std::thread latter([&] { work(*new_store.value()); });
  ASSERT_TRUE(poll_until([&] { return raised > before + 20; }));
  EXPECT_TRUE(open_postgres_store(database.url())) << "one of the former may still be started";
  stop = true;
  former.join();
  latter.join();
  std::uint64_t sum = 0;
  for (int i = 0; i < accounts; ++i)
    sum += epoch_of(*old_store, {"shop", "ann" + std::to_string(i)});
  EXPECT_EQ(sum, static_cast<std::uint64_t>(raised.load()));
  EXPECT_EQ(database.value("SELECT count(*) FROM ringfence.account WHERE note = 'none'"),
            std::to_string(accounts));

  // And a flow that one begins and the other ends.
  World one({}, opened(database.url()));
  World other({}, std::move(new_store).value());
  one.add("eve").value();
  const FlowView flow = one.begun("eve");
  const std::string code = other.code_at(World::phone);
  EXPECT_TRUE(other.service->prove_identity(flow, code, other.call).value().accepted());
  EXPECT_EQ(one.service->view(flow, one.call).value().step, FlowStep::set_target);
}

TEST(Migrate, ToTablesThatTheFormerLibraryCannotUseRefusesIt) {
  const OwnDatabase database;
  database.migrate();
  const auto next = and_then("ALTER TABLE ringfence.account RENAME TO accounts", newest() + 1);
  EXPECT_TRUE(postgres::migrate(database.url(), next));
  EXPECT_EQ(outcome(open_postgres_store(database.url())), "store_newer");
  EXPECT_EQ(outcome(migrate_postgres(database.url())), "store_newer");
  // Somebody else's row, or none, does not let it in.
  database.execute(
      "UPDATE ringfence.meta SET name = 'other', value = 1 WHERE name = 'usable_from'");
  EXPECT_EQ(outcome(open_postgres_store(database.url())), "store_newer");
}

TEST(Migrate, WhatIsInstalledIsWhatIsRun) {
  const auto migrations = postgres_migrations();
  ASSERT_EQ(migrations.size(), 1U);
  EXPECT_EQ(migrations[0].sql,
            read_file(RINGFENCE_SOURCE_DIR "/src/store/postgres/sql/001_tables.sql"));
  // An administrator who runs the files by hand gets the same.
  const OwnDatabase database;
  const OwnDatabase by_hand;
  database.migrate();
  PostgresClient owner(by_hand.url());
  owner.execute(read_file(RINGFENCE_SOURCE_DIR "/src/store/postgres/sql/000_schema.sql"));
  owner.execute(migrations[0].sql);
  EXPECT_TRUE(open_postgres_store(by_hand.url()));
  std::string contents = by_hand.contents();
  for (auto at = contents.find(by_hand.name); at != std::string::npos;
       at = contents.find(by_hand.name, at + database.name.size()))
    contents.replace(at, by_hand.name.size(), database.name);
  EXPECT_EQ(contents, database.contents());
  EXPECT_TRUE(migrate_postgres(by_hand.url()));
}

}  // namespace
}  // namespace ringfence
