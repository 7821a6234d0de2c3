// What a whole change of a phone costs, beside what it cannot do without: reading a number, and a
// durable transaction.
#include <benchmark/benchmark.h>
#include <phonenumbers/phonenumberutil.h>
#include <sqlite3.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host.h"
#include "ratios.h"
#include "ringfence/ringfence.h"
#include "ringfence/store/memory.h"
#include "ringfence/store/sqlite.h"
#include "ringfence/testing/manual_clock.h"

namespace {

namespace rf = ringfence;
using bench::Folder;
using bench::key_ring;
using ringfence::testing::ManualClock;

/// A phone that remembers the last code.
struct Phone final : rf::Sender, rf::EventSink {
  std::string code;
  rf::SendResult send(const rf::OutgoingMessage& message) override {
    if (message.message.kind == rf::MessageKind::code) code = message.code.reveal();
    return {.outcome = rf::SendResult::Outcome::accepted};
  }
  rf::SendResult deliver(const rf::Message&) override {
    return {.outcome = rf::SendResult::Outcome::accepted};
  }
};

/// Runs whole flows of one account that moves between two numbers; a day passes between them, so
/// that no limit is met.
void flows(benchmark::State& state, rf::Store& store, bool with_dispatcher) {
  ManualClock clock;
  Phone phone;
  const auto ring = key_ring();
  const auto service = rf::Service::make({store, *ring, clock}).value();
  rf::Dispatcher dispatcher({store, *ring, phone, phone, clock});
  const rf::AccountKey ann{"", "ann"};
  const rf::Call call{.session = "session", .source = "192.0.2.1"};
  const std::array<std::string, 2> numbers = {"+8613912343672", "+447700900123"};
  service
      ->register_account({.account = ann, .phone = {numbers[0]}, .phone_proven_at = clock.now_ms()})
      .value();

  const auto code_of = [&](rf::Role role, const rf::FlowView& flow) {
    if (with_dispatcher) {
      while (dispatcher.pump().value().taken > 0) {
      }
      return phone.code;
    }
    return bench::code_of(store, *ring, role, flow);
  };
  std::size_t next = 1;
  for (auto _ : state) {
    const rf::FlowView flow = service->begin_change_phone(ann, rf::Method::phone, call).value();
    service->prove_identity(flow, code_of(rf::Role::identity, flow), call).value();
    const rf::FlowView targeted = service->set_target(flow, {numbers[next]}, call).value();
    const rf::FlowView done =
        service->prove_target(flow, code_of(rf::Role::target, targeted), call).value();
    if (done.step != rf::FlowStep::done) throw std::runtime_error("the flow did not end");
    next = 1 - next;
    clock.advance(rf::day_ms);
  }
}

void parse_validate_format(benchmark::State& state) {
  const auto& metadata = *i18n::phonenumbers::PhoneNumberUtil::GetInstance();
  for (auto _ : state) {
    i18n::phonenumbers::PhoneNumber number;
    std::string e164;
    metadata.Parse("139 1234 3672", "CN", &number);
    benchmark::DoNotOptimize(metadata.IsValidNumber(number));
    metadata.Format(number, i18n::phonenumbers::PhoneNumberUtil::E164, &e164);
    benchmark::DoNotOptimize(e164);
  }
}
BENCHMARK(parse_validate_format)->Name("libphonenumber/parse_validate_format");

void parse_phone(benchmark::State& state) {
  const rf::PhonePolicy policy;
  for (auto _ : state) benchmark::DoNotOptimize(rf::parse_phone("139 1234 3672", "CN", policy));
}
BENCHMARK(parse_phone)->Name("ringfence/parse_phone");

void bare_transaction(benchmark::State& state) {
  const Folder folder;
  sqlite3* database = nullptr;
  const auto run = [&](const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sql);
  };
  if (sqlite3_open(folder.file("bare.db").c_str(), &database) != SQLITE_OK)
    throw std::runtime_error("no database");
  run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO t VALUES (1, '')");
  // The text differs each time: SQLite writes nothing, and syncs nothing, if a row stays as it is.
  int round = 0;
  for (auto _ : state) {
    const std::string text = std::to_string(++round) + std::string(1000, 'x');
    run(("BEGIN IMMEDIATE; UPDATE t SET text = '" + text + "' WHERE id = 1; COMMIT").c_str());
  }
  sqlite3_close(database);
}
BENCHMARK(bare_transaction)->Name("sqlite/bare_durable_transaction")->UseRealTime();

void flow_in_memory(benchmark::State& state) {
  const auto store = rf::make_memory_store();
  flows(state, *store, false);
}
BENCHMARK(flow_in_memory)->Name("ringfence/flow_in_memory");

void flow_in_memory_dispatched(benchmark::State& state) {
  const auto store = rf::make_memory_store();
  flows(state, *store, true);
}
BENCHMARK(flow_in_memory_dispatched)
    ->Name("ringfence/flow_in_memory_with_dispatcher")
    ->Apply(bench::as_many_as_told);

void flow_on_sqlite(benchmark::State& state) {
  const Folder folder;
  const auto store = rf::open_sqlite_store(folder.file("flows.db")).value();
  flows(state, *store, false);
}
BENCHMARK(flow_on_sqlite)
    ->Name("ringfence/flow_on_sqlite_4_commits")
    ->UseRealTime()
    ->Apply(bench::as_many_as_told);

void flow_on_sqlite_dispatched(benchmark::State& state) {
  const Folder folder;
  const auto store = rf::open_sqlite_store(folder.file("flows.db")).value();
  flows(state, *store, true);
}
BENCHMARK(flow_on_sqlite_dispatched)
    ->Name("ringfence/flow_on_sqlite_with_dispatcher")
    ->UseRealTime();

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "threads") return bench::threads();
  if (argc == 2 && std::string_view(argv[1]) == "accounts") return bench::accounts();
  // Rounds in which the rows take turns: whatever else the machine does hits all of them. Arguments
  // of the command line come later, and win.
  std::vector<std::string> given = {argv[0], "--benchmark_repetitions=5",
                                    "--benchmark_enable_random_interleaving=true",
                                    "--benchmark_display_aggregates_only=true"};
  given.insert(given.end(), argv + 1, argv + argc);
  std::vector<char*> arguments;
  for (std::string& one : given) arguments.push_back(one.data());
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  RatioReporter reporter({
      {"ringfence/parse_phone", "libphonenumber/parse_validate_format"},
      {"ringfence/flow_in_memory", "ringfence/parse_phone"},
      {"ringfence/flow_in_memory_with_dispatcher", "ringfence/flow_in_memory"},
      {"ringfence/flow_in_memory_through_c", "ringfence/flow_in_memory_with_dispatcher"},
      {"ringfence/flow_in_memory_from_python", "ringfence/flow_in_memory_with_dispatcher"},
      {"ringfence/flow_in_memory_from_go", "ringfence/flow_in_memory_with_dispatcher"},
      {"ringfence/flow_on_sqlite_4_commits", "sqlite/bare_durable_transaction"},
      {"ringfence/flow_on_sqlite_with_dispatcher", "sqlite/bare_durable_transaction"},
  });
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
