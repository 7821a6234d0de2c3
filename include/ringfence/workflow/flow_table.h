#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "ringfence/model/flow.h"

/// Which flow needs which proofs, and which command fits which step (DOMAIN 4). Adding a flow is
/// adding a row.
namespace ringfence::workflow {

struct FlowRow {
  FlowKind kind;
  bool proves_identity;      ///< A code to a verified channel of the account comes first.
  ChannelKind target;        ///< The channel whose address is set and proven.
  std::string_view changed;  ///< The notice and the event that tell of the effect.
};

inline constexpr std::array<FlowRow, 1> flow_table = {{
    {FlowKind::change_phone, true, ChannelKind::phone, "phone_changed"},
}};

constexpr const FlowRow& row_of(FlowKind kind) {
  return flow_table[static_cast<std::size_t>(kind)];
}
static_assert(row_of(FlowKind::change_phone).kind == FlowKind::change_phone);

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
constexpr bool takes(FlowStep step, Command command) {
  if (command == Command::view) return true;
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
