// The store through what stands between it and a server: a pooler in transaction mode, TLS; and on
// a database that sorts by a language.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "postgres/own_database.h"
#include "postgres/private_pgbouncer.h"
#include "support/world.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::AnyOf;
using ::testing::HasSubstr;

TEST(Pgbouncer, AChangeOfPhoneGoesThroughIt) {
  const OwnDatabase database;
  const PrivatePgbouncer bouncer(shared_postgres(), 2);
  const std::string url = bouncer.url(PrivatePostgres::user, database.name);
  const auto migrated = migrate_postgres(url);
  ASSERT_TRUE(migrated) << migrated.error().text;
  World world({}, opened(url));
  world.add("ann").value();
  EXPECT_TRUE(world.changed("ann").changed().usable_for_login);
  EXPECT_EQ(world.sent("phone_changed", MessageKind::event).size(), 1U);
  world.clock.advance(400 * day_ms);
  EXPECT_GT(world.behind->sweep(world.clock.now_ms(), world.clock.now_ms(), 100).value(), 0);
}

TEST(Pgbouncer, ManyThreadsOnFewConnectionsLoseNothing) {
  const OwnDatabase database;
  database.migrate();
  const PrivatePgbouncer bouncer(shared_postgres(), 2);
  const auto store =
      opened(bouncer.tcp_url(PrivatePostgres::user, PrivatePostgres::password, database.name));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) {
        EXPECT_EQ(raise_epoch(*store, {"shop", "ann"}), CommitOutcome::committed);
        EXPECT_EQ(store->commit(Change().send(sample_message(1)), 60'000),
                  CommitOutcome::committed);
      }
    });
  }
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(epoch_of(*store, {"shop", "ann"}), 160U);
  std::atomic<int> taken = 0;
  threads.clear();
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (;;) {
        const auto got = store->take(2, 1'000'000, 5, {}).value();
        if (got.empty()) return;
        taken += static_cast<int>(got.size());
      }
    });
  }
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(taken, 160);
}

TEST(Pgbouncer, AConflictIsOneAndWhatWasSetForATransactionStaysInIt) {
  const OwnDatabase database;
  database.migrate();
  const PrivatePgbouncer bouncer(shared_postgres(), 1);
  const std::string url = bouncer.url(PrivatePostgres::user, database.name);
  const auto store = opened(url);
  PostgresClient other(url);
  const std::string settings =
      "SELECT current_setting('synchronous_commit') || current_setting('lock_timeout') || "
      "current_setting('idle_in_transaction_session_timeout')";
  const std::string before = other.value(settings);
  const Change change = Change().put(sample_account("ann"));
  EXPECT_EQ(store->commit(change, 60'000), CommitOutcome::committed);
  EXPECT_EQ(store->commit(change, 60'000), CommitOutcome::conflict);
  EXPECT_EQ(store->commit(Change().put(sample_account("ann"), 7), 0), CommitOutcome::conflict);
  EXPECT_EQ(other.value(settings), before) << "the one connection to the server is shared";
  EXPECT_EQ(store->commit(Change().put(sample_account("bob")), 0), CommitOutcome::committed);
}

TEST(Pgbouncer, AServerThatEndsItsConnectionsCostsNobodyAChange) {
  const OwnDatabase database;
  database.migrate();
  const PrivatePgbouncer bouncer(shared_postgres(), 2);
  const auto store = opened(bouncer.url(PrivatePostgres::user, database.name));
  Version version = 0;
  for (int i = 0; i < 10; ++i) {
    shared_postgres().execute(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '" +
        database.name + "'");
    const Change change = Change().put(sample_account("ann"), version);
    const CommitOutcome outcome = store->commit(change, 0);
    EXPECT_THAT(outcome, AnyOf(CommitOutcome::committed, CommitOutcome::unknown));
    const Version now = load_one(*store, AccountKey{"shop", "ann"}).version;
    if (outcome == CommitOutcome::committed) {
      EXPECT_EQ(now, change.set.puts[0].version);
    }
    EXPECT_TRUE(now == version || now == change.set.puts[0].version);
    version = now;
  }
}

TEST(Tls, AServerIsBelievedOnlyWithItsCertificate) {
  PrivatePostgres server({.tls = true});
  PrivatePostgres stranger({.tls = true});
  const OwnDatabase database(server);
  const std::string tls = database.tcp_url(server.port()) + "&sslmode=verify-full&sslrootcert=";
  const std::string url = tls + in_url(server.certificate());
  const auto migrated = migrate_postgres(url);
  ASSERT_TRUE(migrated) << migrated.error().text;
  World world({}, opened(url));
  world.add("ann").value();
  const std::string pids =
      "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE datname = '" + database.name +
      "'";
  const std::string first = server.value(pids);
  EXPECT_TRUE(world.changed("ann").changed().usable_for_login);
  EXPECT_EQ(server.value("SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
                         "WHERE datname = '" +
                         database.name + "'"),
            "t");
  EXPECT_EQ(server.value(pids), first) << "one connection was enough";

  for (const std::string& file : {stranger.certificate(), std::string("/nowhere")}) {
    const auto refused = open_postgres_store(tls + in_url(file));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::store_unavailable);
    EXPECT_EQ(refused.error().next, NextStep::fix_setup);
    EXPECT_THAT(refused.error().text,
                AnyOf(HasSubstr("certificate verify failed"),
                      HasSubstr("root certificate file \"/nowhere\" does not exist")));
    EXPECT_FALSE(migrate_postgres(tls + in_url(file)));
  }
  const auto plain = open_postgres_store(
      PrivatePostgres::url_at("127.0.0.1", shared_postgres().port(), PrivatePostgres::user,
                              PrivatePostgres::password, "postgres") +
      "&sslmode=require");
  ASSERT_FALSE(plain);
  EXPECT_THAT(plain.error().text, HasSubstr("server does not support SSL"));
}

TEST(Locale, OfALanguageChangesNothing) {
  const OwnDatabase database(shared_postgres(),
                             "LOCALE_PROVIDER icu ICU_LOCALE 'sv-SE' TEMPLATE template0");
  database.migrate();
  const auto store = opened(database.url());
  // What a language counts as equal, or sorts otherwise, are different keys.
  const std::vector<std::string> ids = {"ann",          "Ann",  "\xc3\xa5nn", "a\xcc\x8ann",
                                        "co-op",        "coop", "z",          "\xc3\xb6",
                                        "\xe2\x91\xa0", "1",    "a\"b\\c{}",  "\xf0\x9f\xa6\x81"};
  std::vector<Key> keys;
  for (const std::string& id : ids) {
    EXPECT_EQ(store->commit(Change().put(sample_account(id)), 0), CommitOutcome::committed) << id;
    keys.emplace_back(AccountKey{"shop", id});
  }
  const auto loaded = store->load(keys, 0).value();
  for (std::size_t i = 0; i < ids.size(); ++i)
    EXPECT_EQ(std::get<Account>(loaded[i].record.value()).key.id, ids[i]);
  EXPECT_EQ(database.value("SELECT string_agg(id, ',' ORDER BY id) = string_agg(id, ',' ORDER BY "
                           "id COLLATE \"C\") FROM ringfence.account"),
            "t");
  World world({}, opened(database.url()));
  world.add("ann").value();
  EXPECT_TRUE(world.changed("ann").changed().usable_for_login);
}

}  // namespace
}  // namespace ringfence
