// How many bytes of a database an account takes: the figures of docs/scaling.md.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "postgres/postgres_client.h"
#include "postgres/private_postgres.h"
#include "ringfence/store/postgres.h"
#include "support/world.h"

namespace ringfence {
namespace {

using namespace testing_support;

constexpr int accounts = 5000;

struct Bytes {
  explicit Bytes(const std::string& url) : client(url) {}
  // Of a table with its indices, after what is dead was removed.
  double each(const std::string& table) {
    client.execute("VACUUM FULL ringfence." + table);
    const double size =
        std::stod(client.value("SELECT pg_total_relation_size('ringfence." + table + "')"));
    std::printf("  %-8s %7.0f bytes an account\n", table.c_str(), size / accounts);
    return size / accounts;
  }
  double all() {
    double sum = 0;
    for (const char* table : {"account", "address", "source", "audit", "message"})
      sum += each(table);
    std::printf("  all      %7.0f bytes an account\n", sum);
    return sum;
  }
  PostgresClient client;
};

TEST(PostgresBytes, OfAnAccountAreBoundedBeforeAndAfterAChangeOfPhone) {
  PrivatePostgres& server = shared_postgres();
  const std::string database = server.make_database();
  const std::string url = server.url(PrivatePostgres::superuser, database);
  ASSERT_TRUE(migrate_postgres(url));
  World world({}, open_postgres_store(url).value());
  std::vector<Registration> rows;
  const auto number = [](int index) { return "+8613" + std::to_string(900'000'000 + index); };
  for (int i = 0; i < accounts; ++i) {
    rows.push_back({.account = world.key("account-" + std::to_string(i)),
                    .phone = {number(i)},
                    .phone_proven_at = world.clock.now_ms(),
                    .email = AddressInput{"person" + std::to_string(i) + "@example.com"},
                    .email_proven_at = world.clock.now_ms()});
  }
  ASSERT_EQ(world.service->import_accounts(rows).value().imported, accounts);
  Bytes bytes(url);
  std::printf("imported, with phone and email:\n");
  const double imported = bytes.all();
  EXPECT_LT(imported, 3000);

  constexpr int changes = accounts / 50;
  for (int i = 0; i < changes; ++i) {
    const std::string id = "account-" + std::to_string(i);
    const Call call{.session = "s", .source = "192.0.2." + std::to_string(i % 250)};
    FlowView flow = world.service->begin_change_phone(world.key(id), Method::phone, call).value();
    flow = world.service->prove_identity(flow, world.code_at(number(i)), call).value();
    flow = world.service->set_target(flow, {number(accounts + i)}, call).value();
    flow = world.service->prove_target(flow, world.code_at(number(accounts + i)), call).value();
    ASSERT_TRUE(flow.changed().usable_for_login);
  }
  std::printf("and every fiftieth has changed its phone:\n");
  const double changed = bytes.all();
  std::printf("a change of phone leaves %.0f bytes until it is swept and pruned\n",
              (changed - imported) * accounts / changes);
  EXPECT_LT((changed - imported) * accounts / changes, 20'000);
}

}  // namespace
}  // namespace ringfence
