// What the owner of an account is shown: DOMAIN 2, and what people ask of a view (DOMAIN 7).
#include "ringfence/workflow/settings_view.h"

#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::World;

class SettingsView : public ::testing::Test {
 protected:
  SecuritySettings settings(const std::string& id = "ann") {
    return world.service->settings(World::key(id)).value();
  }
  World world;
};

TEST_F(SettingsView, AChannelIsAbsentUnverifiedOrVerified_D2_1) {
  world.add("ann", World::phone, "").value();
  EXPECT_EQ(settings().phone().state, ChannelState::verified);
  EXPECT_EQ(settings().email().state, ChannelState::absent);
  EXPECT_EQ(settings().email().masked, "");
  world.service
      ->register_account({.account = World::key("bob"),
                          .phone = {World::other_phone},
                          .email = AddressInput{World::email}})
      .value();
  EXPECT_EQ(settings("bob").phone().state, ChannelState::unverified);
  EXPECT_EQ(settings("bob").phone().masked, "77****0456");
  EXPECT_EQ(settings("bob").email().state, ChannelState::unverified);
}

TEST_F(SettingsView, UsableForVerificationAndLoginAreTwoBadges_D2_2_D2_3) {
  world.add("bob", World::phone, "").value();
  world.add("ann").value();
  EXPECT_TRUE(settings().phone().verification.usable);
  EXPECT_FALSE(settings().phone().login.usable) << "bob has the claim";
  EXPECT_TRUE(settings("bob").phone().verification.usable);
  EXPECT_TRUE(settings("bob").phone().login.usable);
}

TEST_F(SettingsView, EveryVerifiedChannelIsUsableForNoticesAlsoOfALockedAccount_D2_4) {
  world.service
      ->register_account({.account = World::key("ann"),
                          .phone = {World::phone},
                          .phone_proven_at = world.clock.now_ms(),
                          .email = AddressInput{World::email}})
      .value();
  EXPECT_TRUE(settings().phone().notices.usable);
  EXPECT_EQ(settings().email().notices, (Badge{false, Reason::unverified}));
  world.service->lock(World::key("ann"), "suspicion").value();
  EXPECT_TRUE(settings().phone().notices.usable);
}

TEST_F(SettingsView, EachMissingBadgeSaysWhy_D2_6) {
  struct Case {
    Reason verification;
    Reason login;
    std::function<void(Account&, Policy&)> change;
  };
  const std::vector<Case> cases = {
      {Reason::absent, Reason::absent, [](Account& a, Policy&) { a.channels[0] = {}; }},
      {Reason::unverified, Reason::unverified,
       [](Account& a, Policy&) { a.channels[0].proven_at = 0; }},
      {Reason::none, Reason::shared_with_other_accounts,
       [](Account& a, Policy&) { a.channels[0].login_claim = false; }},
      {Reason::account_locked, Reason::none,
       [](Account& a, Policy&) { a.status = AccountStatus::locked; }},
      {Reason::account_closed, Reason::account_closed,
       [](Account& a, Policy&) { a.status = AccountStatus::closed; }},
      {Reason::disabled_by_policy, Reason::none,
       [](Account&, Policy& p) { p.phone.verification = false; }},
      {Reason::none, Reason::disabled_by_policy,
       [](Account&, Policy& p) { p.phone.login = false; }},
      {Reason::none, Reason::none, [](Account&, Policy&) {}}};
  world.add("ann").value();
  for (const Case& one : cases) {
    Account account = world.account("ann");
    Policy policy;
    one.change(account, policy);
    const ChannelSettings phone =
        workflow::settings_of(account, policy, world.clock.now_ms()).phone();
    EXPECT_EQ(phone.verification, (Badge{one.verification == Reason::none, one.verification}))
        << name(one.verification);
    EXPECT_EQ(phone.login, (Badge{one.login == Reason::none, one.login})) << name(one.login);
  }
}

TEST_F(SettingsView, TheFlowShowsHowLongItsCodeAndItselfLast_D7_9) {
  world.add("ann").value();
  FlowView flow = world.begun("ann");
  EXPECT_EQ(flow.code_expires_at, world.clock.now_ms() + 5 * minute_ms);
  EXPECT_EQ(flow.resend_at, world.clock.now_ms() + minute_ms);
  const std::string code = world.code_at(World::phone);
  world.clock.advance(2 * minute_ms);
  const TimeMs proven = world.clock.now_ms();
  flow = world.service->prove_identity(flow, code, world.call).value();
  EXPECT_EQ(flow.expires_at, proven + 15 * minute_ms);
  world.clock.advance(minute_ms);
  flow = world.service->set_target(flow, {World::new_phone}, world.call).value();
  EXPECT_EQ(flow.code_expires_at, world.clock.now_ms() + 5 * minute_ms);
  EXPECT_EQ(flow.expires_at, proven + 15 * minute_ms) << "from the identity proof on";
}

}  // namespace
}  // namespace ringfence
