/* Stores: SQLite and what an operator does with it, a store of the host's own, and the contract put to it. */
#include <unistd.h>

#include "files.h"
#include "ringfence_testing.h"
#include "suites.h"
#include "world.h"

static ringfence_store opened(const char* url) {
  ringfence_store store;
  CHECK_OK(ringfence_store_open(ringfence_str(url), &store, world_error()));
  return store;
}

static void a_store_has_a_name_that_there_is(void) {
  static const char* const none[] = {"", "memory", "memory:x", "sqlite:", "mysql://h/d", "/tmp/file"};
  size_t i;
  for (i = 0; i < sizeof none / sizeof none[0]; ++i) {
    ringfence_store store = {1};
    CHECK_STATUS(ringfence_store_open(ringfence_str(none[i]), &store, world_error()), RINGFENCE_INVALID_ARGUMENT);
    CHECK(store.id == 0);
  }
  CHECK_OK(ringfence_store_migrate(ringfence_str("memory:"), world_error()));
  CHECK_STATUS(ringfence_store_migrate(ringfence_str("mysql://h/d"), world_error()), RINGFENCE_INVALID_ARGUMENT);
}

static void sqlite_keeps_what_was_committed(void) {
  char* path = file_path("kept.db");
  char* url = file_url(path);
  world* of = world_open_on(opened(url), "", 0);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  world_changed(of, "ann", WORLD_NEW_PHONE);
  world_close(of);
  of = world_open_on(opened(url), "", 0);
  CHECK_TEXT(world_settings(of, "ann").phone.masked, "77****0123");
  world_close(of);
  file_remove_database(path);
  free(url);
  free(path);
}

static void one_store_at_a_time_has_a_database(void) {
  char* path = file_path("one.db");
  char* url = file_url(path);
  ringfence_store first = opened(url);
  ringfence_store second = {1};
  CHECK_STATUS(ringfence_store_open(ringfence_str(url), &second, world_error()), RINGFENCE_STORE_IN_USE);
  CHECK(second.id == 0);
  ringfence_store_free(first);
  first = opened(url);
  ringfence_store_free(first);
  file_remove_database(path);
  free(url);
  free(path);
}

static void a_file_that_is_no_database_of_ringfence_is_refused(void) {
  char* path = file_path("foreign.db");
  char* url = file_url(path);
  ringfence_store store = {1};
  FILE* file = fopen(path, "wb");
  CHECK(file != NULL);
  CHECK(fputs("This is a letter to my aunt, and it is longer than a header.\n", file) >= 0);
  CHECK(fclose(file) == 0);
  CHECK_STATUS(ringfence_store_open(ringfence_str(url), &store, world_error()), RINGFENCE_STORE_FOREIGN);
  CHECK(store.id == 0);
  file_remove_database(path);
  free(url);
  free(path);
}

typedef struct progress {
  int calls;
  int stop_after;
} progress;

static int32_t go_on(void* context, int32_t left, int32_t all) {
  progress* of = context;
  CHECK(left >= 0 && left <= all);
  ++of->calls;
  return of->calls <= of->stop_after;
}

static void a_backup_is_made_while_the_store_is_in_use_and_can_be_given_up(void) {
  char* path = file_path("live.db");
  char* copy = file_path("copy.db");
  char* url = file_url(path);
  char* copy_url = file_url(copy);
  progress steps = {0, 1000000};
  world* of = world_open_on(opened(url), "", 0);
  FRESH(ringfence_backup, how);
  how.pages_per_step = 1;
  how.context = &steps;
  how.go_on = go_on;
  world_add(of, "ann", WORLD_PHONE, NULL);
  CHECK_OK(ringfence_store_health(of->store, world_error()));
  CHECK_OK(ringfence_store_integrity_check(of->store, world_error()));
  CHECK_OK(ringfence_store_back_up(of->store, ringfence_str(copy), &how, world_error()));
  CHECK(steps.calls > 1);
  world_begun(of, "ann");
  world_close(of);

  of = world_open_on(opened(copy_url), "", 0);
  CHECK_TEXT(world_settings(of, "ann").phone.masked, "139****3672");
  CHECK_OK(ringfence_store_integrity_check(of->store, world_error()));
  CHECK_OK(ringfence_store_back_up(of->store, ringfence_str("c_tests_second.db"), NULL, world_error()));
  file_remove_database("c_tests_second.db");
  steps.calls = 0;
  steps.stop_after = 1;
  CHECK(ringfence_store_back_up(of->store, ringfence_str("c_tests_second.db"), &how, world_error()) != RINGFENCE_OK);
  CHECK(access("c_tests_second.db", F_OK) != 0);
  world_close(of);
  file_remove_database(path);
  file_remove_database(copy);
  free(path);
  free(copy);
  free(url);
  free(copy_url);
}

static void only_sqlite_can_be_backed_up(void) {
  ringfence_store store = opened("memory:");
  CHECK_STATUS(ringfence_store_health(store, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_store_integrity_check(store, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_store_back_up(store, ringfence_str("x.db"), NULL, world_error()), RINGFENCE_INVALID_ARGUMENT);
  ringfence_store_free(store);
}

static void what_has_ended_is_swept(void) {
  world* of = world_open("");
  int32_t removed = -1;
  const ringfence_account ann = world_account("ann");
  ringfence_text messages;
  ringfence_text state;
  world_add(of, "ann", WORLD_PHONE, NULL);
  world_begun(of, "ann");
  CHECK_OK(ringfence_store_outbox(of->store, of->now, 0, &state, world_error()));
  CHECK(world_has(state, "\"due\":1"));
  world_pump(of);
  CHECK_OK(ringfence_store_outbox(of->store, of->now, 0, &state, world_error()));
  CHECK(world_has(state, "\"due\":0"));
  CHECK_OK(ringfence_store_messages(of->store, &ann, 10, 0, &messages, world_error()));
  CHECK(world_has(messages, "\"state\":\"accepted\""));
  CHECK_OK(ringfence_store_sweep(of->store, of->now, of->now, 100, &removed, world_error()));
  CHECK(removed == 0);
  CHECK_OK(ringfence_store_sweep(of->store, of->now, of->now + 1, 100, &removed, world_error()));
  CHECK(removed == 1);
  CHECK_OK(ringfence_store_messages(of->store, &ann, 10, 0, &messages, world_error()));
  CHECK_TEXT(ringfence_text_get(messages).data, "[]");
  ringfence_text_free(messages);
  world_close(of);
}

/* A store of the host's own: it passes everything on to another, through the JSON of this interface. */
typedef struct passing {
  ringfence_store behind;
  int destroyed;
} passing;

static int32_t pass_on(int32_t status, ringfence_text text, const ringfence_error* error, ringfence_out out) {
  if (status == RINGFENCE_OK) {
    status = ringfence_out_write(out, ringfence_text_get(text));
  } else {
    ringfence_out_write(out, ringfence_str(error->text));
  }
  ringfence_text_free(text);
  return status;
}

static int32_t pass_load(void* context, ringfence_string keys, int64_t deadline_ms, ringfence_out out) {
  ringfence_text text;
  FRESH(ringfence_error, error);
  const int32_t status = ringfence_store_load(((passing*)context)->behind, keys, deadline_ms, &text, &error);
  return pass_on(status, text, &error, out);
}
static int32_t pass_commit(void* context, ringfence_string change, int64_t deadline_ms) {
  int32_t outcome;
  if (ringfence_store_commit(((passing*)context)->behind, change, deadline_ms, &outcome, NULL) != RINGFENCE_OK)
    return RINGFENCE_COMMIT_UNAVAILABLE;
  return outcome;
}
static int32_t pass_take(void* context, int64_t now, int64_t lease_ms, int32_t max, int32_t share_index,
                         int32_t share_of, ringfence_out out) {
  ringfence_text text;
  FRESH(ringfence_error, error);
  const int32_t status = ringfence_store_take(((passing*)context)->behind, now, lease_ms, max, share_index, share_of,
                                              &text, &error);
  return pass_on(status, text, &error, out);
}
static int32_t pass_settle(void* context, ringfence_string settlements, ringfence_out out) {
  FRESH(ringfence_error, error);
  const int32_t status = ringfence_store_settle(((passing*)context)->behind, settlements, &error);
  if (status != RINGFENCE_OK) ringfence_out_write(out, ringfence_str(error.text));
  return status;
}
static int32_t pass_messages(void* context, const ringfence_account* account, int32_t max, int64_t deadline_ms,
                             ringfence_out out) {
  ringfence_text text;
  FRESH(ringfence_error, error);
  const int32_t status =
      ringfence_store_messages(((passing*)context)->behind, account, max, deadline_ms, &text, &error);
  return pass_on(status, text, &error, out);
}
static int32_t pass_outbox(void* context, int64_t now, int64_t deadline_ms, ringfence_out out) {
  ringfence_text text;
  FRESH(ringfence_error, error);
  const int32_t status = ringfence_store_outbox(((passing*)context)->behind, now, deadline_ms, &text, &error);
  return pass_on(status, text, &error, out);
}
static int32_t pass_sweep(void* context, int64_t now, int64_t settled_before, int32_t max, ringfence_out out) {
  int32_t removed;
  char number[16];
  FRESH(ringfence_error, error);
  const int32_t status =
      ringfence_store_sweep(((passing*)context)->behind, now, settled_before, max, &removed, &error);
  sprintf(number, "%d", (int)removed);
  ringfence_out_write(out, ringfence_str(status == RINGFENCE_OK ? number : error.text));
  return status;
}
static void free_passing(void* context) {
  passing* of = context;
  ringfence_store_free(of->behind);
  ++of->destroyed;
}

static ringfence_store passing_to(passing* of, ringfence_store behind) {
  ringfence_store store;
  FRESH(ringfence_store_callbacks, callbacks);
  of->behind = behind;
  callbacks.context = of;
  callbacks.destroy = free_passing;
  callbacks.load = pass_load;
  callbacks.commit = pass_commit;
  callbacks.take = pass_take;
  callbacks.settle = pass_settle;
  callbacks.messages = pass_messages;
  callbacks.outbox = pass_outbox;
  callbacks.sweep = pass_sweep;
  CHECK_OK(ringfence_store_from_callbacks(&callbacks, &store, world_error()));
  return store;
}

static void a_service_works_on_a_store_of_the_host(void) {
  passing of_host = {{0}, 0};
  world* of = world_open_on(passing_to(&of_host, opened("memory:")), "", 0);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  CHECK(world_changed(of, "ann", WORLD_NEW_PHONE).usable_for_login == 1);
  CHECK(world_count(of, RINGFENCE_MESSAGE_EVENT, "phone_changed") == 1);
  world_close(of);
  CHECK(of_host.destroyed == 1);
}

/* The contract of stores. */
typedef struct tested {
  passing stores[4096];
  int open;
  int failures;
} tested;

static int32_t open_tested(void* context, ringfence_store* store) {
  tested* of = context;
  CHECK(of->open < 4096);
  *store = passing_to(&of->stores[of->open], opened("memory:"));
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
  FRESH(ringfence_store_callbacks, callbacks);
  (void)context;
  of.behind = opened("memory:");
  callbacks.context = &of;
  callbacks.destroy = free_passing;
  callbacks.load = pass_load;
  callbacks.commit = forgetful_commit;
  callbacks.take = pass_take;
  callbacks.settle = pass_settle;
  callbacks.messages = pass_messages;
  callbacks.outbox = pass_outbox;
  callbacks.sweep = pass_sweep;
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

const test stores_tests[] = {
    TEST(a_store_has_a_name_that_there_is),
    TEST(sqlite_keeps_what_was_committed),
    TEST(one_store_at_a_time_has_a_database),
    TEST(a_file_that_is_no_database_of_ringfence_is_refused),
    TEST(a_backup_is_made_while_the_store_is_in_use_and_can_be_given_up),
    TEST(only_sqlite_can_be_backed_up),
    TEST(what_has_ended_is_swept),
    TEST(a_service_works_on_a_store_of_the_host),
    TEST(a_store_of_the_host_keeps_the_contract),
    TEST(a_store_that_breaks_the_contract_is_told_why),
    END_OF_TESTS,
};
