/* A pure C program that uses all of ringfence.h: flow [SUITE [TEST]]. */
#include "suites.h"
#include "world.h"

static const struct {
  const char* name;
  const test* tests;
} suites[] = {
    {"setup", setup_tests},     {"change_phone", change_phone_tests}, {"accounts", accounts_tests},
    {"notices", notices_tests}, {"steps", steps_tests},               {"stores", stores_tests},
#ifndef OF_THE_FIRST_HEADER
    {"texts", texts_tests},     {"dispatch", dispatch_tests},         {"given_up", given_up_tests},
    {"contract", contract_tests},
#endif
};

int main(int argc, char** argv) {
  size_t i;
  int run = 0;
  for (i = 0; i < sizeof suites / sizeof suites[0]; ++i) {
    const test* one;
    if (argc > 1 && strcmp(argv[1], suites[i].name) != 0) continue;
    for (one = suites[i].tests; one->name != NULL; ++one) {
      if (argc > 2 && strcmp(argv[2], one->name) != 0) continue;
      printf("%s.%s\n", suites[i].name, one->name);
      fflush(stdout);
      one->run();
      ++run;
    }
  }
  if (run == 0) fprintf(stderr, "there is no such test\n");
  return run == 0;
}
