#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ringfence/error.h"
#include "ringfence/model/address.h"
#include "ringfence/model/hex.h"
#include "ringfence/model/ids.h"
#include "ringfence/model/policy.h"

/// A flow: proofs, then an effect (DOMAIN 4). It belongs to one account and one session of the
/// host.
namespace ringfence {

enum class FlowKind : std::uint8_t {
  change_phone,
  change_email,
  verify_channel,     ///< Proves the present, unverified address of a channel.
  confirm_operation,  ///< Gives a grant for one sensitive operation of the host.
  claim_login,        ///< Claims the login of an own address that no other account has any more.
  replace_phone,      ///< Sets a new phone without proof of identity: an appeal was approved.
};

/// What the flow waits for.
enum class FlowStep : std::uint8_t {
  prove_identity,  ///< The code sent to the chosen own channel.
  set_target,      ///< The new address.
  prove_target,    ///< The code sent to the new address.
  confirm_target,  ///< The new address is proven but serves for verification only: go on, or set
                   ///< another target?
  done,    ///< All is proven and the effect is decided; `FlowView::change` tells what it was.
  failed,  ///< It ended without an effect; the step that ended it told why.
  cancelled,
};

/// Which proof a code is for. Part of every code: neither serves for the other (A07).
enum class Role : std::uint8_t { identity, target };

enum class ChangeReason : std::uint8_t {
  number_changed,
  person_changed,  ///< Another person takes over; the email may still be the predecessor's.
};

constexpr std::string_view name(FlowKind kind) noexcept {
  switch (kind) {
    case FlowKind::change_phone:
      return "change_phone";
    case FlowKind::change_email:
      return "change_email";
    case FlowKind::verify_channel:
      return "verify_channel";
    case FlowKind::confirm_operation:
      return "confirm_operation";
    case FlowKind::claim_login:
      return "claim_login";
    case FlowKind::replace_phone:
      return "replace_phone";
  }
  return "change_phone";
}
constexpr std::string_view name(Role role) noexcept {
  return role == Role::identity ? "identity" : "target";
}
constexpr std::string_view name(ChangeReason reason) noexcept {
  return reason == ChangeReason::number_changed ? "number_changed" : "person_changed";
}
constexpr std::string_view name(FlowStep step) noexcept {
  switch (step) {
    case FlowStep::prove_identity:
      return "prove_identity";
    case FlowStep::set_target:
      return "set_target";
    case FlowStep::prove_target:
      return "prove_target";
    case FlowStep::confirm_target:
      return "confirm_target";
    case FlowStep::done:
      return "done";
    case FlowStep::failed:
      return "failed";
    case FlowStep::cancelled:
      return "cancelled";
  }
  return "failed";
}

/// Names a flow in later calls. Not a secret: it serves only together with the session that began
/// the flow (A36).
struct FlowHandle {
  AccountKey account = {};
  Id128 flow = {};

  /// One line of `[0-9a-f.]`, for a form or a cookie.
  std::string text() const;
  /// Reads what `text()` wrote; anything else gives nothing.
  static std::optional<FlowHandle> parse(std::string_view text);

  friend auto operator<=>(const FlowHandle&, const FlowHandle&) = default;
};

/// What became of a code that was presented.
enum class Verdict : std::uint8_t {
  rejected = 0,  ///< Wrong. It was charged; `FlowView::tries_left` says how many are left.
  accepted,
  no_live_code,  ///< The code has expired or its tries are used up, so none can be right: resend.
                 ///< Not charged.
  not_asked,     ///< The call presented no code.
};

constexpr std::string_view name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::rejected:
      return "rejected";
    case Verdict::accepted:
      return "accepted";
    case Verdict::no_live_code:
      return "no_live_code";
    case Verdict::not_asked:
      return "not_asked";
  }
  return "rejected";
}

/// What a change led to.
struct ChangeResult {
  ChannelKind channel = ChannelKind::phone;
  std::string masked = {};  ///< The new address.
  bool usable_for_verification = false;
  bool usable_for_login = false;  ///< False if another account is associated with the address.
  bool check_email = false;       ///< The person changed: the email may still be the predecessor's.

  friend bool operator==(const ChangeResult&, const ChangeResult&) = default;
};

/// A permission for one operation of the host, once, in the session that asked for it (R30).
struct Granted {
  std::string operation = {};
  TimeMs expires_at = 0;

  friend bool operator==(const Granted&, const Granted&) = default;
};

/// A flow as its owner may see it, and the verdict of the call that returned it.
struct FlowView {
  FlowHandle handle = {};
  FlowKind kind = FlowKind::change_phone;
  ChannelKind channel = ChannelKind::phone;  ///< Whose address is set or proven.
  FlowStep step = FlowStep::prove_identity;
  Verdict verdict = Verdict::not_asked;
  bool repeated = false;  ///< This reply was given before; nothing happened now.
  /// Masked: where this step's code went. Empty if the step has none, or if none could be sent,
  /// because a limit or the risk advisor forbade it: `resend` sends one, or says why not.
  std::string sent_to = {};
  int tries_left = 0;          ///< With the live code.
  TimeMs code_expires_at = 0;  ///< 0 if no code is live.
  /// If set: after too many wrong codes none is taken before then, not even the right one.
  std::optional<TimeMs> limited_until = {};
  /// From when on `resend` may be called, as far as this account's own limits go; 0 if the step has
  /// no code.
  TimeMs resend_at = 0;
  /// The gateway has reported that the code did not arrive: `resend` need not wait.
  bool not_delivered = false;
  TimeMs expires_at = 0;  ///< When the flow ends by itself; 0 if it has ended.
  /// In `confirm_target`: the proven address would not serve for login.
  bool verification_only = false;
  /// Set when `step` is `done`, but for `confirm_operation`.
  std::optional<ChangeResult> change = {};
  /// Set when `confirm_operation` is done: `Service::use_grant` with this handle takes it.
  std::optional<Granted> granted = {};

  bool accepted() const { return verdict == Verdict::accepted; }
  /// What the change led to. Only when `change` is set.
  const ChangeResult& changed() const { return change.value(); }
  /// A flow goes where its handle goes: `service.prove_identity(flow, …)`.
  operator const FlowHandle&() const { return handle; }

  friend bool operator==(const FlowView&, const FlowView&) = default;
};

/// A code that was sent and may be presented. The code itself is derived, never stored (R27).
struct Challenge {
  Address destination;
  Id128 nonce = {};
  /// Counts the codes of the flow: a resend or a new target raises it.
  std::uint32_t generation = 0;
  std::string key_id = {};
  int digits = 0;
  int tries_used = 0;
  TimeMs issued_at = 0;
  TimeMs expires_at = 0;
  /// The address is one for tests: the code is in the policy and nothing was sent.
  bool sandbox = false;
  Id128 message = {};  ///< What brings the code.
  bool not_delivered = false;

  friend bool operator==(const Challenge&, const Challenge&) = default;
};

/// The part of the policy that a flow keeps from its beginning, whatever the policy becomes.
struct FlowTerms {
  int code_digits = 0;
  int tries_per_code = 0;
  TimeMs code_ttl_ms = 0;
  TimeMs resend_after_ms = 0;
  TimeMs flow_ttl_ms = 0;
  int identity_proofs = 0;  ///< Codes to own channels that it takes: 0, 1 or 2.

  friend bool operator==(const FlowTerms&, const FlowTerms&) = default;
};

/// A flow as it is stored, inside its account.
struct Flow {
  Id128 id = {};
  FlowKind kind = FlowKind::change_phone;
  FlowStep step = FlowStep::prove_identity;
  Id128 session = {};                        ///< A digest: the host's session is not kept.
  Method method = Method::phone;             ///< Of the present proof of identity, or the last.
  std::vector<Method> proven = {};           ///< The methods that have proven identity.
  std::string factor = {};                   ///< What the host attested: `Call::attested_factor`.
  ChannelKind channel = ChannelKind::phone;  ///< The channel whose address is set or proven.
  std::string operation = {};                ///< Of `confirm_operation`.
  ChangeReason reason = ChangeReason::number_changed;
  /// The account's epoch when it began: any later change of channels voids it.
  std::uint64_t epoch = 0;
  FlowTerms terms = {};
  TimeMs began_at = 0;
  TimeMs expires_at = 0;
  std::uint32_t generation = 0;
  std::optional<Challenge> challenge = {};
  std::optional<Address> target = {};
  TimeMs target_proven_at = 0;  ///< 0: not proven.
  std::optional<ChangeResult> change = {};
  ErrorCode failure = ErrorCode::none;  ///< Why it failed, if it did.
  TimeMs ended_at = 0;                  ///< 0: still running.

  bool running() const { return ended_at == 0; }
  friend bool operator==(const Flow&, const Flow&) = default;
};

inline std::string FlowHandle::text() const {
  return flow.hex() + "." + hex::write(account.realm) + "." + hex::write(account.id);
}

inline std::optional<FlowHandle> FlowHandle::parse(std::string_view text) {
  const auto unhex = [](std::string_view digits) -> std::optional<std::string> {
    if (digits.size() > 256) return std::nullopt;
    std::string out(digits.size() / 2, '\0');
    return hex::read(digits, out) ? std::optional(std::move(out)) : std::nullopt;
  };
  if (text.size() < 34 || text[32] != '.') return std::nullopt;
  const std::size_t dot = text.find('.', 33);
  if (dot == std::string_view::npos) return std::nullopt;
  const auto id = Id128::from_hex(text.substr(0, 32));
  auto realm = unhex(text.substr(33, dot - 33));
  auto account = unhex(text.substr(dot + 1));
  if (!id || !realm || !account || account->empty()) return std::nullopt;
  return FlowHandle{{*std::move(realm), *std::move(account)}, *id};
}

}  // namespace ringfence
