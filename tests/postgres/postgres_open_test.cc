// Opening what cannot be opened: each refusal says what to do, and damages nothing.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "postgres/own_database.h"
#include "testing/samples.h"

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;
using ::testing::Not;

/// What opening is refused with.
Failure refusal(const std::string& url, const PostgresOptions& options = {}) {
  const auto opened = open_postgres_store(url, options);
  if (opened) return Failure{.code = ErrorCode::none};
  EXPECT_EQ(opened.error().next, NextStep::fix_setup) << opened.error().text;
  return opened.error();
}

TEST(PostgresOpen, RefusesWhatIsNoUrl) {
  const std::vector<std::string> urls = {"",
                                         "garbage",
                                         std::string("host=127.0.0.1\0", 15),
                                         "postgresql://ann@127.0.0.1/db?colour=red",
                                         "postgresql://%zz@127.0.0.1/db",
                                         "host=127.0.0.1 colour=red",
                                         "sqlite:///tmp/file.db",
                                         "postgresql://ann@127.0.0.1:many/db"};
  for (const std::string& url : urls) {
    const Failure opening = refusal(url);
    EXPECT_EQ(opening.code, ErrorCode::invalid_argument) << url;
    EXPECT_THAT(opening.text, HasSubstr("URL")) << url;
    const auto migrated = migrate_postgres(url);
    ASSERT_FALSE(migrated) << url;
    EXPECT_EQ(migrated.error(), opening) << url;
  }
}

// R25.
TEST(PostgresOpen, NeverRepeatsAPassword_EvenOneThatBreaksTheUrl) {
  const std::string port = std::to_string(shared_postgres().port());
  const std::vector<std::string> urls = {
      "postgresql://ringfence:hidden@127.0.0.1:" + port + "/postgres",
      "postgresql://ringfence:hidden@127.0.0.1:" + port + "/nowhere",
      "postgresql://ringfence:hidden@127.0.0.1:1/postgres",
      "postgresql://ringfence:hidden@no.such.host.invalid/postgres",
      "postgresql://ringfence:p@hidden@127.0.0.1:" + port + "/postgres",
      "postgresql://ringfence:hidden/2@127.0.0.1:" + port + "/postgres",
      "postgresql://ringfence:hidden",
      "postgresql://ringfence:hidden:" + port + "/postgres",
      "postgresql://ringfence:hidden%@127.0.0.1/postgres",
      "postgresql://127.0.0.1:" + port + "/postgres?user=ringfence&password=hidden",
      "postgresql://127.0.0.1:" + port + "/postgres?user=ringfence&pass=hidden",
      "host=127.0.0.1 port=" + port + " user=ringfence password=hidden",
      "host=127.0.0.1 port=" + port + " user=ringfence password=p hidden",
      "host=127.0.0.1 port=" + port + " user=ringfence password='hidden",
      "hidden"};
  for (const std::string& url : urls) {
    const Failure opening = refusal(url);
    EXPECT_NE(opening.code, ErrorCode::none) << url;
    EXPECT_THAT(opening.text, Not(HasSubstr("hidden"))) << url;
    const auto migrated = migrate_postgres(url);
    ASSERT_FALSE(migrated) << url;
    EXPECT_THAT(migrated.error().text, Not(HasSubstr("hidden"))) << url;
    EXPECT_EQ(migrated.error().next, NextStep::fix_setup);
  }
}

TEST(PostgresOpen, RefusesOptionsOutOfBounds) {
  const std::string url = shared_postgres().url();
  for (const PostgresOptions& options :
       {PostgresOptions{.max_connections = 0}, PostgresOptions{.max_connections = 1001},
        PostgresOptions{.connect_timeout_ms = 99},
        PostgresOptions{.connect_timeout_ms = 3'600'001}}) {
    const Failure opening = refusal(url, options);
    EXPECT_EQ(opening.code, ErrorCode::invalid_argument);
    EXPECT_THAT(opening.text, HasSubstr("max_connections is 1 to 1000"));
    EXPECT_THAT(opening.text, HasSubstr("connect_timeout_ms 100 to 3600000"));
  }
}

TEST(PostgresOpen, SaysWhyTheServerCannotBeReached) {
  const LoopbackPort nobody;
  const auto text_of = [](const std::string& url) {
    const Failure opening = refusal(url);
    EXPECT_EQ(opening.code, ErrorCode::store_unavailable) << url;
    EXPECT_THAT(opening.text, HasSubstr("PostgreSQL cannot be reached: "));
    const auto migrated = migrate_postgres(url);
    EXPECT_FALSE(migrated);
    EXPECT_EQ(migrated.error().text, opening.text);
    return opening.text;
  };
  EXPECT_THAT(text_of(PrivatePostgres::url_at("127.0.0.1", nobody.number(), "ann", "", "db")),
              HasSubstr("Connection refused"));
  EXPECT_THAT(text_of("postgresql://ann@/db?host=/nowhere"), HasSubstr("No such file"));
  EXPECT_THAT(text_of(shared_postgres().tcp_url(PrivatePostgres::user, "wrong")),
              HasSubstr("password authentication failed"));
  EXPECT_THAT(text_of(shared_postgres().url(PrivatePostgres::user, "nowhere")),
              HasSubstr("database \"nowhere\" does not exist"));
  EXPECT_THAT(text_of(shared_postgres().url("nobody")),
              HasSubstr("role \"nobody\" does not exist"));
}

TEST(PostgresOpen, PassesOverAServerThatSaysNothing) {
  const OwnDatabase database;
  database.migrate();
  // It takes connections, and that is all.
  const Descriptor silent(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(silent.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(silent.get(), 8), 0);
  ASSERT_EQ(getsockname(silent.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  const std::string rest = " user=ringfence password='" + std::string(PrivatePostgres::password) +
                           "' dbname=" + database.name;
  const LoopbackPort nobody;
  const auto opened = open_postgres_store(
      "host=127.0.0.1,127.0.0.1,127.0.0.1 port=" + std::to_string(nobody.number()) + "," + port +
          "," + std::to_string(shared_postgres().port()) + rest,
      {.connect_timeout_ms = 2'000});
  EXPECT_TRUE(opened) << opened.error().text;
  const Failure opening =
      refusal("hostaddr=127.0.0.1,127.0.0.1 port=" + port + rest, {.connect_timeout_ms = 100});
  EXPECT_EQ(opening.text,
            "PostgreSQL cannot be reached: no answer within the time there was; no answer within "
            "the time there was");
  EXPECT_THAT(refusal("host=127.0.0.1,127.0.0.1 port=1,2,3" + rest).text,
              HasSubstr("could not match 3 port numbers to 2 hosts"));
}

TEST(PostgresOpen, SaysThatTheTablesAreMissingAndHowToMakeThem) {
  const OwnDatabase database;
  const Failure opening = refusal(database.url());
  EXPECT_EQ(opening.code, ErrorCode::store_older);
  EXPECT_THAT(opening.text, HasSubstr("has no tables of ringfence; migrate the store first"));
  EXPECT_EQ(database.contents(), "") << "opening makes nothing";
  // A schema with nothing in it.
  database.execute("CREATE SCHEMA ringfence AUTHORIZATION ringfence");
  EXPECT_EQ(refusal(database.url()).code, ErrorCode::store_older);
}

TEST(PostgresOpen, RefusesTablesThatAreOlderOrTooNew) {
  const OwnDatabase database;
  database.migrate();
  const auto newest = std::to_string(postgres_migrations().size());
  database.execute("UPDATE ringfence.meta SET value = value - 1 WHERE name = 'schema'");
  const std::string older = database.contents();
  Failure opening = refusal(database.url());
  EXPECT_EQ(opening.code, ErrorCode::store_older);
  EXPECT_THAT(opening.text, HasSubstr("migrate the store first"));
  EXPECT_EQ(database.contents(), older);

  database.execute("UPDATE ringfence.meta SET value = " + newest + " + 1");
  const std::string newer = database.contents();
  opening = refusal(database.url());
  EXPECT_EQ(opening.code, ErrorCode::store_newer);
  EXPECT_THAT(opening.text, HasSubstr("newer ringfence"));
  const auto migrated = migrate_postgres(database.url());
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().code, ErrorCode::store_newer);
  EXPECT_EQ(database.contents(), newer);

  database.execute("UPDATE ringfence.meta SET value = " + newest + " WHERE name = 'usable_from'");
  EXPECT_TRUE(open_postgres_store(database.url())) << "newer, and made to be used by this one too";
}

TEST(PostgresOpen, SaysThatATableIsGone) {
  const OwnDatabase database;
  database.migrate();
  database.execute("DROP TABLE ringfence.source");
  const Failure opening = refusal(database.url());
  EXPECT_EQ(opening.code, ErrorCode::store_corrupt);
  EXPECT_THAT(opening.text, HasSubstr("a table of ringfence is gone"));
}

TEST(PostgresOpen, SaysWhichRightIsMissing) {
  OwnDatabase database;
  database.migrate();
  ASSERT_EQ(opened(database.url())->commit(Change().put(sample_account("ann")), 0),
            CommitOutcome::committed);
  const std::string before = database.contents();
  const std::string role = database.make_role();
  const auto text_of = [&] {
    const Failure opening = refusal(database.url(role));
    EXPECT_EQ(opening.code, ErrorCode::store_unavailable);
    EXPECT_THAT(opening.text, HasSubstr("grant what grants.sql lists"));
    return opening.text;
  };
  EXPECT_THAT(text_of(), HasSubstr("the role may not use the schema ringfence"));
  database.execute(grants_for(role));
  EXPECT_TRUE(open_postgres_store(database.url(role)));

  database.execute("REVOKE USAGE ON SCHEMA ringfence FROM " + role);
  EXPECT_THAT(text_of(), HasSubstr("the role may not use the schema ringfence"));
  database.execute(grants_for(role) + "; REVOKE SELECT ON ringfence.meta FROM " + role);
  EXPECT_THAT(text_of(), HasSubstr("the role may not use the schema ringfence"));
  for (const std::string table : {"account", "address", "source", "audit", "message"}) {
    for (const std::string right : {"SELECT", "INSERT", "UPDATE", "DELETE"}) {
      database.execute(grants_for(role));
      database.execute("REVOKE " + right + " ON ringfence." + table + " FROM " + role);
      EXPECT_THAT(text_of(), HasSubstr("lacks " + right + " on ringfence." + table));
    }
  }
  database.execute(grants_for(role));
  EXPECT_TRUE(open_postgres_store(database.url(role)));
  EXPECT_EQ(database.contents(), before);
}

TEST(PostgresOpen, RefusesADatabaseThatHoldsNotAllText) {
  const OwnDatabase database(shared_postgres(), "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  const auto migrated = migrate_postgres(database.url());
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().code, ErrorCode::store_unavailable);
  EXPECT_THAT(migrated.error().text, HasSubstr("UTF8"));
  EXPECT_EQ(database.contents(), "");
}

TEST(PostgresOpen, RefusesAServerThatTakesNoWrites) {
  const OwnDatabase database;
  database.migrate();
  database.execute("ALTER DATABASE " + database.name + " SET default_transaction_read_only = on");
  const Failure opening = refusal(database.url());
  EXPECT_EQ(opening.code, ErrorCode::store_unavailable);
  EXPECT_THAT(opening.text, HasSubstr("read-only"));
}

TEST(PostgresOpen, RefusesAStandbyUnlessItIsAskedFor) {
  PrivatePostgres primary;
  const OwnDatabase database(primary);
  database.migrate();
  const auto standby = primary.make_standby("copy");
  const std::string url = standby->url(PrivatePostgres::user, database.name);
  poll_until([&] {
    const auto opened = open_postgres_store(url);
    return !opened && opened.error().text.find("read-only") != std::string::npos;
  });
  const Failure opening = refusal(url);
  EXPECT_EQ(opening.code, ErrorCode::store_unavailable);
  EXPECT_THAT(opening.text, HasSubstr("read-only"));
  const auto migrated = migrate_postgres(url);
  ASSERT_FALSE(migrated);
  EXPECT_THAT(migrated.error().text, HasSubstr("read-only"));

  // Asked for: it reads, and says that it does not write.
  const auto reading = opened(url + "&target_session_attrs=any");
  const std::vector<Key> keys = {AccountKey{"shop", "ann"}};
  EXPECT_TRUE(reading->load(keys, 0));
  EXPECT_EQ(reading->commit(Change().put(sample_account("ann")), 0), CommitOutcome::unavailable);
}

}  // namespace
}  // namespace ringfence
