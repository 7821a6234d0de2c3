// What holds for every text that may be typed as a telephone number.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/model/phone_number.h"
#include "ringfence/model/policy.h"

namespace ringfence {
namespace {

constexpr std::array<std::string_view, 40> regions = {
    "",   "CN", "US", "GB", "DE", "AT", "IT", "SM", "VA", "AR", "MX", "BR", "JP", "KR",
    "AU", "NZ", "IN", "RU", "KZ", "HK", "SG", "TH", "ID", "FI", "SE", "FR", "CI", "GA",
    "BJ", "UG", "KE", "CO", "TR", "IL", "NG", "ZA", "VN", "XX", "cn", "LI"};

PhonePolicy any_type() { return {.denied_types = {}}; }

/// What may be relied upon, whatever was typed: a refusal, or a key that gives itself.
void check(std::string_view text, std::string_view region) {
  const auto number = parse_phone(text, region, any_type());
  if (!number) {
    RC_ASSERT(number.error().code == ErrorCode::invalid_number);
    RC_ASSERT(text.size() < 5 || number.error().text.find(text) == std::string::npos);  // R25
    return;
  }
  const PhoneNumber key = number.value();
  RC_TAG("a number");
  for (const std::string_view other : {std::string_view(), region}) {
    const auto again = parse_phone(key.e164(), other, any_type());
    RC_ASSERT(again.has_value());
    RC_ASSERT(again.value() == key);
  }
  const auto abroad = parse_phone("00" + key.e164().substr(1), "", any_type());
  RC_ASSERT(abroad.has_value());
  RC_ASSERT(abroad.value() == key);
  RC_ASSERT(PhoneNumber::from_e164(key.e164(), key.country_code_digits()) == key);
}

std::string some_digits(int least, int most) {
  std::string out;
  const int size = *rc::gen::inRange(least, most + 1);
  for (int i = 0; i < size; ++i) out += static_cast<char>('0' + *rc::gen::inRange(0, 10));
  return out;
}

RC_GTEST_PROP(PhoneProperty, WhateverIsAcceptedIsAFixedPoint_R22_A24, ()) {
  static const std::vector<std::string> beginnings = {
      "",     "+",    "00",  "0",   "+0",   "1",   "8",    "011",  "0011",
      "001",  "010",  "810", "+49", "+490", "+44", "+440", "+390", "+378",
      "+549", "+521", "015", "045", "+7",   "+86", "+1",   "+11",  "+4900"};
  const std::string text = *rc::gen::elementOf(beginnings) + some_digits(0, 16);
  check(text, *rc::gen::elementOf(regions));
}

RC_GTEST_PROP(PhoneProperty, SpellingsWithOtherDigitsAndSeparatorsGiveTheSameKey_R21_A23, ()) {
  static const std::vector<std::string> zeros = {"0", "\u0660", "\u06F0", "\u0966", "\uFF10"};
  static const std::vector<std::string> separators = {"",       "",       "",  " ", "-", ".",
                                                      "\u00A0", "\u2011", "(", ")", "/"};
  const std::string plain =
      *rc::gen::element<std::string>("", "+", "00", "0", "+86", "+44", "+39") + some_digits(4, 13);
  const std::string_view region = *rc::gen::elementOf(regions);
  std::string typed;
  for (const char c : plain) {
    typed += *rc::gen::elementOf(separators);
    if (c == '+') {
      typed += *rc::gen::element<std::string>("+", "\uFF0B");
    } else {
      std::string digit = *rc::gen::elementOf(zeros);
      digit.back() =
          static_cast<char>(digit.back() + (c - '0'));  // the ten follow each other in UTF-8 too
      typed += digit;
    }
  }
  const auto expected = parse_phone(plain, region, any_type());
  const auto got = parse_phone(typed, region, any_type());
  RC_ASSERT(got == expected);
}

RC_GTEST_PROP(PhoneProperty, HostileBytesAreRefusedOrGiveAFixedPoint_A23_A25, (std::string text)) {
  check(text, *rc::gen::elementOf(regions));
  // Mostly a number, with bytes thrown in.
  std::string number = "+86 139 1234 3672";
  number.insert(*rc::gen::inRange<std::size_t>(0, number.size()), text);
  check(number, *rc::gen::elementOf(regions));
}

RC_GTEST_PROP(PhoneProperty, AHostileRegionIsRefusedOrKnown, (std::string region)) {
  check("139 1234 3672", region);
  check("+86 139 1234 3672", region);
}

}  // namespace
}  // namespace ringfence
