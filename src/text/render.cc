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

// The message names the action, so that a code that was phished for another one is noticed (A37).
std::string action_of(const Message& message) {
  const std::string where = message.destination->masked();
  const std::string thing =
      message.destination->kind() == ChannelKind::phone ? "security phone" : "email";
  if (message.purpose == "confirm_operation")
    return "confirm " + field(message, "operation") + " in your account";
  if (message.purpose == "claim_login") return "use " + where + " for logging in to your account";
  if (message.role == Role::target) return "make " + where + " the " + thing + " of an account";
  if (message.purpose == "change_email") return "change the email of your account";
  if (message.purpose == "verify_channel") return "confirm an address of your account";
  return "change the security phone of your account";
}

}  // namespace

SecretText render_code(const Message& message, const SecretText& code, TimeMs lifetime_ms) {
  const std::string action = action_of(message);
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
  // The host's own, whatever its category is called.
  if (const auto text = message.fields.find("text"); text != message.fields.end())
    return SecretText(text->second);
  const std::string& purpose = message.purpose;
  const std::string reference = field(message, "dispute");
  const std::string not_you =
      " If this was not you, contact support at once" +
      (reference.empty() ? std::string(".") : " and name this reference: " + reference);
  if (purpose == "phone_changed" || purpose == "email_changed" || purpose == "channel_verified") {
    const std::string what = field(message, "channel") == "email" ? "email" : "security phone";
    return SecretText("The " + what + " of your account is now " + field(message, "masked") + "." +
                      not_you);
  }
  if (purpose == "login_claimed")
    return SecretText("Your account can now be logged in to with " + field(message, "masked") +
                      "." + not_you);
  if (purpose == "account_locked") {
    return SecretText(field(message, "reason") == "too_many_failures"
                          ? "Your account was locked after too many wrong codes. Contact support."
                          : "Your account was locked. Contact support.");
  }
  if (purpose == "appeal_submitted")
    return SecretText("Somebody asks to replace the security phone of your account." + not_you);
  if (purpose == "appeal_approved")
    return SecretText("The security phone of your account may now be replaced." + not_you);
  if (purpose == "appeal_rejected")
    return SecretText("The request to replace the security phone of your account was rejected.");
  if (purpose == "notice_channels_chosen") {
    return SecretText("The channels for notices of " + field(message, "category") +
                      " of your account were changed." + not_you);
  }
  if (purpose == "account_unlocked") return SecretText("Your account was unlocked." + not_you);
  if (purpose == "account_closed") return SecretText("Your account was closed." + not_you);
  return SecretText("Notice about your account: " + purpose + ".");
}

}  // namespace ringfence
