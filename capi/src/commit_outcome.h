#pragma once

#include "ringfence.h"
#include "ringfence/store.h"

/// How a commit ended, as the header has it: there the value that nobody has set is `unknown`.
namespace ringfence::capi {

inline int32_t commit_code(CommitOutcome outcome) noexcept {
  switch (outcome) {
    case CommitOutcome::committed:
      return RINGFENCE_COMMIT_COMMITTED;
    case CommitOutcome::conflict:
      return RINGFENCE_COMMIT_CONFLICT;
    case CommitOutcome::unavailable:
      return RINGFENCE_COMMIT_UNAVAILABLE;
    case CommitOutcome::unknown:
      break;
  }
  return RINGFENCE_COMMIT_UNKNOWN;
}

/// Whatever is no outcome is unknown.
inline CommitOutcome commit_outcome(int32_t code) noexcept {
  switch (code) {
    case RINGFENCE_COMMIT_COMMITTED:
      return CommitOutcome::committed;
    case RINGFENCE_COMMIT_CONFLICT:
      return CommitOutcome::conflict;
    case RINGFENCE_COMMIT_UNAVAILABLE:
      return CommitOutcome::unavailable;
    default:
      return CommitOutcome::unknown;
  }
}

}  // namespace ringfence::capi
