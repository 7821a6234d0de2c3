// The import of a whole table of users on SQLite: interrupted in the middle, resumed with a new
// service and store, and done once more. RINGFENCE_IMPORT_ACCOUNTS says how many.
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <limits>

#include "ringfence/store/sqlite.h"
#include "support/temp_dir.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::TempDir;
using testing_support::World;

constexpr TimeMs first_proof = 1'500'000'000'000;

std::uint64_t mixed(std::uint64_t n) {  // splitmix64
  n += 0x9e3779b97f4a7c15U;
  n = (n ^ (n >> 30U)) * 0xbf58476d1ce4e5b9U;
  n = (n ^ (n >> 27U)) * 0x94d049bb133111ebU;
  return n ^ (n >> 31U);
}

/// A table of users, each row computed from its place.
struct Table {
  std::size_t count = 0;

  /// One in ten has the number of somebody else.
  std::size_t number_of(std::size_t i) const {
    return mixed(i) % 10 == 0 ? mixed(i + count) % count : i;
  }
  /// So coarse that equal times are frequent.
  TimeMs proven_at(std::size_t i) const {
    return first_proof + static_cast<TimeMs>(mixed(i + 2 * count) % 50) * day_ms;
  }
  /// Counted up, as most tables do. As texts they are in another order.
  std::string id(std::size_t i) const { return std::to_string(i); }
  std::string phone(std::size_t number) const {
    return "+8613" + std::to_string(100'000'000 + number);
  }
  Registration row(std::size_t i) const {
    Registration out{
        .account = {"", id(i)}, .phone = {phone(number_of(i))}, .phone_proven_at = proven_at(i)};
    if (i % 4 == 0) out.email = AddressInput{"user" + std::to_string(i) + "@example.com"};
    return out;
  }
};

/// Imports the table slice by slice, as a host that reads it from elsewhere.
result<ImportReport> import(Service& service, const Table& table) {
  ImportReport total;
  constexpr std::size_t slice = 40 * Service::import_batch;
  for (std::size_t begin = 0; begin < table.count; begin += slice) {
    std::vector<Registration> rows;
    for (std::size_t i = begin; i < std::min(table.count, begin + slice); ++i) {
      rows.push_back(table.row(i));
    }
    RF_TRY(report, service.import_accounts(rows));
    total.imported += report.imported;
    total.present += report.present;
    total.claims_moved += report.claims_moved;
    EXPECT_TRUE(report.refused.empty());
  }
  return total;
}

/// Elapsed time, and of it the processor's.
struct Seconds {
  double elapsed = 0;
  double busy = 0;
};

Seconds operator+(const Seconds& a, const Seconds& b) {
  return {a.elapsed + b.elapsed, a.busy + b.busy};
}
std::ostream& operator<<(std::ostream& out, const Seconds& seconds) {
  return out << seconds.elapsed << " s (processor " << seconds.busy << " s)";
}

struct Stopwatch {
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  std::clock_t busy = std::clock();
  Seconds seconds() const {
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(),
            static_cast<double>(std::clock() - busy) / CLOCKS_PER_SEC};
  }
};

struct Checked {
  std::size_t shared_numbers = 0;
  std::size_t claims = 0;
  std::size_t wrong = 0;
};

/// Every account and every number against the rule, computed from the table alone.
Checked check(Store& store, const Table& table) {
  constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> best(table.count, nobody);
  std::vector<std::uint32_t> holders(table.count);
  for (std::size_t i = 0; i < table.count; ++i) {
    const std::size_t number = table.number_of(i);
    ++holders[number];
    std::size_t& holder = best[number];
    if (holder == nobody || std::pair(table.proven_at(i), table.id(i)) <
                                std::pair(table.proven_at(holder), table.id(holder))) {
      holder = i;
    }
  }
  Checked out;
  constexpr std::size_t chunk = 500;
  for (std::size_t begin = 0; begin < table.count; begin += chunk) {
    const std::size_t end = std::min(table.count, begin + chunk);
    std::vector<Key> keys;
    for (std::size_t i = begin; i < end; ++i) keys.emplace_back(AccountKey{"", table.id(i)});
    for (std::size_t i = begin; i < end; ++i) {
      keys.emplace_back(AddressKey{"", *PhoneNumber::from_e164(table.phone(i), 2)});
    }
    const auto loaded = store.load(keys, 0).value();
    for (std::size_t i = begin; i < end; ++i) {
      const auto& account = std::get<Account>(loaded[i - begin].record.value());
      const bool claim = best[table.number_of(i)] == i;
      if (account.channels[0].login_claim != claim || account.audit.head.number == 0) ++out.wrong;
      if (claim) ++out.claims;
      const auto& record = loaded[end - begin + i - begin].record;
      if (holders[i] == 0) {
        if (record) ++out.wrong;
        continue;
      }
      if (holders[i] > 1) ++out.shared_numbers;
      const auto& entry = std::get<AddressEntry>(record.value());
      if (entry.holders != holders[i] || entry.login_holder != table.id(best[i])) ++out.wrong;
    }
  }
  return out;
}

// Proves D1.8, D1.9.
TEST(Import, AMillionAccounts) {
  const char* wanted = std::getenv("RINGFENCE_IMPORT_ACCOUNTS");
  const Table table{wanted != nullptr ? std::stoul(wanted) : 10'000};
  TempDir folder;
  const std::string path = folder.file("ringfence.db");
  ImportReport report;
  Seconds taken;
  {
    World world({}, open_sqlite_store(path).value());
    const auto half = static_cast<int>(table.count / Service::import_batch / 2);
    int commits = 0;
    world.store.on_commit([&](const ChangeSet& change, Store& behind) {
      return ++commits > half ? CommitOutcome::unavailable : behind.commit(change, 0);
    });
    const Stopwatch watch;
    EXPECT_EQ(outcome(import(*world.service, table)), "store_unavailable");
    taken = watch.seconds();
  }
  World world({}, open_sqlite_store(path).value());
  Stopwatch watch;
  report = import(*world.service, table).value();
  taken = taken + watch.seconds();
  EXPECT_EQ(report.imported + report.present, table.count);
  EXPECT_NEAR(static_cast<double>(report.present), static_cast<double>(table.count) / 2,
              static_cast<double>(2 * Service::import_batch));

  const Checked first = check(*world.behind, table);
  EXPECT_EQ(first.wrong, 0U);
  EXPECT_GT(first.shared_numbers, table.count / 20);

  const int commits = world.store.commits;
  watch = {};
  const ImportReport again = import(*world.service, table).value();
  const Seconds again_taken = watch.seconds();
  EXPECT_EQ(again, (ImportReport{.present = table.count}));
  EXPECT_EQ(world.store.commits, commits) << "a second time commits nothing";
  EXPECT_EQ(world.store.outbox(world.clock.now_ms() + day_ms, 0).value().due, 0);

  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    bytes += file.file_size();
  }
  std::cout << table.count << " accounts, " << first.shared_numbers << " shared numbers, "
            << first.claims << " logins, " << report.claims_moved
            << " moved after the interruption; imported with one interruption in " << taken
            << ", again in " << again_taken << "; " << bytes / table.count << " bytes an account\n";
}

}  // namespace
}  // namespace ringfence
