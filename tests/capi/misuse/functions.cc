#include "functions.h"

#include <unistd.h>

#include <fstream>
#include <utility>

namespace ringfence::misuse {
namespace {

template <class... P>
class Call final : public Prepared {
 public:
  // The last argument is where the error goes; ringfence_out_write alone has none.
  using Real = int32_t (*)(P..., ringfence_error*);

  Call(Real function, Slot<P>... slots) : function_(function), slots_(std::move(slots)...) {}

  std::vector<std::string> misuses() override {
    std::vector<std::string> out;
    [&]<std::size_t... I>(std::index_sequence<I...>) { (misuse<I>(out), ...); }
    (std::index_sequence_for<P...>{});
    return out;
  }
  std::vector<std::string> misuses_of_the_error() override {
    std::vector<std::string> out;
    for (const std::uint32_t size : {0U, 4U, static_cast<unsigned>(sizeof(ringfence_error)) - 1}) {
      auto error = fresh<ringfence_error>();
      error.struct_size = size;
      error.status = 12345;
      const int32_t status = with(&error);
      const std::string what = "an error with struct_size " + std::to_string(size);
      if (status != RINGFENCE_INVALID_ARGUMENT) out.push_back(what + " leads to " + named(status));
      if (error.status != 12345) out.push_back(what + " is written to");
      after(out, what, nullptr);
    }
    return out;
  }
  int32_t call() override {
    auto error = fresh<ringfence_error>();
    const int32_t status = with(&error);
    EXPECT_EQ(status, error.status);
    EXPECT_EQ(status == RINGFENCE_OK, error.text[0] == 0) << error.text;
    return status;
  }
  bool has_handles() const override {
    return std::apply([](const auto&... slot) { return (slot.from_here || ...); }, slots_);
  }

 private:
  int32_t with(ringfence_error* error) {
    return std::apply([&](const auto&... slot) { return function_(slot.good..., error); }, slots_);
  }
  template <std::size_t I>
  void misuse(std::vector<std::string>& out) {
    auto& slot = std::get<I>(slots_);
    const auto good = slot.good;
    for (const auto& one : slot.wrong) {
      slot.good = one.value;
      const std::string what = "argument " + std::to_string(I + 1) + ": " + one.what;
      auto error = fresh<ringfence_error>();
      const int32_t status = with(&error);
      if (status == RINGFENCE_OK || (one.status != any_refusal && status != one.status))
        out.push_back(what + " leads to " + named(status) + " (" + error.text + ")");
      if (error.status != status) out.push_back(what + ": the error has another status");
      if (with(nullptr) == RINGFENCE_OK) out.push_back(what + " is taken without an error struct");
      slot.good = good;
      after(out, what, &slot);
    }
  }
  // What holds after a refusal, of every argument but the wrong one.
  void after(std::vector<std::string>& out, const std::string& what, const void* wrong) {
    const auto look = [&](const auto& slot) {
      if (!slot.if_refused || &slot == wrong) return;
      if (const std::string why = slot.if_refused(); !why.empty()) out.push_back(what + ": " + why);
    };
    std::apply([&](const auto&... slot) { (look(slot), ...); }, slots_);
  }

  const Real function_;
  std::tuple<Slot<P>...> slots_;
};

template <class... P>
std::unique_ptr<Prepared> prepared(typename Call<P...>::Real function, Slot<P>... slots) {
  return std::make_unique<Call<P...>>(function, std::move(slots)...);
}

#define FUNCTION(function, ...)                                     \
  Function {                                                        \
#function, []([[maybe_unused]] Scene& s) {                        \
      [[maybe_unused]] Host& h = s.host;                              \
      [[maybe_unused]] const Zoo& z = s.zoo;                          \
      return prepared(function, __VA_ARGS__);                         \
    } \
  }

// What the arguments need to have happened.
ringfence_account ann(Scene& s) {
  s.host.add("ann", ann_phone, ann_email);
  return account("ann");
}
Slot<const ringfence_account*> about_ann(Scene& s) { return in(ann(s)); }
Slot<const ringfence_call*> who(Scene& s) { return in(s.host.call); }
// Where nothing need be known of who calls.
Slot<const ringfence_call*> anybody(Scene& s) { return in_or_null(s.host.call); }

std::string flow(Scene& s) {
  ann(s);
  return s.keep(s.host.begin().second.flow);
}
std::string code(Scene& s) { return s.keep(s.host.code()); }

// A flow that waits for its target, or for the proof of it.
std::string identified(Scene& s) {
  const std::string of = flow(s);
  auto view = fresh<ringfence_flow_view>();
  s.host.ok(ringfence_service_prove_identity(s.host.service, text(of), text(code(s)), &s.host.call,
                                             &view, &s.host.error));
  return of;
}
std::string targeted(Scene& s) {
  const std::string of = identified(s);
  auto view = fresh<ringfence_flow_view>();
  const ringfence_address_input to{text(new_phone), text("")};
  s.host.ok(ringfence_service_set_target(s.host.service, text(of), &to, &s.host.call, &view,
                                         &s.host.error));
  return of;
}
std::string to_confirm(Scene& s) {
  s.host.add("bob", new_phone);
  const std::string of = targeted(s);
  auto view = fresh<ringfence_flow_view>();
  s.host.ok(ringfence_service_prove_target(s.host.service, text(of), text(code(s)), 0, &s.host.call,
                                           &view, &s.host.error));
  return of;
}
// One that runs no more: `run` returns at once.
ringfence_dispatcher stopped(Scene& s) {
  s.host.ok(ringfence_dispatcher_stop(s.host.dispatcher, &s.host.error));
  return s.host.dispatcher;
}
std::string granted(Scene& s) {
  ann(s);
  const auto of = account("ann");
  auto view = fresh<ringfence_flow_view>();
  s.host.ok(ringfence_service_begin_confirm_operation(
      s.host.service, &of, text("vm:stop"), RINGFENCE_PHONE, &s.host.call, &view, &s.host.error));
  s.host.ok(ringfence_service_prove_identity(s.host.service, text(view.flow), text(code(s)),
                                             &s.host.call, &view, &s.host.error));
  return s.keep(view.flow);
}
std::string appealed(Scene& s, bool approved) {
  ann(s);
  const auto of = account("ann");
  auto appeal = fresh<ringfence_appeal>();
  s.host.ok(ringfence_service_submit_appeal(s.host.service, &of, text("desk"), nullptr, &appeal,
                                            &s.host.error));
  s.host.now = appeal.held_until;
  if (approved) {
    s.host.ok(ringfence_service_decide_appeal(s.host.service, &of, text(appeal.id), 1, text("rev"),
                                              text("case"), nullptr, &appeal, &s.host.error));
  }
  return s.keep(appeal.id);
}
ringfence_account appealed_and_approved(Scene& s) {
  appealed(s, true);
  return account("ann");
}
// An account that shared its phone and is alone on it now.
ringfence_account alone(Scene& s) {
  s.host.add("bob", ann_phone);
  ann(s);
  const auto bob = account("bob");
  auto settings = fresh<ringfence_settings>();
  s.host.ok(ringfence_service_close(s.host.service, &bob, nullptr, &settings, &s.host.error));
  return account("ann");
}
ringfence_account with_unverified_phone(Scene& s) {
  auto row = fresh<ringfence_registration>();
  row.account = account("ann");
  row.phone.text = text(ann_phone);
  auto settings = fresh<ringfence_settings>();
  s.host.ok(
      ringfence_service_register_account(s.host.service, &row, nullptr, &settings, &s.host.error));
  return account("ann");
}
ringfence_account with_many_entries(Scene& s) {
  ann(s);
  s.host.now += 1000;
  s.host.change("ann", new_phone);
  return account("ann");
}
std::string disputable(Scene& s) {
  ringfence_policy policy = {};
  s.host.ok(ringfence_policy_new(text(R"({"dispute_ms":86400000})"), &policy, &s.host.error));
  s.host.ok(ringfence_service_set_policy(s.host.service, policy, &s.host.error));
  ringfence_policy_free(policy);
  std::string reference;
  s.host.on_send = [&](const ringfence_message* message, int64_t*, ringfence_out) {
    const std::string fields(message->fields.data, message->fields.size);
    if (const auto at = fields.find("\"dispute\":\""); at != std::string::npos) {
      const auto begin = at + 11;
      reference = fields.substr(begin, fields.find('"', begin) - begin);
    }
    return s.host.keep(message);
  };
  ann(s);
  s.host.change("ann", new_phone);
  s.host.code();
  s.host.on_send = [&](const ringfence_message* message, int64_t*, ringfence_out) {
    return s.host.keep(message);
  };
  return s.keep(reference);
}

ringfence_registration new_row() {
  auto row = fresh<ringfence_registration>();
  row.account = account("ann");
  row.phone.text = text(ann_phone);
  return row;
}
ringfence_smtp_options mail_options() {
  auto options = fresh<ringfence_smtp_options>();
  options.host = text("mail.example.com");
  options.from = text("no-reply@example.com");
  return options;
}
ringfence_policy a_policy(Scene& s) {
  ringfence_policy out = {};
  s.host.ok(ringfence_policy_new(text(""), &out, &s.host.error));
  s.clean_up.push_back([out] { ringfence_policy_free(out); });
  return out;
}

std::string file(Scene& s, const char* name, bool there) {
  const std::string path = "misuse_" + std::to_string(::getpid()) + "_" + name;
  if (there) s.host.ok(ringfence_key_file_create(text(path), &s.host.error));
  s.clean_up.push_back([path] {
    for (const char* beside : {"", "-wal", "-shm", ".lock", "-lock"})
      ::unlink((path + beside).c_str());
  });
  return path;
}
constexpr const char* gateway =
    R"({"carries":["sms"],"variables":{"key":null},"url":"https://example.com/",
  "headers":{"id":"{id}","key":"{key}"},"reply":{"accepted":{"status":200}}})";
std::string gateway_file(Scene& s) {
  const std::string path = file(s, "gateway.json", false);
  std::ofstream(path) << gateway;
  return path;
}
ringfence_store sqlite(Scene& s) {
  ringfence_store out = {};
  s.host.ok(
      ringfence_store_open(text("sqlite:" + file(s, "store.db", false)), &out, &s.host.error));
  s.clean_up.insert(s.clean_up.begin(), [out] { ringfence_store_free(out); });
  return out;
}

enum class Until { made, asked, loaded, decided };
// A step, brought to where a function wants it.
ringfence_step step(Scene& s, const char* command, Until until) {
  ringfence_step out = {};
  Host& h = s.host;
  h.ok(ringfence_step_new({}, text(command), &h.call, &out, &h.error));
  s.clean_up.push_back([out] { ringfence_step_free(out); });
  if (until == Until::made) return out;
  for (;;) {
    ringfence_text keys = {};
    h.ok(ringfence_step_needs(out, &keys, &h.error));
    const std::string wanted = taken(keys);
    if (until == Until::asked || wanted == "[]") break;
    ringfence_text records = {};
    h.ok(ringfence_store_load(h.store_handle, text(wanted), 0, &records, &h.error));
    h.ok(ringfence_step_add(out, text(taken(records)), &h.error));
  }
  if (until != Until::decided) return out;
  auto context = fresh<ringfence_step_context>();
  context.risk = -1;
  context.keys = h.keys_handle;
  context.now = h.now;
  context.seed[0] = 1;
  ringfence_text change = {};
  h.ok(ringfence_step_decide(out, &context, &change, &h.error));
  ringfence_text_free(change);
  return out;
}
ringfence_step_context step_context(Scene& s) {
  auto context = fresh<ringfence_step_context>();
  context.risk = -1;
  context.keys = s.host.keys_handle;
  context.now = s.host.now;
  context.seed[0] = 1;
  return context;
}
constexpr const char* settings_command = R"({"step":"settings","id":"ann"})";
const ringfence_account as_ann = account("ann");
const ringfence_address_input a_target{text(new_phone), text("")};

// Outcomes of a commit are any number: what is none counts as unknown, which is a refusal, too.
Slot<int32_t> outcome() {
  Slot<int32_t> out{RINGFENCE_COMMIT_COMMITTED};
  for (const int32_t value : {0, 2, 3, 77, -1, std::numeric_limits<int32_t>::min()})
    out.wrong.push_back({"outcome " + std::to_string(value), value, any_refusal});
  return out;
}
// Of a place: an id in hexadecimal, or nothing.
Slot<ringfence_string> id_or_none() {
  Slot<ringfence_string> out = string("00000000000000000000000000000007");
  static const std::string wrong[] = {"7", "00000000000000000000000000000007a",
                                      "0000000000000000000000000000000g"};
  for (const std::string& one : wrong)
    out.wrong.push_back({"id " + one, text(one), RINGFENCE_INVALID_ARGUMENT});
  return out;
}
Slot<int32_t> from_one_to(int32_t most) {
  Slot<int32_t> out{1};
  for (const int32_t value : {0, -1, most + 1, std::numeric_limits<int32_t>::min()})
    out.wrong.push_back({std::to_string(value), value, RINGFENCE_INVALID_ARGUMENT});
  return out;
}
// A list of messages that ended is empty: nothing but its form is looked at.
constexpr const char* empty_change =
    R"({"erases":[],"expects":[],"id":")"
    R"(00000000000000000000000000000001","messages":[],"puts":[]})";

}  // namespace

#define OUT(type) out<type>()

const std::vector<Function>& functions() {
  static const std::vector<Function> all = {
      FUNCTION(ringfence_policy_new, string(""), OUT(ringfence_policy)),
      FUNCTION(ringfence_policy_json, required(a_policy(s), z), OUT(ringfence_text)),
      FUNCTION(ringfence_phone_parse, optional(a_policy(s), z), in(a_target),
               OUT(ringfence_address)),
      FUNCTION(ringfence_email_parse, string(ann_email), OUT(ringfence_address)),
      FUNCTION(ringfence_sms_measure, string("text"), OUT(ringfence_sms_size)),
      FUNCTION(ringfence_key_file_create, string(file(s, "new.key", false))),
      FUNCTION(ringfence_key_ring_from_file, string(file(s, "old.key", true)),
               OUT(ringfence_key_ring)),
      FUNCTION(ringfence_key_ring_from_callbacks, in(h.key_source()), OUT(ringfence_key_ring)),
      FUNCTION(ringfence_key_ring_reload, required(h.keys_handle, z)),
      FUNCTION(ringfence_store_open, string("memory:"), OUT(ringfence_store)),
      FUNCTION(ringfence_store_migrate, string("memory:")),
      FUNCTION(ringfence_store_from_callbacks, in(h.store_callbacks()), OUT(ringfence_store)),
      FUNCTION(ringfence_store_load, required(h.store_handle, z),
               string(R"([{"account":{"id":"ann"}}])"), not_negative(0), OUT(ringfence_text)),
      FUNCTION(ringfence_store_commit, required(h.store_handle, z), string(empty_change),
               not_negative(0), OUT(int32_t)),
      FUNCTION(ringfence_store_take, required(h.store_handle, z), not_negative(1),
               not_negative(1), plain<int32_t>(10), plain<int32_t>(0), plain<int32_t>(1),
               OUT(ringfence_text)),
      FUNCTION(ringfence_store_settle, required(h.store_handle, z), string("[]")),
      FUNCTION(ringfence_store_messages, required(h.store_handle, z), about_ann(s),
               plain<int32_t>(10), not_negative(0), OUT(ringfence_text)),
      FUNCTION(ringfence_store_given_up, required(h.store_handle, z), not_negative(0),
               id_or_none(), plain<int32_t>(10), not_negative(0), OUT(ringfence_text)),
      FUNCTION(ringfence_store_outbox, required(h.store_handle, z), not_negative(1),
               not_negative(0), OUT(ringfence_text)),
      FUNCTION(ringfence_store_sweep, required(h.store_handle, z), not_negative(1),
               not_negative(1), plain<int32_t>(10), OUT(int32_t)),
      FUNCTION(ringfence_store_health, required(sqlite(s), z)),
      FUNCTION(ringfence_store_integrity_check, required(sqlite(s), z)),
      FUNCTION(ringfence_store_back_up, required(sqlite(s), z), string(file(s, "copy.db", false)),
               in_or_null(fresh<ringfence_backup>())),
      FUNCTION(ringfence_sender_open, string("console:"), OUT(ringfence_sender)),
      FUNCTION(ringfence_http_sender_new, string(gateway), string(R"({"key":"k"})"),
               in_or_null(fresh<ringfence_http_options>()), OUT(ringfence_sender)),
      FUNCTION(ringfence_http_sender_open, string(gateway_file(s)), string(R"({"key":"k"})"),
               in_or_null(fresh<ringfence_http_options>()), OUT(ringfence_sender)),
      FUNCTION(ringfence_webhook_event_sink_new, string("https://example.com/"),
               string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
               in_or_null(fresh<ringfence_http_options>()), OUT(ringfence_event_sink)),
      FUNCTION(ringfence_smtp_sender_new, in(mail_options()), OUT(ringfence_sender)),
      FUNCTION(ringfence_sender_from_callbacks, in(h.sender_callbacks()), OUT(ringfence_sender)),
      FUNCTION(ringfence_event_sink_open, string("console:"), OUT(ringfence_event_sink)),
      FUNCTION(ringfence_event_sink_from_callbacks, in(h.event_sink_callbacks()),
               OUT(ringfence_event_sink)),
      FUNCTION(ringfence_clock_from_callbacks, in(h.clock_callbacks()), OUT(ringfence_clock)),
      FUNCTION(ringfence_entropy_from_callbacks, in(h.entropy_callbacks()),
               OUT(ringfence_entropy)),
      FUNCTION(ringfence_risk_advisor_from_callbacks, in(h.risk_callbacks()),
               OUT(ringfence_risk_advisor)),
      FUNCTION(ringfence_observer_from_callbacks, in(h.observer_callbacks()),
               OUT(ringfence_observer)),
      FUNCTION(ringfence_service_new, in(h.service_parts()), OUT(ringfence_service)),
      FUNCTION(ringfence_service_set_policy, required(h.service, z), required(a_policy(s), z)),
      FUNCTION(ringfence_service_policy, required(h.service, z), OUT(ringfence_policy)),
      FUNCTION(ringfence_service_health, required(h.service, z), OUT(ringfence_health)),
      FUNCTION(ringfence_service_register_account, required(h.service, z), in(new_row()),
               anybody(s), OUT(ringfence_settings)),
      FUNCTION(ringfence_service_import_accounts, required(h.service, z), in(new_row()),
               plain<size_t>(1), anybody(s), OUT(ringfence_import_report), OUT(ringfence_text)),
      FUNCTION(ringfence_service_upgrade, required(h.service, z), about_ann(s), anybody(s),
               OUT(ringfence_settings)),
      FUNCTION(ringfence_service_set_locale, required(h.service, z), about_ann(s), string("ja"),
               anybody(s), OUT(ringfence_settings)),
      FUNCTION(ringfence_service_settings, required(h.service, z), about_ann(s), anybody(s),
               OUT(ringfence_settings)),
      FUNCTION(ringfence_service_resolve_login_phone, required(h.service, z), string(""),
               in(a_target), anybody(s), OUT(ringfence_login)),
      FUNCTION(ringfence_service_resolve_login_email, required(h.service, z), string(""),
               string(ann_email), anybody(s), OUT(ringfence_login)),
      FUNCTION(ringfence_service_lock, required(h.service, z), about_ann(s), string("reason"),
               anybody(s), OUT(ringfence_settings)),
      FUNCTION(ringfence_service_unlock, required(h.service, z), about_ann(s), anybody(s),
               OUT(ringfence_settings)),
      FUNCTION(ringfence_service_credentials_changed, required(h.service, z), about_ann(s),
               anybody(s), OUT(ringfence_settings)),
      FUNCTION(ringfence_service_close, required(h.service, z), about_ann(s), anybody(s),
               OUT(ringfence_settings)),
      FUNCTION(ringfence_service_erase, required(h.service, z), about_ann(s), anybody(s),
               OUT(ringfence_settings)),
      FUNCTION(ringfence_service_export_account, required(h.service, z), about_ann(s), anybody(s),
               OUT(ringfence_text)),
      FUNCTION(ringfence_service_audit, required(h.service, z), about_ann(s),
               in_or_null(fresh<ringfence_audit_query>()), anybody(s), OUT(ringfence_text),
               OUT(uint64_t)),
      FUNCTION(ringfence_service_verify_audit, required(h.service, z), about_ann(s), anybody(s),
               OUT(ringfence_audit_report)),
      FUNCTION(ringfence_service_prune_audit, required(h.service, z), in(with_many_entries(s)),
               plain<int64_t>(h.now), anybody(s), OUT(int32_t)),
      FUNCTION(ringfence_service_set_notice_channels, required(h.service, z), about_ann(s),
               string("monitoring_alarm"), bits(2), anybody(s), OUT(ringfence_settings)),
      FUNCTION(ringfence_service_notify, required(h.service, z), about_ann(s), string("security"),
               string("Hello."), string("key-1"), anybody(s), OUT(ringfence_notice_receipt)),
      FUNCTION(ringfence_service_submit_appeal, required(h.service, z), about_ann(s),
               string("desk"), anybody(s), OUT(ringfence_appeal)),
      FUNCTION(ringfence_service_appeal, required(h.service, z), about_ann(s), anybody(s),
               OUT(ringfence_appeal)),
      FUNCTION(ringfence_service_decide_appeal, required(h.service, z), in(as_ann),
               string(appealed(s, false)), enumerator(1), string("rev"), string("case"),
               anybody(s), OUT(ringfence_appeal)),
      FUNCTION(ringfence_service_dispute, required(h.service, z), string(disputable(s)),
               anybody(s), OUT(ringfence_settings)),
      FUNCTION(ringfence_service_report_delivery, required(h.service, z), about_ann(s),
               string("00112233445566778899aabbccddeeff"), enumerator(RINGFENCE_DELIVERY_FAILED),
               anybody(s), OUT(ringfence_settings)),
      FUNCTION(ringfence_service_begin_change_phone, required(h.service, z), about_ann(s),
               enumerator(RINGFENCE_PHONE), enumerator(RINGFENCE_NUMBER_CHANGED), who(s),
               OUT(ringfence_flow_view)),
      FUNCTION(ringfence_service_begin_change_email, required(h.service, z), about_ann(s),
               enumerator(RINGFENCE_PHONE), who(s), OUT(ringfence_flow_view)),
      FUNCTION(ringfence_service_begin_verify_channel, required(h.service, z),
               in(with_unverified_phone(s)), enumerator(RINGFENCE_PHONE),
               enumerator(RINGFENCE_PHONE), who(s), OUT(ringfence_flow_view)),
      FUNCTION(ringfence_service_begin_confirm_operation, required(h.service, z), about_ann(s),
               string("vm:stop"), enumerator(RINGFENCE_PHONE), who(s), OUT(ringfence_flow_view)),
      FUNCTION(ringfence_service_begin_claim_login, required(h.service, z), in(alone(s)),
               enumerator(RINGFENCE_PHONE), who(s), OUT(ringfence_flow_view)),
      FUNCTION(ringfence_service_begin_replace_phone, required(h.service, z),
               in(appealed_and_approved(s)), enumerator(RINGFENCE_NUMBER_CHANGED), who(s),
               OUT(ringfence_flow_view)),
      FUNCTION(ringfence_service_use_grant, required(h.service, z), string(granted(s)),
               string("vm:stop"), who(s), OUT(ringfence_grant)),
      Function{"ringfence_service_prove_identity",
               [](Scene& s) {
                 const std::string of = flow(s);
                 return prepared(ringfence_service_prove_identity, required(s.host.service, s.zoo),
                                 string(of), string(code(s)), who(s), OUT(ringfence_flow_view));
               }},
      FUNCTION(ringfence_service_set_target, required(h.service, z), string(identified(s)),
               in(a_target), who(s), OUT(ringfence_flow_view)),
      Function{"ringfence_service_prove_target",
               [](Scene& s) {
                 const std::string of = targeted(s);
                 return prepared(ringfence_service_prove_target, required(s.host.service, s.zoo),
                                 string(of), string(code(s)), enumerator(1), who(s),
                                 OUT(ringfence_flow_view));
               }},
      FUNCTION(ringfence_service_confirm_target, required(h.service, z), string(to_confirm(s)),
               who(s), OUT(ringfence_flow_view)),
      Function{"ringfence_service_resend",
               [](Scene& s) {
                 const std::string of = flow(s);
                 s.host.now += 61'000;
                 return prepared(ringfence_service_resend, required(s.host.service, s.zoo),
                                 string(of), enumerator(RINGFENCE_ROUTE_VOICE), who(s),
                                 OUT(ringfence_flow_view));
               }},
      FUNCTION(ringfence_service_cancel, required(h.service, z), string(flow(s)), who(s),
               OUT(ringfence_flow_view)),
      FUNCTION(ringfence_service_view, required(h.service, z), string(flow(s)), who(s),
               OUT(ringfence_flow_view)),
      FUNCTION(ringfence_dispatcher_new, in(h.dispatcher_parts()), OUT(ringfence_dispatcher)),
      FUNCTION(ringfence_dispatcher_pump, required(h.dispatcher, z),
               OUT(ringfence_dispatch_counts)),
      FUNCTION(ringfence_dispatcher_drain, required(h.dispatcher, z), plain<int64_t>(1000),
               OUT(ringfence_dispatch_counts)),
      FUNCTION(ringfence_dispatcher_stop, required(h.dispatcher, z)),
      FUNCTION(ringfence_dispatcher_run, required(stopped(s), z)),
      FUNCTION(ringfence_dispatcher_health, required(h.dispatcher, z),
               OUT(ringfence_delivery_health)),
      FUNCTION(ringfence_dispatcher_given_up, required(h.dispatcher, z), not_negative(0),
               id_or_none(), from_one_to(1000), OUT(ringfence_text)),
      FUNCTION(ringfence_dispatcher_retry, required(h.dispatcher, z), string("[]"),
               OUT(ringfence_text)),
      FUNCTION(ringfence_step_new, optional(a_policy(s), z), string(settings_command), anybody(s),
               OUT(ringfence_step)),
      FUNCTION(ringfence_step_needs, required(step(s, settings_command, Until::made), z),
               OUT(ringfence_text)),
      FUNCTION(ringfence_step_add, required(step(s, settings_command, Until::asked), z),
               string("[null]")),
      Function{"ringfence_step_question",
               [](Scene& s) {
                 ann(s);
                 return prepared(ringfence_step_question,
                                 required(step(s, settings_command, Until::loaded), s.zoo),
                                 OUT(ringfence_text));
               }},
      Function{"ringfence_step_decide",
               [](Scene& s) {
                 ann(s);
                 return prepared(ringfence_step_decide,
                                 required(step(s, settings_command, Until::loaded), s.zoo),
                                 in(step_context(s)), OUT(ringfence_text));
               }},
#define CONCLUDING(function, command, type)                                            \
  Function {                                                                           \
#function, [](Scene& s) {                                                            \
      ann(s);                                                                            \
      return prepared(function, required(step(s, command, Until::decided), s.zoo),       \
                      outcome(), OUT(type));                                             \
    } \
  }
      CONCLUDING(ringfence_step_conclude_flow,
                 R"({"step":"begin_change_phone","id":"ann","method":"phone"})",
                 ringfence_flow_view),
      CONCLUDING(ringfence_step_conclude_settings, settings_command, ringfence_settings),
      Function{"ringfence_step_conclude_grant",
               [](Scene& s) {
                 const std::string of = granted(s);
                 const std::string command = s.keep(R"({"step":"use_grant","flow":")" + of +
                                                    R"(","operation":"vm:stop"})");
                 return prepared(ringfence_step_conclude_grant,
                                 required(step(s, command.c_str(), Until::decided), s.zoo),
                                 outcome(), OUT(ringfence_grant));
               }},
      CONCLUDING(ringfence_step_conclude_appeal, R"({"step":"appeal","id":"ann"})",
                 ringfence_appeal),
      CONCLUDING(ringfence_step_conclude_receipt,
                 R"({"step":"notify","id":"ann","category":"security","text":"Hello.",)"
                 R"("idempotency_key":"1"})",
                 ringfence_notice_receipt),
      CONCLUDING(ringfence_step_conclude_login,
                 R"({"step":"resolve_login_phone","phone":"+8613912343672"})", ringfence_login),
  };
  return all;
}

#define FREEING(type, making)                                                   \
  Freeing {                                                                     \
    "ringfence_" #type "_free",                                                 \
        [](Scene& s) {                                                          \
          ringfence_##type made = {};                                           \
          Host& h = s.host;                                                     \
          h.ok(making);                                                         \
          return made.id;                                                       \
        },                                                                      \
        [](std::uint64_t id) { ringfence_##type##_free(ringfence_##type{id}); } \
  }
#define FROM_CALLBACKS(type, callbacks)                                         \
  Freeing {                                                                     \
    "ringfence_" #type "_free",                                                 \
        [](Scene& s) {                                                          \
          ringfence_##type made = {};                                           \
          Host& h = s.host;                                                     \
          const auto in = h.callbacks();                                        \
          h.ok(ringfence_##type##_from_callbacks(&in, &made, &h.error));        \
          return made.id;                                                       \
        },                                                                      \
        [](std::uint64_t id) { ringfence_##type##_free(ringfence_##type{id}); } \
  }

const std::vector<Freeing>& freeing_functions() {
  static const std::vector<Freeing> all = {
      FREEING(text, ringfence_service_export_account(h.service, (ann(s), &as_ann), nullptr, &made,
                                                     &h.error)),
      FREEING(policy, ringfence_policy_new(text(""), &made, &h.error)),
      FREEING(step, ringfence_step_new({}, text(settings_command), nullptr, &made, &h.error)),
      FREEING(store, ringfence_store_open(text("memory:"), &made, &h.error)),
      FROM_CALLBACKS(key_ring, key_source),
      FROM_CALLBACKS(clock, clock_callbacks),
      FROM_CALLBACKS(entropy, entropy_callbacks),
      FROM_CALLBACKS(risk_advisor, risk_callbacks),
      FROM_CALLBACKS(observer, observer_callbacks),
      FROM_CALLBACKS(sender, sender_callbacks),
      FROM_CALLBACKS(event_sink, event_sink_callbacks),
      Freeing{"ringfence_service_free",
              [](Scene& s) {
                ringfence_service made = {};
                const auto in = s.host.service_parts();
                s.host.ok(ringfence_service_new(&in, &made, &s.host.error));
                return made.id;
              },
              [](std::uint64_t id) { ringfence_service_free({id}); }},
      Freeing{"ringfence_dispatcher_free",
              [](Scene& s) {
                ringfence_dispatcher made = {};
                const auto in = s.host.dispatcher_parts();
                s.host.ok(ringfence_dispatcher_new(&in, &made, &s.host.error));
                return made.id;
              },
              [](std::uint64_t id) { ringfence_dispatcher_free({id}); }},
  };
  return all;
}

const std::vector<std::pair<const char*, const char* (*)(int32_t)>>& naming_functions() {
#define NAMING(function) \
  { #function, function }
  static const std::vector<std::pair<const char*, const char* (*)(int32_t)>> all = {
      NAMING(ringfence_status_name),           NAMING(ringfence_next_name),
      NAMING(ringfence_channel_kind_name),     NAMING(ringfence_channel_state_name),
      NAMING(ringfence_reason_name),           NAMING(ringfence_assurance_name),
      NAMING(ringfence_account_kind_name),     NAMING(ringfence_account_status_name),
      NAMING(ringfence_flow_kind_name),        NAMING(ringfence_flow_step_name),
      NAMING(ringfence_verdict_name),          NAMING(ringfence_change_reason_name),
      NAMING(ringfence_delivery_report_name),  NAMING(ringfence_route_name),
      NAMING(ringfence_appeal_state_name),     NAMING(ringfence_audit_fault_name),
      NAMING(ringfence_message_kind_name),     NAMING(ringfence_role_name),
      NAMING(ringfence_risk_answer_name),      NAMING(ringfence_risk_moment_name),
      NAMING(ringfence_observation_kind_name), NAMING(ringfence_sms_alphabet_name),
  };
  return all;
}

}  // namespace ringfence::misuse
