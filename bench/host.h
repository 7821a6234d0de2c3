#pragma once

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "ringfence/ringfence.h"
#include "ringfence/testing/manual_clock.h"
#include "ringfence/workflow/challenge.h"

/// What the benchmarks share, and those that are programs of their own.
namespace bench {

namespace rf = ringfence;

/// `ringfence_bench threads`: whole flows on one SQLite store by 1, 8 and 64 threads.
int threads();
/// `ringfence_bench accounts`: an import into SQLite, and a flow beside few accounts and beside
/// many.
int accounts();

/// Exactly as many rounds as RINGFENCE_BENCH_FLOWS says, if it does: for counting instructions.
inline void as_many_as_told(benchmark::internal::Benchmark* row) {
  if (const char* flows = std::getenv("RINGFENCE_BENCH_FLOWS"); flows != nullptr)
    row->Iterations(std::stol(flows));
}

/// A folder of its own in the temporary folder (TMPDIR), removed with all that is in it.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "ringfence-bench-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::shared_ptr<rf::KeyRing> key_ring() {
  rf::crypto::Key key;
  key.reveal().fill(7);
  return rf::KeyRing::from_callback([key] { return rf::KeySet::make({{"k1", key}}); }).value();
}

/// The live code of a flow, without a dispatcher.
inline std::string code_of(rf::Store& store, rf::KeyRing& ring, rf::Role role,
                           const rf::FlowView& flow) {
  const rf::Key key = flow.handle.account;
  const auto account = std::get<rf::Account>(*store.load({&key, 1}, 0).value()[0].record);
  for (const rf::Flow& one : account.flows) {
    if (one.id == flow.handle.flow) {
      return std::string(
          rf::workflow::derive_code(account.key, one, role, *one.challenge, *ring.keys())
              .value()
              .reveal());
    }
  }
  throw std::runtime_error("the flow is gone");
}

/// One account with a service and a clock of its own, on a store that many share. It changes its
/// phone day after day, so that no limit is met.
class Mover {
 public:
  /// The account is there, and its phone verified. `spare` is a number that nobody has.
  Mover(rf::Store& store, rf::KeyRing& ring, rf::AccountKey account, std::string present,
        std::string spare, const std::string& source)
      : store_(store),
        ring_(ring),
        service_(rf::Service::make({store, ring, clock_}).value()),
        account_(std::move(account)),
        numbers_{std::move(present), std::move(spare)},
        call_{.session = "session", .source = source} {}

  rf::Service& service() { return *service_; }

  /// A whole flow, in four commits.
  void move() {
    const rf::FlowView flow =
        service_->begin_change_phone(account_, rf::Method::phone, call_).value();
    service_->prove_identity(flow, code_of(store_, ring_, rf::Role::identity, flow), call_).value();
    const rf::FlowView targeted = service_->set_target(flow, {numbers_[1]}, call_).value();
    const rf::FlowView done =
        service_->prove_target(flow, code_of(store_, ring_, rf::Role::target, targeted), call_)
            .value();
    if (done.step != rf::FlowStep::done) throw std::runtime_error("the flow did not end");
    std::swap(numbers_[0], numbers_[1]);
    clock_.advance(rf::day_ms);
  }

 private:
  rf::Store& store_;
  rf::KeyRing& ring_;
  ringfence::testing::ManualClock clock_;
  std::unique_ptr<rf::Service> service_;
  rf::AccountKey account_;
  std::array<std::string, 2> numbers_;
  rf::Call call_;
};

}  // namespace bench
