#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringfence/crypto.h"
#include "ringfence/text.h"
#include "ringfence/workflow/account_life.h"
#include "ringfence/workflow/notice_channels.h"
#include "ringfence/workflow/notices.h"

/// The host's own notices to an account's owner, and the owner's choice of channels for them
/// (DOMAIN 5). What the library itself tells is in `notices.h`.
namespace ringfence::workflow {

namespace detail {

// One line, for people: what steers a terminal is refused, but not the two joiners that some
// scripts are spelt with.
inline bool fit_for_notice(const std::string& text) {
  if (!valid_text(text, 1, 1000)) return false;
  std::string rest = text;
  for (const std::string_view joiner : {"\u200c", "\u200d"}) {
    for (auto at = rest.find(joiner); at != std::string::npos; at = rest.find(joiner, at))
      rest.erase(at, joiner.size());
  }
  return printable(rest) == rest;
}

inline result<void> check_notice(const NewNotice& notice) {
  if (!fit_for_notice(notice.text))
    return failure(ErrorCode::invalid_argument,
                   "the text of a notice has 1 to 1000 bytes of printable UTF-8 in one line");
  if (notice.idempotency_key.empty() || notice.idempotency_key.size() > 128)
    return failure(ErrorCode::invalid_argument,
                   "the idempotency key of a notice has 1 to 128 bytes");
  return ok();
}

inline Failure no_such_category() {
  return failure(ErrorCode::invalid_argument,
                 "no such category of notices; the policy's notice_categories may add it");
}

inline Id128 notice_key_digest(const AccountKey& account, const NewNotice& notice) {
  const std::array<std::string_view, 4> fields = {"ringfence.notice.key.1", account.realm,
                                                  account.id, notice.idempotency_key};
  return crypto::digest(fields);
}
inline Id128 notice_content_digest(const AccountKey& account, const NewNotice& notice) {
  const std::array<std::string_view, 5> fields = {"ringfence.notice.content.1", account.realm,
                                                  account.id, notice.category, notice.text};
  return crypto::digest(fields);
}

/// The notice that has this key, as long as it is remembered.
inline const GivenNotice* given_notice(const Account& account, const Id128& key,
                                       const Context& context) {
  for (const GivenNotice& one : account.given_notices) {
    if (one.key == key && !past(one.at, context.policy.result_kept_ms, context.now)) return &one;
  }
  return nullptr;
}

// Phone before email, each once; nothing if there is any that is neither.
inline std::optional<ChannelKinds> in_order(const ChannelKinds& channels) {
  ChannelKinds out = channels;
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  if (!out.empty() && out.back() > ChannelKind::email) return std::nullopt;
  return out;
}

// Choices for categories that the policy has no more are kept while there is room: another policy
// may have them again.
inline void make_room_for_choice(Account& account, const Policy& policy) {
  if (account.notice_choices.size() < Account::max_notice_choices) return;
  std::erase_if(account.notice_choices, [&](const NoticeChoice& choice) {
    return !notice_category_known(policy, choice.category);
  });
}

}  // namespace detail

/// The owner's choice of channels for one category; none at all switches it off. `security` is not
/// chosen, the other built-in categories keep at least one channel that is verified. The host
/// answers for who may ask, e.g. by `confirm_operation`.
inline Step<SecuritySettings> choose_notice_channels(const AccountKey& key,
                                                     const std::string& category,
                                                     const ChannelKinds& channels) {
  return detail::on_account(
      "choose_notice_channels", key, detail::no_more,
      [category, channels](Account& account, Draft& draft, const Records&,
                           const Context& context) -> result<void> {
        const auto chosen = detail::in_order(channels);
        if (!chosen)
          return failure(ErrorCode::invalid_argument, "a channel is the phone or the email");
        if (!notice_category_known(context.policy, category)) return detail::no_such_category();
        if (category == security_category)
          return failure(ErrorCode::invalid_argument,
                         "security notices go to every verified channel; there is no choice");
        RF_TRY_VOID(check_active(account));
        if (*chosen == chosen_notice_channels(account, category)) return ok();
        if (builtin_notice_category(category) && verified_among(account, *chosen).empty())
          return failure(ErrorCode::invalid_argument,
                         "this category keeps at least one channel that is verified");
        std::erase_if(account.notice_choices,
                      [&](const NoticeChoice& one) { return one.category == category; });
        if (*chosen != default_notice_channels(category)) {
          detail::make_room_for_choice(account, context.policy);
          account.notice_choices.push_back({category, *chosen});
        }
        std::string names;
        for (const ChannelKind kind : *chosen)
          names += (names.empty() ? "" : ",") + std::string(name(kind));
        draft.note({.event = "notice_channels_chosen",
                    .facts = {{"category", category}, {"channels", names}}});
        // Whoever takes an account over silences its alarms first.
        const Fields fields = {{"category", category}, {"channels", names}};
        draft.send(
            event(account.key, "notice_channels_chosen", fields, context.policy, context.now));
        tell_everyone(draft, account, "notice_channels_chosen", fields, context.policy,
                      context.now);
        return ok();
      });
}

/// Stores a notice of the host for the account's owner, a message for each channel that gets it, in
/// one commit. Its idempotency key is remembered for `Policy::result_kept_ms`, while it is among
/// the last `Account::max_given_notices` of the account: till then the same notice gives the same
/// receipt and sends nothing.
///
/// A locked account gets notices as any other. Where the owner has switched the category off
/// nothing is stored, not even the key. Nobody is refused in silence: if no channel is verified,
/// that is `no_method_available`, and the notice may be given again with its key when one is.
inline Step<NoticeReceipt> notify(const AccountKey& key, const NewNotice& notice) {
  const auto needs = [key](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [key, notice](const Records& records,
                                    const Context& context) -> Decision<NoticeReceipt> {
    if (const auto valid = detail::check_notice(notice); !valid) return valid.error();
    const auto* found = records.get<Account>(key);
    if (found == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    const Id128 digest = detail::notice_key_digest(key, notice);
    const Id128 content = detail::notice_content_digest(key, notice);
    if (const auto* given = detail::given_notice(*found, digest, context)) {
      if (given->content != content)
        return failure(ErrorCode::invalid_argument,
                       "the idempotency key was used for another notice");
      return Decision<NoticeReceipt>(ChangeSet{}, NoticeReceipt{given->sent_to, true});
    }
    if (found->status == AccountStatus::closed)
      return failure(ErrorCode::account_closed, "the account is closed");
    if (!notice_category_known(context.policy, notice.category)) return detail::no_such_category();
    const ChannelKinds channels = notice_channels(*found, notice.category);
    if (channels.empty()) {
      if (chosen_notice_channels(*found, notice.category).empty() &&
          !builtin_notice_category(notice.category)) {
        return Decision<NoticeReceipt>(ChangeSet{}, NoticeReceipt{});
      }
      return failure(ErrorCode::no_method_available,
                     "no channel of the account is verified: nobody can be told");
    }

    Account account = *found;
    Draft draft(records, context);
    NoticeReceipt receipt;
    for (const ChannelKind kind : channels) {
      const Address& address = *account.channel(kind).address;
      draft.send(workflow::notice(key, notice.category, address, {{"text", notice.text}},
                                  context.policy, context.now));
      receipt.sent_to.push_back({kind, address.masked()});
    }
    account.given_notices.push_back({digest, content, context.now, receipt.sent_to});
    tidy(account, context.policy, context.now);
    draft.put(std::move(account));
    return Decision<NoticeReceipt>(draft.finish(), std::move(receipt));
  };
  return {"notify", needs, decide};
}

}  // namespace ringfence::workflow
