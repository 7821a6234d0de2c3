#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ringfence/clock.h"
#include "ringfence/entropy.h"
#include "ringfence/health.h"
#include "ringfence/keys.h"
#include "ringfence/model/appeal.h"
#include "ringfence/model/audit.h"
#include "ringfence/model/flow.h"
#include "ringfence/model/flow_options.h"
#include "ringfence/model/import_report.h"
#include "ringfence/model/message.h"
#include "ringfence/model/notice.h"
#include "ringfence/model/policy.h"
#include "ringfence/model/settings.h"
#include "ringfence/observer.h"
#include "ringfence/risk.h"
#include "ringfence/step.h"
#include "ringfence/store.h"

namespace ringfence {

/// An account as the host registers it. `phone` is required; the rest of the addresses is not.
struct Registration {
  AccountKey account = {};
  AccountKind kind = AccountKind::standalone;
  /// The identity provider of a federated account; names the link in the policy.
  std::string provider = {};
  AddressInput phone = {};
  /// When the host saw the phone proven, in milliseconds and not before 2000; none: it is
  /// unverified.
  std::optional<TimeMs> phone_proven_at = {};
  std::optional<AddressInput> email = {};
  std::optional<TimeMs> email_proven_at = {};
  /// What its owner reads, a tag of BCP 47 such as `zh-Hans-CN`, at most 35 bytes; empty: not
  /// known.
  std::string locale = {};
};

/// Which entries of an audit trail.
struct AuditQuery {
  std::uint64_t after = 0;                            ///< Those with a greater number.
  TimeMs from = 0;                                    ///< Not before this time.
  TimeMs until = std::numeric_limits<TimeMs>::max();  ///< And before this one.
  int max = 100;                                      ///< 1–1000.
};

/// Everything about an account's verification and login addresses, for a host that can block.
///
/// Every function loads, decides and commits, and replies only when the commit is durable; when
/// other calls change the same records it decides again, a bounded number of times, then refuses
/// with `busy`. Thread-safe; any number of services may share one store. Refusals are listed at
/// `ErrorCode`; besides those named at a function, each may give `busy`, `store_unavailable`,
/// `store_corrupt`, `outcome_unknown`, `wrong_process`, `invalid_argument` and `internal`.
///
/// Codes, notices and events are sent by a `Dispatcher` on the same store. Something must also call
/// `Store::sweep` now and then.
class Service {
 public:
  /// What the service works with. All must live as long as the service.
  struct Parts {
    Store& store;
    KeyRing& keys;
    Clock& clock = system_clock();
    Entropy& entropy = system_entropy();
    RiskAdvisor* risk = nullptr;   ///< None: nobody is asked.
    Observer* observer = nullptr;  ///< None: nobody observes.
  };

  /// Makes a service. Refuses a bad policy with `invalid_policy`; the text names every problem.
  static result<std::unique_ptr<Service>> make(Parts parts, Policy policy = {});

  /// Puts another policy in force, all of it at once; a call that is under way ends under the one
  /// it began with, of an import the batch. A flow keeps its codes' terms from its beginning.
  /// Refuses like `make`.
  result<void> set_policy(Policy policy);
  /// The policy in force. Never null.
  std::shared_ptr<const Policy> policy() const;

  // --- Accounts (DOMAIN 1)

  /// Refuses with `account_exists`, `invalid_number`, `invalid_email`, `number_type_not_allowed`,
  /// `region_not_allowed`, `address_at_capacity`; then nothing is stored. Sends nothing.
  result<SecuritySettings> register_account(const Registration& registration,
                                            const Call& call = {});
  /// Brings in existing users, in batches of `import_batch` rows with one commit each. Sends
  /// nothing. Where several hold one address, the earliest `proven_at`, then the smallest id (byte
  /// by byte), gets the login, in whatever order and in how many calls they come; a login claim
  /// that was won by a registration or a flow is never taken away. docs/import.md tells more.
  ///
  /// A row whose account is there already changes nothing, even if it says something else, and
  /// counts as `present`. A row that is refused is named in the report and the others go in;
  /// reasons as at `register_account`, but for `account_exists`.
  ///
  /// Fails as a whole if the store fails, or with `busy` at `Call::deadline_ms`, which is that of
  /// the whole import. Then the batches before it are stored, the one under way may be: call again
  /// with the same rows, and it goes on where it stopped.
  result<ImportReport> import_accounts(std::span<const Registration> rows, const Call& call = {});
  static constexpr std::size_t import_batch = 256;
  /// Makes a federated account standalone. Refuses with `account_not_found`, `account_closed`,
  /// `account_locked`.
  result<SecuritySettings> upgrade(const AccountKey& account, const Call& call = {});
  /// The language in which the owner is written to from now on: a tag of BCP 47 such as
  /// `zh-Hans-CN`, at most 35 bytes; empty: none, `Templates` has a default. There need not be
  /// texts in it: the nearest are taken. What waits to be sent stays as it is. Refuses with
  /// `account_not_found`, `account_closed`, and with `invalid_argument` what is no tag.
  result<SecuritySettings> set_locale(const AccountKey& account, std::string_view locale,
                                      const Call& call = {});
  /// Step 1 of the four: badges and reasons. Refuses with `account_not_found`.
  result<SecuritySettings> settings(const AccountKey& account, const Call& call = {});
  /// The id of the account that may log in with an address, or nobody. A locked account is named,
  /// too: whether it may log in is the host's to say (`SecuritySettings::status`). Refuses an
  /// address that is none with `invalid_number` or `invalid_email`.
  result<std::optional<std::string>> resolve_login_phone(std::string_view realm,
                                                         const AddressInput& phone,
                                                         const Call& call = {});
  result<std::optional<std::string>> resolve_login_email(std::string_view realm,
                                                         std::string_view email,
                                                         const Call& call = {});

  /// Locks an account, e.g. on suspicion; `reason` is the host's own word, 1–64 bytes. Flows begun
  /// before are void, everyone concerned is told. Refuses with `account_not_found`,
  /// `account_closed`.
  result<SecuritySettings> lock(const AccountKey& account, std::string_view reason,
                                const Call& call = {});
  /// Refuses with `account_not_found`, `account_closed`.
  result<SecuritySettings> unlock(const AccountKey& account, const Call& call = {});
  /// The host has changed a password or another credential: flows and grants from before are void
  /// (A30). Refuses with `account_not_found`.
  result<SecuritySettings> credentials_changed(const AccountKey& account, const Call& call = {});
  /// Closes an account for good and releases its addresses. Refuses with `account_not_found`.
  result<SecuritySettings> close(const AccountKey& account, const Call& call = {});

  /// Erases everything personal that is kept of an account: addresses, flows, messages, and what is
  /// personal in its audit trail, which still verifies. What stays is a closed account with its id,
  /// which is never free again. An account that is not closed is closed by it, and nobody is told
  /// but the host, by the event `account_erased`: who wants to tell its owner closes it first and
  /// waits until the notices are out: those that still wait are dropped with it. An address that
  /// the account had, or typed in, is still known as such, with the times of the codes sent there,
  /// until `Store::sweep` forgets it. If it fails half-way, call it again. Refuses with
  /// `account_not_found`.
  result<SecuritySettings> erase(const AccountKey& account, const Call& call = {});
  /// Everything that is held about an account, as JSON: `account`, the record; `audit`, its
  /// entries; `messages`, what was sent and what still waits, without codes. For the owner, and for
  /// moving: it has full addresses in it. Refuses with `account_not_found`.
  result<std::string> export_account(const AccountKey& account, const Call& call = {});

  // --- Audit trail

  /// The entries after a number, of a span of time, the oldest first; `AuditPage::next` goes on.
  /// Refuses with `account_not_found`.
  result<AuditPage> audit(const AccountKey& account, const AuditQuery& query = {},
                          const Call& call = {});
  /// Checks the whole trail of an account: whether an entry was removed, changed, added or put in
  /// another place. Refuses with `account_not_found`, and with `key_missing` if the key that made
  /// an entry is no longer in the ring.
  result<AuditReport> verify_audit(const AccountKey& account, const Call& call = {});
  /// Removes the entries from before a time; what tells of it stays, so that the trail is never
  /// empty. Returns how many; where nothing else is left it changes nothing. Refuses with
  /// `account_not_found`, `key_missing`, and with `store_corrupt` if the trail does not hold.
  result<int> prune_audit(const AccountKey& account, TimeMs before, const Call& call = {});

  // --- Health

  /// How the store, the outbox and the keys do. Refuses nothing.
  Health health();

  // --- Notices (DOMAIN 5): what the host tells the owner through the verified channels.

  /// The owner's choice of channels for one category of notices; none at all switches it off.
  /// `security` goes to every verified channel and is not chosen; the other built-in categories
  /// keep at least one channel that is verified; both are refused with `invalid_argument`, as is a
  /// category that there is not. Where none of the chosen channels is verified, every verified one
  /// stands in. A choice is of the phone or the email, whatever their addresses become. Refuses
  /// also with `account_not_found`, `account_closed`, `account_locked`.
  result<SecuritySettings> set_notice_channels(const AccountKey& account, std::string_view category,
                                               const ChannelKinds& channels, const Call& call = {});
  /// Tells the owner something of the host's own, e.g. that a resource expires: stored first, then
  /// sent until it is accepted or given up. Of a locked account, too; a `security` notice goes to
  /// every verified channel. An empty receipt says that the owner has switched the category off.
  ///
  /// The same notice with the same key is sent once, however often it is given: for
  /// `Policy::result_kept_ms`, while it is among the last 32 of its account. With another category
  /// or text the key is refused with `invalid_argument`, as is a category that there is not.
  /// Refuses also with `account_not_found`, `account_closed`, and with `no_method_available` where
  /// no channel is verified. Whatever is refused is not stored and leaves its key free.
  result<NoticeReceipt> notify(const AccountKey& account, const NewNotice& notice,
                               const Call& call = {});

  // --- Appeals (DOMAIN 4): for a person whom no method lets prove identity.

  /// Opens an appeal, taken by `submitted_by` for a person: everybody concerned is told at once.
  /// Refuses with `account_not_found`, `account_closed`, `managed_elsewhere`, `appeal_pending`.
  result<Appeal> submit_appeal(const AccountKey& account, std::string_view submitted_by,
                               const Call& call = {});
  /// The appeal an account has, or its last one. Refuses with `account_not_found`.
  result<std::optional<Appeal>> appeal(const AccountKey& account, const Call& call = {});
  /// A reviewer's decision. Approving opens `begin_replace_phone` for `Policy::appeal_open_ms`, and
  /// is `limited` until the appeal was held for `Policy::appeal_hold_ms`; rejecting takes back an
  /// approval that was not used. Refuses also with `appeal_not_found`, `wrong_step`.
  result<Appeal> decide_appeal(const AccountKey& account, const AppealDecision& decision,
                               const Call& call = {});
  /// Somebody who was told of a change says that it was not theirs, with the `dispute` reference of
  /// the notice: the account is locked and an appeal opened; nothing is restored by itself. Refuses
  /// with `dispute_not_found`.
  result<SecuritySettings> dispute(std::string_view reference, const Call& call = {});

  // --- Flows (DOMAIN 4). `Call::session` is required.
  //
  // Each `begin` refuses with `account_not_found`, `account_closed`, `managed_elsewhere`,
  // `account_locked`; those that send a code also with `limited`, `risk_refused`; those that prove
  // identity also with `method_unavailable`, `no_method_available`, `factor_required`. Asked again
  // with the same `Call::request_id` it gives the reply it gave; where the flow has got to since,
  // `view` tells. What sends a code, `set_target` and `resend` too, refuses with `busy` while more
  // waits in the outbox than `Policy::outbox_bound`; that is looked at once a second.

  /// Changes the security phone: a code goes to an own channel, then one to the new number.
  result<FlowView> begin_change_phone(const AccountKey& account, Method method, const Call& call,
                                      ChangeReason reason = ChangeReason::number_changed);
  /// Changes the email, or adds the first one.
  result<FlowView> begin_change_email(const AccountKey& account, Method method, const Call& call);
  /// Proves the present, unverified address of a channel. Identity is proven first, by `method`,
  /// whenever any channel is verified; if none is, `method` does not count. Refuses also with
  /// `nothing_to_prove`.
  result<FlowView> begin_verify_channel(const AccountKey& account, ChannelKind channel,
                                        Method method, const Call& call);
  /// Confirms one sensitive operation of the host, e.g. `vm:deleteInstance`, 1–128 bytes of
  /// printable UTF-8 without `@` and `#` (R29): when it is proven, `FlowView::granted` is set and
  /// `use_grant` takes it.
  result<FlowView> begin_confirm_operation(const AccountKey& account, std::string_view operation,
                                           Method method, const Call& call);
  /// Claims the login with an own address that was shared and is no more: a code goes there. If
  /// another account is associated with it after all, the flow ends without a claim. Refuses also
  /// with `nothing_to_prove`.
  result<FlowView> begin_claim_login(const AccountKey& account, ChannelKind channel,
                                     const Call& call);
  /// Sets a new phone without proof of identity, because an appeal was approved; of a locked
  /// account, too, which stays locked. Refuses also with `appeal_not_found`.
  result<FlowView> begin_replace_phone(const AccountKey& account, const Call& call,
                                       ChangeReason reason = ChangeReason::number_changed);
  /// Takes the grant of a confirmed operation, once; the same `Call::request_id` gets it again.
  /// Refuses with `grant_invalid`, `account_closed`, `account_locked`.
  result<Granted> use_grant(const FlowHandle& flow, std::string_view operation, const Call& call);

  /// What a gateway reports later of a code that it had accepted, by the message's id. If it did
  /// not arrive, the flow that waits for it says so in `FlowView::not_delivered`, and `resend` need
  /// not wait; the other limits hold. A report of anything else changes nothing; the last one
  /// counts. Refuses with `account_not_found`.
  result<SecuritySettings> report_delivery(const AccountKey& account, const Id128& message,
                                           DeliveryReport report, const Call& call = {});

  // Each of these refuses with `flow_not_found`, `session_mismatch`, `account_closed`,
  // `managed_elsewhere`, `account_locked`, `flow_expired`, `wrong_step`.

  /// Presents the code that went to an own channel, as the person typed it: spaces and hyphens do
  /// not count, any other text is a wrong code. A wrong code is a verdict and is charged. Refuses
  /// also with `limited`, `key_missing`, `method_unavailable`, and with `risk_refused` where an
  /// operation is confirmed.
  result<FlowView> prove_identity(const FlowHandle& flow, std::string_view code, const Call& call);
  /// Sets the new address, or corrects it, and sends a code there. Refuses also with
  /// `invalid_number`, `number_type_not_allowed`, `region_not_allowed`, `invalid_email`,
  /// `same_address`, `limited`, `risk_refused`.
  result<FlowView> set_target(const FlowHandle& flow, const AddressInput& target, const Call& call);
  /// Presents the code that went to the target. Right: the flow has its effect. A finished flow
  /// repeats its result for `Policy::result_kept_ms`, while it is among the last few of its
  /// account, whatever code is presented: `repeated` tells. Refuses also with `limited`,
  /// `key_missing`, `risk_refused`, `address_at_capacity`.
  result<FlowView> prove_target(const FlowHandle& flow, std::string_view code, const Call& call,
                                TargetOptions options = {});
  /// Goes on from `confirm_target`. Refuses also with `risk_refused`, `address_at_capacity`.
  result<FlowView> confirm_target(const FlowHandle& flow, const Call& call);
  /// Sends a fresh code in place of the live one, as a text or by a call. Refuses also with
  /// `limited`, `risk_refused`, and with `method_unavailable` where there are no calls.
  result<FlowView> resend(const FlowHandle& flow, const Call& call, ResendOptions options = {});
  result<FlowView> cancel(const FlowHandle& flow, const Call& call);
  result<FlowView> view(const FlowHandle& flow, const Call& call);

  /// Runs any step: for hosts that build their own from `workflow/`.
  template <class Reply>
  result<Reply> run(const Step<Reply>& step, const Call& call) {
    return observed(step.name(), call,
                    [&](int& conflicts) { return quietly(step, call, conflicts); });
  }

 private:
  // A step without its type.
  struct AnyStep {
    std::function<std::vector<Key>(const Records&)> needs;
    std::function<std::optional<RiskQuestion>(const Records&)> ask;
    std::function<const ChangeSet&(const Records&, const Context&)> decide;
    std::function<void(CommitOutcome)> conclude;
  };
  template <class Reply>
  static std::string_view outcome_name(const result<Reply>& reply) {
    if (!reply) return name(reply.error().code);
    if constexpr (std::is_same_v<Reply, FlowView>) {
      if (reply.value().verdict != Verdict::not_asked) return name(reply.value().verdict);
    }
    return "ok";
  }

  Service(Parts parts, std::shared_ptr<const Policy> policy)
      : parts_(parts), policy_(std::move(policy)) {}
  // Runs a step without telling the observer.
  template <class Reply>
  result<Reply> quietly(const Step<Reply>& step, const Call& call, int& conflicts) {
    std::optional<Decision<Reply>> decision;
    std::optional<result<Reply>> reply;
    const auto needs = [&](const Records& records) { return step.needs(records); };
    const auto decide = [&](const Records& records, const Context& context) -> const ChangeSet& {
      return decision.emplace(step.decide(records, context)).change();
    };
    const auto conclude = [&](CommitOutcome outcome) { reply = decision->conclude(outcome); };
    const auto ask = [&](const Records& records) { return step.question(records); };
    RF_TRY_VOID(drive({needs, ask, decide, conclude}, call, conflicts));
    return *std::move(reply);
  }
  // Does a piece of work that a call asks for and tells the observer how it ended.
  template <class Work>
  auto observed(std::string_view what, const Call& call, const Work& work) {
    int conflicts = 0;
    const TimeMs started = parts_.observer == nullptr ? 0 : parts_.clock.now_ms();
    auto reply = work(conflicts);
    observe(what, outcome_name(reply), started, conflicts, call);
    return reply;
  }
  void observe(std::string_view what, std::string_view outcome, TimeMs started, int conflicts,
               const Call& call) const;
  // A step that sends a code, unless too much waits in the outbox already.
  result<FlowView> sending(const Step<FlowView>& step, const Call& call);
  result<void> room_in_outbox(const Call& call, TimeMs now);
  result<void> drive(const AnyStep& step, const Call& call, int& conflicts);
  TimeMs now();
  result<bool> landed(const ChangeSet& change, const Records& records, TimeMs deadline_ms);

  Parts parts_;
  mutable std::mutex policy_mutex_;
  std::shared_ptr<const Policy> policy_;  // guarded by the mutex; what it points to never changes
  std::atomic<TimeMs> floor_ms_ = 0;
  std::atomic<TimeMs> outbox_seen_at_ = 0;
  std::atomic<int> outbox_due_ = 0;  // as seen then
};

}  // namespace ringfence
