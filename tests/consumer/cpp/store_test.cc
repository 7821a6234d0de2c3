#include <ringfence/store/memory.h>
#include <ringfence/testing/store_conformance.h>

struct Mine : ringfence::testing::StoreUnderTest {
  std::unique_ptr<ringfence::Store> mine = ringfence::make_memory_store();
  ringfence::Store& store() override { return *mine; }
};
const bool registered =
    ringfence::testing::register_store_conformance("Mine", [] { return std::make_unique<Mine>(); });
