#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ringfence/error.h"
#include "ringfence/model/ids.h"

/// The way on for a person who has no usable channel (DOMAIN 4).
namespace ringfence {

enum class AppealState : std::uint8_t {
  submitted,
  approved,  ///< `replace_phone` may be begun until `Appeal::open_until`.
  rejected,
  used,
};

constexpr std::string_view name(AppealState state) noexcept {
  switch (state) {
    case AppealState::submitted:
      return "submitted";
    case AppealState::approved:
      return "approved";
    case AppealState::rejected:
      return "rejected";
    case AppealState::used:
      return "used";
  }
  return "rejected";
}

/// The one appeal an account has, or its last one.
struct Appeal {
  Id128 id = {};
  AppealState state = AppealState::submitted;
  std::string submitted_by = {};  ///< Who took it for the person, as the host names them.
  TimeMs submitted_at = 0;
  TimeMs held_until = 0;      ///< Not approved before: everybody concerned has been told.
  std::string reviewer = {};  ///< Who decided, as the host names them.
  std::string evidence = {};  ///< Where the host keeps what it was decided upon.
  TimeMs decided_at = 0;
  TimeMs open_until = 0;  ///< Of an approved one.

  friend bool operator==(const Appeal&, const Appeal&) = default;
};

/// What a reviewer decides.
struct AppealDecision {
  Id128 appeal = {};
  bool approve = false;
  std::string reviewer = {};  ///< 1–128 bytes of UTF-8.
  std::string evidence = {};  ///< 1–128 bytes of UTF-8.
};

/// A change that those who were told of it may still dispute.
struct Disputable {
  Id128 reference = {};  ///< A digest: who has the notice has the reference.
  TimeMs until = 0;

  friend bool operator==(const Disputable&, const Disputable&) = default;
};

}  // namespace ringfence
