#pragma once

#include <string>
#include <vector>

#include "ringfence/model/address.h"
#include "ringfence/result.h"

namespace demo {

/// A row of the changes file: somebody asks for a new security phone.
struct ChangeRow {
  int line = 0;
  std::string account_id = {};
  ringfence::Method method = ringfence::Method::phone;  ///< How identity is to be proven.
  ringfence::AddressInput new_phone = {};
  std::string error = {};  ///< Why the row cannot be read; empty if it can.
};

/// The changes file: `account_id,method,region,new_phone`.
ringfence::result<std::vector<ChangeRow>> load_changes(const std::string& path);

}  // namespace demo
