// The audit trail: what it tells, and what nobody can do to it unnoticed.
#include "ringfence/workflow/audit.h"

#include "support/world.h"

namespace ringfence {
namespace {

using ::testing::ElementsAre;
using ::testing::Not;
using testing_support::key_entry;
using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

std::vector<AuditEntry> trail(World& world, const std::string& id) {
  std::vector<AuditEntry> out;
  for (std::uint64_t after = 0;;) {
    const AuditPage page = world.service->audit(World::key(id), {.after = after}).value();
    out.insert(out.end(), page.entries.begin(), page.entries.end());
    if (page.next == 0) return out;
    after = page.next;
  }
}

std::vector<std::string> events(World& world, const std::string& id) {
  std::vector<std::string> out;
  for (const AuditEntry& entry : trail(world, id)) out.push_back(entry.event);
  return out;
}

std::string personal(const AuditEntry& entry, const std::string& name) {
  for (const PersonalFact& fact : entry.personal) {
    if (fact.name == name) return fact.value;
  }
  return "(none)";
}

AuditReport verified(World& world, const std::string& id) {
  return world.service->verify_audit(World::key(id)).value();
}

// Writes behind the library's back, as somebody who has the store but no key.
void overwrite(World& world, const Record& record) {
  const Key of = key_of(record);
  ChangeSet change;
  change.expects.push_back({of, world.stored(of).version});
  change.puts.push_back({record, ++world.last_tag});
  ASSERT_EQ(world.behind->commit(change, 0), CommitOutcome::committed);
}
void remove(World& world, const Key& key) {
  ChangeSet change;
  change.expects.push_back({key, world.stored(key).version});
  change.erases.push_back(key);
  ASSERT_EQ(world.behind->commit(change, 0), CommitOutcome::committed);
}
AuditEntry entry(World& world, const std::string& id, std::uint64_t number) {
  return std::get<AuditEntry>(world.stored(AuditKey{World::key(id), number}).record.value());
}
std::string fault(World& world, const std::string& id) {
  const AuditReport report = verified(world, id);
  return std::string(name(report.fault)) + " " + std::to_string(report.at);
}

// An account whose phone was changed: six entries.
void live(World& world) {
  ASSERT_TRUE(world.add("ann"));
  world.changed("ann");
  ASSERT_EQ(trail(world, "ann").size(), 6U);
}

TEST(Audit, TellsEveryStepOfAChange) {
  World world;
  live(world);
  EXPECT_THAT(events(world, "ann"), ElementsAre("registered", "flow_begun", "identity_proven",
                                                "target_set", "target_proven", "phone_changed"));
  const auto entries = trail(world, "ann");
  EXPECT_EQ(personal(entries[0], "phone"), World::phone);
  EXPECT_EQ(personal(entries[0], "email"), World::email);
  EXPECT_EQ(personal(entries[3], "target"), World::new_phone);
  EXPECT_EQ(personal(entries[5], "from"), World::phone);
  EXPECT_EQ(personal(entries[5], "to"), World::new_phone);
  EXPECT_EQ(entries[5].facts.at("login_claim"), "true");
  EXPECT_EQ(entries[5].flow, entries[1].flow);
  for (const AuditEntry& one : entries) {
    for (const auto& [name, value] : one.facts) {
      EXPECT_THAT(value, Not(::testing::HasSubstr("+86"))) << one.event;
      EXPECT_THAT(value, Not(::testing::HasSubstr("@"))) << one.event;
    }
  }
}

TEST(Audit, TellsOfWrongCodesAndOfTheLockTheyLeadTo) {
  Policy policy;
  policy.failures_to_lock = 2;
  World world(policy);
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(world.service->prove_identity(flow, wrong(code), world.call));
  EXPECT_THAT(events(world, "ann"), ElementsAre("registered", "flow_begun", "code_rejected",
                                                "code_rejected", "account_locked"));
}

// Refusals go to the observer, not to the store.
TEST(Audit, ARefusalLeavesNoEntry) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  EXPECT_EQ(outcome(world.service->begin_change_phone(World::key("ann"), Method::phone, {})),
            "invalid_argument");
  const FlowView flow = world.begun("ann");
  EXPECT_EQ(outcome(world.service->set_target(flow, {World::new_phone}, world.call)), "wrong_step");
  EXPECT_THAT(events(world, "ann"), ElementsAre("registered", "flow_begun"));
}

// I3: the entry is in the same commit as what it tells of.
TEST(Audit, AnEntryIsThereIfAndOnlyIfItsChangeIs_I3) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  world.store.on_commit([](const ChangeSet& change, Store&) {
    EXPECT_TRUE(std::any_of(change.puts.begin(), change.puts.end(), [](const auto& put) {
      return std::holds_alternative<AuditEntry>(put.record);
    }));
    return CommitOutcome::unavailable;
  });
  EXPECT_EQ(outcome(world.service->lock(World::key("ann"), "suspicion")), "store_unavailable");
  world.store.on_commit({});
  EXPECT_THAT(events(world, "ann"), ElementsAre("registered"));
  EXPECT_TRUE(verified(world, "ann").intact());
}

TEST(Audit, AnUntouchedTrailHolds) {
  World world;
  live(world);
  const AuditReport report = verified(world, "ann");
  EXPECT_TRUE(report.intact());
  EXPECT_EQ(report.checked, 6U);
  EXPECT_EQ(report.chain.head.number, 6U);
  EXPECT_EQ(report.chain, world.account("ann").audit);
}

TEST(Audit, FindsARemovedEntryWhereverItStood) {
  for (std::uint64_t number = 1; number <= 6; ++number) {
    World world;
    live(world);
    remove(world, AuditKey{World::key("ann"), number});
    EXPECT_EQ(fault(world, "ann"), "removed " + std::to_string(number));
  }
}

TEST(Audit, FindsAnEntryOfWhichAnythingWasChanged) {
  using Change = std::function<void(AuditEntry&)>;
  const std::vector<Change> changes = {
      [](AuditEntry& one) { one.at += 1; },
      [](AuditEntry& one) { one.event = "phone_kept"; },
      [](AuditEntry& one) { one.flow = {}; },
      [](AuditEntry& one) { one.facts["reason"] = "person_changed"; },
      [](AuditEntry& one) { one.facts["more"] = "x"; },
      [](AuditEntry& one) { one.facts.erase("reason"); },
      [](AuditEntry& one) { one.personal[0].value = "+4915112345678"; },
      [](AuditEntry& one) { one.personal[0].name = "other"; },
      [](AuditEntry& one) { one.personal[0].salt.bytes[0] ^= 1; },
      [](AuditEntry& one) { one.personal[0].commitment.bytes[0] ^= 1; },
      [](AuditEntry& one) { std::swap(one.personal[0], one.personal[1]); },
      [](AuditEntry& one) { one.personal.pop_back(); },
      [](AuditEntry& one) { one.personal[0].value.clear(); },
      [](AuditEntry& one) { one.mac.bytes[15] ^= 1; },
      // Erased as the library would erase it, though nobody erased the account.
      [](AuditEntry& one) { one.personal[0].value.clear(), one.personal[0].salt = {}; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    World world;
    live(world);
    AuditEntry changed = entry(world, "ann", 6);
    changes[i](changed);
    overwrite(world, changed);
    EXPECT_EQ(fault(world, "ann"), "changed 6") << "change " << i;
  }
}

TEST(Audit, FindsEntriesThatChangedPlaces) {
  World world;
  live(world);
  AuditEntry second = entry(world, "ann", 2);
  AuditEntry third = entry(world, "ann", 3);
  std::swap(second.key, third.key);
  overwrite(world, second);
  overwrite(world, third);
  EXPECT_EQ(fault(world, "ann"), "changed 2");
}

TEST(Audit, FindsAnEntryOfAnotherAccount) {
  World world;
  live(world);
  ASSERT_TRUE(world.add("bob", World::other_phone, ""));
  AuditEntry foreign = entry(world, "bob", 1);
  foreign.key = {World::key("ann"), 1};
  overwrite(world, foreign);
  EXPECT_EQ(fault(world, "ann"), "changed 1");
}

TEST(Audit, FindsAnAddedEntry) {
  World world;
  live(world);
  AuditEntry added = entry(world, "ann", 6);
  added.key.number = 7;
  overwrite(world, added);
  EXPECT_EQ(fault(world, "ann"), "added 7");
  // The head moved along with it: then its MAC gives it away.
  Account account = world.account("ann");
  account.audit.head = {7, added.mac};
  world.put(account);
  EXPECT_EQ(fault(world, "ann"), "changed 7");
}

// Whoever can write has the MACs of all entries, but not the marks.
TEST(Audit, FindsThatTheNewestEntriesWereCutOff) {
  for (std::uint64_t kept = 1; kept < 6; ++kept) {
    World world;
    live(world);
    for (std::uint64_t number = kept + 1; number <= 6; ++number)
      remove(world, AuditKey{World::key("ann"), number});
    Account account = world.account("ann");
    account.audit.head = {kept, entry(world, "ann", kept).mac};
    world.put(account);
    EXPECT_EQ(fault(world, "ann"), "changed " + std::to_string(kept));
    // Going on from there hides nothing.
    ASSERT_TRUE(world.service->credentials_changed(World::key("ann")));
    EXPECT_EQ(fault(world, "ann"), "changed " + std::to_string(kept + 1));
  }
}

TEST(Audit, FindsThatTheWholeTrailIsGone) {
  World world;
  live(world);
  for (std::uint64_t number = 1; number <= 6; ++number)
    remove(world, AuditKey{World::key("ann"), number});
  Account account = world.account("ann");
  account.audit = {};
  world.put(account);
  EXPECT_EQ(fault(world, "ann"), "removed 1");
  ASSERT_TRUE(world.service->credentials_changed(World::key("ann")));
  EXPECT_EQ(fault(world, "ann"), "removed 1");
}

TEST(Audit, APageAfterTheLastNumberIsEmpty) {
  World world;
  live(world);
  const auto page =
      world.service->audit(World::key("ann"), {.after = std::numeric_limits<std::uint64_t>::max()});
  EXPECT_TRUE(page.value().entries.empty());
}

TEST(Audit, AHeadThatIsForgedFarAheadEndsTheReadingAndIsFound) {
  World world;
  live(world);
  Account account = world.account("ann");
  account.audit.head.number = std::numeric_limits<std::uint64_t>::max();
  world.put(account);
  EXPECT_EQ(fault(world, "ann"), "removed 7");
  EXPECT_EQ(trail(world, "ann").size(), 6U);
  EXPECT_TRUE(world.service->export_account(World::key("ann")));
}

TEST(Audit, AKeyThatIsGoneIsSaidToBeGone) {
  auto ring =
      KeyRing::from_callback([first = true]() mutable {
        const bool old = std::exchange(first, false);
        return old ? KeySet::make({key_entry("k1", 1)}) : KeySet::make({key_entry("k2", 2)});
      }).value();
  World world({}, make_memory_store(), ring);
  ASSERT_TRUE(world.add("ann"));
  ASSERT_TRUE(ring->reload());
  EXPECT_EQ(outcome(world.service->verify_audit(World::key("ann"))), "key_missing");
}

TEST(Audit, GoesOnUnderANewKeyAndStillHolds) {
  auto ring = KeyRing::from_callback([first = true]() mutable {
                const bool old = std::exchange(first, false);
                return old ? KeySet::make({key_entry("k1", 1)})
                           : KeySet::make({key_entry("k2", 2), key_entry("k1", 1)});
              }).value();
  World world({}, make_memory_store(), ring);
  ASSERT_TRUE(world.add("ann"));
  ASSERT_TRUE(ring->reload());
  world.changed("ann");
  EXPECT_TRUE(verified(world, "ann").intact());
  EXPECT_EQ(entry(world, "ann", 1).key_id, "k1");
  EXPECT_EQ(entry(world, "ann", 6).key_id, "k2");
}

TEST(Audit, IsAskedByTimeAndInPages) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  const TimeMs began = world.clock.now_ms();
  for (int i = 0; i < 150; ++i) {
    world.clock.advance(minute_ms);
    ASSERT_TRUE(world.service->credentials_changed(World::key("ann")));
  }
  EXPECT_EQ(trail(world, "ann").size(), 151U);
  const AuditPage some = world.service
                             ->audit(World::key("ann"), {.from = began + 10 * minute_ms,
                                                         .until = began + 12 * minute_ms})
                             .value();
  ASSERT_EQ(some.entries.size(), 2U);
  EXPECT_EQ(some.entries[0].key.number, 11U);
  EXPECT_EQ(some.next, 0U);
  const AuditPage first = world.service->audit(World::key("ann"), {.max = 7}).value();
  EXPECT_EQ(first.entries.size(), 7U);
  EXPECT_EQ(first.next, 7U);
  EXPECT_EQ(outcome(world.service->audit(World::key("ann"), {.max = 0})), "invalid_argument");
  EXPECT_EQ(outcome(world.service->audit(World::key("ann"), {.from = 2, .until = 1})),
            "invalid_argument");
  EXPECT_EQ(outcome(world.service->audit(World::key("bob"))), "account_not_found");
  EXPECT_TRUE(verified(world, "ann").intact());
}

TEST(Audit, PruningRemovesTheOldestAndTheRestStillHolds) {
  World world;
  live(world);
  world.clock.advance(day_ms);
  const TimeMs before = world.clock.now_ms();
  ASSERT_TRUE(world.service->credentials_changed(World::key("ann")));
  EXPECT_EQ(world.service->prune_audit(World::key("ann"), before).value(), 6);
  EXPECT_THAT(events(world, "ann"), ElementsAre("credentials_changed", "audit_pruned"));
  EXPECT_TRUE(verified(world, "ann").intact());
  EXPECT_EQ(world.service->prune_audit(World::key("ann"), before).value(), 0);
  world.clock.advance(day_ms);
  ASSERT_TRUE(world.service->lock(World::key("ann"), "x"));
  EXPECT_EQ(world.service->prune_audit(World::key("ann"), world.clock.now_ms()).value(), 2);
  EXPECT_THAT(events(world, "ann"), ElementsAre("account_locked", "audit_pruned"));
  EXPECT_TRUE(verified(world, "ann").intact());
  EXPECT_EQ(outcome(world.service->prune_audit(World::key("ann"), world.clock.now_ms() + 1)),
            "invalid_argument");
}

TEST(Audit, PruningAnAccountThatDoesNothingComesToAnEnd) {
  World world;
  live(world);
  world.clock.advance(day_ms);
  EXPECT_EQ(world.service->prune_audit(World::key("ann"), world.clock.now_ms()).value(), 6);
  const int commits = world.store.commits;
  world.clock.advance(day_ms);
  EXPECT_EQ(world.service->prune_audit(World::key("ann"), world.clock.now_ms()).value(), 0);
  EXPECT_EQ(world.store.commits, commits);
  EXPECT_TRUE(verified(world, "ann").intact());
}

TEST(Audit, FindsPruningThatTheLibraryDidNotDo) {
  World world;
  live(world);
  Account account = world.account("ann");
  for (const std::uint64_t number : {1U, 2U}) {
    account.audit.anchor = {number, entry(world, "ann", number).mac};
    remove(world, AuditKey{World::key("ann"), number});
  }
  world.put(account);
  EXPECT_EQ(fault(world, "ann"), "changed 3");
}

// Whoever watched the store has seen every mark that was the head once.
TEST(Audit, FindsABeginningThatWasCutOffAtAHeadThatWasSeenBefore) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  const AuditMark seen = world.account("ann").audit.head;
  world.changed("ann");
  remove(world, AuditKey{World::key("ann"), 1});
  Account account = world.account("ann");
  account.audit.anchor = seen;
  world.put(account);
  EXPECT_EQ(fault(world, "ann"), "removed 1");
}

TEST(Audit, FindsAFaultAfterPruning) {
  World world;
  live(world);
  world.clock.advance(day_ms);
  ASSERT_TRUE(world.service->credentials_changed(World::key("ann")));
  ASSERT_EQ(world.service->prune_audit(World::key("ann"), world.clock.now_ms()).value(), 6);
  AuditEntry changed = entry(world, "ann", 7);
  changed.at += 1;
  overwrite(world, changed);
  EXPECT_EQ(fault(world, "ann"), "changed 7");
}

TEST(Audit, WhatDoesNotHoldIsNotPruned) {
  World world;
  live(world);
  world.clock.advance(day_ms);
  AuditEntry changed = entry(world, "ann", 2);
  changed.event = "nothing";
  overwrite(world, changed);
  EXPECT_EQ(outcome(world.service->prune_audit(World::key("ann"), world.clock.now_ms())),
            "store_corrupt");
  EXPECT_EQ(fault(world, "ann"), "changed 2");
}

TEST(Audit, PruningManyGoesOnInBoundedSteps) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(world.service->credentials_changed(World::key("ann")));
  world.clock.advance(day_ms);
  std::size_t most = 0;
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    most = std::max(most, change.erases.size());
    return behind.commit(change, 0);
  });
  // All but the newest; each round tells of itself, and that is from now.
  EXPECT_EQ(world.service->prune_audit(World::key("ann"), world.clock.now_ms()).value(), 201);
  EXPECT_LE(most, workflow::audit_chunk_size);
  EXPECT_TRUE(verified(world, "ann").intact());
}

// --- Erasing and exporting

// Proves D1.11.
TEST(Erase, RemovesEveryPersonalFieldAndTheTrailStillVerifies) {
  World world;
  live(world);
  ASSERT_TRUE(world.service->submit_appeal(World::key("ann"), "Dr. Lion"));
  ASSERT_TRUE(world.service->lock(World::key("ann"), "suspicion"));
  const auto settings = world.service->erase(World::key("ann"));
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings.value().status, AccountStatus::closed);
  EXPECT_EQ(settings.value().phone().state, ChannelState::absent);
  world.pump();
  const std::string held = world.service->export_account(World::key("ann")).value();
  for (const char* mark :
       {"suspicion", "139", "447700900123", "lion", "Lion", "example", "3672", "0123\""})
    EXPECT_THAT(held, Not(::testing::HasSubstr(mark)));
  EXPECT_TRUE(verified(world, "ann").intact());
  EXPECT_EQ(verified(world, "ann").checked, 9U);
}

// Proves D1.12.
TEST(Erase, ReleasesTheAddresses) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  ASSERT_TRUE(world.service->erase(World::key("ann")));
  EXPECT_EQ(world.entry(World::phone).holders, 0);
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), std::nullopt);
  ASSERT_TRUE(world.add("bob"));
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), "bob");
}

TEST(Erase, NoAddressTellsAnyMoreWhoseItWas) {
  Policy policy;
  policy.quarantine_ms = 90 * day_ms;
  World world(policy);
  ASSERT_TRUE(world.add("ann"));
  world.changed("ann");
  EXPECT_EQ(world.entry(World::phone).released_by, "ann");
  ASSERT_TRUE(world.service->erase(World::key("ann")));
  EXPECT_EQ(world.entry(World::phone).released_by, "");
  EXPECT_EQ(world.entry(World::new_phone).released_by, "");
  // The quarantine goes on, now for everybody.
  ASSERT_TRUE(world.add("bob"));
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), std::nullopt);
}

// Proves D1.11.
TEST(Erase, OfAClosedAccountReleasesNothingTwice) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  ASSERT_TRUE(world.add("bob"));
  ASSERT_TRUE(world.service->close(World::key("ann")));
  ASSERT_TRUE(world.service->erase(World::key("ann")));
  EXPECT_EQ(world.entry(World::phone).holders, 1);
}

// Proves D1.11.
TEST(Erase, NoMessageOfTheAccountIsLeftAndOnlyTheHostIsTold) {
  World world;
  live(world);
  world.clock.advance(hour_ms);
  world.begun("ann");  // a code waits
  world.sender.clear();
  ASSERT_TRUE(world.service->erase(World::key("ann")));
  world.pump();
  const auto sent = world.sender.all();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].message.kind, MessageKind::event);
  EXPECT_EQ(sent[0].message.purpose, "account_erased");
  EXPECT_TRUE(sent[0].message.fields.empty());
}

TEST(Erase, TheIdIsNeverFreeAgainAndNothingCanBeDoneWithIt) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  const FlowView flow = world.begun("ann");
  ASSERT_TRUE(world.service->erase(World::key("ann")));
  EXPECT_EQ(outcome(world.add("ann")), "account_exists");
  EXPECT_EQ(
      outcome(world.service->begin_change_phone(World::key("ann"), Method::phone, world.call)),
      "account_closed");
  EXPECT_EQ(outcome(world.service->resend(flow, world.call)), "flow_not_found");
  EXPECT_EQ(outcome(world.service->lock(World::key("ann"), "x")), "account_closed");
  EXPECT_EQ(outcome(world.service->unlock(World::key("ann"))), "account_closed");
  EXPECT_EQ(outcome(world.service->submit_appeal(World::key("ann"), "x")), "account_closed");
}

TEST(Erase, InterruptedAnywhereItGoesOnWhenCalledAgain) {
  for (int fail_at = 0; fail_at < 5; ++fail_at) {
    World world;
    ASSERT_TRUE(world.add("ann"));
    for (int i = 0; i < 150; ++i)
      ASSERT_TRUE(world.service->submit_appeal(World::key("ann"), "Lion") &&
                  world.service->decide_appeal(World::key("ann"), {world.account("ann").appeal->id,
                                                                   false, "rita Lion", "case"}));
    int commits = 0;
    world.store.on_commit([&](const ChangeSet& change, Store& behind) {
      return commits++ == fail_at ? CommitOutcome::unavailable : behind.commit(change, 0);
    });
    EXPECT_EQ(outcome(world.service->erase(World::key("ann"))), "store_unavailable");
    world.store.on_commit({});
    ASSERT_TRUE(world.service->erase(World::key("ann")));
    EXPECT_THAT(world.service->export_account(World::key("ann")).value(),
                Not(::testing::HasSubstr("Lion")));
    EXPECT_TRUE(verified(world, "ann").intact());
  }
}

TEST(Erase, AFactThatComesBackIsFound) {
  World world;
  live(world);
  const AuditEntry before = entry(world, "ann", 1);
  ASSERT_TRUE(world.service->erase(World::key("ann")));
  AuditEntry forged = entry(world, "ann", 1);
  forged.personal[0].value = "+4915112345678";
  forged.personal[0].salt = before.personal[0].salt;
  overwrite(world, forged);
  EXPECT_EQ(fault(world, "ann"), "changed 1");
}

TEST(Audit, TheDeadlineIsThatOfTheWholeCall) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(world.service->credentials_changed(World::key("ann")));
  const Call call{.deadline_ms = 100};
  world.store.on_load([&]() -> result<void> {
    world.clock.advance(40);
    return ok();
  });
  EXPECT_EQ(outcome(world.service->verify_audit(World::key("ann"), call)), "busy");
  EXPECT_EQ(outcome(world.service->audit(World::key("ann"), {.max = 1000}, call)), "busy");
  EXPECT_EQ(outcome(world.service->export_account(World::key("ann"), call)), "busy");
  const TimeMs now = world.clock.now_ms();
  EXPECT_EQ(outcome(world.service->prune_audit(World::key("ann"), now, call)), "busy");
  EXPECT_EQ(outcome(world.service->erase(World::key("ann"), call)), "busy");
  world.store.on_load({});
  EXPECT_TRUE(world.service->erase(World::key("ann")));
}

TEST(Audit, TheDeadlineIsThatOfTheLastPartToo) {
  World world;
  ASSERT_TRUE(world.add("ann"));
  const Call call{.deadline_ms = 100};
  world.store.on_load([&]() -> result<void> {
    world.clock.advance(60);
    return ok();
  });
  EXPECT_EQ(outcome(world.service->verify_audit(World::key("ann"), call)), "busy");
  EXPECT_EQ(outcome(world.service->export_account(World::key("ann"), call)), "busy");
}

TEST(Erase, OfNobodyIsRefusedAndOfTheErasedChangesNothing) {
  World world;
  EXPECT_EQ(outcome(world.service->erase(World::key("ann"))), "account_not_found");
  ASSERT_TRUE(world.add("ann"));
  ASSERT_TRUE(world.service->erase(World::key("ann")));
  const int commits = world.store.commits;
  ASSERT_TRUE(world.service->erase(World::key("ann")));
  EXPECT_EQ(world.store.commits, commits);
}

// Proves D1.10.
TEST(Export, GivesEverythingHeldAboutAnAccountAndNoCode) {
  World world;
  live(world);
  world.pump();
  const std::string held = world.service->export_account(World::key("ann")).value();
  for (const char* part :
       {World::phone, World::new_phone, World::email, "\"phone_changed\"", "\"registered\"",
        "\"account\"", "\"audit\"", "\"messages\"", "\"state\":\"accepted\""}) {
    EXPECT_THAT(held, ::testing::HasSubstr(part));
  }
  for (const auto& sent : world.sender.all()) {
    if (sent.code.empty()) continue;
    EXPECT_THAT(held, Not(::testing::HasSubstr(sent.code)));
  }
  EXPECT_EQ(outcome(world.service->export_account(World::key("bob"))), "account_not_found");
}

}  // namespace
}  // namespace ringfence
