// Tries, failures, intervals and windows (DOMAIN 6), at their exact edges.
#include "ringfence/workflow/limits.h"

#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

class Limits : public ::testing::Test {
 protected:
  World world;
  Service& service = *world.service;

  result<FlowView> begin(const std::string& id = "ann", const std::string& source = "") {
    Call call = world.call;
    call.source = source;
    return service.begin_change_phone(World::key(id), Method::phone, call);
  }
};

// Proves D6.1.
TEST_F(Limits, ACodeIsValidForExactlyItsLife_R02) {
  for (const auto& [after, verdict] : {std::pair{5 * minute_ms - 1000, Verdict::accepted},
                                       std::pair{5 * minute_ms - 1, Verdict::accepted},
                                       std::pair{5 * minute_ms, Verdict::no_live_code},
                                       std::pair{5 * minute_ms + 1000, Verdict::no_live_code}}) {
    World fresh;
    fresh.add("ann").value();
    const FlowView flow = fresh.begun("ann");
    const std::string code = fresh.code_at(World::phone);
    fresh.clock.advance(after);
    EXPECT_EQ(fresh.service->prove_identity(flow, code, fresh.call).value().verdict, verdict)
        << after;
  }
}

// Proves D6.2, D6.15, D7.8.
TEST_F(Limits, FiveWrongTriesUseACodeUp_ThenEvenTheRightOneIsNoLongerTaken_R04) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  for (int left = 4; left >= 0; --left) {
    const FlowView view = service.prove_identity(flow, wrong(code), world.call).value();
    EXPECT_EQ(view.verdict, Verdict::rejected);
    EXPECT_EQ(view.tries_left, left);
  }
  world.clock.advance(31 * second_ms);  // past the wait after five failures
  EXPECT_EQ(service.prove_identity(flow, code, world.call).value().verdict, Verdict::no_live_code);
}

// Proves D2.7, D6.4, D7.8, D7.13.
TEST_F(Limits, AResendMakesAFreshCodeVoidsTheOldOneAndDoesNotResetTheAccountsCount_R05_R20_A04) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string first = world.code_at(World::phone);
  for (int i = 0; i < 3; ++i) service.prove_identity(flow, wrong(first), world.call).value();
  EXPECT_EQ(service.settings(World::key("ann")).value().phone().tries_left, 97);
  world.clock.advance(minute_ms);
  const FlowView resent = service.resend(flow, world.call).value();
  EXPECT_EQ(resent.tries_left, 5);
  EXPECT_EQ(service.settings(World::key("ann")).value().phone().tries_left, 97);
  const std::string second = world.code_at(World::phone);
  ASSERT_NE(first, second);
  EXPECT_EQ(service.prove_identity(flow, first, world.call).value().verdict, Verdict::rejected);
  EXPECT_TRUE(service.prove_identity(flow, second, world.call).value().accepted());
}

// Proves D6.4, D7.14.
TEST_F(Limits, AResendIsAllowedExactlyAfterItsInterval) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  EXPECT_EQ(flow.resend_at, world.clock.now_ms() + minute_ms);
  world.clock.advance(minute_ms - 1);
  EXPECT_EQ(outcome(service.resend(flow, world.call)), "limited");
  world.clock.advance(1);
  EXPECT_EQ(outcome(service.resend(flow, world.call)), "ok");
}

// Proves D7.9.
TEST_F(Limits, TheFlowShowsFromWhenOnACodeIsTakenAgain) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  FlowView after;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(after.limited_until, std::nullopt);
    after = service.prove_identity(flow, wrong(code), world.call).value();
  }
  ASSERT_EQ(after.limited_until, world.clock.now_ms() + 30 * second_ms);
  EXPECT_EQ(service.view(flow, world.call).value().limited_until, after.limited_until);
  EXPECT_EQ(service.prove_identity(flow, code, world.call).error().retry_at, after.limited_until);
  world.clock.advance(30 * second_ms);
  EXPECT_EQ(service.view(flow, world.call).value().limited_until, std::nullopt);
}

TEST_F(Limits, SettingTheSameTargetAgainIsAResend) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  EXPECT_EQ(outcome(service.set_target(flow, {World::new_phone}, world.call)), "limited");
  world.clock.advance(minute_ms);
  EXPECT_EQ(outcome(service.set_target(flow, {World::new_phone}, world.call)), "ok");
}

TEST_F(Limits, SuccessClearsOnlyTheRoleAndAddressThatSucceeded_R07) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  service.prove_identity(flow, wrong(code), world.call).value();
  service.prove_identity(flow, code, world.call).value();
  EXPECT_EQ(service.settings(World::key("ann")).value().phone().tries_left, 100);
  service.set_target(flow, {World::new_phone}, world.call).value();
  service.prove_target(flow, wrong(world.code_at(World::new_phone)), world.call).value();
  service.set_target(flow, {World::other_phone}, world.call).value();
  service.prove_target(flow, world.code_at(World::other_phone), world.call).value();
  const Account account = world.account("ann");
  ASSERT_EQ(account.failures.size(), 1U) << "the guess at the other number is still counted";
  EXPECT_EQ(account.failures[0].address.text(), World::new_phone);
}

// Proves D1.5, D2.7, D6.3, R04.
TEST_F(Limits, TheCountSpansFlowsAndSessionsAndTheWaitsGrow_R06_A01) {
  Policy policy;
  policy.sends_to_own_channels = {{100, second_ms}};
  policy.sends_by_source = {{100, second_ms}};
  World open(policy);
  open.add("ann").value();
  TimeMs last_wait = 0;
  int failures = 0;
  while (failures < 99) {
    Call call{.session = "session-" + std::to_string(failures)};
    auto flow = open.service->begin_change_phone(World::key("ann"), Method::phone, call);
    if (!flow) {
      ASSERT_EQ(outcome(flow), "limited");
      const TimeMs wait = *flow.error().retry_at - open.clock.now_ms();
      EXPECT_GE(wait, last_wait) << "after " << failures << " failures";
      EXPECT_LE(wait, hour_ms);
      last_wait = wait;
      EXPECT_EQ(open.service->settings(World::key("ann")).value().phone().limited_until,
                flow.error().retry_at);
      open.clock.advance(wait - 1);
      EXPECT_EQ(outcome(open.service->begin_change_phone(World::key("ann"), Method::phone, call)),
                "limited");
      open.clock.advance(1);
      continue;
    }
    const std::string code = open.code_at(World::phone);
    for (int i = 0; i < 5 && failures < 99; ++i) {
      EXPECT_EQ(open.service->prove_identity(flow.value(), wrong(code), call).value().verdict,
                Verdict::rejected);
      ++failures;
      EXPECT_EQ(open.service->settings(World::key("ann")).value().phone().tries_left,
                100 - failures);
    }
  }
  EXPECT_EQ(last_wait, hour_ms);
  EXPECT_EQ(open.account("ann").status, AccountStatus::active);
  // The hundredth locks the account.
  const Account account = open.account("ann");
  const FlowView flow{.handle = {account.key, account.flows.back().id}};
  EXPECT_EQ(
      open.service->prove_identity(flow, "000000", {.session = "session-95"}).value().tries_left,
      0);
  EXPECT_EQ(open.account("ann").status, AccountStatus::locked);
  EXPECT_EQ(open.sent("account_locked", MessageKind::event).size(), 1U);
  EXPECT_EQ(open.sent("account_locked", MessageKind::notice).size(), 2U);
  EXPECT_EQ(open.service->settings(World::key("ann")).value().phone().verification.reason,
            Reason::account_locked);
}

TEST_F(Limits, WhileAWaitRunsRightAndWrongCodesAreRefusedAlike_A02) {
  Policy policy;
  policy.failures_before_delay = 1;
  World quick(policy);
  quick.add("ann").value();
  const FlowView flow = quick.begun("ann");
  const std::string code = quick.code_at(World::phone);
  quick.service->prove_identity(flow, wrong(code), quick.call).value();
  const int committed = quick.store.committed;
  const auto with_right = quick.service->prove_identity(flow, code, quick.call);
  const auto with_wrong = quick.service->prove_identity(flow, wrong(code), quick.call);
  ASSERT_EQ(outcome(with_right), "limited");
  ASSERT_EQ(outcome(with_wrong), "limited");
  EXPECT_EQ(with_right.error(), with_wrong.error());
  EXPECT_EQ(quick.store.committed, committed) << "and neither is charged";
  quick.clock.advance(30 * second_ms);
  EXPECT_TRUE(quick.service->prove_identity(flow, code, quick.call).value().accepted());
}

// Proves D6.6, D6.8.
TEST_F(Limits, OwnChannelWindowsAreExact_FiveInTenMinutesAndTwentyADay) {
  world.add("ann").value();
  std::vector<TimeMs> sent;
  const TimeMs start = world.clock.now_ms();
  while (world.clock.now_ms() < start + 2 * day_ms) {
    const auto flow = begin();
    if (flow) {
      sent.push_back(world.clock.now_ms());
    } else {
      ASSERT_EQ(outcome(flow), "limited");
      world.clock.set(*flow.error().retry_at - 1);
      ASSERT_EQ(outcome(begin()), "limited") << "the time told is exact";
      world.clock.advance(1);
    }
  }
  EXPECT_EQ(sent.size(), 40U);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_TRUE(i + 5 >= sent.size() || sent[i + 5] - sent[i] >= 10 * minute_ms);
    EXPECT_TRUE(i + 20 >= sent.size() || sent[i + 20] - sent[i] >= day_ms);
  }
}

TEST_F(Limits, ATargetNumberIsLimitedOverAllAccounts_A21) {
  for (int i = 0; i < 6; ++i) {
    const std::string id = "user-" + std::to_string(i);
    world.add(id, "+4477009001" + std::to_string(10 + i), "").value();
    const FlowView flow = world.identified(id);
    Call call = world.call;
    call.source.clear();
    const auto reply = service.set_target(flow, {World::new_phone}, call);
    EXPECT_EQ(outcome(reply), i < 5 ? "ok" : "limited");
    EXPECT_TRUE(reply || reply.error().retry_at == world.clock.now_ms() + 10 * minute_ms);
  }
}

// Proves D6.6.
TEST_F(Limits, StrangersCannotSpendTheBudgetOfOnesOwnChannel_A15) {
  world.add("ann").value();
  for (int i = 0; i < 5; ++i) {
    const std::string id = "user-" + std::to_string(i);
    world.add(id, "+4477009001" + std::to_string(10 + i), "").value();
    const FlowView flow = world.identified(id);
    service.set_target(flow, {World::phone}, world.call)
        .value();  // ann's number as a target, five times
  }
  EXPECT_EQ(outcome(begin()), "ok");
}

// Proves D6.7.
TEST_F(Limits, ASourceIsLimitedOverAllAccounts_A20) {
  int allowed = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string id = "user-" + std::to_string(i);
    world.add(id, "+4477009001" + std::to_string(10 + i), "").value();
    if (begin(id, "198.51.100.7")) ++allowed;
  }
  EXPECT_EQ(allowed, 30);
  EXPECT_EQ(outcome(begin("user-39", "198.51.100.8")), "ok") << "another source is not touched";
  world.clock.advance(hour_ms);
  EXPECT_EQ(outcome(begin("user-38", "198.51.100.7")), "ok");
}

TEST_F(Limits, AnAccountCannotPumpOverManyTargets_A20) {
  world.add("ann").value();
  const FlowView flow = world.identified("ann");
  Call call = world.call;
  call.source.clear();
  int allowed = 0;
  for (int i = 0; i < 20; ++i) {
    if (service.set_target(flow, {"+4477009001" + std::to_string(10 + i)}, call)) ++allowed;
  }
  EXPECT_EQ(allowed, 10);
}

// Proves D1.2.
TEST_F(Limits, RealmsShareNoBudget) {
  world.add("ann", World::phone, "", "north").value();
  world.add("ann", World::phone, "", "south").value();
  const auto in = [&](const std::string& realm) {
    return service.begin_change_phone(World::key("ann", realm), Method::phone, world.call);
  };
  for (int i = 0; i < 5; ++i) in("north").value();
  EXPECT_EQ(outcome(in("north")), "limited");
  EXPECT_EQ(outcome(in("south")), "ok");
}

TEST_F(Limits, ARefusedSendChargesNobody) {
  world.add("ann").value();
  for (int i = 0; i < 5; ++i) begin("ann", "192.0.2.9").value();
  const Account before = world.account("ann");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(outcome(begin("ann", "192.0.2.9")), "limited");
  EXPECT_EQ(world.account("ann"), before);
}

TEST_F(Limits, OneReadingFromTheFarFutureDoesNotLockForYears_A31) {
  world.add("ann").value();
  const TimeMs today = world.clock.now_ms();
  world.clock.set(today + 3650 * day_ms);
  for (int i = 0; i < 5; ++i) begin().value();
  world.clock.set(today);
  EXPECT_EQ(outcome(begin()), "ok") << "times further ahead than any window do not count";
}

TEST_F(Limits, SettingTheClockBackFreesNoBudget_A31) {
  world.add("ann").value();
  for (int i = 0; i < 5; ++i) begin().value();
  world.clock.advance(-5 * minute_ms);
  EXPECT_EQ(outcome(begin()), "limited");
}

TEST_F(Limits, AFlowDatedInTheFutureIsOverAndReplaceable_A31) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  world.clock.advance(-hour_ms);
  EXPECT_EQ(outcome(service.prove_identity(flow, code, world.call)), "flow_expired");
  EXPECT_EQ(outcome(begin()), "ok");
}

TEST_F(Limits, AClockThatStepsBackALittleDoesNotProlongACode_A31) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  world.clock.advance(5 * minute_ms);
  EXPECT_EQ(service.prove_identity(flow, code, world.call).value().verdict, Verdict::no_live_code);
  world.clock.advance(-30 * second_ms);
  EXPECT_EQ(service.prove_identity(flow, code, world.call).value().verdict, Verdict::no_live_code);
}

TEST_F(Limits, OneReadingFromTheFarFutureSilencesNoNotice_A31_A46) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  service.prove_target(flow, world.code_at(World::new_phone), world.call).value();
  const TimeMs today = world.clock.now_ms();
  // A dispatcher takes the batch ten years ahead and dies; its lease is dated there.
  EXPECT_EQ(world.store.take(today + 3650 * day_ms, minute_ms, 100, {}).value().size(), 5U);
  EXPECT_EQ(world.sent("phone_changed", MessageKind::notice).size(), 3U);
  EXPECT_EQ(world.sent("end_sessions", MessageKind::event).size(), 1U);
}

TEST_F(Limits, ANoticeIsHandedOverOnceHoweverLate_A46) {
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  service.prove_target(flow, world.code_at(World::new_phone), world.call).value();
  world.clock.advance(30 * day_ms);
  EXPECT_EQ(world.sent("phone_changed", MessageKind::notice).size(), 3U);
}

// Proves D6.8.
RC_GTEST_PROP(Windows, NoSpanEverHoldsMoreThanItsCount, ()) {
  const int count = *rc::gen::inRange(1, 8);
  const TimeMs span = *rc::gen::inRange<TimeMs>(1, 50);
  const workflow::Windows windows = {{count, span}, {count + 3, span * 4}};
  workflow::SendTimes kept;
  std::vector<TimeMs> sent;
  TimeMs now = 1'000'000;
  for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 20))) {
    now += step;
    const TimeMs allowed = workflow::allowed_at(kept, windows, now);
    RC_ASSERT(allowed >= now);
    // The answer is what the whole history says, not only what was kept.
    TimeMs truth = now;
    for (const Window& window : windows) {
      const auto most = static_cast<std::size_t>(window.count);
      if (sent.size() >= most) truth = std::max(truth, sent[sent.size() - most] + window.span_ms);
    }
    RC_ASSERT(allowed == truth);
    if (allowed == now) {
      sent.push_back(now);
      workflow::record_send(kept, windows, now);
    }
    RC_ASSERT(kept.size() <= static_cast<std::size_t>(count + 3));
  }
}

}  // namespace
}  // namespace ringfence
