// What a whole change of a phone costs through the C interface, and from Python and Go: the flow of
// `flow_in_memory_with_dispatcher`, told by each in its own words.
#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "host.h"
#include "ringfence.h"

namespace {

void must(int32_t status) {
  if (status != RINGFENCE_OK) throw std::runtime_error(ringfence_status_name(status));
}

template <class Struct>
Struct sized() {
  Struct out{};
  out.struct_size = sizeof out;
  return out;
}

constexpr int64_t day_ms = int64_t{24} * 60 * 60 * 1000;

struct Host {
  int64_t now = 1'800'000'000'000;
  std::string code;
};

int32_t accept(void* host, const ringfence_message* message, int64_t*, ringfence_out) {
  if (message->kind == RINGFENCE_MESSAGE_CODE)
    static_cast<Host*>(host)->code.assign(message->code.data, message->code.size);
  return RINGFENCE_SEND_ACCEPTED;
}

void flow_through_c(benchmark::State& state) {
  Host host;
  auto source = sized<ringfence_key_source>();
  source.read = [](void*, ringfence_out out) {
    return ringfence_out_write(
        out, ringfence_str("k1 0707070707070707070707070707070707070707070707070707070707070707"));
  };
  auto clock = sized<ringfence_clock_callbacks>();
  clock.context = &host;
  clock.now_ms = [](void* of) { return static_cast<Host*>(of)->now; };
  clock.pause = [](void*, int64_t) {};
  auto sender = sized<ringfence_sender_callbacks>();
  sender.context = &host;
  sender.send = accept;
  auto events = sized<ringfence_event_sink_callbacks>();
  events.context = &host;
  events.deliver = accept;

  auto parts = sized<ringfence_service_parts>();
  auto pump = sized<ringfence_dispatcher_parts>();
  must(ringfence_store_open(ringfence_str("memory:"), &parts.store, nullptr));
  must(ringfence_key_ring_from_callbacks(&source, &parts.keys, nullptr));
  must(ringfence_clock_from_callbacks(&clock, &parts.clock, nullptr));
  must(ringfence_sender_from_callbacks(&sender, &pump.sender, nullptr));
  must(ringfence_event_sink_from_callbacks(&events, &pump.events, nullptr));
  pump.store = parts.store;
  pump.keys = parts.keys;
  pump.clock = parts.clock;
  ringfence_service service{};
  ringfence_dispatcher dispatcher{};
  must(ringfence_service_new(&parts, &service, nullptr));
  must(ringfence_dispatcher_new(&pump, &dispatcher, nullptr));

  const std::array<ringfence_address_input, 2> numbers = {
      {{ringfence_str("+8613912343672"), {}}, {ringfence_str("+447700900123"), {}}}};
  auto registration = sized<ringfence_registration>();
  registration.account.id = ringfence_str("ann");
  registration.phone = numbers[0];
  registration.phone_proven_at = host.now;
  auto settings = sized<ringfence_settings>();
  must(ringfence_service_register_account(service, &registration, nullptr, &settings, nullptr));

  const ringfence_account ann = registration.account;
  auto call = sized<ringfence_call>();
  call.session = ringfence_str("session");
  call.source = ringfence_str("192.0.2.1");
  auto view = sized<ringfence_flow_view>();
  auto error = sized<ringfence_error>();
  const auto code = [&] {
    auto counts = sized<ringfence_dispatch_counts>();
    do must(ringfence_dispatcher_pump(dispatcher, &counts, &error));
    while (counts.taken > 0);
    return ringfence_string{host.code.data(), host.code.size()};
  };
  std::size_t next = 1;
  for (auto _ : state) {
    must(ringfence_service_begin_change_phone(service, &ann, RINGFENCE_PHONE,
                                              RINGFENCE_NUMBER_CHANGED, &call, &view, &error));
    const std::string flow = view.flow;
    const ringfence_string handle = {flow.data(), flow.size()};
    must(ringfence_service_prove_identity(service, handle, code(), &call, &view, &error));
    must(ringfence_service_set_target(service, handle, &numbers[next], &call, &view, &error));
    must(ringfence_service_prove_target(service, handle, code(), 1, &call, &view, &error));
    if (view.step != RINGFENCE_STEP_DONE) throw std::runtime_error("the flow did not end");
    next = 1 - next;
    host.now += day_ms;
  }
  ringfence_dispatcher_free(dispatcher);
  ringfence_service_free(service);
  ringfence_event_sink_free(pump.events);
  ringfence_sender_free(pump.sender);
  ringfence_clock_free(parts.clock);
  ringfence_key_ring_free(parts.keys);
  ringfence_store_free(parts.store);
}
BENCHMARK(flow_through_c)
    ->Name("ringfence/flow_in_memory_through_c")
    ->Apply(bench::as_many_as_told);

/// A program that does flows when it is told to: it reads how many, a line each time, and answers
/// how many nanoseconds they took. The command comes from the environment; ./dev bench sets it.
class Program {
 public:
  explicit Program(const char* command) {
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    if (pipe(to.data()) != 0 || pipe(from.data()) != 0) throw std::runtime_error("no pipe");
    child_ = fork();
    if (child_ == 0) {
      dup2(to[0], STDIN_FILENO);
      dup2(from[1], STDOUT_FILENO);
      for (const int end : {to[0], to[1], from[0], from[1]}) close(end);
      execl("/bin/sh", "sh", "-c", command, nullptr);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    in_ = fdopen(to[1], "w");
    out_ = fdopen(from[0], "r");
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    fclose(in_);
    fclose(out_);
    waitpid(child_, nullptr, 0);
  }

  /// Seconds.
  double run(long flows) {
    long nanoseconds = 0;
    if (fprintf(in_, "%ld\n", flows) < 0 || fflush(in_) != 0 ||
        fscanf(out_, "%ld", &nanoseconds) != 1)
      throw std::runtime_error("the program that does the flows has ended");
    return static_cast<double>(nanoseconds) / 1e9;
  }

 private:
  pid_t child_ = 0;
  FILE* in_ = nullptr;
  FILE* out_ = nullptr;
};

// As many flows on one store as the rows of C++ and C do, and as they without a break.
void flows_of(benchmark::State& state, const char* command) {
  const benchmark::IterationCount flows = state.max_iterations;
  Program program(command);
  program.run(20);  // everything has been asked for once
  while (state.KeepRunningBatch(flows)) state.SetIterationTime(program.run(flows));
}

const bool registered = [] {
  const std::array<std::array<const char*, 2>, 2> rows = {
      {{"RINGFENCE_BENCH_PYTHON", "ringfence/flow_in_memory_from_python"},
       {"RINGFENCE_BENCH_GO", "ringfence/flow_in_memory_from_go"}}};
  for (const auto& [variable, row] : rows) {
    if (const char* command = std::getenv(variable); command != nullptr)
      benchmark::RegisterBenchmark(row, flows_of, command)->UseManualTime();
  }
  return true;
}();

}  // namespace
