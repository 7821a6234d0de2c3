// The functions that codes, digests and comparisons rest on.
#include "ringfence/crypto.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sodium.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence {
namespace {

using namespace std::string_view_literals;
using Fields = std::vector<std::string_view>;

crypto::Key counting_key() {
  crypto::Key key;
  for (std::size_t i = 0; i < 32; ++i) key.reveal()[i] = static_cast<std::uint8_t>(i);
  return key;
}

std::string framed(const Fields& fields) {
  std::string out;
  for (const std::string_view field : fields) {
    for (const unsigned shift : {24U, 16U, 8U, 0U})
      out += static_cast<char>(static_cast<unsigned char>(field.size() >> shift));
    out += field;
  }
  return out;
}

std::uint64_t in_one_shot(const crypto::Key& key, const Fields& fields) {
  const std::string input = framed(fields);
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256(mac.data(), reinterpret_cast<const unsigned char*>(input.data()),
                         input.size(), key.reveal().data());
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) out = out << 8U | mac[i];
  return out;
}

// Expected values: Python's hmac, with the framing written by hand.
TEST(Mac, HasTheKnownAnswersOfHmacSha256) {
  const crypto::Key key = counting_key();
  EXPECT_EQ(crypto::mac64(key, Fields{}), 0xd38b42096d80f45fU);
  EXPECT_EQ(crypto::mac64(key, Fields{""}), 0xa86acbcbc29b8fa8U);
  EXPECT_EQ(crypto::mac64(key, Fields{"ab", "c"}), 0xc3be357a5b3bed19U);
  EXPECT_EQ(crypto::mac64(key, Fields{"a", "bc"}), 0x7281caf026ca30a3U);
  crypto::Key jefe;  // HMAC pads a short key with zeros: the key of RFC 4231, test case 2
  jefe.reveal() = {'J', 'e', 'f', 'e'};
  EXPECT_EQ(crypto::mac64(jefe, Fields{"what do ya want ", "for nothing?"}), 0x1c3f0964858b4b8cU);
  crypto::Key ones;
  ones.reveal().fill(0xff);
  const std::string long_field(1000, 'x');
  EXPECT_EQ(crypto::mac64(ones, Fields{long_field, "a\0b"sv}), 0x7b4443d4473fc911U);
}

TEST(Mac, DependsOnEveryBitOfTheKey) {
  const crypto::Key key = counting_key();
  const std::uint64_t mac = crypto::mac64(key, Fields{"field"});
  for (std::size_t bit = 0; bit < 256; ++bit) {
    crypto::Key other = key;
    other.reveal()[bit / 8] = static_cast<std::uint8_t>(other.reveal()[bit / 8] ^ 1U << bit % 8);
    EXPECT_NE(crypto::mac64(other, Fields{"field"}), mac) << bit;
  }
}

RC_GTEST_PROP(MacProperty, IsHmacSha256OverTheFramedFields,
              (const std::vector<std::string>& fields)) {
  const Fields views(fields.begin(), fields.end());
  crypto::Key key;
  for (std::uint8_t& byte : key.reveal()) byte = *rc::gen::arbitrary<std::uint8_t>();
  RC_ASSERT(crypto::mac64(key, views) == in_one_shot(key, views));
}

// Fields of few letters, some of which look like lengths: the lists that would collide without a
// frame are common.
std::vector<std::string> some_fields() {
  return *rc::gen::resize(
      6, rc::gen::container<std::vector<std::string>>(rc::gen::resize(
             6, rc::gen::container<std::string>(rc::gen::element('a', 'b', '\0', '\1', '\2')))));
}

RC_GTEST_PROP(FramingProperty, NoTwoListsOfFieldsGiveTheSame_A06_A42, ()) {
  const std::vector<std::string> first = some_fields();
  std::vector<std::string> second = some_fields();
  if (*rc::gen::arbitrary<bool>() && !first.empty()) {
    // The same bytes, cut elsewhere.
    std::string all;
    for (const std::string& field : first) all += field;
    const std::size_t cut = *rc::gen::inRange<std::size_t>(0, all.size() + 1);
    second = {all.substr(0, cut), all.substr(cut)};
  }
  const Fields a(first.begin(), first.end());
  const Fields b(second.begin(), second.end());
  const crypto::Key key = counting_key();
  RC_ASSERT((crypto::mac64(key, a) == crypto::mac64(key, b)) == (first == second));
  RC_ASSERT((crypto::digest(a) == crypto::digest(b)) == (first == second));
}

TEST(Framing, TellsFieldsApart_A06) {
  const crypto::Key key = counting_key();
  EXPECT_NE(crypto::mac64(key, Fields{"ab", "c"}), crypto::mac64(key, Fields{"a", "bc"}));
  EXPECT_NE(crypto::mac64(key, Fields{"abc"}), crypto::mac64(key, Fields{"abc", ""}));
  EXPECT_NE(crypto::digest(Fields{"ab", "c"}), crypto::digest(Fields{"a", "bc"}));
  EXPECT_NE(crypto::digest(Fields{"abc"}), crypto::digest(Fields{"", "abc"}));
  EXPECT_NE(crypto::digest(Fields{}), Id128{}) << "all zeros means none";
}

TEST(Equal, ComparesWholeTextsWhateverTheirBytes_A42) {
  EXPECT_TRUE(crypto::equal("", ""));
  EXPECT_TRUE(crypto::equal("123456", "123456"));
  EXPECT_TRUE(
      crypto::equal("12\0"
                    "456"sv,
                    "12\0"
                    "456"sv));
  EXPECT_FALSE(crypto::equal("123456", "123456\0x"sv));
  EXPECT_FALSE(crypto::equal("123456", "123456\0"sv));
  EXPECT_FALSE(crypto::equal("123456\0a"sv, "123456\0b"sv));
  EXPECT_FALSE(crypto::equal("123456", "12345"));
  EXPECT_FALSE(crypto::equal("123456", ""));
  EXPECT_FALSE(crypto::equal("", "1"));
  EXPECT_FALSE(crypto::equal("123456", "023456"));
  EXPECT_FALSE(crypto::equal("123456", "123457"));
}

RC_GTEST_PROP(EqualProperty, AgreesWithTheOrdinaryComparison,
              (const std::string& a, const std::string& b)) {
  RC_ASSERT(crypto::equal(a, b) == (a == b));
  RC_ASSERT(crypto::equal(a, std::string(a)));
}

}  // namespace
}  // namespace ringfence
