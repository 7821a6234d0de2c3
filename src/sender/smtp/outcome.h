#pragma once

#include "ringfence/sender.h"
#include "sender/smtp/dialogue.h"

namespace ringfence::smtp {

/// What a conversation that is over means for its message: see `make_smtp_sender`.
SendResult outcome_of(const Dialogue& dialogue, const transfer::Reply& reply);

/// The name that a server gives a mail in its answer, e.g. `4Xq1z` of `2.0.0 Ok: queued as 4Xq1z`;
/// empty if it gives none that is known.
std::string queue_id(const std::string& text);

}  // namespace ringfence::smtp
