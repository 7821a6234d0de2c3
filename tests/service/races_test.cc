// Real threads on one store: R03, R12, A02, A03, A10, A11, I5, I9.
#include <barrier>
#include <thread>

#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

/// Runs `body(i)` in `count` threads that start together.
template <class Body>
void together(int count, const Body& body) {
  std::barrier start(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      body(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Proves D3.4.
TEST(Races, TwoAccountsRaceForOneFreshNumberTenThousandTimes_ExactlyOneGetsTheLogin_A10_I9) {
  Policy policy;
  policy.sends_to_target = {{100, second_ms}};
  World world(policy);
  int first_won = 0;
  // Two threads run all rounds, so that what races is the last step and not the making of threads.
  constexpr int rounds = 10'000;
  struct Round {
    std::array<FlowView, 2> flows;
    std::array<std::string, 2> codes;
    std::array<FlowView, 2> done;
    std::string target;
  };
  Round round;
  std::barrier step(3);
  std::array<std::thread, 2> racers;
  for (std::size_t i = 0; i < racers.size(); ++i) {
    racers[i] = std::thread([&, i] {
      for (int n = 0; n < rounds; ++n) {
        step.arrive_and_wait();
        round.done[i] =
            world.service->prove_target(round.flows[i], round.codes[i], world.call).value();
        step.arrive_and_wait();
      }
    });
  }
  for (int n = 0; n < rounds; ++n) {
    const std::string number = std::to_string(1'000'000 + n);
    const std::array<std::string, 2> ids = {"a" + number, "b" + number};
    round.target = "+8613" + std::to_string(100'000'000 + n);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      world.add(ids[i], (i == 0 ? "+8615" : "+8618") + std::to_string(200'000'000 + n), "").value();
      Call call = world.call;
      call.source.clear();
      round.flows[i] =
          world.service->begin_change_phone(World::key(ids[i]), Method::phone, call).value();
      world.service
          ->prove_identity(round.flows[i],
                           world.code_at(world.account(ids[i]).channels[0].address->text()), call)
          .value();
      world.service->set_target(round.flows[i], {round.target}, call).value();
      round.codes[i] = world.code_at(round.target);
    }
    step.arrive_and_wait();
    step.arrive_and_wait();
    const bool first = round.done[0].changed().usable_for_login;
    const bool second = round.done[1].changed().usable_for_login;
    ASSERT_NE(first, second) << "round " << n;
    ASSERT_EQ(world.service->resolve_login_phone("", {round.target}).value(),
              first ? ids[0] : ids[1]);
    ASSERT_EQ(world.entry(round.target).holders, 2);
    first_won += first ? 1 : 0;
    world.clock.advance(minute_ms);
    world.sender.clear();
  }
  for (std::thread& racer : racers) racer.join();
  RecordProperty("first_won", first_won);
}

// Proves D7.12.
TEST(Races, SixtyFourThreadsWithTheOneRightCode_ItIsAcceptedOnce_R03_A03) {
  World world;
  world.add("ann").value();
  const FlowView flow = world.targeted("ann");
  const std::string code = world.code_at(World::new_phone);
  std::atomic<int> accepted = 0;
  std::atomic<int> repeated = 0;
  std::atomic<int> busy = 0;
  together(64, [&](int) {
    const auto reply = world.service->prove_target(flow, code, world.call);
    if (!reply) {
      EXPECT_EQ(outcome(reply), "busy");
      ++busy;
    } else {
      EXPECT_EQ(reply.value().step, FlowStep::done);
      (reply.value().repeated ? repeated : accepted)++;
    }
  });
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(accepted + repeated + busy, 64);
  EXPECT_EQ(world.sent("phone_changed", MessageKind::event).size(), 1U);
  EXPECT_EQ(world.entry(World::new_phone).holders, 1);
}

TEST(Races, SixtyFourThreadsWithTheIdentityCode_ItIsAcceptedOnce_R03) {
  World world;
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  std::atomic<int> accepted = 0;
  together(64, [&](int) {
    const auto reply = world.service->prove_identity(flow, code, world.call);
    if (reply && reply.value().accepted()) ++accepted;
  });
  EXPECT_EQ(accepted, 1);
}

TEST(Races, ParallelGuessesRevealNoMoreVerdictsThanTheCodeHasTries_A02_I5) {
  for (int round = 0; round < 50; ++round) {
    World world;
    world.add("ann").value();
    const FlowView flow = world.begun("ann");
    const std::string code = world.code_at(World::phone);
    std::atomic<int> verdicts = 0;
    std::atomic<int> accepted = 0;
    together(16, [&](int i) {
      std::string guess = std::to_string(100'000 + i * 37'000);
      if (guess == code) guess = wrong(guess);
      const auto reply = world.service->prove_identity(flow, guess, world.call);
      if (!reply) return;
      if (reply.value().verdict == Verdict::rejected) ++verdicts;
      if (reply.value().verdict == Verdict::accepted) ++accepted;
    });
    EXPECT_LE(verdicts, 5);
    EXPECT_EQ(accepted, 0);
    const Account account = world.account("ann");
    EXPECT_EQ(account.flows.back().challenge->tries_used, verdicts)
        << "each verdict was charged, and nothing else";
    EXPECT_EQ(account.failures.at(0).count, verdicts);
  }
}

TEST(Races, GuessesInParallelWithResends_NeverMoreThanFiveTriesACode_A02_A04) {
  Policy policy;
  policy.resend_after_ms = 0;
  policy.failures_before_delay = 100;
  policy.sends_to_own_channels = {{100, second_ms}};
  policy.sends_by_source = {{100, second_ms}};
  World world(policy);
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  std::atomic<int> verdicts = 0;
  std::atomic<int> resends = 0;
  together(8, [&](int i) {
    for (int n = 0; n < 40; ++n) {
      if (i < 2) {
        if (world.service->resend(flow, world.call)) ++resends;
        world.clock.advance(1);
      } else {
        // Ten digits' worth of guesses at a six-digit code: certainly wrong, and charged like any
        // other.
        const auto reply = world.service->prove_identity(flow, "1234567890", world.call);
        if (reply && reply.value().verdict == Verdict::rejected) ++verdicts;
      }
    }
  });
  EXPECT_LE(verdicts, 5 * (1 + resends));
  EXPECT_LE(verdicts, 100) << "the account's own count stops them too";
  const Account account = world.account("ann");
  EXPECT_EQ(account.failures.at(0).count, verdicts) << "resends reset nothing";
}

// Proves D4.10.
TEST(Races, TwoFlowsOnOneAccount_OneWinsAndTheOtherIsVoid_A11) {
  for (int round = 0; round < 200; ++round) {
    World world;
    world.add("ann").value();
    std::array<result<FlowView>, 2> begun = {failure(ErrorCode::internal, ""),
                                             failure(ErrorCode::internal, "")};
    together(2, [&](int i) {
      begun[static_cast<std::size_t>(i)] = world.service->begin_change_phone(
          World::key("ann"), Method::phone, {.session = "session-" + std::to_string(i)});
    });
    const Account account = world.account("ann");
    ASSERT_EQ(account.flows.size(), 1U);
    int alive = 0;
    for (std::size_t i = 0; i < 2; ++i) {
      ASSERT_TRUE(begun[i]);
      const auto view =
          world.service->view(begun[i].value(), {.session = "session-" + std::to_string(i)});
      if (view) ++alive;
      EXPECT_TRUE(view || outcome(view) == "flow_not_found");
    }
    EXPECT_EQ(alive, 1);
  }
}

TEST(Races, LockingAndChangingNeverBothWin_A12) {
  int locked_first = 0;
  for (int round = 0; round < 300; ++round) {
    World world;
    world.add("ann").value();
    const FlowView flow = world.targeted("ann");
    const std::string code = world.code_at(World::new_phone);
    bool locked = false;
    result<FlowView> changed = failure(ErrorCode::internal, "");
    together(2, [&](int i) {
      if (i == 0) {
        changed = world.service->prove_target(flow, code, world.call);
      } else {
        // An administrator who locks what he saw, once.
        Loaded seen = world.stored(World::key("ann"));
        Account account = std::get<Account>(*seen.record);
        const std::string phone = account.channels[0].address->text();
        account.status = AccountStatus::locked;
        ChangeSet change;
        change.expects.push_back({seen.key, seen.version});
        change.puts.push_back({account, 77});
        locked =
            world.behind->commit(change, 0) == CommitOutcome::committed && phone == World::phone;
      }
    });
    if (locked) {
      ++locked_first;
      EXPECT_EQ(outcome(changed), "account_locked");
      EXPECT_EQ(world.account("ann").channels[0].address->text(), World::phone);
    } else {
      EXPECT_EQ(outcome(changed), "ok");
    }
  }
  RecordProperty("locked_first", locked_first);
}

}  // namespace
}  // namespace ringfence
