#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "ringfence/secret.h"

namespace ringfence::transfer {

/// A text that grows and may hold a code: no copy of what it held before stays behind.
class SecretWriter {
 public:
  SecretWriter() { text_.reserve(512); }
  SecretWriter(const SecretWriter&) = delete;
  SecretWriter& operator=(const SecretWriter&) = delete;
  ~SecretWriter() { wipe(text_); }

  void add(std::string_view more) {
    if (more.size() > text_.capacity() - text_.size()) {
      std::string larger;
      larger.reserve(2 * (text_.size() + more.size()));
      larger = text_;
      wipe(text_);
      text_ = std::move(larger);
    }
    text_ += more;
  }
  void add(char c) { add(std::string_view(&c, 1)); }
  std::string_view view() const { return text_; }
  /// For C: ends in NUL.
  const char* c_str() const { return text_.c_str(); }

 private:
  std::string text_;
};

}  // namespace ringfence::transfer
