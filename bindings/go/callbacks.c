/* What the library calls, passed on to Go. The context is a number, a runtime/cgo.Handle, and never a pointer of Go. */
#include "_cgo_export.h"
#include "shim.h"

static void destroy(void* context) { ringfenceGoDestroy((uintptr_t)context); }

/* ---- Keys */

static int32_t read_keys(void* context, ringfence_out keys) { return ringfenceGoReadKeys((uintptr_t)context, keys); }

int32_t ringfence_go_key_ring(uintptr_t context, ringfence_key_ring* ring, ringfence_error* error) {
  const ringfence_key_source source = {
      .struct_size = sizeof source, .context = (void*)context, .destroy = destroy, .read = read_keys};
  return ringfence_key_ring_from_callbacks(&source, ring, error);
}

/* ---- Stores */

static int32_t load(void* context, ringfence_string keys, int64_t deadline_ms, ringfence_out out) {
  return ringfenceGoLoad((uintptr_t)context, keys, deadline_ms, out);
}
static int32_t commit(void* context, ringfence_string change, int64_t deadline_ms) {
  return ringfenceGoCommit((uintptr_t)context, change, deadline_ms);
}
static int32_t take(void* context, int64_t now, int64_t lease_ms, int32_t max, int32_t share_index, int32_t share_of,
                    ringfence_out out) {
  return ringfenceGoTake((uintptr_t)context, now, lease_ms, max, share_index, share_of, out);
}
static int32_t settle(void* context, ringfence_string settlements, ringfence_out out) {
  return ringfenceGoSettle((uintptr_t)context, settlements, out);
}
static int32_t messages(void* context, const ringfence_account* account, int32_t max, int64_t deadline_ms,
                        ringfence_out out) {
  return ringfenceGoMessages((uintptr_t)context, (ringfence_account*)account, max, deadline_ms, out);
}
static int32_t given_up(void* context, int64_t after_created_at, ringfence_string after_id, int32_t max,
                        int64_t deadline_ms, ringfence_out out) {
  return ringfenceGoGivenUp((uintptr_t)context, after_created_at, after_id, max, deadline_ms, out);
}
static int32_t outbox(void* context, int64_t now, int64_t deadline_ms, ringfence_out out) {
  return ringfenceGoOutbox((uintptr_t)context, now, deadline_ms, out);
}
static int32_t sweep(void* context, int64_t now, int64_t settled_before, int32_t max, ringfence_out out) {
  return ringfenceGoSweep((uintptr_t)context, now, settled_before, max, out);
}

int32_t ringfence_go_store(uintptr_t context, ringfence_store* store, ringfence_error* error) {
  const ringfence_store_callbacks callbacks = {.struct_size = sizeof callbacks,
                                               .context = (void*)context,
                                               .destroy = destroy,
                                               .load = load,
                                               .commit = commit,
                                               .take = take,
                                               .settle = settle,
                                               .messages = messages,
                                               .outbox = outbox,
                                               .sweep = sweep,
                                               .given_up = given_up};
  return ringfence_store_from_callbacks(&callbacks, store, error);
}

static int32_t go_on(void* context, int32_t left, int32_t of) {
  return ringfenceGoBackupGoesOn((uintptr_t)context, left, of);
}

int32_t ringfence_go_back_up(ringfence_store store, ringfence_string path, int32_t pages_per_step, uintptr_t context,
                             ringfence_error* error) {
  const ringfence_backup how = {.struct_size = sizeof how,
                                .pages_per_step = pages_per_step,
                                .context = (void*)context,
                                .go_on = go_on};
  return ringfence_store_back_up(store, path, &how, error);
}

/* ---- Senders and events */

static int32_t send_message(void* context, const ringfence_message* message, int64_t* retry_after_ms, ringfence_out reason) {
  return ringfenceGoSend((uintptr_t)context, (ringfence_message*)message, retry_after_ms, reason);
}

int32_t ringfence_go_sender(uintptr_t context, ringfence_sender* sender, ringfence_error* error) {
  const ringfence_sender_callbacks callbacks = {
      .struct_size = sizeof callbacks, .context = (void*)context, .destroy = destroy, .send = send_message};
  return ringfence_sender_from_callbacks(&callbacks, sender, error);
}

static int32_t deliver(void* context, const ringfence_message* event, int64_t* retry_after_ms, ringfence_out reason) {
  return ringfenceGoDeliver((uintptr_t)context, (ringfence_message*)event, retry_after_ms, reason);
}

int32_t ringfence_go_event_sink(uintptr_t context, ringfence_event_sink* sink, ringfence_error* error) {
  const ringfence_event_sink_callbacks callbacks = {
      .struct_size = sizeof callbacks, .context = (void*)context, .destroy = destroy, .deliver = deliver};
  return ringfence_event_sink_from_callbacks(&callbacks, sink, error);
}

/* ---- Clock, entropy, risk, observer */

static int64_t now_ms(void* context) { return ringfenceGoNow((uintptr_t)context); }
static void pause_for(void* context, int64_t duration_ms) { ringfenceGoPause((uintptr_t)context, duration_ms); }

int32_t ringfence_go_clock(uintptr_t context, ringfence_clock* clock, ringfence_error* error) {
  const ringfence_clock_callbacks callbacks = {.struct_size = sizeof callbacks,
                                               .context = (void*)context,
                                               .destroy = destroy,
                                               .now_ms = now_ms,
                                               .pause = pause_for};
  return ringfence_clock_from_callbacks(&callbacks, clock, error);
}

static int32_t fill(void* context, uint8_t* bytes, size_t size) {
  return ringfenceGoFill((uintptr_t)context, bytes, size);
}

int32_t ringfence_go_entropy(uintptr_t context, ringfence_entropy* entropy, ringfence_error* error) {
  const ringfence_entropy_callbacks callbacks = {
      .struct_size = sizeof callbacks, .context = (void*)context, .destroy = destroy, .fill = fill};
  return ringfence_entropy_from_callbacks(&callbacks, entropy, error);
}

static int32_t ask(void* context, const ringfence_risk_question* question) {
  return ringfenceGoAsk((uintptr_t)context, (ringfence_risk_question*)question);
}

int32_t ringfence_go_risk_advisor(uintptr_t context, ringfence_risk_advisor* advisor, ringfence_error* error) {
  const ringfence_risk_advisor_callbacks callbacks = {
      .struct_size = sizeof callbacks, .context = (void*)context, .destroy = destroy, .ask = ask};
  return ringfence_risk_advisor_from_callbacks(&callbacks, advisor, error);
}

static void observe(void* context, const ringfence_observation* observation) {
  ringfenceGoObserve((uintptr_t)context, (ringfence_observation*)observation);
}

int32_t ringfence_go_observer(uintptr_t context, ringfence_observer* observer, ringfence_error* error) {
  const ringfence_observer_callbacks callbacks = {
      .struct_size = sizeof callbacks, .context = (void*)context, .destroy = destroy, .observe = observe};
  return ringfence_observer_from_callbacks(&callbacks, observer, error);
}
