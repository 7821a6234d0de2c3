#pragma once

#include <cstdint>

#include "ringfence/model/account.h"
#include "ringfence/model/message.h"
#include "ringfence/workflow/challenge.h"
#include "ringfence/workflow/flow_edit.h"

/// What becomes of a message at the moment it would be handed over.
namespace ringfence::workflow {

enum class Delivery : std::uint8_t {
  hand_over,
  superseded,  ///< The code is void: a newer one took its place, it was used, or its flow is over.
  too_late,
};

/// Decides with the account as it is now; `flow` gets the flow whose challenge is to be derived.
inline Delivery delivery_of(const Message& message, const Account* account, TimeMs now,
                            const Flow** flow) {
  // A notice or an event is handed over at least once, however late: one wrong reading of a clock
  // silences nobody (A31, A46).
  if (message.kind != MessageKind::code) {
    return message.attempts <= 1 || now < message.expires_at ? Delivery::hand_over
                                                             : Delivery::too_late;
  }
  if (account == nullptr || account->status == AccountStatus::closed) return Delivery::superseded;
  for (const Flow& one : account->flows) {
    if (one.id != message.flow || !one.running() || !one.challenge) continue;
    if (account->status == AccountStatus::locked && !row_of(one.kind).by_appeal) continue;
    if (one.challenge->sandbox || one.challenge->generation != message.generation ||
        role_of(one) != message.role)
      continue;
    if (one.challenge->tries_used >= one.terms.tries_per_code || over(one, *account, now)) continue;
    if (!live(*one.challenge, one, now)) return Delivery::too_late;
    *flow = &one;
    return Delivery::hand_over;
  }
  return Delivery::superseded;
}

}  // namespace ringfence::workflow
