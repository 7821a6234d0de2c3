#include "commands.h"

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "codec/parse_json.h"
#include "inputs.h"
#include "ringfence/workflow.h"

namespace ringfence::capi {
namespace {

using nlohmann::json;

// A command being read. The first mistake is kept; what is read after it does not count.
class Command {
 public:
  Command(json in, const Call& who, const Policy& in_force)
      : call(who), policy(in_force), in_(std::move(in)) {}
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command() {
    if (const auto code = in_.find("code"); code != in_.end() && code->is_string())
      wipe(code->get_ref<std::string&>());
  }

  const Call& call;
  const Policy& policy;

  std::string text(const char* name) {
    const json* found = find(name);
    if (found == nullptr) return mistake(name, "is missing");
    return as_text(name, *found);
  }
  std::string text_or_empty(const char* name) {
    const json* found = find(name);
    return found == nullptr ? "" : as_text(name, *found);
  }
  /// A code: no copy of it stays behind.
  SecretText code() {
    const json* found = find("code");
    if (found == nullptr || !found->is_string()) {
      mistake("code", found == nullptr ? "is missing" : "is not a text");
      return {};
    }
    return SecretText(found->get_ref<const std::string&>());
  }
  bool flag_or(const char* name, bool absent) {
    const json* found = find(name);
    if (found == nullptr) return absent;
    if (!found->is_boolean()) mistake(name, "is neither true nor false");
    return found->is_boolean() && found->get<bool>();
  }
  std::optional<TimeMs> time(const char* name) {
    const json* found = find(name);
    if (found == nullptr) return std::nullopt;
    if (found->is_number_integer() &&
        (!found->is_number_unsigned() || std::in_range<TimeMs>(found->get<std::uint64_t>()))) {
      return found->get<TimeMs>();
    }
    mistake(name, "is not a number of milliseconds");
    return std::nullopt;
  }
  template <class E>
  E one_of(const char* name, E first, E last) {
    return named(name, text(name), first, last);
  }
  template <class E>
  E one_of_or(const char* name, E first, E last) {
    return find(name) == nullptr ? first : one_of(name, first, last);
  }
  ChannelKinds channels(const char* name) {
    ChannelKinds out;
    const json* found = find(name);
    if (found == nullptr || !found->is_array()) {
      mistake(name, found == nullptr ? "is missing" : "is not an array");
      return out;
    }
    for (const json& one : *found)
      out.push_back(named(name, as_text(name, one), ChannelKind::phone, ChannelKind::email));
    return out;
  }
  Id128 id(const char* name) {
    const auto read = Id128::from_hex(text(name));
    if (!read) mistake(name, "is not 32 hexadecimal digits");
    return read.value_or(Id128{});
  }

  AccountKey account() { return {text_or_empty("realm"), text("id")}; }
  FlowHandle flow() {
    auto handle = FlowHandle::parse(text("flow"));
    if (!handle && !refused_)
      refused_ = failure(ErrorCode::flow_not_found, "no such flow: this text names none");
    return handle.value_or(FlowHandle{});
  }

  // The first mistake, or a member that nobody asked for.
  result<void> finish() {
    for (const auto& [name, value] : in_.items()) {
      if (name != "step" && !asked_.contains(name)) {
        mistake("a member", "is not known to this step");
        break;
      }
    }
    if (refused_) return *refused_;
    return ok();
  }

 private:
  const json* find(const char* name) {
    asked_.insert(name);
    const auto found = in_.find(name);
    return found == in_.end() ? nullptr : &*found;
  }
  std::string as_text(const char* name, const json& found) {
    if (!found.is_string()) return mistake(name, "is not a text");
    auto text = found.get<std::string>();
    if (text.find('\0') != std::string::npos) return mistake(name, "has a NUL in it");
    return text;
  }
  template <class E>
  E named(const char* what, const std::string& wanted, E first, E last) {
    for (auto i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
      if (name(static_cast<E>(i)) == wanted) return static_cast<E>(i);
    }
    mistake(what, "is none that there is");
    return first;
  }
  std::string mistake(const std::string& what, const std::string& why) {
    if (!refused_)
      refused_ = failure(ErrorCode::invalid_argument, "the command: " + what + " " + why);
    return {};
  }

  json in_;
  std::set<std::string, std::less<>> asked_;
  std::optional<Failure> refused_;
};

using Make = std::function<result<AnyStep>(Command&)>;

// A step that wants nothing read as an address.
template <class Plain>
Make plain(Plain make) {
  return [make](Command& in) -> result<AnyStep> { return AnyStep(make(in)); };
}

Make begin(FlowKind kind) {
  return plain([kind](Command& in) {
    workflow::BeginOptions options;
    Method method = Method::phone;
    const AccountKey account = in.account();
    if (kind != FlowKind::claim_login && kind != FlowKind::replace_phone)
      method = in.one_of("method", Method::phone, Method::email);
    if (kind == FlowKind::change_phone || kind == FlowKind::replace_phone) {
      options.reason =
          in.one_of_or("reason", ChangeReason::number_changed, ChangeReason::person_changed);
    }
    if (kind == FlowKind::verify_channel || kind == FlowKind::claim_login)
      options.channel = in.one_of("channel", ChannelKind::phone, ChannelKind::email);
    if (kind == FlowKind::confirm_operation) options.operation = in.text("operation");
    return workflow::begin(kind, account, method, in.call, options);
  });
}

result<AnyStep> register_account(Command& in) {
  Registration registration{
      .account = in.account(),
      .kind = in.one_of_or("kind", AccountKind::standalone, AccountKind::federated),
      .provider = in.text_or_empty("provider"),
      .phone = {in.text("phone"), in.text_or_empty("phone_region")},
      .phone_proven_at = in.time("phone_proven_at"),
      .email_proven_at = in.time("email_proven_at"),
      .locale = in.text_or_empty("locale")};
  if (std::string email = in.text_or_empty("email"); !email.empty())
    registration.email = AddressInput{std::move(email), {}};
  RF_TRY_VOID(in.finish());
  RF_TRY(account, read(registration, in.policy.phone_numbers));
  return AnyStep(workflow::register_account(account));
}

result<AnyStep> resolve_login_phone(Command& in) {
  const std::string realm = in.text_or_empty("realm");
  const AddressInput phone{in.text("phone"), in.text_or_empty("region")};
  RF_TRY_VOID(in.finish());
  RF_TRY(number, parse_phone(phone.text, phone.region, in.policy.phone_numbers));
  return AnyStep(workflow::resolve_login({realm, number}));
}

result<AnyStep> resolve_login_email(Command& in) {
  const std::string realm = in.text_or_empty("realm");
  const std::string text = in.text("email");
  RF_TRY_VOID(in.finish());
  RF_TRY(email, parse_email(text));
  return AnyStep(workflow::resolve_login({realm, std::move(email)}));
}

result<AnyStep> dispute(Command& in) {
  const std::string reference = in.text("reference");
  RF_TRY_VOID(in.finish());
  RF_TRY(handle, read_reference(reference));
  return AnyStep(workflow::dispute(handle));
}

const std::map<std::string, Make, std::less<>>& makers() {
  static const std::map<std::string, Make, std::less<>> all = {
      {"register_account", register_account},
      {"resolve_login_phone", resolve_login_phone},
      {"resolve_login_email", resolve_login_email},
      {"dispute", dispute},
      {"upgrade", plain([](Command& in) { return workflow::upgrade(in.account()); })},
      {"settings", plain([](Command& in) { return workflow::settings(in.account()); })},
      {"set_locale",
       plain([](Command& in) { return workflow::set_locale(in.account(), in.text("locale")); })},
      {"lock", plain([](Command& in) { return workflow::lock(in.account(), in.text("reason")); })},
      {"unlock", plain([](Command& in) { return workflow::unlock(in.account()); })},
      {"credentials_changed",
       plain([](Command& in) { return workflow::credentials_changed(in.account()); })},
      {"close", plain([](Command& in) { return workflow::close(in.account()); })},
      {"set_notice_channels", plain([](Command& in) {
         return workflow::choose_notice_channels(in.account(), in.text("category"),
                                                 in.channels("channels"));
       })},
      {"notify", plain([](Command& in) {
         return workflow::notify(in.account(), {.category = in.text("category"),
                                                .text = in.text("text"),
                                                .idempotency_key = in.text("idempotency_key")});
       })},
      {"submit_appeal", plain([](Command& in) {
         return workflow::submit_appeal(in.account(), {in.text("submitted_by")});
       })},
      {"appeal", plain([](Command& in) { return workflow::appeal_of(in.account()); })},
      {"decide_appeal", plain([](Command& in) {
         return workflow::decide_appeal(in.account(), {.appeal = in.id("appeal"),
                                                       .approve = in.flag_or("approve", false),
                                                       .reviewer = in.text("reviewer"),
                                                       .evidence = in.text("evidence")});
       })},
      {"report_delivery", plain([](Command& in) {
         return workflow::report_delivery(
             in.account(), in.id("message"),
             in.one_of("report", DeliveryReport::delivered, DeliveryReport::failed));
       })},
      {"begin_change_phone", begin(FlowKind::change_phone)},
      {"begin_change_email", begin(FlowKind::change_email)},
      {"begin_verify_channel", begin(FlowKind::verify_channel)},
      {"begin_confirm_operation", begin(FlowKind::confirm_operation)},
      {"begin_claim_login", begin(FlowKind::claim_login)},
      {"begin_replace_phone", begin(FlowKind::replace_phone)},
      {"use_grant", plain([](Command& in) {
         return workflow::use_grant(in.flow(), in.text("operation"), in.call);
       })},
      {"prove_identity",
       plain([](Command& in) { return workflow::prove_identity(in.flow(), in.code(), in.call); })},
      {"set_target", plain([](Command& in) {
         const AddressInput target{in.text("target"), in.text_or_empty("region")};
         return workflow::set_target(in.flow(), read(target, in.policy.phone_numbers), in.call);
       })},
      {"prove_target", plain([](Command& in) {
         return workflow::prove_target(
             in.flow(), in.code(), in.call,
             {.accept_verification_only = in.flag_or("accept_verification_only", true)});
       })},
      {"confirm_target",
       plain([](Command& in) { return workflow::confirm_target(in.flow(), in.call); })},
      {"resend", plain([](Command& in) {
         return workflow::resend(in.flow(), in.call,
                                 {.route = in.one_of_or("route", Route::text, Route::voice)});
       })},
      {"cancel", plain([](Command& in) { return workflow::cancel(in.flow(), in.call); })},
      {"view", plain([](Command& in) { return workflow::view(in.flow(), in.call); })},
  };
  return all;
}

}  // namespace

result<AnyStep> step_from_json(std::string_view command, const Call& call, const Policy& policy) {
  const auto refuse = [](const char* why) { return failure(ErrorCode::invalid_argument, why); };
  json in;
  try {
    in = codec::parse_json(command);
  } catch (const std::exception&) {
    return refuse("the command is not JSON, nested too deep, or has a member twice");
  }
  if (!in.is_object()) return refuse("the command is not a JSON object");
  const auto step = in.find("step");
  if (step == in.end() || !step->is_string())
    return refuse("the command: step is missing, or not a text");
  const auto make = makers().find(step->get_ref<const std::string&>());
  if (make == makers().end()) return refuse("the command: there is no step of this name");
  Command reading(std::move(in), call, policy);
  auto made = make->second(reading);
  // A mistake in the command is told before what came of it.
  RF_TRY_VOID(reading.finish());
  return made;
}

}  // namespace ringfence::capi
