#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ringfence/model/address.h"
#include "ringfence/model/flow.h"
#include "ringfence/model/ids.h"

/// The outbox: what a commit wants to be sent, stored in that commit.
namespace ringfence {

enum class MessageKind : std::uint8_t {
  code,    ///< A code of a challenge, to an address. The code is derived when it is sent.
  notice,  ///< A text to an address.
  event,   ///< Something the host is told.
};

enum class MessageState : std::uint8_t {
  pending,
  accepted,    ///< The sender or the host took it.
  given_up,    ///< Refused for good, or too late; `outcome` says why.
  superseded,  ///< A newer code has taken its place, or it is no longer needed.
};

constexpr std::string_view name(MessageKind kind) noexcept {
  return kind == MessageKind::code ? "code" : kind == MessageKind::notice ? "notice" : "event";
}
constexpr std::string_view name(MessageState state) noexcept {
  switch (state) {
    case MessageState::pending:
      return "pending";
    case MessageState::accepted:
      return "accepted";
    case MessageState::given_up:
      return "given_up";
    case MessageState::superseded:
      return "superseded";
  }
  return "given_up";
}

/// How a message reaches its address. All routes to an address share one budget (A22).
enum class Route : std::uint8_t {
  text,   ///< An SMS, or a mail.
  voice,  ///< A call that reads the code out; only to a telephone number.
};

constexpr std::string_view name(Route route) noexcept {
  return route == Route::text ? "text" : "voice";
}

/// What a gateway tells later of a message that it had accepted.
enum class DeliveryReport : std::uint8_t {
  delivered,
  failed,  ///< It did not arrive and will not.
};

constexpr std::string_view name(DeliveryReport report) noexcept {
  return report == DeliveryReport::delivered ? "delivered" : "failed";
}

struct Message {
  Id128 id = {};  ///< Also the idempotency key: every repeat carries it (I4).
  MessageKind kind = MessageKind::code;
  /// Of a code: the flow's kind. Of a notice or an event: its name, e.g. `phone_changed`,
  /// `end_sessions`; of a notice of the host's own: its category.
  std::string purpose = {};
  AccountKey account = {};
  std::optional<Address> destination = {};  ///< None for an event.
  Route route = Route::text;
  /// Of a code in an SMS: where no SMS can be sent, a call may bring it to the same number.
  bool may_call = false;
  // Of a code:
  Id128 flow = {};
  Role role = Role::identity;
  std::uint32_t generation = 0;
  // What it tells, by name; of a code: the operation it confirms; of a notice of the host's own:
  // `text`. No code and no full address (R25).
  std::map<std::string, std::string> fields = {};
  /// What its reader reads, as the account had it when the message was made; empty if not known.
  std::string locale = {};
  std::string trace_id = {};  ///< Of the call that made it: `Call::trace_id`.

  TimeMs created_at = 0;
  TimeMs expires_at = 0;  ///< Given up from then on.
  // Kept by the store:
  MessageState state = MessageState::pending;
  TimeMs due_at = 0;  ///< Not taken before; a lease moves it on.
  int attempts = 0;   ///< How often it was taken. Also the lease's token: see `Store::settle`.
  /// Why it was given up or deferred, or what the gateway calls it; no address, no code. Up to 256
  /// bytes. `too_late` is of one that nobody took in its time, with a colon and what stood here
  /// before, if anything did. `held: ` and why is of one that waits and was not tried yet.
  std::string outcome = {};

  friend bool operator==(const Message&, const Message&) = default;
};

/// Where a message stands among others: the one created first comes first, and of those created at
/// one moment the one with the smaller id. The default is before all of them.
struct MessagePlace {
  TimeMs created_at = 0;
  Id128 id = {};

  friend auto operator<=>(const MessagePlace&, const MessagePlace&) = default;
};

inline MessagePlace place_of(const Message& message) { return {message.created_at, message.id}; }

}  // namespace ringfence
