/* parse LIBRARY: loads it, goes elsewhere, and prints a number that it reads, or the status and the text of the error. */
#include <dlfcn.h>
#include <unistd.h>

#include "check.h"
#include "ringfence.h"

int main(int argc, char** argv) {
  int32_t (*parse)(ringfence_policy, const ringfence_address_input*, ringfence_address*, ringfence_error*) = NULL;
  const ringfence_policy none = {0};
  ringfence_address_input typed;
  ringfence_address address;
  ringfence_error error;
  void* library;
  void* found;
  int32_t status;
  CHECK(argc == 2);
  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(library != NULL);
  found = dlsym(library, "ringfence_phone_parse");
  CHECK(found != NULL);
  memcpy(&parse, &found, sizeof found);
  CHECK(chdir("/") == 0);
  memset(&address, 0, sizeof address);
  memset(&error, 0, sizeof error);
  address.struct_size = (uint32_t)sizeof address;
  error.struct_size = (uint32_t)sizeof error;
  typed.text = ringfence_str("139 1234 3672");
  typed.region = ringfence_str("CN");
  status = parse(none, &typed, &address, &error);
  if (status == RINGFENCE_OK) {
    printf("%s\n", address.text);
  } else {
    printf("%d: %s\n", (int)status, error.text);
  }
  return 0;
}
