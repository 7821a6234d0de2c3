/* load_beside WHAT HOW LIBRARY WHAT HOW LIBRARY: loads two libraries and has both of them work. WHAT is ringfence or other, HOW is local
 * or global. */
#include <dlfcn.h>

#include "check.h"
#include "ringfence.h"

typedef int32_t (*parse_function)(ringfence_policy, const ringfence_address_input*, ringfence_address*,
                                  ringfence_error*);
typedef int (*works_function)(void);

/* A function pointer out of an object pointer, which ISO C has no cast for. */
#define FIND(function, library, name)                 \
  do {                                                \
    void* const found_ = dlsym(library, name);        \
    CHECK(found_ != NULL);                            \
    memcpy(&(function), &found_, sizeof found_);      \
  } while (0)

int main(int argc, char** argv) {
  parse_function parse = NULL;
  works_function other_works = NULL;
  int i;
  CHECK(argc == 7);
  for (i = 1; i < argc; i += 3) {
    void* library = dlopen(argv[i + 2], RTLD_NOW | (strcmp(argv[i + 1], "global") == 0 ? RTLD_GLOBAL : RTLD_LOCAL));
    if (library == NULL) fprintf(stderr, "%s\n", dlerror());
    CHECK(library != NULL);
    if (strcmp(argv[i], "ringfence") == 0) {
      FIND(parse, library, "ringfence_phone_parse");
    } else {
      FIND(other_works, library, "other_protobuf_works");
    }
  }
  for (i = 0; i < 3; ++i) {
    const ringfence_policy none = {0};
    ringfence_address_input typed;
    ringfence_address address;
    memset(&address, 0, sizeof address);
    address.struct_size = (uint32_t)sizeof address;
    typed.text = ringfence_str("139 1234 3672");
    typed.region = ringfence_str("CN");
    CHECK(parse(none, &typed, &address, NULL) == RINGFENCE_OK);
    CHECK(strcmp(address.text, "+8613912343672") == 0);
    CHECK(other_works());
  }
  return 0;
}
