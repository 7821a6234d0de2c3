/* Stores: SQLite and what an operator does with it, and a store of the host's own. */
#include <unistd.h>

#include "files.h"
#include "passing_store.h"
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

static void a_service_works_on_a_store_of_the_host(void) {
  passing of_host = {{0}, 0};
  world* of = world_open_on(passing_to(&of_host, opened("memory:")), "", 0);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  CHECK(world_changed(of, "ann", WORLD_NEW_PHONE).usable_for_login == 1);
  CHECK(world_count(of, RINGFENCE_MESSAGE_EVENT, "phone_changed") == 1);
  world_close(of);
  CHECK(of_host.destroyed == 1);
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
    END_OF_TESTS,
};
