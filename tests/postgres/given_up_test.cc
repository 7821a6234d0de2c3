// The list of what was given up, on a real server: rows that cannot be read, and rows by the
// million.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "postgres/own_database.h"
#include "store/postgres/outbox.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;

/// A statement with its values in it, for EXPLAIN.
std::string written_out(const postgres::Statement& statement) {
  std::string sql = statement.sql;
  for (std::size_t i = statement.values.size(); i > 0; --i) {
    const std::string name = "$" + std::to_string(i);
    const std::string value = "'" + statement.values[i - 1].value_or("") + "'";
    for (auto at = sql.find(name); at != std::string::npos; at = sql.find(name, at))
      sql.replace(at, name.size(), value);
  }
  return sql;
}

TEST(PostgresGivenUp, WhatCannotBeReadIsNotListedAndHidesNothingBehindIt) {
  const OwnDatabase database;
  database.migrate();
  const auto store = opened(database.url());
  Change change;
  for (int i = 1; i <= 6; ++i) change.send(sample_message(i));
  ASSERT_EQ(store->commit(change, 0), CommitOutcome::committed);
  ASSERT_EQ(store->take(10, 10, 9, {}).value().size(), 6U);
  std::vector<Settlement> settlements;
  for (const Message& one : change.set.messages)
    settlements.push_back({one.id, one.account, 1, MessageState::given_up, 0, ""});
  ASSERT_TRUE(store->settle(settlements));
  database.execute("UPDATE ringfence.message SET record = '[]' WHERE created_at < 4");
  const auto first = store->given_up({}, 2, 0).value();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].id, change.set.messages[3].id);
  EXPECT_EQ(first[1].id, change.set.messages[4].id);
  EXPECT_EQ(store->given_up(place_of(first[1]), 2, 0).value().size(), 1U);
}

TEST(PostgresGivenUp, IsReadByItsIndexAndNotByGoingThroughTheOutbox) {
  const OwnDatabase database;
  database.migrate();
  database.execute(
      "INSERT INTO ringfence.message SELECT '', 'ann', lpad(to_hex(i), 32, '0'), 0, 0, 'notice', "
      "'x', "
      "CASE WHEN i % 100 = 0 THEN 'given_up' WHEN i % 10 = 0 THEN 'accepted' ELSE 'pending' END, "
      "i, i, 1, '', '{}' FROM generate_series(1, 50000) AS i;"
      "ANALYZE ringfence.message");
  for (const store::RowPlace& after : {store::RowPlace{}, {49'000, std::string(32, 'f')}}) {
    std::string plan;
    const std::string sql = written_out(postgres::select_given_up(after, 100));
    for (const auto& row : database.execute("EXPLAIN " + sql)) plan += row[0] + '\n';
    EXPECT_NE(plan.find("message_ended"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << plan;
    EXPECT_EQ(database.execute(sql).size(), after.created_at == 0 ? 100U : 10U);
  }
}

}  // namespace
}  // namespace ringfence
