#include "text/render.h"

namespace ringfence {
namespace {

// To the nearest minute: what is sent at once is valid for as long as the policy says.
std::string duration(TimeMs lifetime_ms) {
  const TimeMs minutes = (lifetime_ms + 30'000) / 60'000;
  if (minutes < 1) return "less than a minute";
  return std::to_string(minutes) + (minutes == 1 ? " minute" : " minutes");
}

std::string field(const Message& message, const std::string& name) {
  const auto found = message.fields.find(name);
  return found == message.fields.end() ? std::string() : found->second;
}

}  // namespace

SecretText render_code(const Message& message, const SecretText& code, TimeMs lifetime_ms) {
  const std::string action =
      message.role == Role::identity
          ? "change the security phone of your account"
          : "make " + message.destination->masked() + " the security phone of an account";
  std::string text;
  text.reserve(512);  // before the code is in it: no copy of the code stays behind
  text += code.reveal();
  text += " is your code to " + action + ". Valid for " + duration(lifetime_ms) +
          ". Nobody will ask you for it: do not share it.";
  SecretText out(text);
  wipe(text);
  return out;
}

SecretText render_notice(const Message& message) {
  if (message.purpose == "phone_changed") {
    return SecretText("The security phone of your account is now " + field(message, "masked") +
                      ". If this was not you, contact support at once.");
  }
  if (message.purpose == "account_locked") {
    return SecretText("Your account was locked after too many wrong codes. Contact support.");
  }
  return SecretText("Notice about your account: " + message.purpose + ".");
}

}  // namespace ringfence
