// Commits whose answer was lost: fenced, never applied twice, and the same request converges to one
// reply (I2, I7).
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;

class UnknownCommit : public ::testing::Test {
 protected:
  /// The next commit's answer is lost; the change happens or not.
  void lose_next(bool happens) {
    world.store.on_commit([this, happens](const ChangeSet& change, Store& behind) {
      world.store.on_commit(nullptr);
      if (happens) {
        EXPECT_EQ(behind.commit(change, 0), CommitOutcome::committed);
      }
      late = change;
      return CommitOutcome::unknown;
    });
  }
  World world;
  std::optional<ChangeSet> late;
};

TEST_F(UnknownCommit, ThatHappenedIsFoundAndAnswered_I7) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  lose_next(true);
  const auto reply = world.service->prove_target(flow, code, world.call);
  ASSERT_EQ(outcome(reply), "ok");
  EXPECT_TRUE(reply.value().changed().usable_for_login);
  EXPECT_EQ(world.sent("phone_changed", MessageKind::event).size(), 1U);
  EXPECT_EQ(world.entry(World::new_phone).holders, 1);
}

TEST_F(UnknownCommit, ThatDidNotHappenIsFencedAndDecidedAgain_TheLateOneIsRefused_I7) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  lose_next(false);
  ASSERT_EQ(outcome(world.service->prove_target(flow, code, world.call)), "ok");
  EXPECT_EQ(world.behind->commit(*late, 0), CommitOutcome::conflict)
      << "the lost commit arrives after all";
  EXPECT_EQ(world.sent("phone_changed", MessageKind::event).size(), 1U);
  EXPECT_EQ(world.entry(World::new_phone).holders, 1);
}

TEST_F(UnknownCommit, OfAWrongCodeIsChargedOnceWhetherItHappenedOrNot_I5) {
  for (const bool happens : {false, true}) {
    World fresh;
    fresh.add("ann").value();
    const FlowView flow = fresh.begun("ann");
    bool lost = false;
    fresh.store.on_commit([&](const ChangeSet& change, Store& behind) {
      if (std::exchange(lost, true)) return behind.commit(change, 0);
      if (happens) behind.commit(change, 0);
      return CommitOutcome::unknown;
    });
    EXPECT_EQ(fresh.service->prove_identity(flow, "x", fresh.call).value().verdict,
              Verdict::rejected);
    EXPECT_EQ(fresh.account("ann").failures.at(0).count, 1);
  }
}

// Proves D4.18.
TEST_F(UnknownCommit, WhenTheFenceIsLostTooTheCallerIsToldAndTheSameRequestConverges_I7) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  Call call = world.call;
  call.request_id = "r";
  bool first = true;
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    if (std::exchange(first, false)) behind.commit(change, 0);
    return CommitOutcome::unknown;
  });
  const auto unknown = world.service->prove_target(flow, code, call);
  ASSERT_EQ(outcome(unknown), "outcome_unknown");
  EXPECT_EQ(unknown.error().next, NextStep::retry);
  world.store.on_commit(nullptr);
  const FlowView done = world.service->prove_target(flow, code, call).value();
  EXPECT_TRUE(done.repeated);
  EXPECT_TRUE(done.changed().usable_for_login);
  EXPECT_EQ(world.sent("phone_changed", MessageKind::event).size(), 1U);
}

TEST_F(UnknownCommit, OvertakenByAnotherChangeIsTold_NotGuessed) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  // Before the fence comes, somebody else's change wins; ours never arrived.
  bool lost = false;
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    if (std::exchange(lost, true)) return behind.commit(change, 0);
    Account account = world.account("ann");
    account.changes.push_back(Id128{{9}});
    world.put(account);
    return CommitOutcome::unknown;
  });
  ASSERT_EQ(outcome(world.service->prove_target(flow, code, world.call)), "ok");
  EXPECT_EQ(world.sent("phone_changed", MessageKind::event).size(), 1U);
}

// Proves R28.
TEST_F(UnknownCommit, WhenTheStoreIsGoneAfterwardsNobodyIsToldThatNothingChanged_I7) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    behind.commit(change, 0);
    world.store.on_commit(
        [](const ChangeSet& fence, Store& store) { return store.commit(fence, 0); });
    world.store.on_load([] { return failure(ErrorCode::store_unavailable, "down"); });
    return CommitOutcome::unknown;
  });
  EXPECT_EQ(outcome(world.service->prove_target(flow, code, world.call)), "outcome_unknown");
}

TEST_F(UnknownCommit, OfARegistrationThatHappenedIsAnswered) {
  lose_next(true);
  EXPECT_EQ(outcome(world.add("ann")), "ok");
  EXPECT_EQ(world.entry(World::phone).holders, 1);
}

TEST_F(UnknownCommit, OfARegistrationThatMayStillComeIsTold) {
  lose_next(false);
  EXPECT_EQ(outcome(world.add("ann")), "outcome_unknown");
  EXPECT_EQ(world.behind->commit(*late, 0), CommitOutcome::committed) << "it comes late";
  EXPECT_EQ(outcome(world.add("ann")), "account_exists");
}

// Proves A43.
TEST_F(UnknownCommit, APartThatThrowsNeverCountsAsSuccess_R28) {
  world.add("ann").value();
  world.store.on_load([]() -> result<void> { throw std::runtime_error("broken store"); });
  EXPECT_EQ(outcome(world.service->settings(World::key("ann"))), "internal");
  world.store.on_load(nullptr);
  world.store.on_commit(
      [](const ChangeSet&, Store&) -> CommitOutcome { throw std::runtime_error("broken store"); });
  EXPECT_EQ(
      outcome(world.service->begin_change_phone(World::key("ann"), Method::phone, world.call)),
      "outcome_unknown");
}

TEST_F(UnknownCommit, EntropyThatFailsChangesNothing_R28) {
  class NoEntropy final : public Entropy {
   public:
    result<void> fill(Seed&) noexcept override {
      return failure(ErrorCode::internal, "no entropy");
    }
  } none;
  world.add("ann").value();
  const auto service = Service::make({world.store, *world.ring, world.clock, none}).value();
  const int committed = world.store.committed;
  EXPECT_EQ(outcome(service->begin_change_phone(World::key("ann"), Method::phone, world.call)),
            "internal");
  EXPECT_EQ(world.store.committed, committed);
}

TEST_F(UnknownCommit, TheDeadlineEndsTheTries) {
  world.add("ann").value();
  int tries = 0;
  world.store.on_commit([&](const ChangeSet&, Store&) {
    ++tries;
    world.clock.advance(600);
    return CommitOutcome::conflict;
  });
  Call call = world.call;
  call.deadline_ms = 1000;
  EXPECT_EQ(outcome(world.service->begin_change_phone(World::key("ann"), Method::phone, call)),
            "busy");
  EXPECT_EQ(tries, 2);
}

}  // namespace
}  // namespace ringfence
