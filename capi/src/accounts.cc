// The service, and what it does about accounts as a whole.
#include <nlohmann/json.hpp>

#include "codec/store_json.h"
#include "reply.h"

namespace ringfence::capi {
namespace {

std::string refusals(const ImportReport& report) {
  auto out = nlohmann::json::array();
  for (const ImportRefusal& one : report.refused) {
    out.push_back({{"index", one.index},
                   {"next", std::string(name(one.why.next))},
                   {"status", std::string(name(one.why.code))},
                   {"text", one.why.text}});
  }
  return out.dump();
}

// The rows stand one after the other, each as long as the first says.
result<std::vector<Registration>> read_rows(const ringfence_registration* rows, std::size_t count) {
  std::vector<Registration> out;
  if (count == 0) return out;
  if (rows == nullptr) return no_struct("the rows are NULL");
  const std::size_t stride = rows->struct_size;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* row = reinterpret_cast<const ringfence_registration*>(
        reinterpret_cast<const char*>(rows) + i * stride);
    if (row->struct_size != stride) return no_struct("the rows have not all the same struct_size");
    RF_TRY(registration, read(row));
    out.push_back(std::move(registration));
  }
  return out;
}

}  // namespace
}  // namespace ringfence::capi

using namespace ringfence;
using namespace ringfence::capi;

int32_t ringfence_service_new(const ringfence_service_parts* parts, ringfence_service* service,
                              ringfence_error* error) {
  return giving(service, error, [&]() -> result<void> {
    RF_TRY(in, read_struct(parts));
    const auto object = std::make_shared<ServiceObject>();
    RF_TRY(store, named("store", at(in.store)));
    RF_TRY(keys, named("keys", at(in.keys)));
    RF_TRY(policy, named("policy", policy_at(in.policy)));
    RF_TRY(clock, named("clock", at_or_none(in.clock)));
    RF_TRY(entropy, named("entropy", at_or_none(in.entropy)));
    RF_TRY(risk, named("risk", at_or_none(in.risk)));
    RF_TRY(observer, named("observer", at_or_none(in.observer)));
    object->store = store;
    object->keys = keys;
    object->clock = clock;
    object->entropy = entropy;
    object->risk = risk;
    object->observer = observer;
    RF_TRY(made, Service::make({.store = *store->store,
                                .keys = *keys,
                                .clock = clock ? *clock : system_clock(),
                                .entropy = entropy ? *entropy : system_entropy(),
                                .risk = risk.get(),
                                .observer = observer.get()},
                               *policy));
    object->service = std::move(made);
    RF_TRY(handle, handle_to<ringfence_service>(object));
    *service = handle;
    return ok();
  });
}
void ringfence_service_free(ringfence_service service) { free_handle(service); }

int32_t ringfence_service_set_policy(ringfence_service service, ringfence_policy policy,
                                     ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY(of, at(service));
    RF_TRY(wanted, at(policy));
    return of->service->set_policy(*wanted->policy);
  });
}
int32_t ringfence_service_policy(ringfence_service service, ringfence_policy* policy,
                                 ringfence_error* error) {
  return giving(policy, error, [&]() -> result<void> {
    RF_TRY(of, at(service));
    RF_TRY(handle, handle_to<ringfence_policy>(
                       std::make_shared<PolicyObject>(PolicyObject{of->service->policy()})));
    *policy = handle;
    return ok();
  });
}
int32_t ringfence_service_health(ringfence_service service, ringfence_health* health,
                                 ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY_VOID(can_fill(health));
    RF_TRY(of, at(service));
    fill(health, to_struct(of->service->health()));
    return ok();
  });
}

int32_t ringfence_service_register_account(ringfence_service service,
                                           const ringfence_registration* registration,
                                           const ringfence_call* call, ringfence_settings* settings,
                                           ringfence_error* error) {
  return replying(service, call, settings, error,
                  [&](Service& with, const Call& who) -> result<SecuritySettings> {
                    RF_TRY(row, read(registration));
                    return with.register_account(row, who);
                  });
}
int32_t ringfence_service_import_accounts(ringfence_service service,
                                          const ringfence_registration* rows, size_t count,
                                          const ringfence_call* call,
                                          ringfence_import_report* report, ringfence_text* refused,
                                          ringfence_error* error) {
  return giving(refused, error, [&]() -> result<void> {
    RF_TRY_VOID(can_fill(report));
    RF_TRY(of, at(service));
    RF_TRY(who, read(call));
    RF_TRY(all, read_rows(rows, count));
    RF_TRY(done, of->service->import_accounts(all, who));
    try {
      RF_TRY_VOID(give(refused, refusals(done)));
    } catch (...) {
      return failure(ErrorCode::outcome_unknown, "out of memory; import the same rows again");
    }
    ringfence_import_report out{};
    out.imported = done.imported;
    out.present = done.present;
    out.claims_moved = done.claims_moved;
    out.refused = done.refused.size();
    fill(report, out);
    return ok();
  });
}
int32_t ringfence_service_upgrade(ringfence_service service, const ringfence_account* account,
                                  const ringfence_call* call, ringfence_settings* settings,
                                  ringfence_error* error) {
  return about(
      service, account, call, settings, error,
      [](Service& with, const AccountKey& key, const Call& who) { return with.upgrade(key, who); });
}
int32_t ringfence_service_set_locale(ringfence_service service, const ringfence_account* account,
                                     ringfence_string locale, const ringfence_call* call,
                                     ringfence_settings* settings, ringfence_error* error) {
  return about(
      service, account, call, settings, error,
      [&](Service& with, const AccountKey& key, const Call& who) -> result<SecuritySettings> {
        RF_TRY(tag, read(locale));
        return with.set_locale(key, tag, who);
      });
}
int32_t ringfence_service_settings(ringfence_service service, const ringfence_account* account,
                                   const ringfence_call* call, ringfence_settings* settings,
                                   ringfence_error* error) {
  return about(service, account, call, settings, error,
               [](Service& with, const AccountKey& key, const Call& who) {
                 return with.settings(key, who);
               });
}
int32_t ringfence_service_resolve_login_phone(ringfence_service service, ringfence_string realm,
                                              const ringfence_address_input* phone,
                                              const ringfence_call* call, ringfence_login* login,
                                              ringfence_error* error) {
  return replying(service, call, login, error,
                  [&](Service& with, const Call& who) -> result<std::optional<std::string>> {
                    RF_TRY(in_realm, read(realm));
                    RF_TRY(typed, read(phone));
                    return with.resolve_login_phone(in_realm, typed, who);
                  });
}
int32_t ringfence_service_resolve_login_email(ringfence_service service, ringfence_string realm,
                                              ringfence_string email, const ringfence_call* call,
                                              ringfence_login* login, ringfence_error* error) {
  return replying(service, call, login, error,
                  [&](Service& with, const Call& who) -> result<std::optional<std::string>> {
                    RF_TRY(in_realm, read(realm));
                    RF_TRY(typed, read(email));
                    return with.resolve_login_email(in_realm, typed, who);
                  });
}
int32_t ringfence_service_lock(ringfence_service service, const ringfence_account* account,
                               ringfence_string reason, const ringfence_call* call,
                               ringfence_settings* settings, ringfence_error* error) {
  return about(
      service, account, call, settings, error,
      [&](Service& with, const AccountKey& key, const Call& who) -> result<SecuritySettings> {
        RF_TRY(why, read(reason));
        return with.lock(key, why, who);
      });
}
int32_t ringfence_service_unlock(ringfence_service service, const ringfence_account* account,
                                 const ringfence_call* call, ringfence_settings* settings,
                                 ringfence_error* error) {
  return about(
      service, account, call, settings, error,
      [](Service& with, const AccountKey& key, const Call& who) { return with.unlock(key, who); });
}
int32_t ringfence_service_credentials_changed(ringfence_service service,
                                              const ringfence_account* account,
                                              const ringfence_call* call,
                                              ringfence_settings* settings,
                                              ringfence_error* error) {
  return about(service, account, call, settings, error,
               [](Service& with, const AccountKey& key, const Call& who) {
                 return with.credentials_changed(key, who);
               });
}
int32_t ringfence_service_close(ringfence_service service, const ringfence_account* account,
                                const ringfence_call* call, ringfence_settings* settings,
                                ringfence_error* error) {
  return about(
      service, account, call, settings, error,
      [](Service& with, const AccountKey& key, const Call& who) { return with.close(key, who); });
}
int32_t ringfence_service_erase(ringfence_service service, const ringfence_account* account,
                                const ringfence_call* call, ringfence_settings* settings,
                                ringfence_error* error) {
  return about(
      service, account, call, settings, error,
      [](Service& with, const AccountKey& key, const Call& who) { return with.erase(key, who); });
}
int32_t ringfence_service_export_account(ringfence_service service,
                                         const ringfence_account* account,
                                         const ringfence_call* call, ringfence_text* json,
                                         ringfence_error* error) {
  return giving(json, error, [&]() -> result<void> {
    RF_TRY(of, at(service));
    RF_TRY(key, read(account));
    RF_TRY(who, read(call));
    RF_TRY(exported, of->service->export_account(key, who));
    return give(json, std::move(exported));
  });
}

int32_t ringfence_service_audit(ringfence_service service, const ringfence_account* account,
                                const ringfence_audit_query* query, const ringfence_call* call,
                                ringfence_text* entries, uint64_t* next, ringfence_error* error) {
  return giving(entries, error, [&]() -> result<void> {
    if (next == nullptr) return no_struct("an output is NULL");
    *next = 0;
    RF_TRY(of, at(service));
    RF_TRY(key, read(account));
    RF_TRY(who, read(call));
    AuditQuery wanted;
    if (query != nullptr) {
      RF_TRY(in, read_struct(query));
      wanted.after = in.after;
      wanted.from = in.from;
      if (in.until != 0) wanted.until = in.until;
      if (in.max != 0) wanted.max = in.max;
    }
    RF_TRY(page, of->service->audit(key, wanted, who));
    RF_TRY_VOID(give(entries, codec::to_json(std::span<const AuditEntry>(page.entries))));
    *next = page.next;
    return ok();
  });
}
int32_t ringfence_service_verify_audit(ringfence_service service, const ringfence_account* account,
                                       const ringfence_call* call, ringfence_audit_report* report,
                                       ringfence_error* error) {
  return about(service, account, call, report, error,
               [](Service& with, const AccountKey& key, const Call& who) {
                 return with.verify_audit(key, who);
               });
}
int32_t ringfence_service_prune_audit(ringfence_service service, const ringfence_account* account,
                                      int64_t before, const ringfence_call* call, int32_t* removed,
                                      ringfence_error* error) {
  return giving(removed, error, [&]() -> result<void> {
    RF_TRY(of, at(service));
    RF_TRY(key, read(account));
    RF_TRY(who, read(call));
    RF_TRY(count, of->service->prune_audit(key, before, who));
    *removed = count;
    return ok();
  });
}

int32_t ringfence_service_set_notice_channels(ringfence_service service,
                                              const ringfence_account* account,
                                              ringfence_string category, uint32_t channels,
                                              const ringfence_call* call,
                                              ringfence_settings* settings,
                                              ringfence_error* error) {
  return about(
      service, account, call, settings, error,
      [&](Service& with, const AccountKey& key, const Call& who) -> result<SecuritySettings> {
        RF_TRY(of, read(category));
        RF_TRY(kinds, read_channels(channels));
        return with.set_notice_channels(key, of, kinds, who);
      });
}
int32_t ringfence_service_notify(ringfence_service service, const ringfence_account* account,
                                 ringfence_string category, ringfence_string text,
                                 ringfence_string idempotency_key, const ringfence_call* call,
                                 ringfence_notice_receipt* receipt, ringfence_error* error) {
  return about(service, account, call, receipt, error,
               [&](Service& with, const AccountKey& key, const Call& who) -> result<NoticeReceipt> {
                 RF_TRY(of, read_string(category));
                 RF_TRY(what, read_string(text));
                 RF_TRY(once, read_string(idempotency_key));
                 return with.notify(key, {.category = of, .text = what, .idempotency_key = once},
                                    who);
               });
}

int32_t ringfence_service_submit_appeal(ringfence_service service, const ringfence_account* account,
                                        ringfence_string submitted_by, const ringfence_call* call,
                                        ringfence_appeal* appeal, ringfence_error* error) {
  return about(service, account, call, appeal, error,
               [&](Service& with, const AccountKey& key, const Call& who) -> result<Appeal> {
                 RF_TRY(by, read(submitted_by));
                 return with.submit_appeal(key, by, who);
               });
}
int32_t ringfence_service_appeal(ringfence_service service, const ringfence_account* account,
                                 const ringfence_call* call, ringfence_appeal* appeal,
                                 ringfence_error* error) {
  return about(
      service, account, call, appeal, error,
      [](Service& with, const AccountKey& key, const Call& who) { return with.appeal(key, who); });
}
int32_t ringfence_service_decide_appeal(ringfence_service service, const ringfence_account* account,
                                        ringfence_string appeal_id, int32_t approve,
                                        ringfence_string reviewer, ringfence_string evidence,
                                        const ringfence_call* call, ringfence_appeal* appeal,
                                        ringfence_error* error) {
  return about(
      service, account, call, appeal, error,
      [&](Service& with, const AccountKey& key, const Call& who) -> result<Appeal> {
        RF_TRY(id, read(appeal_id));
        RF_TRY(approved, read_flag(approve, "approve"));
        RF_TRY(by, read_string(reviewer));
        RF_TRY(upon, read_string(evidence));
        const auto parsed = Id128::from_hex(id);
        if (!parsed) return failure(ErrorCode::appeal_not_found, "no such appeal: this is no id");
        return with.decide_appeal(
            key, {.appeal = *parsed, .approve = approved, .reviewer = by, .evidence = upon}, who);
      });
}
int32_t ringfence_service_report_delivery(ringfence_service service,
                                          const ringfence_account* account,
                                          ringfence_string message, int32_t report,
                                          const ringfence_call* call, ringfence_settings* settings,
                                          ringfence_error* error) {
  return about(
      service, account, call, settings, error,
      [&](Service& with, const AccountKey& key, const Call& who) -> result<SecuritySettings> {
        RF_TRY(id, read(message));
        RF_TRY(what, read_enum(report, DeliveryReport::failed, "the report"));
        const auto parsed = Id128::from_hex(id);
        if (!parsed) {
          return failure(ErrorCode::invalid_argument,
                         "the message: this is no id of 32 hexadecimal digits");
        }
        return with.report_delivery(key, *parsed, what, who);
      });
}
int32_t ringfence_service_dispute(ringfence_service service, ringfence_string reference,
                                  const ringfence_call* call, ringfence_settings* settings,
                                  ringfence_error* error) {
  return replying(service, call, settings, error,
                  [&](Service& with, const Call& who) -> result<SecuritySettings> {
                    RF_TRY(of, read(reference));
                    return with.dispute(of, who);
                  });
}
