// Existing users come in by a bulk import (DOMAIN 1): resumable, idempotent, sends nothing; where
// several hold one number, the earliest proof, then the smallest id, gets the login.
#include <algorithm>
#include <array>
#include <barrier>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "ringfence/record_json.h"
#include "ringfence/store/sqlite.h"
#include "ringfence/workflow/audit_chain.h"
#include "support/temp_dir.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::TempDir;
using testing_support::World;
using Rows = std::vector<Registration>;

constexpr TimeMs early = 1'500'000'000'000;

Registration row(const std::string& id, const std::string& phone = World::phone,
                 TimeMs proven_at = early, const std::string& realm = "") {
  Registration out{.account = {realm, id}, .phone = {phone}};
  if (proven_at != 0) out.phone_proven_at = proven_at;
  return out;
}
Registration with_email(Registration out, const std::string& email, TimeMs proven_at = early) {
  out.email = AddressInput{email};
  if (proven_at != 0) out.email_proven_at = proven_at;
  return out;
}
std::string number(std::size_t n) { return "+8613" + std::to_string(100'000'000 + n); }

/// `count` rows; of ten, two share a number, and the later row has the earlier proof and the
/// smaller id: so it takes the login, and comes before the other one in a change set.
Rows many(std::size_t count) {
  Rows rows;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t shared = i % 10 == 9 ? (i * 7) % count : i;
    rows.push_back(row("user" + std::to_string(1'000'000 - i), number(shared),
                       early + static_cast<TimeMs>(count - i) * 1000));
  }
  return rows;
}

using Holder = std::pair<TimeMs, std::string>;
using Claims = std::map<std::pair<std::string, std::string>, Holder>;  // realm and address → holder

/// The rule, computed from the rows alone.
Claims rule(const Rows& rows) {
  Claims out;
  std::set<AccountKey> seen;
  for (const Registration& one : rows) {
    if (!seen.insert(one.account).second) continue;
    const auto claim = [&](const std::optional<TimeMs>& proven_at, const std::string& address) {
      if (!proven_at) return;
      const Holder holder{*proven_at, one.account.id};
      const auto [at, first] = out.try_emplace({one.account.realm, address}, holder);
      if (!first) at->second = std::min(at->second, holder);
    };
    claim(one.phone_proven_at, one.phone.text);
    if (one.email) claim(one.email_proven_at, one.email->text);
  }
  return out;
}

/// The claims as the accounts have them. Also checks that the address entries say the same (I9).
Claims claims_in(Store& store, const Rows& rows) {
  Claims out;
  std::map<AddressKey, std::int64_t> holders;
  std::set<AccountKey> seen;
  for (const Registration& one : rows) {
    if (!seen.insert(one.account).second) continue;
    const Key key = one.account;
    const auto loaded = store.load({&key, 1}, 0).value();
    if (!loaded[0].record) continue;
    const Account account = std::get<Account>(*loaded[0].record);
    for (const Channel& channel : account.channels) {
      if (!channel.verified()) continue;
      ++holders[{account.key.realm, *channel.address}];
      if (!channel.login_claim) continue;
      const bool only = out.try_emplace({account.key.realm, channel.address->text()},
                                        Holder{channel.proven_at, account.key.id})
                            .second;
      EXPECT_TRUE(only) << "two accounts log in with " << channel.address->text();
    }
  }
  for (const auto& [address, count] : holders) {
    const Key key = address;
    const auto loaded = store.load({&key, 1}, 0).value();
    const auto& entry = std::get<AddressEntry>(loaded[0].record.value());
    EXPECT_EQ(entry.holders, count);
    const auto claim = out.find({address.realm, address.address.text()});
    EXPECT_EQ(entry.login_holder, claim == out.end() ? "" : claim->second.second);
  }
  return out;
}

/// Everything stored about the accounts of the rows, but for what is random.
std::map<Key, std::string> stored(Store& store, const Rows& rows) {
  std::map<Key, std::string> out;
  const auto add = [&](const Key& key) -> std::optional<Record> {
    auto loaded = store.load({&key, 1}, 0).value();
    if (!loaded[0].record) return std::nullopt;
    Record record = *std::move(loaded[0].record);
    if (auto* account = std::get_if<Account>(&record)) {
      account->changes = std::vector<Id128>(account->changes.size());
      account->audit.head.mac = {};
    } else if (auto* entry = std::get_if<AuditEntry>(&record)) {
      entry->mac = {};
      for (PersonalFact& fact : entry->personal) fact.salt = fact.commitment = {};
    }
    out[key] = std::visit([](const auto& one) { return to_json(one); }, record);
    return record;
  };
  for (const Registration& one : rows) {
    const auto record = add(one.account);
    if (!record) continue;
    const auto& account = std::get<Account>(*record);
    for (const Channel& channel : account.channels) {
      if (channel.address) add(AddressKey{account.key.realm, *channel.address});
    }
    for (std::uint64_t n = 1; n <= account.audit.head.number; ++n) add(AuditKey{account.key, n});
  }
  return out;
}

std::vector<AuditEntry> trail(const World& world, const std::string& id) {
  std::vector<AuditEntry> out;
  const Account account = world.account(id);
  Id128 previous = {};
  const auto keys = world.ring->keys();
  for (std::uint64_t n = 1; n <= account.audit.head.number; ++n) {
    out.push_back(std::get<AuditEntry>(world.stored(AuditKey{account.key, n}).record.value()));
    const crypto::Key& key = *keys->find("k1").value();
    EXPECT_EQ(out.back().mac, workflow::mac_of(key, out.back(), previous))
        << "entry " << n << " does not follow the one before";
    previous = workflow::mark_of(key, out.back()).mac;
  }
  EXPECT_EQ(account.audit.head.mac, previous);
  return out;
}

bool claims(const World& world, const std::string& id, ChannelKind kind = ChannelKind::phone) {
  return world.account(id).channel(kind).login_claim;
}
bool still_imported(const World& world, const std::string& id,
                    ChannelKind kind = ChannelKind::phone) {
  return world.account(id).channel(kind).imported;
}

// Proves D1.8.
TEST(Import, BringsInAccountsAsTheyAreAndSendsNothing) {
  World world;
  Registration federated = with_email(row("bob", World::new_phone), "Bob@Example.com");
  federated.kind = AccountKind::federated;
  federated.provider = "jd";
  const Rows rows = {row("ann"), federated,
                     with_email(row("cid", World::other_phone, 0), "cid@example.com", 0)};
  const ImportReport report = world.service->import_accounts(rows).value();
  EXPECT_EQ(report, (ImportReport{.imported = 3}));

  const Account bob = world.account("bob");
  EXPECT_EQ(bob.kind, AccountKind::federated);
  EXPECT_EQ(bob.provider, "jd");
  EXPECT_EQ(bob.created_at, world.clock.now_ms());
  EXPECT_EQ(bob.channels[1].address->text(), "Bob@example.com");
  EXPECT_EQ(bob.channels[1].proven_at, early);
  EXPECT_TRUE(claims(world, "ann"));
  EXPECT_TRUE(claims(world, "bob"));
  EXPECT_TRUE(claims(world, "bob", ChannelKind::email));
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), "ann");

  // What nobody attests is not verified, and reserves nothing (A19).
  const Account cid = world.account("cid");
  EXPECT_FALSE(cid.channels[0].verified());
  EXPECT_FALSE(cid.channels[0].imported);
  EXPECT_FALSE(cid.channels[1].login_claim);
  EXPECT_EQ(world.entry(World::other_phone).holders, 0);

  world.pump();
  EXPECT_TRUE(world.sender.all().empty());
  EXPECT_EQ(world.store.outbox(world.clock.now_ms() + day_ms, 0).value().due, 0);
}

TEST(Import, OfNothingIsNothing) {
  World world;
  EXPECT_EQ(world.service->import_accounts({}).value(), ImportReport{});
  EXPECT_EQ(world.store.commits, 0);
}

// Proves D1.9.
TEST(Import, TheEarliestProofGetsTheLogin_ThenTheSmallestId) {
  World world;
  world.service
      ->import_accounts(Rows{row("dan", World::phone, early + 1), row("cid", World::phone, early),
                             row("bob", World::phone, early), row("ann", World::phone, early + 2)})
      .value();
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), "bob");
  EXPECT_EQ(world.entry(World::phone).holders, 4);
  for (const char* id : {"ann", "cid", "dan"}) {
    EXPECT_FALSE(claims(world, id)) << id;
    EXPECT_TRUE(world.account(id).channels[0].verified()) << id << " still verifies with it";
  }
}

TEST(Import, TheSmallestIdIsTheSmallestText_WhateverNumbersTheHostCounts) {
  World world;
  // 2^64 - 1 is a smaller text than 9, and so it is in every language.
  world.service->import_accounts(Rows{row("9"), row("18446744073709551615"), row("é")}).value();
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), "18446744073709551615");
}

// Proves D1.9.
TEST(Import, AnEarlierProofMovesTheLoginOfAnAccountImportedBefore_AndItsTrailTells) {
  World world;
  const Rows before = {with_email(row("bob", World::phone, early + 1), World::email, early + 1)};
  world.service->import_accounts(before).value();
  world.clock.advance(day_ms);
  const Rows later = {with_email(row("ann"), World::email, early + 2)};
  EXPECT_EQ(world.service->import_accounts(later).value(),
            (ImportReport{.imported = 1, .claims_moved = 1}));
  EXPECT_TRUE(claims(world, "ann"));
  EXPECT_FALSE(claims(world, "bob"));
  EXPECT_FALSE(claims(world, "ann", ChannelKind::email)) << "bob proved the email first";
  EXPECT_TRUE(claims(world, "bob", ChannelKind::email));

  const auto bob = trail(world, "bob");
  ASSERT_EQ(bob.size(), 2U);
  EXPECT_EQ(bob[0].event, "imported");
  EXPECT_EQ(bob[0].facts,
            (std::map<std::string, std::string>{
                {"kind", "standalone"}, {"phone", "verified"}, {"email", "verified"}}));
  ASSERT_EQ(bob[0].personal.size(), 2U);
  EXPECT_EQ(bob[0].personal[1].value, World::phone);
  EXPECT_EQ(bob[1].event, "login_moved");
  EXPECT_EQ(bob[1].facts, (std::map<std::string, std::string>{{"channel", "phone"}}));
  EXPECT_TRUE(bob[1].personal.empty()) << "nobody learns with whom an address is shared";
  EXPECT_EQ(bob[1].at, world.clock.now_ms());
  ASSERT_EQ(trail(world, "ann").size(), 1U);
  EXPECT_EQ(world.account("bob").changes.size(), 2U);
  world.pump();
  EXPECT_TRUE(world.sender.all().empty());
}

TEST(Import, AnAccountMayLoseBothLoginsAtOnce) {
  World world;
  world.service
      ->import_accounts(
          Rows{with_email(row("bob", World::phone, early + 1), World::email, early + 1)})
      .value();
  EXPECT_EQ(world.service->import_accounts(Rows{with_email(row("ann"), World::email)})
                .value()
                .claims_moved,
            2U);
  EXPECT_EQ(trail(world, "bob").size(), 3U);
  EXPECT_FALSE(claims(world, "bob"));
  EXPECT_FALSE(claims(world, "bob", ChannelKind::email));
}

// Random rows over few addresses, in any order and cut into any number of calls.
RC_GTEST_PROP(Import, GivesTheSameLoginsInAnyOrderAndHoweverItIsCut, ()) {
  const std::vector<std::string> ids = {
      "1",   "10",  "9", "18446744073709551615", "ann", "Ann", "bob", "bo", "é", "z", "zz",
      "a b", "0xf", "-1"};
  const auto pick = [](int many) { return static_cast<std::size_t>(*rc::gen::inRange(0, many)); };
  const auto when = [&]() -> TimeMs {
    const std::size_t n = pick(4);
    return n == 0 ? 0 : early + static_cast<TimeMs>(n);
  };
  Rows rows;
  for (const std::string& id : ids) {
    if (pick(4) == 0) continue;
    rows.push_back(row(id, number(pick(3)), when(), pick(4) == 0 ? "other" : ""));
    if (pick(2) == 0) {
      rows.back() = with_email(rows.back(), "m" + std::to_string(pick(2)) + "@example.com", when());
    }
    if (pick(3) == 0) rows.back().kind = AccountKind::federated;
  }
  for (std::size_t i = rows.size(); i > 1; --i) {
    std::swap(rows[i - 1], rows[pick(static_cast<int>(i))]);
  }
  World world;
  const std::span<const Registration> all = rows;
  for (std::size_t done = 0; done < rows.size();) {
    const std::size_t next = std::min(rows.size(), done + 1 + pick(6));
    const auto report = world.service->import_accounts(all.subspan(done, next - done)).value();
    RC_ASSERT(report.imported == next - done);
    done = next;
  }
  RC_ASSERT(claims_in(*world.behind, rows) == rule(rows));
  const int commits = world.store.commits;
  RC_ASSERT(world.service->import_accounts(rows).value() == ImportReport{.present = rows.size()});
  RC_ASSERT(world.store.commits == commits);
}

// Proves D1.8.
TEST(Import, ASecondTimeChangesNothingAndCommitsNothing) {
  World world;
  const Rows rows = many(3 * Service::import_batch + 17);
  EXPECT_EQ(world.service->import_accounts(rows).value().imported, rows.size());
  EXPECT_EQ(claims_in(*world.behind, rows), rule(rows));
  const auto before = stored(*world.behind, rows);
  EXPECT_GT(before.size(), 2 * rows.size());
  const int commits = world.store.commits;
  world.clock.advance(day_ms);
  EXPECT_EQ(world.service->import_accounts(rows).value(), ImportReport{.present = rows.size()});
  EXPECT_EQ(world.store.commits, commits);
  EXPECT_EQ(stored(*world.behind, rows), before);
}

TEST(Import, AnAccountThatIsThereStaysAsItIsWhateverTheRowSays) {
  World world;
  world.add("ann").value();
  const Account before = world.account("ann");
  Registration other = with_email(row("ann", World::new_phone), "else@example.com");
  other.kind = AccountKind::federated;
  EXPECT_EQ(world.service->import_accounts(Rows{other}).value(), (ImportReport{.present = 1}));
  EXPECT_EQ(world.account("ann"), before);
  EXPECT_EQ(world.entry(World::new_phone).holders, 0);
}

TEST(Import, OfTwoRowsForOneAccountTheFirstCounts) {
  World world;
  const Rows rows = {row("ann"), row("ann", World::new_phone)};
  EXPECT_EQ(world.service->import_accounts(rows).value(),
            (ImportReport{.imported = 1, .present = 1}));
  EXPECT_EQ(world.account("ann").channels[0].address->text(), World::phone);
  EXPECT_EQ(world.entry(World::new_phone).holders, 0);
}

TEST(Import, NeverTakesALoginThatARegistrationWon) {
  World world;
  world.add("bob").value();
  EXPECT_EQ(world.service->import_accounts(Rows{row("ann")}).value(),
            (ImportReport{.imported = 1}));
  EXPECT_TRUE(claims(world, "bob"));
  EXPECT_FALSE(claims(world, "ann"));
}

TEST(Import, NeverTakesALoginThatAChangeOfPhoneWon) {
  World world;
  world.service->import_accounts(Rows{row("bob", World::phone)}).value();
  EXPECT_TRUE(still_imported(world, "bob"));
  ASSERT_TRUE(world.changed("bob").changed().usable_for_login);
  EXPECT_FALSE(still_imported(world, "bob"));
  world.service->import_accounts(Rows{row("ann", World::new_phone)}).value();
  EXPECT_TRUE(claims(world, "bob"));
  EXPECT_FALSE(claims(world, "ann"));
}

TEST(Import, NeverTakesALoginThatAVerificationWon) {
  World world;
  world.service->import_accounts(Rows{row("bob", World::phone, 0)}).value();
  EXPECT_FALSE(still_imported(world, "bob"));
  const FlowView flow =
      world.service
          ->begin_verify_channel(World::key("bob"), ChannelKind::phone, Method::phone, world.call)
          .value();
  world.service->prove_target(flow, world.code_at(World::phone), world.call).value();
  ASSERT_TRUE(claims(world, "bob"));
  world.service->import_accounts(Rows{row("ann")}).value();
  EXPECT_TRUE(claims(world, "bob"));
  EXPECT_FALSE(claims(world, "ann"));
}

TEST(Import, NeverTakesALoginThatWasClaimedWithAFreshProof) {
  World world;
  world.service->import_accounts(Rows{row("ann"), row("bob", World::phone, early + 1)}).value();
  world.service->close(World::key("ann")).value();
  EXPECT_TRUE(still_imported(world, "bob"));
  const FlowView flow =
      world.service->begin_claim_login(World::key("bob"), ChannelKind::phone, world.call).value();
  world.service->prove_target(flow, world.code_at(World::phone), world.call).value();
  ASSERT_TRUE(claims(world, "bob"));
  EXPECT_FALSE(still_imported(world, "bob"));
  world.service->import_accounts(Rows{row("aaa")}).value();
  EXPECT_TRUE(claims(world, "bob"));
  EXPECT_FALSE(claims(world, "aaa"));
}

TEST(Import, NobodyIsPromotedOnANumberWhoseLoginWasGivenUp) {
  World world;
  world.service->import_accounts(Rows{row("ann"), row("bob", World::phone, early + 1)}).value();
  world.service->close(World::key("ann")).value();
  world.service->import_accounts(Rows{row("aaa")}).value();
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), std::nullopt);
}

TEST(Import, AFullAddressRefusesTheRowAndNothingOfItIsStored) {
  Policy policy;
  policy.max_accounts_per_address = 2;
  World world(policy);
  const Rows rows = {row("ann"),
                     row("bob"),
                     row("cid"),
                     with_email(row("dan", World::new_phone), World::email),
                     with_email(row("eve", World::other_phone), World::email),
                     with_email(row("fay", "+447700900789"), World::email)};
  const ImportReport report = world.service->import_accounts(rows).value();
  EXPECT_EQ(report.imported, 4U);
  ASSERT_EQ(report.refused.size(), 2U);
  EXPECT_EQ(report.refused[0].index, 2U);
  EXPECT_EQ(report.refused[0].why.code, ErrorCode::address_at_capacity);
  EXPECT_EQ(report.refused[1].index, 5U);
  EXPECT_FALSE(world.stored(World::key("cid")).record);
  EXPECT_FALSE(world.stored(World::key("fay")).record);
  EXPECT_EQ(world.entry(World::phone).holders, 2);
  EXPECT_EQ(world.entry("+447700900789").holders, 0) << "only the email was full";
  // Again: who is there is present, who was refused is refused again.
  const int commits = world.store.commits;
  const ImportReport again = world.service->import_accounts(rows).value();
  EXPECT_EQ(again.present, 4U);
  EXPECT_EQ(again.refused, report.refused);
  EXPECT_EQ(world.store.commits, commits);
}

TEST(Import, ANumberInQuarantineIsNobodysLogin_R31) {
  Policy policy;
  policy.quarantine_ms = 90 * day_ms;
  World world(policy);
  world.add("old").value();
  world.service->close(World::key("old")).value();
  world.clock.advance(89 * day_ms);
  world.service->import_accounts(Rows{row("bob", World::phone, early + 1)}).value();
  EXPECT_FALSE(claims(world, "bob"));
  world.clock.advance(2 * day_ms);
  world.service->import_accounts(Rows{row("ann")}).value();
  EXPECT_FALSE(claims(world, "ann")) << "bob holds it";
  world.service->import_accounts(Rows{with_email(row("cid", World::new_phone), World::email)})
      .value();
  EXPECT_TRUE(claims(world, "cid", ChannelKind::email)) << "its quarantine is over";
}

TEST(Import, RealmsAreApart) {
  World world;
  const Rows rows = {row("ann", World::phone, early + 1, "east"), row("ann", World::phone, early),
                     row("bob", World::phone, early, "east")};
  world.service->import_accounts(rows).value();
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), "ann");
  EXPECT_EQ(world.service->resolve_login_phone("east", {World::phone}).value(), "bob");
  EXPECT_EQ(world.entry(World::phone, "east").holders, 2);
}

TEST(Import, BadRowsAreNamedByTheirPlaceAndTheOthersGoIn) {
  World world;
  Rows rows = many(Service::import_batch + 40);
  const auto spoil = [&](std::size_t index, auto&& change) { change(rows[index]); };
  spoil(3, [](Registration& one) { one.phone.text = "not a number"; });
  spoil(5, [](Registration& one) { one.account.id = ""; });
  spoil(6, [](Registration& one) { one.account.id = "\xff"; });
  spoil(7, [](Registration& one) { one.account.id = std::string("a\0b", 3); });
  spoil(8, [](Registration& one) { one.provider = "jd"; });
  spoil(10, [](Registration& one) { one.phone_proven_at = 1'500'000'000; });  // seconds
  spoil(11, [&](Registration& one) { one.phone_proven_at = world.clock.now_ms() + day_ms; });
  spoil(12, [](Registration& one) { one.phone_proven_at = -1; });
  spoil(13, [](Registration& one) { one.email_proven_at = early; });
  const std::size_t far = Service::import_batch + 20;
  spoil(far, [](Registration& one) { one = with_email(one, "no email"); });
  spoil(far + 1, [](Registration& one) { one.phone.text = "+190012345678"; });
  spoil(far + 2, [](Registration& one) { one.account.realm = std::string(129, 'r'); });
  const ImportReport report = world.service->import_accounts(rows).value();
  std::map<std::size_t, std::string> refused;
  for (const ImportRefusal& one : report.refused) {
    refused[one.index] = name(one.why.code);
    EXPECT_FALSE(one.why.text.empty());
  }
  const std::string bad = "invalid_argument";
  EXPECT_EQ(refused, (std::map<std::size_t, std::string>{{3, "invalid_number"},
                                                         {5, bad},
                                                         {6, bad},
                                                         {7, bad},
                                                         {8, bad},
                                                         {10, bad},
                                                         {11, bad},
                                                         {12, bad},
                                                         {13, bad},
                                                         {far, "invalid_email"},
                                                         {far + 1, "invalid_number"},
                                                         {far + 2, bad}}));
  EXPECT_TRUE(std::is_sorted(
      report.refused.begin(), report.refused.end(),
      [](const ImportRefusal& a, const ImportRefusal& b) { return a.index < b.index; }));
  EXPECT_EQ(report.imported + report.refused.size(), rows.size());
  Rows good;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!refused.contains(i)) {
      good.push_back(rows[i]);
    } else if (!rows[i].account.id.empty()) {
      EXPECT_FALSE(world.stored(rows[i].account).record) << i;
    }
  }
  EXPECT_EQ(claims_in(*world.behind, good), rule(good)) << "a refused row counts nowhere";
}

// --- Interrupted, and called again with the same rows

enum class Fault { unavailable, lost_and_happened, lost_and_did_not, conflict };

// Proves D1.8.
TEST(Import, InterruptedAtAnyCommitItEndsAsIfItHadNotBeen_I7) {
  const Rows rows = many(2 * Service::import_batch + 100);
  World whole;
  whole.service->import_accounts(rows).value();
  const auto expected = stored(*whole.behind, rows);
  ASSERT_EQ(whole.store.commits, 3);
  for (const Fault fault :
       {Fault::unavailable, Fault::lost_and_happened, Fault::lost_and_did_not, Fault::conflict}) {
    for (int at = 1; at <= 3; ++at) {
      SCOPED_TRACE("fault " + std::to_string(static_cast<int>(fault)) + " at commit " +
                   std::to_string(at));
      World world;
      int commit = 0;
      std::optional<ChangeSet> late;
      world.store.on_commit([&](const ChangeSet& change, Store& behind) {
        if (++commit != at) return behind.commit(change, 0);
        if (fault == Fault::conflict) return CommitOutcome::conflict;
        if (fault == Fault::unavailable) return CommitOutcome::unavailable;
        late = change;
        if (fault == Fault::lost_and_happened) {
          EXPECT_EQ(behind.commit(change, 0), CommitOutcome::committed);
        }
        return CommitOutcome::unknown;
      });
      const auto first = world.service->import_accounts(rows);
      const std::string expected_outcome =
          fault == Fault::unavailable ? "store_unavailable"
          // The second batch takes logins from accounts that were there, so it can be fenced.
          : fault == Fault::lost_and_did_not && at == 1 ? "outcome_unknown"
                                                        : "ok";
      EXPECT_EQ(outcome(first), expected_outcome);
      if (first) {
        EXPECT_EQ(first.value().imported, rows.size());
      }
      world.store.on_commit(nullptr);
      const auto again = world.service->import_accounts(rows);
      ASSERT_EQ(outcome(again), "ok");
      EXPECT_EQ(again.value().imported + again.value().present, rows.size());
      EXPECT_EQ(again.value().imported == 0, first.has_value());
      if (late) {
        EXPECT_EQ(world.behind->commit(*late, 0), CommitOutcome::conflict) << "it comes late";
      }
      EXPECT_EQ(stored(*world.behind, rows), expected);
    }
  }
}

TEST(Import, ALostBatchThatArrivesAfterAllIsNotImportedTwice) {
  World world;
  const Rows rows = many(100);
  std::optional<ChangeSet> late;
  world.store.on_commit([&](const ChangeSet& change, Store&) {
    late = change;
    return CommitOutcome::unknown;
  });
  ASSERT_EQ(outcome(world.service->import_accounts(rows)), "outcome_unknown");
  // It arrives while the same rows are being decided again.
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    if (late) {
      EXPECT_EQ(behind.commit(*std::exchange(late, std::nullopt), 0), CommitOutcome::committed);
    }
    return behind.commit(change, 0);
  });
  EXPECT_EQ(world.service->import_accounts(rows).value(), (ImportReport{.present = 100}));
  EXPECT_EQ(claims_in(*world.behind, rows), rule(rows));
}

TEST(Import, ALostBatchWhoseFirstRowsArePresentIsFoundByTheOthers_I7) {
  for (const bool happens : {true, false}) {
    World world;
    const Rows rows = many(50);
    world.service->import_accounts(std::span(rows).first(20)).value();
    bool lost = false;
    world.store.on_commit([&](const ChangeSet& change, Store& behind) {
      if (std::exchange(lost, true)) return behind.commit(change, 0);
      if (happens) behind.commit(change, 0);
      return CommitOutcome::unknown;
    });
    const auto reply = world.service->import_accounts(rows);
    ASSERT_EQ(outcome(reply), "ok");
    EXPECT_EQ(reply.value().imported, 30U);
    EXPECT_EQ(reply.value().present, 20U);
    EXPECT_EQ(claims_in(*world.behind, rows), rule(rows));
  }
}

TEST(Import, DecidesAgainWhenTheHolderLeavesWhileABatchIsDecided) {
  World world;
  world.service->import_accounts(Rows{row("ann")}).value();
  bool left = false;
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    if (!std::exchange(left, true)) world.service->close(World::key("ann")).value();
    return behind.commit(change, 0);
  });
  world.service->import_accounts(Rows{row("bob", World::phone, early + 1)}).value();
  EXPECT_EQ(world.service->resolve_login_phone("", {World::phone}).value(), "bob");
  EXPECT_EQ(world.entry(World::phone).holders, 1);
}

TEST(Import, TheDeadlineIsThatOfTheWholeImport_AndTheSameRowsGoOn) {
  World world;
  const Rows rows = many(4 * Service::import_batch);
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    world.clock.advance(400);
    return behind.commit(change, 0);
  });
  Call call;
  call.deadline_ms = 1000;
  EXPECT_EQ(outcome(world.service->import_accounts(rows, call)), "busy");
  EXPECT_EQ(world.store.committed, 3);
  const ImportReport rest = world.service->import_accounts(rows, call).value();
  EXPECT_EQ(rest.imported, Service::import_batch);
  EXPECT_EQ(rest.present, 3 * Service::import_batch);
  call.deadline_ms = -1;
  EXPECT_EQ(outcome(world.service->import_accounts(rows, call)), "invalid_argument");
}

TEST(Import, ABatchThatIsTriedAgainHasOnlyWhatIsLeftOfTheDeadline) {
  World world;
  int tries = 0;
  world.store.on_commit([&](const ChangeSet& change, Store& behind) {
    world.clock.advance(++tries == 2 ? 700 : 400);
    return tries == 2 ? CommitOutcome::conflict : behind.commit(change, 0);
  });
  Call call;
  call.deadline_ms = 1000;
  EXPECT_EQ(outcome(world.service->import_accounts(many(2 * Service::import_batch), call)), "busy");
  EXPECT_EQ(tries, 2);
}

// --- Beside others

TEST(Import, TwoImportsOfTheSameRowsAtOnceEndAsOne) {
  TempDir folder;
  World world({}, open_sqlite_store(folder.file("ringfence.db")).value());
  const Rows rows = many(2000);
  Rows backwards(rows.rbegin(), rows.rend());
  std::barrier start(2);
  std::array<ImportReport, 2> reports;
  std::array<std::thread, 2> threads;
  for (std::size_t i = 0; i < 2; ++i) {
    threads[i] = std::thread([&, i] {
      start.arrive_and_wait();
      reports[i] = world.service->import_accounts(i == 0 ? rows : backwards).value();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(reports[0].imported + reports[1].imported, rows.size());
  EXPECT_EQ(reports[0].present + reports[1].present, rows.size());
  EXPECT_EQ(claims_in(*world.behind, rows), rule(rows));
}

TEST(Import, BesideAChangeOfPhoneToTheSameNumberExactlyOneGetsTheLogin_A10_I9) {
  TempDir folder;
  World world({}, open_sqlite_store(folder.file("ringfence.db")).value());
  int flow_won = 0;
  constexpr int rounds = 20;
  for (int n = 0; n < rounds; ++n) {
    const std::string id = "live" + std::to_string(n);
    const std::string target = number(static_cast<std::size_t>(n));
    world.add(id, "+8615" + std::to_string(200'000'000 + n), "").value();
    Call call = world.call;
    call.source.clear();
    const FlowView flow =
        world.service->begin_change_phone(World::key(id), Method::phone, call).value();
    world.service
        ->prove_identity(flow, world.code_at(world.account(id).channels[0].address->text()), call)
        .value();
    world.service->set_target(flow, {target}, call).value();
    const std::string code = world.code_at(target);
    const std::string other = "import" + std::to_string(n);
    // The login moves within the batch while the flow ends. Rows without an id are refused and
    // only take time: sometimes the flow shall come first.
    Rows rows = {row(other + "b", target, early + 1), row(other, target)};
    rows.resize(2 + static_cast<std::size_t>(n % 4) * 40, row("", World::phone));
    std::barrier start(2);
    std::thread importing([&] {
      start.arrive_and_wait();
      EXPECT_EQ(world.service->import_accounts(rows).value().imported, 2U);
    });
    start.arrive_and_wait();
    const bool live =
        world.service->prove_target(flow, code, call).value().changed().usable_for_login;
    importing.join();
    EXPECT_EQ(claims(world, id), live);
    EXPECT_NE(claims(world, other), live);
    EXPECT_EQ(world.service->resolve_login_phone("", {target}).value(), live ? id : other);
    EXPECT_EQ(world.entry(target).holders, 3);
    flow_won += live ? 1 : 0;
  }
  RecordProperty("flow_won", flow_won);
}

}  // namespace
}  // namespace ringfence
