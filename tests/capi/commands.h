/* Does what the commands of the vectors say, by the functions of the service or by steps. */
#ifndef RINGFENCE_TESTS_COMMANDS_H
#define RINGFENCE_TESTS_COMMANDS_H

#include <jansson.h>

#include "ringfence.h"

typedef struct host {
  ringfence_service service;
  ringfence_dispatcher dispatcher;
  ringfence_store store;
  ringfence_key_ring keys;
  ringfence_policy policy;
  int64_t now;
  uint64_t seed;
  uint64_t drawn;
  json_t* messages; /* What was handed over in this step. */
} host;

/* Fills the bytes as tests/vectors/README.md tells. */
void host_fill(host* of, uint8_t* bytes, size_t size);

/* The reply, or NULL if it is refused: then `error` tells why. */
json_t* command_run(host* of, const json_t* command, const ringfence_call* call,
                    ringfence_error* error);
/* The same through ringfence_step_new; of a command that is no step, as above. */
json_t* command_run_as_step(host* of, const json_t* command, const ringfence_call* call,
                            ringfence_error* error);

#endif
