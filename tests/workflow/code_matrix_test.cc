// Every code presented to every flow of two accounts: it serves where it was made for, and nowhere
// else (R08, A06).
#include <set>

#include "ringfence/workflow/challenge.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::World;

/// A flow that waits for a code, and that code.
struct Waiting {
  std::string what;
  FlowView flow;
  std::string code;
};

Policy open_policy() {
  Policy policy;
  policy.code_digits = 10;  // of six, two would be equal now and then
  policy.appeal_hold_ms = 0;
  policy.sends_to_own_channels = policy.sends_to_target =
      policy.sends_by_source = {{100, second_ms}};
  return policy;
}

/// Both accounts begin a flow of every kind. Their phone is one and the same, so that nothing but
/// the codes tells the flows apart.
std::vector<Waiting> waiting_in(World& world) {
  world.add("first holder", World::phone, "").value();
  Service& service = *world.service;
  std::vector<Waiting> out;
  for (const std::string id : {"ann", "bob"}) {
    const AccountKey key = World::key(id);
    service
        .register_account({.account = key,
                           .phone = {World::phone},
                           .phone_proven_at = world.clock.now_ms(),
                           .email = AddressInput{World::email}})
        .value();
    const auto add = [&](const char* kind, const FlowView& flow, const char* address) {
      out.push_back({id + "'s " + kind, flow, world.code_at(address)});
    };
    add("change_phone", service.begin_change_phone(key, Method::phone, world.call).value(),
        World::phone);
    add("change_email", service.begin_change_email(key, Method::phone, world.call).value(),
        World::phone);
    add("verify_channel",
        service.begin_verify_channel(key, ChannelKind::email, Method::phone, world.call).value(),
        World::phone);
    add("confirm_operation",
        service.begin_confirm_operation(key, "pay", Method::phone, world.call).value(),
        World::phone);
    add("claim_login", service.begin_claim_login(key, ChannelKind::phone, world.call).value(),
        World::phone);
    const Appeal appeal = service.submit_appeal(key, "desk").value();
    service.decide_appeal(key, {appeal.id, true, "rita", "case"}).value();
    const FlowView replace = service.begin_replace_phone(key, world.call).value();
    add("replace_phone", service.set_target(replace, {World::new_phone}, world.call).value(),
        World::new_phone);
  }
  return out;
}

TEST(CodeMatrix, ACodeServesTheFlowItWasMadeForAndNoOther_R08_A06) {
  World first(open_policy());
  const std::size_t flows = waiting_in(first).size();
  ASSERT_EQ(flows, 12U);
  for (std::size_t to = 0; to < flows; ++to) {
    for (std::size_t of = 0; of < flows; ++of) {
      World world(open_policy());  // the same codes again, and no try used
      const auto waiting = waiting_in(world);
      const Waiting& asked = waiting[to];
      const Account before = world.account(asked.flow.handle.account.id);
      const auto reply =
          asked.flow.step == FlowStep::prove_identity
              ? world.service->prove_identity(asked.flow, waiting[of].code, world.call)
              : world.service->prove_target(asked.flow, waiting[of].code, world.call);
      EXPECT_EQ(reply.value().accepted(), to == of)
          << "the code of " << waiting[of].what << " for " << asked.what;
      if (to != of) {
        EXPECT_EQ(world.account(before.key.id).channels, before.channels);
      }
    }
  }
}

// Where all else is equal, too.
TEST(CodeMatrix, EveryKindAndRoleHasACodeOfItsOwn_R08_A07) {
  const auto keys = testing_support::one_key_ring()->keys();
  const Challenge challenge{.destination = parse_phone(World::phone, "", {}).value(),
                            .nonce = Id128{{1}},
                            .generation = 1,
                            .key_id = keys->current_id(),
                            .digits = 10};
  std::set<std::string> codes;
  for (int kind = 0; kind <= static_cast<int>(FlowKind::replace_phone); ++kind) {
    for (const Role role : {Role::identity, Role::target}) {
      Flow flow{.id = Id128{{2}}};
      flow.kind = static_cast<FlowKind>(kind);
      const auto code = workflow::derive_code(World::key("ann"), flow, role, challenge, *keys);
      EXPECT_TRUE(codes.insert(std::string(code.value().reveal())).second)
          << name(flow.kind) << ", " << name(role);
    }
  }
  EXPECT_EQ(codes.size(), 12U);
}

}  // namespace
}  // namespace ringfence
