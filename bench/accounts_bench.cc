// What many accounts cost: the bytes of each on the disk, and the time of a flow beside ten
// thousand accounts and beside all of them, in one run.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include "host.h"
#include "ringfence/store/sqlite.h"

namespace bench {
namespace {

constexpr std::size_t few = 10'000;
constexpr std::uint64_t numbers = 1'000'000'000;  // after +8613

/// A table of users as a host has it: ids that count up, and numbers in no order. Each row is
/// computed from its place; one in ten has the number of somebody else, one in four an email.
struct Table {
  static std::uint64_t mixed(std::uint64_t n) {  // splitmix64
    n += 0x9e3779b97f4a7c15U;
    n = (n ^ (n >> 30U)) * 0xbf58476d1ce4e5b9U;
    n = (n ^ (n >> 27U)) * 0x94d049bb133111ebU;
    return n ^ (n >> 31U);
  }
  static bool shares(std::size_t i) { return i > 0 && mixed(i) % 10 == 0; }
  static std::string id(std::size_t i) { return std::to_string(10'000'000 + i); }
  /// The factor has no divisor in common with how many there are: no number comes twice.
  static std::string number(std::uint64_t place) {
    const std::string digits = std::to_string(place * 617'283'951 % numbers);
    return "+8613" + std::string(9 - digits.size(), '0') + digits;
  }
  static std::string phone(std::size_t i) { return number(shares(i) ? mixed(i + 1) % i : i); }
  static std::string spare(std::size_t i) { return number(numbers / 2 + i); }
  static rf::Registration row(std::size_t i) {
    rf::Registration out{
        .account = {"", id(i)},
        .phone = {phone(i)},
        .phone_proven_at = 1'500'000'000'000 + static_cast<rf::TimeMs>(mixed(i) % 50) * rf::day_ms};
    if (i % 4 == 0) {
      out.email =
          rf::AddressInput{"user" + std::to_string(mixed(i) % 1'000'000'007) + "@example.com"};
      out.email_proven_at = out.phone_proven_at;
    }
    return out;
  }
};

/// Since it was first asked.
double seconds() {
  static const auto begun = std::chrono::steady_clock::now();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}
double busy_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void import(rf::Service& service, std::size_t from, std::size_t to) {
  constexpr std::size_t slice = 40 * rf::Service::import_batch;
  for (std::size_t begin = from; begin < to; begin += slice) {
    std::vector<rf::Registration> rows;
    for (std::size_t i = begin; i < std::min(to, begin + slice); ++i) rows.push_back(Table::row(i));
    const rf::ImportReport report = service.import_accounts(rows).value();
    if (report.imported != rows.size()) throw std::runtime_error("a row was refused");
    if (begin / slice % 100 == 99) {
      std::cerr << begin + rows.size() << " accounts after " << seconds() << " s, "
                << busy_seconds() << " s of the processor\n";
    }
  }
}

/// The median of whole flows, each of another account from a range, spread over all of it.
double flow_ms(rf::Store& store, rf::KeyRing& ring, std::size_t from, std::size_t to) {
  constexpr std::size_t flows = 500;
  std::vector<double> times;
  for (std::size_t n = 0; n < flows; ++n) {
    const std::size_t i = from + n * ((to - from) / flows) + Table::mixed(n) % 16;
    if (i % 4 == 0) continue;  // with an email there are more notices to write
    Mover mover(store, ring, {"", Table::id(i)}, Table::phone(i), Table::spare(i),
                "192.0.2." + std::to_string(n % 250));
    const double begun = seconds();
    mover.move();
    times.push_back((seconds() - begun) * 1000);
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  return times[times.size() / 2];
}

}  // namespace

int accounts() {
  const char* const wanted = std::getenv("RINGFENCE_IMPORT_ACCOUNTS");
  const std::size_t many = std::max(2 * few, wanted == nullptr ? 100'000 : std::stoul(wanted));
  const Folder folder;
  const std::string path = folder.file("accounts.db");
  const auto ring = key_ring();
  auto store = rf::open_sqlite_store(path).value();
  auto service = rf::Service::make({*store, *ring}).value();
  import(*service, 0, few);
  const double beside_few = flow_ms(*store, *ring, 0, few);
  const double begun = seconds();
  const double busy = busy_seconds();
  import(*service, few, many);
  const double taken = seconds() - begun;
  const double taken_busy = busy_seconds() - busy;
  const double beside_many = flow_ms(*store, *ring, few, many);
  service.reset();
  store.reset();  // brings the log into the file
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto bytes = std::filesystem::file_size(path);
  std::cout << many << " accounts: imported in " << taken << " s, " << taken_busy
            << " s of them processor time; " << bytes << " bytes, " << bytes / many
            << " an account; a flow beside " << few << " accounts " << beside_few << " ms, beside "
            << many << " " << beside_many << " ms; memory " << usage.ru_maxrss / 1024 << " MiB\n";
  return 0;
}

}  // namespace bench
