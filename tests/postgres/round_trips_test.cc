// What a step costs on the wire, counted by a tap on the connection.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "postgres/private_postgres.h"
#include "postgres/wire_tap.h"
#include "ringfence/store/postgres.h"
#include "support/world.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;

class RoundTrips : public ::testing::Test {
 protected:
  RoundTrips() {
    const std::string database = shared_postgres().make_database();
    const std::string url =
        shared_postgres().tcp_url(PrivatePostgres::user, PrivatePostgres::password, database);
    EXPECT_TRUE(migrate_postgres(url));
    const std::string tapped = PrivatePostgres::url_at(
        "127.0.0.1", tap.port(), PrivatePostgres::user, PrivatePostgres::password, database);
    auto opened = open_postgres_store(tapped + "&sslmode=disable");
    if (!opened) throw std::runtime_error(opened.error().text);
    store = std::move(opened).value();
  }

  template <class Work>
  int round_trips(const Work& work) {
    const int before = tap.round_trips();
    work();
    return tap.round_trips() - before;
  }

  WireTap tap{shared_postgres().port()};
  std::unique_ptr<Store> store;
};

TEST_F(RoundTrips, OneForALoadAndOneForACommit) {
  const Change change = Change()
                            .put(sample_account("ann"))
                            .put(sample_entry(phone_address()))
                            .put(sample_source("192.0.2.0/24"))
                            .put(sample_audit(1))
                            .send(sample_message(1))
                            .send(sample_message(2));
  EXPECT_EQ(round_trips([&] { EXPECT_EQ(store->commit(change, 0), CommitOutcome::committed); }), 1);
  const std::vector<Key> keys = {AccountKey{"shop", "ann"}, AddressKey{"shop", phone_address()},
                                 SourceKey{"shop", "192.0.2.0/24"}, AuditKey{{"shop", "ann"}, 1}};
  EXPECT_EQ(round_trips([&] {
              const auto loaded = store->load(keys, 0).value();
              for (const Loaded& one : loaded) EXPECT_TRUE(one.record);
            }),
            1);
  EXPECT_EQ(round_trips([&] {
              EXPECT_EQ(store->commit(Change().put(sample_account("bob")), 1000),
                        CommitOutcome::committed);
            }),
            1)
      << "with a deadline too";
  EXPECT_EQ(tap.connections(), 1);
}

// `docs/postgres.md` has this list.
TEST_F(RoundTrips, OfAChangeOfPhoneAreNine) {
  World world({}, std::move(store));
  world.add("ann").value();
  const auto code = [&](const std::string& address) { return world.code_at(address); };
  std::vector<std::pair<std::string, int>> steps;
  const auto step = [&](const std::string& name, const auto& work) {
    steps.emplace_back(name, round_trips(work));
  };
  FlowView flow;
  step("begin_change_phone", [&] { flow = world.begun("ann"); });
  const std::string first = code(World::phone);
  step("prove_identity",
       [&] { flow = world.service->prove_identity(flow, first, world.call).value(); });
  step("set_target",
       [&] { flow = world.service->set_target(flow, {World::new_phone}, world.call).value(); });
  const std::string second = code(World::new_phone);
  step("prove_target",
       [&] { flow = world.service->prove_target(flow, second, world.call).value(); });
  EXPECT_TRUE(flow.changed().usable_for_login);
  int all = 0;
  for (const auto& [name, count] : steps) {
    std::printf("%s: %d\n", name.c_str(), count);
    all += count;
  }
  std::printf("change_phone: %d round trips\n", all);
  EXPECT_EQ(all, 9);
  EXPECT_EQ(round_trips([&] { world.service->settings(world.key("ann"), world.call).value(); }), 1);
}

}  // namespace
}  // namespace ringfence
