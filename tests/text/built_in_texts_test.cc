// The words that ringfence brings, in each of its languages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>
#include <string>

#include "ringfence/model/notice.h"
#include "ringfence/sms.h"
#include "ringfence/workflow/flow_table.h"
#include "text/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* longest_code = "9876543210";

// Calls `see` with every code there is, by every way it may go, in every language.
template <class See>
void every_code(const See& see) {
  for (const std::string& locale : built_in_locales()) {
    for (const Purpose& purpose : all_purposes) {
      const std::string what =
          locale + " " + std::string(name(purpose.flow)) + " " + std::string(name(purpose.role));
      if (purpose.to_phone) {
        see(code_to(long_number(), purpose, locale), purpose, "SMS " + what);
        see(code_to(long_number(), purpose, locale, Route::voice), purpose, "voice " + what);
      }
      if (purpose.to_email) see(code_to(some_mail(), purpose, locale), purpose, "mail " + what);
    }
  }
}

std::string apart(const std::string& digits) {
  std::string out;
  for (const char digit : digits) out += (out.empty() ? "" : ", ") + std::string(1, digit);
  return out;
}

// What nobody may be told, in each language.
const std::map<std::string, std::string>& warnings() {
  static const std::map<std::string, std::string> all = {
      {"en", "(do not share it|Do not tell it)"},
      {"zh-Hans", "请勿告诉任何人"},
      {"ja", "他人に教えないでください"},
      {"es", "(no la compartas|No lo compartas|No se lo digas)"},
      {"ar", "(لا تشاركه|لا تخبر به)"}};
  return all;
}
bool says_one_of(const std::string& text, std::string choices) {
  if (choices.front() != '(') return text.find(choices) != std::string::npos;
  choices = choices.substr(1, choices.size() - 2) + "|";
  for (std::size_t bar; (bar = choices.find('|')) != std::string::npos; choices.erase(0, bar + 1)) {
    if (text.find(choices.substr(0, bar)) != std::string::npos) return true;
    std::string lower = choices.substr(0, bar);
    lower[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(lower[0])));
    if (text.find(lower) != std::string::npos) return true;
  }
  return false;
}

TEST(BuiltInTexts, AreThereForEveryFlowThatThereIs) {
  std::set<FlowKind> named;
  for (const Purpose& purpose : all_purposes) named.insert(purpose.flow);
  for (const auto& row : workflow::flow_table) EXPECT_TRUE(named.contains(row.kind));
}

TEST(BuiltInTexts, OfACodeHaveTheCodeItsLifeAndAWarning_A37) {
  int seen = 0;
  every_code([&](const Message& message, const Purpose&, const std::string& what) {
    SCOPED_TRACE(what);
    ++seen;
    const auto said = words(*Templates::built_in(), message, "123456");
    ASSERT_TRUE(said);
    const bool voice = message.route == Route::voice;
    EXPECT_EQ(said.value().locale, message.locale);
    EXPECT_THAT(said.value().text, HasSubstr(voice ? "1, 2, 3, 4, 5, 6" : "123456"));
    const json lifetime = locale_file(message.locale).at("lifetime").at("other");
    EXPECT_THAT(said.value().text, HasSubstr(replaced(lifetime, "{minutes}", "5")));
    EXPECT_TRUE(says_one_of(said.value().text, warnings().at(message.locale))) << said.value().text;
    EXPECT_THAT(said.value().text, Not(HasSubstr("{")));
  });
  EXPECT_EQ(seen, 5 * (8 + 8 + 7));
}

// Whoever is asked on the telephone for the code of one thing reads that it is for another.
TEST(BuiltInTexts, OfACodeNameTheActionInWordsOfItsOwn_A37) {
  std::map<std::string, std::set<std::string>> texts;
  every_code([&](const Message& message, const Purpose& purpose, const std::string& what) {
    SCOPED_TRACE(what);
    const auto said = words(*Templates::built_in(), message, "123456").value();
    if (purpose.role == Role::identity) {
      const std::string action =
          locale_file(message.locale).at("actions").at(message.purpose + ".identity");
      EXPECT_THAT(said.text, HasSubstr(action.substr(0, action.find('{'))));
    }
    // To replace a lost phone is, for who reads it, to set one.
    if (purpose.flow == FlowKind::replace_phone) return;
    EXPECT_TRUE(texts[what.substr(0, what.find(' ', 6))].insert(said.text).second) << said.text;
  });
}

TEST(BuiltInTexts, OfACodeToANewAddressNameItMasked_A37) {
  every_code([&](const Message& message, const Purpose& purpose, const std::string& what) {
    SCOPED_TRACE(what);
    const auto said = words(*Templates::built_in(), message, "123456").value();
    const bool mail = message.destination->kind() == ChannelKind::email;
    const bool voice = message.route == Route::voice;
    const std::string masked = mail ? some_mail_masked : voice ? apart("6789") : long_number_masked;
    EXPECT_EQ(said.text.find(masked) != std::string::npos, purpose.role == Role::target);
    EXPECT_THAT(said.text + said.subject + said.html, Not(HasSubstr("151123456789")));
    EXPECT_THAT(said.text + said.subject + said.html, Not(HasSubstr("lion@example.com")));
    EXPECT_TRUE(!voice || said.text.find('*') == std::string::npos);
  });
}

TEST(BuiltInTexts, OfAnOperationNameIt_A37) {
  for (const std::string& locale : built_in_locales()) {
    const Message message =
        code_to(long_number(), {FlowKind::confirm_operation, Role::identity}, locale);
    EXPECT_THAT(words(*Templates::built_in(), message, "1").value().text,
                HasSubstr("vm:deleteInstance"));
    const auto friendly =
        templates({{"locales", {{locale, {{"operations", {{"vm:deleteInstance", "X 7"}}}}}}}});
    EXPECT_THAT(words(*friendly, message, "1").value().text, HasSubstr("X 7"));
  }
}

TEST(BuiltInTexts, OfAMailHaveASubjectWithoutTheCodeAndAnHtmlPartWithIt) {
  every_code([&](const Message& message, const Purpose&, const std::string& what) {
    SCOPED_TRACE(what);
    const auto said = words(*Templates::built_in(), message, "123456").value();
    if (message.destination->kind() == ChannelKind::phone) {
      EXPECT_EQ(said.subject + said.html, "");
      return;
    }
    EXPECT_NE(said.subject, "");
    EXPECT_THAT(said.subject, Not(HasSubstr("123456")));
    EXPECT_THAT(said.html, HasSubstr(">123456</strong>"));
    EXPECT_THAT(said.html, HasSubstr("<html lang=\"" + message.locale + "\" dir=\"" +
                                     (message.locale == "ar" ? "rtl" : "ltr") + "\">"));
  });
}

TEST(BuiltInTexts, OfACodeFitIntoOneTextMessageWhateverItsLengthAndLife) {
  every_code([&](const Message& message, const Purpose&, const std::string& what) {
    if (message.route == Route::voice || message.destination->kind() == ChannelKind::email) return;
    SCOPED_TRACE(what);
    const bool latin = message.locale == "en" || message.locale == "es";
    for (TimeMs minutes = 0; minutes <= 10; ++minutes) {
      const auto said =
          words(*Templates::built_in(), message, longest_code, minutes * minute_ms).value();
      const SmsSize size = sms_size(said.text);
      EXPECT_EQ(size.alphabet, latin ? SmsAlphabet::gsm7 : SmsAlphabet::ucs2);
      EXPECT_EQ(size.segments, 1) << size.units << " units: " << said.text;
    }
  });
}

TEST(BuiltInTexts, OfACodeFitIntoTwoTextMessagesWithTheLineForPrograms) {
  const auto bound = templates({{"host", "accounts.cloud.example.com"}, {"service", "Example"}});
  every_code([&](const Message& message, const Purpose&, const std::string& what) {
    if (message.route == Route::voice || message.destination->kind() == ChannelKind::email) return;
    SCOPED_TRACE(what);
    const auto said = words(*bound, message, longest_code, 10 * minute_ms).value();
    EXPECT_LE(sms_size(said.text).segments, 2) << said.text;
  });
}

TEST(BuiltInTexts, AreThereForEveryNotice) {
  for (const std::string& locale : built_in_locales()) {
    std::set<std::string> different;
    for (const std::string_view notice : security_notices) {
      SCOPED_TRACE(locale + " " + std::string(notice));
      const auto sms =
          words(*Templates::built_in(), notice_to(long_number(), std::string(notice), locale))
              .value();
      const auto mail =
          words(*Templates::built_in(), notice_to(some_mail(), std::string(notice), locale))
              .value();
      EXPECT_TRUE(different.insert(sms.text).second) << sms.text;
      EXPECT_NE(sms.text, "");
      EXPECT_THAT(sms.text + mail.text + mail.subject + mail.html, Not(HasSubstr("{")));
      EXPECT_THAT(sms.text, Not(HasSubstr(std::string(notice))));  // not the one for the unknown
      EXPECT_NE(mail.subject, "");
      EXPECT_THAT(mail.html, HasSubstr("<p>"));
      const bool latin = locale == "en" || locale == "es";
      EXPECT_EQ(sms_size(sms.text).alphabet, latin ? SmsAlphabet::gsm7 : SmsAlphabet::ucs2);
      EXPECT_LE(sms_size(sms.text).segments, 2);
    }
  }
}

TEST(BuiltInTexts, OfAChangeNameTheNewAddressAndTheReferenceForADispute_R14) {
  for (const std::string& locale : built_in_locales()) {
    for (const std::string purpose : {"phone_changed", "email_changed"}) {
      Message notice = notice_to(some_mail(), purpose, locale);
      const std::string without = words(*Templates::built_in(), notice).value().text;
      EXPECT_THAT(without, HasSubstr(long_number_masked));
      EXPECT_THAT(without, HasSubstr(locale_file(locale).at("not_you").get<std::string>()));
      notice.fields["dispute"] = "0a.0b";
      EXPECT_THAT(words(*Templates::built_in(), notice).value().text, HasSubstr("0a.0b"));
    }
  }
}

TEST(BuiltInTexts, OfALockSayWhetherItWasForWrongCodes) {
  for (const std::string& locale : built_in_locales()) {
    Message notice = notice_to(long_number(), "account_locked", locale);
    const std::string by_host = words(*Templates::built_in(), notice).value().text;
    notice.fields["reason"] = "too_many_failures";
    EXPECT_NE(words(*Templates::built_in(), notice).value().text, by_host);
  }
}

TEST(BuiltInTexts, LeaveTheHostsOwnNoticeAsItIs) {
  const auto named = templates({{"service", "Example"}});
  for (const std::string& locale : built_in_locales()) {
    Message notice = notice_to(long_number(), "monitoring_alarm", locale);
    notice.fields = {{"text", "Disk 7 of {db} is full"}};
    const bool isolated = locale == "ar";
    EXPECT_EQ(words(*named, notice).value().text,
              isolated ? "\u2068Disk 7 of {db} is full\u2069" : "Disk 7 of {db} is full");
  }
}

// A number among letters that run from right to left keeps its ends where they are.
TEST(BuiltInTexts, FromRightToLeftKeepNumbersReadable) {
  const auto said =
      words(*Templates::built_in(),
            code_to(long_number(), {FlowKind::change_phone, Role::target}, "ar"), "123456")
          .value();
  EXPECT_THAT(said.text, HasSubstr(std::string("\u200e") + long_number_masked));
  const auto mail =
      words(*Templates::built_in(),
            code_to(some_mail(), {FlowKind::change_email, Role::target}, "ar"), "123456")
          .value();
  EXPECT_THAT(mail.html, HasSubstr("<strong dir=\"ltr\""));
}

TEST(BuiltInTexts, SayTheLifeToTheNearestMinuteInTheRightNumber) {
  const Message message = code_to(long_number(), {FlowKind::change_phone, Role::identity}, "en");
  const auto at = [&](TimeMs life) {
    return words(*Templates::built_in(), message, "1", life).value().text;
  };
  EXPECT_THAT(at(29'999), HasSubstr("less than a minute"));
  EXPECT_THAT(at(minute_ms), HasSubstr("for 1 minute."));
  EXPECT_THAT(at(89'999), HasSubstr("for 1 minute."));
  EXPECT_THAT(at(90'000), HasSubstr("for 2 minutes."));
  EXPECT_THAT(at(10 * minute_ms), HasSubstr("for 10 minutes."));
}

// --- The line that programs read: https://wicg.github.io/sms-one-time-codes/#parsing ---

struct OriginBoundCode {
  std::string host;
  std::string code;
  bool embedded = false;
};

// "Extract a marked token": what follows the marker, up to ASCII white space.
std::optional<std::string> marked_token(const std::string& line, std::size_t& position,
                                        char marker) {
  if (position >= line.size() || line[position] != marker) return std::nullopt;
  const std::size_t begin = ++position;
  while (position < line.size() &&
         std::string_view("\t\n\f\r ").find(line[position]) == std::string_view::npos)
    ++position;
  if (position == begin) return std::nullopt;
  return line.substr(begin, position - begin);
}

std::optional<OriginBoundCode> parse_origin_bound(std::string message) {
  message = replaced(replaced(message, "\r\n", "\n"), "\r", "\n");
  const std::string line = message.substr(message.rfind('\n') + 1);
  std::size_t position = 0;
  const auto host = marked_token(line, position, '@');
  if (!host || position >= line.size() || line[position] != ' ') return std::nullopt;
  ++position;
  const auto code = marked_token(line, position, '#');
  if (!code) return std::nullopt;
  return OriginBoundCode{*host, *code, position < line.size()};
}

TEST(OriginBoundLine, IsTheLastLineOfEveryCodeByTextMessageAndOfNothingElse_R29) {
  const auto bound = templates({{"host", "example.com"}});
  every_code([&](const Message& message, const Purpose&, const std::string& what) {
    SCOPED_TRACE(what);
    const auto said = words(*bound, message, "012345").value();
    const auto parsed = parse_origin_bound(said.text);
    const bool sms =
        message.route == Route::text && message.destination->kind() == ChannelKind::phone;
    ASSERT_EQ(parsed.has_value(), sms);
    if (!sms) return;
    EXPECT_TRUE(said.text.ends_with("\n@example.com #012345"));
    EXPECT_EQ(parsed->host, "example.com");
    EXPECT_EQ(parsed->code, "012345");
    EXPECT_FALSE(parsed->embedded);
    const auto without = words(*Templates::built_in(), message, "012345").value();
    EXPECT_FALSE(parse_origin_bound(without.text));
    EXPECT_EQ(said.text, without.text + "\n@example.com #012345");
  });
  for (const std::string_view notice : security_notices) {
    const auto said = words(*bound, notice_to(long_number(), std::string(notice), "en")).value();
    EXPECT_FALSE(parse_origin_bound(said.text));
  }
}

// Whatever a host calls its operations and itself.
RC_GTEST_PROP(OriginBoundLine, NamesTheHostAndTheCodeWhateverElseIsInTheText_R29, ()) {
  const auto some_text = [] {
    std::string out;
    for (int i = *rc::gen::inRange(0, 30); i > 0; --i)
      out += *rc::gen::element<std::string>("a", " ", "@", "#", "\n", "\r", "\u2028", "%", "码",
                                            "@evil.example #999999", "\u202e", "\x01");
    return out;
  };
  Message message = code_to(long_number(), {FlowKind::confirm_operation, Role::identity},
                            *rc::gen::elementOf(built_in_locales()));
  message.fields["operation"] = some_text();
  const std::string code = *rc::gen::element<std::string>("000000", "123456", longest_code);
  const json setup = {{"host", "example.com"}, {"service", "x" + some_text()}};
  const auto bound = templates_from_json(setup.dump());
  if (!bound) {
    RC_ASSERT(bound.error().text.find("service must be") != std::string::npos);
    return;
  }
  const auto said = words(*bound.value(), message, code);
  const bool fit = message.fields["operation"].find_first_of("@#\n\r\x01") == std::string::npos &&
                   message.fields["operation"].find("\u2028") == std::string::npos &&
                   message.fields["operation"].find("\u202e") == std::string::npos;
  RC_ASSERT(said.has_value() == fit);
  if (!fit) {
    RC_ASSERT(said.error().code == ErrorCode::invalid_argument);
    RC_ASSERT(said.error().text.find("operation") == 0U);
    return;
  }
  const auto parsed = parse_origin_bound(said.value().text);
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->host == "example.com");
  RC_ASSERT(parsed->code == code);
  RC_ASSERT(!parsed->embedded);
  RC_ASSERT(std::count(said.value().text.begin(), said.value().text.end(), '\n') == 1);
}

// --- HTML ---

std::string escaped(std::string text) {
  text = replaced(text, "&", "&amp;");
  text = replaced(text, "<", "&lt;");
  text = replaced(text, ">", "&gt;");
  text = replaced(text, "\"", "&quot;");
  return replaced(text, "'", "&#39;");
}

RC_GTEST_PROP(HtmlPart, NeverCarriesAParameterThatIsNotEscaped, ()) {
  const std::string value = [] {
    std::string out = "x";
    for (int i = *rc::gen::inRange(1, 20); i > 0; --i)
      out += *rc::gen::element<std::string>("<", ">", "&", "\"", "'", "<script>", "&lt;", "--", "/",
                                            "a", " ", "{code}", "{", "}", "码", "<!--", "]]>");
    return out;
  }();
  RC_PRE(value.size() <= 60U);  // as much as the name of a service may have
  const std::string locale = *rc::gen::elementOf(built_in_locales());
  const bool own_html = *rc::gen::arbitrary<bool>();
  const auto with = [&](const std::string& parameter) {
    json setup = {{"service", parameter}};
    if (own_html) {
      setup["locales"][locale]["texts"] = {
          {"host_notice", {{"html", "<i title='{text}' lang=\"{service}\">{text}</i>"}}},
          {"code", {{"html", "<b data-a=\"{action}\">{service} {code} {lifetime} {action}</b>"}}}};
    }
    const auto made = templates(setup);
    Message code = code_to(some_mail(), {FlowKind::confirm_operation, Role::identity}, locale);
    code.fields["operation"] = parameter;
    Message notice = notice_to(some_mail(), "monitoring_alarm", locale);
    notice.fields = {{"text", parameter}, {"category", parameter}, {"masked", parameter}};
    Message changed = notice_to(some_mail(), "phone_changed", locale);
    changed.fields = {{"masked", parameter}, {"dispute", parameter}};
    return words(*made, code, "123456").value().html + words(*made, notice).value().html +
           words(*made, changed).value().html;
  };
  // The words around it are the same, and it is there as its escape.
  const std::string plain(value.size(), 'Q');
  std::string expected = with(plain);
  expected = replaced(expected, plain, escaped(value));
  RC_ASSERT(with(value) == expected);
}

}  // namespace
}  // namespace ringfence
