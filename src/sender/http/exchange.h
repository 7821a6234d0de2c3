#pragma once

#include <string_view>

#include "ringfence/sender.h"
#include "sender/http/description.h"
#include "sender/http/values.h"
#include "sender/transfer/pool.h"

namespace ringfence::http {

/// Hands one message over: writes the request that the description asks for, sends it, and reads
/// the reply. What cannot be written is refused for good, and nothing is sent.
SendResult exchange(const Description& description, Values& values, transfer::Pool& pool,
                    TimeMs now);

}  // namespace ringfence::http
