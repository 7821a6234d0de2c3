#pragma once

#include <array>
#include <string>

#include "ringfence/crypto.h"
#include "ringfence/entropy.h"
#include "ringfence/keys.h"
#include "ringfence/model/account.h"
#include "ringfence/model/flow.h"
#include "ringfence/model/policy.h"
#include "ringfence/step.h"

/// Codes. They are derived from a key and a challenge whenever they are needed, and never stored
/// (R27).
namespace ringfence::workflow {

/// How far the clocks of two machines may differ. A challenge or a flow that begins further ahead
/// was made by a wrong clock, or the clock was set back since: it is over (A31).
constexpr TimeMs max_clock_skew_ms = 60 * second_ms;

/// The proof the flow waits for.
inline Role role_of(const Flow& flow) {
  return flow.step == FlowStep::prove_identity ? Role::identity : Role::target;
}

/// Makes the code the flow now waits for; the one before it is void (R20).
inline void issue_challenge(Flow& flow, const Address& destination, const KeySet& keys, Draw& draw,
                            TimeMs now) {
  flow.challenge = Challenge{.destination = destination,
                             .nonce = draw.id(),
                             .generation = ++flow.generation,
                             .key_id = keys.current_id(),
                             .digits = flow.terms.code_digits,
                             .tries_used = 0,
                             .issued_at = now,
                             .expires_at = now + flow.terms.code_ttl_ms};
}

/// From when on another code may take its place; at once if it is known not to have arrived.
inline TimeMs replaceable_at(const Challenge& challenge, const Flow& flow) {
  return challenge.not_delivered ? challenge.issued_at
                                 : challenge.issued_at + flow.terms.resend_after_ms;
}

/// Whether the challenge can still be met.
inline bool live(const Challenge& challenge, const Flow& flow, TimeMs now) {
  return challenge.digits >= 6 && challenge.digits <= 10 && now < challenge.expires_at &&
         challenge.issued_at <= now + max_clock_skew_ms &&
         challenge.tries_used < flow.terms.tries_per_code;
}

/// The code of the flow's challenge. All it is for is inside, so it serves for nothing else (R08,
/// A06, A07): realm, kind, flow, account, role, channel and destination; the nonce and the
/// generation make it fresh. Fails with `key_missing` if the key that made it is not in the ring.
inline result<SecretText> derive_code(const AccountKey& account, const Flow& flow, Role role,
                                      const Challenge& challenge, const KeySet& keys) {
  RF_TRY(key, keys.find(challenge.key_id));
  const std::string flow_id = flow.id.hex();
  const std::string destination = challenge.destination.text();
  const std::string nonce = challenge.nonce.hex();
  const std::string generation = std::to_string(challenge.generation);
  const std::array<std::string_view, 10> fields = {"ringfence.code.1",
                                                   account.realm,
                                                   name(flow.kind),
                                                   flow_id,
                                                   account.id,
                                                   name(role),
                                                   name(challenge.destination.kind()),
                                                   destination,
                                                   nonce,
                                                   generation};
  std::uint64_t modulus = 1;
  for (int i = 0; i < challenge.digits; ++i) modulus *= 10;
  std::uint64_t value = crypto::mac64(*key, fields) % modulus;
  std::string code(static_cast<std::size_t>(challenge.digits),
                   '0');  // leading zeros are kept (R01)
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit, value /= 10) {
    *digit = static_cast<char>('0' + value % 10);
  }
  SecretText out(code);
  wipe(code);
  return out;
}

/// The address for tests that this is, as long as it is one; else null.
inline const SandboxAddress* sandbox_of(const Policy& policy, const Address& address, TimeMs now) {
  if (policy.profile != Profile::sandbox) return nullptr;
  for (const SandboxAddress& one : policy.sandbox_addresses) {
    if (now < one.until && one.address == address.text()) return &one;
  }
  return nullptr;
}

/// The code that is right, as `derive_code`; of an address for tests the one in the policy. Nothing
/// if that address is none any more: then no code is right.
inline result<std::optional<SecretText>> right_code(const AccountKey& account, const Flow& flow,
                                                    const Context& context) {
  const Challenge& challenge = flow.challenge.value();
  if (challenge.sandbox) {
    const auto* found = sandbox_of(context.policy, challenge.destination, context.now);
    if (found == nullptr) return std::optional<SecretText>();
    return std::optional<SecretText>(found->code);
  }
  RF_TRY(code, derive_code(account, flow, role_of(flow), challenge, context.keys));
  return std::optional<SecretText>(std::move(code));
}

}  // namespace ringfence::workflow
