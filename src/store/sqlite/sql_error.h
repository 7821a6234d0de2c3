#pragma once

#include <exception>
#include <new>

#include "ringfence/result.h"

namespace ringfence::sqlite {

/// A call of SQLite that failed. It has the code only: SQLite's own message could quote what was
/// stored (R25).
class SqlError : public std::exception {
 public:
  explicit SqlError(int code) noexcept : code_(code) {}
  int code() const noexcept { return code_; }
  const char* what() const noexcept override;

 private:
  int code_;
};

/// Throws unless the code says that all went well.
void check(int code);

Failure failure_of(const SqlError& error);

/// Runs what may throw and gives its result, or the failure: the boundary of every public function.
template <class F>
auto guarded(F&& function) noexcept -> decltype(function()) {
  try {
    try {
      return function();
    } catch (const SqlError& error) {
      return failure_of(error);
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

}  // namespace ringfence::sqlite
