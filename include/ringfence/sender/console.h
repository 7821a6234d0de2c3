#pragma once

#include <iosfwd>
#include <memory>

#include "ringfence/event_sink.h"
#include "ringfence/sender.h"

namespace ringfence {

/// Prints what would be sent, codes included: for demonstrations and development only. `out` must
/// outlive it. Thread-safe.
std::unique_ptr<Sender> make_console_sender(std::ostream& out);
/// Prints what the host would be told.
std::unique_ptr<EventSink> make_console_event_sink(std::ostream& out);

}  // namespace ringfence
