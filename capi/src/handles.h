#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

#include "ringfence.h"
#include "ringfence/result.h"

/// The objects that callers know by handles. A handle is a place in a table and the number of times
/// the place was taken: one that was freed, or never given, finds nothing. The table belongs to one
/// process: a forked child begins with an empty one, since the locks and the threads of the old one
/// may be anywhere.
namespace ringfence::capi {

/// What a type of handle leads to.
template <class Handle>
struct Target;  // `using type = …; static constexpr std::uint8_t tag = …;`

/// Keeps the object until `release`. 0 if there is no place left, or no number for this process.
std::uint64_t keep(std::uint8_t tag, std::shared_ptr<void> object);
/// The object; refuses with `invalid_argument`, `wrong_process`.
result<std::shared_ptr<void>> find(std::uint8_t tag, std::uint64_t id);
/// Forgets the object; whoever still uses it keeps it. Null if there is none.
std::shared_ptr<void> release(std::uint8_t tag, std::uint64_t id) noexcept;

template <class Handle>
result<std::shared_ptr<typename Target<Handle>::type>> at(Handle handle) {
  RF_TRY(object, find(Target<Handle>::tag, handle.id));
  return std::static_pointer_cast<typename Target<Handle>::type>(object);
}

template <class Handle>
result<Handle> handle_to(std::shared_ptr<typename Target<Handle>::type> object) {
  const std::uint64_t id = keep(Target<Handle>::tag, std::move(object));
  if (id == 0)
    return failure(ErrorCode::internal,
                   "there are too many handles, free some; or too many processes in a row");
  return Handle{id};
}

}  // namespace ringfence::capi
