// A federated account becomes one that keeps its own credentials (DOMAIN 1).
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;

TEST(Upgrade, ChangesTheKindInOneCommitAndNothingElse_D1_4) {
  World world;
  world.add("bob", World::phone, "").value();
  world.service
      ->register_account({.account = World::key("fed"),
                          .kind = AccountKind::federated,
                          .provider = "jd",
                          .phone = {World::phone},
                          .phone_proven_at = world.clock.now_ms(),
                          .email = AddressInput{World::email}})
      .value();
  const FlowView confirm =
      world.service->begin_confirm_operation(World::key("fed"), "pay", Method::phone, world.call)
          .value();
  const Account before = world.account("fed");
  const AddressEntry phone = world.entry(World::phone);
  const int committed = world.store.committed;
  EXPECT_EQ(world.service->upgrade(World::key("fed")).value().kind, AccountKind::standalone);
  EXPECT_EQ(world.store.committed, committed + 1);
  Account expected = before;
  expected.kind = AccountKind::standalone;
  expected.provider.clear();
  Account after = world.account("fed");
  after.changes = expected.changes;  // the change itself is noted
  after.audit = expected.audit;
  EXPECT_EQ(after, expected);
  EXPECT_EQ(world.entry(World::phone), phone);
  EXPECT_EQ(outcome(world.service->view(confirm, world.call)), "ok");
  EXPECT_EQ(outcome(world.service->upgrade(World::key("fed"))), "ok");
  EXPECT_EQ(world.store.committed, committed + 1) << "it is one already";
}

}  // namespace
}  // namespace ringfence
