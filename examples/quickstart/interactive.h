#pragma once

#include <istream>
#include <ostream>

#include "accounts.h"
#include "host.h"

namespace demo {

/// One change of a security phone with a person at a terminal. Ctrl-D ends it at any question; a
/// flow that has begun is cancelled then. Fails only if the set-up does.
ringfence::result<void> run_interactive(Host& host, const Accounts& accounts, std::istream& in,
                                        std::ostream& out);

}  // namespace demo
