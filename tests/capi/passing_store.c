#include "passing_store.h"

#include "world.h"

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
#ifndef OF_THE_FIRST_HEADER
static int32_t pass_given_up(void* context, int64_t after_created_at, ringfence_string after_id, int32_t max,
                             int64_t deadline_ms, ringfence_out out) {
  ringfence_text text;
  FRESH(ringfence_error, error);
  const int32_t status = ringfence_store_given_up(((passing*)context)->behind, after_created_at, after_id, max,
                                                  deadline_ms, &text, &error);
  return pass_on(status, text, &error, out);
}
#endif
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

ringfence_store_callbacks passing_callbacks(passing* of, ringfence_store behind) {
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
#ifndef OF_THE_FIRST_HEADER
  callbacks.given_up = pass_given_up;
#endif
  return callbacks;
}

ringfence_store passing_to(passing* of, ringfence_store behind) {
  const ringfence_store_callbacks callbacks = passing_callbacks(of, behind);
  ringfence_store store;
  CHECK_OK(ringfence_store_from_callbacks(&callbacks, &store, world_error()));
  return store;
}
