#pragma once

#include <map>
#include <string>

#include "ringfence/service.h"

namespace rf = ringfence;

// docs/delivery.md has this function as it is here.

// GET /reports?realm=…&account=…&id=…&status=…, as your web framework has decoded it. Of status
// says Kannel: 1 delivered, 2 not delivered, 16 refused by the SMS centre.
inline rf::result<void> take_report(rf::Service& service,
                                    std::map<std::string, std::string> given) {
  const auto message = rf::Id128::from_hex(given["id"]);
  const bool delivered = given["status"] == "1";
  const bool failed = given["status"] == "2" || given["status"] == "16";
  if (!message || (!delivered && !failed))
    return rf::failure(rf::ErrorCode::invalid_argument, "this is no report of a message");
  RF_TRY_VOID(service.report_delivery(
      {given["realm"], given["account"]}, *message,
      delivered ? rf::DeliveryReport::delivered : rf::DeliveryReport::failed));
  return rf::ok();
}
