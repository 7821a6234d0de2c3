// A year of a small host on SQLite: what is hot stays as small as it was after two months.
#include <filesystem>
#include <iostream>
#include <random>

#include "store/faulty_vfs.h"
#include "store/raw_database.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temp_dir.h"
#include "support/world.h"

namespace ringfence {
namespace {

using namespace testing_support;

/// How much there is at the end of a month.
struct Size {
  double messages = 0;
  double addresses = 0;
  double sources = 0;
  double audit = 0;
  double accounts = 0;
  double largest_account = 0;  // bytes of its record
  double file = 0;             // bytes
  double log = 0;
};

class Year {
 public:
  static constexpr int people = 40;
  static constexpr int a_day = 5;  // flows
  static constexpr int sweep_at_once = 50;

  Year() : world_(policy(), open()) {
    for (int i = 0; i < people; ++i) {
      phones_.push_back(fresh_phone());
      EXPECT_TRUE(world_.add(id(i), phones_.back(), i % 2 == 0 ? id(i) + "@example.com" : ""));
    }
    world_.sender.answer_with([this](const Message& message) -> SendResult {
      using enum SendResult::Outcome;
      const bool code = message.kind == MessageKind::code;
      if (!code && random_() % 10 == 0) return {temporary, 0, "busy"};
      if (!code && random_() % 50 == 0) return {permanent, 0, "no such address"};
      return {accepted, 0, ""};
    });
  }

  Size month() {
    for (int day = 0; day < 30; ++day) {
      for (int n = 0; n < a_day; ++n) {
        world_.clock.advance(day_ms / a_day);
        something_happens();
        world_.pump();
      }
      world_.sender.clear();
      sweep();
    }
    for (int i = 0; i < people; ++i) {
      EXPECT_TRUE(
          world_.service->prune_audit(World::key(id(i)), world_.clock.now_ms() - 30 * day_ms));
    }
    return size();
  }

 private:
  static std::string id(int i) { return "person" + std::to_string(i); }
  static Policy policy() {
    Policy out;
    out.quarantine_ms = 7 * day_ms;
    return out;
  }
  std::unique_ptr<Store> open() {
    vfs_.skips_syncs = true;
    auto store = sqlite::open(path_, {.vfs = vfs_.name()}).value();
    sqlite_ = store.get();
    return store;
  }
  std::string fresh_phone() { return "+86139" + std::to_string(10'000'000 + ++numbers_); }

  void something_happens() {
    const auto i = static_cast<std::size_t>(random_() % people);
    const AccountKey account = World::key(id(static_cast<int>(i)));
    const Call call{.session = "session-1", .source = "198.51.100." + std::to_string(random_())};
    Service& service = *world_.service;
    if (random_() % 4 == 0) {
      const auto flow = service.begin_confirm_operation(account, "vm:delete", Method::phone, call);
      ASSERT_TRUE(flow) << flow.error().text;
      ASSERT_TRUE(service.prove_identity(flow.value(), world_.code_at(phones_[i]), call));
      if (random_() % 2 == 0) return;  // a grant that nobody uses
      ASSERT_TRUE(service.use_grant(flow.value().handle, "vm:delete", call));
      return;
    }
    const auto begun = service.begin_change_phone(account, Method::phone, call);
    ASSERT_TRUE(begun) << begun.error().text;
    const FlowView flow = begun.value();
    if (random_() % 8 == 0) return;  // forgotten
    const std::string code = world_.code_at(phones_[i]);
    if (random_() % 8 == 0) {
      ASSERT_EQ(service.prove_identity(flow, wrong(code), call).value().verdict, Verdict::rejected);
      return;
    }
    ASSERT_TRUE(service.prove_identity(flow, code, call));
    const std::string target = fresh_phone();
    ASSERT_TRUE(service.set_target(flow, {target}, call));
    if (random_() % 8 == 0) return;  // the number was somebody else's, or nobody's
    ASSERT_EQ(service.prove_target(flow, world_.code_at(target), call).value().step,
              FlowStep::done);
    phones_[i] = target;
  }

  // As a host does it: a little at a time.
  void sweep() {
    const TimeMs now = world_.clock.now_ms();
    for (;;) {
      const int removed = world_.store.sweep(now, now - 7 * day_ms, sweep_at_once).value();
      ASSERT_LE(removed, sweep_at_once);
      if (removed == 0) return;
    }
  }

  Size size() {
    Size out;
    const std::string copy = dir_.file("copy.db");
    const auto made = sqlite_->back_up(copy);
    EXPECT_TRUE(made) << made.error().text;
    {
      RawDatabase database(copy);
      const auto number = [&](const std::string& sql) { return std::stod(database(sql)); };
      out.messages = number("SELECT count(*) FROM ringfence_message");
      out.addresses = number("SELECT count(*) FROM ringfence_address");
      out.sources = number("SELECT count(*) FROM ringfence_source");
      out.audit = number("SELECT count(*) FROM ringfence_audit");
      out.accounts = number("SELECT count(*) FROM ringfence_account");
      out.largest_account = number("SELECT max(length(record)) FROM ringfence_account");
    }
    std::filesystem::remove(copy);
    out.file = static_cast<double>(std::filesystem::file_size(path_));
    out.log = static_cast<double>(std::filesystem::file_size(path_ + "-wal"));
    return out;
  }

  TempDir dir_;
  FaultyVfs vfs_{"ringfence-faulty-year"};
  std::string path_ = dir_.file("a.db");
  SqliteStore* sqlite_ = nullptr;
  World world_;
  std::mt19937 random_{20'260'101};
  std::vector<std::string> phones_;
  int numbers_ = 0;
};

TEST(YearOfTraffic, TheHotTablesAndTheFileStayAsSmallAsAfterTwoMonths) {
  Year year;
  std::vector<Size> months;
  for (int month = 0; month < 12; ++month) {
    months.push_back(year.month());
    const Size& now = months.back();
    std::cout << "month " << month + 1 << ": " << now.messages << " messages, " << now.addresses
              << " addresses, " << now.sources << " sources, " << now.audit << " audit entries, "
              << now.largest_account << " bytes the largest account, " << now.file
              << " bytes and a log of " << now.log << '\n';
    if (::testing::Test::HasFailure()) return;
  }
  const Size& early = months[1];
  const Size& late = months[11];
  const auto flat = [](double before, double after) { return after <= before * 1.3 + 10; };
  EXPECT_PRED2(flat, early.messages, late.messages);
  EXPECT_PRED2(flat, early.addresses, late.addresses);
  EXPECT_PRED2(flat, early.sources, late.sources);
  EXPECT_PRED2(flat, early.audit, late.audit);
  EXPECT_PRED2(flat, early.file, late.file);
  EXPECT_EQ(late.accounts, Year::people);
  EXPECT_GT(early.messages, 100);
  for (const Size& month : months) {
    EXPECT_LT(month.log, 20e6) << "the log begins anew";
    EXPECT_LT(month.largest_account, 4000) << "flows, grants and the rest are bounded";
  }
}

}  // namespace
}  // namespace ringfence
