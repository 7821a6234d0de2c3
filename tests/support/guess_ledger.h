#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ringfence/model/account.h"
#include "ringfence/model/policy.h"

/// What became of codes, counted beside the library from what was committed and what was told. It
/// reads none of the library's own counters, so it notices when they do not count.
namespace ringfence::testing_support {

/// The limits of the default policy, written out once more.
struct GuessBounds {
  static constexpr int tries_per_code = 5;
  static constexpr int failures_to_lock = 100;
  static constexpr TimeMs code_life_ms = 5 * minute_ms;
  static constexpr Window to_target[] = {{5, 10 * minute_ms}, {10, day_ms}};
  static constexpr Window to_own[] = {{5, 10 * minute_ms}, {20, day_ms}};
  static constexpr Window by_account[] = {{10, 10 * minute_ms}, {30, day_ms}};
  static constexpr Window by_source[] = {{30, hour_ms}};

  /// The wait after the n-th consecutive failure: 30 s after the fifth, twice that after the tenth,
  /// and so on up to an hour.
  static constexpr TimeMs wait_after(int failures) {
    if (failures == 0 || failures % 5 != 0) return 0;
    TimeMs wait = 30 * second_ms;
    for (int i = 5; i < failures && wait < hour_ms; i += 5) wait *= 2;
    return std::min(wait, TimeMs{hour_ms});
  }
};

struct GuessTotals {
  std::uint64_t codes = 0;
  std::uint64_t guesses = 0;    ///< Verdicts: rejected or accepted.
  std::uint64_t successes = 0;  ///< Of these accepted.
  std::uint64_t near = 0;       ///< Guesses whose first three digits were right: one in a thousand.
  std::uint64_t locks = 0;
  int most_per_code = 0;
  int most_failures = 0;
};

class GuessLedger {
 public:
  using CodeName = std::pair<Id128, std::uint32_t>;  ///< Flow and generation.
  struct Code {
    AccountKey account;
    Role role = Role::identity;
    Address destination;
    std::string right;
    TimeMs sent_at = 0;
    int judged = 0;
    std::set<std::string> tried = {};
  };

  /// A code was issued, in a commit that left the account like this.
  void issued(const Account& account, const CodeName& name, Code code, const std::string& source) {
    ++totals.codes;
    const Channel& channel = account.channel(code.destination.kind());
    const bool own = channel.verified() && *channel.address == code.destination;
    const std::string address = code.destination.text();
    if (own) {
      send("own " + account.key.id + " " + address, GuessBounds::to_own, code.sent_at);
    } else {
      send("target " + address, GuessBounds::to_target, code.sent_at);
      send("account " + account.key.id, GuessBounds::by_account, code.sent_at);
    }
    if (!source.empty()) send("source " + source, GuessBounds::by_source, code.sent_at);
    codes_.insert_or_assign(name, std::move(code));
  }

  Code* find(const CodeName& name) {
    const auto found = codes_.find(name);
    return found == codes_.end() ? nullptr : &found->second;
  }

  /// Somebody was told whether a guess at the code is right; the commit left the account like this.
  void judged(const CodeName& name, const std::string& guess, bool accepted, bool by_owner,
              const Account& account, TimeMs now) {
    Code* code = find(name);
    if (code == nullptr) return violated("a verdict on a code that was never issued");
    ++code->judged;
    code->tried.insert(guess);
    if (!by_owner) {
      ++totals.guesses;
      totals.successes += accepted;
      totals.near += guess.compare(0, 3, code->right, 0, 3) == 0;
    }
    totals.most_per_code = std::max(totals.most_per_code, code->judged);
    if (code->judged > GuessBounds::tries_per_code) violated("a sixth verdict on one code");
    if (now >= code->sent_at + GuessBounds::code_life_ms) violated("a verdict on an expired code");
    if (accepted != (guess == code->right)) violated("a verdict that is not true");

    Count& count = counts_[{code->account, code->role, code->destination}];
    if (now < count.last_at + GuessBounds::wait_after(count.failures))
      violated("a verdict while a wait runs");
    if (count.failures >= GuessBounds::failures_to_lock)
      violated("a verdict after a hundred consecutive failures");
    if (accepted) {
      count = {};
      return;
    }
    ++count.failures;
    count.last_at = now;
    totals.most_failures = std::max(totals.most_failures, count.failures);
    if (count.failures == GuessBounds::failures_to_lock) {
      ++totals.locks;
      if (account.status != AccountStatus::locked)
        violated("the hundredth failure does not lock the account");
    }
  }

  void unlocked(const AccountKey& account) {
    for (auto& [name, count] : counts_) {
      if (std::get<0>(name) == account) count = {};
    }
  }
  /// The library keeps the counts of targets of an account in sixteen places; one that was pushed
  /// out begins anew (docs/guessing.md).
  void forgotten(const AccountKey& account, Role role, const Address& address) {
    counts_.erase({account, role, address});
  }

  void violated(const std::string& what) { violations.insert(what); }

  /// Other accounts and addresses from now on.
  void turn_page() {
    codes_.clear();
    counts_.clear();
    sends_.clear();
  }

  GuessTotals totals;
  std::set<std::string> violations;

 private:
  struct Count {
    int failures = 0;
    TimeMs last_at = 0;
  };

  template <std::size_t N>
  void send(const std::string& counter, const Window (&windows)[N], TimeMs now) {
    std::vector<TimeMs>& times = sends_[counter];
    times.push_back(now);
    for (const Window& window : windows) {
      const auto within = std::count_if(times.begin(), times.end(),
                                        [&](TimeMs time) { return time > now - window.span_ms; });
      if (within > window.count)
        violated("more sends than a window allows, by " + counter.substr(0, counter.find(' ')));
    }
  }

  std::map<CodeName, Code> codes_;
  std::map<std::tuple<AccountKey, Role, Address>, Count> counts_;
  std::map<std::string, std::vector<TimeMs>> sends_;
};

/// How probable `most` or fewer events are where `mean` are expected (Poisson: the limit of many
/// rare trials).
inline double at_most(std::uint64_t most, double mean) {
  double sum = 0;
  for (std::uint64_t k = 0; k <= most; ++k)
    sum += std::exp(static_cast<double>(k) * std::log(mean) - mean -
                    std::lgamma(static_cast<double>(k) + 1));
  return std::min(1.0, sum);
}
inline double at_least(std::uint64_t least, double mean) {
  double sum = 0;  // not 1 - at_most: that loses what is small
  for (std::uint64_t k = least; k <= least + 1000; ++k)
    sum += std::exp(static_cast<double>(k) * std::log(mean) - mean -
                    std::lgamma(static_cast<double>(k) + 1));
  return std::min(1.0, sum);
}
/// Five standard deviations of a normal distribution, one side.
constexpr double five_sigma = 2.87e-7;

}  // namespace ringfence::testing_support
