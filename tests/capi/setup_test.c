/* What is set up before there is a service: names, policies, addresses, keys, and what becomes of contexts. */
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "suites.h"
#include "world.h"

static void the_library_is_of_the_version_of_the_header(void) {
  char version[32];
  sprintf(version, "%d.%d.%d", RINGFENCE_VERSION_MAJOR, RINGFENCE_VERSION_MINOR, RINGFENCE_VERSION_PATCH);
  CHECK_TEXT(ringfence_version(), version);
}

static void every_value_has_a_name_and_what_is_none_has_not(void) {
  static const struct {
    const char* (*name)(int32_t);
    int32_t last;
    const char* first_name;
    const char* last_name;
  } all[] = {
      {ringfence_status_name, RINGFENCE_INTERNAL, "ok", "internal"},
      {ringfence_next_name, RINGFENCE_NEXT_FIX_SETUP, "fix_input", "fix_setup"},
      {ringfence_channel_kind_name, RINGFENCE_EMAIL, "phone", "email"},
      {ringfence_channel_state_name, RINGFENCE_CHANNEL_VERIFIED, "absent", "verified"},
      {ringfence_reason_name, RINGFENCE_REASON_DISABLED_BY_POLICY, "none", "disabled_by_policy"},
      {ringfence_assurance_name, RINGFENCE_ASSURANCE_RECOVERY_ONLY, "restricted", "recovery_only"},
      {ringfence_account_kind_name, RINGFENCE_ACCOUNT_FEDERATED, "standalone", "federated"},
      {ringfence_account_status_name, RINGFENCE_STATUS_CLOSED, "active", "closed"},
      {ringfence_flow_kind_name, RINGFENCE_FLOW_REPLACE_PHONE, "change_phone", "replace_phone"},
      {ringfence_flow_step_name, RINGFENCE_STEP_CANCELLED, "prove_identity", "cancelled"},
      {ringfence_verdict_name, RINGFENCE_VERDICT_NOT_ASKED, "rejected", "not_asked"},
      {ringfence_change_reason_name, RINGFENCE_PERSON_CHANGED, "number_changed", "person_changed"},
#ifndef OF_THE_FIRST_HEADER
      {ringfence_delivery_report_name, RINGFENCE_DELIVERY_FAILED, "delivered", "failed"},
#endif
      {ringfence_route_name, RINGFENCE_ROUTE_VOICE, "text", "voice"},
      {ringfence_appeal_state_name, RINGFENCE_APPEAL_USED, "submitted", "used"},
      {ringfence_audit_fault_name, RINGFENCE_AUDIT_ADDED, "intact", "added"},
      {ringfence_message_kind_name, RINGFENCE_MESSAGE_EVENT, "code", "event"},
      {ringfence_role_name, RINGFENCE_ROLE_TARGET, "identity", "target"},
      {ringfence_risk_answer_name, RINGFENCE_RISK_SUSPICIOUS, "unknown", "suspicious"},
      {ringfence_risk_moment_name, RINGFENCE_RISK_BEFORE_EFFECT, "before_send", "before_effect"},
      {ringfence_observation_kind_name, RINGFENCE_OBSERVATION_EVENT, "counter", "event"},
  };
  size_t i;
  for (i = 0; i < sizeof all / sizeof all[0]; ++i) {
    int32_t value;
    CHECK_TEXT(all[i].name(0), all[i].first_name);
    CHECK_TEXT(all[i].name(all[i].last), all[i].last_name);
    for (value = 0; value <= all[i].last; ++value) {
      CHECK(strcmp(all[i].name(value), "?") != 0);
      CHECK(value == 0 || strcmp(all[i].name(value), all[i].name(value - 1)) != 0);
    }
    CHECK_TEXT(all[i].name(-1), "?");
    CHECK_TEXT(all[i].name(all[i].last + 1), "?");
    CHECK_TEXT(all[i].name(INT32_MAX), "?");
    CHECK_TEXT(all[i].name(INT32_MIN), "?");
  }
}

static void a_policy_is_read_from_json_and_written_whole(void) {
  ringfence_policy policy;
  ringfence_text text;
  char* whole;
  CHECK_OK(ringfence_policy_new(ringfence_str("{\"code_digits\":8}"), &policy, world_error()));
  CHECK_OK(ringfence_policy_json(policy, &text, world_error()));
  ringfence_policy_free(policy);
  whole = world_take(text);
  CHECK(strstr(whole, "\"code_digits\": 8") != NULL);
  CHECK(strstr(whole, "\"code_ttl_ms\": 300000") != NULL);
  /* What it writes it reads. */
  CHECK_OK(ringfence_policy_new(ringfence_str(whole), &policy, world_error()));
  CHECK_OK(ringfence_policy_json(policy, &text, world_error()));
  CHECK_TEXT(ringfence_text_get(text).data, whole);
  ringfence_text_free(text);
  ringfence_policy_free(policy);
  free(whole);
}

static void a_bad_policy_is_refused_with_every_problem_named(void) {
  ringfence_policy policy = {1};
  CHECK_STATUS(ringfence_policy_new(ringfence_str("{\"code_digits\":4,\"code_ttl_ms\":600001}"), &policy, world_error()),
               RINGFENCE_INVALID_POLICY);
  CHECK(policy.id == 0);
  CHECK(strstr(world_why(), "code_digits") != NULL);
  CHECK(strstr(world_why(), "code_ttl_ms") != NULL);
  CHECK_STATUS(ringfence_policy_new(ringfence_str("{\"code_digit\":6}"), &policy, world_error()),
               RINGFENCE_INVALID_POLICY);
  CHECK(strstr(world_why(), "code_digit") != NULL);
  CHECK_STATUS(ringfence_policy_new(ringfence_str("[]"), &policy, world_error()), RINGFENCE_INVALID_POLICY);
}

static void a_policy_in_force_is_replaced_at_once(void) {
  world* of = world_open("");
  ringfence_policy policy;
  ringfence_text text;
  CHECK_OK(ringfence_policy_new(ringfence_str("{\"tries_per_code\":2}"), &policy, world_error()));
  CHECK_OK(ringfence_service_set_policy(of->service, policy, world_error()));
  ringfence_policy_free(policy);
  CHECK_OK(ringfence_service_policy(of->service, &policy, world_error()));
  CHECK_OK(ringfence_policy_json(policy, &text, world_error()));
  ringfence_policy_free(policy);
  CHECK(world_has(text, "\"tries_per_code\": 2"));
  world_add(of, "ann", WORLD_PHONE, NULL);
  CHECK(world_begun(of, "ann").tries_left == 2);
  world_close(of);
}

static void an_address_has_one_stored_form_and_a_mask(void) {
  FRESH(ringfence_address, address);
  ringfence_policy policy;
  ringfence_address_input typed;
  const ringfence_policy none = {0};
  typed.text = ringfence_str("139 1234 3672");
  typed.region = ringfence_str("CN");
  CHECK_OK(ringfence_phone_parse(none, &typed, &address, world_error()));
  CHECK(address.kind == RINGFENCE_PHONE && address.country_code == 86);
  CHECK_TEXT(address.text, "+8613912343672");
  CHECK_TEXT(address.masked, "139****3672");
  CHECK_OK(ringfence_policy_new(ringfence_str("{\"phone_numbers\":{\"allowed_regions\":[\"GB\"]}}"), &policy,
                                world_error()));
  CHECK_STATUS(ringfence_phone_parse(policy, &typed, &address, world_error()), RINGFENCE_REGION_NOT_ALLOWED);
  ringfence_policy_free(policy);
  typed.text = ringfence_str("12");
  CHECK_STATUS(ringfence_phone_parse(none, &typed, &address, world_error()), RINGFENCE_INVALID_NUMBER);
  CHECK_OK(ringfence_email_parse(ringfence_str("Lion@EXAMPLE.com"), &address, world_error()));
  CHECK(address.kind == RINGFENCE_EMAIL && address.country_code == 0);
  CHECK_TEXT(address.text, "Lion@example.com");
  CHECK_TEXT(address.masked, "L*****n@example.com");
  CHECK_STATUS(ringfence_email_parse(ringfence_str("lion"), &address, world_error()), RINGFENCE_INVALID_EMAIL);
}

static void a_key_file_is_made_once_and_read(void) {
  char* path = file_path("accounts.key");
  ringfence_key_ring ring = {1};
  CHECK_OK(ringfence_key_file_create(ringfence_str(path), world_error()));
  CHECK_STATUS(ringfence_key_file_create(ringfence_str(path), world_error()), RINGFENCE_KEY_UNUSABLE);
  CHECK_OK(ringfence_key_ring_from_file(ringfence_str(path), &ring, world_error()));
  CHECK_OK(ringfence_key_ring_reload(ring, world_error()));
  CHECK(chmod(path, 0644) == 0);
  CHECK_STATUS(ringfence_key_ring_reload(ring, world_error()), RINGFENCE_KEY_UNUSABLE);
  ringfence_key_ring_free(ring);
  CHECK_STATUS(ringfence_key_ring_from_file(ringfence_str(path), &ring, world_error()), RINGFENCE_KEY_UNUSABLE);
  CHECK(ring.id == 0);
  CHECK(unlink(path) == 0);
  free(path);
}

/* A place for keys that changes and fails. */
typedef struct key_place {
  const char* keys;
  int reads;
  int destroyed;
} key_place;

static int32_t read_place(void* context, ringfence_out keys) {
  key_place* of = context;
  ++of->reads;
  if (of->keys == NULL) return RINGFENCE_KEY_UNUSABLE;
  return ringfence_out_write(keys, ringfence_str(of->keys));
}
static void destroy_place(void* context) { ++((key_place*)context)->destroyed; }

#define KEY_A "a 1111111111111111111111111111111111111111111111111111111111111111\n"
#define KEY_B "b 2222222222222222222222222222222222222222222222222222222222222222\n"

static void keys_from_a_source_rotate_and_stay_as_they_were_if_it_fails(void) {
  key_place place = {KEY_A, 0, 0};
  ringfence_key_ring ring;
  ringfence_store store;
  ringfence_service service;
  FRESH(ringfence_key_source, source);
  FRESH(ringfence_service_parts, parts);
  FRESH(ringfence_health, health);
  source.context = &place;
  source.destroy = destroy_place;
  source.read = read_place;
  CHECK_OK(ringfence_key_ring_from_callbacks(&source, &ring, world_error()));
  CHECK(place.reads == 1);
  CHECK_OK(ringfence_store_open(ringfence_str("memory:"), &store, world_error()));
  parts.store = store;
  CHECK_STATUS(ringfence_service_new(&parts, &service, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK(strncmp(world_why(), "keys: a handle is none", 22) == 0);
  parts.keys = ring;
  CHECK_OK(ringfence_service_new(&parts, &service, world_error()));
  ringfence_store_free(store);

  CHECK_OK(ringfence_service_health(service, &health, world_error()));
  CHECK(health.keys == 1);
  CHECK_TEXT(health.current_key, "a");
  place.keys = KEY_B KEY_A;
  CHECK_OK(ringfence_key_ring_reload(ring, world_error()));
  CHECK_OK(ringfence_service_health(service, &health, world_error()));
  CHECK(health.keys == 2);
  CHECK_TEXT(health.current_key, "b");
  place.keys = NULL;
  CHECK_STATUS(ringfence_key_ring_reload(ring, world_error()), RINGFENCE_KEY_UNUSABLE);
  place.keys = "no key";
  CHECK_STATUS(ringfence_key_ring_reload(ring, world_error()), RINGFENCE_KEY_UNUSABLE);
  CHECK_OK(ringfence_service_health(service, &health, world_error()));
  CHECK(health.keys == 2);

  ringfence_key_ring_free(ring);
  CHECK(place.destroyed == 0);
  ringfence_service_free(service);
  CHECK(place.destroyed == 1);
}

static void a_struct_that_is_refused_leaves_its_context_to_the_caller(void) {
  key_place place = {"no key", 0, 0};
  ringfence_key_ring ring;
  FRESH(ringfence_key_source, source);
  source.context = &place;
  source.destroy = destroy_place;
  source.read = read_place;
  CHECK_STATUS(ringfence_key_ring_from_callbacks(&source, &ring, world_error()), RINGFENCE_KEY_UNUSABLE);
  CHECK(place.destroyed == 0);
  source.read = NULL;
  CHECK_STATUS(ringfence_key_ring_from_callbacks(&source, &ring, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK(place.destroyed == 0);
}

static void the_library_brings_a_clock_and_entropy_of_its_own(void) {
  char* path = file_path("own.key");
  ringfence_store store;
  ringfence_key_ring ring;
  ringfence_service service;
  const ringfence_account ann = world_account("ann");
  FRESH(ringfence_service_parts, parts);
  FRESH(ringfence_registration, row);
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_flow_view, view);
  FRESH(ringfence_call, call);
  CHECK_OK(ringfence_key_file_create(ringfence_str(path), world_error()));
  CHECK_OK(ringfence_key_ring_from_file(ringfence_str(path), &ring, world_error()));
  CHECK_OK(ringfence_store_open(ringfence_str("memory:"), &store, world_error()));
  parts.store = store;
  parts.keys = ring;
  CHECK_OK(ringfence_service_new(&parts, &service, NULL));
  row.account = ann;
  row.phone.text = ringfence_str(WORLD_PHONE);
  row.phone_proven_at = WORLD_START - (int64_t)365 * 24 * 60 * 60 * 1000;
  CHECK_OK(ringfence_service_register_account(service, &row, NULL, &settings, NULL));
  call.session = ringfence_str("session-1");
  call.deadline_ms = 2000;
  CHECK_OK(ringfence_service_begin_change_phone(service, &ann, RINGFENCE_PHONE, RINGFENCE_NUMBER_CHANGED, &call, &view,
                                                NULL));
  CHECK(view.code_expires_at > (int64_t)1600000000000);
  ringfence_service_free(service);
  ringfence_store_free(store);
  ringfence_key_ring_free(ring);
  CHECK(unlink(path) == 0);
  free(path);
}

static void a_sender_is_opened_by_its_name(void) {
  ringfence_sender sender = {1};
  ringfence_event_sink sink = {1};
  CHECK_OK(ringfence_sender_open(ringfence_str("console:"), &sender, world_error()));
  CHECK_OK(ringfence_event_sink_open(ringfence_str("console:"), &sink, world_error()));
  ringfence_sender_free(sender);
  ringfence_event_sink_free(sink);
  CHECK_STATUS(ringfence_sender_open(ringfence_str("pigeon:"), &sender, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK(strstr(world_why(), "console:, spool:FOLDER; a sender of SMTP or HTTP is made") != NULL);
  CHECK_STATUS(ringfence_event_sink_open(ringfence_str(""), &sink, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK(strstr(world_why(), "console:; a webhook is made by a function of its own") != NULL);
  CHECK(sender.id == 0 && sink.id == 0);
  CHECK_OK(ringfence_sender_open(ringfence_str("spool:."), &sender, world_error()));
  ringfence_sender_free(sender);
  CHECK_STATUS(ringfence_sender_open(ringfence_str("spool:./nowhere"), &sender, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK(strstr(world_why(), "./nowhere") != NULL);
  CHECK_STATUS(ringfence_event_sink_open(ringfence_str("spool:."), &sink, world_error()), RINGFENCE_INVALID_ARGUMENT);
}

#ifndef OF_THE_FIRST_HEADER
static void a_sender_of_mail_is_made_and_what_is_wrong_with_it_is_named(void) {
  FRESH(ringfence_smtp_options, good);
  ringfence_sender sender = {1};
  size_t i;
  static const struct {
    const char* option;
    size_t offset;
  } texts[] = {
      {"host", offsetof(ringfence_smtp_options, host)},
      {"ca_file", offsetof(ringfence_smtp_options, ca_file)},
      {"password", offsetof(ringfence_smtp_options, user)}, /* needed with it */
      {"user", offsetof(ringfence_smtp_options, password)},
      {"from", offsetof(ringfence_smtp_options, from)},
      {"from_name", offsetof(ringfence_smtp_options, from_name)},
      {"envelope_from", offsetof(ringfence_smtp_options, envelope_from)},
      {"reply_to", offsetof(ringfence_smtp_options, reply_to)},
      {"helo", offsetof(ringfence_smtp_options, helo)},
  };
  CHECK_STATUS(ringfence_smtp_sender_new(&good, &sender, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK(sender.id == 0 && strstr(world_why(), "SMTP option host: ") != NULL);
  good.host = ringfence_str("mail.example.com");
  good.from = ringfence_str("no-reply@example.com");
  CHECK_OK(ringfence_smtp_sender_new(&good, &sender, world_error()));
  ringfence_sender_free(sender);
  for (i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
    ringfence_smtp_options spoilt = good;
    char named[64];
    ringfence_string* const text = (ringfence_string*)(void*)((char*)&spoilt + texts[i].offset);
    *text = ringfence_str("a line\nand another");
    snprintf(named, sizeof named, "SMTP option %s: ", texts[i].option);
    CHECK_STATUS(ringfence_smtp_sender_new(&spoilt, &sender, world_error()), RINGFENCE_INVALID_ARGUMENT);
    if (strstr(world_why(), named) == NULL) CHECK_TEXT(world_why(), named);
    *text = ringfence_str("\xff");
    CHECK_STATUS(ringfence_smtp_sender_new(&spoilt, &sender, world_error()), RINGFENCE_INVALID_ARGUMENT);
    CHECK(strstr(world_why(), "SMTP option ") == world_why() && strstr(world_why(), ": a text is not UTF-8") != NULL);
  }
  good.tls = RINGFENCE_SMTP_NONE;
  CHECK_STATUS(ringfence_smtp_sender_new(&good, &sender, world_error()), RINGFENCE_INVALID_ARGUMENT);
  good.plain_beyond_loopback = 1;
  CHECK_OK(ringfence_smtp_sender_new(&good, &sender, world_error()));
  ringfence_sender_free(sender);
  good.plain_beyond_loopback = 2;
  CHECK_STATUS(ringfence_smtp_sender_new(&good, &sender, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK_TEXT(world_why(), "SMTP option plain_beyond_loopback is neither 0 nor 1");
  good.plain_beyond_loopback = 0;
  good.tls = RINGFENCE_SMTP_NONE + 1;
  CHECK_STATUS(ringfence_smtp_sender_new(&good, &sender, world_error()), RINGFENCE_INVALID_ARGUMENT);
  good.tls = RINGFENCE_SMTP_STARTTLS;
  good.reserved = 1;
  CHECK_STATUS(ringfence_smtp_sender_new(&good, &sender, world_error()), RINGFENCE_INVALID_ARGUMENT);
}

static const char* const gateway =
    "{\"carries\":[\"sms\"],\"variables\":{\"gateway\":null,\"key\":null},\"url\":\"{gateway}/send\","
    "\"headers\":{\"Idempotency-Key\":\"{id}\",\"Key\":\"{key}\"},\"json\":{\"to\":\"{to}\","
    "\"text\":\"{text}\"},"
    "\"reply\":{\"accepted\":{\"status\":200}}}";

static void a_gateway_is_made_of_a_description_and_a_webhook_of_its_keys(void) {
  const ringfence_string variables = ringfence_str("{\"gateway\":\"http://127.0.0.1:9\",\"key\":\"key-mark\"}");
  const ringfence_string keys =
      ringfence_str("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
  ringfence_sender sender = {1};
  ringfence_event_sink sink = {1};
  char* path = file_path("gateway.json");
  FILE* file = fopen(path, "w");
  FRESH(ringfence_http_options, options);
  CHECK(file != NULL && fputs(gateway, file) >= 0 && fclose(file) == 0);
  CHECK_OK(ringfence_http_sender_new(ringfence_str(gateway), variables, NULL, &sender, world_error()));
  ringfence_sender_free(sender);
  options.connections = 2;
  options.timeout_ms = 1000;
  CHECK_OK(ringfence_http_sender_open(ringfence_str(path), variables, &options, &sender, world_error()));
  ringfence_sender_free(sender);
  CHECK_OK(
      ringfence_webhook_event_sink_new(ringfence_str("http://127.0.0.1:9/hook"), keys, &options, &sink, world_error()));
  ringfence_event_sink_free(sink);
  CHECK(unlink(path) == 0);
  free(path);
}

static void a_gateway_that_cannot_work_is_refused_by_name_and_without_a_secret(void) {
  const ringfence_string description = ringfence_str(gateway);
  ringfence_sender sender = {1};
  ringfence_event_sink sink = {1};
  FRESH(ringfence_http_options, options);
  FRESH(ringfence_error, error);
  CHECK_STATUS(ringfence_http_sender_new(description, ringfence_str("{\"gateway\":\"http://127.0.0.1:9\"}"), NULL,
                                         &sender, &error),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK(strstr(error.text, "variables.key is missing") != NULL && error.next == RINGFENCE_NEXT_FIX_SETUP);
  CHECK_STATUS(
      ringfence_http_sender_new(description, ringfence_str("{\"gateway\":\"http://example.com\",\"key\":\"key-mark\"}"),
                                NULL, &sender, &error),
      RINGFENCE_INVALID_ARGUMENT);
  CHECK(strstr(error.text, "url must begin with https://") != NULL && strstr(error.text, "mark") == NULL);
  CHECK_STATUS(ringfence_http_sender_new(description, ringfence_str("[\"key-mark\"]"), NULL, &sender, &error),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK(strcmp(error.text, "the variables are not a JSON object of texts") == 0);
  CHECK_STATUS(ringfence_http_sender_new(description, ringfence_str("{\"key\":\"key-mark\""), NULL, &sender, &error),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_TEXT(error.text, "the variables are not JSON, nested too deep, or have a member twice");
  CHECK_STATUS(ringfence_http_sender_new(description, ringfence_str("{\"gateway\":\"a\",\"key\":[\"key-mark\"]}"), NULL,
                                         &sender, &error),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_TEXT(error.text, "the variable key is not a text");
  CHECK_STATUS(ringfence_http_sender_new(ringfence_str("\xff"), ringfence_str(""), NULL, &sender, &error),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_TEXT(error.text, "description: a text is not UTF-8");
  CHECK_STATUS(ringfence_http_sender_open(ringfence_str("/nonexistent/file"), ringfence_str(""), NULL, &sender, &error),
               RINGFENCE_INVALID_ARGUMENT);
  options.timeout_ms = -1;
  CHECK_STATUS(ringfence_http_sender_new(description, ringfence_str(""), &options, &sender, &error),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_TEXT(error.text, "an option is out of its bounds: timeout_ms is negative");
  options.timeout_ms = 0;
  options.allow_http = 2;
  CHECK_STATUS(ringfence_webhook_event_sink_new(ringfence_str("https://example.com/"),
                                                ringfence_str("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &options,
                                                &sink, &error),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(
      ringfence_webhook_event_sink_new(ringfence_str("https://example.com/"), ringfence_str("  "), NULL, &sink, &error),
      RINGFENCE_INVALID_ARGUMENT);
  CHECK(strstr(error.text, "it has no key") != NULL);
  CHECK_STATUS(ringfence_webhook_event_sink_new(ringfence_str("http://example.com/"),
                                                ringfence_str("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), NULL, &sink,
                                                &error),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK(strstr(error.text, "the webhook: url must begin with https://") == error.text);
  CHECK(sender.id == 0 && sink.id == 0);
}
#endif

const test setup_tests[] = {
    TEST(the_library_is_of_the_version_of_the_header),
    TEST(every_value_has_a_name_and_what_is_none_has_not),
    TEST(a_policy_is_read_from_json_and_written_whole),
    TEST(a_bad_policy_is_refused_with_every_problem_named),
    TEST(a_policy_in_force_is_replaced_at_once),
    TEST(an_address_has_one_stored_form_and_a_mask),
    TEST(a_key_file_is_made_once_and_read),
    TEST(keys_from_a_source_rotate_and_stay_as_they_were_if_it_fails),
    TEST(a_struct_that_is_refused_leaves_its_context_to_the_caller),
    TEST(the_library_brings_a_clock_and_entropy_of_its_own),
    TEST(a_sender_is_opened_by_its_name),
#ifndef OF_THE_FIRST_HEADER
    TEST(a_sender_of_mail_is_made_and_what_is_wrong_with_it_is_named),
    TEST(a_gateway_is_made_of_a_description_and_a_webhook_of_its_keys),
    TEST(a_gateway_that_cannot_work_is_refused_by_name_and_without_a_secret),
#endif
    END_OF_TESTS,
};
