// Who is told of a change, and of what (R14, R15).
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::World;

class Notices : public ::testing::Test {
 protected:
  World world;
};

// Proves D4.21, D5.5, D7.17.
TEST_F(Notices, EveryFormerAndPresentVerifiedAddressIsTold_TheOldNumberFirst_R14) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  std::vector<std::string> told;
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    for (const Message& message : change.messages) {
      if (message.kind == MessageKind::notice) told.push_back(message.destination->text());
    }
    return behind.commit(change, 0);
  });
  world.service->prove_target(flow, world.code_at(World::new_phone), world.call).value();
  world.store.on_commit(nullptr);
  EXPECT_THAT(told, ::testing::ElementsAre(World::phone, World::new_phone, World::email));
  const auto notices = world.sent("phone_changed", MessageKind::notice);
  ASSERT_EQ(notices.size(), 3U);
  for (std::size_t i = 0; i < notices.size(); ++i)
    EXPECT_EQ(notices[i].message.destination->text(), told[i]) << "sent in that order too";
  EXPECT_THAT(notices[0].text, ::testing::HasSubstr("77****0123"));
  EXPECT_THAT(notices[0].text, ::testing::Not(::testing::HasSubstr("900123")));

  world.clock.advance(2 * minute_ms);
  world.sender.clear();
  const FlowView again = world.identified("ann");
  world.service->set_target(again, {World::other_phone}, world.call).value();
  world.service->prove_target(again, world.code_at(World::other_phone), world.call).value();
  told.clear();
  for (const auto& notice : world.sent("phone_changed", MessageKind::notice)) {
    told.push_back(notice.message.destination->text());
  }
  EXPECT_THAT(told, ::testing::UnorderedElementsAre(World::phone, World::new_phone,
                                                    World::other_phone, World::email))
      << "the first number still hears of the second change";
}

TEST_F(Notices, TheFirstOwnerHearsOfManyChangesInARow_R14) {
  Policy policy;
  policy.sends_to_own_channels = {{100, second_ms}};
  policy.sends_to_targets_by_account = {{100, second_ms}};
  World busy(policy);
  busy.add("ann", World::phone, "").value();
  for (int i = 0; i < 8; ++i) {
    busy.clock.advance(3 * minute_ms);
    busy.sender.clear();
    busy.changed("ann", "+44770090020" + std::to_string(i));
    int told = 0;
    for (const auto& notice : busy.sent("phone_changed", MessageKind::notice)) {
      if (notice.message.destination->text() == World::phone) ++told;
    }
    EXPECT_EQ(told, 1) << "change " << i;
  }
}

TEST_F(Notices, AnUnverifiedAddressIsNotTold) {
  world.service
      ->register_account({.account = World::key("ann"),
                          .phone = {World::phone},
                          .phone_proven_at = world.clock.now_ms(),
                          .email = AddressInput{World::email}})
      .value();
  world.changed("ann");
  for (const auto& notice : world.sent("phone_changed", MessageKind::notice)) {
    EXPECT_NE(notice.message.destination->text(), World::email);
  }
}

// Proves D4.23.
TEST_F(Notices, TheHostIsToldOfTheChangeAndToEndSessions_R15) {
  world.add("ann").value();
  world.changed("ann");
  const auto changed = world.sent("phone_changed", MessageKind::event);
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].message.account, World::key("ann"));
  EXPECT_EQ(changed[0].message.fields.at("usable_for_login"), "true");
  EXPECT_EQ(world.sent("end_sessions", MessageKind::event).size(), 1U);
}

}  // namespace
}  // namespace ringfence
