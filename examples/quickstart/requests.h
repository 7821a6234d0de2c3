#pragma once

#include <optional>
#include <string>
#include <vector>

#include "changes.h"
#include "ringfence/ringfence.h"

namespace demo {

/// A change row, and what is asked of ringfence for it.
///
/// A request is named after what its row says, so that every run of a file asks under the same
/// names. ringfence remembers the last ones of each account for 24 hours: thus a run that was
/// killed can go on where it was, and one that is done can be run again, without a file of its own
/// and without a code for nothing.
struct Request {
  std::size_t index = 0;  ///< Of the row.
  const ChangeRow& row;
  ringfence::AccountKey account = {};
  ringfence::result<ringfence::PhoneNumber> number;  ///< The new number, or why it is none.
  std::string name = {};

  /// How often a row may be begun: as often as ringfence remembers, and once more.
  static constexpr int max_attempts = static_cast<int>(ringfence::Account::max_replies) + 1;

  /// For beginning the row's flow, the first time or again.
  ringfence::Call begin_call(int attempt) const;
  /// For the other steps. They need no name: a flow takes each of them once.
  ringfence::Call call() const { return {.session = "demo:" + account.id}; }

  /// Whether this is the new number.
  bool asks_for(const std::optional<std::string>& phone) const {
    return number && phone == number.value().e164();
  }
  /// Whether the account remembers that this row was begun.
  bool was_begun(const ringfence::Account& stored) const;
};

/// One request for each row that can be read. The rows must outlive them.
std::vector<Request> make_requests(const std::vector<ChangeRow>& rows,
                                   const ringfence::PhonePolicy& policy);

}  // namespace demo
