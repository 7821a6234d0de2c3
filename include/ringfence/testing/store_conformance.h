#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "ringfence/store.h"

/// The contract of `ringfence/store.h` as tests, for whoever writes a store: link
/// `ringfence::testing` and GoogleTest, and say how a fresh store is made.
namespace ringfence::testing {

/// A store that is being tested.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  /// The store, open; nothing is in it when this is made.
  virtual Store& store() = 0;

  /// A second handle on the same records, as another process would have it; none: there can be only
  /// one. Then the races are run by threads that share `store()`.
  virtual std::unique_ptr<Store> another() { return nullptr; }

  /// Closes the store and opens what it has kept; `store()` may be another object from then on.
  /// False: it keeps nothing. Throws if it cannot be opened.
  virtual bool reopen() { return false; }
};

/// Makes one; called for each line of the contract.
using MakeStore = std::function<std::unique_ptr<StoreUnderTest>()>;

/// One promise. `check` tells GoogleTest what does not hold. It may throw, e.g.
/// `bad_result_access`, if the store refuses what it must not refuse.
struct ContractLine {
  std::string_view name;  ///< A sentence, e.g. `TwoTakersNeverGetOneMessage`.
  void (*check)(StoreUnderTest& tested);
};

/// Every line.
std::span<const ContractLine> store_contract();

/// Registers a test `<suite>.<line>` for each line. Call it before `RUN_ALL_TESTS()`; where `main`
/// comes with GoogleTest, initialise a static variable with it. Returns true.
bool register_store_conformance(const std::string& suite, const MakeStore& make);

}  // namespace ringfence::testing
