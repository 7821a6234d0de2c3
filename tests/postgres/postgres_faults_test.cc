// What breaks on the way to PostgreSQL and in it: a change happens once or never, nobody is told
// what is not so, and the next call finds its way by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "postgres/own_database.h"
#include "postgres/wire_tap.h"
#include "support/world.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;
using Fault = WireTap::Fault;

const AccountKey ann{"shop", "ann"};

class PostgresFaults : public ::testing::Test {
 protected:
  PostgresFaults() { database.migrate(); }

  std::string tapped() const { return database.tcp_url(tap->port()) + "&sslmode=disable"; }
  void terminate() const { terminate(database); }
  static void terminate(const OwnDatabase& of) {
    of.server.execute(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '" +
        of.name + "'");
  }
  static std::string backends(const OwnDatabase& of) {
    return of.server.value(
        "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE "
        "application_name = 'ringfence' AND datname = '" +
        of.name + "'");
  }
  static std::string waiting_for(const OwnDatabase& of, const std::string& event) {
    return "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'ringfence' AND "
           "datname = '" +
           of.name + "' AND '" + event + "' IN (wait_event_type, wait_event)";
  }

  OwnDatabase database;
  std::optional<WireTap> tap{std::in_place, shared_postgres().port()};
};

std::string name_of(Fault fault) {
  switch (fault) {
    case Fault::lose_request:
      return "lose_request";
    case Fault::lose_answer:
      return "lose_answer";
    case Fault::delay_request:
      return "delay_request";
    case Fault::hang:
      return "hang";
    default:
      return "none";
  }
}

/// A change of phone through the tap; at one of its four steps a commit is lost.
class LostCommit : public PostgresFaults,
                   public ::testing::WithParamInterface<std::tuple<Fault, int>> {};

// I2, I7.
TEST_P(LostCommit, HappensOnceOrNeverAndTheSameRequestConverges) {
  const auto [fault, at] = GetParam();
  World world({}, opened(tapped()));
  world.add("ann").value();
  int steps = 0;
  FlowView flow;
  const auto step = [&](const auto& work) {
    Call call = world.call;
    call.request_id = "request-" + std::to_string(++steps);
    if (fault == Fault::hang) call.deadline_ms = 1'000;
    const bool here = steps == at;
    const int connections = tap->connections();
    if (here) tap->at_next_commit(fault);
    auto reply = work(call);
    ASSERT_EQ(outcome(reply), "ok") << reply.error().text;
    flow = reply.value();
    if (!here) return;
    EXPECT_GT(tap->connections(), connections) << "nothing was lost";
    if (fault == Fault::delay_request) {
      ASSERT_TRUE(tap->waiting_for_release());
      const std::string before = database.contents();
      tap->release();  // the server gets it now, and answers
      EXPECT_EQ(database.contents(), before) << "the lost commit came after its fence";
    }
    const FlowView again = work(call).value();
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.handle, flow.handle);
  };
  step([&](const Call& call) {
    return world.service->begin_change_phone(World::key("ann"), Method::phone, call);
  });
  const std::string identity = world.code_at(World::phone);
  FlowView before = flow;
  step([&](const Call& call) { return world.service->prove_identity(before, identity, call); });
  before = flow;
  step([&](const Call& call) {
    return world.service->set_target(before, {World::new_phone}, call);
  });
  before = flow;
  const std::string target = world.code_at(World::new_phone);
  step([&](const Call& call) { return world.service->prove_target(before, target, call); });
  EXPECT_TRUE(flow.changed().usable_for_login);
  EXPECT_EQ(steps, 4);
  EXPECT_EQ(world.entry(World::new_phone).holders, 1);
  EXPECT_EQ(world.entry(World::phone).holders, 0);
  EXPECT_EQ(world.sent("phone_changed", MessageKind::event).size(), 1U);
  EXPECT_EQ(database.value("SELECT count(*) FROM ringfence.message WHERE kind = 'code'"), "2");
}

INSTANTIATE_TEST_SUITE_P(Steps, LostCommit,
                         ::testing::Combine(::testing::Values(Fault::lose_request,
                                                              Fault::lose_answer,
                                                              Fault::delay_request, Fault::hang),
                                            ::testing::Range(1, 5)),
                         [](const auto& one) {
                           return name_of(std::get<0>(one.param)) + "_at_step_" +
                                  std::to_string(std::get<1>(one.param));
                         });

TEST_F(PostgresFaults, ACommitWhoseAnswerIsLostIsUnknown) {
  const auto store = opened(tapped());
  Version version = 0;
  for (const auto& [fault, happens] :
       {std::pair(Fault::lose_request, false), std::pair(Fault::lose_answer, true)}) {
    const Change change = Change().put(sample_account("ann"), version);
    tap->at_next_commit(fault);
    EXPECT_EQ(store->commit(change, 0), CommitOutcome::unknown);
    const Version now = load_one(*store, ann).version;
    EXPECT_EQ(now == change.set.puts[0].version, happens);
    version = now;
  }
  // One that comes after the next change finds another version than it expects.
  tap->at_next_commit(Fault::delay_request);
  EXPECT_EQ(store->commit(Change().put(sample_account("ann"), version), 0), CommitOutcome::unknown);
  const Change fence = Change().put(sample_account("ann"), version);
  ASSERT_EQ(store->commit(fence, 0), CommitOutcome::committed);
  ASSERT_TRUE(tap->waiting_for_release());
  tap->release();
  version = fence.set.puts[0].version;
  EXPECT_EQ(load_one(*store, ann).version, version);
}

// Not through the tap, which may learn later than who ends the connection that it has ended.
TEST_F(PostgresFaults, AnIdleConnectionThatBrokeCostsNothing) {
  const auto store = opened(database.url());
  Version version = 0;
  for (int i = 0; i < 20; ++i) {
    terminate();
    const Change change = Change().put(sample_account("ann"), version);
    ASSERT_EQ(store->commit(change, 0), CommitOutcome::committed) << i;
    version = change.set.puts[0].version;
    terminate();
    ASSERT_TRUE(store->outbox(1, 0)) << i;
    terminate();
    ASSERT_TRUE(store->take(1, 1000, 1, {})) << i;
    terminate();
    ASSERT_TRUE(store->settle(std::vector<Settlement>{{.id = fresh_id(), .account = ann}})) << i;
    terminate();
    ASSERT_TRUE(store->sweep(1, 1, 1)) << i;
  }
}

TEST_F(PostgresFaults, ConnectionsThatEndDuringCallsLoseNothing) {
  const auto store = opened(database.url());
  std::atomic<int> rounds = 0;
  std::atomic<bool> done = false;
  std::atomic<int> kills = 0;
  std::thread killer([&] {
    int next = 0;
    while (!done) {
      if (rounds < next) {
        std::this_thread::yield();
        continue;
      }
      terminate();
      ++kills;
      next = rounds + 1;
    }
  });
  std::uint64_t happened = 0;
  int unknown = 0;
  int failed_loads = 0;
  for (int i = 0; i < 200 || kills < 20; ++i, ++rounds) {
    const auto loaded = store->load(std::vector<Key>{ann}, 0);
    if (!loaded) {
      ++failed_loads;
      continue;
    }
    const Loaded& one = loaded.value()[0];
    Account account = one.record ? std::get<Account>(*one.record) : sample_account("ann");
    account.epoch = happened + 1;
    const Change change = Change().put(account, one.version);
    const CommitOutcome outcome = store->commit(change, 0);
    if (outcome == CommitOutcome::committed) ++happened;
    if (outcome == CommitOutcome::unknown) {
      ++unknown;
      // Fenced, as `Service` does: from now on it has happened or never will.
      for (;;) {
        const auto after = store->load(std::vector<Key>{ann}, 0);
        if (!after) continue;
        const Version now = after.value()[0].version;
        if (now == change.set.puts[0].version) {
          ++happened;
          break;
        }
        ASSERT_EQ(now, one.version);
        Account same = one.record ? std::get<Account>(*one.record) : sample_account("ann");
        if (store->commit(Change().put(same, now), 0) == CommitOutcome::committed) break;
      }
    }
    ASSERT_NE(outcome, CommitOutcome::conflict);
  }
  done = true;
  killer.join();
  std::printf("%d kills, %d unknown, %d loads failed\n", kills.load(), unknown, failed_loads);
  EXPECT_EQ(epoch_of(*store, ann), happened);
  EXPECT_EQ(failed_loads, 0);
}

TEST_F(PostgresFaults, AServerThatRestartsIsFoundAgain) {
  PrivatePostgres server;
  const OwnDatabase own(server);
  own.migrate();
  const auto store = opened(own.url());
  Version version = 0;
  const auto put = [&] {
    const Change change = Change().put(sample_account("ann"), version);
    const CommitOutcome outcome = store->commit(change, 0);
    if (outcome == CommitOutcome::committed) version = change.set.puts[0].version;
    return outcome;
  };
  ASSERT_EQ(put(), CommitOutcome::committed);
  for (const bool crash : {false, true}) {
    crash ? server.kill_9() : server.stop_fast();
    EXPECT_EQ(put(), CommitOutcome::unavailable);
    EXPECT_EQ(outcome(store->load(std::vector<Key>{ann}, 0)), "store_unavailable");
    EXPECT_EQ(outcome(store->take(1, 1, 1, {})), "store_unavailable");
    EXPECT_EQ(outcome(store->sweep(1, 1, 1)), "store_unavailable");
    server.start();
    EXPECT_EQ(load_one(*store, ann).version, version);
    EXPECT_EQ(put(), CommitOutcome::committed);
    // And without anybody noticing meanwhile.
    crash ? server.kill_9() : server.stop_fast();
    server.start();
    EXPECT_EQ(put(), CommitOutcome::committed);
  }
}

TEST_F(PostgresFaults, ADeadlineEndsWaitingForAConnection) {
  const auto store = opened(tapped(), {.max_connections = 1});
  tap->at_next_commit(Fault::hang);
  const int before = tap->round_trips();
  auto hanging = std::async(std::launch::async,
                            [&] { return store->commit(Change().put(sample_account("ann")), 0); });
  ASSERT_TRUE(poll_until([&] { return tap->round_trips() > before; }));
  const auto loaded = store->load(std::vector<Key>{ann}, 100);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::store_unavailable);
  EXPECT_THAT(loaded.error().text, HasSubstr("all connections were busy until the deadline"));
  EXPECT_EQ(store->commit(Change().put(sample_account("bob")), 100), CommitOutcome::unavailable);
  tap.reset();
  EXPECT_EQ(hanging.get(), CommitOutcome::unknown);
}

TEST_F(PostgresFaults, ADeadlineEndsWaitingForALockAndNothingHasHappened) {
  const auto store = opened(database.url());
  const Change first = Change().put(sample_account("ann"));
  ASSERT_EQ(store->commit(first, 0), CommitOutcome::committed);
  const Version version = first.set.puts[0].version;
  PostgresClient other(database.url());
  const std::string before = database.contents();
  for (const char* lock :
       {"SELECT 1 FROM ringfence.account WHERE id = 'ann' FOR UPDATE",
        "LOCK TABLE ringfence.message IN EXCLUSIVE MODE",
        "INSERT INTO ringfence.source (realm, source, version, forget_at, record) VALUES "
        "('shop', 's', 1, 0, '')"}) {
    const Change change = Change()
                              .put(sample_account("ann"), version)
                              .put(sample_source("s"))
                              .send(sample_message(1));
    other.execute("BEGIN");
    other.execute(lock);
    // Half of it is for the lock, so that the other half is left to hear how it ended.
    EXPECT_EQ(store->commit(change, 4'000), CommitOutcome::unavailable) << lock;
    other.execute("ROLLBACK");
    EXPECT_EQ(database.contents(), before) << lock;
  }
  EXPECT_EQ(load_one(*store, ann).version, version);
}

TEST_F(PostgresFaults, ADeadlineEndsWaitingForAServerThatHangs) {
  PrivatePostgres server;
  const OwnDatabase own(server);
  own.migrate();
  const auto store = opened(own.url());
  const Change first = Change().put(sample_account("ann"));
  ASSERT_EQ(store->commit(first, 0), CommitOutcome::committed);
  const Change change = Change().put(sample_account("ann"), first.set.puts[0].version);
  // One process of it.
  const pid_t backend = std::stoi(backends(own));
  ASSERT_EQ(kill(backend, SIGSTOP), 0);
  EXPECT_EQ(store->commit(change, 300), CommitOutcome::unknown);
  EXPECT_EQ(load_one(*store, ann).version, first.set.puts[0].version) << "another one answers";
  ASSERT_EQ(kill(backend, SIGCONT), 0);
  server.wait_for("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = " +
                  std::to_string(backend));
  const Version now = load_one(*store, ann).version;
  EXPECT_TRUE(now == first.set.puts[0].version || now == change.set.puts[0].version);

  // The one that lets new connections in.
  terminate(own);
  ASSERT_EQ(kill(server.pid(), SIGSTOP), 0);
  EXPECT_EQ(outcome(store->load(std::vector<Key>{ann}, 300)), "store_unavailable");
  EXPECT_EQ(store->commit(Change().put(sample_account("bob")), 300), CommitOutcome::unavailable);
  ASSERT_EQ(kill(server.pid(), SIGCONT), 0);
  EXPECT_EQ(load_one(*store, ann).version, now);
}

TEST_F(PostgresFaults, WhatPostgresqlChoosesAgainstIsAConflict_NeverLost) {
  for (const std::string level : {"serializable", "repeatable read", "read committed"}) {
    database.execute("ALTER DATABASE " + database.name + " SET default_transaction_isolation = '" +
                     level + "'");
    const auto store = opened(database.url());
    const std::uint64_t before = epoch_of(*store, ann);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 25; ++n)
          EXPECT_EQ(raise_epoch(*store, ann), CommitOutcome::committed) << level;
      });
    }
    for (std::thread& one : threads) one.join();
    EXPECT_EQ(epoch_of(*store, ann), before + 100) << level;
    // What nobody repeats for the store it repeats itself.
    for (int i = 0; i < 20; ++i)
      ASSERT_EQ(store->commit(Change().send(sample_message(1)), 0), CommitOutcome::committed);
    std::atomic<int> taken = 0;
    threads.clear();
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (;;) {
          const auto got = store->take(2, 1'000'000, 3, {});
          if (!got) {
            ADD_FAILURE() << level << ": " << got.error().text;
            return;
          }
          if (got.value().empty()) return;
          taken += static_cast<int>(got.value().size());
          std::vector<Settlement> ends;
          for (const Message& one : got.value()) {
            ends.push_back({.id = one.id,
                            .account = one.account,
                            .attempts = one.attempts,
                            .state = MessageState::accepted});
          }
          const auto settled = store->settle(ends);
          EXPECT_TRUE(settled) << level;
        }
      });
    }
    for (std::thread& one : threads) one.join();
    EXPECT_EQ(taken, 20) << level;
    EXPECT_EQ(store->sweep(1, 1'000'000, 100).value(), 20) << level;
  }
}

TEST_F(PostgresFaults, ADeadlockWithSomebodyElseIsAConflict) {
  database.execute("ALTER DATABASE " + database.name + " SET deadlock_timeout = '2s'");
  const auto store = opened(database.url());
  const Change first = Change().put(sample_account("ann")).put(sample_entry(phone_address()));
  ASSERT_EQ(store->commit(first, 0), CommitOutcome::committed);
  const std::string before = database.contents();
  PostgresClient other(database.url(PrivatePostgres::superuser));
  other.execute("SET deadlock_timeout = '60s'");  // so that it is not the one to give up
  other.execute("BEGIN; SELECT 1 FROM ringfence.address FOR UPDATE");
  auto committing = std::async(std::launch::async, [&] {
    return store->commit(Change()
                             .put(sample_account("ann"), first.set.puts[0].version)
                             .put(sample_entry(phone_address(), 2), first.set.puts[1].version),
                         0);
  });
  shared_postgres().wait_for(waiting_for(database, "Lock"));
  other.execute("UPDATE ringfence.account SET kind = kind; ROLLBACK");
  EXPECT_EQ(committing.get(), CommitOutcome::conflict);
  EXPECT_EQ(database.contents(), before);
}

// I1.
TEST_F(PostgresFaults, ACommitThatNoLongerWaitsForItsStandbyIsUnknown) {
  PrivatePostgres server;
  const OwnDatabase own(server);
  own.migrate();
  // Nor does it go unheard where warnings are turned off.
  own.execute("ALTER DATABASE " + own.name + " SET client_min_messages = error");
  const auto store = opened(own.url());
  ASSERT_EQ(store->commit(Change().put(sample_account("ann")), 0), CommitOutcome::committed);
  server.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  server.execute("SELECT pg_reload_conf()");
  server.wait_for("SELECT current_setting('synchronous_standby_names') = 'nobody'");
  int number = 0;
  for (const std::string end : {"pg_cancel_backend", "pg_terminate_backend"}) {
    auto committing = std::async(std::launch::async, [&] {
      return store->commit(Change().put(sample_account("bob" + std::to_string(++number))), 0);
    });
    server.wait_for(waiting_for(own, "SyncRep"));
    server.execute("SELECT " + end + "(" + backends(own) + ")");
    EXPECT_EQ(committing.get(), CommitOutcome::unknown) << end;
  }
  EXPECT_EQ(store->commit(Change().put(sample_account("eve")), 300), CommitOutcome::unknown)
      << "the standby does not come before the deadline";
  server.make_asynchronous();
}

// I1. It can be seen by then, but no standby has it.
TEST_F(PostgresFaults, ACallIsAnsweredOnlyWhenAStandbyHasWhatStoppedWaitingForIt) {
  PrivatePostgres server;
  const OwnDatabase own(server);
  own.migrate();
  World world({}, opened(own.url()));
  world.add("ann").value();
  server.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  server.execute("SELECT pg_reload_conf()");
  server.wait_for("SELECT current_setting('synchronous_standby_names') = 'nobody'");
  auto calling = std::async(std::launch::async, [&] {
    return outcome(world.service->begin_change_phone(World::key("ann"), Method::phone, world.call));
  });
  server.wait_for(waiting_for(own, "SyncRep"));
  const std::string first = backends(own);
  server.execute("SELECT pg_cancel_backend(" + first + ")");
  // Its connection is given up, and another one waits.
  server.wait_for(
      "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND pid <> " + first);
  EXPECT_EQ(own.value("SELECT count(*) FROM ringfence.message"), "1") << "it can be seen";
  EXPECT_NE(calling.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  server.make_asynchronous();
  EXPECT_EQ(calling.get(), "ok");
}

// I1.
TEST_F(PostgresFaults, ACommitIsDurableWhateverTheDatabaseIsSetTo) {
  database.execute(
      "CREATE TABLE seen (setting text);"
      "CREATE FUNCTION see() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $$ BEGIN "
      "INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;"
      "CREATE TRIGGER see AFTER INSERT ON ringfence.account EXECUTE FUNCTION see();"
      "CREATE TRIGGER see AFTER INSERT OR UPDATE OR DELETE ON ringfence.message EXECUTE FUNCTION "
      "see();"
      "REVOKE ALL ON seen FROM PUBLIC");
  int number = 0;
  for (const std::string setting : {"off", "local", "remote_write", "on", "remote_apply"}) {
    database.execute("ALTER DATABASE " + database.name + " SET synchronous_commit = " + setting);
    database.execute("TRUNCATE seen");
    const auto store = opened(database.url());
    const Change change =
        Change().put(sample_account("ann" + std::to_string(++number))).send(sample_message(1));
    ASSERT_EQ(store->commit(change, number % 2 == 0 ? 60'000 : 0), CommitOutcome::committed);
    const auto taken = store->take(2, 1000, 1, {}).value();
    ASSERT_EQ(taken.size(), 1U);
    ASSERT_TRUE(store->settle(std::vector<Settlement>{{.id = taken[0].id,
                                                       .account = taken[0].account,
                                                       .attempts = taken[0].attempts,
                                                       .state = MessageState::accepted}}));
    ASSERT_EQ(store->sweep(1, 1'000'000, 10).value(), 1);
    EXPECT_EQ(database.value("SELECT string_agg(DISTINCT setting, ' ') || count(*) FROM seen"),
              (setting == "remote_apply" ? "remote_apply" : "on") + std::string("5"))
        << setting;
  }
}

TEST_F(PostgresFaults, ARecordThatCannotBeReadIsTold_AMessageIsGivenUpAndNotInTheWay) {
  const auto store = opened(database.url());
  Change change = Change().put(sample_account("ann")).put(sample_account("bob"));
  for (int i = 1; i <= 3; ++i) change.send(sample_message(i));
  ASSERT_EQ(store->commit(change, 0), CommitOutcome::committed);
  const std::string broken = change.set.messages[0].id.hex();
  database.execute("UPDATE ringfence.account SET record = '{' WHERE id = 'ann'");
  database.execute("UPDATE ringfence.message SET record = 'torn' WHERE id = '" + broken + "'");
  EXPECT_EQ(outcome(store->load(std::vector<Key>{ann}, 0)), "store_corrupt");
  EXPECT_EQ(outcome(store->load(std::vector<Key>{AccountKey{"shop", "bob"}}, 0)), "ok");
  EXPECT_EQ(outcome(store->messages(ann, 10, 0)), "store_corrupt");
  std::vector<Message> taken;
  for (int i = 0; i < 3; ++i) {
    auto got = store->take(10, 1000, 1, {}).value();
    for (Message& one : got) taken.push_back(std::move(one));
  }
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].id, change.set.messages[1].id);
  EXPECT_EQ(taken[1].id, change.set.messages[2].id);
  EXPECT_EQ(database.value("SELECT state || ' ' || outcome FROM ringfence.message WHERE id = '" +
                           broken + "'"),
            "given_up store_corrupt");
  EXPECT_EQ(store->take(1'000'000, 1000, 10, {}).value().size(), 2U) << "it does not come back";
}

TEST_F(PostgresFaults, AForkedChildIsRefusedAndLeavesTheParentsConnectionsAlone) {
  auto store = opened(database.url());
  ASSERT_EQ(store->commit(Change().put(sample_account("ann")), 0), CommitOutcome::committed);
  const std::string before = backends(database);
  ASSERT_NE(before, "");
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::vector<Key> keys = {ann};
    const std::vector<Settlement> ends = {{.id = fresh_id(), .account = ann}};
    int wrong = 0;
    const auto check = [&](const auto& reply) {
      wrong += reply || reply.error().code != ErrorCode::wrong_process;
    };
    check(store->load(keys, 0));
    check(store->take(1, 1, 1, {}));
    check(store->settle(ends));
    check(store->messages(ann, 1, 0));
    check(store->outbox(1, 0));
    check(store->sweep(1, 1, 1));
    wrong += store->commit(Change().put(sample_account("bob")), 0) != CommitOutcome::unavailable;
    store.reset();
    _exit(wrong);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(load_one(*store, ann).record);
  EXPECT_EQ(backends(database), before) << "the same connection goes on";
}

}  // namespace
}  // namespace ringfence
