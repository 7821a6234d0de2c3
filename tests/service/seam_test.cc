// The seam: whole flows driven through `Step`, without `Service`; alone, and inside a host's own
// SQLite transaction.
#include <sqlite3.h>

#include "ringfence/store/sqlite.h"
#include "ringfence/workflow.h"
#include "ringfence/workflow/delivery.h"
#include "support/temp_dir.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::one_key_ring;
using testing_support::outcome;

const AccountKey ann{"", "ann"};
const Call call{.session = "session-1"};
const Policy policy;
constexpr TimeMs now = 1'800'000'000'000;

Address number(const char* text) { return parse_phone(text, "", {}).value(); }

Seed seed_of(std::uint8_t n) {
  Seed seed;
  seed.reveal().fill(n);
  return seed;
}

workflow::NewAccount new_account() {
  return {.key = ann, .phone = {number("+8613912343672"), now}};
}

/// The code of a message that a host took from a committed change, derived as a dispatcher does.
std::string code_of(const ChangeSet& change, const KeySet& keys) {
  const Message& message = change.messages.at(0);
  for (const ChangeSet::Put& put : change.puts) {
    const auto* account = std::get_if<Account>(&put.record);
    const Flow* flow = nullptr;
    if (account == nullptr ||
        workflow::delivery_of(message, account, now, &flow) != workflow::Delivery::hand_over) {
      continue;
    }
    return std::string(
        workflow::derive_code(account->key, *flow, message.role, *flow->challenge, keys)
            .value()
            .reveal());
  }
  return "";
}

/// A host that keeps its records in a map and commits by itself.
struct HandDriven {
  std::map<Key, ChangeSet::Put> records;
  std::shared_ptr<const KeySet> keys = one_key_ring()->keys();
  std::uint8_t seeds = 0;
  ChangeSet last;

  template <class Reply>
  Decision<Reply> decide(const Step<Reply>& step) {
    Records loaded;
    int loads = 0;
    for (auto wanted = step.needs(loaded); !wanted.empty(); wanted = step.needs(loaded)) {
      EXPECT_LT(loads++, 2);
      std::vector<Loaded> found;
      for (const Key& key : wanted) {
        const auto at = records.find(key);
        found.push_back(at == records.end() ? Loaded{key}
                                            : Loaded{key, at->second.version, at->second.record});
      }
      loaded.add(std::move(found));
    }
    return step.decide(loaded, Context{policy, *keys, now, seed_of(++seeds)});
  }
  template <class Reply>
  result<Reply> run(const Step<Reply>& step) {
    const Decision<Reply> decision = decide(step);
    last = decision.change();
    for (const ChangeSet::Put& put : last.puts) records.insert_or_assign(key_of(put.record), put);
    return decision.conclude(CommitOutcome::committed);
  }
};

TEST(Seam, AWholeFlowRunsThroughStepsWithoutAService) {
  HandDriven host;
  host.run(workflow::register_account(new_account())).value();
  const FlowHandle flow =
      host.run(workflow::begin(FlowKind::change_phone, ann, Method::phone, call)).value();
  const std::string identity = code_of(host.last, *host.keys);
  EXPECT_TRUE(
      host.run(workflow::prove_identity(flow, SecretText(identity), call)).value().accepted());
  host.run(workflow::set_target(flow, number("+447700900123"), call)).value();
  const std::string target = code_of(host.last, *host.keys);
  const FlowView done = host.run(workflow::prove_target(flow, SecretText(target), call)).value();
  EXPECT_TRUE(done.changed().usable_for_login);
  EXPECT_EQ(host.run(workflow::settings(ann)).value().phone().masked, "77****0123");
  EXPECT_EQ(host.run(workflow::resolve_login({"", number("+447700900123")})).value(), "ann");
}

TEST(Seam, AServiceRunsAStepOfTheHostsOwnWithAReplyOfItsOwn) {
  struct Tally {
    int verified = 0;
  };
  testing_support::World world;
  world.add("ann").value();
  const AccountKey key = testing_support::World::key("ann");
  const Step<Tally> step(
      "tally", [key](const Records&) { return std::vector<Key>{key}; },
      [key](const Records& records, const Context&) -> Decision<Tally> {
        const auto* account = records.get<Account>(key);
        if (account == nullptr) return failure(ErrorCode::account_not_found, "no such account");
        Tally tally;
        for (const Channel& channel : account->channels) tally.verified += channel.verified();
        return Decision<Tally>(ChangeSet{}, tally);
      });
  EXPECT_EQ(world.service->run(step, {}).value().verified, 2);
}

TEST(Seam, ADecisionIsPure_TheSameRecordsAndContextGiveTheSameChange) {
  HandDriven host;
  host.run(workflow::register_account(new_account())).value();
  const auto step = workflow::begin(FlowKind::change_phone, ann, Method::phone, call);
  host.seeds = 41;
  const Decision<FlowView> first = host.decide(step);
  host.seeds = 41;
  const Decision<FlowView> second = host.decide(step);
  EXPECT_EQ(first.change().id, second.change().id);
  EXPECT_EQ(first.change().messages, second.change().messages);
  EXPECT_EQ(first.conclude(CommitOutcome::committed).value(),
            second.conclude(CommitOutcome::committed).value());
}

TEST(Seam, OnlyACommittedChangeRevealsItsReply_A02) {
  HandDriven host;
  host.run(workflow::register_account(new_account())).value();
  const FlowHandle flow =
      host.run(workflow::begin(FlowKind::change_phone, ann, Method::phone, call)).value();
  const std::string code = code_of(host.last, *host.keys);
  const auto right = host.decide(workflow::prove_identity(flow, SecretText(code), call));
  const auto wrong =
      host.decide(workflow::prove_identity(flow, SecretText(testing_support::wrong(code)), call));
  for (const auto lost :
       {CommitOutcome::conflict, CommitOutcome::unavailable, CommitOutcome::unknown}) {
    EXPECT_FALSE(right.conclude(lost));
    EXPECT_EQ(right.conclude(lost).error(), wrong.conclude(lost).error());
  }
}

/// A host with its own database: users beside ringfence's tables, one transaction for both.
class HostDatabase : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(sqlite3_open(folder.file("host.db").c_str(), &connection), SQLITE_OK);
    sql("CREATE TABLE users (id TEXT PRIMARY KEY, phone TEXT NOT NULL)");
    sql("INSERT INTO users VALUES ('ann', '+8613912343672')");
    session.emplace(connection);
    sql("BEGIN");
    ASSERT_TRUE(session->create_tables());
    sql("COMMIT");
  }
  void TearDown() override {
    session.reset();
    EXPECT_EQ(sqlite3_close(connection), SQLITE_OK) << "no statement is left open";
  }
  void sql(const std::string& text) {
    ASSERT_EQ(sqlite3_exec(connection, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(connection);
  }
  std::string users_phone() {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(connection, "SELECT phone FROM users WHERE id = 'ann'", -1,
                                 &statement, nullptr),
              SQLITE_OK);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    std::string phone = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return phone;
  }
  /// Decides a step in the open transaction.
  template <class Reply>
  Decision<Reply> decide(const Step<Reply>& step) {
    Records records;
    for (auto wanted = step.needs(records); !wanted.empty(); wanted = step.needs(records))
      records.add(session->load(wanted).value());
    auto decision = step.decide(records, Context{policy, *keys, now, seed_of(++seeds)});
    last = decision.change();
    return decision;
  }
  /// Runs a step in a transaction with `also`; ends it with `end`: COMMIT or ROLLBACK.
  template <class Reply>
  result<Reply> run(const Step<Reply>& step, const std::string& also, const std::string& end) {
    sql("BEGIN IMMEDIATE");
    const Decision<Reply> decision = decide(step);
    CommitOutcome outcome = CommitOutcome::committed;
    if (!last.empty()) outcome = session->apply(last);
    if (!also.empty()) sql(also);
    sql(outcome == CommitOutcome::committed ? end : "ROLLBACK");
    if (end == "ROLLBACK") outcome = CommitOutcome::unavailable;
    return decision.conclude(outcome);
  }

  testing_support::TempDir folder;
  sqlite3* connection = nullptr;
  std::optional<SqliteSession> session;
  std::shared_ptr<const KeySet> keys = one_key_ring()->keys();
  std::uint8_t seeds = 0;
  ChangeSet last;
};

TEST_F(HostDatabase, TheChangeAndTheHostsOwnRowCommitTogetherOrNotAtAll) {
  run(workflow::register_account(new_account()), "", "COMMIT").value();
  const FlowHandle flow =
      run(workflow::begin(FlowKind::change_phone, ann, Method::phone, call), "", "COMMIT").value();
  const std::string identity = code_of(last, *keys);
  run(workflow::prove_identity(flow, SecretText(identity), call), "", "COMMIT").value();
  run(workflow::set_target(flow, number("+447700900123"), call), "", "COMMIT").value();
  const auto last_step = workflow::prove_target(flow, SecretText(code_of(last, *keys)), call);
  const std::string also = "UPDATE users SET phone = '+447700900123' WHERE id = 'ann'";

  EXPECT_EQ(outcome(run(last_step, also, "ROLLBACK")), "store_unavailable");
  EXPECT_EQ(users_phone(), "+8613912343672");
  EXPECT_EQ(run(workflow::settings(ann), "", "COMMIT").value().phone().masked, "139****3672");

  EXPECT_TRUE(run(last_step, also, "COMMIT").value().changed().usable_for_login);
  EXPECT_EQ(users_phone(), "+447700900123");
  EXPECT_EQ(run(workflow::settings(ann), "", "COMMIT").value().phone().masked, "77****0123");
}

TEST_F(HostDatabase, TheHostsOwnStatementsFollowTheVerdictBeforeItIsCommitted) {
  run(workflow::register_account(new_account()), "", "COMMIT").value();
  const FlowHandle flow =
      run(workflow::begin(FlowKind::change_phone, ann, Method::phone, call), "", "COMMIT").value();
  const std::string identity = code_of(last, *keys);
  for (const std::string& code : {testing_support::wrong(identity), identity}) {
    sql("BEGIN IMMEDIATE");
    const auto decision = decide(workflow::prove_identity(flow, SecretText(code), call));
    ASSERT_EQ(session->apply(decision.change()), CommitOutcome::committed);
    if (decision.conclude(CommitOutcome::committed).value().accepted())
      sql("UPDATE users SET phone = 'proven' WHERE id = 'ann'");
    sql("COMMIT");
    const bool accepted = decision.conclude(CommitOutcome::committed).value().accepted();
    EXPECT_EQ(accepted, code == identity);
    EXPECT_EQ(users_phone() == "proven", accepted);
  }
}

TEST_F(HostDatabase, MessagesAreInTheHostsTransactionTooAndADispatcherSendsThem) {
  run(workflow::register_account(new_account()), "", "COMMIT").value();
  const auto begin = workflow::begin(FlowKind::change_phone, ann, Method::phone, call);
  const auto store = attach_sqlite_store(connection);
  testing_support::ManualClock clock(now);
  testing_support::RecordingSender sender;
  const auto ring = one_key_ring();
  Dispatcher dispatcher({*store, *ring, sender, sender, clock});
  EXPECT_FALSE(run(begin, "", "ROLLBACK"));
  EXPECT_EQ(dispatcher.pump().value().taken, 0);
  run(begin, "", "COMMIT").value();
  sql("BEGIN");
  EXPECT_EQ(outcome(dispatcher.pump()), "store_unavailable") << "the host is not done";
  sql("COMMIT");
  EXPECT_EQ(dispatcher.pump().value().accepted, 1);
  EXPECT_EQ(sender.last_code("+8613912343672"), code_of(last, *keys));
  clock.advance(hour_ms);
  EXPECT_EQ(dispatcher.pump().value().taken, 0);
  EXPECT_EQ(store->sweep(clock.now_ms(), clock.now_ms(), 10).value(), 1);
}

TEST_F(HostDatabase, OutsideATransactionNothingIsDone) {
  const Key key = ann;
  EXPECT_EQ(outcome(session->load({&key, 1})), "invalid_argument");
  EXPECT_EQ(session->apply(ChangeSet{}), CommitOutcome::unavailable);
}

}  // namespace
}  // namespace ringfence
