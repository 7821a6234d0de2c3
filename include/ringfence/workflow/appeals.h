#pragma once

#include <array>
#include <string>
#include <utility>

#include "ringfence/workflow/account_life.h"

/// Appeals, which open `replace_phone`, and disputes, which open an appeal (DOMAIN 4).
namespace ringfence::workflow {

/// What the host says when it submits an appeal for a person.
struct NewAppeal {
  std::string submitted_by = {};  ///< 1–128 bytes of UTF-8.
};

namespace detail {

inline void open_appeal(Account& account, Draft& draft, std::string submitted_by,
                        const Context& context) {
  draft.note({.event = "appeal_submitted", .personal = {{"submitted_by", submitted_by}}});
  account.appeal = Appeal{.id = draft.draw().id(),
                          .state = AppealState::submitted,
                          .submitted_by = std::move(submitted_by),
                          .submitted_at = context.now,
                          .held_until = context.now + context.policy.appeal_hold_ms};
  draft.send(event(account.key, "appeal_submitted", {{"appeal", account.appeal->id.hex()}},
                   context.policy, context.now));
  tell_everyone(draft, account, "appeal_submitted", {}, context.policy, context.now);
}

/// A step on one account's appeal.
template <class Body>
Step<Appeal> on_appeal(std::string_view name, const AccountKey& key, const Body& body) {
  const auto needs = [key](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [key, body](const Records& records,
                                  const Context& context) -> Decision<Appeal> {
    const auto* found = records.get<Account>(key);
    if (found == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    Account account = *found;
    if (const auto open = check_open(account, row_of(FlowKind::replace_phone), context.policy);
        !open) {
      return open.error();
    }
    Draft draft(records, context);
    if (const auto done = body(account, draft, context); !done) return done.error();
    Appeal view = account.appeal.value();
    tidy(account, context.policy, context.now);
    draft.put(std::move(account));
    return Decision<Appeal>(draft.finish(), std::move(view));
  };
  return {name, needs, decide};
}

}  // namespace detail

/// Opens an appeal: everybody concerned is told at once, and it is held for a time before anyone
/// may approve it. Possible on a locked account. One at a time.
inline Step<Appeal> submit_appeal(const AccountKey& key, const NewAppeal& appeal) {
  return detail::on_appeal(
      "submit_appeal", key,
      [appeal](Account& account, Draft& draft, const Context& context) -> result<void> {
        if (!valid_text(appeal.submitted_by, 1, 128))
          return failure(ErrorCode::invalid_argument, "submitted_by has 1 to 128 bytes of UTF-8");
        if (account.appeal && (account.appeal->state == AppealState::submitted ||
                               appeal_open(account, context.now))) {
          return failure(ErrorCode::appeal_pending, "the account has an appeal already");
        }
        detail::open_appeal(account, draft, appeal.submitted_by, context);
        return ok();
      });
}

/// The appeal an account has, or its last one. Changes nothing.
inline Step<std::optional<Appeal>> appeal_of(const AccountKey& key) {
  using Found = std::optional<Appeal>;
  const auto needs = [key](const Records&) { return std::vector<Key>{key}; };
  const auto decide = [key](const Records& records, const Context&) -> Decision<Found> {
    const auto* found = records.get<Account>(key);
    if (found == nullptr) return failure(ErrorCode::account_not_found, "no such account");
    return Decision<Found>(ChangeSet{}, found->appeal);
  };
  return {"appeal", needs, decide};
}

/// A reviewer's decision. Approving waits until the appeal was held long enough: `limited`.
/// Rejecting takes back an approval, too, as long as it was not used.
inline Step<Appeal> decide_appeal(const AccountKey& key, const AppealDecision& decision) {
  return detail::on_appeal(
      "decide_appeal", key,
      [decision](Account& account, Draft& draft, const Context& context) -> result<void> {
        if (!valid_text(decision.reviewer, 1, 128) || !valid_text(decision.evidence, 1, 128)) {
          return failure(ErrorCode::invalid_argument,
                         "a decision names its reviewer and its evidence, 1 to 128 bytes each");
        }
        if (!account.appeal || account.appeal->id != decision.appeal)
          return failure(ErrorCode::appeal_not_found, "no such appeal");
        Appeal& appeal = *account.appeal;
        const bool undecided = appeal.state == AppealState::submitted;
        if (!undecided && (decision.approve || appeal.state != AppealState::approved))
          return failure(ErrorCode::wrong_step, "the appeal was decided already");
        if (decision.approve && context.now < appeal.held_until)
          return limited_until(appeal.held_until, "the appeal is still being held");
        appeal.state = decision.approve ? AppealState::approved : AppealState::rejected;
        appeal.reviewer = decision.reviewer;
        appeal.evidence = decision.evidence;
        appeal.decided_at = context.now;
        appeal.open_until = decision.approve ? context.now + context.policy.appeal_open_ms : 0;
        const std::string told = decision.approve ? "appeal_approved" : "appeal_rejected";
        draft.note(
            {.event = told,
             .personal = {{"reviewer", decision.reviewer}, {"evidence", decision.evidence}}});
        draft.send(event(account.key, told, {}, context.policy, context.now));
        tell_everyone(draft, account, told, {}, context.policy, context.now);
        return ok();
      });
}

/// Somebody who was told of a change says that it was not theirs: the account is locked and an
/// appeal is opened. Nothing is restored by itself. Whoever makes a reference up does not learn
/// which accounts there are (A13).
inline Step<SecuritySettings> dispute(const FlowHandle& reference) {
  const Failure none = failure(ErrorCode::dispute_not_found, "no such dispute, or it is too late");
  return detail::on_account(
      "dispute", reference.account, detail::no_more,
      [reference, none](Account& account, Draft& draft, const Records&,
                        const Context& context) -> result<void> {
        const Id128 wanted = dispute_digest(account.key, reference.flow);
        const auto found = std::find_if(account.disputable.begin(), account.disputable.end(),
                                        [&](const Disputable& one) {
                                          return one.reference == wanted && context.now < one.until;
                                        });
        if (account.status == AccountStatus::closed || found == account.disputable.end())
          return none;
        account.disputable.erase(found);
        account.status = AccountStatus::locked;
        ++account.epoch;
        account.grants.clear();
        draft.note({.event = "account_locked", .facts = {{"reason", "disputed"}}});
        const Fields fields = {{"reason", "disputed"}};
        draft.send(event(account.key, "account_locked", fields, context.policy, context.now));
        tell_everyone(draft, account, "account_locked", fields, context.policy, context.now);
        // In place of one that somebody may have opened meanwhile: it may not be the owner's.
        detail::open_appeal(account, draft, "dispute", context);
        return ok();
      },
      none);
}

}  // namespace ringfence::workflow
