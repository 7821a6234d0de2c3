#pragma once

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/model/policy.h"
#include "ringfence/templates.h"

/// Messages of every kind, and texts to put over the built-in ones.
namespace ringfence::testing_support {

using nlohmann::json;

inline const std::vector<std::string>& built_in_locales() {
  static const std::vector<std::string> all = {"en", "zh-Hans", "ja", "es", "ar"};
  return all;
}

/// A number of twelve digits without its country code.
inline Address long_number() { return *PhoneNumber::from_e164("+49151123456789", 2); }
constexpr const char* long_number_masked = "151*****6789";
inline Address some_mail() { return *EmailAddress::from_canonical("lion@example.com"); }
constexpr const char* some_mail_masked = "l*****n@example.com";

/// What a code can be for. `identity` or `target` says whose code it is.
struct Purpose {
  FlowKind flow;
  Role role;
  bool to_phone = true;
  bool to_email = true;
};
constexpr std::array<Purpose, 9> all_purposes = {{
    {FlowKind::change_phone, Role::identity},
    {FlowKind::change_phone, Role::target, true, false},
    {FlowKind::change_email, Role::identity},
    {FlowKind::change_email, Role::target, false, true},
    {FlowKind::verify_channel, Role::identity},
    {FlowKind::verify_channel, Role::target},
    {FlowKind::confirm_operation, Role::identity},
    {FlowKind::claim_login, Role::target},
    {FlowKind::replace_phone, Role::target, true, false},
}};

inline Message code_to(const Address& to, const Purpose& purpose, const std::string& locale,
                       Route route = Route::text) {
  Message message{.kind = MessageKind::code,
                  .purpose = std::string(name(purpose.flow)),
                  .destination = to,
                  .route = route,
                  .role = purpose.role,
                  .locale = locale};
  if (purpose.flow == FlowKind::confirm_operation)
    message.fields["operation"] = "vm:deleteInstance";
  return message;
}

inline Message notice_to(const Address& to, const std::string& purpose, const std::string& locale) {
  return {.kind = MessageKind::notice,
          .purpose = purpose,
          .destination = to,
          .fields = {{"masked", long_number_masked},
                     {"category", "resource_expiry"},
                     {"reason", "number_changed"}},
          .locale = locale};
}

/// The words of a message, all of them, for looking at.
struct Words {
  std::string locale;
  std::string text;
  std::string subject;
  std::string html;
};
inline result<Words> words(const Templates& templates, const Message& message,
                           const std::string& code = "", TimeMs lifetime_ms = 5 * minute_ms) {
  RF_TRY(said, templates.render(message, SecretText(code), lifetime_ms));
  return Words{said.locale, std::string(said.text.reveal()), said.subject,
               said.html ? std::string(said.html->reveal()) : ""};
}

inline std::shared_ptr<const Templates> templates(const json& in) {
  auto made = templates_from_json(in.dump());
  return made ? std::move(made).value() : nullptr;
}

/// What a file of `src/text/locales` says.
inline json locale_file(const std::string& locale) {
  std::ifstream file(RINGFENCE_SOURCE_DIR "/src/text/locales/" + locale + ".json");
  return json::parse(file);
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace ringfence::testing_support
