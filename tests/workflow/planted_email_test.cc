// An email that somebody else put into an account before its owner came (A29).
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;

TEST(PlantedEmail, GivesWhoPlantedItNothingWhenItsOwnerProvesIt_A29) {
  constexpr const char* address = "owner@example.com";
  World world;
  Service& service = *world.service;
  const auto register_with = [&](const char* id, const char* phone) {
    service
        .register_account({.account = World::key(id),
                           .phone = {phone},
                           .phone_proven_at = world.clock.now_ms(),
                           .email = AddressInput{address}})
        .value();
  };
  const auto asked = [&](const char* id, const char* phone) {
    const FlowView flow =
        service.begin_verify_channel(World::key(id), ChannelKind::email, Method::phone, world.call)
            .value();
    return service.prove_identity(flow, world.code_at(phone), world.call).value();
  };
  register_with("eve", World::phone);
  const FlowView planted = asked("eve", World::phone);
  EXPECT_EQ(planted.step, FlowStep::prove_target);
  world.code_at(address);  // it goes to the owner, who does nothing with it
  EXPECT_EQ(service.resolve_login_email("", address).value(), std::nullopt);

  register_with("owner", World::other_phone);
  world.clock.advance(minute_ms);
  const FlowView flow = asked("owner", World::other_phone);
  const std::string code = world.code_at(address);
  EXPECT_EQ(service.prove_target(planted, code, world.call).value().verdict, Verdict::rejected)
      << "the owner's proof is no proof for eve's account";
  EXPECT_TRUE(service.prove_target(flow, code, world.call).value().changed().usable_for_login);
  EXPECT_EQ(service.resolve_login_email("", address).value(), "owner");
  EXPECT_EQ(world.entry(World::phone).login_holder, "eve");
  EXPECT_FALSE(world.account("eve").channel(ChannelKind::email).verified());
  EXPECT_EQ(outcome(service.begin_change_phone(World::key("eve"), Method::email, world.call)),
            "method_unavailable");
}

// The code of an address is worth nothing once the account has another one.
TEST(PlantedEmail, AProofOfAnAddressThatWasReplacedMeanwhileIsVoid_A29) {
  World world;
  Service& service = *world.service;
  service
      .register_account({.account = World::key("ann"),
                         .phone = {World::phone},
                         .phone_proven_at = world.clock.now_ms(),
                         .email = AddressInput{"planted@example.com"}})
      .value();
  FlowView verify =
      service.begin_verify_channel(World::key("ann"), ChannelKind::email, Method::phone, world.call)
          .value();
  verify = service.prove_identity(verify, world.code_at(World::phone), world.call).value();
  const std::string code = world.code_at("planted@example.com");
  FlowView change =
      service.begin_change_email(World::key("ann"), Method::phone, world.call).value();
  change = service.prove_identity(change, world.code_at(World::phone), world.call).value();
  change = service.set_target(change, {"ann@example.com"}, world.call).value();
  service.prove_target(change, world.code_at("ann@example.com"), world.call).value();
  EXPECT_EQ(outcome(service.prove_target(verify, code, world.call)), "flow_not_found");
  EXPECT_EQ(world.account("ann").channel(ChannelKind::email).address->text(), "ann@example.com");
  EXPECT_EQ(service.resolve_login_email("", "planted@example.com").value(), std::nullopt);
}

}  // namespace
}  // namespace ringfence
