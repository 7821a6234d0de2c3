/*
 * ringfence: the contract of stores as tests, for whoever writes one in C, Python or Go. The conventions are those of
 * ringfence.h. This library belongs into tests, not into programs.
 */
#ifndef RINGFENCE_TESTING_H
#define RINGFENCE_TESTING_H

#include "ringfence.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How the store to be tested is opened and closed. The functions return RINGFENCE_OK and give a handle, which the
 * library frees. */
typedef struct ringfence_store_under_test {
  uint32_t struct_size;
  void* context;
  /* A store with nothing in it. Called once for each line of the contract. */
  int32_t (*open)(void* context, ringfence_store* store);
  /* A second handle on the same records, as another process would have it; NULL: there can be only one. */
  int32_t (*another)(void* context, ringfence_store* store);
  /* What the store has kept, after its handle was freed; NULL: it keeps nothing. */
  int32_t (*reopen)(void* context, ringfence_store* store);
  /* What does not hold, in words. Called from any thread, any number of times. */
  void (*failed)(void* context, ringfence_string what);
} ringfence_store_under_test;

/* How many lines the contract has, and a line's name, e.g. "TwoTakersNeverGetOneMessage"; NULL if there is none. Static
 * storage. */
RINGFENCE_API size_t ringfence_testing_store_contract_lines(void);
RINGFENCE_API const char* ringfence_testing_store_contract_line(size_t line);
/* Puts one line to a store: 1 if it holds, 0 if not, and `failed` says why; -1 if the struct cannot be used or there is no
 * such line. One check at a time in a process; others wait. */
RINGFENCE_API int32_t ringfence_testing_store_contract_check(size_t line, const ringfence_store_under_test* tested);

#ifdef __cplusplus
}
#endif

#endif /* RINGFENCE_TESTING_H */
