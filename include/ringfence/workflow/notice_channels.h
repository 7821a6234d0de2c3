#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringfence/model/account.h"
#include "ringfence/model/notice.h"
#include "ringfence/model/policy.h"

/// Which channels get the notices of a category: computed, from the owner's choice and from what is
/// verified now (DOMAIN 5).
namespace ringfence::workflow {

inline bool notice_category_known(const Policy& policy, std::string_view category) {
  return builtin_notice_category(category) ||
         std::find(policy.notice_categories.begin(), policy.notice_categories.end(), category) !=
             policy.notice_categories.end();
}

/// The phone for every category; `security` is not chosen.
inline ChannelKinds default_notice_channels(std::string_view category) {
  return category == security_category ? ChannelKinds{ChannelKind::phone, ChannelKind::email}
                                       : ChannelKinds{ChannelKind::phone};
}

inline ChannelKinds chosen_notice_channels(const Account& account, std::string_view category) {
  for (const NoticeChoice& choice : account.notice_choices) {
    if (choice.category == category && category != security_category) return choice.channels;
  }
  return default_notice_channels(category);
}

inline ChannelKinds verified_among(const Account& account, const ChannelKinds& kinds) {
  ChannelKinds out;
  for (const ChannelKind kind : kinds) {
    if (account.channel(kind).verified()) out.push_back(kind);
  }
  return out;
}

/// Where a notice would go now. A category that is not switched off reaches somebody if anybody can
/// be reached: where none of the chosen channels is verified, every verified one stands in.
inline ChannelKinds notice_channels(const Account& account, std::string_view category) {
  if (account.status == AccountStatus::closed) return {};
  ChannelKinds chosen = chosen_notice_channels(account, category);
  if (chosen.empty() && builtin_notice_category(category))
    chosen = default_notice_channels(category);
  if (chosen.empty()) return {};
  ChannelKinds verified = verified_among(account, chosen);
  return verified.empty() ? verified_among(account, {ChannelKind::phone, ChannelKind::email})
                          : verified;
}

/// Every category there is, the built-in ones first.
inline std::vector<NoticeSettings> notice_settings(const Account& account, const Policy& policy) {
  std::vector<NoticeSettings> out;
  const auto add = [&](std::string_view category) {
    out.push_back({.category = std::string(category),
                   .chosen = chosen_notice_channels(account, category),
                   .channels = notice_channels(account, category),
                   .mandatory = builtin_notice_category(category),
                   .choosable = category != security_category});
  };
  for (const std::string_view category : builtin_notice_categories) add(category);
  for (const std::string& category : policy.notice_categories) add(category);
  return out;
}

}  // namespace ringfence::workflow
