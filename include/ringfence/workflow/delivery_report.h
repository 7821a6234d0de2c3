#pragma once

#include "ringfence/workflow/account_life.h"

/// What a gateway tells later of a message that it had accepted (DOMAIN 5).
namespace ringfence::workflow {

/// Notes that a code did, or did not, arrive: the flow that waits for it says so and may have
/// another one at once. A report of anything else changes nothing; the last one counts.
inline Step<SecuritySettings> report_delivery(const AccountKey& key, const Id128& message,
                                              DeliveryReport report) {
  return detail::on_account(
      "report_delivery", key, detail::no_more,
      [=](Account& account, Draft&, const Records&, const Context&) -> result<void> {
        for (Flow& flow : account.flows) {
          if (flow.running() && flow.challenge && message != Id128() &&
              flow.challenge->message == message) {
            flow.challenge->not_delivered = report != DeliveryReport::delivered;
          }
        }
        return ok();
      });
}

}  // namespace ringfence::workflow
