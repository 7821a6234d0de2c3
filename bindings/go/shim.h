/*
 * Between Go and ringfence.h. Go may pass C a pointer to Go memory only if there is no other Go pointer in that memory.
 * So the structs that hold texts come here by value, with the texts of Go itself, and get their address here: nothing is
 * copied but the structs, and nothing of Go is kept.
 */
#ifndef RINGFENCE_GO_SHIM_H
#define RINGFENCE_GO_SHIM_H

#include <stdint.h>

#include <ringfence.h>

/* ---- Texts and addresses */

static inline int32_t go_phone_parse(ringfence_policy policy, ringfence_address_input input,
                                     ringfence_address* address, ringfence_error* error) {
  return ringfence_phone_parse(policy, &input, address, error);
}

/* ---- Senders of the library's own */

static inline int32_t go_smtp_sender_new(ringfence_smtp_options options, ringfence_sender* sender,
                                          ringfence_error* error) {
  return ringfence_smtp_sender_new(&options, sender, error);
}

/* ---- What is implemented in Go; `context` is a runtime/cgo.Handle. In callbacks.c. */

int32_t ringfence_go_key_ring(uintptr_t context, ringfence_key_ring* ring, ringfence_error* error);
int32_t ringfence_go_store(uintptr_t context, ringfence_store* store, ringfence_error* error);
int32_t ringfence_go_sender(uintptr_t context, ringfence_sender* sender, ringfence_error* error);
int32_t ringfence_go_event_sink(uintptr_t context, ringfence_event_sink* sink, ringfence_error* error);
int32_t ringfence_go_clock(uintptr_t context, ringfence_clock* clock, ringfence_error* error);
int32_t ringfence_go_entropy(uintptr_t context, ringfence_entropy* entropy, ringfence_error* error);
int32_t ringfence_go_risk_advisor(uintptr_t context, ringfence_risk_advisor* advisor, ringfence_error* error);
int32_t ringfence_go_observer(uintptr_t context, ringfence_observer* observer, ringfence_error* error);
int32_t ringfence_go_back_up(ringfence_store store, ringfence_string path, int32_t pages_per_step, uintptr_t context,
                             ringfence_error* error);

/* ---- Gateways */

static inline int32_t go_http_sender_new(ringfence_string description, ringfence_string variables,
                                         ringfence_http_options options, ringfence_sender* sender,
                                         ringfence_error* error) {
  return ringfence_http_sender_new(description, variables, &options, sender, error);
}
static inline int32_t go_http_sender_open(ringfence_string path, ringfence_string variables,
                                          ringfence_http_options options, ringfence_sender* sender,
                                          ringfence_error* error) {
  return ringfence_http_sender_open(path, variables, &options, sender, error);
}
static inline int32_t go_webhook_event_sink_new(ringfence_string url, ringfence_string keys,
                                                ringfence_http_options options, ringfence_event_sink* sink,
                                                ringfence_error* error) {
  return ringfence_webhook_event_sink_new(url, keys, &options, sink, error);
}

/* ---- Stores */

static inline int32_t go_store_messages(ringfence_store store, ringfence_account account, int32_t max,
                                        int64_t deadline_ms, ringfence_text* messages, ringfence_error* error) {
  return ringfence_store_messages(store, &account, max, deadline_ms, messages, error);
}

/* ---- The dispatcher */

static inline int32_t go_dispatcher_new(ringfence_dispatcher_parts parts, ringfence_dispatcher* dispatcher,
                                        ringfence_error* error) {
  return ringfence_dispatcher_new(&parts, dispatcher, error);
}

/* ---- The service: accounts */

static inline int32_t go_register_account(ringfence_service service, ringfence_registration registration,
                                          ringfence_call call, ringfence_settings* settings, ringfence_error* error) {
  return ringfence_service_register_account(service, &registration, &call, settings, error);
}
static inline int32_t go_import_accounts(ringfence_service service, const ringfence_registration* rows, size_t count,
                                         ringfence_call call, ringfence_import_report* report,
                                         ringfence_text* refused, ringfence_error* error) {
  return ringfence_service_import_accounts(service, rows, count, &call, report, refused, error);
}
static inline int32_t go_upgrade(ringfence_service service, ringfence_account account, ringfence_call call,
                                 ringfence_settings* settings, ringfence_error* error) {
  return ringfence_service_upgrade(service, &account, &call, settings, error);
}
static inline int32_t go_set_locale(ringfence_service service, ringfence_account account, ringfence_string locale,
                                    ringfence_call call, ringfence_settings* settings, ringfence_error* error) {
  return ringfence_service_set_locale(service, &account, locale, &call, settings, error);
}
static inline int32_t go_settings(ringfence_service service, ringfence_account account, ringfence_call call,
                                  ringfence_settings* settings, ringfence_error* error) {
  return ringfence_service_settings(service, &account, &call, settings, error);
}
static inline int32_t go_resolve_login_phone(ringfence_service service, ringfence_string realm,
                                             ringfence_address_input phone, ringfence_call call,
                                             ringfence_login* login, ringfence_error* error) {
  return ringfence_service_resolve_login_phone(service, realm, &phone, &call, login, error);
}
static inline int32_t go_resolve_login_email(ringfence_service service, ringfence_string realm,
                                             ringfence_string email, ringfence_call call, ringfence_login* login,
                                             ringfence_error* error) {
  return ringfence_service_resolve_login_email(service, realm, email, &call, login, error);
}
static inline int32_t go_lock(ringfence_service service, ringfence_account account, ringfence_string reason,
                              ringfence_call call, ringfence_settings* settings, ringfence_error* error) {
  return ringfence_service_lock(service, &account, reason, &call, settings, error);
}
static inline int32_t go_unlock(ringfence_service service, ringfence_account account, ringfence_call call,
                                ringfence_settings* settings, ringfence_error* error) {
  return ringfence_service_unlock(service, &account, &call, settings, error);
}
static inline int32_t go_credentials_changed(ringfence_service service, ringfence_account account,
                                             ringfence_call call, ringfence_settings* settings,
                                             ringfence_error* error) {
  return ringfence_service_credentials_changed(service, &account, &call, settings, error);
}
static inline int32_t go_close(ringfence_service service, ringfence_account account, ringfence_call call,
                               ringfence_settings* settings, ringfence_error* error) {
  return ringfence_service_close(service, &account, &call, settings, error);
}
static inline int32_t go_erase(ringfence_service service, ringfence_account account, ringfence_call call,
                               ringfence_settings* settings, ringfence_error* error) {
  return ringfence_service_erase(service, &account, &call, settings, error);
}
static inline int32_t go_export_account(ringfence_service service, ringfence_account account, ringfence_call call,
                                        ringfence_text* json, ringfence_error* error) {
  return ringfence_service_export_account(service, &account, &call, json, error);
}

/* ---- The service: audit trail, notices, appeals */

static inline int32_t go_audit(ringfence_service service, ringfence_account account, ringfence_audit_query query,
                               ringfence_call call, ringfence_text* entries, uint64_t* next,
                               ringfence_error* error) {
  return ringfence_service_audit(service, &account, &query, &call, entries, next, error);
}
static inline int32_t go_verify_audit(ringfence_service service, ringfence_account account, ringfence_call call,
                                      ringfence_audit_report* report, ringfence_error* error) {
  return ringfence_service_verify_audit(service, &account, &call, report, error);
}
static inline int32_t go_prune_audit(ringfence_service service, ringfence_account account, int64_t before,
                                     ringfence_call call, int32_t* removed, ringfence_error* error) {
  return ringfence_service_prune_audit(service, &account, before, &call, removed, error);
}
static inline int32_t go_set_notice_channels(ringfence_service service, ringfence_account account,
                                             ringfence_string category, uint32_t channels, ringfence_call call,
                                             ringfence_settings* settings, ringfence_error* error) {
  return ringfence_service_set_notice_channels(service, &account, category, channels, &call, settings, error);
}
static inline int32_t go_notify(ringfence_service service, ringfence_account account, ringfence_string category,
                                ringfence_string text, ringfence_string idempotency_key, ringfence_call call,
                                ringfence_notice_receipt* receipt, ringfence_error* error) {
  return ringfence_service_notify(service, &account, category, text, idempotency_key, &call, receipt, error);
}
static inline int32_t go_submit_appeal(ringfence_service service, ringfence_account account,
                                       ringfence_string submitted_by, ringfence_call call, ringfence_appeal* appeal,
                                       ringfence_error* error) {
  return ringfence_service_submit_appeal(service, &account, submitted_by, &call, appeal, error);
}
static inline int32_t go_appeal(ringfence_service service, ringfence_account account, ringfence_call call,
                                ringfence_appeal* appeal, ringfence_error* error) {
  return ringfence_service_appeal(service, &account, &call, appeal, error);
}
static inline int32_t go_decide_appeal(ringfence_service service, ringfence_account account,
                                       ringfence_string appeal_id, int32_t approve, ringfence_string reviewer,
                                       ringfence_string evidence, ringfence_call call, ringfence_appeal* appeal,
                                       ringfence_error* error) {
  return ringfence_service_decide_appeal(service, &account, appeal_id, approve, reviewer, evidence, &call, appeal,
                                         error);
}
static inline int32_t go_report_delivery(ringfence_service service, ringfence_account account, ringfence_string message,
                                         int32_t report, ringfence_call call, ringfence_settings* settings,
                                         ringfence_error* error) {
  return ringfence_service_report_delivery(service, &account, message, report, &call, settings, error);
}
static inline int32_t go_dispute(ringfence_service service, ringfence_string reference, ringfence_call call,
                                 ringfence_settings* settings, ringfence_error* error) {
  return ringfence_service_dispute(service, reference, &call, settings, error);
}

/* ---- The service: flows */

static inline int32_t go_begin_change_phone(ringfence_service service, ringfence_account account, int32_t method,
                                            int32_t reason, ringfence_call call, ringfence_flow_view* view,
                                            ringfence_error* error) {
  return ringfence_service_begin_change_phone(service, &account, method, reason, &call, view, error);
}
static inline int32_t go_begin_change_email(ringfence_service service, ringfence_account account, int32_t method,
                                            ringfence_call call, ringfence_flow_view* view, ringfence_error* error) {
  return ringfence_service_begin_change_email(service, &account, method, &call, view, error);
}
static inline int32_t go_begin_verify_channel(ringfence_service service, ringfence_account account, int32_t channel,
                                              int32_t method, ringfence_call call, ringfence_flow_view* view,
                                              ringfence_error* error) {
  return ringfence_service_begin_verify_channel(service, &account, channel, method, &call, view, error);
}
static inline int32_t go_begin_confirm_operation(ringfence_service service, ringfence_account account,
                                                 ringfence_string operation, int32_t method, ringfence_call call,
                                                 ringfence_flow_view* view, ringfence_error* error) {
  return ringfence_service_begin_confirm_operation(service, &account, operation, method, &call, view, error);
}
static inline int32_t go_begin_claim_login(ringfence_service service, ringfence_account account, int32_t channel,
                                           ringfence_call call, ringfence_flow_view* view, ringfence_error* error) {
  return ringfence_service_begin_claim_login(service, &account, channel, &call, view, error);
}
static inline int32_t go_begin_replace_phone(ringfence_service service, ringfence_account account, int32_t reason,
                                             ringfence_call call, ringfence_flow_view* view, ringfence_error* error) {
  return ringfence_service_begin_replace_phone(service, &account, reason, &call, view, error);
}
static inline int32_t go_use_grant(ringfence_service service, ringfence_string flow, ringfence_string operation,
                                   ringfence_call call, ringfence_grant* grant, ringfence_error* error) {
  return ringfence_service_use_grant(service, flow, operation, &call, grant, error);
}
static inline int32_t go_prove_identity(ringfence_service service, ringfence_string flow, ringfence_string code,
                                        ringfence_call call, ringfence_flow_view* view, ringfence_error* error) {
  return ringfence_service_prove_identity(service, flow, code, &call, view, error);
}
static inline int32_t go_set_target(ringfence_service service, ringfence_string flow, ringfence_address_input target,
                                    ringfence_call call, ringfence_flow_view* view, ringfence_error* error) {
  return ringfence_service_set_target(service, flow, &target, &call, view, error);
}
static inline int32_t go_prove_target(ringfence_service service, ringfence_string flow, ringfence_string code,
                                      int32_t accept_verification_only, ringfence_call call,
                                      ringfence_flow_view* view, ringfence_error* error) {
  return ringfence_service_prove_target(service, flow, code, accept_verification_only, &call, view, error);
}
static inline int32_t go_confirm_target(ringfence_service service, ringfence_string flow, ringfence_call call,
                                        ringfence_flow_view* view, ringfence_error* error) {
  return ringfence_service_confirm_target(service, flow, &call, view, error);
}
static inline int32_t go_resend(ringfence_service service, ringfence_string flow, int32_t route, ringfence_call call,
                                ringfence_flow_view* view, ringfence_error* error) {
  return ringfence_service_resend(service, flow, route, &call, view, error);
}
static inline int32_t go_cancel(ringfence_service service, ringfence_string flow, ringfence_call call,
                                ringfence_flow_view* view, ringfence_error* error) {
  return ringfence_service_cancel(service, flow, &call, view, error);
}
static inline int32_t go_view(ringfence_service service, ringfence_string flow, ringfence_call call,
                              ringfence_flow_view* view, ringfence_error* error) {
  return ringfence_service_view(service, flow, &call, view, error);
}

/* ---- Steps */

static inline int32_t go_step_new(ringfence_policy policy, ringfence_string command, ringfence_call call,
                                  ringfence_step* step, ringfence_error* error) {
  return ringfence_step_new(policy, command, &call, step, error);
}

#endif /* RINGFENCE_GO_SHIM_H */
