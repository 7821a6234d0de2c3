#pragma once

#include <exception>
#include <new>

#include "ringfence/result.h"

namespace ringfence::store {

/// Runs what may throw and gives its result, or the failure: the boundary of every public function.
template <class F>
auto guarded(F&& function) noexcept -> decltype(function()) {
  try {
    try {
      return function();
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception&) {
      return failure(ErrorCode::internal, "an exception that was not foreseen");
    }
  } catch (...) {
    return failure(ErrorCode::store_unavailable,
                   "out of memory");  // short enough for no allocation
  }
}

}  // namespace ringfence::store
