// Which language somebody reads, and which of those there are is nearest to it.
#include "ringfence/model/locale.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "text/locale_chain.h"
#include "text/samples.h"

namespace ringfence {
namespace {

using ::testing::ElementsAre;
using testing_support::json;
using testing_support::templates;
using text::locale_chain;

TEST(Locale, HasOneSpelling) {
  EXPECT_EQ(parse_locale("zh-hans-cn").value(), "zh-Hans-CN");
  EXPECT_EQ(parse_locale("EN-us").value(), "en-US");
  EXPECT_EQ(parse_locale("es-419").value(), "es-419");
  EXPECT_EQ(parse_locale("de-CH-1996").value(), "de-CH-1996");
  EXPECT_EQ(parse_locale("en-US-X-TWAIN").value(), "en-US-x-twain");
  EXPECT_EQ(parse_locale("ar-EG-U-NU-LATN").value(), "ar-EG-u-nu-latn");
  EXPECT_EQ(parse_locale("").value(), "");
}

TEST(Locale, ThatIsNoLanguageTagIsRefused) {
  for (const std::string bad : {"zh_CN", "e", "-en", "en-", "en--US", "en-US-", "en US", "1en",
                                "en-x", "C.UTF-8", "日本語", "abcdefghi", "en-abcdefghi", "en-\xff",
                                "en\n", "<b>", "en-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd"}) {
    const auto read = parse_locale(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(read.error().text.find("BCP 47"), std::string::npos);
  }
}

TEST(Locale, FallsBackToWhatIsLessExact) {
  EXPECT_THAT(locale_chain("es-MX"), ElementsAre("es-MX", "es"));
  EXPECT_THAT(locale_chain("en-US-x-twain"), ElementsAre("en-US-x-twain", "en-US", "en"));
}

TEST(Locale, OfChineseFallsBackByScript) {
  EXPECT_THAT(locale_chain("zh-Hans-CN"), ElementsAre("zh-Hans-CN", "zh-Hans", "zh"));
  EXPECT_THAT(locale_chain("zh-CN"), ElementsAre("zh-CN", "zh-Hans-CN", "zh-Hans", "zh"));
  EXPECT_THAT(locale_chain("zh-SG"), ElementsAre("zh-SG", "zh-Hans-SG", "zh-Hans", "zh"));
  EXPECT_THAT(locale_chain("zh-TW"), ElementsAre("zh-TW", "zh-Hant-TW", "zh-Hant"));
  EXPECT_THAT(locale_chain("zh-Hant"), ElementsAre("zh-Hant"));
  const auto alone = locale_chain("zh");
  EXPECT_EQ(alone.front(), "zh");
  EXPECT_EQ(alone.at(1), "zh-Hans");
}

TEST(Locale, OfAReaderIsTheNearestThatHasTexts) {
  const auto built_in = Templates::built_in();
  for (const std::string simplified : {"zh", "zh-CN", "zh-Hans-CN", "zh-Hans", "zh-SG", "ZH-cn"})
    EXPECT_EQ(built_in->locale_for(simplified), "zh-Hans") << simplified;
  EXPECT_EQ(built_in->locale_for("ar-EG"), "ar");
  EXPECT_EQ(built_in->locale_for("es-419"), "es");
  EXPECT_EQ(built_in->locale_for("ja-JP"), "ja");
}

TEST(Locale, WithoutTextsGetsTheDefaultOne) {
  const auto built_in = Templates::built_in();
  const auto spanish = templates({{"default_locale", "es"}});
  for (const std::string nobodys : {"", "fr", "zh-TW", "zh-Hant", "zh-Hant-CN", "zh_CN", "?"}) {
    EXPECT_EQ(built_in->locale_for(nobodys), "en") << nobodys;
    EXPECT_EQ(spanish->locale_for(nobodys), "es") << nobodys;
  }
  EXPECT_EQ(templates({{"default_locale", "zh-CN"}})->locale_for("fr"), "zh-Hans");
}

TEST(Locale, OfTraditionalChineseIsTakenWhereTheHostGivesIt) {
  const json hant = testing_support::locale_file("zh-Hans");
  const auto with = templates({{"locales", {{"zh-Hant", hant}}}});
  EXPECT_EQ(with->locale_for("zh-TW"), "zh-Hant");
  EXPECT_EQ(with->locale_for("zh-HK"), "zh-Hant");
  EXPECT_EQ(with->locale_for("zh-CN"), "zh-Hans");
}

}  // namespace
}  // namespace ringfence
