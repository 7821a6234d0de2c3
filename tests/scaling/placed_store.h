#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ringfence/record_json.h"
#include "support/passing_store.h"

/// A store that keeps account of where a database spread over many machines would have placed what
/// is loaded and written.
namespace ringfence::scaling {

/// What decides where a record is: an account takes its audit entries and its messages along.
inline std::string home_of(const Key& key) {
  struct Home {
    std::string operator()(const AccountKey& of) const { return "a\n" + of.realm + "\n" + of.id; }
    std::string operator()(const AuditKey& of) const { return (*this)(of.account); }
    std::string operator()(const AddressKey& of) const {
      return "b\n" + of.realm + "\n" + of.address.text();
    }
    std::string operator()(const SourceKey& of) const {
      return "c\n" + of.realm + "\n" + of.source;
    }
  };
  return std::visit(Home(), key);
}

/// FNV-1a, 64 bits, its halves mixed: like the hash of such a database, it spreads evenly.
inline std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  hash ^= hash >> 32U;
  hash *= 0x9e3779b97f4a7c15U;
  return hash ^ hash >> 29U;
}

struct Traffic {
  int loads = 0;
  int commits = 0;
  int rows = 0;            ///< Written: records and messages.
  std::int64_t bytes = 0;  ///< Of their JSON.
  std::map<int, int> crossing =
      {};              ///< Commits that touch more than one shard, by the number of shards.
  int most_homes = 0;  ///< Of one commit.
};

class PlacedStore final : public testing_support::PassingStore {
 public:
  explicit PlacedStore(std::vector<int> shards) : shards_(std::move(shards)) {}

  /// What is counted from here on.
  Traffic restart() { return std::exchange(traffic_, {}); }

  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs deadline_ms) override {
    ++traffic_.loads;
    return good->load(keys, deadline_ms);
  }
  CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) override {
    const CommitOutcome outcome = good->commit(change, deadline_ms);
    if (outcome == CommitOutcome::committed) count(change);
    return outcome;
  }

 private:
  void count(const ChangeSet& change) {
    std::set<std::string> homes;
    for (const ChangeSet::Expect& one : change.expects) homes.insert(home_of(one.key));
    for (const ChangeSet::Put& one : change.puts) {
      traffic_.bytes += static_cast<std::int64_t>(
          std::visit([](const auto& record) { return to_json(record); }, one.record).size());
    }
    for (const Message& one : change.messages) {
      homes.insert(home_of(one.account));
      traffic_.bytes += static_cast<std::int64_t>(to_json(one).size());
    }
    ++traffic_.commits;
    traffic_.rows += static_cast<int>(change.puts.size() + change.messages.size());
    traffic_.most_homes = std::max(traffic_.most_homes, static_cast<int>(homes.size()));
    for (const int shards : shards_) {
      std::set<std::uint64_t> touched;
      for (const std::string& home : homes)
        touched.insert(hash_of(home) % static_cast<std::uint64_t>(shards));
      if (touched.size() > 1) ++traffic_.crossing[shards];
    }
  }

  const std::vector<int> shards_;
  Traffic traffic_;
};

}  // namespace ringfence::scaling
