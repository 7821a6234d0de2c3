#pragma once

#include "ringfence/model/message.h"

/// What may be said besides at a step of a flow (DOMAIN 4).
namespace ringfence {

/// Settings of `prove_target`.
struct TargetOptions {
  /// If another account is associated with the new address, go on for verification only. If false
  /// the proof is kept and the flow waits in `confirm_target`.
  bool accept_verification_only = true;
};

/// Settings of `resend`.
struct ResendOptions {
  /// By voice: the person asked for a call. Only to a telephone number, and where
  /// `Policy::voice_calls` is on.
  Route route = Route::text;
};

}  // namespace ringfence
