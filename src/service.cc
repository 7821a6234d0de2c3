#include "ringfence/service.h"

#include <algorithm>
#include <utility>

#include "inputs.h"
#include "report.h"
#include "ringfence/text.h"
#include "ringfence/workflow.h"

namespace ringfence {
namespace {

constexpr int max_attempts = 64;
constexpr int max_loads = 2;  // see Step::needs
constexpr TimeMs longest_pause_ms = 20;

// The account by which to tell whether a change has happened: any that it puts, but rather one that
// was there before, since only that can be fenced.
const ChangeSet::Put* account_put(const ChangeSet& change, const Records& before) {
  const ChangeSet::Put* any = nullptr;
  for (const ChangeSet::Put& put : change.puts) {
    const auto* account = std::get_if<Account>(&put.record);
    if (account == nullptr) continue;
    if (before.get<Account>(account->key) != nullptr) return &put;
    if (any == nullptr) any = &put;
  }
  return any;
}

result<std::shared_ptr<const Policy>> checked(Policy policy) {
  if (const auto problems = policy.problems(); !problems.empty()) {
    std::string text = "the policy is refused: ";
    for (const std::string& problem : problems) text += problem + "; ";
    text.resize(text.size() - 2);
    return failure(ErrorCode::invalid_policy, std::move(text));
  }
  return std::make_shared<const Policy>(std::move(policy));
}

// Whatever is no answer counts as unknown (R28).
RiskAnswer ask(RiskAdvisor& advisor, const RiskQuestion& question) noexcept {
  try {
    const RiskAnswer answer = advisor.ask(question);
    return answer == RiskAnswer::clear || answer == RiskAnswer::suspicious ? answer
                                                                           : RiskAnswer::unknown;
  } catch (...) {
    return RiskAnswer::unknown;
  }
}

bool contains(const std::vector<Id128>& list, const Id128& id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

}  // namespace

result<std::unique_ptr<Service>> Service::make(Parts parts, Policy policy) {
  RF_TRY(good, checked(std::move(policy)));
  return std::unique_ptr<Service>(new Service(parts, std::move(good)));
}

result<void> Service::set_policy(Policy policy) {
  RF_TRY(good, checked(std::move(policy)));
  const std::lock_guard lock(policy_mutex_);
  policy_ = std::move(good);
  return ok();
}

std::shared_ptr<const Policy> Service::policy() const {
  const std::lock_guard lock(policy_mutex_);
  return policy_;
}

// The clock may step back a little, and time stands still until it has caught up. A clock that was
// set back by more is believed: else one wrong reading would stop time, and with it every limit.
// Flows dated in the future are over (A31).
TimeMs Service::now() {
  const TimeMs reading = parts_.clock.now_ms();
  TimeMs floor = floor_ms_.load();
  for (;;) {
    if (reading < floor && reading >= floor - workflow::max_clock_skew_ms) return floor;
    if (floor_ms_.compare_exchange_weak(floor, reading)) return reading;
  }
}

void Service::observe(std::string_view what, std::string_view outcome, TimeMs started,
                      int conflicts, const Call& call) const {
  if (parts_.observer == nullptr) return;
  const bool sound = valid_text(call.trace_id, 0, 128) && printable(call.trace_id) == call.trace_id;
  Observation seen{.name = "ringfence.calls",
                   .subject = what,
                   .outcome = outcome,
                   .trace_id = sound ? std::string_view(call.trace_id) : std::string_view()};
  report(parts_.observer, seen);
  seen.name = "ringfence.call_ms";
  seen.kind = ObservationKind::timing;
  seen.value = parts_.clock.now_ms() - started;
  report(parts_.observer, seen);
  if (conflicts == 0) return;
  seen.name = "ringfence.conflicts";
  seen.kind = ObservationKind::counter;
  seen.value = conflicts;
  report(parts_.observer, seen);
}

// Loads, decides and commits until it is known how a commit ended, and concludes with that. Fails
// if it got nowhere.
result<void> Service::drive(const AnyStep& step, const Call& call, int& conflicts) {
  bool committing = false;
  try {
    if (call.deadline_ms < 0)
      return failure(ErrorCode::invalid_argument, "Call::deadline_ms is negative");
    if (!valid_text(call.trace_id, 0, 128) || printable(call.trace_id) != call.trace_id) {
      return failure(ErrorCode::invalid_argument,
                     "Call::trace_id has at most 128 bytes of printable UTF-8");
    }
    // A clock of the host's may be slow to ask.
    const TimeMs started = call.deadline_ms == 0 ? 0 : parts_.clock.now_ms();
    // Of the whole call: what a load has used the commit has no more.
    const auto left_ms = [&]() -> TimeMs {
      if (call.deadline_ms == 0) return 0;
      const TimeMs used_ms = parts_.clock.now_ms() - started;
      return std::max<TimeMs>(std::min(call.deadline_ms, day_ms) - used_ms, 1);
    };
    const auto passed = [&] {
      return call.deadline_ms != 0 &&
             parts_.clock.now_ms() - started >= std::min(call.deadline_ms, day_ms);
    };
    const auto in_force = policy();
    std::optional<RiskQuestion> asked;
    RiskAnswer answer = RiskAnswer::unknown;
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
      if (passed()) return failure(ErrorCode::busy, "the deadline has passed");
      Seed seed;
      RF_TRY_VOID(parts_.entropy.fill(seed));

      Records records;
      int loads = 0;
      for (auto keys = step.needs(records); !keys.empty(); keys = step.needs(records)) {
        if (++loads > max_loads)
          return failure(ErrorCode::internal, "the store did not load what was asked for");
        RF_TRY(loaded, parts_.store.load(keys, left_ms()));
        records.add(std::move(loaded));
      }
      const TimeMs time = now();
      if (!is_time(time)) return failure(ErrorCode::internal, "the clock tells no time");
      const auto keys = parts_.keys.keys();
      Context context{*in_force, *keys, time, seed, {}, call.trace_id};
      const ChangeSet* change = &step.decide(records, context);
      // Only what would change something is asked about: what is refused anyway costs no question.
      // Once: another try after a conflict has the same question.
      if (parts_.risk != nullptr && !change->empty()) {
        if (const auto question = step.ask(records)) {
          if (question != asked) {
            answer = ask(*parts_.risk, *question);
            report(parts_.observer, {.name = "ringfence.risk",
                                     .kind = ObservationKind::event,
                                     .subject = name(question->moment),
                                     .outcome = name(answer),
                                     .trace_id = call.trace_id});
          }
          asked = question;
          context.risk = answer;
          context.now = now();  // the answer may have taken its time
          change = &step.decide(records, context);
        }
      }
      CommitOutcome outcome = CommitOutcome::committed;
      if (!change->empty()) {
        if (passed()) return failure(ErrorCode::busy, "the deadline has passed");
        committing = true;
        outcome = parts_.store.commit(*change, left_ms());
        if (outcome == CommitOutcome::unknown) {
          RF_TRY(happened, landed(*change, records, left_ms()));
          outcome = happened ? CommitOutcome::committed : CommitOutcome::conflict;
        }
      }
      if (outcome != CommitOutcome::conflict) {
        step.conclude(outcome);
        return ok();
      }
      ++conflicts;
      committing = false;
      const TimeMs longest = std::min<TimeMs>(longest_pause_ms, attempt);
      parts_.clock.pause(
          static_cast<TimeMs>(Draw(seed).tag() % static_cast<std::uint64_t>(longest + 1)));
    }
    return failure(ErrorCode::busy, "other calls kept changing the same records");
  } catch (...) {
    if (committing)
      return failure(ErrorCode::outcome_unknown, "out of memory; repeat with the same request id");
    return failure(ErrorCode::internal, "a part failed with an exception; nothing was changed");
  }
}

// Whether a commit without an answer has happened. If it has not, it never will: the account's tag
// is rewritten, so that the lost commit, should it still be under way, finds another version than
// it expects.
result<bool> Service::landed(const ChangeSet& change, const Records& records, TimeMs deadline_ms) {
  const Failure unknown = failure(ErrorCode::outcome_unknown,
                                  "the store lost the answer; repeat with the same request id");
  const ChangeSet::Put* put = account_put(change, records);
  if (put == nullptr) return unknown;
  const Key key = key_of(put->record);
  const auto put_again = [&](const Loaded& as_it_was) {
    Seed seed;
    if (!parts_.entropy.fill(seed)) return CommitOutcome::unavailable;
    Draw draw(seed);
    ChangeSet fence{.id = draw.id()};
    fence.expects.push_back({key, as_it_was.version});
    fence.puts.push_back({*as_it_was.record, draw.tag()});
    return parts_.store.commit(fence, deadline_ms);
  };
  const Loaded* before = records.find(key);
  if (before != nullptr && before->record) {
    const CommitOutcome fenced = put_again(*before);
    if (fenced == CommitOutcome::committed) return false;
    if (fenced != CommitOutcome::conflict) return unknown;
  }
  const auto loaded = parts_.store.load({&key, 1}, deadline_ms);
  if (!loaded || loaded.value().empty() || !loaded.value()[0].record) return unknown;
  const auto* after = std::get_if<Account>(&*loaded.value()[0].record);
  if (after == nullptr) return unknown;
  if (contains(after->changes, change.id)) {
    // What can be seen need not be durable: a commit of PostgreSQL that stopped waiting for its
    // standby is seen too. One that comes after it is durable only with it. On a conflict another
    // change came after it; whether that one is durable nobody knows here.
    return put_again(loaded.value()[0]) == CommitOutcome::committed ? result<bool>(true) : unknown;
  }
  // The change that made the version we expected is still remembered, ours is not: another one came
  // first.
  const auto* base =
      before != nullptr && before->record ? std::get_if<Account>(&*before->record) : nullptr;
  const bool whole_history = after->changes.size() < Account::max_changes;
  if (whole_history || (base != nullptr && !base->changes.empty() &&
                        contains(after->changes, base->changes.back()))) {
    return false;
  }
  return unknown;
}

result<FlowView> Service::sending(const Step<FlowView>& step, const Call& call) {
  if (policy()->outbox_bound == 0) return run(step, call);
  return observed(step.name(), call, [&](int& conflicts) -> result<FlowView> {
    const TimeMs started = parts_.clock.now_ms();
    RF_TRY_VOID(room_in_outbox(call, started));
    Call rest = call;
    if (call.deadline_ms > 0) {
      const TimeMs used_ms = parts_.clock.now_ms() - started;
      rest.deadline_ms = std::max<TimeMs>(std::min(call.deadline_ms, day_ms) - used_ms, 1);
    }
    return quietly(step, rest, conflicts);
  });
}

// Looked at once a second, by whoever comes first: it is against an outbox that grows for minutes.
result<void> Service::room_in_outbox(const Call& call, TimeMs now) {
  TimeMs seen_at = outbox_seen_at_.load();
  if (is_time(now) && (now < seen_at || now - seen_at >= second_ms) &&
      outbox_seen_at_.compare_exchange_strong(seen_at, now)) {
    const auto state = parts_.store.outbox(now, std::clamp<TimeMs>(call.deadline_ms, 0, day_ms));
    outbox_due_ = state ? state.value().due : 0;  // a store that fails will say so itself
  }
  if (outbox_due_ <= policy()->outbox_bound) return ok();
  return failure(ErrorCode::busy, "too much waits in the outbox; nothing was changed");
}

result<SecuritySettings> Service::register_account(const Registration& registration,
                                                   const Call& call) {
  return observed("register_account", call, [&](int& conflicts) -> result<SecuritySettings> {
    RF_TRY(account, read(registration, policy()->phone_numbers));
    return quietly(workflow::register_account(account), call, conflicts);
  });
}

result<ImportReport> Service::import_accounts(std::span<const Registration> rows,
                                              const Call& call) {
  return observed("import_accounts", call, [&](int& conflicts) -> result<ImportReport> {
    const TimeMs started = parts_.clock.now_ms();
    ImportReport report;
    for (std::size_t begin = 0; begin < rows.size(); begin += import_batch) {
      Call rest = call;
      if (call.deadline_ms > 0 && begin > 0) {
        rest.deadline_ms = std::min(call.deadline_ms, day_ms) - (parts_.clock.now_ms() - started);
        if (rest.deadline_ms <= 0) {
          return failure(ErrorCode::busy,
                         "the deadline has passed; the same rows again go on from here");
        }
      }
      const auto in_force = policy();
      std::vector<workflow::NewAccount> batch;
      std::vector<std::size_t> indices;  // of the rows in the batch
      const std::size_t end = begin + std::min(import_batch, rows.size() - begin);
      for (std::size_t index = begin; index < end; ++index) {
        auto account = read(rows[index], in_force->phone_numbers);
        if (!account) {
          report.refused.push_back({index, std::move(account).error()});
          continue;
        }
        batch.push_back(std::move(account).value());
        indices.push_back(index);
      }
      RF_TRY(done, quietly(workflow::import_accounts(std::move(batch)), rest, conflicts));
      report.imported += done.imported;
      report.present += done.present;
      report.claims_moved += done.claims_moved;
      for (ImportRefusal& one : done.refused) {
        report.refused.push_back({indices[one.index], std::move(one.why)});
      }
    }
    std::sort(report.refused.begin(), report.refused.end(),
              [](const ImportRefusal& a, const ImportRefusal& b) { return a.index < b.index; });
    return report;
  });
}

result<SecuritySettings> Service::upgrade(const AccountKey& account, const Call& call) {
  return run(workflow::upgrade(account), call);
}

result<SecuritySettings> Service::set_locale(const AccountKey& account, std::string_view locale,
                                             const Call& call) {
  return run(workflow::set_locale(account, std::string(locale)), call);
}

result<SecuritySettings> Service::settings(const AccountKey& account, const Call& call) {
  return run(workflow::settings(account), call);
}

result<std::optional<std::string>> Service::resolve_login_phone(std::string_view realm,
                                                                const AddressInput& phone,
                                                                const Call& call) {
  using Holder = std::optional<std::string>;
  return observed("resolve_login", call, [&](int& conflicts) -> result<Holder> {
    RF_TRY(number, parse_phone(phone.text, phone.region, policy()->phone_numbers));
    return quietly(workflow::resolve_login({std::string(realm), number}), call, conflicts);
  });
}

result<std::optional<std::string>> Service::resolve_login_email(std::string_view realm,
                                                                std::string_view email,
                                                                const Call& call) {
  using Holder = std::optional<std::string>;
  return observed("resolve_login", call, [&](int& conflicts) -> result<Holder> {
    RF_TRY(address, parse_email(email));
    return quietly(workflow::resolve_login({std::string(realm), std::move(address)}), call,
                   conflicts);
  });
}

result<SecuritySettings> Service::lock(const AccountKey& account, std::string_view reason,
                                       const Call& call) {
  return run(workflow::lock(account, std::string(reason)), call);
}

result<SecuritySettings> Service::unlock(const AccountKey& account, const Call& call) {
  return run(workflow::unlock(account), call);
}

result<SecuritySettings> Service::credentials_changed(const AccountKey& account, const Call& call) {
  return run(workflow::credentials_changed(account), call);
}

result<SecuritySettings> Service::close(const AccountKey& account, const Call& call) {
  return run(workflow::close(account), call);
}

result<SecuritySettings> Service::set_notice_channels(const AccountKey& account,
                                                      std::string_view category,
                                                      const ChannelKinds& channels,
                                                      const Call& call) {
  return run(workflow::choose_notice_channels(account, std::string(category), channels), call);
}

result<NoticeReceipt> Service::notify(const AccountKey& account, const NewNotice& notice,
                                      const Call& call) {
  return run(workflow::notify(account, notice), call);
}

result<FlowView> Service::begin_change_phone(const AccountKey& account, Method method,
                                             const Call& call, ChangeReason reason) {
  return sending(workflow::begin(FlowKind::change_phone, account, method, call, {.reason = reason}),
                 call);
}

result<FlowView> Service::begin_change_email(const AccountKey& account, Method method,
                                             const Call& call) {
  return sending(workflow::begin(FlowKind::change_email, account, method, call), call);
}

result<FlowView> Service::begin_verify_channel(const AccountKey& account, ChannelKind channel,
                                               Method method, const Call& call) {
  return sending(
      workflow::begin(FlowKind::verify_channel, account, method, call, {.channel = channel}), call);
}

result<FlowView> Service::begin_confirm_operation(const AccountKey& account,
                                                  std::string_view operation, Method method,
                                                  const Call& call) {
  return sending(workflow::begin(FlowKind::confirm_operation, account, method, call,
                                 {.operation = std::string(operation)}),
                 call);
}

result<FlowView> Service::begin_claim_login(const AccountKey& account, ChannelKind channel,
                                            const Call& call) {
  return sending(
      workflow::begin(FlowKind::claim_login, account, Method::phone, call, {.channel = channel}),
      call);
}

result<FlowView> Service::begin_replace_phone(const AccountKey& account, const Call& call,
                                              ChangeReason reason) {
  return sending(
      workflow::begin(FlowKind::replace_phone, account, Method::phone, call, {.reason = reason}),
      call);
}

result<Appeal> Service::submit_appeal(const AccountKey& account, std::string_view submitted_by,
                                      const Call& call) {
  return run(workflow::submit_appeal(account, {std::string(submitted_by)}), call);
}

result<std::optional<Appeal>> Service::appeal(const AccountKey& account, const Call& call) {
  return run(workflow::appeal_of(account), call);
}

result<Appeal> Service::decide_appeal(const AccountKey& account, const AppealDecision& decision,
                                      const Call& call) {
  return run(workflow::decide_appeal(account, decision), call);
}

result<SecuritySettings> Service::dispute(std::string_view reference, const Call& call) {
  return observed("dispute", call, [&](int& conflicts) -> result<SecuritySettings> {
    RF_TRY(handle, read_reference(reference));
    return quietly(workflow::dispute(handle), call, conflicts);
  });
}

result<Granted> Service::use_grant(const FlowHandle& flow, std::string_view operation,
                                   const Call& call) {
  return run(workflow::use_grant(flow, std::string(operation), call), call);
}

result<SecuritySettings> Service::report_delivery(const AccountKey& account, const Id128& message,
                                                  DeliveryReport report, const Call& call) {
  return run(workflow::report_delivery(account, message, report), call);
}

result<FlowView> Service::prove_identity(const FlowHandle& flow, std::string_view code,
                                         const Call& call) {
  return run(workflow::prove_identity(flow, SecretText(code), call), call);
}

result<FlowView> Service::set_target(const FlowHandle& flow, const AddressInput& target,
                                     const Call& call) {
  return sending(workflow::set_target(flow, read(target, policy()->phone_numbers), call), call);
}

result<FlowView> Service::prove_target(const FlowHandle& flow, std::string_view code,
                                       const Call& call, TargetOptions options) {
  return run(workflow::prove_target(flow, SecretText(code), call, options), call);
}

result<FlowView> Service::confirm_target(const FlowHandle& flow, const Call& call) {
  return run(workflow::confirm_target(flow, call), call);
}

result<FlowView> Service::resend(const FlowHandle& flow, const Call& call, ResendOptions options) {
  return sending(workflow::resend(flow, call, options), call);
}

result<FlowView> Service::cancel(const FlowHandle& flow, const Call& call) {
  return run(workflow::cancel(flow, call), call);
}

result<FlowView> Service::view(const FlowHandle& flow, const Call& call) {
  return run(workflow::view(flow, call), call);
}

}  // namespace ringfence
