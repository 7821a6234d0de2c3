#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/crypto.h"
#include "ringfence/result.h"

/// The keys that codes are derived from. They never enter a store (R27), and there is no default
/// key.
namespace ringfence {

/// The keys in force at one moment. Immutable.
class KeySet {
 public:
  struct Entry {
    /// 1–32 characters of `A-Z a-z 0-9 - _ .`; stored beside every challenge; not secret.
    std::string id;
    crypto::Key key;
  };

  /// The first entry makes new codes; all of them check codes. Refuses an empty list, a bad id, an
  /// id given twice, and a key of nothing but zeros, with `key_unusable`.
  static result<KeySet> make(std::vector<Entry> entries);

  /// The id of the key that makes new codes.
  const std::string& current_id() const noexcept { return entries_.front().id; }
  std::size_t size() const noexcept { return entries_.size(); }
  /// The key with this id, or `key_missing`: then nothing can be checked and nothing is accepted
  /// (R28).
  result<const crypto::Key*> find(std::string_view id) const;

 private:
  explicit KeySet(std::vector<Entry> entries) noexcept : entries_(std::move(entries)) {}
  std::vector<Entry> entries_;
};

/// The keys of a running service, and where to get them again. Thread-safe.
///
/// Rotation, in three steps, each followed by `reload()` everywhere: add the new key at the end
/// (all can check it); move it to the front (all make codes with it); after the longest life of a
/// flow remove the old one. A key that made entries of the audit trail is needed to verify them:
/// keep it at the end of the list for as long as you want to do that; there it makes no codes.
class KeyRing {
 public:
  /// Gives the keys, e.g. from a secret manager. Called by `from_callback` and by each `reload()`,
  /// never twice at once; must not call `reload()` itself.
  using Source = std::function<result<KeySet>()>;

  /// Reads a file with one key a line: the id, a space, and 64 hexadecimal digits. The first key
  /// makes new codes. Empty lines and lines that begin with `#` are passed over. Refused with
  /// `key_unusable`: a file that others than its owner may read or write, that belongs to another
  /// user, that is no regular file, or that has a malformed line.
  static result<std::shared_ptr<KeyRing>> from_file(std::string path);
  /// Takes the keys from a callback. A callback that throws gives `key_unusable`.
  static result<std::shared_ptr<KeyRing>> from_callback(Source source);
  /// Makes a key file with one fresh random key, mode 0600: whole, or not at all. Refuses to
  /// overwrite, with `key_unusable`.
  static result<void> create_file(const std::string& path);

  /// The keys in force. Never null.
  std::shared_ptr<const KeySet> keys() const;
  /// Asks the source again. If it fails, the keys stay as they were.
  result<void> reload();

 private:
  KeyRing(Source source, std::shared_ptr<const KeySet> keys)
      : source_(std::move(source)), keys_(std::move(keys)) {}

  const Source source_;
  std::mutex reloading_;
  mutable std::mutex mutex_;  // guards keys_
  std::shared_ptr<const KeySet> keys_;
};

}  // namespace ringfence
