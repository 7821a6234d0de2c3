// An operator new of the program's own, as a program may have: what it gives is not for free().
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {
constexpr std::size_t room = alignof(std::max_align_t);
constexpr std::uint64_t mark = 0x72696e6766656e63;
}  // namespace

void* operator new(std::size_t size) {
  char* const memory = static_cast<char*>(std::malloc(size + room));
  if (memory == nullptr) throw std::bad_alloc();
  *reinterpret_cast<std::uint64_t*>(memory) = mark;
  return memory + room;
}

void operator delete(void* given) noexcept {
  if (given == nullptr) return;
  char* const memory = static_cast<char*>(given) - room;
  if (*reinterpret_cast<std::uint64_t*>(memory) != mark) std::abort();
  std::free(memory);
}

void operator delete(void* given, std::size_t) noexcept { operator delete(given); }
