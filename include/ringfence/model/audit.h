#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ringfence/error.h"
#include "ringfence/model/ids.h"

/// What happened to an account, entry after entry. Each entry carries a keyed MAC over itself and
/// a mark of the one before; the account keeps the mark of the newest. So whoever can write to the
/// store but has no key cannot remove, change, add or reorder an entry unnoticed, nor cut the
/// newest ones off.
///
/// Two things it cannot show. That account and trail were put back together to an older state of
/// both (A33): keep the head that `Service::verify_audit` tells somewhere else if you must know
/// that. And that the account's own record was changed by hand: the trail says what the library
/// did, so compare it with what is there.
namespace ringfence {

/// Which entry: they are numbered 1, 2, 3, … within their account.
struct AuditKey {
  AccountKey account = {};
  std::uint64_t number = 0;

  friend auto operator<=>(const AuditKey&, const AuditKey&) = default;
};

/// Something personal that an entry tells, e.g. an address. The chain holds a commitment to it, so
/// that it can be erased and the chain still holds.
struct PersonalFact {
  std::string name = {};
  std::string value = {};  ///< Empty once it is erased.
  Id128 salt = {};         ///< Zero once it is erased.
  Id128 commitment = {};   ///< Keyed: without the key nobody can try values.

  friend bool operator==(const PersonalFact&, const PersonalFact&) = default;
};

/// One event in the life of an account, stored in the commit that made it.
struct AuditEntry {
  AuditKey key = {};
  TimeMs at = 0;
  std::string event = {};  ///< e.g. `registered`, `identity_proven`, `phone_changed`.
  Id128 flow = {};         ///< The flow it belongs to; zero: none.
  std::map<std::string, std::string> facts = {};  ///< Nothing personal, no code.
  std::vector<PersonalFact> personal = {};
  std::string trace_id = {};  ///< `Call::trace_id`: leads to who called, in the host's own logs.
  std::string key_id = {};    ///< The key of `mac` and of the commitments.
  Id128 mac = {};

  friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

/// A place in the chain: an entry's number, and a MAC over it that only the key gives.
struct AuditMark {
  std::uint64_t number = 0;  ///< 0: before the first.
  Id128 mac = {};

  friend bool operator==(const AuditMark&, const AuditMark&) = default;
};

/// Where an account's chain stands.
struct AuditState {
  AuditMark head = {};    ///< The newest entry.
  AuditMark anchor = {};  ///< The last one that was pruned: the chain now begins after it.

  friend bool operator==(const AuditState&, const AuditState&) = default;
};

/// What is wrong with a chain.
enum class AuditFault : std::uint8_t {
  intact,
  removed,  ///< An entry is not there.
  changed,  ///< An entry is not what it was, or stands in another's place.
  added,    ///< There is an entry after the newest.
};

constexpr std::string_view name(AuditFault fault) noexcept {
  switch (fault) {
    case AuditFault::intact:
      return "intact";
    case AuditFault::removed:
      return "removed";
    case AuditFault::changed:
      return "changed";
    case AuditFault::added:
      return "added";
  }
  return "changed";
}

/// What a check of the whole chain found.
struct AuditReport {
  AuditState chain = {};
  std::uint64_t checked = 0;  ///< Entries that hold.
  AuditFault fault = AuditFault::intact;
  std::uint64_t at = 0;  ///< The number of the first entry that does not hold; 0 if all do.

  bool intact() const { return fault == AuditFault::intact; }
  friend bool operator==(const AuditReport&, const AuditReport&) = default;
};

/// Some entries of one account, the oldest first.
struct AuditPage {
  std::vector<AuditEntry> entries = {};
  /// Go on after this number; 0: there are no more.
  std::uint64_t next = 0;

  friend bool operator==(const AuditPage&, const AuditPage&) = default;
};

}  // namespace ringfence
