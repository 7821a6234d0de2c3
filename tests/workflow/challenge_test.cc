// Codes: what they are made of, and that they serve for nothing else (R01, R08, A06, A07).
#include "ringfence/workflow/challenge.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::key_entry;
using testing_support::outcome;
using testing_support::World;

Id128 id(std::uint64_t number) {
  Id128 out;
  for (std::size_t i = 0; i < 8; ++i) out.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return out;
}

Address phone(const std::string& e164) { return PhoneNumber::from_e164(e164, 2).value(); }

/// All that a code is made of.
struct Binding {
  AccountKey account{"north", "ann"};
  Flow flow{.id = id(1)};
  Role role = Role::identity;
  Challenge challenge{.destination = phone("+8613912343672"),
                      .nonce = id(2),
                      .generation = 1,
                      .key_id = "k1",
                      .digits = 6};
  std::uint8_t key = 0x5a;

  std::string code() const {
    const KeySet keys = KeySet::make({key_entry("k1", key), key_entry("k2", 0x77)}).value();
    return std::string(
        workflow::derive_code(account, flow, role, challenge, keys).value().reveal());
  }
};

TEST(Challenge, ACodeIsWhatItHasAlwaysBeen) {
  // HMAC-SHA-256 by another program. Codes under way must outlive an upgrade of ringfence.
  Binding binding;
  EXPECT_EQ(binding.code(), "767044");
  binding.challenge.digits = 10;
  EXPECT_EQ(binding.code(), "8173767044");
}

// Proves D6.1.
TEST(Challenge, ACodeHasItsDigitsAndKeepsLeadingZeros_R01) {
  for (int digits = 6; digits <= 10; ++digits) {
    std::map<char, int> first;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      Binding binding;
      binding.challenge.digits = digits;
      binding.challenge.nonce = id(i);
      const std::string code = binding.code();
      ASSERT_EQ(code.size(), static_cast<std::size_t>(digits));
      ASSERT_EQ(code.find_first_not_of("0123456789"), std::string::npos) << code;
      ++first[code[0]];
    }
    EXPECT_GT(first['0'], 100) << digits << ": a tenth begins with 0";
  }
}

TEST(Challenge, ACodeDoesNotDependOnWhatMayChangeUnderIt) {
  Binding binding;
  const std::string code = binding.code();
  binding.flow.step = FlowStep::done;
  binding.flow.epoch = 9;
  binding.flow.session = id(77);
  binding.challenge.tries_used = 3;
  binding.challenge.expires_at = 12345;
  EXPECT_EQ(binding.code(), code);
}

// Proves D1.2.
TEST(Challenge, EveryPartOfTheBindingChangesTheCode_R08_A06_A07) {
  const std::vector<std::pair<std::string, std::function<void(Binding&)>>> changes = {
      {"the realm", [](Binding& b) { b.account.realm = "south"; }},
      {"no realm", [](Binding& b) { b.account.realm = ""; }},
      {"the account", [](Binding& b) { b.account.id = "bob"; }},
      {"a letter moved from the realm to the account",
       [](Binding& b) {
         b.account = {"nort", "hann"};
       }},
      {"the flow", [](Binding& b) { b.flow.id.bytes[15] ^= 1U; }},
      {"the role", [](Binding& b) { b.role = Role::target; }},
      {"the destination", [](Binding& b) { b.challenge.destination = phone("+8613912343673"); }},
      {"the channel",
       [](Binding& b) {
         b.challenge.destination = EmailAddress::from_canonical("a@example.com").value();
       }},
      {"the nonce", [](Binding& b) { b.challenge.nonce.bytes[15] ^= 1U; }},
      {"the generation", [](Binding& b) { ++b.challenge.generation; }},
      {"the key", [](Binding& b) { ++b.key; }},
      {"the key's name", [](Binding& b) { b.challenge.key_id = "k2"; }}};
  for (std::uint64_t i = 0; i < 200; ++i) {
    Binding base;
    base.challenge.digits = 10;  // by chance two of these are equal once in 4 million runs
    base.flow.id = id(1000 + i);
    base.challenge.nonce = id(i);
    base.challenge.generation = static_cast<std::uint32_t>(1 + i % 7);
    for (const auto& [what, change] : changes) {
      Binding other = base;
      change(other);
      EXPECT_NE(other.code(), base.code()) << what;
    }
  }
}

TEST(Challenge, CodesAreSpreadEvenly_R01) {
  constexpr int samples = 200'000;
  constexpr std::size_t bins = 1000;
  std::array<int, bins> high{};
  std::array<int, bins> low{};
  const KeySet keys = KeySet::make({key_entry("k1", 0x5a)}).value();
  Binding binding;
  for (int i = 0; i < samples; ++i) {
    binding.challenge.nonce = id(static_cast<std::uint64_t>(i));
    const auto code =
        workflow::derive_code(binding.account, binding.flow, binding.role, binding.challenge, keys);
    const std::string text(code.value().reveal());
    ++high.at(std::stoul(text.substr(0, 3)));
    ++low.at(std::stoul(text.substr(3)));
  }
  for (const auto& counts : {high, low}) {
    double chi_square = 0;
    constexpr double expected = static_cast<double>(samples) / bins;
    for (const int count : counts) chi_square += (count - expected) * (count - expected) / expected;
    // 999 degrees of freedom: 999 on average, with a deviation of 45. Always the same samples.
    EXPECT_GT(chi_square, 700);
    EXPECT_LT(chi_square, 1300);
  }
}

TEST(Challenge, WithoutItsKeyThereIsNoCode_R28) {
  Binding binding;
  binding.challenge.key_id = "gone";
  const KeySet keys = KeySet::make({key_entry("k1", 1)}).value();
  EXPECT_EQ(outcome(workflow::derive_code(binding.account, binding.flow, binding.role,
                                          binding.challenge, keys)),
            "key_missing");
}

TEST(Challenge, IsLiveUntilItsEndUnlessItsTriesAreUsedOrItsClockWasWrong_R02_A31) {
  const Flow flow{.terms = {.tries_per_code = 5}};
  constexpr TimeMs now = 1'000'000;
  Challenge challenge{.destination = phone("+8613912343672"),
                      .digits = 6,
                      .issued_at = now - 1000,
                      .expires_at = now + 1};
  EXPECT_TRUE(workflow::live(challenge, flow, now));
  challenge.expires_at = now;
  EXPECT_FALSE(workflow::live(challenge, flow, now));
  challenge.expires_at = now + 1;
  challenge.tries_used = 4;
  EXPECT_TRUE(workflow::live(challenge, flow, now));
  challenge.tries_used = 5;
  EXPECT_FALSE(workflow::live(challenge, flow, now));
  challenge.tries_used = 0;
  challenge.issued_at = now + workflow::max_clock_skew_ms;
  EXPECT_TRUE(workflow::live(challenge, flow, now));
  ++challenge.issued_at;
  EXPECT_FALSE(workflow::live(challenge, flow, now));
}

TEST(Challenge, NeitherRolesCodeServesForTheOther_A07) {
  Policy policy;
  policy.code_digits = 10;
  World world(policy);
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string identity = world.code_at(World::phone);
  world.service->prove_identity(flow, identity, world.call).value();
  world.service->set_target(flow, {World::new_phone}, world.call).value();
  const std::string target = world.code_at(World::new_phone);
  ASSERT_NE(identity, target);
  EXPECT_EQ(world.service->prove_target(flow, identity, world.call).value().verdict,
            Verdict::rejected);
  EXPECT_EQ(outcome(world.service->prove_identity(flow, target, world.call)), "wrong_step");
  EXPECT_EQ(world.account("ann").channel(ChannelKind::phone).address->text(), World::phone);
  // What the identity code of this very challenge would be is not its code either.
  const Account account = world.account("ann");
  const Flow& stored = account.flows.back();
  const auto swapped = workflow::derive_code(account.key, stored, Role::identity, *stored.challenge,
                                             *world.ring->keys());
  EXPECT_EQ(world.service->prove_target(flow, swapped.value().reveal(), world.call).value().verdict,
            Verdict::rejected);
  EXPECT_TRUE(world.service->prove_target(flow, target, world.call).value().accepted());
}

TEST(Challenge, ACodeMayBeTypedWithSpacesAndInAnyScriptsDigits) {
  World world;
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  const std::string spaced = " " + code.substr(0, 3) + "\u00a0" + code.substr(3) + " ";
  EXPECT_TRUE(world.service->prove_identity(flow, spaced, world.call).value().accepted());
  world.service->set_target(flow, {World::new_phone}, world.call).value();
  std::string full_width;
  for (const char digit : world.code_at(World::new_phone))
    full_width += "\xEF\xBC" + std::string(1, static_cast<char>(0x90 + digit - '0'));
  EXPECT_TRUE(world.service->prove_target(flow, full_width, world.call).value().accepted());
}

TEST(Challenge, WhatIsAlmostTheCodeIsNotTheCode_A42) {
  World world;
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(World::phone);
  const std::vector<std::string> almost = {code + std::string("\0x", 2), code + "x",
                                           code.substr(0, 5), "0" + code};
  for (const std::string& presented : almost) {
    EXPECT_EQ(world.service->prove_identity(flow, presented, world.call).value().verdict,
              Verdict::rejected);
  }
  EXPECT_TRUE(world.service->prove_identity(flow, code, world.call).value().accepted());
}

}  // namespace
}  // namespace ringfence
