#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// What can go wrong, and what to do about it.
///
/// A wrong code is not an error: it is a verdict (`FlowView::verdict`).
namespace ringfence {

/// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
using TimeMs = std::int64_t;

/// Why a call was refused. New codes may be added in a minor version: always keep a `default:`
/// branch.
enum class ErrorCode : std::uint8_t {
  none = 0,
  // Refusals of a flow (DOMAIN 4).
  method_unavailable,       ///< The chosen method cannot prove identity now; another one can.
  no_method_available,      ///< No method can: the way on is an appeal. Of a notice: no channel of
                            ///< the account is verified.
  same_address,             ///< The new address is the present one.
  invalid_number,           ///< Not a telephone number that exists worldwide in one form.
  invalid_email,            ///< Not an email address.
  number_type_not_allowed,  ///< The policy refuses numbers of this type, e.g. premium rate.
  region_not_allowed,       ///< The policy refuses numbers of this region or prefix.
  managed_elsewhere,        ///< A federated account: change it where `Failure::link` points.
  account_locked,
  account_closed,
  account_not_found,
  account_exists,
  flow_expired,
  flow_not_found,  ///< Never begun, replaced by a newer flow, cancelled, or voided by a change.
  wrong_step,
  session_mismatch,     ///< The flow belongs to another session of the host.
  limited,              ///< Too many or too soon; `Failure::retry_at` says when it is allowed.
  address_at_capacity,  ///< Already the verified address of as many accounts as the policy allows.
  nothing_to_prove,     ///< The channel has no address, or what was to be proven or claimed is so.
  appeal_pending,       ///< The account has an appeal that is not decided, or approved and open.
  appeal_not_found,     ///< No such appeal, or none that is approved and open.
  dispute_not_found,    ///< No such reference, or it is too late.
  factor_required,      ///< The policy asks for a factor that the host attests: `Call`.
  risk_refused,         ///< What the risk advisor answered forbids it: see `RiskPolicy`.
  grant_invalid,        ///< No such grant: for another operation or session, used, or too old.
  busy,                 ///< Other calls kept changing the same records, or the deadline has passed.
  store_unavailable,    ///< Nothing was changed.
  outcome_unknown,  ///< The change may or may not have happened; repeat with the same request id.
  key_missing,      ///< The key that made a code is not in the key ring.
  // Refusals of a set-up or of a call.
  invalid_argument,
  invalid_policy,
  key_unusable,   ///< The key file is missing, malformed, readable by others, or there already.
  store_in_use,   ///< Another process, or another store in this one, has the database open.
  store_older,    ///< The database lacks ringfence's tables, or they are older than it needs.
  store_newer,    ///< The database was written by a newer ringfence.
  store_foreign,  ///< The file is not a ringfence database.
  store_corrupt,  ///< The database holds a record that cannot be read.
  wrong_process,  ///< A handle was used in a forked child.
  internal,       ///< A defect of ringfence or of a plugged-in part; nothing was changed.
};

/// What the caller does next.
enum class NextStep : std::uint8_t {
  fix_input,        ///< Ask the person for something else.
  wait,             ///< Do the same again at `Failure::retry_at`.
  restart_flow,     ///< Begin again.
  retry,            ///< Do the same again, at once, with the same request id.
  contact_support,  ///< The person cannot go on alone.
  fix_setup,        ///< The operator must change something.
};

/// The stable name of a code, e.g. `"same_address"`. Static storage. Used in logs, in JSON and by
/// other languages.
constexpr std::string_view name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::none:
      return "none";
    case ErrorCode::method_unavailable:
      return "method_unavailable";
    case ErrorCode::no_method_available:
      return "no_method_available";
    case ErrorCode::same_address:
      return "same_address";
    case ErrorCode::invalid_number:
      return "invalid_number";
    case ErrorCode::invalid_email:
      return "invalid_email";
    case ErrorCode::number_type_not_allowed:
      return "number_type_not_allowed";
    case ErrorCode::region_not_allowed:
      return "region_not_allowed";
    case ErrorCode::managed_elsewhere:
      return "managed_elsewhere";
    case ErrorCode::account_locked:
      return "account_locked";
    case ErrorCode::account_closed:
      return "account_closed";
    case ErrorCode::account_not_found:
      return "account_not_found";
    case ErrorCode::account_exists:
      return "account_exists";
    case ErrorCode::flow_expired:
      return "flow_expired";
    case ErrorCode::flow_not_found:
      return "flow_not_found";
    case ErrorCode::wrong_step:
      return "wrong_step";
    case ErrorCode::session_mismatch:
      return "session_mismatch";
    case ErrorCode::limited:
      return "limited";
    case ErrorCode::address_at_capacity:
      return "address_at_capacity";
    case ErrorCode::nothing_to_prove:
      return "nothing_to_prove";
    case ErrorCode::appeal_pending:
      return "appeal_pending";
    case ErrorCode::appeal_not_found:
      return "appeal_not_found";
    case ErrorCode::dispute_not_found:
      return "dispute_not_found";
    case ErrorCode::factor_required:
      return "factor_required";
    case ErrorCode::risk_refused:
      return "risk_refused";
    case ErrorCode::grant_invalid:
      return "grant_invalid";
    case ErrorCode::busy:
      return "busy";
    case ErrorCode::store_unavailable:
      return "store_unavailable";
    case ErrorCode::outcome_unknown:
      return "outcome_unknown";
    case ErrorCode::key_missing:
      return "key_missing";
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::invalid_policy:
      return "invalid_policy";
    case ErrorCode::key_unusable:
      return "key_unusable";
    case ErrorCode::store_in_use:
      return "store_in_use";
    case ErrorCode::store_older:
      return "store_older";
    case ErrorCode::store_newer:
      return "store_newer";
    case ErrorCode::store_foreign:
      return "store_foreign";
    case ErrorCode::store_corrupt:
      return "store_corrupt";
    case ErrorCode::wrong_process:
      return "wrong_process";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

/// The stable name of a next step, e.g. `"fix_input"`. Static storage.
constexpr std::string_view name(NextStep next) noexcept {
  switch (next) {
    case NextStep::fix_input:
      return "fix_input";
    case NextStep::wait:
      return "wait";
    case NextStep::restart_flow:
      return "restart_flow";
    case NextStep::retry:
      return "retry";
    case NextStep::contact_support:
      return "contact_support";
    case NextStep::fix_setup:
      return "fix_setup";
  }
  return "contact_support";
}

/// What to do next after a code, when nothing more is known.
constexpr NextStep next_step(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::limited:
      return NextStep::wait;
    case ErrorCode::flow_expired:
    case ErrorCode::flow_not_found:
    case ErrorCode::wrong_step:
    case ErrorCode::session_mismatch:
    case ErrorCode::address_at_capacity:
    case ErrorCode::grant_invalid:
      return NextStep::restart_flow;
    case ErrorCode::busy:
    case ErrorCode::store_unavailable:
    case ErrorCode::outcome_unknown:
      return NextStep::retry;
    case ErrorCode::no_method_available:
    case ErrorCode::managed_elsewhere:
    case ErrorCode::account_locked:
    case ErrorCode::account_closed:
    case ErrorCode::appeal_not_found:
    case ErrorCode::dispute_not_found:
    case ErrorCode::risk_refused:
      return NextStep::contact_support;
    case ErrorCode::key_missing:
    case ErrorCode::invalid_policy:
    case ErrorCode::key_unusable:
    case ErrorCode::store_in_use:
    case ErrorCode::store_older:
    case ErrorCode::store_newer:
    case ErrorCode::store_foreign:
    case ErrorCode::store_corrupt:
    case ErrorCode::wrong_process:
    case ErrorCode::internal:
      return NextStep::fix_setup;
    default:
      return NextStep::fix_input;
  }
}

/// A refusal. Nothing in it is an address, a code, a key or an account id, so it may be logged as
/// it is (R25).
struct [[nodiscard]] Failure {
  ErrorCode code = ErrorCode::internal;
  NextStep next = NextStep::fix_setup;
  /// When the same call may succeed. Set when `code` is `limited`.
  std::optional<TimeMs> retry_at = std::nullopt;
  /// For a person who develops or operates; English; not for the account's owner.
  std::string text = {};
  /// Where the account is managed. Set when `code` is `managed_elsewhere` and the policy has a
  /// link.
  std::string link = {};

  friend bool operator==(const Failure&, const Failure&) = default;
};

/// Makes the usual failure of a code.
inline Failure failure(ErrorCode code, std::string text) {
  return Failure{
      .code = code, .next = next_step(code), .retry_at = {}, .text = std::move(text), .link = {}};
}

/// Refused until a time.
inline Failure limited_until(TimeMs retry_at, std::string text) {
  return Failure{.code = ErrorCode::limited,
                 .next = NextStep::wait,
                 .retry_at = retry_at,
                 .text = std::move(text),
                 .link = {}};
}

}  // namespace ringfence
