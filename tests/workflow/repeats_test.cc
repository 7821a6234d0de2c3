// What is asked twice is answered alike, and happens once (DOMAIN 4).
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

class Repeats : public ::testing::Test {
 protected:
  World world;
};

// Proves D4.15.
TEST_F(Repeats, AFinishedFlowRepeatsItsResultToTheSameSessionForADay) {
  world.add("ann").value();
  const FlowView done = world.changed("ann");
  world.clock.advance(day_ms - 1);
  const FlowView again = world.service->prove_target(done, "000000", world.call).value();
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.changed(), done.changed());
  EXPECT_EQ(world.service->view(done, world.call).value().changed(), done.changed());
  Call other = world.call;
  other.session = "session-2";
  EXPECT_EQ(outcome(world.service->view(done, other)), "session_mismatch");
  world.clock.advance(1);
  EXPECT_EQ(outcome(world.service->view(done, world.call)), "flow_not_found");
}

// Proves D4.16, D7.16.
TEST_F(Repeats, AStepRepeatedWithTheSameRequestIdReturnsTheReplyItGave) {
  world.add("ann").value();
  Call call = world.call;
  call.request_id = "r1";
  const FlowView begun =
      world.service->begin_change_phone(World::key("ann"), Method::phone, call).value();
  FlowView again =
      world.service->begin_change_phone(World::key("ann"), Method::phone, call).value();
  EXPECT_TRUE(again.repeated);
  again.repeated = false;
  EXPECT_EQ(again, begun);
  world.pump();
  EXPECT_EQ(world.sender.all().size(), 1U) << "nothing is sent twice";

  call.request_id = "r2";
  const std::string code = world.code_at(World::phone);
  EXPECT_EQ(world.service->prove_identity(begun, wrong(code), call).value().tries_left, 4);
  EXPECT_EQ(world.service->prove_identity(begun, wrong(code), call).value().tries_left, 4)
      << "charged once";
  EXPECT_EQ(world.service->prove_identity(begun, code, call).value().verdict, Verdict::rejected)
      << "a request id names one attempt";
  call.request_id = "r3";
  EXPECT_TRUE(world.service->prove_identity(begun, code, call).value().accepted());
  EXPECT_TRUE(world.service->prove_identity(begun, code, call).value().accepted())
      << "though the step is over";
  call.request_id = "r1";
  EXPECT_EQ(outcome(world.service->cancel(begun, call)), "invalid_argument")
      << "the id was used for another step";
  world.service->set_target(begun, {World::new_phone}, world.call).value();
  call.request_id = "r4";
  world.service->prove_target(begun, "no code", call).value();
  EXPECT_EQ(outcome(world.service->prove_target(begun, "no code", call,
                                                {.accept_verification_only = false})),
            "invalid_argument")
      << "options are part of the question";
}

TEST_F(Repeats, ARequestIdOfAnotherSessionMeansNothing) {
  world.add("ann").value();
  Call call = world.call;
  call.request_id = "r1";
  const FlowView mine =
      world.service->begin_change_phone(World::key("ann"), Method::phone, call).value();
  call.session = "session-2";
  const FlowView theirs =
      world.service->begin_change_phone(World::key("ann"), Method::phone, call).value();
  EXPECT_FALSE(theirs.repeated);
  EXPECT_NE(theirs.handle, mine.handle);
}

}  // namespace
}  // namespace ringfence
