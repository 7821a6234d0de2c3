#pragma once

#include "ringfence/sender.h"

namespace ringfence {

/// What tells the host of what happened: `phone_changed`, `end_sessions`, `account_locked`.
///
/// Called like `Sender::send`, and like it possibly more than once with one `Message::id`. It may
/// throw: that counts as `unknown`. An event that is not accepted is repeated for
/// `Policy::notice_given_up_after_ms`, then given up: a host that cannot be reached for so long
/// misses it. After `account_erased` the account has no address any more, after `account_closed`
/// none that counts.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// The event's name is `event.purpose`; what it tells is in `event.fields`.
  virtual SendResult deliver(const Message& event) = 0;
};

}  // namespace ringfence
