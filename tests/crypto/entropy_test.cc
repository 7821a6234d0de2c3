// Where random values come from, and how one seed is spread over a decision (R23).
#include "ringfence/entropy.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "ringfence/testing/seeded_entropy.h"

namespace ringfence {
namespace {

Seed seed_of(std::uint8_t fill) {
  Seed seed;
  seed.reveal().fill(fill);
  return seed;
}

std::string hex(std::uint64_t value) {
  Id128 id;
  for (std::size_t i = 0; i < 8; ++i)
    id.bytes[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return id.hex().substr(0, 16);
}

TEST(Draw, GivesTheSameValuesForTheSameSeed) {
  Draw one(seed_of(1));
  Draw same(seed_of(1));
  Draw other(seed_of(2));
  for (int i = 0; i < 100; ++i) {
    const Id128 id = one.id();
    EXPECT_EQ(same.id(), id);
    EXPECT_NE(other.id(), id);
    const std::uint64_t tag = one.tag();
    EXPECT_EQ(same.tag(), tag);
    EXPECT_NE(other.tag(), tag);
  }
}

TEST(Draw, NeverRepeatsAnIdNorATagWithinADecision_R23) {
  Draw draw(seed_of(7));
  std::set<Id128> ids;
  std::set<std::uint64_t> tags;
  for (int i = 0; i < 20'000; ++i) {
    const Id128 id = draw.id();
    EXPECT_FALSE(id.empty());
    EXPECT_TRUE(ids.insert(id).second);
    EXPECT_TRUE(ids.insert(draw.id()).second);
    const std::uint64_t tag = draw.tag();
    EXPECT_NE(tag, 0U) << "0 says that there is no record";
    EXPECT_TRUE(tags.insert(tag).second);
    EXPECT_NE(id.hex().substr(0, 16), hex(tag)) << "no value is a part of another one";
  }
}

TEST(Draw, EveryByteOfTheSeedMatters) {
  const Id128 first = Draw(seed_of(9)).id();
  for (std::size_t i = 0; i < 32; ++i) {
    Seed seed = seed_of(9);
    seed.reveal()[i] ^= 1U;
    EXPECT_NE(Draw(seed).id(), first) << i;
  }
}

TEST(SystemEntropy, GivesAnotherSeedEachTime_R23) {
  std::set<std::array<std::uint8_t, 32>> seen;
  for (int i = 0; i < 1000; ++i) {
    Seed seed;
    ASSERT_TRUE(system_entropy().fill(seed));
    EXPECT_TRUE(seen.insert(seed.reveal()).second);
  }
  EXPECT_FALSE(seen.contains(std::array<std::uint8_t, 32>{}));
}

TEST(SystemEntropy, FillsAllOfTheSeed) {
  std::array<std::uint8_t, 32> any{};
  for (int i = 0; i < 100; ++i) {
    Seed seed;
    ASSERT_TRUE(system_entropy().fill(seed));
    for (std::size_t at = 0; at < any.size(); ++at) any[at] |= seed.reveal()[at];
  }
  for (std::size_t at = 0; at < any.size(); ++at) EXPECT_EQ(any[at], 0xffU) << "byte " << at;
}

TEST(SeededEntropy, RepeatsItselfForTests) {
  testing::SeededEntropy one(5);
  testing::SeededEntropy same(5);
  testing::SeededEntropy other(6);
  Seed a;
  Seed b;
  Seed c;
  for (int i = 0; i < 10; ++i) {
    const auto before = a.reveal();
    ASSERT_TRUE(one.fill(a));
    ASSERT_TRUE(same.fill(b));
    ASSERT_TRUE(other.fill(c));
    EXPECT_EQ(a.reveal(), b.reveal());
    EXPECT_NE(a.reveal(), c.reveal());
    EXPECT_NE(a.reveal(), before);
  }
}

}  // namespace
}  // namespace ringfence
