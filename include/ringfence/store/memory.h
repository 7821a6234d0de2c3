#pragma once

#include <memory>

#include "ringfence/store.h"

namespace ringfence {

/// A store in memory: for tests, and for hosts that can afford to forget. It has no bound but
/// memory itself.
std::unique_ptr<Store> make_memory_store();

}  // namespace ringfence
