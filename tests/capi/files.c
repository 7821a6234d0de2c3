#include "files.h"

#include <unistd.h>

#include "check.h"

static char* joined(const char* first, const char* second) {
  char* out = malloc(strlen(first) + strlen(second) + 1);
  CHECK(out != NULL);
  strcpy(out, first);
  return strcat(out, second);
}

char* file_path(const char* name) {
  char* path = joined("c_tests_", name);
  file_remove_database(path);
  return path;
}

char* file_url(const char* path) { return joined("sqlite:", path); }

void file_remove_database(const char* path) {
  static const char* const beside[] = {"", "-wal", "-shm", "-journal", ".lock", "-lock"};
  size_t i;
  for (i = 0; i < sizeof beside / sizeof beside[0]; ++i) {
    char* one = joined(path, beside[i]);
    unlink(one);
    free(one);
  }
}
