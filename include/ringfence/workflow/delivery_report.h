#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ringfence/model/account.h"
#include "ringfence/step.h"
#include "ringfence/workflow/draft.h"

/// What a gateway tells later of a message that it had accepted (DOMAIN 5).
namespace ringfence {

enum class DeliveryReport : std::uint8_t {
  delivered,
  failed,  ///< It did not arrive and will not.
};

constexpr std::string_view name(DeliveryReport report) noexcept {
  return report == DeliveryReport::delivered ? "delivered" : "failed";
}

namespace workflow {

/// Notes that a code did, or did not, arrive: the flow that waits for it says so and may have
/// another one at once. Replies whether any flow waits for it. The last report counts.
inline Step<bool> report_delivery(const AccountKey& key, const Id128& message,
                                  DeliveryReport report) {
  const auto needs = [key](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [=](const Records& records, const Context& context) -> Decision<bool> {
    const auto* found = records.get<Account>(key);
    if (found == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    const bool failed = report != DeliveryReport::delivered;
    Account account = *found;
    for (Flow& flow : account.flows) {
      if (!flow.running() || !flow.challenge || message == Id128() ||
          flow.challenge->message != message) {
        continue;
      }
      if (flow.challenge->not_delivered == failed) return Decision<bool>(ChangeSet{}, true);
      flow.challenge->not_delivered = failed;
      Draft draft(records, context);
      draft.put(std::move(account));
      return Decision<bool>(draft.finish(), true);
    }
    return Decision<bool>(ChangeSet{}, false);
  };
  return {"report_delivery", needs, decide};
}

}  // namespace workflow
}  // namespace ringfence
