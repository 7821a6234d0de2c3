#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ringfence/model/flow.h"
#include "ringfence/model/phone_number.h"

/// Whether something speaks against a person, although the proofs are right: a SIM that was swapped
/// a moment ago, a session that behaves oddly (R17, A16).
namespace ringfence {

enum class RiskAnswer : std::uint8_t {
  unknown = 0,  ///< Nobody can tell; it does not mean that all is well (A17).
  clear,
  suspicious,
};

constexpr std::string_view name(RiskAnswer answer) noexcept {
  return answer == RiskAnswer::clear        ? "clear"
         : answer == RiskAnswer::suspicious ? "suspicious"
                                            : "unknown";
}

/// When it is asked.
enum class RiskMoment : std::uint8_t {
  before_send,    ///< A code is about to go out through the telephone network.
  before_effect,  ///< The proof that may complete a flow is presented; whether it is right is not
                  ///< known yet, so asking betrays nothing.
};

constexpr std::string_view name(RiskMoment moment) noexcept {
  return moment == RiskMoment::before_send ? "before_send" : "before_effect";
}

struct RiskQuestion {
  RiskMoment moment = RiskMoment::before_send;
  AccountKey account = {};
  FlowKind flow = FlowKind::change_phone;
  /// Before a send: where it goes. Before an effect: the phone that proved identity, if one did;
  /// else none, and the question is about account, session and source alone.
  std::optional<PhoneNumber> number = {};
  // As in the call:
  std::string session = {};
  std::string source = {};
  std::string trace_id = {};

  friend bool operator==(const RiskQuestion&, const RiskQuestion&) = default;
};

/// Whom the service asks. Policy says what an answer leads to: see `RiskPolicy`.
///
/// `ask` is called from the thread of the call, without any lock held, at most once a call for one
/// question, before the decision. It may take time: the call's deadline does not end it. It may
/// throw, and may give what is no answer: both count as `unknown` (R28).
///
/// For the SIM-swap service of CAMARA: `check`, with the number and `maxAge` in hours (1–2400; 240
/// if left out), answers `swapped`: true is `suspicious`, false is `clear`. Every error is
/// `unknown`, above all those that say that the number belongs to no network that takes part, or
/// that the consent is missing. Some operators may not look as far back as you ask and say so with
/// an error: ask for less. `retrieve-date` is another question: for a SIM that was never swapped
/// it gives the date of its activation, or nothing, with the period that was monitored; nothing,
/// without that period, is `unknown`.
class RiskAdvisor {
 public:
  virtual ~RiskAdvisor() = default;
  virtual RiskAnswer ask(const RiskQuestion& question) = 0;
};

}  // namespace ringfence
