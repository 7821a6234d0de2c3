// What people write for a telephone number, and the one key it gives, or the refusal (R21, R22,
// A23–A26).
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ringfence/model/phone_number.h"
#include "ringfence/model/policy.h"

namespace ringfence {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view refused = "invalid_number";

struct Spelling {
  std::string_view text;
  std::string_view region;
  std::string_view key;  // E.164, or the refusal
};

std::string read(std::string_view text, std::string_view region, const PhonePolicy& policy = {}) {
  const auto number = parse_phone(text, region, policy);
  return number ? number.value().e164() : std::string(name(number.error().code));
}

void expect(const std::vector<Spelling>& corpus) {
  for (const auto& [text, region, key] : corpus) {
    EXPECT_EQ(read(text, region), key) << "'" << text << "' typed in '" << region << "'";
    if (key.starts_with('+')) {
      EXPECT_EQ(read(key, ""), key) << "the key gives itself";
    }
  }
}

// Proves D7.21.
TEST(PhoneSpellings, OfOneNumberAllGiveOneKey_R21_R22) {
  constexpr std::string_view key = "+8613912343672";
  expect({{"+8613912343672", "", key},
          {"+86 139 1234 3672", "US", key},
          {"0086-139-1234-3672", "", key},
          {"0086 139 1234 3672", "CN", key},
          {"0086 139 1234 3672", "HK", key},
          {"011 86 139 1234 3672", "US", key},
          {"13912343672", "CN", key},
          {"0139 1234 3672", "CN", key},
          {"86 139 1234 3672", "CN", key},
          {"139-1234-3672", "cn", key},
          {"139.1234.3672", "Cn", key},
          {"+86 (0)139 1234 3672", "", key},
          {"(+86) 139/1234/3672", "", key}});
}

TEST(PhoneSpellings, DigitsOfOtherScriptsAreTheDigitsTheyAre_A23) {
  constexpr std::string_view key = "+8613912343672";
  expect({{"١٣٩١٢٣٤٣٦٧٢", "CN", key},                 // Arabic-Indic
          {"+٨٦ ١٣٩ ١٢٣٤ ٣٦٧٢", "", key},             //
          {"۱۳۹۱۲۳۴۳۶۷۲", "CN", key},                 // extended Arabic-Indic
          {"१३९१२३४३६७२", "CN", key},                 // Devanagari
          {"＋８６１３９１２３４３６７２", "", key},  // full-width, with its plus
          {"００８６（１３９）１２３４－３６７２", "", key},
          {"১৩৯১২৩৪৩৬৭২", "CN", key},                 // Bengali
          {"𝟏𝟑𝟗𝟏𝟐𝟑𝟒𝟑𝟔𝟕𝟐", "CN", key},                 // mathematical bold, outside the first plane
          {"1٣9۱2३4３6𝟕2", "CN", key},                // all mixed
          {"一三九一二三四三六七二", "CN", refused},  // words for digits
          {"¹³⁹¹²³⁴³⁶⁷²", "CN", refused},             // superscripts are no digits
          {"①③⑨①②③④③⑥⑦②", "CN", refused}});
}

// Proves D7.21.
TEST(PhoneSpellings, WaysToDialAbroadAndTrunkPrefixes_A24) {
  constexpr std::string_view london = "+442079460018";
  expect({{"020 7946 0018", "GB", london},
          {"+44 20 7946 0018", "", london},
          {"+44 (0)20 7946 0018", "", london},
          {"+44(0)2079460018", "", london},
          {"+4402079460018", "", london},
          {"0044 20 7946 0018", "", london},
          {"0044 (0) 20 7946 0018", "FR", london},
          {"0044 20 7946 0018", "JP", london},
          {"011 44 20 7946 0018", "US", london},
          {"011 44 20 7946 0018", "", refused},  // dialled like this in some countries only
          {"010 44 20 7946 0018", "JP", london},
          {"810 44 20 7946 0018", "RU", london},
          {"0011 44 20 7946 0018", "AU", london},
          {"001 44 20 7946 0018", "KR", london},
          {"0015 44 20 7946 0018", "BR", london},
          {"000 44 20 7946 0018", "", refused},
          {"+0 44 20 7946 0018", "", refused},
          {"+00 44 20 7946 0018", "", refused},
          {"+44 0 0 20 7946 0018", "", refused}});
}

TEST(PhoneSpellings, TheRegionsOwnWayAbroadIsNotReadAsPlusAndAStrangersNumber_A24) {
  expect({{"0011 49 30 123456", "AU", "+4930123456"},    // not +1 493 012 3456
          {"0011 45 32 12 34 56", "AU", "+4532123456"},  // not +1 453 212 3456
          {"002 49 30 1234567", "KR", "+49301234567"},   // not +249 301 234 567
          {"001 1 650 253 0000", "KR", "+16502530000"},
          {"0086 139 1234 3672", "AU", "+8613912343672"},
          {"0011 32 12 34 56 78", "AU", refused}});  // a known range both ways
}

TEST(PhoneSpellings, ATrunkPrefixTooManyIsNotASecondKey_R22) {
  expect({{"+49 30 1234567", "", "+49301234567"},
          {"+49 (0)30 1234567", "", "+49301234567"},
          {"+49 0 0 30 1234567", "", refused},
          {"00 30 1234567", "DE", refused}});
}

TEST(PhoneSpellings, ExtensionsPausesLettersAndUrisAreRefusedNeverCutOff_A25) {
  for (const std::string_view rest : {" ext. 3"sv,
                                      " ext 3"sv,
                                      " x3"sv,
                                      "x3"sv,
                                      ";ext=3"sv,
                                      ",3"sv,
                                      ",,3"sv,
                                      ";3"sv,
                                      "p3"sv,
                                      "w3"sv,
                                      "#3"sv,
                                      "#"sv,
                                      "*3"sv,
                                      "～3"sv,
                                      " доб. 3"sv,
                                      " 转3"sv,
                                      "~3"sv,
                                      ":3"sv,
                                      " or 139 1234 3673x"sv,
                                      "\0"sv,
                                      "\0003"sv,
                                      "\n3@"sv}) {
    EXPECT_EQ(read("+86 139 1234 3672" + std::string(rest), "CN"), refused) << rest;
  }
  expect({{"tel:+8613912343672", "", refused},
          {"sip:+8613912343672@example.com", "", refused},
          {"+8613912343672;phone-context=+86", "", refused},
          {"1-800-FLOWERS", "US", refused},
          {"+1 650 CALL NOW", "", refused},
          {"+86 139 1234 367O", "", refused},
          {"+86 l39 1234 3672", "", refused}});
}

TEST(PhoneSpellings, TheItalianZeroIsPartOfTheNumber_A26) {
  expect({{"06 1234 5678", "IT", "+390612345678"},
          {"+39 06 1234 5678", "", "+390612345678"},
          {"+39 (06) 12345678", "", "+390612345678"},
          {"0039 06 1234 5678", "DE", "+390612345678"},
          {"338 123 4567", "IT", "+393381234567"},
          {"06 698 12345", "VA", "+390669812345"},  // the Vatican dials as Italy does
          {"+39 06 698 12345", "", "+390669812345"},
          {"+379 06 698 12345", "", refused},  // its own code is not in use
          {"0549 886377", "SM", "+3780549886377"},
          {"886377", "SM", "+3780549886377"},
          {"+378 886377", "", "+3780549886377"},
          {"+378 0549 886377", "", "+3780549886377"}});
  EXPECT_EQ(read("+39 6 12345678", "", {.strictness = Strictness::valid}), refused);
}

TEST(PhoneSpellings, MobileNumbersThatAreDialledWithMoreDigitsAtHome_A24) {
  expect({{"011 15-2345-6789", "AR", "+5491123456789"},
          {"11 15 2345 6789", "AR", "+5491123456789"},
          {"+54 11 15 2345 6789", "", "+5491123456789"},
          {"+54 9 11 2345 6789", "", "+5491123456789"},
          {"+54 9 11 15 2345 6789", "", refused},
          {"11 2345 6789", "AR", "+541123456789"},  // without 15 or 9 it is another line
          {"55 1234 5678", "MX", "+525512345678"},
          {"044 55 1234 5678", "MX", "+525512345678"},
          {"045 55 1234 5678", "MX", "+525512345678"},
          {"01 55 1234 5678", "MX", "+525512345678"},
          {"+52 1 55 1234 5678", "", "+525512345678"},
          {"0 15 11 91234-5678", "BR", "+5511912345678"},
          {"(11) 91234-5678", "BR", "+5511912345678"}});
}

TEST(PhoneSpellings, OfManyCountries_R21) {
  expect({{"(650) 253-0000", "US", "+16502530000"},    {"1 650 253 0000", "CA", "+16502530000"},
          {"8 (912) 345-67-89", "RU", "+79123456789"}, {"8 701 234 5678", "KZ", "+77012345678"},
          {"090-1234-5678", "JP", "+819012345678"},    {"010-1234-5678", "KR", "+821012345678"},
          {"0412 345 678", "AU", "+61412345678"},      {"021 123 4567", "NZ", "+64211234567"},
          {"098765 43210", "IN", "+919876543210"},     {"9123 4567", "SG", "+6591234567"},
          {"6123 4567", "HK", "+85261234567"},         {"0912 345 678", "TW", "+886912345678"},
          {"081 234 5678", "TH", "+66812345678"},      {"0812-3456-7890", "ID", "+6281234567890"},
          {"091 234 56 78", "VN", "+84912345678"},     {"050 123 4567", "AE", "+971501234567"},
          {"0100 123 4567", "EG", "+201001234567"},    {"082 123 4567", "ZA", "+27821234567"},
          {"0803 123 4567", "NG", "+2348031234567"},   {"0712 123456", "KE", "+254712123456"},
          {"06 12 34 56 78", "FR", "+33612345678"},    {"0151 23456789", "DE", "+4915123456789"},
          {"612 34 56 78", "ES", "+34612345678"},      {"06 12345678", "NL", "+31612345678"},
          {"0475 12 34 56", "BE", "+32475123456"},     {"079 123 45 67", "CH", "+41791234567"},
          {"0664 1234567", "AT", "+436641234567"},     {"070-123 45 67", "SE", "+46701234567"},
          {"406 12 345", "NO", "+4740612345"},         {"041 234 5678", "FI", "+358412345678"},
          {"20 12 34 56", "DK", "+4520123456"},        {"512 345 678", "PL", "+48512345678"},
          {"691 234 5678", "GR", "+306912345678"},     {"0532 123 45 67", "TR", "+905321234567"},
          {"052-345-6789", "IL", "+972523456789"},     {"07797 712345", "JE", "+447797712345"}});
}

TEST(PhoneSpellings, MayBePastedWithInvisibleMarksButNotWithAReversedOrder_R21) {
  constexpr std::string_view key = "+8613912343672";
  expect({{"\u202D+86 139 1234 3672\u202C", "", key},  // as address books copy it
          {"\u200E+86 139 1234 3672\u200F", "", key},
          {"\uFEFF139 1234 3672", "CN", key},
          {"139\u00AD1234\u00AD3672", "CN", key},
          {"\u2066139\u200C1234\u200D3672\u2069", "CN", key},
          {"\u202A+\u202B86\u061C13912343672\u2060", "", key},
          {"\u202E27634321931\u202C", "CN", refused}});
}

TEST(PhoneSpellings, SeparatorsOfEveryKind_R21) {
  constexpr std::string_view key = "+442079460018";
  for (const std::string_view between : {" "sv,      "  "sv,     "\t"sv,
                                         "-"sv,      "."sv,      "/"sv,
                                         "("sv,      ")"sv,      "\u00A0"sv /* no-break space */,
                                         "\u2009"sv, "\u200B"sv, "\u202F"sv,
                                         "\u2060"sv, "\u3000"sv, "\u2010"sv,
                                         "\u2011"sv, "\u2012"sv, "\u2013"sv,
                                         "\u2014"sv, "\u2212"sv, "\uFF0D"sv,
                                         "\uFF08"sv, "\uFF09"sv}) {
    const std::string sep(between);
    EXPECT_EQ(read("+44" + sep + "20" + sep + "7946" + sep + "0018", ""), key) << sep;
    EXPECT_EQ(read(sep + "0" + sep + "0" + sep + "442079460018" + sep, ""), key) << sep;
  }
}

// Proves D6.12.
TEST(PhoneSpellings, NumbersThatExistInOneCountryOnlyAreRefused) {
  expect({{"253-0000", "US", refused},
          {"112", "DE", refused},
          {"911", "US", refused},
          {"110", "CN", refused},
          {"95533", "CN", refused},
          {"+1 555 0100", "", refused},
          {"+86 110", "", refused}});
}

TEST(PhoneSpellings, WhatIsNoNumberIsRefused) {
  const std::string long_zeros = "+" + std::string(200, '0');
  const std::string long_spaces = "+8613912343672" + std::string(200, ' ');
  expect({{"", "", refused},
          {"", "CN", refused},
          {"+", "", refused},
          {"+", "CN", refused},
          {"00", "", refused},
          {"0", "CN", refused},
          {" - ", "CN", refused},
          {"++8613912343672", "", refused},
          {"+86+13912343672", "", refused},
          {"13912343672+", "CN", refused},
          {"00+8613912343672", "", refused},
          {"hello", "CN", refused},
          {"+999 123 456 789", "", refused},
          {"+210 123 456 789", "", refused},
          {"+1234567890123456", "", refused},  // sixteen digits
          {"+49 12345678901234", "", refused},
          {"\xff\xfe", "CN", refused},
          {"1391234367\xc3", "CN", refused},  // ends within a character
          {"139\xc0\xb1"
           "2343672",
           "CN", refused},  // an overlong form of a digit
          {"139\xed\xa0\x80"
           "12343672",
           "CN", refused},  // half a surrogate pair
          {"\xd9\xa1"
           "391234367\0"sv,
           "CN", refused},
          {long_zeros, "", refused},
          {long_spaces, "", refused}});
}

TEST(PhoneSpellings, ANationalSpellingNeedsAKnownRegion) {
  for (const std::string_view region :
       {""sv, "XX"sv, "ZZ"sv, "CHN"sv, "001"sv, "C"sv, "C\0"sv, "中国"sv, "86"sv}) {
    EXPECT_EQ(read("139 1234 3672", region), refused) << region;
  }
  EXPECT_EQ(read("+86 139 1234 3672", "XX"), refused)
      << "a region that is none is a mistake of the caller";
  EXPECT_EQ(read("+86 139 1234 3672", ""), "+8613912343672");
}

// The metadata does not know that these reach the same line; each is a key of its own. An account
// that holds one of them is not seen as associated with the other.
TEST(PhoneSpellings, KnownAliasesThatStayTwoKeys) {
  EXPECT_NE(read("+39 0549 886377", ""), read("+378 0549 886377", ""))
      << "San Marino through Italy";
  EXPECT_NE(read("+54 11 2345 6789", ""), read("+54 9 11 2345 6789", ""))
      << "an Argentine mobile without its 9";
}

}  // namespace
}  // namespace ringfence
