/* Replays vectors through the C interface: replay [--steps] FILE... tests/vectors/README.md tells what they are. */
#include <jansson.h>

#include "check.h"
#include "commands.h"
#include "replies.h"

static int64_t now_ms(void* context) { return ((host*)context)->now; }
static void no_pause(void* context, int64_t duration_ms) {
  (void)context;
  (void)duration_ms;
}

void host_fill(host* of, uint8_t* bytes, size_t size) {
  size_t i;
  memset(bytes, 0, size);
  ++of->drawn;
  for (i = 0; i < 8; ++i) {
    bytes[i] = (uint8_t)(of->seed >> (8 * i));
    bytes[8 + i] = (uint8_t)(of->drawn >> (8 * i));
  }
}
static int32_t fill(void* context, uint8_t* bytes, size_t size) {
  host_fill(context, bytes, size);
  return RINGFENCE_OK;
}

static int32_t keep(void* context, const ringfence_message* message, int64_t* retry_after_ms, ringfence_out reason) {
  (void)retry_after_ms;
  (void)reason;
  CHECK(json_array_append_new(((host*)context)->messages, message_json(message)) == 0);
  return RINGFENCE_SEND_ACCEPTED;
}

static int32_t read_keys(void* context, ringfence_out keys) { return ringfence_out_write(keys, ringfence_str(context)); }

#define NEW(type, name)             \
  type name;                        \
  memset(&name, 0, sizeof name);    \
  name.struct_size = (uint32_t)sizeof name
#define OK(call) CHECK((call) == RINGFENCE_OK)

static void open_host(host* of, const json_t* vector) {
  char* policy = json_dumps(json_object_get(vector, "policy"), 0);
  ringfence_clock clock;
  ringfence_entropy entropy;
  ringfence_sender sender;
  ringfence_event_sink events;
  NEW(ringfence_key_source, source);
  NEW(ringfence_clock_callbacks, clock_callbacks);
  NEW(ringfence_entropy_callbacks, entropy_callbacks);
  NEW(ringfence_sender_callbacks, sender_callbacks);
  NEW(ringfence_event_sink_callbacks, event_callbacks);
  NEW(ringfence_service_parts, parts);
  NEW(ringfence_dispatcher_parts, sending);
  CHECK(policy != NULL);
  memset(of, 0, sizeof *of);
  of->seed = (uint64_t)json_integer_value(json_object_get(vector, "entropy"));

  source.context = (void*)json_string_value(json_object_get(vector, "keys"));
  source.read = read_keys;
  OK(ringfence_key_ring_from_callbacks(&source, &of->keys, NULL));
  clock_callbacks.context = of;
  clock_callbacks.now_ms = now_ms;
  clock_callbacks.pause = no_pause;
  OK(ringfence_clock_from_callbacks(&clock_callbacks, &clock, NULL));
  entropy_callbacks.context = of;
  entropy_callbacks.fill = fill;
  OK(ringfence_entropy_from_callbacks(&entropy_callbacks, &entropy, NULL));
  sender_callbacks.context = of;
  sender_callbacks.send = keep;
  OK(ringfence_sender_from_callbacks(&sender_callbacks, &sender, NULL));
  event_callbacks.context = of;
  event_callbacks.deliver = keep;
  OK(ringfence_event_sink_from_callbacks(&event_callbacks, &events, NULL));
  OK(ringfence_store_open(ringfence_str("memory:"), &of->store, NULL));
  OK(ringfence_policy_new(ringfence_str(policy), &of->policy, NULL));
  free(policy);

  parts.store = of->store;
  parts.keys = of->keys;
  parts.policy = of->policy;
  parts.clock = clock;
  parts.entropy = entropy;
  OK(ringfence_service_new(&parts, &of->service, NULL));
  sending.store = of->store;
  sending.keys = of->keys;
  sending.sender = sender;
  sending.events = events;
  sending.clock = clock;
  sending.entropy = entropy;
  OK(ringfence_dispatcher_new(&sending, &of->dispatcher, NULL));
  ringfence_clock_free(clock);
  ringfence_entropy_free(entropy);
  ringfence_sender_free(sender);
  ringfence_event_sink_free(events);
}

static void close_host(host* of) {
  ringfence_service_free(of->service);
  ringfence_dispatcher_free(of->dispatcher);
  ringfence_store_free(of->store);
  ringfence_key_ring_free(of->keys);
  ringfence_policy_free(of->policy);
}

static ringfence_string text_of(const json_t* in, const char* name) {
  return ringfence_str(json_string_value(json_object_get(in, name)));
}

/* What comes of a step. */
static json_t* played(host* of, const json_t* step, int as_steps) {
  const json_t* said = json_object_get(step, "call");
  const json_t* command = json_object_get(step, "command");
  json_t* out;
  json_t* reply;
  NEW(ringfence_call, call);
  NEW(ringfence_error, error);
  call.session = text_of(said, "session");
  call.source = text_of(said, "source");
  call.request_id = text_of(said, "request_id");
  call.trace_id = text_of(said, "trace_id");
  call.attested_factor = text_of(said, "attested_factor");
  call.deadline_ms = (int64_t)json_integer_value(json_object_get(said, "deadline_ms"));
  of->now = (int64_t)json_integer_value(json_object_get(step, "at"));
  of->messages = json_array();
  reply = (as_steps ? command_run_as_step : command_run)(of, command, said == NULL ? NULL : &call, &error);
  if (reply == NULL) {
    out = error_json(&error);
  } else {
    out = json_object();
    CHECK(json_object_set_new(out, "status", json_string(ringfence_status_name(RINGFENCE_OK))) == 0);
    CHECK(json_object_set_new(out, "reply", reply) == 0);
  }
  if (strcmp(text_of(command, "step").data, "pump") == 0)
    CHECK(json_object_set(out, "messages", of->messages) == 0);
  json_decref(of->messages);
  return out;
}

/* 1 if both are the same bytes. */
static int agree(const char* file, size_t number, const char* got, const char* wanted) {
  if (strcmp(got, wanted) == 0) return 1;
  fprintf(stderr, "%s, step %u:\n  got    %s\n  wanted %s\n", file, (unsigned)number, got, wanted);
  return 0;
}

static int replayed(const char* file, int as_steps) {
  json_error_t why;
  json_t* vector = json_load_file(file, 0, &why);
  const json_t* steps = json_object_get(vector, "steps");
  const json_t* records = json_object_get(vector, "records");
  ringfence_text loaded;
  host of;
  size_t i;
  int good = 1;
  if (vector == NULL) fprintf(stderr, "%s:%d: %s\n", file, why.line, why.text);
  CHECK(vector != NULL && json_array_size(steps) > 0);
  open_host(&of, vector);
  for (i = 0; i < json_array_size(steps); ++i) {
    const json_t* step = json_array_get(steps, i);
    json_t* reply = played(&of, step, as_steps);
    char* got = json_dumps(reply, JSON_COMPACT | JSON_SORT_KEYS);
    char* wanted = json_dumps(json_object_get(step, "expect"), JSON_COMPACT | JSON_SORT_KEYS);
    CHECK(got != NULL && wanted != NULL);
    good &= agree(file, i, got, wanted);
    free(got);
    free(wanted);
    json_decref(reply);
  }
  OK(ringfence_store_load(of.store, text_of(records, "keys"), 0, &loaded, NULL));
  good &= agree(file, i, ringfence_text_get(loaded).data, text_of(records, "loaded").data);
  ringfence_text_free(loaded);
  close_host(&of);
  json_decref(vector);
  return good;
}

int main(int argc, char** argv) {
  const int as_steps = argc > 1 && strcmp(argv[1], "--steps") == 0;
  int i = 1 + as_steps;
  int good = 1;
  if (i >= argc) {
    fprintf(stderr, "replay [--steps] FILE...\n");
    return 2;
  }
  for (; i < argc; ++i) {
    const int one = replayed(argv[i], as_steps);
    printf("%s: %s\n", argv[i], one ? "agrees" : "differs");
    good &= one;
  }
  return !good;
}
