#pragma once

#include <algorithm>

#include "ringfence/model/policy.h"
#include "ringfence/model/settings.h"
#include "ringfence/workflow/failures.h"
#include "ringfence/workflow/limits.h"
#include "ringfence/workflow/notice_channels.h"

/// The badges, computed: never stored (DOMAIN 2).
namespace ringfence::workflow {

inline const ChannelPolicy& policy_of(const Policy& policy, ChannelKind kind) {
  return kind == ChannelKind::phone ? policy.phone : policy.email;
}

inline Badge missing(Reason reason) { return Badge{.usable = false, .reason = reason}; }
inline Badge badge_present() { return Badge{.usable = true, .reason = Reason::none}; }

/// Verified, and the account is active. An unverified email never is.
inline Badge verification_badge(const Account& account, ChannelKind kind, const Policy& policy) {
  const Channel& channel = account.channel(kind);
  if (!channel.address) return missing(Reason::absent);
  if (!channel.verified()) return missing(Reason::unverified);
  if (account.status == AccountStatus::locked) return missing(Reason::account_locked);
  if (account.status == AccountStatus::closed) return missing(Reason::account_closed);
  if (!policy_of(policy, kind).verification) return missing(Reason::disabled_by_policy);
  return badge_present();
}

/// Verified, and this account holds the login claim on the address. Whether a locked account may
/// log in is the host's to say.
inline Badge login_badge(const Account& account, ChannelKind kind, const Policy& policy) {
  const Channel& channel = account.channel(kind);
  if (!channel.address) return missing(Reason::absent);
  if (!channel.verified()) return missing(Reason::unverified);
  if (account.status == AccountStatus::closed) return missing(Reason::account_closed);
  if (!policy_of(policy, kind).login) return missing(Reason::disabled_by_policy);
  if (!channel.login_claim) return missing(Reason::shared_with_other_accounts);
  return badge_present();
}

inline Badge notices_badge(const Account& account, ChannelKind kind) {
  const Channel& channel = account.channel(kind);
  if (!channel.address) return missing(Reason::absent);
  if (!channel.verified()) return missing(Reason::unverified);
  if (account.status == AccountStatus::closed) return missing(Reason::account_closed);
  return badge_present();
}

/// From when on a code may be sent to one's own channel: its budget, and the wait after wrong
/// codes.
inline TimeMs own_channel_allowed_at(const Account& account, ChannelKind kind, const Policy& policy,
                                     TimeMs now) {
  const Channel& channel = account.channel(kind);
  const TimeMs budget = allowed_at(account.own_sends, policy.sends_to_own_channels, now);
  return channel.address
             ? std::max(budget, next_try_at(account, Role::identity, *channel.address, policy, now))
             : budget;
}

inline SecuritySettings settings_of(const Account& account, const Policy& policy, TimeMs now) {
  SecuritySettings out{.account = account.key,
                       .kind = account.kind,
                       .status = account.status,
                       .locale = account.locale};
  if (account.kind == AccountKind::federated) {
    if (const auto link = policy.provider_links.find(account.provider);
        link != policy.provider_links.end()) {
      out.managed_at = link->second;
    }
  }
  for (const ChannelKind kind : {ChannelKind::phone, ChannelKind::email}) {
    const Channel& channel = account.channel(kind);
    ChannelSettings& view = out.channels[static_cast<std::size_t>(kind)];
    view.kind = kind;
    view.state = !channel.address     ? ChannelState::absent
                 : channel.verified() ? ChannelState::verified
                                      : ChannelState::unverified;
    if (channel.address) {
      view.masked = channel.address->masked();
      view.tries_left = failures_left(account, Role::identity, *channel.address, policy);
    }
    view.verification = verification_badge(account, kind, policy);
    view.login = login_badge(account, kind, policy);
    view.notices = notices_badge(account, kind);
    view.assurance = kind == ChannelKind::phone ? Assurance::restricted : Assurance::recovery_only;
    if (const TimeMs allowed = own_channel_allowed_at(account, kind, policy, now); allowed > now) {
      view.limited_until = allowed;
    }
  }
  out.notices = notice_settings(account, policy);
  return out;
}

}  // namespace ringfence::workflow
