// Requirements and attacks of SECURITY.md that no other file of tests is named after.
#include <set>

#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

class Security : public ::testing::Test {
 protected:
  World world;
  Service& service = *world.service;
};

// Proves R11.
TEST_F(Security, ASessionAloneNeverChangesTheNumber_R09) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  EXPECT_EQ(outcome(service.set_target(flow, {World::new_phone}, world.call)), "wrong_step");
  EXPECT_EQ(outcome(service.prove_target(flow, "000000", world.call)), "wrong_step");
  EXPECT_EQ(outcome(service.confirm_target(flow, world.call)), "wrong_step");
}

TEST_F(Security, NothingOfTheNewAddressIsVisibleBeforeItIsProven_R10) {
  world.add("ann").value();
  world.targeted("ann");
  EXPECT_EQ(service.settings(World::key("ann")).value().phone().masked, "139****3672");
  EXPECT_EQ(service.resolve_login_phone("", {World::new_phone}).value(), std::nullopt);
  // Not even in the columns an administrator sees.
  EXPECT_EQ(world.account("ann").channels[0].address->text(), World::phone);
}

// Proves D3.12, D7.20.
TEST_F(Security, WhetherANumberIsTakenIsNotToldBeforeItsProof_A13_R16) {
  world.add("ann").value();
  world.add("bob", World::other_phone, "").value();
  const FlowView free = world.targeted("ann", World::new_phone);
  world.clock.advance(hour_ms);
  const FlowView taken = world.targeted("ann", World::other_phone);
  EXPECT_EQ(taken.step, free.step);
  EXPECT_EQ(taken.verdict, free.verdict);
  EXPECT_EQ(taken.tries_left, free.tries_left);
  EXPECT_EQ(taken.verification_only, free.verification_only);
  EXPECT_EQ(taken.resend_at - world.clock.now_ms(),
            free.resend_at - (world.clock.now_ms() - hour_ms));
  // A wrong code at either says nothing either.
  const FlowView guessed =
      service.prove_target(taken, wrong(world.code_at(World::other_phone)), world.call).value();
  EXPECT_EQ(guessed.verdict, Verdict::rejected);
  EXPECT_FALSE(guessed.verification_only);
}

TEST_F(Security, SettingATargetDoesTheSameWorkWhetherItIsTakenOrNot_A14) {
  world.add("ann").value();
  world.add("bob", World::other_phone, "").value();
  const auto work = [&](const char* target) {
    const FlowView flow = world.identified("ann");
    const int loads = world.store.loads;
    const int commits = world.store.committed;
    service.set_target(flow, {target}, world.call).value();
    world.clock.advance(hour_ms);
    return std::pair{world.store.loads - loads, world.store.committed - commits};
  };
  EXPECT_EQ(work(World::new_phone), work(World::other_phone));
}

// Proves D7.20.
TEST_F(Security, MadeUpHandlesOfAccountsThatAreThereOrNotGetOneAnswer_R16_A13) {
  world.add("ann").value();
  const FlowHandle there{World::key("ann"), Id128{{1}}};
  const FlowHandle not_there{World::key("nobody"), Id128{{1}}};
  EXPECT_EQ(service.view(there, world.call).error(), service.view(not_there, world.call).error());
  EXPECT_EQ(service.prove_identity(there, "123456", world.call).error(),
            service.prove_identity(not_there, "123456", world.call).error());
}

// Proves D3.14.
TEST_F(Security, AnAddressThatNobodyLogsInWithHasOneAnswer_R16) {
  world.add("ann").value();
  world.add("bob", World::phone, "").value();  // verified, no claim
  service.register_account({.account = World::key("cid"), .phone = {World::new_phone}})
      .value();                              // unverified
  world.changed("ann", World::other_phone);  // left: bob alone is on it, and not promoted
  for (const char* number : {World::phone, World::new_phone, "+447700900999"}) {
    EXPECT_EQ(service.resolve_login_phone("", {number}).value(), std::nullopt) << number;
  }
}

TEST_F(Security, MethodsAreMarkedWithTheirAssurance_R18) {
  world.add("ann").value();
  const SecuritySettings settings = service.settings(World::key("ann")).value();
  EXPECT_EQ(settings.phone().assurance, Assurance::restricted);
  EXPECT_EQ(settings.email().assurance, Assurance::recovery_only);
}

TEST_F(Security, HandlesHave128RandomBitsAndNeverRepeat_R23) {
  static_assert(sizeof(Id128::bytes) == 16);
  World real;
  const auto service_with_system_entropy =
      Service::make({real.store, *real.ring, real.clock}).value();
  real.add("ann").value();
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const auto flow = service_with_system_entropy->begin_change_phone(
        World::key("ann"), Method::phone, {.session = "s"});
    ASSERT_TRUE(flow);
    EXPECT_TRUE(seen.insert(flow.value().handle.flow.hex()).second);
    real.clock.advance(2 * hour_ms);
  }
}

TEST_F(Security, AFlowHandlePresetByAnAttackerIsOfNoUse_A35_A36) {
  world.add("ann").value();
  world.add("eve", World::other_phone, "").value();
  const FlowView eves = world.begun("eve");
  FlowHandle planted = eves;
  planted.account = World::key("ann");
  EXPECT_EQ(outcome(service.view(planted, world.call)), "flow_not_found");
  EXPECT_EQ(outcome(service.view(eves, {.session = "anns session"})), "session_mismatch");
}

TEST_F(Security, CodesAreComparedWithTheirLength_A42_R24) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  for (const std::string& almost :
       {code + std::string("\0x", 2), code.substr(0, 5), code + code, std::string(), code + "x"}) {
    EXPECT_NE(service.prove_identity(flow, almost, world.call).value().verdict, Verdict::accepted);
  }
}

TEST_F(Security, TheIdentityCodeDoesNotServeAsTheTargetCode_A07_R08) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string identity = world.code_at(World::phone);
  service.prove_identity(flow, identity, world.call).value();
  service.set_target(flow, {World::new_phone}, world.call).value();
  ASSERT_NE(world.code_at(World::new_phone), identity);
  EXPECT_EQ(service.prove_target(flow, identity, world.call).value().verdict, Verdict::rejected);
}

// Proves D4.23.
TEST_F(Security, AllOrNothing_ALostRaceLeavesNoMessageAndNoEntry_R12_I3) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  world.sender.clear();
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    ChangeSet stale = change;
    stale.expects.back().version ^= 1U;  // one of the records has changed meanwhile
    return behind.commit(stale, 0);
  });
  EXPECT_EQ(outcome(service.prove_target(flow, code, world.call)), "busy");
  world.store.on_commit(nullptr);
  world.pump();
  EXPECT_TRUE(world.sender.all().empty());
  EXPECT_EQ(world.entry(World::new_phone).holders, 0);
  EXPECT_EQ(world.entry(World::phone).login_holder, "ann");
}

// Proves A40.
TEST_F(Security, HostEventsAndNoticesCarryNoFullAddressAndNoCode_R25) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  service.prove_target(flow, code, world.call).value();
  for (const MessageKind kind : {MessageKind::notice, MessageKind::event}) {
    for (const auto& sent : world.sent("phone_changed", kind)) {
      for (const auto& [name, value] : sent.message.fields) {
        EXPECT_THAT(value, ::testing::Not(::testing::HasSubstr("7700900123"))) << name;
        EXPECT_THAT(value, ::testing::Not(::testing::HasSubstr(code))) << name;
      }
    }
  }
}

TEST_F(Security, AStoreThatAnswersGarbageIsNotBelieved_R28) {
  class Garbage final : public Store {
   public:
    result<std::vector<Loaded>> load(std::span<const Key>, TimeMs) override {
      return std::vector<Loaded>{};
    }
    CommitOutcome commit(const ChangeSet&, TimeMs) override { return CommitOutcome::committed; }
    result<std::vector<Message>> take(TimeMs, TimeMs, int, OutboxShare) override {
      return std::vector<Message>{};
    }
    result<void> settle(std::span<const Settlement>) override { return ok(); }
    result<std::vector<Message>> messages(const AccountKey&, int, TimeMs) override {
      return std::vector<Message>();
    }
    result<std::vector<Message>> given_up(const MessagePlace&, int, TimeMs) override {
      return std::vector<Message>();
    }
    result<OutboxState> outbox(TimeMs, TimeMs) override { return OutboxState(); }
    result<int> sweep(TimeMs, TimeMs, int) override { return 0; }
  } garbage;
  const auto deceived = Service::make({garbage, *world.ring, world.clock, world.entropy}).value();
  EXPECT_EQ(outcome(deceived->settings(World::key("ann"))), "internal");
}

}  // namespace
}  // namespace ringfence
