#include "ringfence.h"
#include "ringfence/observer.h"
#include "ringfence/risk.h"
#include "ringfence/service.h"
#include "ringfence/sms.h"

// The names of the library's enumerators; they end with a NUL, since they are literals. Each `last`
// is pinned to the header in layout.cc.
namespace {

using namespace ringfence;

template <class E>
const char* name_of(int32_t value, E last) {
  if (value < 0 || value > static_cast<int32_t>(last)) return "?";
  return name(static_cast<E>(value)).data();
}

}  // namespace

const char* ringfence_status_name(int32_t status) {
  return status == RINGFENCE_OK ? "ok" : name_of(status, ErrorCode::internal);
}
const char* ringfence_next_name(int32_t next) { return name_of(next, NextStep::fix_setup); }
const char* ringfence_channel_kind_name(int32_t channel) {
  return name_of(channel, ChannelKind::email);
}
const char* ringfence_channel_state_name(int32_t state) {
  return name_of(state, ChannelState::verified);
}
const char* ringfence_reason_name(int32_t reason) {
  return name_of(reason, Reason::disabled_by_policy);
}
const char* ringfence_assurance_name(int32_t assurance) {
  return name_of(assurance, Assurance::recovery_only);
}
const char* ringfence_account_kind_name(int32_t kind) {
  return name_of(kind, AccountKind::federated);
}
const char* ringfence_account_status_name(int32_t status) {
  return name_of(status, AccountStatus::closed);
}
const char* ringfence_flow_kind_name(int32_t kind) {
  return name_of(kind, FlowKind::replace_phone);
}
const char* ringfence_flow_step_name(int32_t step) { return name_of(step, FlowStep::cancelled); }
const char* ringfence_verdict_name(int32_t verdict) { return name_of(verdict, Verdict::not_asked); }
const char* ringfence_change_reason_name(int32_t reason) {
  return name_of(reason, ChangeReason::person_changed);
}
const char* ringfence_delivery_report_name(int32_t report) {
  return name_of(report, DeliveryReport::failed);
}
const char* ringfence_route_name(int32_t route) { return name_of(route, Route::voice); }
const char* ringfence_appeal_state_name(int32_t state) { return name_of(state, AppealState::used); }
const char* ringfence_audit_fault_name(int32_t fault) { return name_of(fault, AuditFault::added); }
const char* ringfence_message_kind_name(int32_t kind) { return name_of(kind, MessageKind::event); }
const char* ringfence_role_name(int32_t role) { return name_of(role, Role::target); }
const char* ringfence_risk_answer_name(int32_t answer) {
  return name_of(answer, RiskAnswer::suspicious);
}
const char* ringfence_risk_moment_name(int32_t moment) {
  return name_of(moment, RiskMoment::before_effect);
}
const char* ringfence_observation_kind_name(int32_t kind) {
  return name_of(kind, ObservationKind::event);
}
const char* ringfence_sms_alphabet_name(int32_t alphabet) {
  return name_of(alphabet, SmsAlphabet::ucs2);
}
