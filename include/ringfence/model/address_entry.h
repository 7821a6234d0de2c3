#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ringfence/error.h"
#include "ringfence/model/address.h"

namespace ringfence {

/// Which address, within a realm.
struct AddressKey {
  std::string realm = {};
  Address address;

  friend auto operator<=>(const AddressKey&, const AddressKey&) = default;
};

/// What all accounts of a realm share about one address (DOMAIN 3). Who its holders are follows
/// from an index over the accounts; this record has what a commit must check: how many, and who may
/// log in.
struct AddressEntry {
  AddressKey key;
  std::int64_t holders = 0;        ///< Accounts of which it is the verified phone or email.
  std::string login_holder = {};   ///< The account id that may log in with it; empty: nobody.
  TimeMs released_at = 0;          ///< When an account last left it; 0: never.
  std::string released_by = {};    ///< That account's id.
  std::vector<TimeMs> sends = {};  ///< Codes sent to it as a target.
  /// From then on the record says nothing any more and may be swept; 0: never.
  TimeMs forget_at = 0;

  friend bool operator==(const AddressEntry&, const AddressEntry&) = default;
};

/// Which source of requests (an opaque key the host passes, e.g. an IP prefix), within a realm.
struct SourceKey {
  std::string realm = {};
  std::string source = {};

  friend auto operator<=>(const SourceKey&, const SourceKey&) = default;
};

/// When a source caused sends (R19).
struct Source {
  SourceKey key;
  std::vector<TimeMs> sends = {};
  TimeMs forget_at = 0;

  friend bool operator==(const Source&, const Source&) = default;
};

}  // namespace ringfence
