#pragma once

#include <streambuf>
#include <string>
#include <string_view>

#include "ringfence/text.h"

namespace demo {

using ringfence::printable;  // no row of a file can steer the terminal

/// The same in quotes, and cut off when it is long: for naming a bad value.
std::string quoted(std::string_view text);

/// Passes lines on with something before each, made printable.
class PrefixBuffer final : public std::streambuf {
 public:
  PrefixBuffer(std::streambuf* target, std::string prefix)
      : target_(target), prefix_(std::move(prefix)) {}

 protected:
  int overflow(int c) override;
  int sync() override { return target_->pubsync(); }

 private:
  std::streambuf* target_;
  const std::string prefix_;
  std::string line_;
};

/// Swallows everything.
class NullBuffer final : public std::streambuf {
 protected:
  int overflow(int c) override { return c == traits_type::eof() ? 0 : c; }
};

}  // namespace demo
