#pragma once

#include "ringfence/sender/smtp.h"

namespace ringfence::smtp {

/// The options with their defaults filled in and names in ASCII, or `invalid_argument` by the name
/// of the member that is wrong.
result<SmtpOptions> checked(SmtpOptions options);

/// Where libcurl connects to, and what it says in EHLO.
std::string url_of(const SmtpOptions& checked);

}  // namespace ringfence::smtp
