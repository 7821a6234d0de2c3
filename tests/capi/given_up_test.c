/* What was given up: listed, in pages, and tried again. */
#include <stddef.h>

#include "passing_store.h"
#include "suites.h"
#include "world.h"

/* The list, for the caller to free. */
static char* listed(world* of, int64_t after_created_at, const char* after_id, int32_t max) {
  ringfence_text messages;
  CHECK_OK(ringfence_dispatcher_given_up(of->dispatcher, after_created_at, ringfence_str(after_id), max, &messages,
                                         world_error()));
  return world_take(messages);
}
static void check_listed(world* of, const char* wanted) {
  char* got = listed(of, 0, "", 100);
  CHECK_TEXT(got, wanted);
  free(got);
}
/* What was not tried again. */
static void check_retry(world* of, const char* messages, const char* wanted) {
  ringfence_text refused;
  char* got;
  CHECK_OK(
      ringfence_dispatcher_retry(of->dispatcher, ringfence_str(messages), &refused, world_error()));
  got = world_take(refused);
  CHECK_TEXT(got, wanted);
  free(got);
}
static ringfence_dispatch_counts pumped(world* of) {
  FRESH(ringfence_dispatch_counts, counts);
  CHECK_OK(ringfence_dispatcher_pump(of->dispatcher, &counts, world_error()));
  return counts;
}
static void notify(world* of, const char* key) {
  const ringfence_account ann = world_account("ann");
  FRESH(ringfence_notice_receipt, receipt);
  CHECK_OK(ringfence_service_notify(of->service, &ann, ringfence_str("resource_expiry"), ringfence_str("Tomorrow."),
                                    ringfence_str(key), NULL, &receipt, world_error()));
}
/* The id of the first message of a list. */
static const char* first_id(const char* list) {
  static char id[40];
  const char* at = strstr(list, "\"id\":\"");
  CHECK(at != NULL);
  memcpy(id, at + 6, 32);
  return id;
}
static int messages_in(const char* list) {
  int count = 0;
  for (; (list = strstr(list, "\"created_at\"")) != NULL; ++list) ++count;
  return count;
}

static void what_was_given_up_is_listed_and_tried_again(void) {
  world* of = world_open("");
  char* list;
  world_add(of, "ann", WORLD_PHONE, NULL);
  check_listed(of, "[]");
  notify(of, "1");
  of->answer = RINGFENCE_SEND_PERMANENT;
  CHECK(pumped(of).given_up == 1);
  list = listed(of, 0, "", 100);
  CHECK(messages_in(list) == 1);
  CHECK(strstr(list, "\"state\":\"given_up\"") != NULL && strstr(list, "\"outcome\":\"the gateway is away\"") != NULL);
  CHECK(strstr(list, WORLD_PHONE) != NULL);
  of->answer = RINGFENCE_SEND_ACCEPTED;
  CHECK(pumped(of).taken == 0);
  check_retry(of, list, "[]");
  check_listed(of, "[]");
  CHECK(pumped(of).accepted == 1);
  CHECK_TEXT(of->all[0].id, first_id(list));
  CHECK(of->all[0].attempts == 2);
  check_retry(of, list, "[]"); /* an old list */
  CHECK(pumped(of).taken == 0);
  check_retry(of, "[]", "[]");
  free(list);
  world_close(of);
}

static void the_list_comes_in_pages(void) {
  world* of = world_open("");
  char id[40] = "";
  char key[8];
  int64_t created_at = 0;
  int count = 0;
  int i;
  world_add(of, "ann", WORLD_PHONE, NULL);
  of->answer = RINGFENCE_SEND_PERMANENT;
  for (i = 0; i < 7; ++i) {
    sprintf(key, "%d", i);
    notify(of, key);
    of->now += i % 2;
  }
  CHECK(pumped(of).given_up == 7);
  for (i = 0; i < 5; ++i) {
    char* page = listed(of, created_at, id, 2);
    const char* last = page;
    const char* at;
    CHECK(messages_in(page) == (i < 3 ? 2 : i == 3 ? 1 : 0));
    count += messages_in(page);
    while ((at = strstr(last, "\"id\":\"")) != NULL) {
      last = at + 6;
      CHECK(strncmp(last, id, 32) != 0);
      memcpy(id, last, 32);
    }
    last = page;
    while ((at = strstr(last, "\"created_at\":")) != NULL) {
      last = at + 13;
      CHECK(strtoll(last, NULL, 10) >= created_at);
      created_at = strtoll(last, NULL, 10);
    }
    free(page);
  }
  CHECK(count == 7);
  world_close(of);
}

static void what_is_too_late_is_told_and_not_tried_again(void) {
  world* of = world_open("");
  char wanted[128];
  char* list;
  world_add(of, "ann", WORLD_PHONE, NULL);
  world_begun(of, "ann");
  of->answer = RINGFENCE_SEND_PERMANENT;
  CHECK(pumped(of).given_up == 1);
  list = listed(of, 0, "", 100);
  of->now += (int64_t)10 * 60 * 1000;
  sprintf(wanted, "[{\"id\":\"%s\",\"reason\":\"too_late\"}]", first_id(list));
  check_retry(of, list, wanted);
  CHECK(pumped(of).taken == 0);
  free(list);
  world_close(of);
}

static void what_was_not_given_up_is_told(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  ringfence_text messages;
  char wanted[128];
  char* list;
  world_add(of, "ann", WORLD_PHONE, NULL);
  notify(of, "1");
  CHECK(pumped(of).accepted == 1);
  CHECK_OK(ringfence_store_messages(of->store, &ann, 10, 0, &messages, world_error()));
  list = world_take(messages);
  sprintf(wanted, "[{\"id\":\"%s\",\"reason\":\"not_given_up\"}]", of->all[0].id);
  check_retry(of, list, wanted);
  CHECK(pumped(of).taken == 0);
  free(list);
  world_close(of);
}

static void what_is_no_list_and_no_place_is_refused(void) {
  static const char* const lists[] = {"", "x", "{}", "[1]", "[{}]", "[{\"id\":\"7\"}]"};
  world* of = world_open("");
  ringfence_text out = {1};
  size_t i;
  for (i = 0; i < sizeof lists / sizeof lists[0]; ++i) {
    out.id = 1;
    CHECK_STATUS(ringfence_dispatcher_retry(of->dispatcher, ringfence_str(lists[i]), &out, world_error()),
                 RINGFENCE_INVALID_ARGUMENT);
    CHECK(out.id == 0);
  }
  CHECK_STATUS(ringfence_dispatcher_given_up(of->dispatcher, 0, ringfence_str("7"), 1, &out, world_error()),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_dispatcher_given_up(of->dispatcher, -1, ringfence_str(""), 1, &out, world_error()),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_dispatcher_given_up(of->dispatcher, 0, ringfence_str(""), 0, &out, world_error()),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_dispatcher_given_up(of->dispatcher, 0, ringfence_str(""), 1001, &out, world_error()),
               RINGFENCE_INVALID_ARGUMENT);
  world_close(of);
}

/* A store that was written before there was such a list: it works on, and says what it cannot do. */
static void a_store_without_the_list_says_so(void) {
  int as_small;
  for (as_small = 0; as_small < 2; ++as_small) {
    passing of_host = {{0}, 0};
    ringfence_store behind;
    ringfence_store store;
    ringfence_store_callbacks callbacks;
    ringfence_text out = {1};
    world* of;
    CHECK_OK(ringfence_store_open(ringfence_str("memory:"), &behind, world_error()));
    callbacks = passing_callbacks(&of_host, behind);
    if (as_small) {
      callbacks.struct_size = offsetof(ringfence_store_callbacks, given_up);
    } else {
      callbacks.given_up = NULL;
    }
    CHECK_OK(ringfence_store_from_callbacks(&callbacks, &store, world_error()));
    of = world_open_on(store, "", 0);
    world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
    world_changed(of, "ann", WORLD_NEW_PHONE);
    CHECK_STATUS(ringfence_dispatcher_given_up(of->dispatcher, 0, ringfence_str(""), 10, &out, world_error()),
                 RINGFENCE_INVALID_ARGUMENT);
    CHECK(out.id == 0);
    CHECK(strstr(world_why(), "given_up") != NULL);
    CHECK_STATUS(ringfence_store_given_up(of->store, 0, ringfence_str(""), 10, 0, &out, world_error()),
                 RINGFENCE_INVALID_ARGUMENT);
    world_close(of);
    CHECK(of_host.destroyed == 1);
  }
}

const test given_up_tests[] = {
    TEST(what_was_given_up_is_listed_and_tried_again),
    TEST(the_list_comes_in_pages),
    TEST(what_is_too_late_is_told_and_not_tried_again),
    TEST(what_was_not_given_up_is_told),
    TEST(what_is_no_list_and_no_place_is_refused),
    TEST(a_store_without_the_list_says_so),
    END_OF_TESTS,
};
