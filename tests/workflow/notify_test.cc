// The host's own notices, the owner's choice of channels, and that each is sent once and is not
// lost (DOMAIN 5). What the library itself tells of changes: notices_test.cc.
#include <barrier>
#include <thread>

#include "ringfence/workflow.h"
#include "support/world.h"

namespace ringfence {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using testing_support::outcome;
using testing_support::World;

constexpr ChannelKind by_phone = ChannelKind::phone;
constexpr ChannelKind by_email = ChannelKind::email;

Policy with_categories(std::vector<std::string> categories) {
  Policy policy;
  policy.notice_categories = std::move(categories);
  return policy;
}

NewNotice notice_of(const std::string& category, const std::string& idempotency_key = "n1",
                    const std::string& text = "Disk d-1 is released tomorrow.") {
  return {category, text, idempotency_key};
}

class Notify : public ::testing::Test {
 protected:
  /// An account of which the host saw these proven.
  void add(bool phone, bool email) {
    Registration registration{
        .account = ann, .phone = {World::phone}, .email = AddressInput{World::email}};
    if (phone) registration.phone_proven_at = world.clock.now_ms();
    if (email) registration.email_proven_at = world.clock.now_ms();
    service.register_account(registration).value();
  }
  /// But for what everybody is told of a choice.
  std::vector<Message> outbox() const {
    auto out = world.behind->messages(ann, 1000, 0).value();
    std::erase_if(out, [](const Message& one) { return one.purpose == "notice_channels_chosen"; });
    return out;
  }
  /// Where the notices of the outbox go, in their order.
  std::vector<std::string> destinations() const {
    std::vector<std::string> out;
    for (const Message& message : outbox()) out.push_back(message.destination->text());
    return out;
  }
  NoticeSettings settings_of(const std::string& category) {
    const SecuritySettings view = service.settings(ann).value();
    for (const NoticeSettings& one : view.notices) {
      if (one.category == category) return one;
    }
    ADD_FAILURE() << "no category " << category;
    return {};
  }

  const AccountKey ann = World::key("ann");
  World world{with_categories({"billing"})};
  Service& service = *world.service;
};

// --- Categories, and the phone as the main way

TEST_F(Notify, TheSecurityPhoneGetsTheNoticesOfEveryCategoryUnlessTheOwnerChoosesOtherwise_D5_1) {
  world.add("ann").value();
  for (const std::string category :
       {"resource_expiry", "resource_release", "monitoring_alarm", "billing"}) {
    const NoticeReceipt receipt = service.notify(ann, notice_of(category, category)).value();
    EXPECT_THAT(receipt.sent_to, ElementsAre(NoticeTarget{by_phone, "139****3672"})) << category;
    EXPECT_FALSE(receipt.repeated);
    const auto sent = world.sent(category, MessageKind::notice);
    ASSERT_THAT(sent, SizeIs(1)) << category;
    EXPECT_EQ(sent[0].message.destination->text(), World::phone);
    EXPECT_EQ(sent[0].text, "Disk d-1 is released tomorrow.");
    EXPECT_EQ(sent[0].code, "");
  }
}

TEST_F(Notify, CategoriesAreTheBuiltInOnesAndThoseOfThePolicy_D5_1) {
  world.add("ann").value();
  const int commits = world.store.commits;
  for (const std::string unknown : {"quota", "", "Security", "security ", "billing\n"}) {
    EXPECT_EQ(outcome(service.notify(ann, notice_of(unknown))), "invalid_argument") << unknown;
    EXPECT_EQ(outcome(service.set_notice_channels(ann, unknown, {by_email})), "invalid_argument");
  }
  EXPECT_EQ(world.store.commits, commits);
  service.set_policy(with_categories({"quota"})).value();
  EXPECT_EQ(outcome(service.notify(ann, notice_of("quota"))), "ok");
  EXPECT_EQ(outcome(service.notify(ann, notice_of("billing", "n2"))), "invalid_argument")
      << "it was taken away";
}

TEST_F(Notify, SecurityNoticesOfTheHostGoToEveryVerifiedChannelAndToNoFormerOne_D5_3) {
  world.add("ann").value();
  world.changed("ann");
  world.pump();
  world.sender.clear();
  EXPECT_THAT(service.notify(ann, notice_of("security")).value().sent_to,
              ElementsAre(NoticeTarget{by_phone, "77****0123"},
                          NoticeTarget{by_email, "l*****n@example.com"}));
  const auto sent = world.sent("security", MessageKind::notice);
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].message.destination->text(), World::new_phone);
  EXPECT_EQ(sent[1].message.destination->text(), World::email);
}

TEST_F(Notify, AnUnverifiedChannelGetsNothing_D5_1) {
  add(true, false);
  EXPECT_THAT(service.notify(ann, notice_of("security")).value().sent_to, SizeIs(1));
  EXPECT_THAT(destinations(), ElementsAre(World::phone));
}

TEST_F(Notify, TheTextIsShownAsItIsWhateverTheCategoryIsCalled) {
  service.set_policy(with_categories({"change_phone"})).value();
  world.add("ann").value();
  service.notify(ann, notice_of("change_phone", "n1", "Call us: 5 < 6 \"&\" größer")).value();
  const auto sent = world.sent("change_phone", MessageKind::notice);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].text, "Call us: 5 < 6 \"&\" größer");
}

// --- Defaults, choices, what is mandatory

TEST_F(Notify, TheSettingsShowEveryCategoryItsChannelsAndWhetherItIsMandatory_D5_2) {
  add(true, false);
  const auto view = service.set_notice_channels(ann, "billing", {by_email}).value();
  EXPECT_EQ(view, service.settings(ann).value());
  EXPECT_THAT(view.notices,
              ElementsAre(NoticeSettings{"security", {by_phone, by_email}, {by_phone}, true, false},
                          NoticeSettings{"resource_expiry", {by_phone}, {by_phone}, true, true},
                          NoticeSettings{"resource_release", {by_phone}, {by_phone}, true, true},
                          NoticeSettings{"monitoring_alarm", {by_phone}, {by_phone}, true, true},
                          NoticeSettings{"billing", {by_email}, {by_phone}, false, true}));
}

TEST_F(Notify, TheOwnerChoosesChannelsForEachCategory_D5_2) {
  world.add("ann").value();
  const std::vector<std::pair<ChannelKinds, std::vector<std::string>>> choices = {
      {{by_email}, {World::email}},
      {{by_email, by_phone}, {World::phone, World::email}},
      {{by_phone, by_phone}, {World::phone}}};
  for (const std::string category :
       {"resource_expiry", "resource_release", "monitoring_alarm", "billing"}) {
    int n = 0;
    for (const auto& [channels, reached] : choices) {
      service.set_notice_channels(ann, category, channels).value();
      const auto before = destinations();
      service.notify(ann, notice_of(category, category + std::to_string(++n))).value();
      auto after = destinations();
      after.erase(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(before.size()));
      EXPECT_EQ(after, reached) << category;
    }
    service.set_notice_channels(ann, category, {by_email}).value();
  }
  EXPECT_THAT(settings_of("security").channels, ElementsAre(by_phone, by_email))
      << "the others' choices do not touch it";
}

// Whoever takes an account over silences its alarms first (A46).
TEST_F(Notify, EverybodyHearsThatAChoiceWasMadeAndNobodyOfOneThatChangesNothing_A46) {
  world.add("ann").value();
  world.changed("ann");
  service.set_notice_channels(ann, "monitoring_alarm", {by_email}).value();
  service.set_notice_channels(ann, "monitoring_alarm", {by_email}).value();
  std::vector<std::string> told;
  for (const auto& one : world.sent("notice_channels_chosen", MessageKind::notice))
    told.push_back(one.message.destination->text());
  EXPECT_THAT(told, UnorderedElementsAre(World::phone, World::new_phone, World::email));
  EXPECT_THAT(world.sent("notice_channels_chosen", MessageKind::event), SizeIs(1));
}

TEST_F(Notify, SecurityCannotBeSwitchedOffOrNarrowed_D5_3) {
  world.add("ann").value();
  const int commits = world.store.commits;
  for (const ChannelKinds& channels :
       {ChannelKinds{}, {by_phone}, {by_email}, {by_phone, by_email}}) {
    EXPECT_EQ(outcome(service.set_notice_channels(ann, "security", channels)), "invalid_argument");
  }
  EXPECT_EQ(world.store.commits, commits);
  // Not by a record that was written elsewhere either.
  Account account = world.account("ann");
  account.notice_choices = {{"security", {by_phone}}};
  world.put(account);
  EXPECT_THAT(service.notify(ann, notice_of("security")).value().sent_to, SizeIs(2));
}

TEST_F(Notify, ResourceAndAlarmNoticesKeepAtLeastOneVerifiedChannel_D5_4) {
  add(true, false);
  const int commits = world.store.commits;
  for (const std::string category : {"resource_expiry", "resource_release", "monitoring_alarm"}) {
    EXPECT_EQ(outcome(service.set_notice_channels(ann, category, {})), "invalid_argument");
    EXPECT_EQ(outcome(service.set_notice_channels(ann, category, {by_email})), "invalid_argument")
        << "the email is not verified";
    EXPECT_EQ(world.store.commits, commits);
    EXPECT_THAT(settings_of(category).channels, ElementsAre(by_phone));
  }
  EXPECT_EQ(outcome(service.set_notice_channels(ann, "resource_expiry", {by_phone, by_email})),
            "ok");
  // A choice that got there another way does not silence them.
  Account account = world.account("ann");
  account.notice_choices = {{"monitoring_alarm", {}}, {"resource_release", {by_email}}};
  world.put(account);
  EXPECT_THAT(settings_of("monitoring_alarm").channels, ElementsAre(by_phone));
  service.notify(ann, notice_of("monitoring_alarm", "n1")).value();
  service.notify(ann, notice_of("resource_release", "n2")).value();
  EXPECT_THAT(destinations(), ElementsAre(World::phone, World::phone));
}

TEST_F(Notify, OneOfTheHostsOwnCategoriesMayBeSwitchedOff_TheReceiptSaysSoAndNothingIsStored_D5_2) {
  world.add("ann").value();
  EXPECT_THAT(service.set_notice_channels(ann, "billing", {}).value().notices.back(),
              NoticeSettings({"billing", {}, {}, false, true}));
  const int commits = world.store.commits;
  const NoticeReceipt receipt = service.notify(ann, notice_of("billing")).value();
  EXPECT_TRUE(receipt.switched_off());
  EXPECT_FALSE(receipt.repeated);
  EXPECT_EQ(world.store.commits, commits);
  EXPECT_THAT(outbox(), IsEmpty());
  EXPECT_FALSE(service.notify(ann, notice_of("monitoring_alarm", "n2")).value().switched_off())
      << "the others are not";
  service.set_notice_channels(ann, "billing", {by_phone}).value();
  EXPECT_FALSE(service.notify(ann, notice_of("billing")).value().repeated) << "the key was free";
  EXPECT_THAT(outbox(), SizeIs(2));
}

TEST_F(Notify, WhereNoChosenChannelIsVerifiedEveryVerifiedOneStandsIn_D5_4) {
  add(false, true);
  for (const std::string category : {"resource_expiry", "billing"}) {
    EXPECT_THAT(settings_of(category).chosen, ElementsAre(by_phone));
    EXPECT_THAT(settings_of(category).channels, ElementsAre(by_email));
    EXPECT_THAT(service.notify(ann, notice_of(category, category)).value().sent_to,
                ElementsAre(NoticeTarget{by_email, "l*****n@example.com"}));
  }
  EXPECT_THAT(destinations(), ElementsAre(World::email, World::email));
}

TEST_F(Notify, WithNoVerifiedChannelTheNoticeIsRefusedAndMayBeGivenAgain_D5_2) {
  add(false, false);
  const int commits = world.store.commits;
  for (const std::string category : {"security", "resource_expiry", "billing"}) {
    EXPECT_EQ(outcome(service.notify(ann, notice_of(category))), "no_method_available");
    EXPECT_THAT(settings_of(category).channels, IsEmpty());
  }
  EXPECT_EQ(outcome(service.set_notice_channels(ann, "resource_expiry", {by_phone})), "ok")
      << "it is so already";
  EXPECT_EQ(outcome(service.set_notice_channels(ann, "resource_expiry", {by_email})),
            "invalid_argument");
  EXPECT_EQ(world.store.commits, commits);
  const FlowView flow =
      service.begin_verify_channel(ann, by_phone, Method::phone, world.call).value();
  service.prove_target(flow, world.code_at(World::phone), world.call).value();
  const NoticeReceipt receipt = service.notify(ann, notice_of("resource_expiry")).value();
  EXPECT_FALSE(receipt.repeated);
  EXPECT_THAT(receipt.sent_to, SizeIs(1));
}

TEST_F(Notify, AChoiceIsOfAKindOfChannelAndFollowsTheAccountToItsNewAddress_D5_2) {
  world.add("ann").value();
  service.set_notice_channels(ann, "monitoring_alarm", {by_phone, by_email}).value();
  service.set_notice_channels(ann, "resource_expiry", {by_email}).value();
  world.changed("ann");
  world.pump();
  world.sender.clear();
  service.notify(ann, notice_of("monitoring_alarm", "n1")).value();
  service.notify(ann, notice_of("resource_expiry", "n2")).value();
  std::vector<std::string> reached;
  for (const std::string purpose : {"monitoring_alarm", "resource_expiry"}) {
    for (const auto& one : world.sent(purpose, MessageKind::notice))
      reached.push_back(one.message.destination->text());
  }
  EXPECT_THAT(reached, ElementsAre(World::new_phone, World::email, World::email));
}

TEST_F(Notify, ALockedAccountStillGetsNoticesButItsChoicesStand) {
  world.add("ann").value();
  service.set_notice_channels(ann, "billing", {by_email}).value();
  service.lock(ann, "suspicion").value();
  world.pump();
  EXPECT_EQ(outcome(service.notify(ann, notice_of("billing"))), "ok");
  EXPECT_THAT(world.sent("billing", MessageKind::notice), SizeIs(1));
  EXPECT_EQ(outcome(service.set_notice_channels(ann, "billing", {})), "account_locked")
      << "whoever is suspected does not silence the owner";
  EXPECT_THAT(settings_of("billing").chosen, ElementsAre(by_email));
}

TEST_F(Notify, AClosedAccountGetsNone) {
  world.add("ann").value();
  service.notify(ann, notice_of("billing")).value();
  service.close(ann).value();
  EXPECT_EQ(outcome(service.notify(ann, notice_of("security", "n2"))), "account_closed");
  EXPECT_EQ(outcome(service.set_notice_channels(ann, "billing", {})), "account_closed");
  const SecuritySettings view = service.settings(ann).value();
  for (const NoticeSettings& one : view.notices)
    EXPECT_THAT(one.channels, IsEmpty()) << one.category;
  EXPECT_TRUE(service.notify(ann, notice_of("billing")).value().repeated)
      << "what was given before is still known";
}

TEST_F(Notify, NobodyIsRefusedByName) {
  EXPECT_EQ(outcome(service.notify(ann, notice_of("security"))), "account_not_found");
  EXPECT_EQ(outcome(service.set_notice_channels(ann, "billing", {})), "account_not_found");
}

TEST_F(Notify, AChoiceIsStoredAndAuditedOnlyWhereItChangesSomething) {
  world.add("ann").value();
  const int commits = world.store.commits;
  service.set_notice_channels(ann, "billing", {by_phone}).value();
  EXPECT_EQ(world.store.commits, commits) << "it is the default";
  service.set_notice_channels(ann, "billing", {by_email, by_phone}).value();
  EXPECT_EQ(world.store.commits, commits + 1);
  service.set_notice_channels(ann, "billing", {by_phone, by_email}).value();
  EXPECT_EQ(world.store.commits, commits + 1) << "it is so already";
  const Account chosen = world.account("ann");
  EXPECT_THAT(chosen.notice_choices, ElementsAre(NoticeChoice{"billing", {by_phone, by_email}}));
  const auto entry =
      std::get<AuditEntry>(*world.stored(AuditKey{ann, chosen.audit.head.number}).record);
  EXPECT_EQ(entry.event, "notice_channels_chosen");
  EXPECT_EQ(entry.facts, (std::map<std::string, std::string>{{"category", "billing"},
                                                             {"channels", "phone,email"}}));
  service.set_notice_channels(ann, "billing", {by_phone}).value();
  EXPECT_THAT(world.account("ann").notice_choices, IsEmpty()) << "the default is not kept";
  EXPECT_EQ(outcome(service.set_notice_channels(ann, "billing", {static_cast<ChannelKind>(2)})),
            "invalid_argument");
}

TEST_F(Notify, ChoicesStayBoundedHoweverOftenTheCategoriesChange) {
  world.add("ann").value();
  for (int policy = 0; policy < 4; ++policy) {
    std::vector<std::string> categories;
    for (int i = 0; i < 32; ++i)
      categories.push_back("c" + std::to_string(policy) + "." + std::to_string(i));
    service.set_policy(with_categories(categories)).value();
    categories.insert(categories.end(),
                      {"resource_expiry", "resource_release", "monitoring_alarm"});
    for (const std::string& category : categories)
      service.set_notice_channels(ann, category, {by_email}).value();
    EXPECT_LE(world.account("ann").notice_choices.size(), Account::max_notice_choices);
    for (const std::string& category : categories)
      EXPECT_THAT(settings_of(category).chosen, ElementsAre(by_email)) << category;
  }
  // One that is only away for a while is remembered as long as there is room.
  service.set_policy(with_categories({"billing"})).value();
  service.set_notice_channels(ann, "billing", {}).value();
  service.set_policy(with_categories({"c3.0"})).value();
  EXPECT_THAT(settings_of("c3.0").chosen, ElementsAre(by_email));
}

// --- The idempotency key

TEST_F(Notify, TheSameNoticeWithTheSameKeyIsSentOnceAndGetsTheSameReceipt_D5_5) {
  world.add("ann").value();
  const NoticeReceipt first = service.notify(ann, notice_of("security")).value();
  service.set_notice_channels(ann, "billing", {}).value();
  world.pump();
  const NoticeReceipt again = service.notify(ann, notice_of("security")).value();
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.sent_to, first.sent_to);
  EXPECT_THAT(outbox(), SizeIs(2));
  // Where it went is a fact: a later change of the phone does not change it.
  world.changed("ann");
  EXPECT_EQ(service.notify(ann, notice_of("security")).value().sent_to, first.sent_to);
  EXPECT_FALSE(service.notify(ann, notice_of("security", "n2")).value().repeated);
}

TEST_F(Notify, AKeyThatWasUsedForAnotherNoticeIsRefusedAndChangesNothing_D5_5) {
  world.add("ann").value();
  service.notify(ann, notice_of("billing")).value();
  const int commits = world.store.commits;
  EXPECT_EQ(outcome(service.notify(ann, notice_of("resource_expiry"))), "invalid_argument");
  EXPECT_EQ(outcome(service.notify(ann, notice_of("billing", "n1", "Another text."))),
            "invalid_argument");
  EXPECT_EQ(world.store.commits, commits);
  EXPECT_THAT(outbox(), SizeIs(1));
  EXPECT_TRUE(service.notify(ann, notice_of("billing")).value().repeated);
}

TEST_F(Notify, AKeyBelongsToItsAccountAndRealm_D5_5) {
  world.add("ann").value();
  world.add("bob", World::other_phone, "").value();
  world.add("ann", World::phone, "", "shop").value();
  EXPECT_FALSE(service.notify(ann, notice_of("billing")).value().repeated);
  EXPECT_FALSE(service.notify(World::key("bob"), notice_of("billing")).value().repeated);
  EXPECT_FALSE(service.notify(World::key("ann", "shop"), notice_of("billing")).value().repeated);
}

TEST_F(Notify, AKeyIsRememberedForAsLongAsThePolicySaysAndNotLonger_D5_5) {
  world.add("ann").value();
  service.notify(ann, notice_of("billing")).value();
  world.clock.advance(world.policy.result_kept_ms - 1);
  EXPECT_TRUE(service.notify(ann, notice_of("billing")).value().repeated);
  world.clock.advance(1);
  EXPECT_FALSE(service.notify(ann, notice_of("billing")).value().repeated);
  EXPECT_THAT(world.account("ann").given_notices, SizeIs(1)) << "the old one is forgotten";
}

TEST_F(Notify, TheLastThirtyTwoKeysOfAnAccountAreRemembered_TheAccountStaysBounded_D5_5) {
  world.add("ann").value();
  service.notify(ann, notice_of("billing", "first")).value();
  for (int i = 1; i < 32; ++i) service.notify(ann, notice_of("billing", std::to_string(i))).value();
  EXPECT_TRUE(service.notify(ann, notice_of("billing", "first")).value().repeated);
  service.notify(ann, notice_of("billing", "32")).value();
  EXPECT_THAT(world.account("ann").given_notices, SizeIs(32));
  EXPECT_TRUE(service.notify(ann, notice_of("billing", "1")).value().repeated);
  EXPECT_FALSE(service.notify(ann, notice_of("billing", "first")).value().repeated);
}

TEST_F(Notify, TheKeyIsKeptAsADigestAndTheTextOnlyInTheMessage_D5_5) {
  world.add("ann").value();
  const auto trail = world.account("ann").audit.head;
  service.notify(ann, notice_of("billing", std::string("\0key", 4)), {.trace_id = "t-1"}).value();
  const Account account = world.account("ann");
  ASSERT_THAT(account.given_notices, SizeIs(1));
  EXPECT_FALSE(account.given_notices[0].key.empty());
  EXPECT_FALSE(account.given_notices[0].content.empty());
  EXPECT_EQ(account.audit.head, trail) << "a notice is no entry of the audit trail";
  const auto messages = outbox();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].fields,
            (std::map<std::string, std::string>{{"text", "Disk d-1 is released tomorrow."}}));
  EXPECT_EQ(messages[0].trace_id, "t-1");
}

TEST_F(Notify, ATextIsOneLineForPeopleAndAKeyIsThere_WhatIsRefusedIsNotStored) {
  world.add("ann").value();
  const int commits = world.store.commits;
  for (const std::string& text :
       {std::string(), std::string(1001, 'x'), std::string("two\nlines"), std::string("a\rb"),
        std::string("a\0b", 3), std::string("\x1b[2J"), std::string("\xff"),
        std::string("\u202egnp.exe"), std::string("a\u2028b"), std::string("\xe2\x80")}) {
    EXPECT_EQ(outcome(service.notify(ann, notice_of("billing", "n1", text))), "invalid_argument")
        << ::testing::PrintToString(text);
  }
  for (const std::string& key : {std::string(), std::string(129, 'k')})
    EXPECT_EQ(outcome(service.notify(ann, notice_of("billing", key))), "invalid_argument");
  EXPECT_EQ(world.store.commits, commits);
  for (const std::string& text : {std::string("x"), std::string(1000, 'x'),
                                  std::string("نمی\u200cخواهم"), std::string("磁盘")}) {
    EXPECT_EQ(outcome(service.notify(ann, notice_of("billing", text.substr(0, 20), text))), "ok")
        << text;
  }
  EXPECT_EQ(outcome(service.notify(ann, notice_of("billing", std::string(128, 'k')))), "ok");
}

// --- Stored first, sent until accepted

TEST_F(Notify, TheKeyAndEveryMessageAreStoredInOneCommit_D5_5_I3) {
  world.add("ann").value();
  std::vector<ChangeSet> changes;
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    changes.push_back(change);
    return behind.commit(change, 0);
  });
  service.notify(ann, notice_of("security")).value();
  ASSERT_THAT(changes, SizeIs(1));
  ASSERT_THAT(changes[0].puts, SizeIs(1));
  EXPECT_THAT(std::get<Account>(changes[0].puts[0].record).given_notices, SizeIs(1));
  EXPECT_THAT(changes[0].messages, SizeIs(2));
  EXPECT_THAT(world.sender.all(), IsEmpty()) << "nothing is sent before it is stored";
}

TEST_F(Notify, WhatTheStoreDoesNotTakeIsToldAndMayBeGivenAgain_D5_5) {
  world.add("ann").value();
  world.store.on_commit([](const ChangeSet&, Store&) { return CommitOutcome::unavailable; });
  EXPECT_EQ(outcome(service.notify(ann, notice_of("security"))), "store_unavailable");
  EXPECT_THAT(outbox(), IsEmpty());
  world.store.on_commit(nullptr);
  EXPECT_FALSE(service.notify(ann, notice_of("security")).value().repeated);
  EXPECT_THAT(outbox(), SizeIs(2));
}

TEST_F(Notify, ItIsSentUntilItIsAcceptedAndEveryTryCarriesOneId_D5_5_I4_A46) {
  world.add("ann").value();
  std::vector<Id128> tries;
  world.sender.answer_with([&](const Message& message) -> SendResult {
    tries.push_back(message.id);
    if (tries.size() == 1) return {SendResult::Outcome::temporary, 0, "down"};
    if (tries.size() == 2) return {};
    if (tries.size() == 3) throw std::runtime_error("broken sender");
    return {SendResult::Outcome::accepted, 0, ""};
  });
  service.notify(ann, notice_of("monitoring_alarm")).value();
  for (int i = 0; i < 10; ++i) {
    world.pump();
    world.clock.advance(hour_ms);
  }
  ASSERT_THAT(tries, SizeIs(4));
  EXPECT_THAT(tries, ::testing::Each(outbox().at(0).id));
  EXPECT_EQ(outbox().at(0).state, MessageState::accepted);
}

TEST_F(Notify, ItIsGivenUpWhenItIsRefusedForGoodOrTooLate_AndTheOutboxSaysWhy_D5_5_I4) {
  world.add("ann").value();
  world.sender.answer_with([&](const Message& message) -> SendResult {
    return message.purpose == "billing"
               ? SendResult{SendResult::Outcome::permanent, 0, "no such number"}
               : SendResult{SendResult::Outcome::temporary, 0, "down"};
  });
  service.notify(ann, notice_of("billing", "n1")).value();
  service.notify(ann, notice_of("monitoring_alarm", "n2")).value();
  world.pump();
  EXPECT_EQ(outbox().at(0).state, MessageState::given_up);
  EXPECT_EQ(outbox().at(0).outcome, "no such number");
  EXPECT_EQ(outbox().at(1).state, MessageState::pending);
  world.clock.advance(world.policy.notice_given_up_after_ms);
  world.pump();
  EXPECT_EQ(outbox().at(1).state, MessageState::given_up);
  EXPECT_EQ(outbox().at(1).outcome, "too_late: down");
  EXPECT_TRUE(outbox().at(1).attempts > 1);
}

TEST_F(Notify, ACommitWhoseAnswerIsLostIsNoSecondNoticeWhetherItHappenedOrNot_D5_5_I7) {
  for (const bool happens : {false, true}) {
    World fresh;
    fresh.add("ann").value();
    std::optional<ChangeSet> late;
    fresh.store.on_commit([&](const ChangeSet& change, Store& behind) {
      if (late) return behind.commit(change, 0);
      late = change;
      if (happens) behind.commit(change, 0);
      return CommitOutcome::unknown;
    });
    EXPECT_EQ(outcome(fresh.service->notify(ann, notice_of("security"))), "ok");
    EXPECT_EQ(fresh.behind->commit(*late, 0), CommitOutcome::conflict) << "it arrives after all";
    EXPECT_TRUE(fresh.service->notify(ann, notice_of("security")).value().repeated);
    EXPECT_THAT(fresh.sent("security", MessageKind::notice), SizeIs(2)) << "one to each channel";
  }
}

TEST_F(Notify, AfterACrashTheHostGivesItAgainAndItIsSentOnce_D5_5_A32) {
  for (const bool happens : {false, true}) {
    World fresh;
    fresh.add("ann").value();
    bool first = true;
    fresh.store.on_commit([&](const ChangeSet& change, Store& behind) {
      if (std::exchange(first, false) && happens) behind.commit(change, 0);
      return CommitOutcome::unknown;
    });
    const auto lost = fresh.service->notify(ann, notice_of("monitoring_alarm"));
    ASSERT_EQ(outcome(lost), "outcome_unknown");
    EXPECT_EQ(lost.error().next, NextStep::retry);
    fresh.store.on_commit(nullptr);
    // Another process takes over: nothing is known but what is stored.
    const auto restarted =
        Service::make({fresh.store, *fresh.ring, fresh.clock, fresh.entropy}).value();
    const auto again = restarted->notify(ann, notice_of("monitoring_alarm"));
    ASSERT_EQ(outcome(again), "ok");
    EXPECT_EQ(again.value().repeated, happens);
    EXPECT_THAT(again.value().sent_to, SizeIs(1));
    EXPECT_THAT(fresh.sent("monitoring_alarm", MessageKind::notice), SizeIs(1));
  }
}

TEST_F(Notify, TwoThreadsGiveOneNotice_ItIsSentOnce_D5_5) {
  world.add("ann").value();
  constexpr int rounds = 200;
  std::array<std::atomic<int>, rounds> fresh = {};
  std::atomic<int> refused = 0;
  std::barrier step(2);
  const auto give = [&] {
    for (int i = 0; i < rounds; ++i) {
      step.arrive_and_wait();
      const auto receipt =
          service.notify(ann, notice_of("monitoring_alarm", "n" + std::to_string(i)));
      if (!receipt) ++refused;
      if (receipt && !receipt.value().repeated) ++fresh[static_cast<std::size_t>(i)];
    }
  };
  std::thread other(give);
  give();
  other.join();
  EXPECT_EQ(refused, 0);
  for (const auto& one : fresh) EXPECT_EQ(one, 1);
  EXPECT_THAT(outbox(), SizeIs(rounds));
}

TEST_F(Notify, AHostThatCommitsByItselfDrivesItAsAStep_D5_5) {
  world.add("ann").value();
  const auto step = workflow::notify(ann, notice_of("security"));
  EXPECT_EQ(step.name(), "notify");
  const auto decide = [&] {
    Records records;
    for (auto keys = step.needs(records); !keys.empty(); keys = step.needs(records))
      records.add(world.behind->load(keys, 0).value());
    Seed seed;
    seed.reveal().fill(7);
    const auto keys = world.ring->keys();
    return step.decide(records, {world.policy, *keys, world.clock.now_ms(), seed});
  };
  const auto decision = decide();
  EXPECT_THAT(decision.change().messages, SizeIs(2));
  EXPECT_EQ(decision.change().messages, decide().change().messages) << "it is pure";
  EXPECT_EQ(outcome(decision.conclude(CommitOutcome::unavailable)), "store_unavailable");
  EXPECT_THAT(outbox(), IsEmpty());
  ASSERT_EQ(world.behind->commit(decision.change(), 0), CommitOutcome::committed);
  EXPECT_FALSE(decision.conclude(CommitOutcome::committed).value().repeated);
  const auto again = decide();
  EXPECT_TRUE(again.change().empty());
  EXPECT_TRUE(again.conclude(CommitOutcome::committed).value().repeated);
}

}  // namespace
}  // namespace ringfence
