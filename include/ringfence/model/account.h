#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/error.h"
#include "ringfence/model/address.h"
#include "ringfence/model/appeal.h"
#include "ringfence/model/audit.h"
#include "ringfence/model/flow.h"
#include "ringfence/model/ids.h"
#include "ringfence/model/notice.h"

/// The account: the aggregate that every commit about it rewrites, so that two steps on one account
/// never both win.
namespace ringfence {

enum class AccountKind : std::uint8_t {
  standalone,  ///< Keeps its own credentials.
  federated,   ///< Credentials live at an outside identity provider; changed there.
};

enum class AccountStatus : std::uint8_t { active, locked, closed };

constexpr std::string_view name(AccountKind kind) noexcept {
  return kind == AccountKind::standalone ? "standalone" : "federated";
}
constexpr std::string_view name(AccountStatus status) noexcept {
  return status == AccountStatus::active   ? "active"
         : status == AccountStatus::locked ? "locked"
                                           : "closed";
}

/// An account's phone or email as it is stored. Whether it is usable, and for what, is computed:
/// see `settings.h`.
struct Channel {
  std::optional<Address> address = {};
  TimeMs proven_at = 0;      ///< When its owner proved it; 0: unverified.
  bool login_claim = false;  ///< This account holds the login claim on the address.
  /// The address came by an import and no flow has set, verified or claimed it since: its login
  /// claim may still move to an imported account that proved the address earlier.
  bool imported = false;

  bool verified() const { return address.has_value() && proven_at != 0; }
  friend bool operator==(const Channel&, const Channel&) = default;
};

/// Consecutive wrong codes for one role and address (R04).
struct FailureCount {
  Role role = Role::identity;
  Address address;
  int count = 0;
  TimeMs last_at = 0;

  friend bool operator==(const FailureCount&, const FailureCount&) = default;
};

/// An address this account has left; it still hears of changes for a while (R14).
struct FormerAddress {
  Address address;
  TimeMs left_at = 0;

  friend bool operator==(const FormerAddress&, const FormerAddress&) = default;
};

/// A confirmed operation that may be done once (R30).
struct Grant {
  Id128 flow = {};  ///< The flow that gave it; also its name.
  std::string operation = {};
  Id128 session = {};  ///< As in `Flow`.
  TimeMs given_at = 0;
  TimeMs expires_at = 0;
  TimeMs used_at = 0;  ///< 0: not yet.
  Id128 used_by = {};  ///< The request that used it: asked again, it gets the same answer.

  friend bool operator==(const Grant&, const Grant&) = default;
};

/// A reply that is repeated when its request comes again.
struct StoredReply {
  Id128 request = {};  ///< Digest of session and request id.
  Id128 step = {};     ///< Digest of what was asked, codes left out.
  TimeMs at = 0;
  FlowView view = {};
  ErrorCode failure = ErrorCode::none;  ///< If set, the reply was this refusal.

  friend bool operator==(const StoredReply&, const StoredReply&) = default;
};

struct Account {
  // Bounds of the parts that grow. The oldest makes room, but never a counter of one's own present
  // channel, nor the first of what may be disputed and of the addresses that were left.
  static constexpr std::size_t max_flows = 8;
  static constexpr std::size_t max_grants = 16;
  static constexpr std::size_t max_disputable = 4;
  static constexpr std::size_t max_failure_counts = 16;
  static constexpr std::size_t max_former_addresses = 4;
  static constexpr std::size_t max_replies = 8;
  static constexpr std::size_t max_changes = 8;
  static constexpr std::size_t max_given_notices = 32;
  static constexpr std::size_t max_notice_choices = 36;  ///< As many categories as there can be.

  AccountKey key = {};
  AccountKind kind = AccountKind::standalone;
  std::string provider = {};  ///< The identity provider of a federated account.
  AccountStatus status = AccountStatus::active;
  TimeMs created_at = 0;
  std::string locale = {};  ///< What its owner reads: see `parse_locale`. Empty: not known.
  std::array<Channel, 2> channels = {};
  /// Raised by every change of channels or credentials; flows begun before are void.
  std::uint64_t epoch = 0;
  std::vector<Flow> flows = {};
  std::vector<Grant> grants = {};
  std::optional<Appeal> appeal = {};
  std::vector<Disputable> disputable = {};
  std::vector<FailureCount> failures = {};
  std::vector<TimeMs> own_sends = {};  ///< To its own channels, all of them together (A22).
  std::vector<TimeMs> target_sends = {};
  std::vector<FormerAddress> former = {};
  std::vector<StoredReply> replies = {};
  std::vector<NoticeChoice> notice_choices = {};
  std::vector<GivenNotice> given_notices = {};  ///< The oldest first.
  std::vector<Id128> changes = {};              ///< The last change sets applied, newest last.
  AuditState audit = {};
  TimeMs erased_at = 0;  ///< If not 0: erased, and nothing else is set but what a closed one keeps.

  const Channel& channel(ChannelKind kind_of_channel) const {
    return channels[static_cast<std::size_t>(kind_of_channel)];
  }
  Channel& channel(ChannelKind kind_of_channel) {
    return channels[static_cast<std::size_t>(kind_of_channel)];
  }
  friend bool operator==(const Account&, const Account&) = default;
};

}  // namespace ringfence
