// A host's own users table whose phone column follows what ringfence knows: the example of
// docs/stores.md.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "postgres/postgres_client.h"
#include "postgres/private_postgres.h"
#include "ringfence/store/postgres.h"
#include "support/world.h"

namespace ringfence {
namespace {

using namespace testing_support;

class UsersTable final : public EventSink {
 public:
  UsersTable(Store& store, const std::string& url)
      : store_(store), connection_(PQconnectdb(url.c_str()), PQfinish) {}

  SendResult deliver(const Message& event) override {
    ++heard;
    if (event.purpose != "phone_changed") return {.outcome = SendResult::Outcome::accepted};
    execute("BEGIN");
    execute("SELECT 1 FROM users WHERE id = $1 FOR UPDATE", {event.account.id});
    if (between) std::exchange(between, nullptr)();
    const Key key = event.account;
    const auto loaded = store_.load({&key, 1}, 0);
    if (!loaded || !loaded.value()[0].record) {
      execute("ROLLBACK");
      return {.outcome = SendResult::Outcome::temporary, .reason = "the store is away"};
    }
    const auto& account = std::get<Account>(*loaded.value()[0].record);
    execute("UPDATE users SET phone = $2 WHERE id = $1",
            {event.account.id, account.channel(ChannelKind::phone).address->text()});
    execute("COMMIT");
    return {.outcome = SendResult::Outcome::accepted};
  }

  std::function<void()> between;
  std::atomic<int> heard = 0;

 private:
  void execute(const char* sql, const std::vector<std::string>& values = {}) {
    std::vector<const char*> texts;
    for (const std::string& one : values) texts.push_back(one.c_str());
    PGresult* const result = PQexecParams(connection_.get(), sql, static_cast<int>(texts.size()),
                                          nullptr, texts.data(), nullptr, nullptr, 0);
    const bool good =
        PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
    PQclear(result);
    if (!good) throw std::runtime_error(PQerrorMessage(connection_.get()));
  }

  Store& store_;
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

class BesideUsers : public ::testing::Test {
 protected:
  BesideUsers() {
    PrivatePostgres& server = shared_postgres();
    url = server.url(PrivatePostgres::superuser, server.make_database());
    EXPECT_TRUE(migrate_postgres(url));
    PostgresClient(url).execute(
        "CREATE TABLE users (id text PRIMARY KEY, phone text);"
        "INSERT INTO users VALUES ('ann', '+8613912343672')");
    world = std::make_unique<World>(Policy{}, open_postgres_store(url).value());
    world->add("ann").value();
  }
  std::string column() {
    return PostgresClient(url).value("SELECT phone FROM users WHERE id = 'ann'");
  }
  /// Ann has another phone; the codes arrive, the events do not yet.
  void change_to(const std::string& number) {
    RecordingSender later;
    later.answer_with([](const Message&) {
      return SendResult{.outcome = SendResult::Outcome::temporary, .reason = "later"};
    });
    Dispatcher codes(
        {world->store, *world->ring, world->sender, later, world->clock, world->entropy});
    const auto code_at = [&](const std::string& address) {
      while (codes.pump().value().taken > 0) {
      }
      return world->sender.last_code(address).value();
    };
    const std::string present = world->account("ann").channel(ChannelKind::phone).address->text();
    FlowView flow = world->begun("ann");
    flow = world->service->prove_identity(flow, code_at(present), world->call).value();
    flow = world->service->set_target(flow, {number}, world->call).value();
    flow = world->service->prove_target(flow, code_at(number), world->call).value();
    ASSERT_EQ(flow.changed().masked.empty(), false);
    world->clock.advance(60'000);
  }

  std::string url;
  std::unique_ptr<World> world;
};

TEST_F(BesideUsers, ThePhoneColumnFollowsTheEvents) {
  UsersTable users(world->store, url);
  Dispatcher dispatcher(
      {world->store, *world->ring, world->sender, users, world->clock, world->entropy});
  change_to(World::new_phone);
  EXPECT_EQ(column(), World::phone);
  world->clock.advance(3'600'000);
  while (dispatcher.pump().value().taken > 0) {
  }
  EXPECT_EQ(column(), World::new_phone);
  EXPECT_GT(users.heard, 0);
}

// The event of the first change is under way when the second change happens and its event is
// delivered by another dispatcher: the column ends with the second.
TEST_F(BesideUsers, AnEventThatIsOvertakenDoesNotPutTheOldPhoneBack) {
  change_to(World::new_phone);
  UsersTable slow(world->store, url);
  UsersTable fast(world->store, url);
  Dispatcher first({world->store, *world->ring, world->sender, slow, world->clock, world->entropy},
                   {.batch = 1});
  std::thread other;
  slow.between = [&] {
    // Waits for the row that the slow one holds; whichever writes last has loaded last.
    Message event;
    event.account = world->key("ann");
    event.purpose = "phone_changed";
    other = std::thread([&fast, event] { fast.deliver(event); });
    PrivatePostgres& server = shared_postgres();
    server.wait_for("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    Account account = world->account("ann");
    account.channel(ChannelKind::phone).address = *PhoneNumber::from_e164(World::other_phone, 2);
    world->put(account);
  };
  world->clock.advance(3'600'000);
  while (first.pump().value().taken > 0) {
  }
  ASSERT_TRUE(other.joinable());
  other.join();
  EXPECT_EQ(column(), World::other_phone);
}

}  // namespace
}  // namespace ringfence
