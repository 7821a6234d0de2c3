#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "ringfence.h"
#include "ringfence/result.h"

/// What passes the boundary: refusals, texts and structs, each checked before anything is done.
namespace ringfence::capi {

Failure no_struct(std::string_view what);

/// Says in the struct, if there is one, how the call ended, and returns it.
int32_t tell(ringfence_error* error, const Failure* refusal) noexcept;
/// Of an error struct that cannot be written to.
bool usable(const ringfence_error* error) noexcept;

/// The one guard: `work` gives `result<void>`; every exception becomes a status.
template <class Work>
int32_t guarded(ringfence_error* error, const Work& work) noexcept {
  if (!usable(error)) return RINGFENCE_INVALID_ARGUMENT;
  try {
    const result<void> done = work();
    return tell(error, done ? nullptr : &done.error());
  } catch (const std::bad_alloc&) {
    try {
      const Failure refusal = failure(ErrorCode::internal, "out of memory");
      return tell(error, &refusal);
    } catch (...) {
      return RINGFENCE_INTERNAL;
    }
  } catch (...) {
    try {
      const Failure refusal = failure(ErrorCode::internal, "an exception reached the boundary");
      return tell(error, &refusal);
    } catch (...) {
      return RINGFENCE_INTERNAL;
    }
  }
}

/// … of a function that gives a handle or a number: there is none until all went well, whatever is
/// wrong.
template <class T, class Work>
int32_t giving(T* out, ringfence_error* error, const Work& work) noexcept {
  if (out != nullptr) *out = T{};
  return guarded(error, [&]() -> result<void> {
    if (out == nullptr) return no_struct("an output is NULL");
    return work();
  });
}

/// The longest text that is not JSON, and the longest JSON.
constexpr std::size_t longest_text = std::size_t{64} * 1024;
constexpr std::size_t longest_json = std::size_t{256} * 1024 * 1024;

/// A text of UTF-8 without NUL.
result<std::string_view> read(ringfence_string text, std::size_t longest = longest_text);
/// Any bytes but NUL.
result<std::string_view> read_bytes(ringfence_string text, std::size_t longest);

/// How many bytes of a struct its first version had: less is a mistake.
template <class Struct>
constexpr std::size_t first_size = sizeof(Struct);
template <>
inline constexpr std::size_t first_size<ringfence_dispatcher_parts> =
    offsetof(ringfence_dispatcher_parts, options);
template <>
inline constexpr std::size_t first_size<ringfence_dispatch_counts> =
    offsetof(ringfence_dispatch_counts, held);

template <>
inline constexpr std::size_t first_size<ringfence_registration> = offsetof(ringfence_registration,
                                                                           locale);
template <>
inline constexpr std::size_t first_size<ringfence_settings> = offsetof(ringfence_settings, locale);
template <>
inline constexpr std::size_t first_size<ringfence_store_callbacks> =
    offsetof(ringfence_store_callbacks, given_up);

/// Whether it is the size of some version of the struct: none ends in the middle of a member.
template <class Struct>
constexpr bool has_size(std::size_t size) {
  return size >= first_size<Struct> && size % alignof(Struct) == 0;
}

/// A struct that comes in, as this version has it. What a newer caller added must be zero.
template <class Struct>
result<Struct> read_struct(const Struct* in) {
  if (in == nullptr) return no_struct("an input is NULL");
  const std::size_t size = in->struct_size;
  if (!has_size<Struct>(size)) return no_struct("struct_size is not set");
  Struct out{};
  std::memcpy(&out, in, std::min(size, sizeof out));
  out.struct_size = sizeof out;
  if (size > sizeof out) {
    if (size > sizeof out + 4096) return no_struct("struct_size is not set");
    const char* rest = reinterpret_cast<const char*>(in);
    for (std::size_t i = sizeof out; i < size; ++i) {
      if (rest[i] != 0) return no_struct("a struct asks for what only a newer ringfence has");
    }
  }
  return out;
}

/// Before anything is done: whether a struct can be filled.
template <class Struct>
result<void> can_fill(const Struct* out) {
  if (out == nullptr) return no_struct("an output is NULL");
  if (!has_size<Struct>(out->struct_size)) return no_struct("struct_size of an output is not set");
  return ok();
}
template <class Struct>
void fill(Struct* out, Struct value) noexcept {
  value.struct_size = out->struct_size;
  std::memcpy(out, &value, std::min<std::size_t>(value.struct_size, sizeof value));
}

/// Copies a text that is known to fit.
template <std::size_t Size>
void put(char (&to)[Size], std::string_view text) {
  const std::size_t size = std::min(text.size(), Size - 1);
  std::memcpy(to, text.data(), size);
  std::memset(to + size, 0, Size - size);
}

inline ringfence_string string(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

}  // namespace ringfence::capi
