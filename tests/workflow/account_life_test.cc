// What the host does to an account that exists: DOMAIN 1.
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;

class AccountLife : public ::testing::Test {
 protected:
  AccountKey ann = World::key("ann");
  World world;
  Service& service = *world.service;
};

// Proves D1.5, D4.23.
TEST_F(AccountLife, LockingStopsEverythingThatWasBegunAndTellsEveryone_A12) {
  world.add("ann").value();
  const FlowView flow = world.identified("ann");
  EXPECT_EQ(service.lock(ann, "suspicion").value().status, AccountStatus::locked);
  EXPECT_EQ(outcome(service.set_target(flow, {World::new_phone}, world.call)), "flow_not_found");
  EXPECT_EQ(outcome(service.begin_change_phone(ann, Method::phone, world.call)), "account_locked");
  EXPECT_EQ(world.sent("account_locked", MessageKind::notice).size(), 2U);
  const auto events = world.sent("account_locked", MessageKind::event);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].message.fields.at("reason"), "suspicion");
  EXPECT_EQ(outcome(service.lock(ann, "again")), "ok");
  EXPECT_EQ(world.sent("account_locked", MessageKind::event).size(), 1U) << "it was locked already";
  service.unlock(ann).value();
  EXPECT_EQ(outcome(service.view(flow, world.call)), "flow_not_found") << "it does not come back";
}

TEST_F(AccountLife, LockingALockedAccountVoidsWhatStillRuns) {
  world.add("ann").value();
  service.lock(ann, "suspicion").value();
  const Appeal appeal = service.submit_appeal(ann, "desk").value();
  world.clock.advance(day_ms);
  service.decide_appeal(ann, {appeal.id, true, "rita", "case"}).value();
  const FlowView flow = service.begin_replace_phone(ann, world.call).value();
  service.lock(ann, "fraud").value();
  EXPECT_EQ(outcome(service.set_target(flow, {World::new_phone}, world.call)), "flow_not_found");
  EXPECT_EQ(world.sent("account_locked", MessageKind::notice).size(), 2U) << "told of the first";
  const AuditEntry newest = service.audit(ann).value().entries.back();
  EXPECT_EQ(newest.event, "account_locked");
  EXPECT_EQ(newest.personal.at(0).value, "fraud");
  const int committed = world.store.committed;
  service.lock(ann, "fraud").value();
  EXPECT_EQ(world.store.committed, committed) << "nothing runs any more";
}

TEST_F(AccountLife, UnlockingBeginsTheFailureCountsAnew) {
  world.add("ann").value();
  Account account = world.account("ann");
  account.status = AccountStatus::locked;
  account.failures.push_back({Role::identity, *account.channels[0].address, 100, 1});
  world.put(account);
  EXPECT_EQ(outcome(service.begin_change_phone(ann, Method::phone, world.call)), "account_locked");
  EXPECT_EQ(service.unlock(ann).value().phone().tries_left, 100);
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  EXPECT_EQ(service.prove_identity(flow, testing_support::wrong(code), world.call).value().verdict,
            Verdict::rejected);
  EXPECT_EQ(world.account("ann").status, AccountStatus::active);
  EXPECT_EQ(world.sent("account_unlocked", MessageKind::event).size(), 1U);
}

TEST_F(AccountLife, WhatWasBegunBeforeALockByWrongCodesDoesNotComeBackWithUnlocking_A12) {
  Policy policy;
  policy.failures_to_lock = 1;
  ASSERT_TRUE(service.set_policy(policy));
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  service.prove_identity(flow, testing_support::wrong(code), world.call).value();
  EXPECT_EQ(outcome(service.prove_identity(flow, code, world.call)), "account_locked");
  service.unlock(ann).value();
  EXPECT_EQ(outcome(service.prove_identity(flow, code, world.call)), "flow_not_found");
}

// Proves D4.11.
TEST_F(AccountLife, AChangeOfCredentialsVoidsFlowsAndGrants_A30) {
  world.add("ann").value();
  const FlowView confirm =
      service.begin_confirm_operation(ann, "pay", Method::phone, world.call).value();
  service.prove_identity(confirm, world.code_at(World::phone), world.call).value();
  const FlowView flow = world.begun("ann", Method::email);
  service.credentials_changed(ann).value();
  EXPECT_EQ(outcome(service.view(flow, world.call)), "flow_not_found");
  EXPECT_EQ(outcome(service.use_grant(confirm, "pay", world.call)), "grant_invalid");
}

// Proves D1.12, D3.14.
TEST_F(AccountLife, ClosingReleasesTheAddressesInTheSameCommit) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const auto closed = service.close(ann).value();
  EXPECT_EQ(closed.status, AccountStatus::closed);
  EXPECT_EQ(closed.phone().verification.reason, Reason::account_closed);
  EXPECT_EQ(closed.phone().login.reason, Reason::account_closed);
  EXPECT_EQ(world.entry(World::phone).holders, 0);
  EXPECT_EQ(service.resolve_login_phone("", {World::phone}).value(), std::nullopt);
  EXPECT_EQ(service.resolve_login_email("", World::email).value(), std::nullopt);
  EXPECT_EQ(outcome(service.prove_identity(flow, "123456", world.call)), "flow_not_found");
  EXPECT_EQ(outcome(service.begin_change_phone(ann, Method::phone, world.call)), "account_closed");
  EXPECT_EQ(world.sent("account_closed", MessageKind::notice).size(), 2U);
  EXPECT_EQ(outcome(service.close(ann)), "ok");
  EXPECT_EQ(world.entry(World::phone).holders, 0) << "released once";
  world.add("bob").value();
  EXPECT_EQ(service.resolve_login_phone("", {World::phone}).value(), "bob");
}

// Proves D1.5.
TEST_F(AccountLife, AClosedAccountStaysClosed) {
  world.add("ann").value();
  service.close(ann).value();
  EXPECT_EQ(outcome(service.lock(ann, "x")), "account_closed");
  EXPECT_EQ(outcome(service.unlock(ann)), "account_closed");
  EXPECT_EQ(outcome(service.upgrade(ann)), "account_closed");
  EXPECT_EQ(outcome(world.add("ann")), "account_exists");
}

TEST_F(AccountLife, NobodyIsRefusedByName) {
  const AccountKey nobody = World::key("nobody");
  EXPECT_EQ(outcome(service.lock(nobody, "x")), "account_not_found");
  EXPECT_EQ(outcome(service.unlock(nobody)), "account_not_found");
  EXPECT_EQ(outcome(service.close(nobody)), "account_not_found");
  EXPECT_EQ(outcome(service.credentials_changed(nobody)), "account_not_found");
  world.add("ann").value();
  EXPECT_EQ(outcome(service.lock(ann, "")), "invalid_argument");
  EXPECT_EQ(outcome(service.lock(ann, std::string(65, 'x'))), "invalid_argument");
}

TEST_F(AccountLife, AGrantFromBeforeALockByWrongCodesDoesNotComeBackWithUnlocking_A12) {
  world.add("ann").value();
  const FlowView granted =
      service.begin_confirm_operation(ann, "pay", Method::phone, world.call).value();
  service.prove_identity(granted, world.code_at(World::phone), world.call).value();
  Account account = world.account("ann");
  account.status = AccountStatus::locked;  // as wrong codes lock it: its grants stay
  world.put(account);
  ASSERT_EQ(world.account("ann").grants.size(), 1U);
  service.unlock(ann).value();
  EXPECT_EQ(outcome(service.use_grant(granted, "pay", world.call)), "grant_invalid");
}

}  // namespace
}  // namespace ringfence
