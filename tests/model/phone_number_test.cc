// The number itself: its one form, its order, its mask.
#include "ringfence/model/phone_number.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include "ringfence/model/policy.h"

namespace ringfence {
namespace {

using namespace std::string_view_literals;

PhoneNumber number(std::string_view text, unsigned country_code_digits) {
  return PhoneNumber::from_e164(text, country_code_digits).value();
}

std::size_t hidden(std::string_view masked) {
  return static_cast<std::size_t>(std::count(masked.begin(), masked.end(), '*'));
}

TEST(PhoneNumber, IsEightBytesAndCopiedAsSuch) {
  static_assert(sizeof(PhoneNumber) == 8);
  static_assert(std::is_trivially_copyable_v<PhoneNumber>);
  static_assert(!std::is_default_constructible_v<PhoneNumber>, "a number is never an empty one");
}

TEST(PhoneNumber, ReadsItsOwnFormBack_R22) {
  for (const auto& [text, digits, country] :
       {std::tuple{"+8613912343672", 2U, 86}, std::tuple{"+16502530000", 1U, 1},
        std::tuple{"+390612345678", 2U, 39}, std::tuple{"+3780549886377", 3U, 378},
        std::tuple{"+999999999999999", 3U, 999}, std::tuple{"+1234", 1U, 1}}) {
    const PhoneNumber read = number(text, digits);
    EXPECT_EQ(read.e164(), text);
    EXPECT_EQ(read.country_code_digits(), digits);
    EXPECT_EQ(read.country_code(), country);
  }
}

TEST(PhoneNumber, ReadsNoOtherSpelling_R22) {
  for (const std::string_view text : {""sv,
                                      "+"sv,
                                      "8613912343672"sv,
                                      "008613912343672"sv,
                                      "+86 13912343672"sv,
                                      "+86-13912343672"sv,
                                      " +8613912343672"sv,
                                      "+8613912343672 "sv,
                                      "++8613912343672"sv,
                                      "+08613912343672"sv,
                                      "+0"sv,
                                      "+123"sv,
                                      "+1234567890123456"sv,
                                      "+99999999999999999999999999"sv,
                                      "+861391234367x"sv,
                                      "+8613912343672\0"sv,
                                      "+861391234\0003672"sv,
                                      "+８６１３９"sv,
                                      "-8613912343672"sv,
                                      "+861391234367;"sv,
                                      "+8613912343672\n"sv}) {
    EXPECT_FALSE(PhoneNumber::from_e164(text, 2)) << text;
  }
  for (const unsigned digits : {0U, 4U, 5U, 100U}) {
    EXPECT_FALSE(PhoneNumber::from_e164("+8613912343672", digits)) << digits;
  }
}

TEST(PhoneNumber, IsOrderedAndHashedByItsDigits) {
  const PhoneNumber small = number("+16502530000", 1);
  const PhoneNumber large = number("+8613912343672", 2);
  EXPECT_LT(small, large);
  EXPECT_EQ(large, number("+8613912343672", 2));
  const std::unordered_set<PhoneNumber> set = {small, large, number("+8613912343672", 2)};
  EXPECT_EQ(set.size(), 2U);
}

RC_GTEST_PROP(PhoneNumberProperty,
              EveryWorldwideFormOfFiveToSixteenCharactersIsReadBackAsItself_R22, ()) {
  std::string text = "+";
  text += static_cast<char>('1' + *rc::gen::inRange(0, 9));
  for (const int digit :
       *rc::gen::resize(14, rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10)))) {
    text += static_cast<char>('0' + digit);
  }
  const unsigned country_code_digits = *rc::gen::inRange(1U, 4U);
  const auto read = PhoneNumber::from_e164(text, country_code_digits);
  RC_ASSERT(read.has_value() == (text.size() >= 5 && text.size() <= 16));
  if (read) {
    RC_ASSERT(read->e164() == text);
    RC_ASSERT(read->country_code_digits() == country_code_digits);
    const std::string national = text.substr(1 + country_code_digits);
    const std::string masked = read->masked();
    RC_ASSERT(masked.size() == national.size());
    RC_ASSERT(hidden(masked) >= std::min<std::size_t>(4, national.size()));
    RC_ASSERT(masked.find('+') == std::string::npos);
  }
}

// Proves D2.5.
TEST(PhoneNumberMask, ShowsTheFirstThreeAndTheLastFourAsTheSeedDoes) {
  EXPECT_EQ(number("+8613912343672", 2).masked(), "139****3672");
}

TEST(PhoneNumberMask, HidesAtLeastFourDigitsHoweverShortTheNumberIs) {
  EXPECT_EQ(mask_digits(""), "");
  EXPECT_EQ(mask_digits("1"), "*");
  EXPECT_EQ(mask_digits("1234"), "****");
  EXPECT_EQ(mask_digits("12345"), "****5");
  EXPECT_EQ(mask_digits("12345678"), "****5678");
  EXPECT_EQ(mask_digits("123456789"), "1****6789");
  EXPECT_EQ(mask_digits("1234567890"), "12****7890");
  EXPECT_EQ(mask_digits("12345678901"), "123****8901");
  EXPECT_EQ(mask_digits("12345678901234"), "123*******1234");
  EXPECT_EQ(number("+12345", 1).masked(), "****");
  EXPECT_EQ(number("+1234", 3).masked(), "*");
}

RC_GTEST_PROP(PhoneNumberMask, KeepsOnlyEndsAndNeverMoreThanSeven, (std::string digits)) {
  const std::string masked = mask_digits(digits);
  RC_ASSERT(masked.size() == digits.size());
  std::size_t shown = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (masked[i] == '*') continue;
    RC_ASSERT(masked[i] == digits[i]);
    ++shown;
  }
  RC_ASSERT(shown <= 7U);
  RC_ASSERT(digits.size() - shown >= std::min<std::size_t>(4, digits.size()));
}

TEST(PhoneNumberMask, KeepsTheItalianZeroAndLeavesTheCountryCodeOut_A26) {
  EXPECT_EQ(parse_phone("+390612345678", "", PhonePolicy()).value().masked(), "06****5678");
}

}  // namespace
}  // namespace ringfence
