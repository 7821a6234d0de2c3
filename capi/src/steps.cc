// Steps, for hosts that load and commit by themselves.
#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <variant>

#include "codec/store_json.h"
#include "commands.h"
#include "commit_outcome.h"
#include "objects.h"
#include "ringfence/text.h"
#include "views.h"

namespace ringfence::capi {

/// One run of a step: what it has loaded, and what it decided.
class StepObject {
 public:
  StepObject(AnyStep step, Call call) : step_(std::move(step)), call_(std::move(call)) {}

  std::string needs() {
    const std::lock_guard lock(mutex_);
    asked_ = missing();
    return codec::to_json(std::span<const Key>(asked_));
  }
  result<void> add(std::string_view records) {
    const std::lock_guard lock(mutex_);
    if (asked_.empty()) return out_of_turn("nothing is needed, or nobody has asked what is");
    auto loaded = codec::loaded_from_json(records, asked_);
    if (!loaded) return failure(ErrorCode::store_corrupt, loaded.error().text);
    records_.add(std::move(loaded).value());
    asked_.clear();
    return ok();
  }
  result<std::optional<RiskQuestion>> question() {
    const std::lock_guard lock(mutex_);
    RF_TRY_VOID(ready());
    return std::visit([&](const auto& step) { return step.question(records_); }, step_);
  }
  result<std::string> decide(const Policy& policy, const KeySet& keys, TimeMs now, const Seed& seed,
                             std::optional<RiskAnswer> risk) {
    const std::lock_guard lock(mutex_);
    RF_TRY_VOID(ready());
    const Context context{policy, keys, now, seed, risk, call_.trace_id};
    return std::visit(
        [&](const auto& step) -> std::string {
          auto decided = step.decide(records_, context);
          std::string change = decided.change().empty() ? "" : codec::to_json(decided.change());
          decision_ = std::move(decided);
          return change;
        },
        step_);
  }
  template <class Reply>
  result<Reply> conclude(CommitOutcome outcome) {
    const std::lock_guard lock(mutex_);
    if (std::holds_alternative<std::monostate>(decision_))
      return out_of_turn("nothing is decided yet");
    const auto* decided = std::get_if<Decision<Reply>>(&decision_);
    if (decided == nullptr) return out_of_turn("this step has another kind of reply");
    return decided->conclude(outcome);
  }
  bool replies_with_optional_appeal() const {
    return std::holds_alternative<Step<std::optional<Appeal>>>(step_);
  }

 private:
  std::vector<Key> missing() const {
    return std::visit([&](const auto& step) { return step.needs(records_); }, step_);
  }
  result<void> ready() const {
    if (missing().empty()) return ok();
    return out_of_turn("it still needs records");
  }
  static Failure out_of_turn(const char* why) {
    return failure(ErrorCode::invalid_argument, std::string("a step out of turn: ") + why);
  }

  std::mutex mutex_;
  const AnyStep step_;
  const Call call_;
  Records records_;
  std::vector<Key> asked_;
  std::variant<std::monostate, Decision<FlowView>, Decision<SecuritySettings>, Decision<Granted>,
               Decision<Appeal>, Decision<std::optional<Appeal>>, Decision<NoticeReceipt>,
               Decision<std::optional<std::string>>>
      decision_;
};

namespace {

std::string to_json(const RiskQuestion& question) {
  return nlohmann::json{{"account", question.account.id},
                        {"flow", std::string(name(question.flow))},
                        {"moment", std::string(name(question.moment))},
                        {"number", question.number ? question.number->e164() : ""},
                        {"realm", question.account.realm},
                        {"session", question.session},
                        {"source", question.source},
                        {"trace_id", question.trace_id}}
      .dump();
}

template <class Reply, class Out>
int32_t concluding(ringfence_step step, int32_t outcome, Out* out,
                   ringfence_error* error) noexcept {
  return guarded(error, [&]() -> result<void> {
    RF_TRY_VOID(can_fill(out));
    RF_TRY(of, at(step));
    RF_TRY(reply, of->template conclude<Reply>(commit_outcome(outcome)));
    fill(out, to_struct(reply));
    return ok();
  });
}

}  // namespace
}  // namespace ringfence::capi

using namespace ringfence;
using namespace ringfence::capi;

int32_t ringfence_step_new(ringfence_policy policy, ringfence_string command,
                           const ringfence_call* call, ringfence_step* step,
                           ringfence_error* error) {
  return giving(step, error, [&]() -> result<void> {
    RF_TRY(in_force, policy_at(policy));
    RF_TRY(text, read(command, longest_json));
    RF_TRY(who, read(call));
    if (!valid_text(who.trace_id, 0, 128) || printable(who.trace_id) != who.trace_id) {
      return failure(ErrorCode::invalid_argument,
                     "Call::trace_id has at most 128 bytes of printable UTF-8");
    }
    RF_TRY(made, step_from_json(text, who, *in_force));
    RF_TRY(handle, handle_to<ringfence_step>(
                       std::make_shared<StepObject>(std::move(made), std::move(who))));
    *step = handle;
    return ok();
  });
}
void ringfence_step_free(ringfence_step step) { free_handle(step); }

int32_t ringfence_step_needs(ringfence_step step, ringfence_text* keys, ringfence_error* error) {
  return giving(keys, error, [&]() -> result<void> {
    RF_TRY(of, at(step));
    return give(keys, of->needs());
  });
}
int32_t ringfence_step_add(ringfence_step step, ringfence_string records, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY(of, at(step));
    RF_TRY(text, read(records, longest_json));
    return of->add(text);
  });
}
int32_t ringfence_step_question(ringfence_step step, ringfence_text* question,
                                ringfence_error* error) {
  return giving(question, error, [&]() -> result<void> {
    RF_TRY(of, at(step));
    RF_TRY(asked, of->question());
    return give(question, asked ? capi::to_json(*asked) : "");
  });
}
int32_t ringfence_step_decide(ringfence_step step, const ringfence_step_context* context,
                              ringfence_text* change, ringfence_error* error) {
  return giving(change, error, [&]() -> result<void> {
    RF_TRY(of, at(step));
    RF_TRY(in, read_struct(context));
    RF_TRY(policy, policy_at(in.policy));
    RF_TRY(keys, at(in.keys));
    if (!is_time(in.now)) return failure(ErrorCode::invalid_argument, "now is no time");
    std::optional<RiskAnswer> risk;
    if (in.risk != -1) {
      RF_TRY(answer, read_enum(in.risk, RiskAnswer::suspicious, "the risk"));
      risk = answer;
    }
    Seed seed;
    std::copy(std::begin(in.seed), std::end(in.seed), seed.reveal().begin());
    if (std::all_of(std::begin(in.seed), std::end(in.seed), [](auto byte) { return byte == 0; }))
      return failure(ErrorCode::invalid_argument, "the seed is not set");
    wipe(std::as_writable_bytes(std::span(in.seed)));
    const auto in_force = keys->keys();
    RF_TRY(decided, of->decide(*policy, *in_force, in.now, seed, risk));
    return give(change, std::move(decided));
  });
}
int32_t ringfence_step_conclude_flow(ringfence_step step, int32_t outcome,
                                     ringfence_flow_view* view, ringfence_error* error) {
  return concluding<FlowView>(step, outcome, view, error);
}
int32_t ringfence_step_conclude_settings(ringfence_step step, int32_t outcome,
                                         ringfence_settings* settings, ringfence_error* error) {
  return concluding<SecuritySettings>(step, outcome, settings, error);
}
int32_t ringfence_step_conclude_grant(ringfence_step step, int32_t outcome, ringfence_grant* grant,
                                      ringfence_error* error) {
  return concluding<Granted>(step, outcome, grant, error);
}
int32_t ringfence_step_conclude_appeal(ringfence_step step, int32_t outcome,
                                       ringfence_appeal* appeal, ringfence_error* error) {
  const auto found = at(step);
  if (found && found.value()->replies_with_optional_appeal())
    return concluding<std::optional<Appeal>>(step, outcome, appeal, error);
  return concluding<Appeal>(step, outcome, appeal, error);
}
int32_t ringfence_step_conclude_receipt(ringfence_step step, int32_t outcome,
                                        ringfence_notice_receipt* receipt, ringfence_error* error) {
  return concluding<NoticeReceipt>(step, outcome, receipt, error);
}
int32_t ringfence_step_conclude_login(ringfence_step step, int32_t outcome, ringfence_login* login,
                                      ringfence_error* error) {
  return concluding<std::optional<std::string>>(step, outcome, login, error);
}
