#pragma once

#include <string>
#include <string_view>

#include "ringfence/keys.h"

namespace ringfence {

/// See `KeyRing::from_file`.
result<KeySet> read_key_file(const std::string& path);
/// What such a file has in it. Refuses with `key_unusable`; the text names the line, not what is in
/// it.
result<KeySet> read_keys(std::string_view text);
/// See `KeyRing::create_file`.
result<void> create_key_file(const std::string& path);

}  // namespace ringfence
