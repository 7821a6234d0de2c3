#include "keys/key_file.h"
#include "ringfence/keys.h"

namespace ringfence {
namespace {

result<KeySet> ask(const KeyRing::Source& source) noexcept {
  try {
    if (!source) return failure(ErrorCode::key_unusable, "the key callback is empty");
    return source();
  } catch (...) {
    return failure(ErrorCode::key_unusable, "the key callback failed with an exception");
  }
}

}  // namespace

result<std::shared_ptr<KeyRing>> KeyRing::from_file(std::string path) {
  return from_callback([path = std::move(path)] { return read_key_file(path); });
}

result<std::shared_ptr<KeyRing>> KeyRing::from_callback(Source source) {
  RF_TRY(keys, ask(source));
  auto shared = std::make_shared<const KeySet>(std::move(keys));
  return std::shared_ptr<KeyRing>(new KeyRing(std::move(source), std::move(shared)));
}

result<void> KeyRing::create_file(const std::string& path) { return create_key_file(path); }

std::shared_ptr<const KeySet> KeyRing::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

result<void> KeyRing::reload() {
  const std::lock_guard reloading(reloading_);
  RF_TRY(keys, ask(source_));
  auto shared = std::make_shared<const KeySet>(std::move(keys));
  const std::lock_guard lock(mutex_);
  keys_ = std::move(shared);
  return ok();
}

}  // namespace ringfence
