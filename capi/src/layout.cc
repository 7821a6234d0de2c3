// What the header promises about its structs and its values, as numbers: a change here breaks
// programs that are already compiled. Appending a member raises a size and adds a line; nothing
// else may change. `first_size` in boundary.h says what a struct had at first.
#include <cstddef>

#include "ringfence.h"
#include "ringfence/observer.h"
#include "ringfence/risk.h"
#include "ringfence/sender.h"
#include "ringfence/sender/smtp.h"
#include "ringfence/service.h"
#include "ringfence/sms.h"

static_assert(sizeof(void*) == 8, "the numbers below are those of 64-bit systems");

// clang-format off
#define SIZE(type, size) static_assert(sizeof(type) == (size))
#define AT(type, member, offset) static_assert(offsetof(type, member) == (offset))


SIZE(ringfence_string, 16);
AT(ringfence_string, data, 0);
AT(ringfence_string, size, 8);

SIZE(ringfence_account, 32);
AT(ringfence_account, realm, 0);
AT(ringfence_account, id, 16);

SIZE(ringfence_address_input, 32);
AT(ringfence_address_input, text, 0);
AT(ringfence_address_input, region, 16);

SIZE(ringfence_text, 8);
AT(ringfence_text, id, 0);

SIZE(ringfence_out, 8);
AT(ringfence_out, id, 0);

SIZE(ringfence_policy, 8);
AT(ringfence_policy, id, 0);

SIZE(ringfence_key_ring, 8);
AT(ringfence_key_ring, id, 0);

SIZE(ringfence_store, 8);
AT(ringfence_store, id, 0);

SIZE(ringfence_sender, 8);
AT(ringfence_sender, id, 0);

SIZE(ringfence_event_sink, 8);
AT(ringfence_event_sink, id, 0);

SIZE(ringfence_clock, 8);
AT(ringfence_clock, id, 0);

SIZE(ringfence_entropy, 8);
AT(ringfence_entropy, id, 0);

SIZE(ringfence_risk_advisor, 8);
AT(ringfence_risk_advisor, id, 0);

SIZE(ringfence_observer, 8);
AT(ringfence_observer, id, 0);

SIZE(ringfence_service, 8);
AT(ringfence_service, id, 0);

SIZE(ringfence_dispatcher, 8);
AT(ringfence_dispatcher, id, 0);

SIZE(ringfence_step, 8);
AT(ringfence_step, id, 0);

SIZE(ringfence_error, 3104);
AT(ringfence_error, struct_size, 0);
AT(ringfence_error, status, 4);
AT(ringfence_error, next, 8);
AT(ringfence_error, reserved, 12);
AT(ringfence_error, retry_at, 16);
AT(ringfence_error, text, 24);
AT(ringfence_error, link, 1048);

SIZE(ringfence_address, 544);
AT(ringfence_address, struct_size, 0);
AT(ringfence_address, kind, 4);
AT(ringfence_address, country_code, 8);
AT(ringfence_address, reserved, 12);
AT(ringfence_address, text, 16);
AT(ringfence_address, masked, 280);

SIZE(ringfence_key_source, 32);
AT(ringfence_key_source, struct_size, 0);
AT(ringfence_key_source, context, 8);
AT(ringfence_key_source, destroy, 16);
AT(ringfence_key_source, read, 24);

SIZE(ringfence_store_callbacks, 88);
AT(ringfence_store_callbacks, struct_size, 0);
AT(ringfence_store_callbacks, context, 8);
AT(ringfence_store_callbacks, destroy, 16);
AT(ringfence_store_callbacks, load, 24);
AT(ringfence_store_callbacks, commit, 32);
AT(ringfence_store_callbacks, take, 40);
AT(ringfence_store_callbacks, settle, 48);
AT(ringfence_store_callbacks, messages, 56);
AT(ringfence_store_callbacks, outbox, 64);
AT(ringfence_store_callbacks, sweep, 72);
AT(ringfence_store_callbacks, given_up, 80);

SIZE(ringfence_backup, 24);
AT(ringfence_backup, struct_size, 0);
AT(ringfence_backup, pages_per_step, 4);
AT(ringfence_backup, context, 8);
AT(ringfence_backup, go_on, 16);

SIZE(ringfence_message, 232);
AT(ringfence_message, struct_size, 0);
AT(ringfence_message, kind, 4);
AT(ringfence_message, channel, 8);
AT(ringfence_message, route, 12);
AT(ringfence_message, role, 16);
AT(ringfence_message, attempts, 20);
AT(ringfence_message, id, 24);
AT(ringfence_message, purpose, 40);
AT(ringfence_message, account, 56);
AT(ringfence_message, destination, 88);
AT(ringfence_message, locale, 104);
AT(ringfence_message, code, 120);
AT(ringfence_message, text, 136);
AT(ringfence_message, fields, 152);
AT(ringfence_message, trace_id, 168);
AT(ringfence_message, lifetime_ms, 184);
AT(ringfence_message, created_at, 192);
AT(ringfence_message, subject, 200);
AT(ringfence_message, html, 216);

SIZE(ringfence_sms_size, 16);
AT(ringfence_sms_size, struct_size, 0);
AT(ringfence_sms_size, alphabet, 4);
AT(ringfence_sms_size, units, 8);
AT(ringfence_sms_size, segments, 12);

SIZE(ringfence_sender_callbacks, 32);
AT(ringfence_sender_callbacks, struct_size, 0);
AT(ringfence_sender_callbacks, context, 8);
AT(ringfence_sender_callbacks, destroy, 16);
AT(ringfence_sender_callbacks, send, 24);

SIZE(ringfence_smtp_options, 192);
AT(ringfence_smtp_options, struct_size, 0);
AT(ringfence_smtp_options, tls, 4);
AT(ringfence_smtp_options, port, 8);
AT(ringfence_smtp_options, plain_beyond_loopback, 12);
AT(ringfence_smtp_options, max_connections, 16);
AT(ringfence_smtp_options, reserved, 20);
AT(ringfence_smtp_options, clock, 24);
AT(ringfence_smtp_options, host, 32);
AT(ringfence_smtp_options, ca_file, 48);
AT(ringfence_smtp_options, user, 64);
AT(ringfence_smtp_options, password, 80);
AT(ringfence_smtp_options, from, 96);
AT(ringfence_smtp_options, from_name, 112);
AT(ringfence_smtp_options, envelope_from, 128);
AT(ringfence_smtp_options, reply_to, 144);
AT(ringfence_smtp_options, helo, 160);
AT(ringfence_smtp_options, connect_timeout_ms, 176);
AT(ringfence_smtp_options, timeout_ms, 184);

SIZE(ringfence_event_sink_callbacks, 32);
AT(ringfence_event_sink_callbacks, struct_size, 0);
AT(ringfence_event_sink_callbacks, context, 8);
AT(ringfence_event_sink_callbacks, destroy, 16);
AT(ringfence_event_sink_callbacks, deliver, 24);

SIZE(ringfence_http_options, 48);
AT(ringfence_http_options, struct_size, 0);
AT(ringfence_http_options, allow_http, 4);
AT(ringfence_http_options, ca_file, 8);
AT(ringfence_http_options, connections, 24);
AT(ringfence_http_options, reserved, 28);
AT(ringfence_http_options, connect_timeout_ms, 32);
AT(ringfence_http_options, timeout_ms, 40);

SIZE(ringfence_clock_callbacks, 40);
AT(ringfence_clock_callbacks, struct_size, 0);
AT(ringfence_clock_callbacks, context, 8);
AT(ringfence_clock_callbacks, destroy, 16);
AT(ringfence_clock_callbacks, now_ms, 24);
AT(ringfence_clock_callbacks, pause, 32);

SIZE(ringfence_entropy_callbacks, 32);
AT(ringfence_entropy_callbacks, struct_size, 0);
AT(ringfence_entropy_callbacks, context, 8);
AT(ringfence_entropy_callbacks, destroy, 16);
AT(ringfence_entropy_callbacks, fill, 24);

SIZE(ringfence_risk_question, 112);
AT(ringfence_risk_question, struct_size, 0);
AT(ringfence_risk_question, moment, 4);
AT(ringfence_risk_question, flow, 8);
AT(ringfence_risk_question, reserved, 12);
AT(ringfence_risk_question, account, 16);
AT(ringfence_risk_question, number, 48);
AT(ringfence_risk_question, session, 64);
AT(ringfence_risk_question, source, 80);
AT(ringfence_risk_question, trace_id, 96);

SIZE(ringfence_risk_advisor_callbacks, 32);
AT(ringfence_risk_advisor_callbacks, struct_size, 0);
AT(ringfence_risk_advisor_callbacks, context, 8);
AT(ringfence_risk_advisor_callbacks, destroy, 16);
AT(ringfence_risk_advisor_callbacks, ask, 24);

SIZE(ringfence_observation, 80);
AT(ringfence_observation, struct_size, 0);
AT(ringfence_observation, kind, 4);
AT(ringfence_observation, value, 8);
AT(ringfence_observation, name, 16);
AT(ringfence_observation, subject, 32);
AT(ringfence_observation, outcome, 48);
AT(ringfence_observation, trace_id, 64);

SIZE(ringfence_observer_callbacks, 32);
AT(ringfence_observer_callbacks, struct_size, 0);
AT(ringfence_observer_callbacks, context, 8);
AT(ringfence_observer_callbacks, destroy, 16);
AT(ringfence_observer_callbacks, observe, 24);

SIZE(ringfence_call, 96);
AT(ringfence_call, struct_size, 0);
AT(ringfence_call, session, 8);
AT(ringfence_call, source, 24);
AT(ringfence_call, request_id, 40);
AT(ringfence_call, trace_id, 56);
AT(ringfence_call, attested_factor, 72);
AT(ringfence_call, deadline_ms, 88);

SIZE(ringfence_registration, 136);
AT(ringfence_registration, struct_size, 0);
AT(ringfence_registration, kind, 4);
AT(ringfence_registration, account, 8);
AT(ringfence_registration, provider, 40);
AT(ringfence_registration, phone, 56);
AT(ringfence_registration, email, 88);
AT(ringfence_registration, phone_proven_at, 104);
AT(ringfence_registration, email_proven_at, 112);
AT(ringfence_registration, locale, 120);

SIZE(ringfence_import_report, 40);
AT(ringfence_import_report, struct_size, 0);
AT(ringfence_import_report, reserved, 4);
AT(ringfence_import_report, imported, 8);
AT(ringfence_import_report, present, 16);
AT(ringfence_import_report, claims_moved, 24);
AT(ringfence_import_report, refused, 32);

SIZE(ringfence_channel, 344);
AT(ringfence_channel, kind, 0);
AT(ringfence_channel, state, 4);
AT(ringfence_channel, verification, 8);
AT(ringfence_channel, verification_reason, 12);
AT(ringfence_channel, login, 16);
AT(ringfence_channel, login_reason, 20);
AT(ringfence_channel, notices, 24);
AT(ringfence_channel, notices_reason, 28);
AT(ringfence_channel, assurance, 32);
AT(ringfence_channel, tries_left, 36);
AT(ringfence_channel, limited_until, 40);
AT(ringfence_channel, masked, 48);
AT(ringfence_channel, reserved, 312);

SIZE(ringfence_notice_settings, 88);
AT(ringfence_notice_settings, category, 0);
AT(ringfence_notice_settings, chosen, 72);
AT(ringfence_notice_settings, channels, 76);
AT(ringfence_notice_settings, mandatory, 80);
AT(ringfence_notice_settings, choosable, 84);

SIZE(ringfence_settings, 6592);
AT(ringfence_settings, struct_size, 0);
AT(ringfence_settings, kind, 4);
AT(ringfence_settings, status, 8);
AT(ringfence_settings, notice_count, 12);
AT(ringfence_settings, realm, 16);
AT(ringfence_settings, id, 152);
AT(ringfence_settings, managed_at, 288);
AT(ringfence_settings, phone, 2344);
AT(ringfence_settings, email, 2688);
AT(ringfence_settings, notices, 3032);
AT(ringfence_settings, locale, 6552);

SIZE(ringfence_flow_view, 1320);
AT(ringfence_flow_view, struct_size, 0);
AT(ringfence_flow_view, kind, 4);
AT(ringfence_flow_view, channel, 8);
AT(ringfence_flow_view, step, 12);
AT(ringfence_flow_view, verdict, 16);
AT(ringfence_flow_view, tries_left, 20);
AT(ringfence_flow_view, repeated, 24);
AT(ringfence_flow_view, verification_only, 28);
AT(ringfence_flow_view, code_expires_at, 32);
AT(ringfence_flow_view, limited_until, 40);
AT(ringfence_flow_view, resend_at, 48);
AT(ringfence_flow_view, expires_at, 56);
AT(ringfence_flow_view, changed, 64);
AT(ringfence_flow_view, usable_for_verification, 68);
AT(ringfence_flow_view, usable_for_login, 72);
AT(ringfence_flow_view, check_email, 76);
AT(ringfence_flow_view, granted, 80);
AT(ringfence_flow_view, not_delivered, 84);
AT(ringfence_flow_view, grant_expires_at, 88);
AT(ringfence_flow_view, flow, 96);
AT(ringfence_flow_view, sent_to, 656);
AT(ringfence_flow_view, changed_to, 920);
AT(ringfence_flow_view, operation, 1184);

SIZE(ringfence_grant, 152);
AT(ringfence_grant, struct_size, 0);
AT(ringfence_grant, reserved, 4);
AT(ringfence_grant, expires_at, 8);
AT(ringfence_grant, operation, 16);

SIZE(ringfence_appeal, 488);
AT(ringfence_appeal, struct_size, 0);
AT(ringfence_appeal, state, 4);
AT(ringfence_appeal, submitted_at, 8);
AT(ringfence_appeal, held_until, 16);
AT(ringfence_appeal, decided_at, 24);
AT(ringfence_appeal, open_until, 32);
AT(ringfence_appeal, id, 40);
AT(ringfence_appeal, submitted_by, 80);
AT(ringfence_appeal, reviewer, 216);
AT(ringfence_appeal, evidence, 352);

SIZE(ringfence_notice_receipt, 544);
AT(ringfence_notice_receipt, struct_size, 0);
AT(ringfence_notice_receipt, repeated, 4);
AT(ringfence_notice_receipt, sent_to, 8);
AT(ringfence_notice_receipt, reserved, 12);
AT(ringfence_notice_receipt, phone, 16);
AT(ringfence_notice_receipt, email, 280);

SIZE(ringfence_login, 144);
AT(ringfence_login, struct_size, 0);
AT(ringfence_login, found, 4);
AT(ringfence_login, account, 8);

SIZE(ringfence_audit_query, 32);
AT(ringfence_audit_query, struct_size, 0);
AT(ringfence_audit_query, max, 4);
AT(ringfence_audit_query, after, 8);
AT(ringfence_audit_query, from, 16);
AT(ringfence_audit_query, until, 24);

SIZE(ringfence_audit_report, 120);
AT(ringfence_audit_report, struct_size, 0);
AT(ringfence_audit_report, fault, 4);
AT(ringfence_audit_report, at, 8);
AT(ringfence_audit_report, checked, 16);
AT(ringfence_audit_report, head, 24);
AT(ringfence_audit_report, anchor, 32);
AT(ringfence_audit_report, head_mac, 40);
AT(ringfence_audit_report, anchor_mac, 80);

SIZE(ringfence_health, 80);
AT(ringfence_health, struct_size, 0);
AT(ringfence_health, store, 4);
AT(ringfence_health, store_ms, 8);
AT(ringfence_health, due, 16);
AT(ringfence_health, keys, 20);
AT(ringfence_health, oldest_due_at, 24);
AT(ringfence_health, outbox_age_ms, 32);
AT(ringfence_health, current_key, 40);

SIZE(ringfence_service_parts, 64);
AT(ringfence_service_parts, struct_size, 0);
AT(ringfence_service_parts, reserved, 4);
AT(ringfence_service_parts, store, 8);
AT(ringfence_service_parts, keys, 16);
AT(ringfence_service_parts, policy, 24);
AT(ringfence_service_parts, clock, 32);
AT(ringfence_service_parts, entropy, 40);
AT(ringfence_service_parts, risk, 48);
AT(ringfence_service_parts, observer, 56);

SIZE(ringfence_dispatcher_parts, 136);
AT(ringfence_dispatcher_parts, struct_size, 0);
AT(ringfence_dispatcher_parts, batch, 4);
AT(ringfence_dispatcher_parts, store, 8);
AT(ringfence_dispatcher_parts, keys, 16);
AT(ringfence_dispatcher_parts, sender, 24);
AT(ringfence_dispatcher_parts, events, 32);
AT(ringfence_dispatcher_parts, clock, 40);
AT(ringfence_dispatcher_parts, entropy, 48);
AT(ringfence_dispatcher_parts, observer, 56);
AT(ringfence_dispatcher_parts, share_index, 64);
AT(ringfence_dispatcher_parts, share_of, 68);
AT(ringfence_dispatcher_parts, lease_ms, 72);
AT(ringfence_dispatcher_parts, first_retry_ms, 80);
AT(ringfence_dispatcher_parts, longest_retry_ms, 88);
AT(ringfence_dispatcher_parts, options, 96);
AT(ringfence_dispatcher_parts, templates, 112);
AT(ringfence_dispatcher_parts, mail, 128);

SIZE(ringfence_dispatch_counts, 28);
AT(ringfence_dispatch_counts, struct_size, 0);
AT(ringfence_dispatch_counts, taken, 4);
AT(ringfence_dispatch_counts, accepted, 8);
AT(ringfence_dispatch_counts, given_up, 12);
AT(ringfence_dispatch_counts, superseded, 16);
AT(ringfence_dispatch_counts, deferred, 20);
AT(ringfence_dispatch_counts, held, 24);

SIZE(ringfence_route_health, 24);
AT(ringfence_route_health, last_accepted_at, 0);
AT(ringfence_route_health, last_failed_at, 8);
AT(ringfence_route_health, failures_in_a_row, 16);
AT(ringfence_route_health, broken, 20);

SIZE(ringfence_delivery_health, 104);
AT(ringfence_delivery_health, struct_size, 0);
AT(ringfence_delivery_health, reserved, 4);
AT(ringfence_delivery_health, sms, 8);
AT(ringfence_delivery_health, voice, 32);
AT(ringfence_delivery_health, email, 56);
AT(ringfence_delivery_health, events, 80);

SIZE(ringfence_step_context, 64);
AT(ringfence_step_context, struct_size, 0);
AT(ringfence_step_context, risk, 4);
AT(ringfence_step_context, policy, 8);
AT(ringfence_step_context, keys, 16);
AT(ringfence_step_context, now, 24);
AT(ringfence_step_context, seed, 32);

// The values are those of the library's enumerators.
#define SAME(value, enumerator) static_assert((value) == static_cast<int>(ringfence::enumerator))
SAME(RINGFENCE_OK, ErrorCode::none);
SAME(RINGFENCE_METHOD_UNAVAILABLE, ErrorCode::method_unavailable);
SAME(RINGFENCE_NO_METHOD_AVAILABLE, ErrorCode::no_method_available);
SAME(RINGFENCE_SAME_ADDRESS, ErrorCode::same_address);
SAME(RINGFENCE_INVALID_NUMBER, ErrorCode::invalid_number);
SAME(RINGFENCE_INVALID_EMAIL, ErrorCode::invalid_email);
SAME(RINGFENCE_NUMBER_TYPE_NOT_ALLOWED, ErrorCode::number_type_not_allowed);
SAME(RINGFENCE_REGION_NOT_ALLOWED, ErrorCode::region_not_allowed);
SAME(RINGFENCE_MANAGED_ELSEWHERE, ErrorCode::managed_elsewhere);
SAME(RINGFENCE_ACCOUNT_LOCKED, ErrorCode::account_locked);
SAME(RINGFENCE_ACCOUNT_CLOSED, ErrorCode::account_closed);
SAME(RINGFENCE_ACCOUNT_NOT_FOUND, ErrorCode::account_not_found);
SAME(RINGFENCE_ACCOUNT_EXISTS, ErrorCode::account_exists);
SAME(RINGFENCE_FLOW_EXPIRED, ErrorCode::flow_expired);
SAME(RINGFENCE_FLOW_NOT_FOUND, ErrorCode::flow_not_found);
SAME(RINGFENCE_WRONG_STEP, ErrorCode::wrong_step);
SAME(RINGFENCE_SESSION_MISMATCH, ErrorCode::session_mismatch);
SAME(RINGFENCE_LIMITED, ErrorCode::limited);
SAME(RINGFENCE_ADDRESS_AT_CAPACITY, ErrorCode::address_at_capacity);
SAME(RINGFENCE_NOTHING_TO_PROVE, ErrorCode::nothing_to_prove);
SAME(RINGFENCE_APPEAL_PENDING, ErrorCode::appeal_pending);
SAME(RINGFENCE_APPEAL_NOT_FOUND, ErrorCode::appeal_not_found);
SAME(RINGFENCE_DISPUTE_NOT_FOUND, ErrorCode::dispute_not_found);
SAME(RINGFENCE_FACTOR_REQUIRED, ErrorCode::factor_required);
SAME(RINGFENCE_RISK_REFUSED, ErrorCode::risk_refused);
SAME(RINGFENCE_GRANT_INVALID, ErrorCode::grant_invalid);
SAME(RINGFENCE_BUSY, ErrorCode::busy);
SAME(RINGFENCE_STORE_UNAVAILABLE, ErrorCode::store_unavailable);
SAME(RINGFENCE_OUTCOME_UNKNOWN, ErrorCode::outcome_unknown);
SAME(RINGFENCE_KEY_MISSING, ErrorCode::key_missing);
SAME(RINGFENCE_INVALID_ARGUMENT, ErrorCode::invalid_argument);
SAME(RINGFENCE_INVALID_POLICY, ErrorCode::invalid_policy);
SAME(RINGFENCE_KEY_UNUSABLE, ErrorCode::key_unusable);
SAME(RINGFENCE_STORE_IN_USE, ErrorCode::store_in_use);
SAME(RINGFENCE_STORE_OLDER, ErrorCode::store_older);
SAME(RINGFENCE_STORE_NEWER, ErrorCode::store_newer);
SAME(RINGFENCE_STORE_FOREIGN, ErrorCode::store_foreign);
SAME(RINGFENCE_STORE_CORRUPT, ErrorCode::store_corrupt);
SAME(RINGFENCE_WRONG_PROCESS, ErrorCode::wrong_process);
SAME(RINGFENCE_INTERNAL, ErrorCode::internal);
SAME(RINGFENCE_NEXT_FIX_INPUT, NextStep::fix_input);
SAME(RINGFENCE_NEXT_WAIT, NextStep::wait);
SAME(RINGFENCE_NEXT_RESTART_FLOW, NextStep::restart_flow);
SAME(RINGFENCE_NEXT_RETRY, NextStep::retry);
SAME(RINGFENCE_NEXT_CONTACT_SUPPORT, NextStep::contact_support);
SAME(RINGFENCE_NEXT_FIX_SETUP, NextStep::fix_setup);
SAME(RINGFENCE_PHONE, ChannelKind::phone);
SAME(RINGFENCE_EMAIL, ChannelKind::email);
SAME(RINGFENCE_CHANNEL_ABSENT, ChannelState::absent);
SAME(RINGFENCE_CHANNEL_UNVERIFIED, ChannelState::unverified);
SAME(RINGFENCE_CHANNEL_VERIFIED, ChannelState::verified);
SAME(RINGFENCE_REASON_NONE, Reason::none);
SAME(RINGFENCE_REASON_ABSENT, Reason::absent);
SAME(RINGFENCE_REASON_UNVERIFIED, Reason::unverified);
SAME(RINGFENCE_REASON_SHARED_WITH_OTHER_ACCOUNTS, Reason::shared_with_other_accounts);
SAME(RINGFENCE_REASON_ACCOUNT_LOCKED, Reason::account_locked);
SAME(RINGFENCE_REASON_ACCOUNT_CLOSED, Reason::account_closed);
SAME(RINGFENCE_REASON_DISABLED_BY_POLICY, Reason::disabled_by_policy);
SAME(RINGFENCE_ASSURANCE_RESTRICTED, Assurance::restricted);
SAME(RINGFENCE_ASSURANCE_RECOVERY_ONLY, Assurance::recovery_only);
SAME(RINGFENCE_ACCOUNT_STANDALONE, AccountKind::standalone);
SAME(RINGFENCE_ACCOUNT_FEDERATED, AccountKind::federated);
SAME(RINGFENCE_STATUS_ACTIVE, AccountStatus::active);
SAME(RINGFENCE_STATUS_LOCKED, AccountStatus::locked);
SAME(RINGFENCE_STATUS_CLOSED, AccountStatus::closed);
SAME(RINGFENCE_FLOW_CHANGE_PHONE, FlowKind::change_phone);
SAME(RINGFENCE_FLOW_CHANGE_EMAIL, FlowKind::change_email);
SAME(RINGFENCE_FLOW_VERIFY_CHANNEL, FlowKind::verify_channel);
SAME(RINGFENCE_FLOW_CONFIRM_OPERATION, FlowKind::confirm_operation);
SAME(RINGFENCE_FLOW_CLAIM_LOGIN, FlowKind::claim_login);
SAME(RINGFENCE_FLOW_REPLACE_PHONE, FlowKind::replace_phone);
SAME(RINGFENCE_STEP_PROVE_IDENTITY, FlowStep::prove_identity);
SAME(RINGFENCE_STEP_SET_TARGET, FlowStep::set_target);
SAME(RINGFENCE_STEP_PROVE_TARGET, FlowStep::prove_target);
SAME(RINGFENCE_STEP_CONFIRM_TARGET, FlowStep::confirm_target);
SAME(RINGFENCE_STEP_DONE, FlowStep::done);
SAME(RINGFENCE_STEP_FAILED, FlowStep::failed);
SAME(RINGFENCE_STEP_CANCELLED, FlowStep::cancelled);
SAME(RINGFENCE_VERDICT_REJECTED, Verdict::rejected);
SAME(RINGFENCE_VERDICT_ACCEPTED, Verdict::accepted);
SAME(RINGFENCE_VERDICT_NO_LIVE_CODE, Verdict::no_live_code);
SAME(RINGFENCE_VERDICT_NOT_ASKED, Verdict::not_asked);
SAME(RINGFENCE_NUMBER_CHANGED, ChangeReason::number_changed);
SAME(RINGFENCE_PERSON_CHANGED, ChangeReason::person_changed);
SAME(RINGFENCE_SMTP_STARTTLS, SmtpTls::starttls);
SAME(RINGFENCE_SMTP_IMPLICIT, SmtpTls::implicit);
SAME(RINGFENCE_SMTP_NONE, SmtpTls::none);
SAME(RINGFENCE_ROUTE_TEXT, Route::text);
SAME(RINGFENCE_ROUTE_VOICE, Route::voice);
SAME(RINGFENCE_APPEAL_SUBMITTED, AppealState::submitted);
SAME(RINGFENCE_APPEAL_APPROVED, AppealState::approved);
SAME(RINGFENCE_APPEAL_REJECTED, AppealState::rejected);
SAME(RINGFENCE_APPEAL_USED, AppealState::used);
SAME(RINGFENCE_AUDIT_INTACT, AuditFault::intact);
SAME(RINGFENCE_AUDIT_REMOVED, AuditFault::removed);
SAME(RINGFENCE_AUDIT_CHANGED, AuditFault::changed);
SAME(RINGFENCE_AUDIT_ADDED, AuditFault::added);
SAME(RINGFENCE_MESSAGE_CODE, MessageKind::code);
SAME(RINGFENCE_MESSAGE_NOTICE, MessageKind::notice);
SAME(RINGFENCE_MESSAGE_EVENT, MessageKind::event);
SAME(RINGFENCE_ROLE_IDENTITY, Role::identity);
SAME(RINGFENCE_ROLE_TARGET, Role::target);
SAME(RINGFENCE_RISK_UNKNOWN, RiskAnswer::unknown);
SAME(RINGFENCE_RISK_CLEAR, RiskAnswer::clear);
SAME(RINGFENCE_RISK_SUSPICIOUS, RiskAnswer::suspicious);
SAME(RINGFENCE_RISK_BEFORE_SEND, RiskMoment::before_send);
SAME(RINGFENCE_RISK_BEFORE_EFFECT, RiskMoment::before_effect);
SAME(RINGFENCE_OBSERVATION_COUNTER, ObservationKind::counter);
SAME(RINGFENCE_OBSERVATION_TIMING, ObservationKind::timing);
SAME(RINGFENCE_OBSERVATION_EVENT, ObservationKind::event);
SAME(RINGFENCE_SMS_GSM7, SmsAlphabet::gsm7);
SAME(RINGFENCE_SMS_UCS2, SmsAlphabet::ucs2);
SAME(RINGFENCE_SEND_UNKNOWN, SendResult::Outcome::unknown);
SAME(RINGFENCE_SEND_ACCEPTED, SendResult::Outcome::accepted);
SAME(RINGFENCE_SEND_TEMPORARY, SendResult::Outcome::temporary);
SAME(RINGFENCE_SEND_PERMANENT, SendResult::Outcome::permanent);
SAME(RINGFENCE_SEND_UNREACHABLE, SendResult::Outcome::unreachable);
// clang-format on
