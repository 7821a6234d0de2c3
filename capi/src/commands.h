#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ringfence/service.h"

/// Steps by their names: what a host that drives steps itself asks for.
namespace ringfence::capi {

using AnyStep = std::variant<Step<FlowView>, Step<SecuritySettings>, Step<Granted>, Step<Appeal>,
                             Step<std::optional<Appeal>>, Step<NoticeReceipt>,
                             Step<std::optional<std::string>>>;

/// Reads `{"step":"set_target", …}`: the name of a function of the service, and a member for each
/// of its arguments. Refuses with `invalid_argument`, by its name, a member that is missing, of
/// another type, or not known; and what the addresses in it are refused with.
result<AnyStep> step_from_json(std::string_view command, const Call& call, const Policy& policy);

}  // namespace ringfence::capi
