// Email addresses: one key, or a refusal; nothing is folded and nothing is cut off (R22, A27, A28).
#include "ringfence/model/email_address.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view refused = "invalid_email";

std::string read(std::string_view text) {
  const auto email = parse_email(text);
  return email ? email.value().text() : std::string(name(email.error().code));
}

struct Spelling {
  std::string_view text;
  std::string_view key;
};

void expect(const std::vector<Spelling>& corpus) {
  for (const auto& [text, key] : corpus) {
    EXPECT_EQ(read(text), key) << text;
    if (key != refused) {
      EXPECT_EQ(read(key), key) << "the key gives itself";
    }
  }
}

std::string labels(
    std::size_t size) {  // a domain of exactly so many characters, labels of at most 63
  std::string out = "com";
  while (out.size() + 1 < size) {
    const std::size_t label = std::min<std::size_t>(63, size - out.size() - 1);
    out.insert(0, std::string(label, 'a') + ".");
  }
  return out;
}

TEST(EmailAddress, SpellingsOfOneAddressGiveOneKey_R22) {
  expect({{"lion@example.com", "lion@example.com"},
          {"  lion@example.com\r\n", "lion@example.com"},
          {"lion@EXAMPLE.Com", "lion@example.com"},
          {"lion@ｅｘａｍｐｌｅ.com", "lion@example.com"},
          {"lion@example。com", "lion@example.com"},  // the full stop of Chinese and Japanese
          {"lion@bücher.example", "lion@xn--bcher-kva.example"},
          {"lion@BÜCHER.example", "lion@xn--bcher-kva.example"},
          {"lion@bu\u0308cher.example", "lion@xn--bcher-kva.example"},  // a combining accent
          {"lion@XN--BCHER-KVA.example", "lion@xn--bcher-kva.example"},
          {"lion@пример.рф", "lion@xn--e1afmkfd.xn--p1ai"},
          {"a@b.co", "a@b.co"},
          {"!#$%&'*+/=?^_`{|}~-@example.com", "!#$%&'*+/=?^_`{|}~-@example.com"}});
}

TEST(EmailAddress, LookAlikesOfOtherScriptsDifferVisibly_A27) {
  expect({{"lion@github.com", "lion@github.com"},
          {"lion@GITHUB.COM", "lion@github.com"},
          {"lion@gıthub.com", "lion@xn--gthub-n4a.com"},   // dotless i
          {"lion@GİTHUB.com", "lion@xn--github-qyd.com"},  // capital I with a dot
          {"lion@gitһub.com", "lion@xn--gitub-0kf.com"},   // Cyrillic shha
          {"lion@раураl.com", "lion@xn--l-7sba6dbr.com"},  // Cyrillic but for its l
          {"lion@straße.de", "lion@xn--strae-oqa.de"},     // a domain of its own (non-transitional)
          {"lion@strasse.de", "lion@strasse.de"},
          {"lıon@example.com", refused},  // the local part is ASCII
          {"lіon@example.com", refused},
          {"löwe@example.com", refused},
          {"ｌion@example.com", refused},
          {"lion＠example.com", refused}});
}

TEST(EmailAddress, TheLocalPartIsKeptAsTyped_A28) {
  expect({{"lion+tag@example.com", "lion+tag@example.com"},
          {"l.i.o.n@gmail.com", "l.i.o.n@gmail.com"},
          {"Lion@example.com", "Lion@example.com"},
          {"LION@example.com", "LION@example.com"},
          {"lion%eve@example.com", "lion%eve@example.com"}});
  EXPECT_NE(read("lion+a@example.com"), read("lion@example.com"));
  EXPECT_NE(read("l.ion@gmail.com"), read("lion@gmail.com"));
}

TEST(EmailAddress, NothingIsDroppedFromADomain_R22) {
  expect({{"lion@ex_ample.com", refused},
          {"lion@exam ple.com", refused},
          {"lion@example.com(comment)", refused},
          {"lion@(comment)example.com", refused},
          {"lion@example.com%0a", refused},
          {"lion@example.com,eve", refused},
          {"lion@ex\x01"
           "ample.com",
           refused},
          {"lion@ex\x7f"
           "ample.com",
           refused},
          {"lion@ex<ample.com", refused},
          {"lion@a\u2100b.com", refused}});  // a sign that stands for a/c
}

TEST(EmailAddress, WhatAnSmtpServerWouldReadOtherwiseIsRefused_A27) {
  expect({{"\"lion\"@example.com", refused},
          {"\"a b\"@example.com", refused},
          {"\"a@b\"@example.com", refused},
          {"lion(comment)@example.com", refused},
          {"Lion <lion@example.com>", refused},
          {"<lion@example.com>", refused},
          {"mailto:lion@example.com", refused},
          {"a@b@example.com", refused},
          {"lion@example.com,eve@example.com", refused},
          {"lion@example.com;eve@example.com", refused},
          {"lion@example.com eve@example.com", refused},
          {"lion@example.com\neve@example.com", refused},
          {"lion@example.com\r\nBcc: eve", refused},
          {"lion@[192.0.2.1]", refused},
          {"lion@[IPv6:2001:db8::1]", refused},
          {"lion@192.0.2.1", refused}});
}

TEST(EmailAddress, DotsAndHyphensHaveTheirPlaces) {
  expect({{".lion@example.com", refused},
          {"lion.@example.com", refused},
          {"li..on@example.com", refused},
          {"lion@example.com.", refused},
          {"lion@.example.com", refused},
          {"lion@example..com", refused},
          {"lion@example", refused},
          {"lion@localhost", refused},
          {"lion@example.c", refused},
          {"lion@example.123", refused},
          {"lion@-example.com", refused},
          {"lion@example-.com", refused},
          {"lion@xn--a.com", refused},
          {"lion@xn--.com", refused},
          {"lion@ex-ample.co1", "lion@ex-ample.co1"}});
}

TEST(EmailAddress, WhatIsNoneIsRefused) {
  expect({{"", refused},
          {"@", refused},
          {"lion", refused},
          {"lion@", refused},
          {"@example.com", refused},
          {"  ", refused},
          {"lion@example.com\0"sv, refused},
          {"li\0on@example.com"sv, refused},
          {"lion@exam\0ple.com"sv, refused},
          {"\0lion@example.com"sv, refused},
          {"lion@example.com\xff", refused},
          {"li\xc3on@example.com", refused},
          {"lion@ex\xc0\xaf"
           "ample.com",
           refused},
          {"lion@\xed\xa0\x80.com", refused}});
}

TEST(EmailAddress, LengthsAtTheirExactEdges) {
  const std::string domain = "@example.com";
  EXPECT_EQ(read(std::string(64, 'l') + domain), std::string(64, 'l') + domain);
  EXPECT_EQ(read(std::string(65, 'l') + domain), refused);

  const std::string label63 = "lion@" + std::string(63, 'a') + ".com";
  EXPECT_EQ(read(label63), label63);
  EXPECT_EQ(read("lion@" + std::string(64, 'a') + ".com"), refused);
  EXPECT_EQ(read("lion@example." + std::string(63, 'a')), "lion@example." + std::string(63, 'a'));
  EXPECT_EQ(read("lion@example." + std::string(64, 'a')), refused);

  const std::string whole254 = "lion@" + labels(249);
  ASSERT_EQ(whole254.size(), 254U);
  EXPECT_EQ(read(whole254), whole254);
  EXPECT_EQ(read("x" + whole254), refused);
  EXPECT_EQ(read("lion@" + labels(250)), refused);
  EXPECT_EQ(read(std::string(100'000, 'a') + domain), refused);
  EXPECT_EQ(read("lion@" + std::string(100'000, 'a')), refused);
  EXPECT_EQ(read(std::string(100'000, '@')), refused);
  EXPECT_EQ(read("lion@example.com" + std::string(100'000, ' ')), "lion@example.com");
}

TEST(EmailAddress, TheBoundIsThatOfTheAsciiForm) {
  // Each ü costs more than one byte as xn--…, so this has 254 characters as typed and more as
  // stored.
  std::string domain = "com";
  while (domain.size() < 200) domain.insert(0, "üüüüüüüüüü.");
  EXPECT_EQ(read("lion@" + domain), "lion@" + read("a@" + domain).substr(2));
  while (domain.size() < 400) domain.insert(0, "üüüüüüüüüü.");
  EXPECT_EQ(read("lion@" + domain), refused);
}

TEST(EmailAddress, TheStoredFormIsTakenAsItIs) {
  EXPECT_EQ(EmailAddress::from_canonical("lion@example.com")->text(), "lion@example.com");
  for (const char* none : {"", "lion", "@example.com", "lion@"})
    EXPECT_FALSE(EmailAddress::from_canonical(none)) << none;
}

// Proves D2.5.
TEST(EmailMask, HidesTheLocalPartAndItsLength) {
  EXPECT_EQ(parse_email("lion@example.com").value().masked(), "l*****n@example.com");
  EXPECT_EQ(mask_email("lioness-with-a-long-name@example.com"), "l*****e@example.com");
  EXPECT_EQ(mask_email("abc@example.com"), "a*****c@example.com");
  EXPECT_EQ(mask_email("ab@example.com"), "a*****@example.com") << "else all of it would be shown";
  EXPECT_EQ(mask_email("a@example.com"), "a*****@example.com");
  EXPECT_EQ(mask_email("@example.com"), "*****");
  EXPECT_EQ(mask_email("no address"), "*****");
}

// Whatever was typed: a refusal, or a key that gives itself and is plain.
void check(std::string_view text) {
  const auto email = parse_email(text);
  if (!email) {
    RC_ASSERT(email.error().code == ErrorCode::invalid_email);
    return;
  }
  RC_TAG("an address");
  const std::string& key = email.value().text();
  RC_ASSERT(key.size() <= 254U);
  RC_ASSERT(std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7f'; }));
  RC_ASSERT(std::count(key.begin(), key.end(), '@') == 1);
  RC_ASSERT(parse_email(key) == email);
}

RC_GTEST_PROP(EmailProperty, HostileBytesAreRefusedOrGiveAFixedPoint_R22, (std::string text)) {
  check(text);
  std::string inside = "lion@example.com";
  inside.insert(*rc::gen::inRange<std::size_t>(0, inside.size() + 1), text);
  check(inside);
}

RC_GTEST_PROP(EmailProperty, AnAsciiDomainIsKeptWholeButForItsCase_R22, ()) {
  const std::string domain =
      *rc::gen::container<std::string>(rc::gen::oneOf(
          rc::gen::inRange('!', '\x7f'), rc::gen::elementOf(std::string("abcXYZ019-._")))) +
      ".com";
  const auto email = parse_email("lion@" + domain);
  RC_PRE(domain.find('@') == std::string::npos);
  if (!email) return;
  std::string lower = domain;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  RC_ASSERT(email.value().text() == "lion@" + lower);
}

RC_GTEST_PROP(EmailProperty, DomainsOfAnyScriptAreRefusedOrGiveAFixedPoint_A27, ()) {
  std::string domain;
  for (const char32_t c : *rc::gen::container<std::vector<char32_t>>(rc::gen::oneOf(
           rc::gen::inRange<char32_t>(0x21, 0x250), rc::gen::inRange<char32_t>(0x370, 0x700),
           rc::gen::inRange<char32_t>(0x2000, 0x2200),
           rc::gen::inRange<char32_t>(0xFF00, 0xFFF0)))) {
    if (c < 0x80) {
      domain += static_cast<char>(c);
    } else if (c < 0x800) {
      domain += static_cast<char>(0xC0U | c >> 6U);
      domain += static_cast<char>(0x80U | (c & 0x3FU));
    } else {
      domain += static_cast<char>(0xE0U | c >> 12U);
      domain += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
      domain += static_cast<char>(0x80U | (c & 0x3FU));
    }
  }
  check("lion@" + domain + ".com");
}

}  // namespace
}  // namespace ringfence
