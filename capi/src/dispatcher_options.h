#pragma once

#include <string_view>

#include "ringfence/dispatcher.h"

namespace ringfence::capi {

/// Reads the members that a dispatcher's JSON has over `options`. Refuses with `invalid_argument`,
/// by its name, what is not known, of another type, or out of bounds.
result<void> read_options(std::string_view json, Dispatcher::Options& options);

}  // namespace ringfence::capi
