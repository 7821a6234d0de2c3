#pragma once

#include <algorithm>
#include <vector>

#include "ringfence/clock.h"
#include "ringfence/store.h"

namespace ringfence {

/// Whether a change set keeps the rules that a store relies on: no key is expected, put or erased
/// twice or put and erased, whatever is put or erased was expected, and what is put gets a version.
/// One that does not is a defect of its maker and must not be applied.
inline bool well_formed(const ChangeSet& change) {
  std::vector<Key> expected;
  std::vector<Key> written = change.erases;
  for (const ChangeSet::Expect& expect : change.expects) expected.push_back(expect.key);
  for (const ChangeSet::Put& put : change.puts) {
    if (put.version == 0) return false;
    written.push_back(key_of(put.record));
  }
  std::sort(expected.begin(), expected.end());
  std::sort(written.begin(), written.end());
  const auto once = [](const std::vector<Key>& keys) {
    return std::adjacent_find(keys.begin(), keys.end()) == keys.end();
  };
  return once(expected) && once(written) &&
         std::includes(expected.begin(), expected.end(), written.begin(), written.end());
}

/// Whether there is anything to look for when a store is asked to `take`. If not it takes nothing.
constexpr bool can_take(TimeMs now, TimeMs lease_ms, int max, OutboxShare share) {
  return is_time(now) && lease_ms >= 0 && lease_ms <= longest_deferral_ms && max > 0 &&
         share.valid();
}

}  // namespace ringfence
