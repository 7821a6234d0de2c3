#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host.h"

namespace demo {

/// A row of the accounts file.
struct AccountRow {
  int line = 0;
  ringfence::Registration registration = {};
  std::string error = {};  ///< Why the row cannot be read; empty if it can.
};

/// The accounts file: `account_id,kind,region,phone,phone_verified,email,email_verified`. An
/// address marked as verified counts as proven now.
ringfence::result<std::vector<AccountRow>> load_accounts(const std::string& path);

/// `yes` or `no`, also `true`, `false`, `1`, `0`.
std::optional<bool> read_flag(const std::string& text);

/// What the demo remembers of the accounts file once its rows are registered.
struct Accounts {
  struct Known {
    std::string region = {};                           ///< The country of the account's row.
    std::optional<ringfence::PhoneNumber> phone = {};  ///< The number of the account's row.
  };
  std::map<std::string, Known> by_id = {};
  int added = 0;
  int bad_rows = 0;
};

/// Registers every row that can be read. One that is stored already is passed over; what is refused
/// or unreadable is named on `problems`. Fails only if the store does.
ringfence::result<Accounts> register_accounts(Host& host, const std::string& path,
                                              const std::vector<AccountRow>& rows,
                                              std::ostream& problems);

}  // namespace demo
