/* A whole host in memory, in C: store, keys, clock, entropy, sender, service and dispatcher. */
#ifndef RINGFENCE_TESTS_WORLD_H
#define RINGFENCE_TESTS_WORLD_H

#include "check.h"
#include "ringfence.h"

#define WORLD_PHONE "+8613912343672"
#define WORLD_EMAIL "lion@example.com"
#define WORLD_NEW_PHONE "+447700900123"
#define WORLD_START 1800000000000

/* What was handed over, copied: what a callback is given is gone when it returns. */
typedef struct sent {
  int32_t kind;
  int32_t channel;
  int32_t route;
  int32_t role;
  int32_t attempts;
  int64_t lifetime_ms;
  char id[40];
  char purpose[72];
  char account[136];
  char destination[264];
  char code[16];
  char text[1024];
  char fields[1024];
  char trace_id[136];
} sent;

typedef struct world {
  int64_t now;
  uint64_t seed;
  uint64_t drawn;
  int32_t answer; /* What the sender answers. */
  int32_t risk_answer;
  int risk_questions;
  int observations;
  int destroyed; /* How many contexts were given back. */
  int sent_count;
  sent all[256];
  ringfence_store store;
  ringfence_key_ring keys;
  ringfence_clock clock;
  ringfence_entropy entropy;
  ringfence_risk_advisor risk;
  ringfence_observer observer;
  ringfence_sender sender;
  ringfence_event_sink events;
  ringfence_service service;
  ringfence_dispatcher dispatcher;
  ringfence_call call;
} world;

/* `policy` is JSON; empty: the default one. `with_risk`: an advisor is asked. */
world* world_open(const char* policy);
world* world_open_on(ringfence_store store, const char* policy, int with_risk);
/* Frees everything, and checks that every context was given back exactly once. */
void world_close(world* of);

/* Where the functions of the tests get their error struct: the text of the last refusal. */
ringfence_error* world_error(void);
const char* world_why(void);

/* An account with a verified phone and, unless NULL, a verified email. */
void world_add(world* of, const char* id, const char* phone, const char* email);
/* Sends everything that is due. */
void world_pump(world* of);
/* The newest code that reached an address; everything due is sent before. */
const char* world_code_at(world* of, const char* address);
/* Another code of the same length, certainly a wrong one. */
const char* world_wrong(const char* code);
/* How many messages of a kind and purpose were handed over. */
int world_count(world* of, int32_t kind, const char* purpose);
const sent* world_last(world* of, int32_t kind, const char* purpose);

/* A flow of `id`, brought to a step by the shortest way. */
ringfence_flow_view world_begun(world* of, const char* id);
ringfence_flow_view world_identified(world* of, const char* id);
ringfence_flow_view world_targeted(world* of, const char* id, const char* target);
ringfence_flow_view world_changed(world* of, const char* id, const char* target);

ringfence_settings world_settings(world* of, const char* id);
ringfence_account world_account(const char* id);
/* Whether the text holds the part, and so does a text of the library, which is freed. */
int world_has(ringfence_text text, const char* part);
/* A copy of a text of the library, which is freed. For the caller to free. */
char* world_take(ringfence_text text);

/* A zeroed struct with its size set. */
#define FRESH(type, name)        \
  type name;                     \
  memset(&name, 0, sizeof name); \
  name.struct_size = (uint32_t)sizeof name

#endif
