#include "slots.h"

namespace ringfence::misuse {

Members members(ringfence_account& of) { return {.texts = {&of.realm, &of.id}}; }
Members members(ringfence_address_input& of) { return {.texts = {&of.text, &of.region}}; }
Members members(ringfence_call& of) {
  return {.texts = {&of.session, &of.source, &of.request_id, &of.trace_id, &of.attested_factor}};
}
Members members(ringfence_registration& of) {
  return {.texts = {&of.account.realm, &of.account.id, &of.provider, &of.phone.text,
                    &of.phone.region, &of.email, &of.locale},
          .enumerators = {&of.kind}};
}
Members members(ringfence_service_parts& of) {
  return {.handles = {{&of.store.id, true},
                      {&of.keys.id, true},
                      {&of.clock.id, false},
                      {&of.entropy.id, false},
                      {&of.risk.id, false},
                      {&of.observer.id, false}}};
}
Members members(ringfence_dispatcher_parts& of) {
  return {.texts = {&of.templates},
          .handles = {{&of.store.id, true},
                      {&of.keys.id, true},
                      {&of.sender.id, true},
                      {&of.events.id, true},
                      {&of.clock.id, false},
                      {&of.entropy.id, false},
                      {&of.observer.id, false},
                      {&of.mail.id, false}}};
}
Members members(ringfence_step_context& of) {
  return {.enumerators = {&of.risk}, .handles = {{&of.keys.id, true}}};
}

Zoo::Zoo(Host& host) {
  for (int round = 0; round < 2; ++round) {
    host.ok(ringfence_policy_new(text(""), &policy_, &host.error));
    host.ok(ringfence_policy_json(policy_, &text_, &host.error));
    host.ok(ringfence_step_new({}, text(R"({"step":"settings","id":"ann"})"), nullptr, &step_,
                               &host.error));
    if (round > 0) break;
    // What was freed; the second round makes the ones that live.
    Host gone;
    freed = {policy_.id,
             text_.id,
             step_.id,
             gone.store_handle.id,
             gone.keys_handle.id,
             gone.clock_handle.id,
             gone.entropy_handle.id,
             gone.risk_handle.id,
             gone.observer_handle.id,
             gone.sender_handle.id,
             gone.events_handle.id,
             gone.service.id,
             gone.dispatcher.id};
    ringfence_policy_free(policy_);
    ringfence_text_free(text_);
    ringfence_step_free(step_);
  }
  alive = {{"text", text_.id},
           {"policy", policy_.id},
           {"step", step_.id},
           {"store", host.store_handle.id},
           {"key ring", host.keys_handle.id},
           {"clock", host.clock_handle.id},
           {"entropy", host.entropy_handle.id},
           {"risk advisor", host.risk_handle.id},
           {"observer", host.observer_handle.id},
           {"sender", host.sender_handle.id},
           {"event sink", host.events_handle.id},
           {"service", host.service.id},
           {"dispatcher", host.dispatcher.id}};
}

Zoo::~Zoo() {
  ringfence_text_free(text_);
  ringfence_policy_free(policy_);
  ringfence_step_free(step_);
}

}  // namespace ringfence::misuse
