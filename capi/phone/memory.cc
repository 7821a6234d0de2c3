// What libphonenumber, and all that comes with it, has its memory from. The module is the first
// that they look into when they are bound deeply; without these they would come to the C++
// library's operators, and give them what the program's own operator new has given to std::string.
#include <dlfcn.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <type_traits>

namespace {

// As anyone finds it who is not bound deeply: the program's, or else the C++ library's.
template <class Function>
Function* found(const char* name) {
  void* function = dlsym(dlopen(nullptr, RTLD_LAZY), name);
  if (function == nullptr) function = dlsym(RTLD_NEXT, name);
  if (function == nullptr) std::abort();
  return reinterpret_cast<Function*>(function);
}

// The names have the type of a size in them.
constexpr bool is_long = std::is_same_v<std::size_t, unsigned long>;

}  // namespace

void* operator new(std::size_t size) {
  static auto* const real = found<void*(std::size_t)>(is_long ? "_Znwm" : "_Znwj");
  return real(size);
}

void* operator new[](std::size_t size) {
  static auto* const real = found<void*(std::size_t)>(is_long ? "_Znam" : "_Znaj");
  return real(size);
}

void operator delete(void* memory) noexcept {
  static auto* const real = found<void(void*)>("_ZdlPv");
  real(memory);
}

void operator delete[](void* memory) noexcept {
  static auto* const real = found<void(void*)>("_ZdaPv");
  real(memory);
}

// The others are by their definition made of these. Those with an alignment are left to the C++
// library: nothing that is aligned more goes to and fro.
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
void operator delete[](void* memory, std::size_t) noexcept { operator delete[](memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { operator delete(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { operator delete[](memory); }

void* operator new(std::size_t size, const std::nothrow_t&) noexcept try {
  return operator new(size);
} catch (const std::bad_alloc&) {
  return nullptr;
}

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept try {
  return operator new[](size);
} catch (const std::bad_alloc&) {
  return nullptr;
}

// All are found while the module is loaded, when no other thread can be here: finding takes the
// loader's lock, and whoever has that may be waiting for an operator.
namespace {
[[maybe_unused]] const bool all_found = [] {
  operator delete(operator new(1));
  operator delete[](operator new[](1));
  return true;
}();
}  // namespace
