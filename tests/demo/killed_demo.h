#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "demo/demo.h"
#include "ringfence/ringfence.h"

/// The demo is killed in the middle and run again: nothing is half done, nothing is done twice, all
/// is done in the end.
namespace ringfence::testing_support {

using Phones = std::map<std::string, std::string>;  // account id -> security phone

template <class T, class K>
std::optional<T> load_one(Store& store, const K& key) {
  const Key one = key;
  Records records;
  records.add(store.load({&one, 1}, 0).value());
  const T* found = records.get<T>(key);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

inline std::vector<Account> accounts_in(const Demo& demo, const std::set<std::string>& ids) {
  const auto store = demo.open();
  std::vector<Account> out;
  for (const std::string& id : ids) {
    if (const auto account = load_one<Account>(*store, AccountKey{"", id})) out.push_back(*account);
  }
  return out;
}

/// The sample as an uninterrupted run leaves it, and as it was before.
struct Reference {
  std::set<std::string> ids;
  Phones before;
  Phones after;
  std::vector<nlohmann::json> rows;
  std::size_t lines = 0;  // of the output for people

  Reference() {
    for (const std::string& line : lines_of(file(samples + "/accounts.csv"))) {
      ids.insert(line.front() == '"' ? line.substr(1, line.find('"', 1) - 1)
                                     : line.substr(0, line.find(',')));
    }
    Demo fresh;
    fresh.changes("");
    EXPECT_EQ(fresh.run().exit_code, 0);
    before = phones(fresh);
    const Demo whole;
    rows = objects_of(whole.run({"--json"}).out);
    after = phones(whole);
    lines = lines_of(Demo().run().out).size();
  }
  Phones phones(const Demo& demo) const {
    Phones out;
    for (const Account& account : accounts_in(demo, ids)) {
      out[account.key.id] = account.channel(ChannelKind::phone).address->text();
    }
    return out;
  }
  static std::string file(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
};

inline const Reference& reference() {
  static const Reference made;
  return made;
}

/// Every account has its old phone or its new one, and what addresses say of accounts is what
/// accounts say of themselves.
inline void expect_consistent(const Demo& demo) {
  struct Seen {
    std::int64_t holders = 0;
    std::set<std::string> claims = {};
  };
  const std::vector<Account> accounts = accounts_in(demo, reference().ids);
  std::map<Address, Seen> seen;
  for (const Account& account : accounts) {
    const std::string& id = account.key.id;
    EXPECT_THAT(account.channel(ChannelKind::phone).address->text(),
                testing::AnyOf(reference().before.at(id), reference().after.at(id)));
    for (const Channel& channel : account.channels) {
      if (!channel.address) continue;
      Seen& address = seen[*channel.address];
      if (channel.verified()) ++address.holders;
      if (channel.login_claim) address.claims.insert(id);
      EXPECT_TRUE(channel.verified() || !channel.login_claim) << id;
    }
  }
  const auto store = demo.open();
  for (const auto& [address, counted] : seen) {
    const auto entry = load_one<AddressEntry>(*store, AddressKey{"", address});
    EXPECT_EQ(entry ? entry->holders : 0, counted.holders) << address.masked();
    EXPECT_LE(counted.claims.size(), 1U) << address.masked();
    EXPECT_EQ(entry ? entry->login_holder : "",
              counted.claims.empty() ? "" : *counted.claims.begin())
        << address.masked();
  }
}

inline std::string settled(const nlohmann::json& row) {
  const std::string outcome = row.at("outcome");
  return outcome == "already_done" ? "done" : outcome;
}

/// The run after a kill ends as if nobody had killed the one before.
inline void expect_completes(const Demo& demo) {
  const Ended ended = demo.run({"--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto rows = objects_of(ended.out);
  ASSERT_EQ(rows.size(), reference().rows.size());
  std::map<std::string, nlohmann::json> last;
  std::map<std::string, nlohmann::json> expected_last;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(settled(rows[i]), settled(reference().rows[i])) << rows[i];
    last[rows[i].at("account_id")] = rows[i];
    expected_last[rows[i].at("account_id")] = reference().rows[i];
  }
  for (const auto& [id, row] : last) {
    for (const char* field : {"phone", "usable_for_verification", "usable_for_login", "reason"}) {
      EXPECT_EQ(row.at(field), expected_last.at(id).at(field)) << row;
    }
  }
  EXPECT_EQ(reference().phones(demo), reference().after);
  // Nobody was forgotten: what still waits was handed over before the kill, which nobody wrote
  // down.
  const auto store = demo.open();
  const TimeMs later = system_clock().now_ms() + hour_ms;
  const std::vector<Message> waiting = store->take(later, second_ms, 1000, {}).value();
  for (const Message& message : waiting) {
    EXPECT_GT(message.attempts, 1) << message.purpose;
  }
}

}  // namespace ringfence::testing_support
