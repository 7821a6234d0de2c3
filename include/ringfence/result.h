#pragma once

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/base.hpp>
#include <stdexcept>
#include <utility>

#include "ringfence/error.h"

/// `result<T>`: a value, or the `Failure` that says why there is none.
namespace ringfence {

/// Thrown when a program asks a failed result for its value, or a good one for its failure.
/// That is a defect of the program; no function of ringfence throws it.
class bad_result_access : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

namespace detail {

/// Checked access: reading the wrong side never yields garbage (R28).
struct checked_access : boost::outcome_v2::policy::base {
  template <class Impl>
  static constexpr void wide_value_check(Impl&& self) {
    if (!base::_has_value(self)) throw bad_result_access("the result holds a failure, not a value");
  }
  template <class Impl>
  static constexpr void wide_error_check(Impl&& self) {
    if (!base::_has_error(self)) throw bad_result_access("the result holds a value, not a failure");
  }
};

}  // namespace detail

/// What every function that can be refused returns. Keep it as long as you use what `value()`
/// gives: a reference into it. Test it with `if (r)`; then `r.value()` or `r.error()`.
template <class T>
using result = boost::outcome_v2::basic_result<T, Failure, detail::checked_access>;

/// The value of `result<void>` when all went well.
inline auto ok() noexcept { return boost::outcome_v2::success(); }

}  // namespace ringfence

/// `RF_TRY(v, f());` declares `v` with the value of `f()`, or returns its failure from this
/// function.
#define RF_TRY(v, ...) RF_TRY_NAMED_(RF_TRY_GLUE_(rf_try_, __LINE__), v, __VA_ARGS__)
/// `RF_TRY_VOID(f());` goes on if `f()` went well, or returns its failure from this function.
#define RF_TRY_VOID(...)                                          \
  do {                                                            \
    auto rf_try_void = (__VA_ARGS__);                             \
    if (!rf_try_void) return std::move(rf_try_void).as_failure(); \
  } while (false)

// Boost.Outcome's own TRY macros changed meaning between Boost versions; these do not.
#define RF_TRY_GLUE2_(a, b) a##b
#define RF_TRY_GLUE_(a, b) RF_TRY_GLUE2_(a, b)
#define RF_TRY_NAMED_(unique, v, ...)                 \
  auto unique = (__VA_ARGS__);                        \
  if (!unique) return std::move(unique).as_failure(); \
  auto&& v = std::move(unique).assume_value()
