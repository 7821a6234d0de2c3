// Every reachable state of every kind of flow, searched on the real core: no service, no store, the
// records are the state. After each move the invariants of the reliability programme are checked:
// I1 and A02 (a reply that is shown is in the state, and none without a commit), I2, I3, I5, I6, I7
// (lost answers, stale commits), I8 and I9; R08, R19, R20, R30, A06 to A08, A30, A36. I4 is the
// dispatcher's.
// Below, the same search finds defects that are planted.
#include <iostream>

#include "search/plans.h"

namespace ringfence::search {
namespace {

std::string way_of(const Report& report) {
  std::string out;
  for (const std::string& move : report.way) out += "  " + move + "\n";
  return out;
}

/// Runs a search that must find nothing wrong, and prints how far it got.
Report searched(const Plan& plan) {
  const Report report = Search(plan).run();
  std::cout << plan.name << ": " << report.states << " states, " << report.moves << " transitions, "
            << report.races << " races, depth " << report.depth
            << (report.closed ? " and closed" : "") << ", 0 violations in " << report.decisions
            << " decisions\n";
  ::testing::Test::RecordProperty("states", std::to_string(report.states));
  ::testing::Test::RecordProperty("transitions", std::to_string(report.moves));
  ::testing::Test::RecordProperty("depth", report.depth);
  EXPECT_EQ(report.wrong, "") << way_of(report);
  EXPECT_GT(report.twins, 0U) << "the canonical form was not checked";
  EXPECT_GT(report.reached(FlowStep::done), 0U) << "no flow had its effect";
  return report;
}

// Proves I1, I2, I3, I5, I6, I7, I8, I9.
TEST(StateSearch, ChangePhoneKeepsEveryInvariant) {
  const Report report = searched(change_phone());
  EXPECT_GT(report.reached(FlowStep::confirm_target), 0U);
  EXPECT_GT(report.count(Verb::prove_target, ErrorCode::flow_expired), 0U);
  EXPECT_GT(report.count(Verb::prove_identity, ErrorCode::limited), 0U);
  EXPECT_GT(report.count(Verb::prove_target, ErrorCode::session_mismatch), 0U);
  EXPECT_GT(report.count(Verb::begin, ErrorCode::limited), 0U);
  EXPECT_GT(report.count(Verb::begin, ErrorCode::account_locked), 0U);
}

// Proves I1, I2, I3, I5, I6, I7, I8, I9.
TEST(StateSearch, ChangePhoneAgainAndAgainKeepsEveryInvariant) {
  const Report report = searched(change_phone_again());
  EXPECT_GT(report.count(Verb::set_target, ErrorCode::same_address), 0U);
  EXPECT_GT(report.count(Verb::prove_target, ErrorCode::account_locked), 0U)
      << "no guesses locked the account";
}

TEST(StateSearch, ALostAnswerIsGivenAgainInEveryLaterState_I7) {
  const Report report = searched(lost_answers());
  EXPECT_GT(report.count(Verb::begin, ErrorCode::account_closed), 0U);
}

// Proves I1, I2, I3, I5, I6, I7, I8, I9.
TEST(StateSearch, ChangeEmailKeepsEveryInvariant) {
  const Report report = searched(change_email());
  EXPECT_GT(report.count(Verb::begin, ErrorCode::method_unavailable), 0U);
}

// Proves I1, I2, I3, I5, I6, I7, I8, I9, A48.
TEST(StateSearch, VerifyChannelKeepsEveryInvariant) {
  const Report report = searched(verify_channel());
  EXPECT_GT(report.count(Verb::begin, ErrorCode::nothing_to_prove), 0U);
  EXPECT_GT(report.count(Verb::begin, ErrorCode::method_unavailable), 0U)
      << "identity was never asked (A48)";
}

// Proves I1, I2, I3, I5, I6, I7, I8, I9, R30.
TEST(StateSearch, ConfirmOperationKeepsEveryInvariant) {
  const Report report = searched(confirm_operation());
  EXPECT_GT(report.count(Verb::use_grant, ErrorCode::none), 0U);
  EXPECT_GT(report.count(Verb::use_grant, ErrorCode::grant_invalid), 0U);
  EXPECT_GT(report.count(Verb::use_grant, ErrorCode::account_locked), 0U);
}

// Proves I1, I2, I3, I5, I6, I7, I8, I9.
TEST(StateSearch, ClaimLoginKeepsEveryInvariant) {
  const Report report = searched(claim_login());
  EXPECT_GT(report.count(Verb::begin, ErrorCode::nothing_to_prove), 0U) << "nobody ever claimed it";
}

// Proves I1, I2, I3, I5, I6, I7, I8, I9.
TEST(StateSearch, ReplacePhoneKeepsEveryInvariant) {
  const Report report = searched(replace_phone());
  EXPECT_GT(report.count(Verb::dispute, ErrorCode::none), 0U);
  EXPECT_GT(report.count(Verb::approve, ErrorCode::limited), 0U);
  EXPECT_GT(report.count(Verb::begin, ErrorCode::appeal_not_found), 0U);
}

// Proves I1, I2, I3, I5, I6, I7, I8, I9.
TEST(StateSearch, TwoAccountsForOneNumberKeepEveryInvariant_A10) {
  for (const int max_accounts : {0, 1}) {
    const Report report = searched(two_accounts(max_accounts));
    EXPECT_TRUE(report.closed);
    EXPECT_GT(report.races, 0U);
    EXPECT_EQ(report.count(Verb::prove_target, ErrorCode::address_at_capacity) > 0,
              max_accounts == 1);
  }
}

// Proves I1, I2, I3, I5, I6, I7, I8, I9.
TEST(StateSearch, SeveralFlowsOfAnAccountKeepEveryInvariant_A11) {
  const Report report = searched(several_kinds());
  EXPECT_GT(report.races, 0U);
}

// --- Negative controls: what the search must find.

struct Control {
  const char* name;
  Defect defect;
  Plan (*plan)();
  const char* rule;  ///< How what is found begins.
};

void PrintTo(const Control& control, std::ostream* out) { *out << control.name; }

Plan two_accounts_at_most_one() { return two_accounts(1); }
Plan two_accounts_unlimited() { return two_accounts(0); }

class PlantedDefect : public ::testing::TestWithParam<Control> {};

TEST_P(PlantedDefect, IsFoundByTheSearch) {
  const Plan plan = GetParam().plan();
  const Report report = Search(plan, GetParam().defect).run();
  std::cout << GetParam().name << ": found after " << report.states << " states, by "
            << report.way.size() << " moves: " << report.wrong << "\n";
  EXPECT_TRUE(report.wrong.starts_with(GetParam().rule))
      << "found: \"" << report.wrong << "\", by\n"
      << way_of(report);
}

INSTANTIATE_TEST_SUITE_P(
    Controls, PlantedDefect,
    ::testing::Values(
        Control{"version_unchecked", Defect::version_unchecked, two_accounts_unlimited, "I5"},
        Control{"address_unchecked", Defect::address_unchecked, two_accounts_unlimited, "I9"},
        Control{"revealed_on_conflict", Defect::revealed_on_conflict, several_kinds, "I1"},
        Control{"expiry_ignored", Defect::expiry_ignored, change_phone, "I5"},
        Control{"flow_expiry_ignored", Defect::flow_expiry_ignored, change_phone, "I6"},
        Control{"session_unchecked", Defect::session_unchecked, change_phone, "A36"},
        Control{"leaving_dropped", Defect::leaving_dropped, change_phone, "I3"},
        Control{"account_dropped", Defect::account_dropped, change_email, "I3"},
        Control{"claim_for_everybody", Defect::claim_for_everybody, verify_channel, "I9"},
        Control{"claim_for_nobody", Defect::claim_for_nobody, change_phone, "S"},
        Control{"charge_dropped", Defect::charge_dropped, confirm_operation, "I5"},
        Control{"send_uncounted", Defect::send_uncounted, change_phone, "R19"},
        Control{"lock_dropped", Defect::lock_dropped, change_phone, "I5"},
        Control{"code_kept", Defect::code_kept, confirm_operation, "I5"},
        Control{"code_not_renewed", Defect::code_not_renewed, claim_login, "R20"},
        Control{"identity_skipped", Defect::identity_skipped, change_phone, "I2"},
        Control{"proof_for_any_target", Defect::proof_for_any_target, change_phone, "I2"},
        Control{"flow_not_replaced", Defect::flow_not_replaced, change_email, "I6"},
        Control{"flow_endless", Defect::flow_endless, change_phone, "I8"},
        Control{"epoch_kept", Defect::epoch_kept, several_kinds, "A30"},
        Control{"reply_forgotten", Defect::reply_forgotten, change_phone, "I1"},
        Control{"repeat_unnoticed", Defect::repeat_unnoticed, change_phone, "I7"},
        Control{"replies_lost_early", Defect::replies_lost_early, lost_answers, "I7"},
        Control{"grant_kept", Defect::grant_kept, confirm_operation, "R30"},
        Control{"grant_dropped", Defect::grant_dropped, confirm_operation, "I3"},
        Control{"notices_dropped", Defect::notices_dropped, replace_phone, "I3"},
        Control{"entries_dropped", Defect::entries_dropped, change_phone, "I3"},
        Control{"old_address_not_told", Defect::old_address_not_told, change_phone, "I3"},
        Control{"sessions_not_ended", Defect::sessions_not_ended, replace_phone, "R15"},
        Control{"address_forgotten", Defect::address_forgotten, change_phone, "I3"},
        Control{"capacity_ignored", Defect::capacity_ignored, two_accounts_at_most_one, "I3"},
        Control{"quarantine_ignored", Defect::quarantine_ignored, verify_channel, "S"},
        Control{"canonical_too_coarse", Defect::canonical_too_coarse, change_phone,
                "the canonical form"}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace ringfence::search
