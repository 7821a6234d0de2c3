// A host with its own tables in PostgreSQL: its users beside ringfence's records, one transaction
// for both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "postgres/own_database.h"
#include "ringfence/workflow.h"
#include "ringfence/workflow/delivery.h"
#include "support/world.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;

const AccountKey ann{"", "ann"};
const Call call{.session = "session-1"};
const Policy policy;
constexpr TimeMs now = 1'800'000'000'000;
constexpr const char* old_phone = "+8613912343672";
constexpr const char* new_phone = "+447700900123";

Address number(const char* text) { return parse_phone(text, "", {}).value(); }

class PostgresHost : public ::testing::Test {
 protected:
  struct Database : OwnDatabase {
    Database() { migrate(); }
  };

  PostgresHost() {
    connection.reset(PQconnectdb(database.url().c_str()));
    session.emplace(connection.get());
    sql("CREATE TABLE public.users (id text PRIMARY KEY, phone text NOT NULL)");
    sql("INSERT INTO public.users VALUES ('ann', '+8613912343672')");
  }

  void sql(const std::string& text) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> done(PQexec(connection.get(), text.c_str()),
                                                             &PQclear);
    ASSERT_EQ(PQresultStatus(done.get()), PGRES_COMMAND_OK)
        << text << ": " << PQerrorMessage(connection.get());
  }
  std::string users_phone() {
    return database.value("SELECT phone FROM public.users WHERE id = 'ann'");
  }

  template <class Reply>
  Decision<Reply> decide(const Step<Reply>& step) {
    Records records;
    for (auto wanted = step.needs(records); !wanted.empty(); wanted = step.needs(records))
      records.add(session->load(wanted).value());
    Seed seed;
    seed.reveal().fill(++seeds);
    auto decision = step.decide(records, Context{policy, *keys, now, seed});
    last = decision.change();
    return decision;
  }
  /// Runs a step in a transaction with `also`; ends it with `end`: COMMIT or ROLLBACK.
  template <class Reply>
  result<Reply> run(const Step<Reply>& step, const std::string& also = "",
                    const std::string& end = "COMMIT") {
    sql("BEGIN");
    const Decision<Reply> decision = decide(step);
    CommitOutcome outcome = CommitOutcome::committed;
    if (!last.empty()) outcome = session->apply(last);
    if (!also.empty()) sql(also);
    sql(outcome == CommitOutcome::committed ? end : "ROLLBACK");
    if (end == "ROLLBACK") outcome = CommitOutcome::unavailable;
    return decision.conclude(outcome);
  }
  void add_ann() {
    run(workflow::register_account({.key = ann, .phone = {number(old_phone), now}})).value();
  }
  void pump() {
    while (dispatcher.pump().value().taken > 0) {
    }
  }

  Database database;
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection{nullptr, &PQfinish};
  std::optional<PostgresSession> session;
  std::unique_ptr<Store> store = opened(database.url());
  std::shared_ptr<KeyRing> ring = one_key_ring();
  std::shared_ptr<const KeySet> keys = ring->keys();
  ManualClock clock{now};
  RecordingSender sender;
  Dispatcher dispatcher{{*store, *ring, sender, sender, clock}};
  std::uint8_t seeds = 0;
  ChangeSet last;
};

TEST_F(PostgresHost, TheChangeAndTheHostsOwnRowCommitTogetherOrNotAtAll) {
  add_ann();
  const auto begin = workflow::begin(FlowKind::change_phone, ann, Method::phone, call);
  EXPECT_FALSE(run(begin, "", "ROLLBACK"));
  EXPECT_EQ(dispatcher.pump().value().taken, 0) << "its code went with the transaction";

  const FlowHandle flow = run(begin).value();
  pump();
  const std::string identity = sender.last_code(old_phone).value();
  EXPECT_TRUE(run(workflow::prove_identity(flow, SecretText(identity), call)).value().accepted());
  run(workflow::set_target(flow, number(new_phone), call)).value();
  pump();
  const auto last_step =
      workflow::prove_target(flow, SecretText(sender.last_code(new_phone).value()), call);
  const std::string also = "UPDATE public.users SET phone = '+447700900123' WHERE id = 'ann'";

  EXPECT_EQ(outcome(run(last_step, also, "ROLLBACK")), "store_unavailable");
  EXPECT_EQ(users_phone(), old_phone);
  EXPECT_EQ(run(workflow::settings(ann)).value().phone().masked, "139****3672");
  EXPECT_EQ(run(workflow::resolve_login({"", number(new_phone)})).value(), std::nullopt);

  EXPECT_TRUE(run(last_step, also).value().changed().usable_for_login);
  EXPECT_EQ(users_phone(), new_phone);
  EXPECT_EQ(run(workflow::resolve_login({"", number(new_phone)})).value(), "ann");
  pump();
  int told = 0;
  for (const auto& one : sender.all()) {
    told += one.message.purpose == "phone_changed" && one.message.kind == MessageKind::event;
  }
  EXPECT_EQ(told, 1);
}

TEST_F(PostgresHost, NobodySeesTheChangeBeforeTheHostCommits) {
  sql("BEGIN");
  const Change change = Change().put(sample_account("ann")).send(sample_message(1));
  ASSERT_EQ(session->apply(change), CommitOutcome::committed);
  const std::vector<Key> wanted = {AccountKey{"shop", "ann"}};
  EXPECT_TRUE(session->load(wanted).value()[0].record);
  EXPECT_FALSE(store->load(wanted, 0).value()[0].record);
  EXPECT_TRUE(store->take(2, 1000, 10, {}).value().empty());
  sql("COMMIT");
  EXPECT_TRUE(store->load(wanted, 0).value()[0].record);
  EXPECT_EQ(store->take(2, 1000, 10, {}).value().size(), 1U);
}

TEST_F(PostgresHost, AConflictIsTold_AndTheHostRollsBack) {
  const Change first = Change().put(sample_account("ann"));
  ASSERT_EQ(store->commit(first, 0), CommitOutcome::committed);
  const std::string before = database.contents();
  sql("BEGIN");
  sql("UPDATE public.users SET phone = 'lost' WHERE id = 'ann'");
  EXPECT_EQ(session->apply(first), CommitOutcome::conflict);
  EXPECT_EQ(PQtransactionStatus(connection.get()), PQTRANS_INERROR);
  EXPECT_EQ(session->apply(first), CommitOutcome::unavailable) << "there is nothing to apply it to";
  sql("ROLLBACK");
  EXPECT_EQ(users_phone(), old_phone);
  EXPECT_EQ(database.contents(), before);

  // PostgreSQL chooses the other one.
  sql("BEGIN ISOLATION LEVEL SERIALIZABLE");
  const std::vector<Key> wanted = {AccountKey{"shop", "ann"}};
  const Version version = session->load(wanted).value()[0].version;
  ASSERT_EQ(store->commit(Change().put(sample_account("ann"), version), 0),
            CommitOutcome::committed);
  EXPECT_EQ(session->apply(Change().put(sample_account("ann"), version)), CommitOutcome::conflict);
  sql("ROLLBACK");
}

TEST_F(PostgresHost, OutsideATransactionNothingIsDone) {
  const std::string before = database.contents();
  const std::vector<Key> wanted = {ann};
  const Change change = Change().put(sample_account("ann"));
  EXPECT_EQ(outcome(session->load(wanted)), "invalid_argument");
  EXPECT_EQ(session->apply(change), CommitOutcome::unavailable);
  // Nor in one that failed, nor on a connection that speaks something else, nor a broken one.
  sql("BEGIN");
  PQclear(PQexec(connection.get(), "SELECT 1 / 0"));
  EXPECT_EQ(outcome(session->load(wanted)), "invalid_argument");
  EXPECT_EQ(session->apply(change), CommitOutcome::unavailable);
  sql("ROLLBACK");
  sql("SET client_encoding = 'LATIN1'");
  sql("BEGIN");
  EXPECT_EQ(outcome(session->load(wanted)), "invalid_argument");
  EXPECT_EQ(session->apply(change), CommitOutcome::unavailable);
  sql("COMMIT");
  sql("RESET client_encoding");
  sql("BEGIN");
  database.execute("SELECT pg_terminate_backend(" + std::to_string(PQbackendPID(connection.get())) +
                   ", 60000)");
  EXPECT_EQ(outcome(session->load(wanted)), "store_unavailable");
  EXPECT_NE(session->apply(change), CommitOutcome::committed);
  EXPECT_EQ(database.contents(), before);
}

TEST_F(PostgresHost, TheConnectionIsLeftAsItWasFound) {
  int notices = 0;
  PQsetNoticeProcessor(
      connection.get(), [](void* count, const char*) { ++*static_cast<int*>(count); }, &notices);
  for (const bool non_blocking : {false, true}) {
    for (const bool fails : {false, true}) {
      sql("BEGIN");
      PQsetnonblocking(connection.get(), non_blocking ? 1 : 0);
      EXPECT_TRUE(session->load(std::vector<Key>{ann}));
      const Change change = Change().put(sample_account("ann"), fails ? 77 : 0);
      EXPECT_EQ(session->apply(change), fails ? CommitOutcome::conflict : CommitOutcome::committed);
      EXPECT_EQ(PQisnonblocking(connection.get()) != 0, non_blocking);
      EXPECT_EQ(PQpipelineStatus(connection.get()), PQ_PIPELINE_OFF);
      EXPECT_EQ(PQtransactionStatus(connection.get()), fails ? PQTRANS_INERROR : PQTRANS_INTRANS);
      PQsetnonblocking(connection.get(), 0);
      sql("ROLLBACK");
    }
  }
  EXPECT_EQ(notices, 0);
  sql("DO $$ BEGIN RAISE WARNING 'mine'; END $$");
  EXPECT_EQ(notices, 1) << "the host hears of its own again";
  // In pipeline mode, where the host works so.
  sql("BEGIN");
  ASSERT_EQ(PQenterPipelineMode(connection.get()), 1);
  EXPECT_EQ(session->apply(Change().put(sample_account("ann"))), CommitOutcome::committed);
  EXPECT_EQ(PQpipelineStatus(connection.get()), PQ_PIPELINE_ON);
  ASSERT_EQ(PQexitPipelineMode(connection.get()), 1);
  sql("COMMIT");
  EXPECT_TRUE(load_one(*store, AccountKey{"shop", "ann"}).record);
}

}  // namespace
}  // namespace ringfence
