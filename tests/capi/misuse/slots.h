#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "host.h"

/// What can be wrong with an argument, by its type. A function is called with good arguments, of
/// which one is replaced by each of its wrong ones in turn.
namespace ringfence::misuse {

/// A wrong value, and what it must lead to: a refusal of any kind, or this one.
constexpr int32_t any_refusal = -1;
template <class P>
struct Wrong {
  std::string what;
  P value;
  int32_t status = RINGFENCE_INVALID_ARGUMENT;
};

template <class P>
struct Slot {
  P good;
  std::vector<Wrong<P>> wrong = {};
  std::shared_ptr<void> kept = {};               // what the values point to
  std::function<std::string()> if_refused = {};  // what must hold after a refusal; empty: it does
  bool from_here = false;                        // leads to an object of this process
};

// ---- Handles

/// Every kind of object, and one of each that was freed.
struct Zoo {
  explicit Zoo(Host& host);
  Zoo(const Zoo&) = delete;
  Zoo& operator=(const Zoo&) = delete;
  ~Zoo();

  std::vector<std::pair<std::string, std::uint64_t>> alive;
  std::vector<std::uint64_t> freed;

 private:
  ringfence_text text_ = {};
  ringfence_policy policy_ = {};
  ringfence_step step_ = {};
};

template <class H>
Slot<H> required(H handle, const Zoo& zoo) {
  Slot<H> out{handle};
  out.from_here = true;
  const auto add = [&](const std::string& what, std::uint64_t id, int32_t status) {
    if (id != handle.id) out.wrong.push_back({what, H{id}, status});
  };
  add("none", 0, RINGFENCE_INVALID_ARGUMENT);
  for (const auto& [type, id] : zoo.alive) {
    if (id >> 56U != handle.id >> 56U) add("a " + type, id, RINGFENCE_INVALID_ARGUMENT);
  }
  for (const std::uint64_t id : zoo.freed) add("freed", id, RINGFENCE_INVALID_ARGUMENT);
  std::mt19937_64 random(handle.id);
  for (int i = 0; i < 16; ++i) add("never given", random(), any_refusal);
  for (int i = 0; i < 8; ++i)  // of the right type, but nothing is there
    add("never given", (handle.id >> 56U << 56U) | random() >> 16U, RINGFENCE_INVALID_ARGUMENT);
  add("all ones", ~std::uint64_t{0}, any_refusal);
  // Another turn of the same place, and the same turn of places far away.
  for (unsigned bit = 10; bit < 64; ++bit)
    add("bit " + std::to_string(bit), handle.id ^ std::uint64_t{1} << bit, any_refusal);
  return out;
}
/// None is a default.
template <class H>
Slot<H> optional(H handle, const Zoo& zoo) {
  Slot<H> out = required(handle, zoo);
  std::erase_if(out.wrong, [](const auto& one) { return one.value.id == 0; });
  return out;
}

// ---- Texts

inline std::vector<Wrong<ringfence_string>> wrong_texts() {
  static const std::string with_nul("a\0b", 3);
  static const std::string only_nul("\0", 1);
  static const std::string endless(std::size_t{64} * 1024 + 1, 'a');
  return {{"NULL with a size", {nullptr, 5}},
          {"a NUL inside", text(with_nul)},
          {"only a NUL", text(only_nul)},
          {"too long", text(endless), any_refusal},
          {"NULL with an endless size", {nullptr, std::numeric_limits<std::size_t>::max()}},
          {"an endless size", {"a", std::numeric_limits<std::size_t>::max()}}};
}
inline Slot<ringfence_string> string(std::string of) {
  auto kept = std::make_shared<std::string>(std::move(of));
  return {text(*kept), wrong_texts(), kept};
}

// ---- Numbers

inline Slot<int32_t> enumerator(int32_t good) {
  Slot<int32_t> out{good};
  for (const int32_t value :
       {-1, 2, 77, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()})
    out.wrong.push_back({std::to_string(value), value});
  return out;
}
inline Slot<uint32_t> bits(uint32_t good) {
  Slot<uint32_t> out{good};
  for (const uint32_t value : {4U, 8U, 0x80000000U, 0xFFFFFFFFU})
    out.wrong.push_back({std::to_string(value), value});
  return out;
}
inline Slot<int64_t> not_negative(int64_t good) {
  Slot<int64_t> out{good};
  for (const int64_t value : {std::int64_t{-1}, std::numeric_limits<int64_t>::min()})
    out.wrong.push_back({std::to_string(value), value});
  return out;
}
template <class T>
Slot<T> plain(T good) {
  return {good};
}

// ---- Structs that come in

/// The members of a struct that can be wrong by themselves.
struct Members {
  std::vector<ringfence_string*> texts = {};
  std::vector<int32_t*> enumerators = {};
  std::vector<std::pair<std::uint64_t*, bool>> handles = {};  // and whether it is required
};
Members members(ringfence_account& of);
Members members(ringfence_address_input& of);
Members members(ringfence_call& of);
Members members(ringfence_registration& of);
Members members(ringfence_service_parts& of);
Members members(ringfence_dispatcher_parts& of);
Members members(ringfence_step_context& of);
template <class S>
Members members(S&) {
  return {};
}

/// Room behind a struct, for one that says to be larger.
template <class S>
struct Roomy {
  S value;
  unsigned char more[256];
};
template <class S>
concept Sized = requires(S of) {
  of.struct_size;
};

template <class S>
Slot<const S*> in(const S& good, bool may_be_null = false) {
  auto kept = std::make_shared<std::deque<Roomy<S>>>();
  const auto with = [&](const auto& change) -> const S* {
    Roomy<S>& one = kept->emplace_back();
    one.value = good;
    std::memset(one.more, 0, sizeof one.more);
    change(one);
    return &one.value;
  };
  Slot<const S*> out{with([](auto&) {})};
  const auto wrong = [&](std::string what, int32_t status, const auto& change) {
    out.wrong.push_back({std::move(what), with(change), status});
  };
  if (!may_be_null) out.wrong.push_back({"NULL", nullptr});
  if constexpr (Sized<S>) {
    for (const std::uint32_t size :
         {std::uint32_t{0}, std::uint32_t{1}, std::uint32_t{sizeof(S) - 1}, ~std::uint32_t{0}}) {
      wrong("struct_size " + std::to_string(size), RINGFENCE_INVALID_ARGUMENT,
            [&](Roomy<S>& one) { one.value.struct_size = size; });
    }
    wrong("a newer member that is set", RINGFENCE_INVALID_ARGUMENT, [](Roomy<S>& one) {
      one.value.struct_size = sizeof(S) + 16;
      one.more[15] = 1;
    });
  }
  S probe = good;
  const Members found = members(probe);
  const auto offset = [&](const void* member) {
    return static_cast<std::size_t>(static_cast<const char*>(member) -
                                    reinterpret_cast<const char*>(&probe));
  };
  const auto put = [&](Roomy<S>& one, std::size_t at, const auto& value) {
    std::memcpy(reinterpret_cast<char*>(&one.value) + at, &value, sizeof value);
  };
  for (const ringfence_string* member : found.texts) {
    for (const auto& one : wrong_texts()) {
      wrong("a text at " + std::to_string(offset(member)) + ": " + one.what, one.status,
            [&](Roomy<S>& room) { put(room, offset(member), one.value); });
    }
  }
  for (const int32_t* member : found.enumerators) {
    for (const int32_t value : {-2, 77}) {
      wrong("a number at " + std::to_string(offset(member)), RINGFENCE_INVALID_ARGUMENT,
            [&](Roomy<S>& room) { put(room, offset(member), value); });
    }
  }
  for (const auto& [member, is_required] : found.handles) {
    out.from_here = true;
    const auto at = offset(member);
    const std::uint64_t good_id = *member;
    // A policy here, a text there: another type each time.
    for (std::uint64_t tag = 1; tag < 16; ++tag) {
      if (good_id == 0 || tag == good_id >> 56U) continue;
      const std::uint64_t id = (good_id & ~(std::uint64_t{255} << 56U)) | tag << 56U;
      wrong("another handle at " + std::to_string(at), RINGFENCE_INVALID_ARGUMENT,
            [&](Roomy<S>& room) { put(room, at, id); });
    }
    if (is_required) {
      wrong("no handle at " + std::to_string(at), RINGFENCE_INVALID_ARGUMENT,
            [&](Roomy<S>& room) { put(room, at, std::uint64_t{0}); });
    }
  }
  out.kept = kept;
  return out;
}
template <class S>
Slot<const S*> in_or_null(const S& good) {
  return in(good, true);
}

// ---- Structs, handles and numbers that go out

template <class T>
Slot<T*> out() {
  struct Place {
    T value;
    unsigned char guard[64];
  };
  auto place = std::make_shared<Place>();
  std::memset(place.get(), 0xEE, sizeof *place);
  Slot<T*> result{&place->value};
  result.wrong.push_back({"NULL", nullptr});
  if constexpr (Sized<T>) {
    std::memset(&place->value, 0, sizeof(T));
    place->value.struct_size = sizeof(T);
    auto others = std::make_shared<std::deque<Place>>();
    for (const std::uint32_t size :
         {std::uint32_t{0}, std::uint32_t{1}, std::uint32_t{sizeof(T) - 1}}) {
      Place& one = others->emplace_back(*place);
      one.value.struct_size = size;
      result.wrong.push_back({"struct_size " + std::to_string(size), &one.value});
    }
    result.kept = std::make_shared<std::pair<decltype(place), decltype(others)>>(place, others);
  } else {
    result.kept = place;
  }
  result.if_refused = [place]() -> std::string {
    for (const unsigned char byte : place->guard) {
      if (byte != 0xEE) return "something was written behind an output";
    }
    if constexpr (requires(T of) { of.id; } && sizeof(T) == 8) {
      const std::uint64_t id = place->value.id;
      std::memset(&place->value, 0xEE, sizeof(T));
      if (id != 0) return "a handle was given, or left as it was, by a call that refused";
    }
    return "";
  };
  return result;
}

}  // namespace ringfence::misuse
