#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/error.h"
#include "ringfence/model/address.h"
#include "ringfence/model/ids.h"

/// Notices: what the host tells an account's owner through the channels that are verified
/// (DOMAIN 5).
namespace ringfence {

/// The categories that every policy has; `Policy::notice_categories` adds to them. None of these
/// can be switched off.
inline constexpr std::string_view security_category = "security";
inline constexpr std::array<std::string_view, 4> builtin_notice_categories = {
    security_category, "resource_expiry", "resource_release", "monitoring_alarm"};

inline bool builtin_notice_category(std::string_view category) {
  return std::find(builtin_notice_categories.begin(), builtin_notice_categories.end(), category) !=
         builtin_notice_categories.end();
}

/// Notices of the library's own carry these names in place of a category; no category has one.
inline constexpr std::array<std::string_view, 11> security_notices = {
    "phone_changed",   "email_changed",    "channel_verified",      "login_claimed",
    "account_locked",  "account_unlocked", "appeal_submitted",      "appeal_approved",
    "appeal_rejected", "account_closed",   "notice_channels_chosen"};

/// Channels by their kinds, the phone before the email, each once. A choice is one of kinds, not of
/// addresses: it follows the account to a new number.
using ChannelKinds = std::vector<ChannelKind>;

/// What the owner chose for one category. Kept only where something else than the default was
/// chosen.
struct NoticeChoice {
  std::string category = {};
  ChannelKinds channels = {};  ///< None: switched off.

  friend bool operator==(const NoticeChoice&, const NoticeChoice&) = default;
};

/// A notice as the host gives it.
struct NewNotice {
  std::string category = {};  ///< A built-in one, or one of `Policy::notice_categories`.
  /// What the person reads, as it is: 1–1000 bytes of UTF-8 in one line, without anything that
  /// steers a terminal or the direction of writing. A second line could pass for the line with
  /// which a phone fills in codes (R29). No code belongs in it.
  std::string text = {};
  /// The host's own name for this notice, 1–128 bytes: given again with the same category and text,
  /// it sends nothing more.
  std::string idempotency_key = {};

  friend bool operator==(const NewNotice&, const NewNotice&) = default;
};

/// Where a notice goes.
struct NoticeTarget {
  ChannelKind channel = ChannelKind::phone;
  std::string masked = {};

  friend bool operator==(const NoticeTarget&, const NoticeTarget&) = default;
};

/// What became of a notice that the host gave. It is stored, and is sent to each target until the
/// sender takes it or it is given up.
struct NoticeReceipt {
  std::vector<NoticeTarget> sent_to = {};  ///< None: the owner has switched the category off.
  bool repeated = false;                   ///< It was given before; nothing happened now.

  bool switched_off() const { return sent_to.empty(); }
  friend bool operator==(const NoticeReceipt&, const NoticeReceipt&) = default;
};

/// A notice that was given, as the account keeps it: digests, and the receipt.
struct GivenNotice {
  Id128 key = {};
  Id128 content = {};
  TimeMs at = 0;
  std::vector<NoticeTarget> sent_to = {};

  friend bool operator==(const GivenNotice&, const GivenNotice&) = default;
};

/// One category as its owner sees it.
struct NoticeSettings {
  std::string category = {};
  ChannelKinds chosen = {};    ///< By the owner, or by default.
  ChannelKinds channels = {};  ///< Where a notice would go now; all of them are verified.
  bool mandatory = false;      ///< It cannot be switched off.
  bool choosable = true;       ///< False for `security`: it goes to every verified channel.

  friend bool operator==(const NoticeSettings&, const NoticeSettings&) = default;
};

}  // namespace ringfence
