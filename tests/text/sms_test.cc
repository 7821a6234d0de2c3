// How many parts of a text message a text takes: what the network counts, and the host pays.
#include "ringfence/sms.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace ringfence {
namespace {

std::string times(int count, std::string_view text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

SmsSize gsm7(int units, int segments) { return {SmsAlphabet::gsm7, units, segments}; }
SmsSize ucs2(int units, int segments) { return {SmsAlphabet::ucs2, units, segments}; }

TEST(SmsSize, OfPlainTextsIs160SeptetsThen153APart) {
  EXPECT_EQ(sms_size(""), gsm7(0, 1));
  EXPECT_EQ(sms_size(times(160, "a")), gsm7(160, 1));
  EXPECT_EQ(sms_size(times(161, "a")), gsm7(161, 2));
  EXPECT_EQ(sms_size(times(306, "a")), gsm7(306, 2));
  EXPECT_EQ(sms_size(times(307, "a")), gsm7(307, 3));
}

TEST(SmsSize, OfOtherScriptsIs70UnitsThen67APart) {
  EXPECT_EQ(sms_size(times(70, "码")), ucs2(70, 1));
  EXPECT_EQ(sms_size(times(71, "码")), ucs2(71, 2));
  EXPECT_EQ(sms_size(times(134, "码")), ucs2(134, 2));
  EXPECT_EQ(sms_size(times(135, "码")), ucs2(135, 3));
}

TEST(SmsSize, OneCharacterThatGsmHasNotMakesTheWholeTextUcs2) {
  EXPECT_EQ(sms_size(times(69, "a") + "ó"), ucs2(70, 1));
  EXPECT_EQ(sms_size(times(70, "a") + "ó"), ucs2(71, 2));
}

TEST(SmsSize, KnowsTheAccentsAndSignsThatGsmHas) {
  for (const std::string has : {"é", "ñ", "ü", "à", "¡", "¿", "Ç", "@", "_", "*", "\n", "\r", "Ω"})
    EXPECT_EQ(sms_size(has), gsm7(1, 1)) << has;
  for (const std::string has_not : {"á", "í", "ó", "ú", "ç", "`", "“", "\t", "\u200e", "\x1b"})
    EXPECT_EQ(sms_size(has_not), ucs2(1, 1)) << has_not;
}

TEST(SmsSize, SignsOfTheExtensionTakeTwoSeptets) {
  for (const std::string sign : {"^", "{", "}", "\\", "[", "~", "]", "|", "€", "\f"})
    EXPECT_EQ(sms_size(sign), gsm7(2, 1)) << sign;
  EXPECT_EQ(sms_size(times(80, "€")), gsm7(160, 1));
}

TEST(SmsSize, CutsNoEscapeFromItsSign) {
  // 76 of them fill 152 septets of a part; the last septet stays empty.
  EXPECT_EQ(sms_size(times(152, "€")), gsm7(304, 2));
  EXPECT_EQ(sms_size(times(153, "€")), gsm7(306, 3));
  EXPECT_EQ(sms_size(times(152, "a") + "€" + times(152, "a")), gsm7(306, 3));
}

TEST(SmsSize, CutsNoSurrogateFromItsMate) {
  EXPECT_EQ(sms_size(times(35, "😀")), ucs2(70, 1));
  EXPECT_EQ(sms_size(times(66, "😀")), ucs2(132, 2));  // 33 a part: the last unit stays empty
  EXPECT_EQ(sms_size(times(67, "😀")), ucs2(134, 3));
}

TEST(SmsSize, ABrokenByteIsOneCharacterThatGsmHasNot) {
  EXPECT_EQ(sms_size("a\xff"), ucs2(2, 1));
  EXPECT_EQ(sms_size("\xe7\xa0"), ucs2(2, 1));
}

RC_GTEST_PROP(SmsSize, AlwaysHasAsManyPartsAsItsUnitsNeedAndOneMoreAtMost, ()) {
  std::string text;
  for (int i = *rc::gen::inRange(0, 400); i > 0; --i)
    text += *rc::gen::element<std::string>("a", "é", "€", "{", "码", "😀");
  const SmsSize size = sms_size(text);
  const int whole = size.alphabet == SmsAlphabet::gsm7 ? 160 : 70;
  const int part = size.alphabet == SmsAlphabet::gsm7 ? 153 : 67;
  if (size.units <= whole) {
    RC_ASSERT(size.segments == 1);
  } else {
    RC_ASSERT(size.segments >= (size.units + part - 1) / part);
    RC_ASSERT(size.segments <= (size.units + part - 2) / (part - 1));
  }
}

}  // namespace
}  // namespace ringfence
