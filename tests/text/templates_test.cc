// A host's own words: put over the built-in ones, and checked before anything is sent with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "text/phrasebook.h"
#include "text/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr Purpose identity = {FlowKind::change_phone, Role::identity};
constexpr Purpose target = {FlowKind::change_phone, Role::target};

// Why it is refused; empty: it is not.
std::string why_text_refused(const std::string& text) {
  const auto made = templates_from_json(text);
  if (made) return "";
  EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(made.error().next, NextStep::fix_setup);
  return made.error().text;
}
std::string why_refused(const json& in) { return why_text_refused(in.dump()); }

// With these members in the English texts.
std::string why_refused_in_english(const json& over) {
  return why_refused(json{{"locales", {{"en", over}}}});
}
std::string why_refused_as_text(const std::string& name, const json& parts) {
  return why_refused_in_english({{"texts", {{name, parts}}}});
}

TEST(Templates, MayBeLeftOutAsAWhole) {
  EXPECT_EQ(why_text_refused("{}"), "");
  EXPECT_EQ(why_text_refused(R"({"locales":{}})"), "");
}

TEST(Templates, ThatAreNoJsonObjectAreRefused) {
  EXPECT_THAT(why_text_refused(std::string("")), HasSubstr("break off at byte"));
  EXPECT_THAT(why_text_refused(std::string("{\"host\":")), HasSubstr("break off at byte"));
  EXPECT_THAT(why_text_refused(std::string("[]")), HasSubstr("not a JSON object"));
  EXPECT_THAT(why_text_refused(std::string(R"({"host":"a.example","host":"b.example"})")),
              HasSubstr("twice"));
  EXPECT_THAT(
      why_text_refused("{\"locales\":" + std::string(100, '[') + std::string(100, ']') + "}"),
      HasSubstr("nested too deep"));
}

TEST(Templates, AMemberThatIsNotKnownIsRefusedByItsPlace) {
  EXPECT_THAT(why_refused(json{{"hosts", "example.com"}}), HasSubstr("no member hosts"));
  EXPECT_THAT(why_refused_in_english({{"txts", json::object()}}),
              HasSubstr("locales.en has a member txts"));
  EXPECT_THAT(why_refused_as_text("phone_chnged", {{"sms", "x"}}),
              HasSubstr("locales.en.texts has a member phone_chnged"));
  EXPECT_THAT(why_refused_as_text("phone_changed", {{"voice", "x"}}),
              HasSubstr("locales.en.texts.phone_changed has a member voice"));
  EXPECT_THAT(why_refused_in_english({{"actions", {{"claim_login.identity", "x"}}}}),
              HasSubstr("locales.en.actions has a member claim_login.identity"));
  EXPECT_THAT(why_refused_in_english({{"lifetime", {{"11", "x"}}}}),
              HasSubstr("locales.en.lifetime has a member 11"));
}

TEST(Templates, AMemberOfAnotherTypeIsRefusedByItsPlace) {
  EXPECT_THAT(why_refused(json{{"host", 7}}), HasSubstr("host must be a domain"));
  EXPECT_THAT(why_refused(json{{"locales", json::array()}}),
              HasSubstr("locales must be an object"));
  EXPECT_THAT(why_refused(json{{"locales", {{"en", "x"}}}}),
              HasSubstr("locales.en must be an object"));
  EXPECT_THAT(why_refused_in_english({{"texts", 1}}),
              HasSubstr("locales.en.texts must be an object"));
  EXPECT_THAT(why_refused_as_text("code", {{"sms", nullptr}}),
              HasSubstr("locales.en.texts.code.sms must be a text"));
  EXPECT_THAT(why_refused_in_english({{"direction", "up"}}),
              HasSubstr("locales.en.direction must be ltr or rtl"));
  EXPECT_THAT(why_refused_in_english({{"categories", {{"billing", 1}}}}),
              HasSubstr("locales.en.categories.billing must be one line"));
}

TEST(Templates, APlaceholderThatIsNotKnownIsRefusedByItsName) {
  for (const std::string wrong : {"{Code}", "{ code }", "{}", "{codes}", "{operation_id}"}) {
    EXPECT_THAT(why_refused_as_text("code", {{"sms", wrong + "{code}{lifetime}{action}"}}),
                AllOf(HasSubstr("locales.en.texts.code.sms"), HasSubstr("no placeholder " + wrong)))
        << wrong;
  }
  for (const std::string wrong : {"{", "}", "{code", "code}", "{{code}", "{a{code}}"}) {
    EXPECT_THAT(why_refused_as_text("code", {{"sms", wrong + "{code}{lifetime}{action}"}}),
                HasSubstr("brace"))
        << wrong;
  }
}

TEST(Templates, APlaceholderMayStandOnlyWhereItMeansSomething) {
  EXPECT_THAT(why_refused_as_text("phone_changed", {{"sms", "{address} {not_you} {code}"}}),
              AllOf(HasSubstr("texts.phone_changed.sms may not have {code}"),
                    HasSubstr("it may have {address}, {service}, {not_you}")));
  // Subjects are logged on the way.
  EXPECT_THAT(why_refused_as_text("code", {{"subject", "{code} for {action}"}}),
              HasSubstr("texts.code.subject may not have {code}"));
  // Whoever asks for an identity code has named no address yet.
  EXPECT_THAT(
      why_refused_as_text("code.change_phone.identity", {{"sms", "{code} {lifetime} {address}"}}),
      HasSubstr("may not have {address}"));
}

TEST(Templates, ATextOfACodeThatDoesNotSayWhatItMustIsRefused_A37) {
  EXPECT_THAT(why_refused_as_text("code", {{"sms", "{lifetime} {action}"}}),
              HasSubstr("texts.code.sms must have {code}"));
  EXPECT_THAT(why_refused_as_text("code", {{"voice", "{code} {action}"}}),
              HasSubstr("texts.code.voice must have {lifetime}"));
  EXPECT_THAT(why_refused_as_text("code", {{"text", "{code} {lifetime}"}}),
              HasSubstr("texts.code.text must have {action}"));
  EXPECT_THAT(why_refused_as_text("code", {{"html", "{code} {lifetime}"}}),
              HasSubstr("texts.code.html must have {action}"));
  EXPECT_THAT(why_refused_as_text("code.change_phone.target", {{"sms", "{code} {lifetime}"}}),
              HasSubstr("must have {action} or {address}"));
  EXPECT_THAT(
      why_refused_as_text("code.confirm_operation.identity", {{"sms", "{code} {lifetime}"}}),
      HasSubstr("must have {action} or {operation}"));
  EXPECT_THAT(why_refused_in_english({{"actions", {{"change_phone.target", "set a phone"}}}}),
              HasSubstr("actions.change_phone.target must have {address}"));
}

TEST(Templates, ANoticeThatDoesNotSayWhatItMustIsRefused_R14) {
  EXPECT_THAT(why_refused_as_text("phone_changed", {{"sms", "It is {address}."}}),
              HasSubstr("texts.phone_changed.sms must have {not_you}"));
  EXPECT_THAT(why_refused_as_text("email_changed", {{"text", "Changed. {not_you}"}}),
              HasSubstr("texts.email_changed.text must have {address}"));
  EXPECT_THAT(why_refused_in_english({{"not_you_with_reference", "Call us."}}),
              HasSubstr("not_you_with_reference must have {reference}"));
}

TEST(Templates, ControlCharactersAreRefused) {
  for (const std::string bad : {"\n", "\r", "\x01", "\x1b", "\u0085", "\u2028", "\u202e"}) {
    EXPECT_THAT(why_refused_as_text("code", {{"sms", "{code} {lifetime} {action}" + bad}}),
                HasSubstr("texts.code.sms must be one line"))
        << bad;
    if (bad == "\n") continue;  // which parts the lines of a mail
    EXPECT_THAT(why_refused_as_text("code", {{"text", "{code} {lifetime} {action}" + bad}}),
                HasSubstr("no control characters but line breaks"))
        << bad;
  }
  EXPECT_EQ(why_refused_as_text("code", {{"sms", "\u200f{code} {lifetime} {action}\u200d"}}), "");
  EXPECT_THAT(why_refused_as_text("account_closed", {{"sms", ""}}), HasSubstr("1 to 1000 bytes"));
  EXPECT_THAT(why_refused_as_text("account_closed", {{"sms", std::string(1001, 'x')}}),
              HasSubstr("1 to 1000 bytes"));
}

TEST(Templates, AHostThatIsNoDomainIsRefused_R29) {
  EXPECT_EQ(why_refused(json{{"host", "accounts.example.com"}}), "");
  for (const std::string bad : {"", "example", "Example.com", "https://example.com", "example.com/",
                                "example.com:443", "192.0.2.1", "exa mple.com", "example.com #1",
                                "@example.com", "例え.jp", "example.com\n"}) {
    EXPECT_THAT(why_refused(json{{"host", bad}}), HasSubstr("host must be a domain")) << bad;
  }
}

TEST(Templates, ANameOfTheServiceThatCouldForgeTheLastLineIsRefused_R29) {
  EXPECT_EQ(why_refused(json{{"service", "Example Cloud™"}}), "");
  for (const std::string bad : {"", "a@b", "a#b", "a\nb", "a\rb", "a\u2028b"})
    EXPECT_THAT(why_refused(json{{"service", bad}}), HasSubstr("service must be one line")) << bad;
  EXPECT_THAT(why_refused_in_english({{"operations", {{"pay", "a#b"}}}}),
              HasSubstr("locales.en.operations.pay must be one line"));
}

TEST(Templates, ALocaleThatIsNoTagIsRefused) {
  EXPECT_THAT(why_refused(json{{"locales", {{"zh_CN", json::object()}}}}), HasSubstr("BCP 47"));
  EXPECT_THAT(why_refused(json{{"locales", {{"", json::object()}}}}), HasSubstr("it is empty"));
  EXPECT_THAT(why_refused(json{{"locales", {{"EN", json::object()}}}}),
              HasSubstr("must be spelt en"));
  EXPECT_THAT(why_refused(json{{"default_locale", "zh_CN"}}), HasSubstr("default_locale must be"));
  EXPECT_THAT(why_refused(json{{"default_locale", "fr"}}),
              HasSubstr("default_locale is fr, in which there are no texts"));
}

// A reader of one language is not written to half in another.
TEST(Templates, ANewLanguageHasAllOfItsTexts) {
  json french = locale_file("en");
  EXPECT_EQ(why_refused(json{{"default_locale", "fr"}, {"locales", {{"fr", french}}}}), "");
  french["texts"].erase("account_closed");
  EXPECT_THAT(why_refused(json{{"locales", {{"fr", french}}}}),
              HasSubstr("locales.fr.texts.account_closed is missing"));
  EXPECT_THAT(why_refused(json{{"locales", {{"fr", json::object()}}}}),
              HasSubstr("locales.fr.actions is missing"));
}

TEST(Templates, TheFirstFewProblemsAreToldAndHowManyMoreThereAre) {
  json french = locale_file("en");
  french["texts"] = json::object();
  const std::string told = why_refused(json{{"locales", {{"fr", french}}}});
  EXPECT_THAT(told, StartsWith("the templates are refused: "));
  EXPECT_THAT(told, HasSubstr("and 9 more"));
  EXPECT_LT(told.size(), 1000U);
}

TEST(Templates, OneTextIsSaidInAnotherWayAndAllOthersStay) {
  const auto own = templates(
      {{"locales",
        {{"en",
          {{"texts",
            {{"code.change_phone.target", {{"sms", "{code}: new phone {address}, {lifetime}"}}},
             {"phone_changed", {{"subject", "New phone"}}}}}}}}}});
  EXPECT_EQ(words(*own, code_to(long_number(), target, "en"), "123456").value().text,
            "123456: new phone 151*****6789, 5 minutes");
  const Message other = code_to(long_number(), identity, "en");
  EXPECT_EQ(words(*own, other, "1").value().text,
            words(*Templates::built_in(), other, "1").value().text);
  const Message notice = notice_to(some_mail(), "phone_changed", "en");
  EXPECT_EQ(words(*own, notice).value().subject, "New phone");
  EXPECT_EQ(words(*own, notice).value().text, words(*Templates::built_in(), notice).value().text);
}

TEST(Templates, TheWordsForAnActionAreSaidInEveryTextOfItsCode) {
  const auto own =
      templates({{"locales", {{"en", {{"actions", {{"change_phone.identity", "swap phones"}}}}}}}});
  for (const Address& to : {long_number(), some_mail()})
    EXPECT_THAT(words(*own, code_to(to, identity, "en"), "1").value().text,
                HasSubstr("swap phones"));
}

TEST(Templates, ACountrysWordsDifferFromItsLanguages) {
  const auto own = templates({{"locales",
                               {{"es-MX", {{"not_you", "Llama ya."}}},
                                {"es", {{"lifetime", {{"other", "{minutes} min"}}}}}}}});
  const Message notice = notice_to(long_number(), "account_closed", "es-MX");
  EXPECT_EQ(words(*own, notice).value().locale, "es-MX");
  EXPECT_THAT(words(*own, notice).value().text, HasSubstr("Llama ya."));
  EXPECT_THAT(words(*own, code_to(long_number(), identity, "es-MX"), "1").value().text,
              HasSubstr("5 min."));
  EXPECT_THAT(words(*own, notice_to(long_number(), "account_closed", "es-AR")).value().text,
              Not(HasSubstr("Llama")));
}

TEST(Templates, HtmlFollowsItsTextUnlessItIsGiven) {
  const auto own =
      templates({{"locales",
                  {{"en",
                    {{"texts",
                      {{"account_closed", {{"text", "Gone & done.\n\nBye.\n{not_you}"}}},
                       {"code", {{"html", "<p style='x:{{}}'>{action}: {code}, {lifetime}</p>"}}},
                       {"code.change_email.identity", {{"text", "{code} {action} {lifetime}"}}}}}}},
                   {"en-GB", {{"texts", {{"code", {{"text", "{action} {code} {lifetime}"}}}}}}}}}});
  EXPECT_THAT(words(*own, notice_to(some_mail(), "account_closed", "en")).value().html,
              HasSubstr("<p>Gone &amp; done.</p>\n<p>Bye.<br>\nIf this was not you"));
  EXPECT_THAT(words(*own, code_to(some_mail(), identity, "en"), "1").value().html,
              StartsWith("<p style='x:{}'>change the security phone"));
  // It would not say what the text says.
  EXPECT_THAT(words(*own, code_to(some_mail(), {FlowKind::change_email, Role::identity}, "en"), "1")
                  .value()
                  .html,
              HasSubstr("<body>\n<p><strong"));
  EXPECT_THAT(words(*own, code_to(some_mail(), identity, "en-GB"), "1").value().html,
              HasSubstr("<body>\n<p>change the security phone"));
}

TEST(Templates, TheServiceIsNamedOnceAndFirst) {
  const auto own =
      templates({{"service", "Example"},
                 {"locales",
                  {{"en", {{"texts", {{"account_closed", {{"sms", "Closed at {service}."}}}}}}}}}});
  EXPECT_THAT(words(*own, code_to(long_number(), identity, "en"), "123456").value().text,
              StartsWith("Example: 123456 is"));
  EXPECT_THAT(words(*own, code_to(long_number(), identity, "zh-CN"), "123456").value().text,
              StartsWith("【Example】验证码123456"));
  EXPECT_THAT(words(*own, code_to(some_mail(), identity, "en"), "123456").value().subject,
              StartsWith("Example: Your code"));
  EXPECT_EQ(words(*own, notice_to(long_number(), "account_closed", "en")).value().text,
            "Closed at Example.");
}

TEST(Templates, CategoriesAndOperationsHaveNamesForPeople) {
  const auto own = templates({{"locales",
                               {{"en",
                                 {{"categories", {{"billing", "bills"}}},
                                  {"operations", {{"vm:deleteInstance", "delete a server"}}}}}}}});
  Message chosen = notice_to(long_number(), "notice_channels_chosen", "en");
  EXPECT_THAT(words(*own, chosen).value().text, HasSubstr("expiring resources"));
  chosen.fields["category"] = "billing";
  EXPECT_THAT(words(*own, chosen).value().text, HasSubstr("about bills"));
  chosen.fields["category"] = "other";
  EXPECT_THAT(words(*own, chosen).value().text, HasSubstr("about other"));
  const Message confirm =
      code_to(long_number(), {FlowKind::confirm_operation, Role::identity}, "en");
  EXPECT_THAT(words(*own, confirm, "1").value().text, HasSubstr("confirm \"delete a server\""));
}

TEST(Templates, AnEventHasNoText) {
  const Message event{.kind = MessageKind::event, .purpose = "end_sessions"};
  EXPECT_EQ(words(*Templates::built_in(), event).error().code, ErrorCode::invalid_argument);
}

TEST(Templates, ACodeOfAFlowThatIsNotKnownHasNoText) {
  Message code = code_to(long_number(), identity, "en");
  code.purpose = "another_flow";
  EXPECT_EQ(words(*Templates::built_in(), code, "1").error().code, ErrorCode::invalid_argument);
}

TEST(Templates, NoHeaderOfAMailComesFromAParameter) {
  Message notice = notice_to(some_mail(), "unknown", "en");
  notice.fields = {{"category", "x\r\nBcc: eve@example.com"}};
  EXPECT_EQ(words(*Templates::built_in(), notice).error().code, ErrorCode::invalid_argument);
}

// --- What the documentation says ---

std::string documentation() {
  std::ifstream file(RINGFENCE_SOURCE_DIR "/docs/texts.md");
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

TEST(Templates, TheExampleOfTheDocumentationIsTaken) {
  const std::string all = documentation();
  const std::size_t mark = all.find("<!-- test: texts -->");
  ASSERT_NE(mark, std::string::npos);
  const std::size_t begin = all.find("```json\n", mark) + 8;
  const auto own = templates_from_json(all.substr(begin, all.find("```", begin) - begin));
  ASSERT_TRUE(own) << own.error().text;
  EXPECT_EQ(words(*own.value(), code_to(long_number(), target, "en"), "482913").value().text,
            "482913: new phone 151*****6789 for an Example account, 5 minutes. Never share it.\n"
            "@example.com #482913");
}

TEST(Templates, TheDocumentationNamesEveryTextAndEveryPlaceholder) {
  const std::string all = documentation();
  for (const auto& row : text::action_table) {
    EXPECT_THAT(all, HasSubstr("`" + std::string(row.name) + "`"));
  }
  for (const auto& row : text::notice_table) {
    EXPECT_THAT(all, HasSubstr("`" + std::string(row.name) + "`"));
  }
  for (const std::string_view slot : text::slot_names)
    EXPECT_THAT(all, HasSubstr("`{" + std::string(slot) + "}`"));
}

// --- Whatever it is given ---

// What is made of them says every code, or they are refused with a reason.
void loads_or_refuses(const std::string& text) {
  const auto made = templates_from_json(text);
  if (!made) {
    RC_ASSERT(made.error().code == ErrorCode::invalid_argument);
    RC_ASSERT(!made.error().text.empty());
    RC_ASSERT(made.error().text.size() < 4000U);
    return;
  }
  const Message code = code_to(long_number(), target, "fr");
  RC_ASSERT(words(*made.value(), code, "123456").value().text.find("123456") != std::string::npos);
  const Message mail = code_to(some_mail(), identity, "en");
  RC_ASSERT(words(*made.value(), mail, "123456").value().html.find("123456") != std::string::npos);
}

json everything() {
  json in = {{"host", "example.com"}, {"service", "Example"}, {"default_locale", "fr"}};
  in["locales"]["fr"] = locale_file("en");
  in["locales"]["en"] = {
      {"texts", {{"code.change_phone.target", {{"sms", "{code}{lifetime}{address}"}}}}}};
  return in;
}

RC_GTEST_PROP(Templates, OfBytesThatWereChangedAreLoadedOrRefused, ()) {
  static const std::string good = everything().dump();
  std::string text = good;
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const std::string put =
        *rc::gen::element<std::string>("", "{", "}", "\"", "\\", "\\u0000", "\\ud800", ",",
                                       "{code}", "[", "\xff", "\n", "0", "null");
    text.replace(at, *rc::gen::inRange<std::size_t>(0, 12), put);
  }
  loads_or_refuses(text);
}

RC_GTEST_PROP(Templates, OfMembersThatWereChangedAreLoadedOrRefused, ()) {
  static const json good = everything().flatten();
  static const std::vector<std::string> places = [] {
    std::vector<std::string> out;
    for (const auto& [place, value] : good.items()) out.push_back(place);
    return out;
  }();
  json in = everything();
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    json::json_pointer at(*rc::gen::elementOf(places));
    for (int up = *rc::gen::inRange(0, 3); up > 0; --up) at = at.parent_pointer();
    const json value = json::parse(*rc::gen::element<std::string>(
        "null", "true", "7", "-1e300", "\"\"", "\"x\"", "\"{code}\"", "\"{{}}\"", "[]", "{}",
        R"({"sms":"x"})", R"({"\u0000":"x"})", "\"\\u0000\"", R"({"zh_CN":{}})"));
    try {
      in[at] = value;
    } catch (const json::exception&) {  // the place is no more
    }
  }
  loads_or_refuses(in.dump());
}

}  // namespace
}  // namespace ringfence
