#pragma once

#include "ringfence/model/message.h"
#include "ringfence/secret.h"

namespace ringfence {

/// The text a person reads. It names the action, and for how long the code is valid (A37). English.
SecretText render_code(const Message& message, const SecretText& code, TimeMs lifetime_ms);
SecretText render_notice(const Message& message);

}  // namespace ringfence
