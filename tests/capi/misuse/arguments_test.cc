// What a caller gives wrong is refused, by every function of the header: handles, texts, structs,
// numbers, outputs.
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "functions.h"

namespace ringfence::misuse {
namespace {

std::set<std::string> names_in_header() {
  std::ifstream file(RINGFENCE_CAPI_HEADER);
  std::stringstream all;
  all << file.rdbuf();
  const std::string header = all.str();
  std::set<std::string> out;
  const std::regex function(R"(RINGFENCE_API\s[^;(]*?\b(ringfence_\w+)\()");
  for (auto one = std::sregex_iterator(header.begin(), header.end(), function);
       one != std::sregex_iterator(); ++one)
    out.insert((*one)[1]);
  return out;
}

TEST(Misuse, EveryFunctionOfTheHeaderIsTried) {
  std::set<std::string> tried = {"ringfence_version", "ringfence_text_get", "ringfence_out_write"};
  for (const Function& one : functions()) tried.insert(one.name);
  for (const Freeing& one : freeing_functions()) tried.insert(one.name);
  for (const auto& [name, function] : naming_functions()) tried.insert(name);
  const auto declared = names_in_header();
  EXPECT_GT(declared.size(), 100U);
  EXPECT_EQ(tried, declared);
}

class WrongArgument : public ::testing::TestWithParam<Function> {};

// Proves A42, A44.
TEST_P(WrongArgument, IsRefusedAndChangesNothing) {
  Scene scene;
  const auto prepared = GetParam().prepare(scene);
  for (const std::string& what : prepared->misuses()) ADD_FAILURE() << what;
  for (const auto& count : scene.host.destroyed)
    EXPECT_EQ(count, 0) << "what was refused is the caller's";
  // Nothing of that has changed anything, and the arguments were good but for the wrong one.
  EXPECT_EQ(named(prepared->call()), "ok");
}

TEST_P(WrongArgument, IsRefusedIfItIsTheErrorStructToo) {
  Scene scene;
  const auto prepared = GetParam().prepare(scene);
  for (const std::string& what : prepared->misuses_of_the_error()) ADD_FAILURE() << what;
  EXPECT_EQ(named(prepared->call()), "ok");
}

INSTANTIATE_TEST_SUITE_P(OfEveryFunction, WrongArgument, ::testing::ValuesIn(functions()),
                         [](const auto& one) { return std::string(one.param.name + 10); });

class Freed : public ::testing::TestWithParam<Freeing> {};

TEST_P(Freed, OnceAndNothingElseWithIt) {
  Scene scene;
  const std::uint64_t id = GetParam().make(scene);
  const auto free = GetParam().free;
  free(0);
  free(~std::uint64_t{0});
  for (const auto& [type, other] : scene.zoo.alive) {
    if (other >> 56U != id >> 56U) free(other);
  }
  for (const std::uint64_t other : scene.zoo.freed) free(other);
  for (unsigned bit = 10; bit < 64; ++bit) free(id ^ std::uint64_t{1} << bit);
  int total = 0;
  for (const auto& count : scene.host.destroyed) total += count;
  EXPECT_EQ(total, 0) << "nothing was freed yet";
  for (int i = 0; i < 3; ++i) free(id);
  total = 0;
  for (const auto& count : scene.host.destroyed) total += count;
  EXPECT_LE(total, 1) << "a context was given back more than once";
  scene.host.add("bob", new_phone);  // everything else is there
  EXPECT_EQ(named(scene.host.settings("bob")), "ok");
}

INSTANTIATE_TEST_SUITE_P(OfEveryType, Freed, ::testing::ValuesIn(freeing_functions()),
                         [](const auto& one) { return std::string(one.param.name + 10); });

TEST(Misuse, NumbersThatAreNoEnumeratorsHaveNoName) {
  for (const auto& [function, name] : naming_functions()) {
    for (const int32_t value : {-1, 40, 77, 1000, std::numeric_limits<int32_t>::min(),
                                std::numeric_limits<int32_t>::max()})
      EXPECT_STREQ(name(value), "?") << function;
    EXPECT_STRNE(name(0), "?") << function;
  }
}

TEST(Misuse, ATextOfNoHandleIsEmpty) {
  Host host;
  const Zoo zoo(host);
  ringfence_policy policy = {};
  host.ok(ringfence_policy_new(text(""), &policy, &host.error));
  ringfence_text json = {};
  host.ok(ringfence_policy_json(policy, &json, &host.error));
  ringfence_policy_free(policy);
  const auto is_empty = [](ringfence_text of) {
    const ringfence_string got = ringfence_text_get(of);
    return got.data != nullptr && got.size == 0 && got.data[0] == 0;
  };
  for (const auto& wrong : required(json, zoo).wrong) {
    EXPECT_TRUE(is_empty(wrong.value)) << wrong.what;
  }
  const ringfence_string got = ringfence_text_get(json);
  EXPECT_EQ(got.data[got.size], 0);
  EXPECT_EQ(std::strlen(got.data), got.size);
  ringfence_text_free(json);
  EXPECT_TRUE(is_empty(json));
}

TEST(Misuse, AnOutIsWrittenToByItsHandleOnly) {
  Host host;
  ringfence_out kept = {};
  host.on_send = [&](const ringfence_message* message, int64_t*, ringfence_out reason) {
    kept = reason;
    const Slot<ringfence_out> slot{reason};
    for (unsigned bit = 10; bit < 64; ++bit)
      EXPECT_NE(ringfence_out_write({reason.id ^ std::uint64_t{1} << bit}, text("x")),
                RINGFENCE_OK);
    for (const auto& wrong : wrong_texts()) {
      if (wrong.what == "too long") continue;  // an answer may be long
      EXPECT_NE(ringfence_out_write(reason, wrong.value), RINGFENCE_OK) << wrong.what;
    }
    EXPECT_EQ(ringfence_out_write({}, text("x")), RINGFENCE_INVALID_ARGUMENT);
    EXPECT_EQ(ringfence_out_write({host.service.id}, text("x")), RINGFENCE_INVALID_ARGUMENT);
    EXPECT_EQ(ringfence_out_write(reason, {nullptr, 0}), RINGFENCE_OK);
    return host.keep(message);
  };
  host.add("ann");
  host.begin();
  host.code();
  ASSERT_NE(kept.id, 0U);
  EXPECT_EQ(ringfence_out_write(kept, text("too late")), RINGFENCE_INVALID_ARGUMENT);
}

TEST(Misuse, AStructThatIsLargerThanKnownIsTakenIfAllBeyondIsZero) {
  Host host;
  struct {
    ringfence_registration known;
    unsigned char more[4000];
  } row;
  std::memset(&row, 0, sizeof row);
  row.known.struct_size = sizeof row;
  row.known.account = account("ann");
  row.known.phone.text = text(ann_phone);
  struct {
    ringfence_settings known;
    unsigned char more[4000];
  } settings;
  std::memset(&settings, 0xEE, sizeof settings);
  settings.known.struct_size = sizeof settings;
  struct {
    ringfence_error known;
    unsigned char more[64];
  } error;
  std::memset(&error, 0xEE, sizeof error);
  error.known.struct_size = sizeof error;
  EXPECT_EQ(named(ringfence_service_register_account(host.service, &row.known, nullptr,
                                                     &settings.known, &error.known)),
            "ok");
  EXPECT_STREQ(settings.known.id, "ann");
  EXPECT_EQ(settings.known.struct_size, sizeof settings) << "it stays as the caller set it";
  row.more[3999] = 1;
  EXPECT_EQ(named(ringfence_service_register_account(host.service, &row.known, nullptr,
                                                     &settings.known, &error.known)),
            "invalid_argument");
  for (const unsigned char byte : error.more) ASSERT_EQ(byte, 0xEE);
  for (const unsigned char byte : settings.more) ASSERT_EQ(byte, 0xEE);
}

TEST(Misuse, RowsOfAnImportStandOneAfterTheOther) {
  Host host;
  struct Larger {
    ringfence_registration known;
    unsigned char more[32];
  };
  std::vector<Larger> rows(3);
  std::memset(rows.data(), 0, rows.size() * sizeof(Larger));
  const std::string ids = "abc";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].known.struct_size = sizeof(Larger);
    rows[i].known.account = {text(""), {ids.data() + i, 1}};
    rows[i].known.phone.text = text(ann_phone);
  }
  const auto import = [&](std::size_t count) {
    auto report = fresh<ringfence_import_report>();
    ringfence_text refused = {};
    const int32_t status = ringfence_service_import_accounts(
        host.service, &rows[0].known, count, nullptr, &report, &refused, &host.error);
    ringfence_text_free(refused);
    return std::make_pair(named(status), report.imported);
  };
  rows[1].known.struct_size = sizeof(ringfence_registration);
  EXPECT_EQ(import(3), std::make_pair(std::string("invalid_argument"), std::uint64_t{0}));
  rows[1].known.struct_size = sizeof(Larger);
  rows[2].more[31] = 1;
  EXPECT_EQ(import(3).first, "invalid_argument");
  rows[2].more[31] = 0;
  rows[0].known.struct_size = 0;
  EXPECT_EQ(import(3).first, "invalid_argument");
  EXPECT_EQ(import(std::numeric_limits<std::size_t>::max()).first, "invalid_argument");
  rows[0].known.struct_size = sizeof(Larger);
  EXPECT_EQ(import(3), std::make_pair(std::string("ok"), std::uint64_t{3}));
}

// JSON that goes down without end would take a reader's stack with it.

TEST(Misuse, ATextThatIsNotUtf8IsRefusedWhereverItStands) {
  Host host;
  host.add("ann");
  auto settings = fresh<ringfence_settings>();
  ringfence_step step = {};
  for (const std::string wrong : {"\xff", "a\xc3", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    const ringfence_account of = {{}, text(wrong)};
    const ringfence_account ann = {{}, text("ann")};
    EXPECT_EQ(ringfence_service_settings(host.service, &of, nullptr, &settings, &host.error),
              RINGFENCE_INVALID_ARGUMENT);
    for (const auto member : {&ringfence_call::session, &ringfence_call::source,
                              &ringfence_call::request_id, &ringfence_call::trace_id}) {
      auto call = fresh<ringfence_call>();
      call.*member = text(wrong);
      EXPECT_EQ(ringfence_service_settings(host.service, &ann, &call, &settings, &host.error),
                RINGFENCE_INVALID_ARGUMENT);
      EXPECT_EQ(ringfence_step_new({}, text(R"({"step":"settings","id":"ann"})"), &call, &step,
                                   &host.error),
                RINGFENCE_INVALID_ARGUMENT);
    }
  }
}

TEST(Misuse, AMemberThatIsThereTwiceIsRefused) {
  Host host;
  ringfence_step step = {};
  ringfence_text loaded = {};
  EXPECT_EQ(ringfence_step_new({}, text(R"({"step":"settings","id":"a","id":"b"})"), nullptr, &step,
                               &host.error),
            RINGFENCE_INVALID_ARGUMENT);
  EXPECT_EQ(ringfence_store_load(host.memory, text(R"([{"account":{"id":"a","id":"b"}}])"), 0,
                                 &loaded, &host.error),
            RINGFENCE_INVALID_ARGUMENT);
}

TEST(Misuse, JsonThatIsNestedWithoutEndIsRefused) {
  Host host;
  host.add("ann");
  const auto refused = [](int32_t status, const char* where) {
    EXPECT_NE(status, RINGFENCE_OK) << where;
  };
  for (const std::size_t depth : {std::size_t{1'000}, std::size_t{1'000'000}}) {
    const std::string deep = std::string(depth, '[') + std::string(depth, ']');
    const std::string key = R"({"account":)" + deep + "}";
    const std::string object = [&] {
      std::string out;
      for (std::size_t i = 0; i < depth; ++i) out += R"({"account":)";
      return out + "1" + std::string(depth, '}');
    }();
    ringfence_policy policy = {};
    ringfence_step step = {};
    ringfence_text answer = {};
    int32_t outcome = 0;
    ringfence_error* e = &host.error;
    for (const std::string& wrong : {deep, key, object, "[" + key + "]", "[" + object + "]"}) {
      refused(ringfence_policy_new(text(wrong), &policy, e), "policy");
      refused(ringfence_policy_new(text(R"({"provider_links":)" + wrong + "}"), &policy, e),
              "policy");
      refused(ringfence_step_new({}, text(wrong), nullptr, &step, e), "command");
      refused(ringfence_step_new({}, text(R"({"step":"settings","id":)" + wrong + "}"), nullptr,
                                 &step, e),
              "command");
      refused(ringfence_store_load(host.store_handle, text(wrong), 0, &answer, e), "keys");
      refused(ringfence_store_settle(host.store_handle, text(wrong), e), "settlements");
      refused(ringfence_store_commit(host.store_handle, text(wrong), 0, &outcome, e), "change");
      refused(ringfence_store_commit(
                  host.store_handle,
                  text(R"({"erases":[],"expects":[],"id":"00000000000000000000000000000001",)"
                       R"("messages":[)" +
                       wrong + R"(],"puts":[]})"),
                  0, &outcome, e),
              "messages of a change");
      refused(ringfence_store_commit(
                  host.store_handle,
                  text(R"({"erases":[],"expects":[],"id":"00000000000000000000000000000001",)"
                       R"("messages":[],"puts":[{"key":{"account":{"id":"ann"}},"record":)" +
                       wrong + R"(,"version":"0000000000000001"}]})"),
                  0, &outcome, e),
              "records of a change");
      ringfence_text needed = {};
      host.ok(ringfence_step_new({}, text(R"({"step":"settings","id":"ann"})"), nullptr, &step, e));
      host.ok(ringfence_step_needs(step, &needed, e));
      ringfence_text_free(needed);
      refused(ringfence_step_add(step, text(wrong), e), "records of a step");
      refused(ringfence_step_add(
                  step, text(R"([{"record":)" + wrong + R"(,"version":"0000000000000001"}])"), e),
              "records of a step");
      ringfence_step_free(step);
    }
  }
}

}  // namespace
}  // namespace ringfence::misuse
