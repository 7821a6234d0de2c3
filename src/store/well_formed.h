#pragma once

#include <algorithm>

#include "ringfence/store.h"

namespace ringfence {

/// Whether a change set keeps the rules that a store relies on: no key is expected or put twice,
/// whatever is put was expected, and gets a version. One that does not is a defect of its maker and
/// must not be applied.
inline bool well_formed(const ChangeSet& change) {
  for (auto one = change.expects.begin(); one != change.expects.end(); ++one) {
    if (std::any_of(change.expects.begin(), one,
                    [&](const ChangeSet::Expect& other) { return other.key == one->key; })) {
      return false;
    }
  }
  for (auto put = change.puts.begin(); put != change.puts.end(); ++put) {
    const Key key = key_of(put->record);
    if (put->version == 0) return false;
    if (std::any_of(change.puts.begin(), put,
                    [&](const ChangeSet::Put& other) { return key_of(other.record) == key; })) {
      return false;
    }
    if (std::none_of(change.expects.begin(), change.expects.end(),
                     [&](const ChangeSet::Expect& expect) { return expect.key == key; })) {
      return false;
    }
  }
  return true;
}

}  // namespace ringfence
