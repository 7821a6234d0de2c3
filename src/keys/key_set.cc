#include <algorithm>

#include "ringfence/keys.h"

namespace ringfence {

result<KeySet> KeySet::make(std::vector<Entry> entries) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  if (entries.empty()) return failure(ErrorCode::key_unusable, "there is no key");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    if (entry.id.empty() || entry.id.size() > 32 ||
        entry.id.find_first_not_of(allowed) != std::string::npos) {
      return failure(ErrorCode::key_unusable,
                     "a key id has 1 to 32 characters of A-Z a-z 0-9 - _ .");
    }
    if (entry.key.reveal() == std::array<std::uint8_t, 32>{}) {
      return failure(ErrorCode::key_unusable, "key " + entry.id + " is nothing but zeros");
    }
    if (std::any_of(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const Entry& other) { return other.id == entry.id; })) {
      return failure(ErrorCode::key_unusable, "key id " + entry.id + " is given twice");
    }
  }
  return KeySet(std::move(entries));
}

result<const crypto::Key*> KeySet::find(std::string_view id) const {
  for (const Entry& entry : entries_) {
    if (entry.id == id) return &entry.key;
  }
  return failure(ErrorCode::key_missing,
                 "the key that made this code or audit entry is not in the key ring");
}

}  // namespace ringfence
