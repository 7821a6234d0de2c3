#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ringfence/dispatcher.h"

namespace ringfence {

/// What codes to telephones cost a dispatcher, by the beginning of the number, and what comes of
/// them, by country: pumped traffic is paid for and proves nothing (A20). Thread-safe.
class Traffic {
 public:
  Traffic(std::vector<Budget> budgets, const ConversionOptions& conversion);

  struct Hold {
    TimeMs until = 0;
    std::string why;
  };
  /// Charges a code that is about to be handed over, or says until when it must wait.
  std::optional<Hold> enter(const Message& message, TimeMs now);
  /// It was not sent after all: the budgets have it back.
  void refund(const Message& message, TimeMs charged_at);

  /// A code was sent to a new number: its account will tell whether it was proven.
  struct Sent {
    AccountKey account = {};
    Id128 flow = {};
    std::uint32_t generation = 0;
    int country = 0;
    TimeMs look_at = 0;  ///< Then its life is over.
  };
  void sent(const Message& message);
  /// Those whose time has come, up to `max`; the caller looks at their accounts and tells.
  std::vector<Sent> ended(TimeMs now, std::size_t max);
  /// `account` is null if there is none any more.
  void judge(const Sent& sent, const Account* account, TimeMs now);

 private:
  struct Result {
    TimeMs at = 0;
    bool proven = false;
  };
  struct Country {
    std::deque<Result> results;  // of the window, the oldest first
    std::size_t proven = 0;      // of them
    TimeMs closed_until = 0;
  };
  void forget_old(Country& country, TimeMs now) const;

  std::vector<Budget> budgets_;
  ConversionOptions conversion_;
  std::mutex mutex_;
  // Guarded by the mutex:
  std::vector<std::vector<TimeMs>> charges_;  // of each budget
  std::deque<Sent> awaited_;                  // the first sent first
  std::map<int, Country> countries_;
};

}  // namespace ringfence
