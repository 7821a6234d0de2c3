#include "replies.h"

#include "check.h"

static void put(json_t* to, const char* name, json_t* value) {
  CHECK(value != NULL);
  CHECK(json_object_set_new(to, name, value) == 0);
}

#define NAMED(member, naming) put(out, #member, json_string(naming(of->member)))
#define FLAG(member)                            \
  CHECK(of->member == 0 || of->member == 1);    \
  put(out, #member, json_boolean(of->member))
#define NUMBER(member) put(out, #member, json_integer((json_int_t)of->member))
#define TEXT(member) put(out, #member, json_string(of->member))
#define STRING(member) put(out, #member, text_json(of->member))
#define CHANNELS(member) put(out, #member, channels_json(of->member))

json_t* text_json(ringfence_string of) { return json_stringn(of.data == NULL ? "" : of.data, of.size); }

static json_t* channels_json(uint32_t bits) {
  json_t* out = json_array();
  int32_t kind;
  for (kind = RINGFENCE_PHONE; kind <= RINGFENCE_EMAIL; ++kind) {
    if ((bits & (uint32_t)1 << kind) != 0) json_array_append_new(out, json_string(ringfence_channel_kind_name(kind)));
  }
  return out;
}

static json_t* channel_json(const ringfence_channel* of) {
  json_t* out = json_object();
  NAMED(kind, ringfence_channel_kind_name);
  NAMED(state, ringfence_channel_state_name);
  FLAG(verification);
  NAMED(verification_reason, ringfence_reason_name);
  FLAG(login);
  NAMED(login_reason, ringfence_reason_name);
  FLAG(notices);
  NAMED(notices_reason, ringfence_reason_name);
  NAMED(assurance, ringfence_assurance_name);
  NUMBER(tries_left);
  NUMBER(limited_until);
  TEXT(masked);
  return out;
}

static json_t* notices_json(const ringfence_notice_settings* of) {
  json_t* out = json_object();
  TEXT(category);
  CHANNELS(chosen);
  CHANNELS(channels);
  FLAG(mandatory);
  FLAG(choosable);
  return out;
}

json_t* settings_json(const ringfence_settings* of) {
  json_t* out = json_object();
  json_t* notices = json_array();
  int32_t i;
  for (i = 0; i < of->notice_count; ++i) json_array_append_new(notices, notices_json(&of->notices[i]));
  NAMED(kind, ringfence_account_kind_name);
  NAMED(status, ringfence_account_status_name);
  TEXT(realm);
  TEXT(id);
  TEXT(managed_at);
  TEXT(locale);
  put(out, "phone", channel_json(&of->phone));
  put(out, "email", channel_json(&of->email));
  put(out, "notices", notices);
  return out;
}

json_t* flow_view_json(const ringfence_flow_view* of) {
  json_t* out = json_object();
  NAMED(kind, ringfence_flow_kind_name);
  NAMED(channel, ringfence_channel_kind_name);
  NAMED(step, ringfence_flow_step_name);
  NAMED(verdict, ringfence_verdict_name);
  NUMBER(tries_left);
  FLAG(repeated);
  FLAG(verification_only);
  NUMBER(code_expires_at);
  NUMBER(limited_until);
  NUMBER(resend_at);
  FLAG(not_delivered);
  NUMBER(expires_at);
  FLAG(changed);
  FLAG(usable_for_verification);
  FLAG(usable_for_login);
  FLAG(check_email);
  FLAG(granted);
  NUMBER(grant_expires_at);
  TEXT(flow);
  TEXT(sent_to);
  TEXT(changed_to);
  TEXT(operation);
  return out;
}

json_t* grant_json(const ringfence_grant* of) {
  json_t* out = json_object();
  NUMBER(expires_at);
  TEXT(operation);
  return out;
}

json_t* appeal_json(const ringfence_appeal* of) {
  json_t* out = json_object();
  NAMED(state, ringfence_appeal_state_name);
  NUMBER(submitted_at);
  NUMBER(held_until);
  NUMBER(decided_at);
  NUMBER(open_until);
  TEXT(id);
  TEXT(submitted_by);
  TEXT(reviewer);
  TEXT(evidence);
  return out;
}

json_t* receipt_json(const ringfence_notice_receipt* of) {
  json_t* out = json_object();
  FLAG(repeated);
  CHANNELS(sent_to);
  TEXT(phone);
  TEXT(email);
  return out;
}

json_t* login_json(const ringfence_login* of) {
  json_t* out = json_object();
  FLAG(found);
  TEXT(account);
  return out;
}

json_t* import_report_json(const ringfence_import_report* of, ringfence_text refused) {
  const ringfence_string told = ringfence_text_get(refused);
  json_t* out = json_object();
  json_t* all = json_loadb(told.data, told.size, 0, NULL);
  json_t* one;
  size_t i;
  CHECK(all != NULL && json_array_size(all) == of->refused);
  json_array_foreach(all, i, one) CHECK(json_object_del(one, "text") == 0);
  NUMBER(imported);
  NUMBER(present);
  NUMBER(claims_moved);
  put(out, "refused", all);
  return out;
}

json_t* audit_report_json(const ringfence_audit_report* of) {
  json_t* out = json_object();
  NAMED(fault, ringfence_audit_fault_name);
  NUMBER(at);
  NUMBER(checked);
  NUMBER(head);
  NUMBER(anchor);
  TEXT(head_mac);
  TEXT(anchor_mac);
  return out;
}

json_t* counts_json(const ringfence_dispatch_counts* of) {
  json_t* out = json_object();
  NUMBER(taken);
  NUMBER(accepted);
  NUMBER(given_up);
  NUMBER(superseded);
  NUMBER(deferred);
  NUMBER(held);
  return out;
}

json_t* message_json(const ringfence_message* of) {
  json_t* out = json_object();
  json_t* account = json_object();
  put(account, "realm", text_json(of->account.realm));
  put(account, "id", text_json(of->account.id));
  put(out, "account", account);
  NAMED(kind, ringfence_message_kind_name);
  if (of->channel == -1) {
    put(out, "channel", json_null());
  } else {
    NAMED(channel, ringfence_channel_kind_name);
  }
  NAMED(route, ringfence_route_name);
  NAMED(role, ringfence_role_name);
  NUMBER(attempts);
  STRING(id);
  STRING(purpose);
  STRING(destination);
  STRING(locale);
  STRING(code);
  STRING(text);
  put(out, "fields", json_loadb(of->fields.data, of->fields.size, 0, NULL));
  STRING(trace_id);
  NUMBER(lifetime_ms);
  NUMBER(created_at);
  STRING(subject);
  STRING(html);
  return out;
}

json_t* error_json(const ringfence_error* of) {
  json_t* out = json_object();
  NAMED(status, ringfence_status_name);
  NAMED(next, ringfence_next_name);
  NUMBER(retry_at);
  TEXT(link);
  return out;
}
