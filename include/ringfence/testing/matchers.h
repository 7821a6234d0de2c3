#pragma once

#include <gmock/gmock.h>

#include <string>

#include "ringfence/model/flow.h"
#include "ringfence/model/settings.h"
#include "ringfence/result.h"

/// What tests expect of replies, for GoogleTest:
///
///     EXPECT_THAT(service->prove_identity(flow, "000000", call), HasVerdict(Verdict::rejected));
///     EXPECT_THAT(service->set_target(flow, {"+390612345678", ""}, call),
///                 RefusedWith(ErrorCode::limited));
namespace ringfence::testing {

namespace detail {

// The value of a result, or the value itself; null for a refusal.
template <class T>
const T* value_of(const result<T>& reply) {
  return reply ? &reply.value() : nullptr;
}
template <class T>
const T* value_of(const T& value) {
  return &value;
}
template <class T>
void tell(const result<T>& reply, ::testing::MatchResultListener* listener) {
  if (!reply)
    *listener << "was refused with " << name(reply.error().code) << ": " << reply.error().text;
}
template <class T>
void tell(const T&, ::testing::MatchResultListener*) {}

}  // namespace detail

/// A `result` that is no refusal.
MATCHER(Succeeds, negation ? "is refused" : "succeeds") {
  detail::tell(arg, result_listener);
  return static_cast<bool>(arg);
}

/// A `result` that was refused with this code.
MATCHER_P(RefusedWith, code,
          std::string(negation ? "is not" : "is") + " refused with " +
              std::string(ringfence::name(code))) {
  if (arg) {
    *result_listener << "succeeded";
    return false;
  }
  detail::tell(arg, result_listener);
  return arg.error().code == code;
}

/// A flow, or a `result` with one, whose code met this verdict.
MATCHER_P(HasVerdict, verdict,
          std::string(negation ? "has not" : "has") + " the verdict " +
              std::string(ringfence::name(verdict))) {
  detail::tell(arg, result_listener);
  const FlowView* view = detail::value_of(arg);
  if (view == nullptr) return false;
  *result_listener << "has the verdict " << ringfence::name(view->verdict);
  return view->verdict == verdict;
}

/// A flow, or a `result` with one, that waits for this.
MATCHER_P(IsAt, step,
          std::string(negation ? "is not" : "is") + " at " + std::string(ringfence::name(step))) {
  detail::tell(arg, result_listener);
  const FlowView* view = detail::value_of(arg);
  if (view == nullptr) return false;
  *result_listener << "is at " << ringfence::name(view->step);
  return view->step == step;
}

/// A channel as its owner sees it (`SecuritySettings::phone()`, `email()`): it may log in.
MATCHER(ServesForLogin, negation ? "does not serve for login" : "serves for login") {
  *result_listener << "its reason is " << ringfence::name(arg.login.reason);
  return arg.login.usable;
}

/// … it proves identity.
MATCHER(ServesForVerification,
        negation ? "does not serve for verification" : "serves for verification") {
  *result_listener << "its reason is " << ringfence::name(arg.verification.reason);
  return arg.verification.usable;
}

}  // namespace ringfence::testing
