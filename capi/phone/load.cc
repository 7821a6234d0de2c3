// parse_phone as the shared library has it: it loads the module that has libphonenumber.
#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "module.h"

namespace ringfence {
namespace {

bool visible(const char* symbol) { return dlsym(RTLD_DEFAULT, symbol) != nullptr; }

// The symbols of protobuf have no versions: libphonenumber takes the first of a name that it sees.
// What every protobuf has, and whoever uses one refers to: its base classes, and how a message is
// read.
[[maybe_unused]] bool another_protobuf_is_visible() {
  return visible("_ZTIN6google8protobuf11MessageLiteE") ||
         visible("_ZTIN6google8protobuf7MessageE") ||
         visible("_ZN6google8protobuf11MessageLite14ParseFromArrayEPKvi");
}

// Nothing is left to be found later, when more may be visible, and nothing is shown to others.
// RTLD_DEEPBIND makes the module and all that comes with it look among themselves first. It passes
// by what the program has put in the place of a library's function, and sanitizers end the process
// that asks for it: so only where the module could not work without it.
int mode() {
  int mode = RTLD_NOW | RTLD_LOCAL;
#ifdef RTLD_DEEPBIND
  const bool sanitizer = visible("__sanitizer_install_malloc_and_free_hooks");
  if (another_protobuf_is_visible() && !sanitizer) mode |= RTLD_DEEPBIND;
#endif
  return mode;
}

// The module stands beside this library. It is not searched for: what a search finds may be another
// build's, and a sanitizer's dlopen does not know who asks.
std::string path() {
  static const char here = 0;
  Dl_info library{};
  if (dladdr(&here, &library) == 0) return RINGFENCE_PHONE_MODULE;
  std::error_code error;
  auto file = std::filesystem::canonical(library.dli_fname, error);
  if (error) file = library.dli_fname;
  return file.replace_filename(RINGFENCE_PHONE_MODULE).string();
}

struct PhoneModule {
  ParsePhone* parse = nullptr;
  std::string problem;

  PhoneModule() {
    void* const module = dlopen(path().c_str(), mode());
    const void* const found =
        module == nullptr ? nullptr : dlsym(module, "ringfence_phone_module_parse");
    if (found == nullptr) {
      const char* const why = dlerror();
      problem = why != nullptr ? why : RINGFENCE_PHONE_MODULE " has nothing";
    } else {
      parse = *static_cast<ParsePhone* const*>(found);
    }
  }
};

// With the library, not with the first number: a relative path still means the same, and a process
// may give up opening files later. It stays until the process ends, as what it brings cannot be
// unloaded.
const PhoneModule phones;

}  // namespace

result<PhoneNumber> parse_phone(std::string_view text, std::string_view region,
                                const PhonePolicy& policy) {
  if (phones.parse == nullptr) return failure(ErrorCode::internal, phones.problem);
  return phones.parse(text, region, policy);
}

}  // namespace ringfence
