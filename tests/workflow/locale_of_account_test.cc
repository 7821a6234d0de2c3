// The language of an account: given at registration or later, kept, shown, exported, forgotten, and
// taken along by every message to its owner.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/world.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::outcome;
using testing_support::World;

class LocaleOfAccount : public ::testing::Test {
 protected:
  Registration row(const std::string& id, const std::string& locale) {
    return {.account = World::key(id),
            .phone = {World::phone},
            .phone_proven_at = world.clock.now_ms(),
            .locale = locale};
  }

  World world;
  Service& service = *world.service;
  const AccountKey ann = World::key("ann");
};

TEST_F(LocaleOfAccount, IsGivenAtRegistrationAndShown) {
  EXPECT_EQ(service.register_account(row("ann", "zh-hans-cn")).value().locale, "zh-Hans-CN");
  EXPECT_EQ(service.settings(ann).value().locale, "zh-Hans-CN");
  EXPECT_EQ(service.register_account(row("bob", "")).value().locale, "");
}

TEST_F(LocaleOfAccount, ThatIsNoTagIsRefusedAndNothingIsStored) {
  const auto refused = service.register_account(row("ann", "zh_CN"));
  EXPECT_EQ(outcome(refused), "invalid_argument");
  EXPECT_THAT(refused.error().text, HasSubstr("BCP 47"));
  EXPECT_EQ(outcome(service.settings(ann)), "account_not_found");
}

TEST_F(LocaleOfAccount, IsImportedAndABadOneIsNamedInTheReport) {
  const std::vector<Registration> rows = {row("ann", "ja"), row("bob", "C.UTF-8"), row("cid", "")};
  const ImportReport report = service.import_accounts(rows).value();
  EXPECT_EQ(report.imported, 2U);
  ASSERT_EQ(report.refused.size(), 1U);
  EXPECT_EQ(report.refused[0].index, 1U);
  EXPECT_EQ(report.refused[0].why.code, ErrorCode::invalid_argument);
  EXPECT_EQ(world.account("ann").locale, "ja");
}

TEST_F(LocaleOfAccount, IsSetChangedAndTakenAway) {
  world.add("ann").value();
  EXPECT_EQ(service.set_locale(ann, "AR-eg").value().locale, "ar-EG");
  EXPECT_EQ(service.set_locale(ann, "es").value().locale, "es");
  EXPECT_EQ(service.set_locale(ann, "").value().locale, "");
  EXPECT_EQ(outcome(service.set_locale(ann, "ar_EG")), "invalid_argument");
  EXPECT_EQ(outcome(service.set_locale(World::key("nobody"), "es")), "account_not_found");
}

TEST_F(LocaleOfAccount, SetToWhatItIsChangesNothing) {
  world.add("ann").value();
  service.set_locale(ann, "es").value();
  const Version before = world.stored(ann).version;
  service.set_locale(ann, "ES").value();
  EXPECT_EQ(world.stored(ann).version, before);
}

// What is begun goes on: nothing about who may do what has changed.
TEST_F(LocaleOfAccount, VoidsNoFlow) {
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  service.set_locale(ann, "ja").value();
  EXPECT_EQ(outcome(service.prove_identity(flow, world.code_at(World::phone), world.call)), "ok");
}

TEST_F(LocaleOfAccount, MayBeSetOfALockedAccountButNotOfAClosedOne) {
  world.add("ann").value();
  service.lock(ann, "suspicion").value();
  EXPECT_EQ(service.set_locale(ann, "ja").value().locale, "ja");
  service.close(ann).value();
  EXPECT_EQ(outcome(service.set_locale(ann, "es")), "account_closed");
}

TEST_F(LocaleOfAccount, IsInTheAuditTrailAsSomethingPersonal) {
  service.register_account(row("ann", "ja")).value();
  service.set_locale(ann, "es").value();
  service.set_locale(ann, "").value();
  const auto entries = service.audit(ann).value().entries;
  ASSERT_EQ(entries.size(), 3U);
  const auto told = [&](std::size_t i) {
    for (const PersonalFact& fact : entries[i].personal) {
      if (fact.name == "locale") return fact.value;
    }
    return std::string();
  };
  EXPECT_EQ(told(0), "ja");
  EXPECT_EQ(entries[1].event, "locale_set");
  EXPECT_EQ(told(1), "es");
  EXPECT_EQ(entries[2].event, "locale_set");
  EXPECT_EQ(told(2), "");
  EXPECT_TRUE(entries[1].facts.empty());
}

TEST_F(LocaleOfAccount, IsExportedAndForgottenWhenTheAccountIsErased) {
  service.register_account(row("ann", "ja")).value();
  service.set_locale(ann, "es-419").value();
  world.begun("ann");
  EXPECT_THAT(service.export_account(ann).value(), HasSubstr(R"("locale":"es-419")"));
  EXPECT_EQ(service.erase(ann).value().locale, "");
  const std::string left = service.export_account(ann).value();
  EXPECT_THAT(left, Not(HasSubstr("es-419")));
  EXPECT_THAT(left, Not(HasSubstr("\"ja\"")));
  EXPECT_EQ(service.verify_audit(ann).value().fault, AuditFault::intact);
}

TEST_F(LocaleOfAccount, GoesWithEveryMessageToItsOwnerAndWithNoEvent) {
  world.add("ann").value();
  service.set_locale(ann, "zh-CN").value();
  world.changed("ann");
  service.lock(ann, "suspicion").value();
  service.notify(ann, {.category = "monitoring_alarm", .text = "x", .idempotency_key = "1"})
      .value();
  world.pump();
  int people = 0;
  for (const auto& one : world.sender.all()) {
    const bool event = one.message.kind == MessageKind::event;
    EXPECT_EQ(one.message.locale, event ? "" : "zh-CN") << one.message.purpose;
    EXPECT_EQ(one.locale, event ? "" : "zh-Hans") << one.message.purpose;
    if (!event) ++people;
  }
  EXPECT_GT(people, 6);
}

TEST_F(LocaleOfAccount, OfAMessageIsThatOfTheTimeWhenItWasMade) {
  world.add("ann").value();
  world.begun("ann");
  service.set_locale(ann, "ja").value();
  world.pump();
  EXPECT_EQ(world.sender.all().back().locale, "en");
}

}  // namespace
}  // namespace ringfence
