#include "commands.h"

#include "check.h"
#include "replies.h"

static ringfence_string member(const json_t* of, const char* name) {
  return ringfence_str(json_string_value(json_object_get(of, name)));
}
static int is(const json_t* of, const char* name, const char* value) {
  const char* got = json_string_value(json_object_get(of, name));
  return got != NULL && strcmp(got, value) == 0;
}
/* What is not there is false, and the first of two names. */
static int32_t second(const json_t* of, const char* name, const char* of_two) { return is(of, name, of_two); }
static int64_t number(const json_t* of, const char* name) {
  return (int64_t)json_integer_value(json_object_get(of, name));
}
static ringfence_account account_of(const json_t* command) {
  ringfence_account out;
  out.realm = member(command, "realm");
  out.id = member(command, "id");
  return out;
}
static ringfence_registration row_of(const json_t* in) {
  ringfence_registration row;
  memset(&row, 0, sizeof row);
  row.struct_size = (uint32_t)sizeof row;
  row.account = account_of(in);
  row.kind = second(in, "kind", "federated");
  row.provider = member(in, "provider");
  row.phone.text = member(in, "phone");
  row.phone.region = member(in, "phone_region");
  row.email = member(in, "email");
  row.phone_proven_at = number(in, "phone_proven_at");
  row.email_proven_at = number(in, "email_proven_at");
  row.locale = member(in, "locale");
  return row;
}
static uint32_t channels_of(const json_t* command) {
  const json_t* all = json_object_get(command, "channels");
  uint32_t bits = 0;
  size_t i;
  for (i = 0; i < json_array_size(all); ++i)
    bits |= strcmp(json_string_value(json_array_get(all, i)), "email") == 0 ? 2U : 1U;
  return bits;
}

static json_t* import(host* of, const json_t* command, const ringfence_call* call, ringfence_error* error) {
  const json_t* all = json_object_get(command, "rows");
  const size_t count = json_array_size(all);
  ringfence_registration* rows = calloc(count, sizeof *rows);
  ringfence_import_report report;
  ringfence_text refused;
  json_t* out = NULL;
  size_t i;
  CHECK(rows != NULL);
  for (i = 0; i < count; ++i) rows[i] = row_of(json_array_get(all, i));
  memset(&report, 0, sizeof report);
  report.struct_size = (uint32_t)sizeof report;
  if (ringfence_service_import_accounts(of->service, rows, count, call, &report, &refused, error) == RINGFENCE_OK)
    out = import_report_json(&report, refused);
  ringfence_text_free(refused);
  free(rows);
  return out;
}

/* A function that fills one struct. */
#define REPLYING(step, type, to_json, call_of_it)         \
  if (is(command, "step", #step)) {                       \
    type reply;                                           \
    memset(&reply, 0, sizeof reply);                      \
    reply.struct_size = (uint32_t)sizeof reply;           \
    return call_of_it == RINGFENCE_OK ? to_json(&reply) : NULL; \
  }
#define SETTINGS(step, ...) \
  REPLYING(step, ringfence_settings, settings_json, ringfence_service_##step(s, __VA_ARGS__, call, &reply, error))
#define FLOW(step, ...) \
  REPLYING(step, ringfence_flow_view, flow_view_json, ringfence_service_##step(s, __VA_ARGS__, call, &reply, error))
#define APPEAL(step, ...) \
  REPLYING(step, ringfence_appeal, appeal_json, ringfence_service_##step(s, __VA_ARGS__, call, &reply, error))

json_t* command_run(host* of, const json_t* command, const ringfence_call* call, ringfence_error* error) {
  const ringfence_service s = of->service;
  const ringfence_account account = account_of(command);
  const ringfence_registration row = row_of(command);
  const ringfence_string flow = member(command, "flow");
  const ringfence_string code = member(command, "code");
  const int32_t method = second(command, "method", "email");
  const int32_t channel = second(command, "channel", "email");
  const int32_t reason = second(command, "reason", "person_changed");
  const int32_t accept = !json_is_false(json_object_get(command, "accept_verification_only"));
  ringfence_address_input address;

  REPLYING(pump, ringfence_dispatch_counts, counts_json, ringfence_dispatcher_pump(of->dispatcher, &reply, error))
  SETTINGS(register_account, &row)
  if (is(command, "step", "import_accounts")) return import(of, command, call, error);
  SETTINGS(settings, &account)
  SETTINGS(upgrade, &account)
  SETTINGS(set_locale, &account, member(command, "locale"))
  SETTINGS(report_delivery, &account, member(command, "message"),
           is(command, "report", "failed") ? RINGFENCE_DELIVERY_FAILED : RINGFENCE_DELIVERY_DELIVERED)
  SETTINGS(lock, &account, member(command, "reason"))
  SETTINGS(unlock, &account)
  SETTINGS(credentials_changed, &account)
  SETTINGS(close, &account)
  SETTINGS(erase, &account)
  SETTINGS(set_notice_channels, &account, member(command, "category"), channels_of(command))
  SETTINGS(dispute, member(command, "reference"))
  REPLYING(notify, ringfence_notice_receipt, receipt_json,
           ringfence_service_notify(s, &account, member(command, "category"), member(command, "text"),
                                    member(command, "idempotency_key"), call, &reply, error))
  REPLYING(verify_audit, ringfence_audit_report, audit_report_json,
           ringfence_service_verify_audit(s, &account, call, &reply, error))
  if (is(command, "step", "prune_audit")) {
    int32_t removed;
    if (ringfence_service_prune_audit(s, &account, number(command, "before"), call, &removed, error) != RINGFENCE_OK)
      return NULL;
    return json_integer(removed);
  }
  APPEAL(submit_appeal, &account, member(command, "submitted_by"))
  APPEAL(appeal, &account)
  APPEAL(decide_appeal, &account, member(command, "appeal"), json_is_true(json_object_get(command, "approve")),
         member(command, "reviewer"), member(command, "evidence"))

  address.region = member(command, "region");
  address.text = member(command, "phone");
  REPLYING(resolve_login_phone, ringfence_login, login_json,
           ringfence_service_resolve_login_phone(s, member(command, "realm"), &address, call, &reply, error))
  REPLYING(resolve_login_email, ringfence_login, login_json,
           ringfence_service_resolve_login_email(s, member(command, "realm"), member(command, "email"), call, &reply,
                                                 error))

  FLOW(begin_change_phone, &account, method, reason)
  FLOW(begin_change_email, &account, method)
  FLOW(begin_verify_channel, &account, channel, method)
  FLOW(begin_confirm_operation, &account, member(command, "operation"), method)
  FLOW(begin_claim_login, &account, channel)
  FLOW(begin_replace_phone, &account, reason)
  REPLYING(use_grant, ringfence_grant, grant_json,
           ringfence_service_use_grant(s, flow, member(command, "operation"), call, &reply, error))
  FLOW(prove_identity, flow, code)
  address.text = member(command, "target");
  FLOW(set_target, flow, &address)
  FLOW(prove_target, flow, code, accept)
  FLOW(confirm_target, flow)
  FLOW(resend, flow, second(command, "route", "voice"))
  FLOW(cancel, flow)
  FLOW(view, flow)
  fprintf(stderr, "there is no step %s\n", member(command, "step").data);
  exit(1);
}

/* What concludes a step, by the kind of its reply. */
#define CONCLUDING(kind, type, to_json)                                                             \
  {                                                                                                 \
    type reply;                                                                                     \
    int32_t status;                                                                                 \
    memset(&reply, 0, sizeof reply);                                                                \
    reply.struct_size = (uint32_t)sizeof reply;                                                     \
    status = ringfence_step_conclude_##kind(step, outcome, &reply, error);                          \
    if (status == RINGFENCE_OK) return to_json(&reply);                                             \
    if (strstr(error->text, "another kind of reply") == NULL) return NULL;                          \
  }

static json_t* concluded(ringfence_step step, int32_t outcome, ringfence_error* error) {
  CONCLUDING(flow, ringfence_flow_view, flow_view_json)
  CONCLUDING(settings, ringfence_settings, settings_json)
  CONCLUDING(grant, ringfence_grant, grant_json)
  CONCLUDING(appeal, ringfence_appeal, appeal_json)
  CONCLUDING(receipt, ringfence_notice_receipt, receipt_json)
  CONCLUDING(login, ringfence_login, login_json)
  CHECK(0);
  return NULL;
}

static void load_all(host* of, ringfence_step step) {
  for (;;) {
    ringfence_text keys;
    ringfence_text records;
    CHECK(ringfence_step_needs(step, &keys, NULL) == RINGFENCE_OK);
    if (strcmp(ringfence_text_get(keys).data, "[]") == 0) {
      ringfence_text_free(keys);
      return;
    }
    CHECK(ringfence_store_load(of->store, ringfence_text_get(keys), 0, &records, NULL) == RINGFENCE_OK);
    CHECK(ringfence_step_add(step, ringfence_text_get(records), NULL) == RINGFENCE_OK);
    ringfence_text_free(keys);
    ringfence_text_free(records);
  }
}

json_t* command_run_as_step(host* of, const json_t* command, const ringfence_call* call, ringfence_error* error) {
  static const char* const no_steps[] = {"pump", "import_accounts", "erase", "verify_audit", "prune_audit"};
  char* text;
  ringfence_step step;
  ringfence_step_context context;
  ringfence_text change;
  int32_t outcome = RINGFENCE_COMMIT_COMMITTED;
  int32_t status;
  json_t* reply;
  size_t i;
  for (i = 0; i < sizeof no_steps / sizeof no_steps[0]; ++i) {
    if (is(command, "step", no_steps[i])) return command_run(of, command, call, error);
  }
  text = json_dumps(command, 0);
  CHECK(text != NULL);
  status = ringfence_step_new(of->policy, ringfence_str(text), call, &step, error);
  free(text);
  if (status != RINGFENCE_OK) return NULL;
  load_all(of, step);
  memset(&context, 0, sizeof context);
  context.struct_size = (uint32_t)sizeof context;
  context.risk = -1;
  context.policy = of->policy;
  context.keys = of->keys;
  context.now = of->now;
  host_fill(of, context.seed, sizeof context.seed);
  CHECK(ringfence_step_decide(step, &context, &change, NULL) == RINGFENCE_OK);
  if (ringfence_text_get(change).size > 0)
    CHECK(ringfence_store_commit(of->store, ringfence_text_get(change), 0, &outcome, NULL) == RINGFENCE_OK);
  CHECK(outcome == RINGFENCE_COMMIT_COMMITTED);
  ringfence_text_free(change);
  reply = concluded(step, outcome, error);
  ringfence_step_free(step);
  return reply;
}
