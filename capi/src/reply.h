#pragma once

#include "objects.h"
#include "views.h"

namespace ringfence::capi {

/// A call of the service whose reply is a struct.
template <class Out, class Work>
int32_t replying(ringfence_service service, const ringfence_call* call, Out* out,
                 ringfence_error* error, const Work& work) noexcept {
  return guarded(error, [&]() -> result<void> {
    RF_TRY_VOID(can_fill(out));
    RF_TRY(owner, at(service));
    RF_TRY(who, read(call));
    RF_TRY(reply, work(*owner->service, who));
    fill(out, to_struct(reply));
    return ok();
  });
}

/// … about an account.
template <class Out, class Work>
int32_t about(ringfence_service service, const ringfence_account* account,
              const ringfence_call* call, Out* out, ringfence_error* error,
              const Work& work) noexcept {
  return replying(service, call, out, error, [&](Service& with, const Call& who) {
    using Reply = decltype(work(with, AccountKey{}, who));
    return [&]() -> Reply {
      RF_TRY(key, read(account));
      return work(with, key, who);
    }();
  });
}

/// … about a flow.
template <class Out, class Work>
int32_t in_flow(ringfence_service service, ringfence_string flow, const ringfence_call* call,
                Out* out, ringfence_error* error, const Work& work) noexcept {
  return replying(service, call, out, error, [&](Service& with, const Call& who) {
    using Reply = decltype(work(with, FlowHandle{}, who));
    return [&]() -> Reply {
      RF_TRY(handle, read_flow(flow));
      return work(with, handle, who);
    }();
  });
}

}  // namespace ringfence::capi
