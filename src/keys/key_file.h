#pragma once

#include <string>

#include "ringfence/keys.h"

namespace ringfence {

/// See `KeyRing::from_file`.
result<KeySet> read_key_file(const std::string& path);
/// See `KeyRing::create_file`.
result<void> create_key_file(const std::string& path);

}  // namespace ringfence
