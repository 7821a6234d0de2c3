#pragma once

#include <string>

#include "ringfence/error.h"
#include "ringfence/store.h"

/// How the parts do, for the host's health checks.
namespace ringfence {

/// Of a service: its store, its outbox and its keys.
struct Health {
  /// `none` if the store answered; else why it did not.
  ErrorCode store = ErrorCode::none;
  TimeMs store_ms = 0;  ///< How long its answer took.
  OutboxState outbox = {};
  /// How long the longest waiting message has been due; 0: none is. It grows when nobody pumps a
  /// dispatcher. What a gateway keeps refusing is deferred again and again: see
  /// `Dispatcher::health`.
  TimeMs outbox_age_ms = 0;
  std::string current_key = {};  ///< The id of the key that makes new codes.
  int keys = 0;                  ///< Keys in the ring.

  friend bool operator==(const Health&, const Health&) = default;
};

/// Of one way out: how its last hand-overs went.
struct RouteHealth {
  TimeMs last_accepted_at = 0;  ///< 0: none since the dispatcher was made.
  TimeMs last_failed_at = 0;    ///< Temporary, permanent or no answer; 0: none.
  int failures_in_a_row = 0;    ///< Since the last one that was accepted.
  /// If not 0: too many failed in a row, and until then nothing is handed over: see `LaneOptions`.
  TimeMs broken_until = 0;

  friend bool operator==(const RouteHealth&, const RouteHealth&) = default;
};

/// Of a dispatcher: what its senders and its event sink made of what it handed over.
struct DeliveryHealth {
  RouteHealth sms = {};
  RouteHealth voice = {};
  RouteHealth email = {};
  RouteHealth events = {};

  friend bool operator==(const DeliveryHealth&, const DeliveryHealth&) = default;
};

}  // namespace ringfence
