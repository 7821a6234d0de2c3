#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ringfence/model/flow.h"

/// Which flow needs which proofs, what it leads to, and which command fits which step (DOMAIN 4).
/// Adding a flow is adding a row, and its effect if it has a new one.
namespace ringfence::workflow {

/// Whether a code to a verified channel of the account comes first.
enum class IdentityProof : std::uint8_t {
  required,
  if_any_verified,  ///< Without any verified channel nobody could give it (A48).
  none,
};

/// Which address is proven then.
enum class TargetProof : std::uint8_t {
  new_address,
  own_address,  ///< The channel's present one; no call names it.
  none,
};

/// What happens when all proofs are there.
enum class Effect : std::uint8_t { swap_channel, verify_channel, claim_login, grant_operation };

struct FlowRow {
  FlowKind kind;
  IdentityProof identity;
  TargetProof target;
  std::optional<ChannelKind> channel;  ///< None: the caller says which.
  Effect effect;
  std::string_view told;  ///< The notice and the event that tell of the effect; empty: none.
  bool provider_manages;  ///< For a federated account it is refused with `managed_elsewhere`.
  bool by_appeal;         ///< Only while an appeal is approved and open; locked accounts too.
};

inline constexpr std::array<FlowRow, 6> flow_table = {{
    {FlowKind::change_phone, IdentityProof::required, TargetProof::new_address, ChannelKind::phone,
     Effect::swap_channel, "phone_changed", true, false},
    {FlowKind::change_email, IdentityProof::required, TargetProof::new_address, ChannelKind::email,
     Effect::swap_channel, "email_changed", true, false},
    {FlowKind::verify_channel, IdentityProof::if_any_verified, TargetProof::own_address,
     std::nullopt, Effect::verify_channel, "channel_verified", false, false},
    {FlowKind::confirm_operation, IdentityProof::required, TargetProof::none, std::nullopt,
     Effect::grant_operation, "", false, false},
    {FlowKind::claim_login, IdentityProof::none, TargetProof::own_address, std::nullopt,
     Effect::claim_login, "login_claimed", false, false},
    {FlowKind::replace_phone, IdentityProof::none, TargetProof::new_address, ChannelKind::phone,
     Effect::swap_channel, "phone_changed", true, true},
}};

constexpr const FlowRow& row_of(FlowKind kind) {
  return flow_table[static_cast<std::size_t>(kind)];
}
static_assert([] {
  for (std::size_t i = 0; i < flow_table.size(); ++i) {
    if (flow_table[i].kind != static_cast<FlowKind>(i)) return false;
  }
  return true;
}());

enum class Command : std::uint8_t {
  prove_identity,
  set_target,
  prove_target,
  confirm_target,
  resend,
  cancel,
  view
};

constexpr std::string_view name(Command command) noexcept {
  constexpr std::array<std::string_view, 7> names = {
      "prove_identity", "set_target", "prove_target", "confirm_target", "resend", "cancel", "view"};
  return names[static_cast<std::size_t>(command)];
}

/// Whether a running flow takes the command in this step. Steps come in order and none is skipped
/// (R11).
constexpr bool takes(const FlowRow& row, FlowStep step, Command command) {
  if (command == Command::view) return true;
  if (command == Command::set_target && row.target != TargetProof::new_address) return false;
  switch (step) {
    case FlowStep::prove_identity:
      return command == Command::prove_identity || command == Command::resend ||
             command == Command::cancel;
    case FlowStep::set_target:
      return command == Command::set_target || command == Command::cancel;
    case FlowStep::prove_target:
      return command == Command::prove_target || command == Command::set_target ||
             command == Command::resend || command == Command::cancel;
    case FlowStep::confirm_target:
      return command == Command::confirm_target || command == Command::set_target ||
             command == Command::cancel;
    case FlowStep::done:
    case FlowStep::failed:
    case FlowStep::cancelled:
      return false;
  }
  return false;
}

}  // namespace ringfence::workflow
