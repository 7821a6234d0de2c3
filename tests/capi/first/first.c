/* Compiled with the first header, run on a library that has a function more and structs that grew: grown, or not. */
#define _GNU_SOURCE /* for RTLD_DEFAULT */
#include <dlfcn.h>

#include "check.h"
#include "ringfence.h"

#define FRESH(type, name)           \
  type name;                        \
  memset(&name, 0, sizeof name);    \
  name.struct_size = (uint32_t)sizeof name

static int32_t read_keys(void* context, ringfence_out keys) {
  (void)context;
  return ringfence_out_write(
      keys, ringfence_str("k1 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\n"));
}

int main(int argc, char** argv) {
  const int grown = argc > 1 && strcmp(argv[1], "grown") == 0;
  const char* const ids[] = {"ann", "bob"};
  ringfence_registration rows[2];
  ringfence_store store;
  ringfence_key_ring keys;
  ringfence_service service;
  ringfence_text text;
  ringfence_account account;
  uint64_t next;
  int i;
  struct {
    ringfence_health known;
    unsigned char behind[64];
  } health;
  FRESH(ringfence_key_source, source);
  FRESH(ringfence_service_parts, parts);
  FRESH(ringfence_import_report, report);
  FRESH(ringfence_audit_query, query);

  CHECK((dlsym(RTLD_DEFAULT, "ringfence_added") != NULL) == grown);
  source.read = read_keys;
  CHECK(ringfence_key_ring_from_callbacks(&source, &keys, NULL) == RINGFENCE_OK);
  CHECK(ringfence_store_open(ringfence_str("memory:"), &store, NULL) == RINGFENCE_OK);
  parts.store = store;
  parts.keys = keys;
  CHECK(ringfence_service_new(&parts, &service, NULL) == RINGFENCE_OK);

  /* A struct that comes in: what it does not have has its default. Rows stand as far apart as this program says. */
  memset(rows, 0, sizeof rows);
  for (i = 0; i < 2; ++i) {
    rows[i].struct_size = (uint32_t)sizeof rows[i];
    rows[i].account.id = ringfence_str(ids[i]);
    rows[i].phone.text = ringfence_str("+8613912343672");
  }
  CHECK(ringfence_service_import_accounts(service, rows, 2, NULL, &report, &text, NULL) == RINGFENCE_OK);
  CHECK(report.imported == 2);
  ringfence_text_free(text);
  account.realm = ringfence_str("");
  account.id = ringfence_str("bob");
  query.max = 1;
  CHECK(ringfence_service_audit(service, &account, &query, NULL, &text, &next, NULL) == RINGFENCE_OK);
  ringfence_text_free(text);

  /* A struct that goes out: nothing behind it is touched. */
  memset(&health, 0xEE, sizeof health);
  health.known.struct_size = (uint32_t)sizeof health.known;
  CHECK(ringfence_service_health(service, &health.known, NULL) == RINGFENCE_OK);
  CHECK(health.known.keys == 1);
  CHECK(health.known.struct_size == sizeof health.known);
  for (i = 0; i < (int)sizeof health.behind; ++i) CHECK(health.behind[i] == 0xEE);
  /* The library knows more than this program: a caller that knows it gets it, in the same call. */
  health.known.struct_size = (uint32_t)sizeof health.known + 8;
  memset(health.behind, 0, sizeof health.behind);
  CHECK(ringfence_service_health(service, &health.known, NULL) == RINGFENCE_OK);
  CHECK((health.behind[0] == 77) == grown);

  ringfence_service_free(service);
  ringfence_store_free(store);
  ringfence_key_ring_free(keys);
  return 0;
}
