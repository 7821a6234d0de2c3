/* The smallest test frame: a test is a function with a name that is a sentence. */
#ifndef RINGFENCE_TESTS_CHECK_H
#define RINGFENCE_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What does not hold ends the program: what follows would only confuse. */
#define CHECK(holds)                                                                  \
  do {                                                                                \
    if (!(holds)) {                                                                   \
      fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #holds); \
      exit(1);                                                                        \
    }                                                                                 \
  } while (0)

#define CHECK_STATUS(call, wanted)                                                      \
  do {                                                                                  \
    const int32_t got_ = (call);                                                        \
    if (got_ != (wanted)) {                                                             \
      fprintf(stderr, "%s:%d: %s is %s (%s), not %s\n", __FILE__, __LINE__, #call,      \
              ringfence_status_name(got_), world_why(), ringfence_status_name(wanted)); \
      exit(1);                                                                          \
    }                                                                                   \
  } while (0)
#define CHECK_OK(call) CHECK_STATUS(call, RINGFENCE_OK)

#define CHECK_TEXT(got, wanted)                                                            \
  do {                                                                                     \
    const char* got_ = (got);                                                              \
    if (strcmp(got_, (wanted)) != 0) {                                                     \
      fprintf(stderr, "%s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #got, got_, \
              (wanted));                                                                   \
      exit(1);                                                                             \
    }                                                                                      \
  } while (0)

typedef struct test {
  const char* name;
  void (*run)(void);
} test;

#define TEST(function) \
  { #function, function }
#define END_OF_TESTS \
  { NULL, NULL }

#endif
