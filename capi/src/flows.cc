// Flows: beginning one, its steps, and the grant that one may end in.
#include "reply.h"

using namespace ringfence;
using namespace ringfence::capi;

int32_t ringfence_service_begin_change_phone(ringfence_service service,
                                             const ringfence_account* account, int32_t method,
                                             int32_t reason, const ringfence_call* call,
                                             ringfence_flow_view* view, ringfence_error* error) {
  return about(service, account, call, view, error,
               [&](Service& with, const AccountKey& key, const Call& who) -> result<FlowView> {
                 RF_TRY(by, read_enum(method, Method::email, "the method"));
                 RF_TRY(why, read_enum(reason, ChangeReason::person_changed, "the reason"));
                 return with.begin_change_phone(key, by, who, why);
               });
}
int32_t ringfence_service_begin_change_email(ringfence_service service,
                                             const ringfence_account* account, int32_t method,
                                             const ringfence_call* call, ringfence_flow_view* view,
                                             ringfence_error* error) {
  return about(service, account, call, view, error,
               [&](Service& with, const AccountKey& key, const Call& who) -> result<FlowView> {
                 RF_TRY(by, read_enum(method, Method::email, "the method"));
                 return with.begin_change_email(key, by, who);
               });
}
int32_t ringfence_service_begin_verify_channel(ringfence_service service,
                                               const ringfence_account* account, int32_t channel,
                                               int32_t method, const ringfence_call* call,
                                               ringfence_flow_view* view, ringfence_error* error) {
  return about(service, account, call, view, error,
               [&](Service& with, const AccountKey& key, const Call& who) -> result<FlowView> {
                 RF_TRY(of, read_enum(channel, ChannelKind::email, "the channel"));
                 RF_TRY(by, read_enum(method, Method::email, "the method"));
                 return with.begin_verify_channel(key, of, by, who);
               });
}
int32_t ringfence_service_begin_confirm_operation(
    ringfence_service service, const ringfence_account* account, ringfence_string operation,
    int32_t method, const ringfence_call* call, ringfence_flow_view* view, ringfence_error* error) {
  return about(service, account, call, view, error,
               [&](Service& with, const AccountKey& key, const Call& who) -> result<FlowView> {
                 RF_TRY(what, read(operation));
                 RF_TRY(by, read_enum(method, Method::email, "the method"));
                 return with.begin_confirm_operation(key, what, by, who);
               });
}
int32_t ringfence_service_begin_claim_login(ringfence_service service,
                                            const ringfence_account* account, int32_t channel,
                                            const ringfence_call* call, ringfence_flow_view* view,
                                            ringfence_error* error) {
  return about(service, account, call, view, error,
               [&](Service& with, const AccountKey& key, const Call& who) -> result<FlowView> {
                 RF_TRY(of, read_enum(channel, ChannelKind::email, "the channel"));
                 return with.begin_claim_login(key, of, who);
               });
}
int32_t ringfence_service_begin_replace_phone(ringfence_service service,
                                              const ringfence_account* account, int32_t reason,
                                              const ringfence_call* call, ringfence_flow_view* view,
                                              ringfence_error* error) {
  return about(service, account, call, view, error,
               [&](Service& with, const AccountKey& key, const Call& who) -> result<FlowView> {
                 RF_TRY(why, read_enum(reason, ChangeReason::person_changed, "the reason"));
                 return with.begin_replace_phone(key, who, why);
               });
}
int32_t ringfence_service_use_grant(ringfence_service service, ringfence_string flow,
                                    ringfence_string operation, const ringfence_call* call,
                                    ringfence_grant* grant, ringfence_error* error) {
  return in_flow(service, flow, call, grant, error,
                 [&](Service& with, const FlowHandle& handle, const Call& who) -> result<Granted> {
                   RF_TRY(what, read(operation));
                   return with.use_grant(handle, what, who);
                 });
}

int32_t ringfence_service_prove_identity(ringfence_service service, ringfence_string flow,
                                         ringfence_string code, const ringfence_call* call,
                                         ringfence_flow_view* view, ringfence_error* error) {
  return in_flow(service, flow, call, view, error,
                 [&](Service& with, const FlowHandle& handle, const Call& who) -> result<FlowView> {
                   RF_TRY(presented, read(code));
                   return with.prove_identity(handle, presented, who);
                 });
}
int32_t ringfence_service_set_target(ringfence_service service, ringfence_string flow,
                                     const ringfence_address_input* target,
                                     const ringfence_call* call, ringfence_flow_view* view,
                                     ringfence_error* error) {
  return in_flow(service, flow, call, view, error,
                 [&](Service& with, const FlowHandle& handle, const Call& who) -> result<FlowView> {
                   RF_TRY(typed, read(target));
                   return with.set_target(handle, typed, who);
                 });
}
int32_t ringfence_service_prove_target(ringfence_service service, ringfence_string flow,
                                       ringfence_string code, int32_t accept_verification_only,
                                       const ringfence_call* call, ringfence_flow_view* view,
                                       ringfence_error* error) {
  return in_flow(service, flow, call, view, error,
                 [&](Service& with, const FlowHandle& handle, const Call& who) -> result<FlowView> {
                   RF_TRY(presented, read(code));
                   RF_TRY(accept, read_flag(accept_verification_only, "accept_verification_only"));
                   return with.prove_target(handle, presented, who,
                                            {.accept_verification_only = accept});
                 });
}
int32_t ringfence_service_confirm_target(ringfence_service service, ringfence_string flow,
                                         const ringfence_call* call, ringfence_flow_view* view,
                                         ringfence_error* error) {
  return in_flow(service, flow, call, view, error,
                 [](Service& with, const FlowHandle& handle, const Call& who) {
                   return with.confirm_target(handle, who);
                 });
}
int32_t ringfence_service_resend(ringfence_service service, ringfence_string flow, int32_t route,
                                 const ringfence_call* call, ringfence_flow_view* view,
                                 ringfence_error* error) {
  return in_flow(service, flow, call, view, error,
                 [&](Service& with, const FlowHandle& handle, const Call& who) -> result<FlowView> {
                   RF_TRY(by, read_enum(route, Route::voice, "the route"));
                   return with.resend(handle, who, {.route = by});
                 });
}
int32_t ringfence_service_cancel(ringfence_service service, ringfence_string flow,
                                 const ringfence_call* call, ringfence_flow_view* view,
                                 ringfence_error* error) {
  return in_flow(service, flow, call, view, error,
                 [](Service& with, const FlowHandle& handle, const Call& who) {
                   return with.cancel(handle, who);
                 });
}
int32_t ringfence_service_view(ringfence_service service, ringfence_string flow,
                               const ringfence_call* call, ringfence_flow_view* view,
                               ringfence_error* error) {
  return in_flow(service, flow, call, view, error,
                 [](Service& with, const FlowHandle& handle, const Call& who) {
                   return with.view(handle, who);
                 });
}
