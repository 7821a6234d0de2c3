#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "codec/store_json.h"
#include "keys/key_file.h"
#include "ringfence/store/memory.h"
#include "ringfence/testing/manual_clock.h"
#include "ringfence/testing/seeded_entropy.h"
#include "vectors/replies.h"

/// Does what the steps of a vector say, through the interface of C++.
namespace ringfence::vectors {

/// Keeps what was handed over as the vectors have it.
class Keeper final : public Sender, public EventSink {
 public:
  json messages = json::array();

  SendResult send(const OutgoingMessage& of) override {
    messages.push_back(handed(of.message, of.locale, of.code.reveal(), of.text.reveal(),
                              of.lifetime_ms, of.subject,
                              of.html == nullptr ? "" : of.html->reveal()));
    return {SendResult::Outcome::accepted, 0, ""};
  }
  SendResult deliver(const Message& event) override {
    messages.push_back(handed(event, "", "", "", 0, "", ""));
    return {SendResult::Outcome::accepted, 0, ""};
  }
};

class Player {
 public:
  explicit Player(const json& setup)
      : ring_(KeyRing::from_callback([keys = setup.at("keys").get<std::string>()] {
                return read_keys(keys);
              }).value()),
        entropy_(setup.at("entropy").get<std::uint64_t>()),
        store_(make_memory_store()),
        service_(Service::make({*store_, *ring_, clock_, entropy_},
                               policy_from_json(setup.at("policy").dump()).value())
                     .value()),
        dispatcher_({*store_, *ring_, keeper_, keeper_, clock_, entropy_}) {}

  /// What comes of a step.
  json play(const json& step) {
    clock_.set(step.at("at"));
    keeper_.messages = json::array();
    const json& command = step.at("command");
    const std::string what = command.at("step");
    json out = run(what, command, call_of(step));
    if (what == "pump") out["messages"] = keeper_.messages;
    return out;
  }
  /// What the store answers when it is asked for these keys.
  std::string loaded(const std::string& keys) const {
    const auto wanted = codec::keys_from_json(keys).value();
    return codec::to_json(std::span<const Loaded>(store_->load(wanted, 0).value()));
  }

 private:
  template <class Reply>
  static json told(const result<Reply>& reply_of) {
    if (!reply_of) return refusal(reply_of.error());
    return {{"status", "ok"}, {"reply", reply(reply_of.value())}};
  }
  static std::string get(const json& in, const char* member) {
    return in.value(member, std::string());
  }
  template <class E>
  static E one_of(const std::string& wanted, std::initializer_list<E> all) {
    for (const E one : all) {
      if (name(one) == wanted) return one;
    }
    throw std::runtime_error("there is no " + wanted);
  }
  static AccountKey account(const json& in) { return {get(in, "realm"), in.at("id")}; }
  static Call call_of(const json& step) {
    const json in = step.value("call", json::object());
    return {.session = get(in, "session"),
            .source = get(in, "source"),
            .deadline_ms = in.value("deadline_ms", TimeMs{0}),
            .request_id = get(in, "request_id"),
            .trace_id = get(in, "trace_id"),
            .attested_factor = get(in, "attested_factor")};
  }
  static ChannelKind channel(const json& in) {
    return one_of(get(in, "channel"), {ChannelKind::phone, ChannelKind::email});
  }
  static Method method(const json& in) {
    return one_of(get(in, "method"), {Method::phone, Method::email});
  }
  static ChangeReason reason(const json& in) {
    return one_of(in.value("reason", std::string("number_changed")),
                  {ChangeReason::number_changed, ChangeReason::person_changed});
  }
  static Registration registration(const json& in) {
    Registration out{
        .account = account(in),
        .kind = one_of(in.value("kind", std::string("standalone")),
                       {AccountKind::standalone, AccountKind::federated}),
        .provider = get(in, "provider"),
        .phone = {in.at("phone"), get(in, "phone_region")},
    };
    if (in.contains("phone_proven_at")) out.phone_proven_at = in["phone_proven_at"].get<TimeMs>();
    if (in.contains("email")) out.email = AddressInput{in["email"], {}};
    out.locale = get(in, "locale");
    if (in.contains("email_proven_at")) out.email_proven_at = in["email_proven_at"].get<TimeMs>();
    return out;
  }
  result<FlowHandle> flow(const json& in) const {
    if (auto handle = FlowHandle::parse(get(in, "flow"))) return *handle;
    return failure(ErrorCode::flow_not_found, "no such flow");
  }

  json run(const std::string& what, const json& in, const Call& call) {
    Service& s = *service_;
    if (what == "pump") return told(dispatcher_.pump());
    if (what == "register_account") return told(s.register_account(registration(in), call));
    if (what == "import_accounts") {
      std::vector<Registration> rows;
      for (const json& row : in.at("rows")) rows.push_back(registration(row));
      return told(s.import_accounts(rows, call));
    }
    if (what == "resolve_login_phone") {
      return told(
          s.resolve_login_phone(get(in, "realm"), {in.at("phone"), get(in, "region")}, call));
    }
    if (what == "resolve_login_email") {
      return told(s.resolve_login_email(get(in, "realm"), get(in, "email"), call));
    }
    if (what == "dispute") return told(s.dispute(get(in, "reference"), call));
    if (in.contains("flow")) return run_in_flow(what, in, call);

    const AccountKey of = account(in);
    if (what == "settings") return told(s.settings(of, call));
    if (what == "upgrade") return told(s.upgrade(of, call));
    if (what == "set_locale") return told(s.set_locale(of, get(in, "locale"), call));
    if (what == "report_delivery") {
      return told(s.report_delivery(of, Id128::from_hex(get(in, "message")).value(),
                                    one_of(in.value("report", std::string("delivered")),
                                           {DeliveryReport::delivered, DeliveryReport::failed}),
                                    call));
    }
    if (what == "lock") return told(s.lock(of, get(in, "reason"), call));
    if (what == "unlock") return told(s.unlock(of, call));
    if (what == "credentials_changed") return told(s.credentials_changed(of, call));
    if (what == "close") return told(s.close(of, call));
    if (what == "erase") return told(s.erase(of, call));
    if (what == "verify_audit") return told(s.verify_audit(of, call));
    if (what == "prune_audit") return told(s.prune_audit(of, in.at("before"), call));
    if (what == "set_notice_channels") {
      ChannelKinds to;
      for (const json& one : in.at("channels"))
        to.push_back(one_of(one.get<std::string>(), {ChannelKind::phone, ChannelKind::email}));
      return told(s.set_notice_channels(of, get(in, "category"), to, call));
    }
    if (what == "notify") {
      return told(s.notify(of,
                           {.category = get(in, "category"),
                            .text = get(in, "text"),
                            .idempotency_key = get(in, "idempotency_key")},
                           call));
    }
    if (what == "submit_appeal") return told(s.submit_appeal(of, get(in, "submitted_by"), call));
    if (what == "appeal") return told(s.appeal(of, call));
    if (what == "decide_appeal") {
      return told(s.decide_appeal(of,
                                  {.appeal = Id128::from_hex(get(in, "appeal")).value(),
                                   .approve = in.value("approve", false),
                                   .reviewer = get(in, "reviewer"),
                                   .evidence = get(in, "evidence")},
                                  call));
    }
    if (what == "begin_change_phone")
      return told(s.begin_change_phone(of, method(in), call, reason(in)));
    if (what == "begin_change_email") return told(s.begin_change_email(of, method(in), call));
    if (what == "begin_verify_channel")
      return told(s.begin_verify_channel(of, channel(in), method(in), call));
    if (what == "begin_confirm_operation")
      return told(s.begin_confirm_operation(of, get(in, "operation"), method(in), call));
    if (what == "begin_claim_login") return told(s.begin_claim_login(of, channel(in), call));
    if (what == "begin_replace_phone") return told(s.begin_replace_phone(of, call, reason(in)));
    throw std::runtime_error("there is no step " + what);
  }
  json run_in_flow(const std::string& what, const json& in, const Call& call) {
    Service& s = *service_;
    const auto handle = flow(in);
    if (!handle) return refusal(handle.error());
    const FlowHandle& of = handle.value();
    if (what == "use_grant") return told(s.use_grant(of, get(in, "operation"), call));
    if (what == "prove_identity") return told(s.prove_identity(of, get(in, "code"), call));
    if (what == "set_target") {
      return told(s.set_target(of, {in.at("target"), get(in, "region")}, call));
    }
    if (what == "prove_target") {
      return told(
          s.prove_target(of, get(in, "code"), call,
                         {.accept_verification_only = in.value("accept_verification_only", true)}));
    }
    if (what == "confirm_target") return told(s.confirm_target(of, call));
    if (what == "resend") {
      return told(s.resend(
          of, call,
          {.route = one_of(in.value("route", std::string("text")), {Route::text, Route::voice})}));
    }
    if (what == "cancel") return told(s.cancel(of, call));
    if (what == "view") return told(s.view(of, call));
    throw std::runtime_error("there is no step " + what);
  }

  std::shared_ptr<KeyRing> ring_;
  testing::ManualClock clock_;
  testing::SeededEntropy entropy_;
  Keeper keeper_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Service> service_;
  Dispatcher dispatcher_;
};

}  // namespace ringfence::vectors
