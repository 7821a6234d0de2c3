#include "world.h"

static void copy(char* to, size_t room, ringfence_string from) {
  CHECK(from.size < room);
  if (from.size > 0) memcpy(to, from.data, from.size);
  to[from.size] = 0;
}

static void give_back(void* context) { ++((world*)context)->destroyed; }

static int64_t now_ms(void* context) { return ((world*)context)->now; }

static void no_pause(void* context, int64_t duration_ms) {
  (void)context;
  (void)duration_ms;
}

/* The same number gives the same seeds: which number and which draw. */
static int32_t fill(void* context, uint8_t* bytes, size_t size) {
  world* of = context;
  size_t i;
  memset(bytes, 0, size);
  ++of->drawn;
  for (i = 0; i < 8; ++i) {
    bytes[i] = (uint8_t)(of->seed >> (8 * i));
    bytes[8 + i] = (uint8_t)(of->drawn >> (8 * i));
  }
  return RINGFENCE_OK;
}

static int32_t keep(void* context, const ringfence_message* message, int64_t* retry_after_ms,
                    ringfence_out reason) {
  world* of = context;
  sent* one = &of->all[of->sent_count];
  if (of->answer != RINGFENCE_SEND_ACCEPTED) {
    *retry_after_ms = 5000;
    CHECK(ringfence_out_write(reason, ringfence_str("the gateway ")) == RINGFENCE_OK);
    CHECK(ringfence_out_write(reason, ringfence_str("is away")) == RINGFENCE_OK);
    return of->answer;
  }
  CHECK(of->sent_count < (int)(sizeof of->all / sizeof of->all[0]));
  CHECK(message->struct_size >= sizeof *message); /* A newer library has more. */
  ++of->sent_count;
  one->kind = message->kind;
  one->channel = message->channel;
  one->route = message->route;
  one->role = message->role;
  one->attempts = message->attempts;
  one->lifetime_ms = message->lifetime_ms;
  copy(one->id, sizeof one->id, message->id);
  copy(one->purpose, sizeof one->purpose, message->purpose);
  copy(one->account, sizeof one->account, message->account.id);
  copy(one->destination, sizeof one->destination, message->destination);
  copy(one->code, sizeof one->code, message->code);
  copy(one->text, sizeof one->text, message->text);
  copy(one->fields, sizeof one->fields, message->fields);
  copy(one->trace_id, sizeof one->trace_id, message->trace_id);
  return RINGFENCE_SEND_ACCEPTED;
}

static int32_t ask(void* context, const ringfence_risk_question* question) {
  world* of = context;
  CHECK(question->struct_size == sizeof *question);
  CHECK(question->number.size > 0 || question->number.data != NULL || question->number.size == 0);
  ++of->risk_questions;
  return of->risk_answer;
}

static void observe(void* context, const ringfence_observation* observation) {
  CHECK(observation->struct_size == sizeof *observation);
  CHECK(observation->name.size > 0);
  ++((world*)context)->observations;
}

static int32_t read_keys(void* context, ringfence_out keys) {
  static const char digits[] = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\n";
  (void)context;
  CHECK(ringfence_out_write(keys, ringfence_str("# the keys of the tests\nk1 ")) == RINGFENCE_OK);
  CHECK(ringfence_out_write(keys, ringfence_str(digits)) == RINGFENCE_OK);
  return RINGFENCE_OK;
}

static ringfence_error last_error;

ringfence_error* world_error(void) {
  memset(&last_error, 0, sizeof last_error);
  last_error.struct_size = (uint32_t)sizeof last_error;
  return &last_error;
}
const char* world_why(void) { return last_error.text; }

#define TAKE_CONTEXT(callbacks, of) \
  callbacks.context = of;           \
  callbacks.destroy = give_back

world* world_open_on(ringfence_store store, const char* policy, int with_risk) {
  world* of = calloc(1, sizeof *of);
  ringfence_policy in_force;
  FRESH(ringfence_key_source, source);
  FRESH(ringfence_clock_callbacks, clock);
  FRESH(ringfence_entropy_callbacks, entropy);
  FRESH(ringfence_risk_advisor_callbacks, risk);
  FRESH(ringfence_observer_callbacks, observer);
  FRESH(ringfence_sender_callbacks, sender);
  FRESH(ringfence_event_sink_callbacks, events);
  FRESH(ringfence_service_parts, parts);
  FRESH(ringfence_dispatcher_parts, sending);
  CHECK(of != NULL);
  of->now = WORLD_START;
  of->seed = 1;
  of->answer = RINGFENCE_SEND_ACCEPTED;
  of->risk_answer = RINGFENCE_RISK_CLEAR;
  of->store = store;

  TAKE_CONTEXT(source, of);
  source.read = read_keys;
  CHECK_OK(ringfence_key_ring_from_callbacks(&source, &of->keys, world_error()));
  TAKE_CONTEXT(clock, of);
  clock.now_ms = now_ms;
  clock.pause = no_pause;
  CHECK_OK(ringfence_clock_from_callbacks(&clock, &of->clock, world_error()));
  TAKE_CONTEXT(entropy, of);
  entropy.fill = fill;
  CHECK_OK(ringfence_entropy_from_callbacks(&entropy, &of->entropy, world_error()));
  TAKE_CONTEXT(risk, of);
  risk.ask = ask;
  CHECK_OK(ringfence_risk_advisor_from_callbacks(&risk, &of->risk, world_error()));
  TAKE_CONTEXT(observer, of);
  observer.observe = observe;
  CHECK_OK(ringfence_observer_from_callbacks(&observer, &of->observer, world_error()));
  TAKE_CONTEXT(sender, of);
  sender.send = keep;
  CHECK_OK(ringfence_sender_from_callbacks(&sender, &of->sender, world_error()));
  TAKE_CONTEXT(events, of);
  events.deliver = keep;
  CHECK_OK(ringfence_event_sink_from_callbacks(&events, &of->events, world_error()));

  CHECK_OK(ringfence_policy_new(ringfence_str(policy), &in_force, world_error()));
  parts.store = of->store;
  parts.keys = of->keys;
  parts.policy = in_force;
  parts.clock = of->clock;
  parts.entropy = of->entropy;
  parts.observer = of->observer;
  if (with_risk) parts.risk = of->risk;
  CHECK_OK(ringfence_service_new(&parts, &of->service, world_error()));
  ringfence_policy_free(in_force);

  sending.store = of->store;
  sending.keys = of->keys;
  sending.sender = of->sender;
  sending.events = of->events;
  sending.clock = of->clock;
  sending.entropy = of->entropy;
  sending.observer = of->observer;
  CHECK_OK(ringfence_dispatcher_new(&sending, &of->dispatcher, world_error()));

  of->call.struct_size = (uint32_t)sizeof of->call;
  of->call.session = ringfence_str("session-1");
  of->call.source = ringfence_str("192.0.2.1");
  return of;
}

world* world_open(const char* policy) {
  ringfence_store store;
  CHECK_OK(ringfence_store_open(ringfence_str("memory:"), &store, world_error()));
  return world_open_on(store, policy, 0);
}

void world_close(world* of) {
  ringfence_service_free(of->service);
  ringfence_store_free(of->store);
  ringfence_key_ring_free(of->keys);
  ringfence_clock_free(of->clock);
  ringfence_entropy_free(of->entropy);
  ringfence_risk_advisor_free(of->risk);
  ringfence_observer_free(of->observer);
  ringfence_sender_free(of->sender);
  ringfence_event_sink_free(of->events);
  CHECK(of->destroyed == 1); /* the advisor: the dispatcher may still use the others, or nobody does */
  ringfence_dispatcher_free(of->dispatcher);
  CHECK(of->destroyed == 7);
  free(of);
}

void world_add(world* of, const char* id, const char* phone, const char* email) {
  FRESH(ringfence_registration, row);
  FRESH(ringfence_settings, settings);
  row.account = world_account(id);
  row.phone.text = ringfence_str(phone);
  row.phone_proven_at = of->now;
  row.email = ringfence_str(email);
  if (email != NULL) row.email_proven_at = of->now;
  CHECK_OK(ringfence_service_register_account(of->service, &row, NULL, &settings, world_error()));
}

void world_pump(world* of) {
  FRESH(ringfence_dispatch_counts, counts);
  do {
    CHECK_OK(ringfence_dispatcher_pump(of->dispatcher, &counts, world_error()));
  } while (counts.taken > 0);
}

const char* world_code_at(world* of, const char* address) {
  int i;
  world_pump(of);
  for (i = of->sent_count; i > 0; --i) {
    const sent* one = &of->all[i - 1];
    if (one->code[0] != 0 && strcmp(one->destination, address) == 0) return one->code;
  }
  fprintf(stderr, "no code reached %s\n", address);
  exit(1);
}

const char* world_wrong(const char* code) {
  static char wrong[16];
  size_t size = strlen(code);
  CHECK(size > 0 && size < sizeof wrong);
  memcpy(wrong, code, size + 1);
  wrong[size - 1] = wrong[size - 1] == '9' ? '0' : (char)(wrong[size - 1] + 1);
  return wrong;
}

int world_count(world* of, int32_t kind, const char* purpose) {
  int i;
  int count = 0;
  world_pump(of);
  for (i = 0; i < of->sent_count; ++i) {
    if (of->all[i].kind == kind && strcmp(of->all[i].purpose, purpose) == 0) ++count;
  }
  return count;
}

const sent* world_last(world* of, int32_t kind, const char* purpose) {
  int i;
  world_pump(of);
  for (i = of->sent_count; i > 0; --i) {
    if (of->all[i - 1].kind == kind && strcmp(of->all[i - 1].purpose, purpose) == 0) return &of->all[i - 1];
  }
  fprintf(stderr, "nothing of the purpose %s was sent\n", purpose);
  exit(1);
}

ringfence_flow_view world_begun(world* of, const char* id) {
  const ringfence_account account = world_account(id);
  FRESH(ringfence_flow_view, view);
  CHECK_OK(ringfence_service_begin_change_phone(of->service, &account, RINGFENCE_PHONE,
                                                RINGFENCE_NUMBER_CHANGED, &of->call, &view, world_error()));
  return view;
}

ringfence_flow_view world_identified(world* of, const char* id) {
  ringfence_flow_view view = world_begun(of, id);
  world_pump(of);
  /* The code went to the present phone, wherever that is. */
  CHECK_OK(ringfence_service_prove_identity(of->service, ringfence_str(view.flow),
                                            ringfence_str(world_last(of, RINGFENCE_MESSAGE_CODE, "change_phone")->code),
                                            &of->call, &view, world_error()));
  CHECK(view.verdict == RINGFENCE_VERDICT_ACCEPTED);
  return view;
}

ringfence_flow_view world_targeted(world* of, const char* id, const char* target) {
  ringfence_flow_view view = world_identified(of, id);
  ringfence_address_input typed;
  typed.text = ringfence_str(target);
  typed.region = ringfence_str("");
  CHECK_OK(ringfence_service_set_target(of->service, ringfence_str(view.flow), &typed, &of->call, &view,
                                        world_error()));
  return view;
}

ringfence_flow_view world_changed(world* of, const char* id, const char* target) {
  ringfence_flow_view view = world_targeted(of, id, target);
  CHECK_OK(ringfence_service_prove_target(of->service, ringfence_str(view.flow),
                                          ringfence_str(world_code_at(of, target)), 1, &of->call, &view,
                                          world_error()));
  CHECK(view.changed == 1);
  return view;
}

ringfence_settings world_settings(world* of, const char* id) {
  const ringfence_account account = world_account(id);
  FRESH(ringfence_settings, settings);
  CHECK_OK(ringfence_service_settings(of->service, &account, NULL, &settings, world_error()));
  return settings;
}

ringfence_account world_account(const char* id) {
  ringfence_account account;
  account.realm = ringfence_str("");
  account.id = ringfence_str(id);
  return account;
}

char* world_take(ringfence_text text) {
  const ringfence_string got = ringfence_text_get(text);
  char* out = malloc(got.size + 1);
  CHECK(out != NULL);
  CHECK(got.data[got.size] == 0);
  memcpy(out, got.data, got.size + 1);
  ringfence_text_free(text);
  CHECK(ringfence_text_get(text).size == 0);
  return out;
}

int world_has(ringfence_text text, const char* part) {
  char* got = world_take(text);
  const int has = strstr(got, part) != NULL;
  free(got);
  return has;
}
