#pragma once

#include <functional>
#include <utility>

#include "vectors/player.h"

/// The stories that the vectors tell.
namespace ringfence::vectors {

/// Makes a vector: plays each step and writes down what came of it.
class Story {
 public:
  explicit Story(const std::string& about, std::uint64_t entropy, json policy = json::object())
      : vector_{{"about", about},
                {"entropy", entropy},
                {"keys", "k1 " + std::string(64, '5') + "\n"},
                {"policy", std::move(policy)},
                {"steps", json::array()}},
        player_(vector_) {}

  static constexpr TimeMs begin = 1'800'000'000'000;
  static constexpr const char* phone = "+8613912343672";
  static constexpr const char* email = "lion@example.com";
  static constexpr const char* new_phone = "+447700900123";

  /// Some time goes by.
  void wait(TimeMs duration_ms) { now_ += duration_ms; }
  TimeMs now() const { return now_; }
  /// Who calls from now on; null: nothing is known.
  void called_by(json call) { call_ = std::move(call); }

  json run(json command) {
    json step = {{"at", now_}, {"command", std::move(command)}};
    if (!call_.is_null()) step["call"] = call_;
    json expect = player_.play(step);
    step["expect"] = expect;
    vector_["steps"].push_back(std::move(step));
    return expect.value("reply", json());
  }
  json run(const std::string& step, json members = json::object()) {
    members["step"] = step;
    return run(std::move(members));
  }
  void pump() {
    run({{"step", "pump"}});
    for (const json& one : vector_["steps"].back()["expect"]["messages"]) {
      if (one["code"] != "") codes_[one["destination"]] = one["code"];
      if (!one["destination"].is_null()) ids_[one["destination"]] = one["id"];
      if (one["fields"].contains("dispute")) dispute_ = one["fields"]["dispute"];
    }
  }
  /// The newest code that reached an address.
  std::string code(const std::string& address) const { return codes_.at(address); }
  /// The id of the newest message to an address.
  std::string message(const std::string& address) const { return ids_.at(address); }
  std::string wrong(const std::string& address) const {
    std::string out = code(address);
    out.back() = out.back() == '9' ? '0' : static_cast<char>(out.back() + 1);
    return out;
  }
  std::string dispute() const { return dispute_; }

  void add(const std::string& id, const std::string& number, const std::string& mail = "") {
    json command = {
        {"step", "register_account"}, {"id", id}, {"phone", number}, {"phone_proven_at", now_}};
    if (!mail.empty()) {
      command["email"] = mail;
      command["email_proven_at"] = now_;
    }
    run(std::move(command));
  }
  /// The first half of a flow: it waits for its target.
  std::string identified(const std::string& id, const std::string& at) {
    const std::string flow =
        run("begin_change_phone", {{"id", id}, {"method", "phone"}}).at("flow");
    pump();
    run("prove_identity", {{"flow", flow}, {"code", code(at)}});
    return flow;
  }

  /// The whole vector; `keys` are those of the records to be kept in it.
  json end(const std::vector<Key>& keys) {
    const std::string wanted = codec::to_json(std::span<const Key>(keys));
    vector_["records"] = {{"keys", wanted}, {"loaded", player_.loaded(wanted)}};
    return vector_;
  }

 private:
  json vector_;
  Player player_;
  TimeMs now_ = begin;
  json call_ = {{"session", "session-1"}, {"source", "192.0.2.1"}};
  std::map<std::string, std::string> codes_;
  std::map<std::string, std::string> ids_;
  std::string dispute_;
};

inline Key account_of(const std::string& id, const std::string& realm = "") {
  return AccountKey{realm, id};
}
inline Key number_of(const std::string& number, const std::string& realm = "") {
  return AddressKey{realm, parse_phone(number, "", {}).value()};
}
inline Key email_of(const std::string& email) { return AddressKey{"", parse_email(email).value()}; }
inline Key entry_of(const std::string& id, std::uint64_t number) {
  return AuditKey{{"", id}, number};
}

inline json change_phone() {
  Story s("The four steps of a changed security phone, and who may log in with which number after.",
          1);
  s.add("ann", "+86 139 1234 3672", Story::email);
  s.run("settings", {{"id", "ann"}});
  s.called_by({{"session", "session-1"},
               {"source", "192.0.2.1"},
               {"request_id", "request-1"},
               {"trace_id", "trace-1"}});
  const std::string flow =
      s.run("begin_change_phone", {{"id", "ann"}, {"method", "phone"}}).at("flow");
  s.run("begin_change_phone", {{"id", "ann"}, {"method", "phone"}});  // the reply it got
  s.called_by({{"session", "session-1"}, {"source", "192.0.2.1"}});
  s.pump();
  s.wait(20'000);
  s.run("prove_identity", {{"flow", flow}, {"code", s.code(Story::phone)}});
  s.run("set_target", {{"flow", flow}, {"target", "139 1234 3672"}, {"region", "CN"}});  // the same
  s.run("set_target", {{"flow", flow}, {"target", "12"}, {"region", "GB"}});
  s.run("set_target", {{"flow", flow}, {"target", "07700 900123"}, {"region", "GB"}});
  s.pump();
  s.wait(20'000);
  s.run("prove_target", {{"flow", flow}, {"code", s.code(Story::new_phone)}});
  s.pump();
  s.run("prove_target", {{"flow", flow}, {"code", "000000"}});  // repeats its result
  s.called_by(json());
  s.run("settings", {{"id", "ann"}});
  s.run("resolve_login_phone", {{"phone", Story::new_phone}});
  s.run("resolve_login_phone", {{"phone", "139 1234 3672"}, {"region", "CN"}});
  s.run("verify_audit", {{"id", "ann"}});
  return s.end({account_of("ann"), number_of(Story::phone), number_of(Story::new_phone),
                email_of(Story::email), entry_of("ann", 1), entry_of("ann", 2), entry_of("ann", 3),
                SourceKey{"", "192.0.2.1"}});
}

inline json shared_number() {
  Story s(
      "A number of another account serves for verification only, and for login when its holder has "
      "gone.",
      2);
  s.add("bob", Story::new_phone);
  s.add("ann", Story::phone);
  const std::string flow = s.identified("ann", Story::phone);
  s.run("set_target", {{"flow", flow}, {"target", Story::new_phone}});
  s.pump();
  s.run("prove_target",
        {{"flow", flow}, {"code", s.code(Story::new_phone)}, {"accept_verification_only", false}});
  s.run("view", {{"flow", flow}});
  s.run("confirm_target", {{"flow", flow}});
  s.pump();
  s.run("settings", {{"id", "ann"}});
  s.run("resolve_login_phone", {{"phone", Story::new_phone}});
  s.run("begin_claim_login", {{"id", "bob"}, {"channel", "phone"}});  // it has the login
  s.run("close", {{"id", "bob"}});
  s.pump();
  s.run("resolve_login_phone", {{"phone", Story::new_phone}});
  s.wait(61'000);
  const std::string claim =
      s.run("begin_claim_login", {{"id", "ann"}, {"channel", "phone"}}).at("flow");
  s.pump();
  s.run("prove_target", {{"flow", claim}, {"code", s.code(Story::new_phone)}});
  s.run("resolve_login_phone", {{"phone", Story::new_phone}});
  return s.end(
      {account_of("ann"), account_of("bob"), number_of(Story::phone), number_of(Story::new_phone)});
}

inline json wrong_codes_and_limits() {
  Story s("Wrong codes are charged and then delayed; a resend has its time; a flow ends.", 3,
          {{"failures_to_lock", 8}, {"resend_after_ms", 90'000}});
  s.add("ann", Story::phone);
  const std::string flow =
      s.run("begin_change_phone", {{"id", "ann"}, {"method", "phone"}}).at("flow");
  s.pump();
  s.run("resend", {{"flow", flow}});
  for (int i = 0; i < 5; ++i)
    s.run("prove_identity", {{"flow", flow}, {"code", s.wrong(Story::phone)}});
  s.run("prove_identity", {{"flow", flow}, {"code", s.code(Story::phone)}});
  s.wait(30'000);
  s.run("prove_identity", {{"flow", flow}, {"code", s.code(Story::phone)}});
  s.wait(60'000);
  s.run("resend", {{"flow", flow}, {"route", "voice"}});
  s.pump();
  s.called_by({{"session", "session-2"}});
  s.run("prove_identity", {{"flow", flow}, {"code", s.code(Story::phone)}});
  s.called_by({{"session", "session-1"}});
  s.run("prove_identity", {{"flow", flow}, {"code", s.code(Story::phone)}});
  s.wait(15 * 60'000);
  s.run("set_target", {{"flow", flow}, {"target", Story::new_phone}});
  const std::string again =
      s.run("begin_change_phone", {{"id", "ann"}, {"method", "phone"}}).at("flow");
  s.pump();
  s.run("cancel", {{"flow", again}});
  s.run("prove_identity", {{"flow", again}, {"code", s.code(Story::phone)}});
  s.wait(120'000);
  const std::string last =
      s.run("begin_change_phone", {{"id", "ann"}, {"method", "phone"}}).at("flow");
  s.pump();
  for (int i = 0; i < 5; ++i)
    s.run("prove_identity", {{"flow", last}, {"code", s.wrong(Story::phone)}});
  s.wait(300'000);
  const std::string to_lock =
      s.run("begin_change_phone", {{"id", "ann"}, {"method", "phone"}}).at("flow");
  s.pump();
  for (int i = 0; i < 4; ++i)
    s.run("prove_identity", {{"flow", to_lock}, {"code", s.wrong(Story::phone)}});
  s.pump();
  s.run("settings", {{"id", "ann"}});
  s.run("view", {{"flow", "nothing"}});
  return s.end({account_of("ann"), number_of(Story::phone)});
}

inline json change_email() {
  Story s(
      "An email is added; another realm knows nothing of it; an erased account keeps a trail that "
      "holds.",
      4);
  s.add("ann", Story::phone);
  s.run({{"step", "register_account"},
         {"realm", "eu"},
         {"id", "ann"},
         {"phone", Story::phone},
         {"email",
          "lion@b\xc3\xbc"
          "cher.example"}});
  const std::string flow =
      s.run("begin_change_email", {{"id", "ann"}, {"method", "phone"}}).at("flow");
  s.pump();
  s.run("prove_identity", {{"flow", flow}, {"code", s.code(Story::phone)}});
  s.run("set_target", {{"flow", flow}, {"target", "no email"}});
  s.run("set_target", {{"flow", flow}, {"target", "Ann.B@EXAMPLE.org"}});
  s.pump();
  s.run("prove_target", {{"flow", flow}, {"code", s.code("Ann.B@example.org")}});
  s.pump();
  s.run("settings", {{"id", "ann"}});
  s.run("resolve_login_email", {{"email", "Ann.B@example.org"}});
  s.run("resolve_login_email", {{"email", "Ann.B@example.org"}, {"realm", "eu"}});
  s.run("settings", {{"id", "ann"}, {"realm", "eu"}});
  const std::string verify =
      s.run("begin_verify_channel",
            {{"realm", "eu"}, {"id", "ann"}, {"channel", "phone"}, {"method", "phone"}})
          .at("flow");
  s.pump();
  s.run("prove_target", {{"flow", verify}, {"code", s.code(Story::phone)}});
  s.run("begin_change_email", {{"id", "nobody"}, {"method", "phone"}});
  s.run("erase", {{"id", "ann"}});
  s.pump();
  s.run("settings", {{"id", "ann"}});
  s.run("verify_audit", {{"id", "ann"}});
  return s.end({account_of("ann"), account_of("ann", "eu"), number_of(Story::phone, "eu"),
                email_of("Ann.B@example.org"), entry_of("ann", 1)});
}

inline json confirm_operation() {
  Story s(
      "A sensitive operation is confirmed and its grant taken once; notices are chosen and given "
      "once.",
      5, {{"notice_categories", {"billing"}}});
  s.add("ann", Story::phone, Story::email);
  const std::string flow =
      s.run("begin_confirm_operation",
            {{"id", "ann"}, {"operation", "vm:deleteInstance"}, {"method", "email"}})
          .at("flow");
  s.pump();
  s.run("prove_identity", {{"flow", flow}, {"code", s.code(Story::email)}});
  s.run("use_grant", {{"flow", flow}, {"operation", "vm:start"}});
  s.run("use_grant", {{"flow", flow}, {"operation", "vm:deleteInstance"}});
  s.run("use_grant", {{"flow", flow}, {"operation", "vm:deleteInstance"}});
  s.called_by(json());
  s.run("set_notice_channels",
        {{"id", "ann"}, {"category", "billing"}, {"channels", {"phone", "email"}}});
  s.run("set_notice_channels", {{"id", "ann"}, {"category", "security"}, {"channels", {"phone"}}});
  const json bill = {{"id", "ann"},
                     {"category", "billing"},
                     {"text",
                      "Die Rechnung \xe2\x80\x9e"
                      "7\xe2\x80\x9c ist da."},
                     {"idempotency_key", "bill-7"}};
  s.run("notify", bill);
  s.run("notify", bill);
  s.pump();
  s.run("set_notice_channels",
        {{"id", "ann"}, {"category", "billing"}, {"channels", json::array()}});
  s.run("notify", {{"id", "ann"},
                   {"category", "billing"},
                   {"text", "Another one."},
                   {"idempotency_key", "bill-8"}});
  s.run("lock", {{"id", "ann"}, {"reason", "suspicion"}});
  s.called_by({{"session", "session-1"}});
  s.run("begin_change_phone", {{"id", "ann"}, {"method", "phone"}});
  s.called_by(json());
  s.pump();
  s.run("unlock", {{"id", "ann"}});
  s.run("credentials_changed", {{"id", "ann"}});
  s.wait(1000);
  s.run("prune_audit", {{"id", "ann"}, {"before", s.now()}});
  s.run("verify_audit", {{"id", "ann"}});
  return s.end({account_of("ann"), entry_of("ann", 1), entry_of("ann", 5), entry_of("ann", 8)});
}

inline json appeal_and_replace() {
  Story s("A phone that is lost is replaced after an appeal, and the change is disputed.", 6,
          {{"dispute_ms", 3 * day_ms}});
  s.add("ann", Story::phone);
  s.run("appeal", {{"id", "ann"}});
  s.run("begin_replace_phone", {{"id", "ann"}});
  const std::string appeal =
      s.run("submit_appeal", {{"id", "ann"}, {"submitted_by", "desk 4"}}).at("id");
  s.pump();
  s.run("submit_appeal", {{"id", "ann"}, {"submitted_by", "desk 4"}});
  const json decision = {{"id", "ann"},
                         {"appeal", appeal},
                         {"approve", true},
                         {"reviewer", "rose"},
                         {"evidence", "case 7"}};
  s.run("decide_appeal", decision);
  s.wait(day_ms);
  s.run("decide_appeal", decision);
  const std::string flow =
      s.run("begin_replace_phone", {{"id", "ann"}, {"reason", "person_changed"}}).at("flow");
  s.run("set_target", {{"flow", flow}, {"target", Story::new_phone}});
  s.pump();
  s.run("prove_target", {{"flow", flow}, {"code", s.code(Story::new_phone)}});
  s.pump();
  s.run("appeal", {{"id", "ann"}});
  s.called_by(json());
  s.run("dispute", {{"reference", "00.00"}});
  s.run("dispute", {{"reference", s.dispute()}});
  s.pump();
  s.run("appeal", {{"id", "ann"}});
  return s.end({account_of("ann"), number_of(Story::phone), number_of(Story::new_phone)});
}

inline json import_and_claim() {
  Story s(
      "Existing users come in, the earliest proof of a number gets the login; a federated account "
      "is upgraded.",
      7, {{"provider_links", {{"shop", "https://id.example.com/phone"}}}});
  const TimeMs before = Story::begin - 30 * day_ms;
  const json rows = {
      {{"id", "ann"}, {"phone", Story::phone}, {"phone_proven_at", before}},
      {{"id", "bob"}, {"phone", "12"}},
      {{"id", "cid"},
       {"phone", "139 1234 3672"},
       {"phone_region", "CN"},
       {"phone_proven_at", before - day_ms}},
      {{"id", "dan"},
       {"phone", Story::new_phone},
       {"phone_proven_at", before},
       {"kind", "federated"},
       {"provider", "shop"},
       {"email", "dan@example.com"}},
  };
  s.called_by(json());
  s.run("import_accounts", {{"rows", rows}});
  s.run("import_accounts", {{"rows", rows}});
  s.run("import_accounts",
        {{"rows",
          {{{"id", "eve"}, {"phone", Story::phone}, {"phone_proven_at", before - 2 * day_ms}}}}});
  s.run("resolve_login_phone", {{"phone", Story::phone}});
  s.run("settings", {{"id", "ann"}});
  s.called_by({{"session", "session-1"}, {"source", "192.0.2.1"}});
  s.run("begin_change_phone", {{"id", "dan"}, {"method", "phone"}});
  s.run("upgrade", {{"id", "dan"}});
  s.pump();
  const std::string flow =
      s.run("begin_change_phone", {{"id", "dan"}, {"method", "phone"}}).at("flow");
  s.pump();
  s.run("prove_identity", {{"flow", flow}, {"code", s.code(Story::new_phone)}});
  s.run("set_target", {{"flow", flow}, {"target", Story::phone}});
  s.pump();
  s.run("prove_target", {{"flow", flow}, {"code", s.code(Story::phone)}});
  s.pump();
  s.run("settings", {{"id", "dan"}});
  return s.end({account_of("ann"), account_of("bob"), account_of("cid"), account_of("dan"),
                account_of("eve"), number_of(Story::phone), number_of(Story::new_phone)});
}

inline json languages() {
  Story s(
      "People are written to in their language, or the nearest there is; a call reads a code out "
      "digit by digit.",
      8);
  s.run({{"step", "register_account"},
         {"id", "ann"},
         {"phone", Story::phone},
         {"phone_proven_at", Story::begin},
         {"email", Story::email},
         {"email_proven_at", Story::begin},
         {"locale", "zh-cn"}});
  s.called_by({{"session", "session-1"}, {"source", "192.0.2.1"}});
  const std::string flow =
      s.run("begin_change_phone", {{"id", "ann"}, {"method", "email"}}).at("flow");
  s.pump();
  s.run("prove_identity", {{"flow", flow}, {"code", s.code(Story::email)}});
  s.run("set_target", {{"flow", flow}, {"target", Story::new_phone}});
  s.pump();
  s.run("set_locale", {{"id", "ann"}, {"locale", "ar_EG"}});
  s.run("set_locale", {{"id", "ann"}, {"locale", "AR-EG"}});
  s.wait(minute_ms);
  s.run("resend", {{"flow", flow}});
  s.pump();
  s.wait(minute_ms);
  s.run("resend", {{"flow", flow}, {"route", "voice"}});
  s.pump();
  s.run("prove_target", {{"flow", flow}, {"code", s.code(Story::new_phone)}});
  s.run("set_locale", {{"id", "ann"}, {"locale", ""}});
  s.pump();
  s.run("settings", {{"id", "ann"}});
  s.run("erase", {{"id", "ann"}});
  return s.end({account_of("ann"), number_of(Story::phone), number_of(Story::new_phone)});
}

inline json delivery_reports() {
  Story s(
      "A gateway reports that a code did not arrive: it says so in the view, and the next one need "
      "not wait.",
      9);
  s.add("ann", Story::phone);
  const std::string flow =
      s.run("begin_change_phone", {{"id", "ann"}, {"method", "phone"}}).at("flow");
  s.pump();
  const std::string first = s.message(Story::phone);
  const auto report = [&](const std::string& message, const std::string& what) {
    s.run("report_delivery", {{"id", "ann"}, {"message", message}, {"report", what}});
  };
  s.wait(second_ms);
  s.run("resend", {{"flow", flow}});
  report(std::string(32, 'a'), "failed");
  report(first, "failed");
  s.run("view", {{"flow", flow}});
  s.run("resend", {{"flow", flow}});
  s.pump();
  report(first, "failed");
  s.run("view", {{"flow", flow}});
  report(s.message(Story::phone), "failed");
  report(s.message(Story::phone), "delivered");
  s.run("view", {{"flow", flow}});
  s.run("report_delivery", {{"id", "bob"}, {"message", first}, {"report", "delivered"}});
  s.run("prove_identity", {{"flow", flow}, {"code", s.code(Story::phone)}});
  return s.end({account_of("ann"), number_of(Story::phone)});
}

inline const std::vector<std::pair<std::string, json (*)()>>& stories() {
  static const std::vector<std::pair<std::string, json (*)()>> all = {
      {"change_phone", change_phone},
      {"shared_number", shared_number},
      {"wrong_codes_and_limits", wrong_codes_and_limits},
      {"change_email", change_email},
      {"confirm_operation", confirm_operation},
      {"appeal_and_replace", appeal_and_replace},
      {"import_and_claim", import_and_claim},
      {"languages", languages},
      {"delivery_reports", delivery_reports},
  };
  return all;
}

}  // namespace ringfence::vectors
