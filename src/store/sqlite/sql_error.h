#pragma once

#include <exception>

#include "ringfence/result.h"
#include "store/guarded.h"

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

/// The boundary of every public function: what SQLite refuses is a failure, as is what else is
/// thrown.
template <class F>
auto guarded(F&& function) noexcept -> decltype(function()) {
  return store::guarded([&]() -> decltype(function()) {
    try {
      return function();
    } catch (const SqlError& error) {
      return failure_of(error);
    }
  });
}

}  // namespace ringfence::sqlite
