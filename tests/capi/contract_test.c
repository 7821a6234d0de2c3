/* The contract of stores, put to a store that is written in C. */
#include "passing_store.h"
#include "ringfence_testing.h"
#include "suites.h"
#include "world.h"

static ringfence_store in_memory(void) {
  ringfence_store store;
  CHECK_OK(ringfence_store_open(ringfence_str("memory:"), &store, world_error()));
  return store;
}

typedef struct tested {
  passing stores[4096];
  int open;
  int failures;
} tested;

static int32_t open_tested(void* context, ringfence_store* store) {
  tested* of = context;
  CHECK(of->open < 4096);
  *store = passing_to(&of->stores[of->open], in_memory());
  ++of->open;
  return RINGFENCE_OK;
}
static void store_failed(void* context, ringfence_string what) {
  tested* of = context;
  ++of->failures;
  fprintf(stderr, "%.*s\n", (int)what.size, what.data);
}

static void a_store_of_the_host_keeps_the_contract(void) {
  tested* of = calloc(1, sizeof *of);
  const size_t lines = ringfence_testing_store_contract_lines();
  size_t line;
  int broken = 0;
  int i;
  FRESH(ringfence_store_under_test, under_test);
  CHECK(of != NULL);
  under_test.context = of;
  under_test.open = open_tested;
  under_test.failed = store_failed;
  CHECK(lines > 20);
  for (line = 0; line < lines; ++line) {
    CHECK(ringfence_testing_store_contract_line(line) != NULL);
    if (ringfence_testing_store_contract_check(line, &under_test) != 1) {
      fprintf(stderr, "this line does not hold: %s\n", ringfence_testing_store_contract_line(line));
      ++broken;
    }
  }
  CHECK(broken == 0);
  CHECK(of->failures == 0);
  CHECK(of->open >= (int)lines);
  for (i = 0; i < of->open; ++i) CHECK(of->stores[i].destroyed == 1);
  CHECK(ringfence_testing_store_contract_line(lines) == NULL);
  CHECK(ringfence_testing_store_contract_check(lines, &under_test) == -1);
  free(of);
}

/* A store that says that it has committed and has not. */
static int32_t forgetful_commit(void* context, ringfence_string change, int64_t deadline_ms) {
  (void)context;
  (void)change;
  (void)deadline_ms;
  return RINGFENCE_COMMIT_COMMITTED;
}
static int32_t open_forgetful(void* context, ringfence_store* store) {
  static passing of;
  ringfence_store_callbacks callbacks = passing_callbacks(&of, in_memory());
  (void)context;
  callbacks.commit = forgetful_commit;
  CHECK_OK(ringfence_store_from_callbacks(&callbacks, store, world_error()));
  return RINGFENCE_OK;
}
static void count_failures(void* context, ringfence_string what) {
  CHECK(what.size > 0);
  ++((tested*)context)->failures;
}

static void a_store_that_breaks_the_contract_is_told_why(void) {
  tested* of = calloc(1, sizeof *of);
  const size_t lines = ringfence_testing_store_contract_lines();
  size_t line;
  int broken = 0;
  FRESH(ringfence_store_under_test, under_test);
  CHECK(of != NULL);
  under_test.context = of;
  under_test.open = open_forgetful;
  under_test.failed = count_failures;
  for (line = 0; line < lines; ++line) broken += ringfence_testing_store_contract_check(line, &under_test) == 0;
  CHECK(broken > 10);
  CHECK(of->failures >= broken);
  free(of);
}

const test contract_tests[] = {
    TEST(a_store_of_the_host_keeps_the_contract),
    TEST(a_store_that_breaks_the_contract_is_told_why),
    END_OF_TESTS,
};
