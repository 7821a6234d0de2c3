#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/model/account.h"

/// What the owner sees: every channel, what it is usable for, and why not (DOMAIN 2).
namespace ringfence {

enum class ChannelState : std::uint8_t { absent, unverified, verified };

/// Why a badge is missing.
enum class Reason : std::uint8_t {
  none,
  absent,
  unverified,
  shared_with_other_accounts,
  account_locked,
  account_closed,
  disabled_by_policy,
};

/// How good a proof through a channel is (R18).
enum class Assurance : std::uint8_t {
  restricted,     ///< The public telephone network.
  recovery_only,  ///< Email.
};

constexpr std::string_view name(ChannelState state) noexcept {
  return state == ChannelState::absent       ? "absent"
         : state == ChannelState::unverified ? "unverified"
                                             : "verified";
}
constexpr std::string_view name(Assurance assurance) noexcept {
  return assurance == Assurance::restricted ? "restricted" : "recovery_only";
}
constexpr std::string_view name(Reason reason) noexcept {
  switch (reason) {
    case Reason::none:
      return "none";
    case Reason::absent:
      return "absent";
    case Reason::unverified:
      return "unverified";
    case Reason::shared_with_other_accounts:
      return "shared_with_other_accounts";
    case Reason::account_locked:
      return "account_locked";
    case Reason::account_closed:
      return "account_closed";
    case Reason::disabled_by_policy:
      return "disabled_by_policy";
  }
  return "none";
}

struct Badge {
  bool usable = false;
  Reason reason = Reason::none;  ///< Why not; `none` if usable.

  friend bool operator==(const Badge&, const Badge&) = default;
};

struct ChannelSettings {
  ChannelKind kind = ChannelKind::phone;
  ChannelState state = ChannelState::absent;
  std::string masked = {};  ///< `139****3672`, `l*****n@example.com`; empty if absent.
  Badge verification = {};
  Badge login = {};
  Badge notices = {};
  Assurance assurance = Assurance::restricted;
  std::optional<TimeMs> limited_until = {};  ///< If set, no code is sent to it before then.
  int tries_left = 0;                        ///< Wrong codes until the account is locked.

  friend bool operator==(const ChannelSettings&, const ChannelSettings&) = default;
};

struct SecuritySettings {
  AccountKey account = {};
  AccountKind kind = AccountKind::standalone;
  AccountStatus status = AccountStatus::active;
  /// For a federated account: the link the policy has for its provider.
  std::string managed_at = {};
  std::string locale = {};  ///< What the owner reads, e.g. `zh-Hans-CN`; empty: not known.
  std::array<ChannelSettings, 2> channels = {};
  /// Every category, the built-in ones first, and which channels get its notices (DOMAIN 5).
  std::vector<NoticeSettings> notices = {};

  const ChannelSettings& phone() const { return channels[0]; }
  const ChannelSettings& email() const { return channels[1]; }
  friend bool operator==(const SecuritySettings&, const SecuritySettings&) = default;
};

}  // namespace ringfence
