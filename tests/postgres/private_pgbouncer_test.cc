// The pooler of the other tests does what they need of it.
#include "postgres/private_pgbouncer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace ringfence::testing_support {
namespace {

TEST(PrivatePgbouncer, GivesATransactionAConnectionAndTheNextOneAnother) {
  const PrivatePgbouncer bouncer(shared_postgres(), 1);
  PostgresClient first(bouncer.url());
  PostgresClient second(bouncer.tcp_url(PrivatePostgres::user));
  PostgresClient third(bouncer.url());
  EXPECT_EQ(second.value("SELECT current_user"), PrivatePostgres::user);

  // Between transactions two clients share the one connection of the pool, and what one has set on
  // it the other sees.
  EXPECT_EQ(first.value("SELECT pg_backend_pid()"), third.value("SELECT pg_backend_pid()"));
  first.execute("SET application_name = 'left by the first'");
  first.execute("SET lock_timeout = '1234ms'");
  EXPECT_EQ(third.value("SHOW lock_timeout"), "1234ms");

  // Within a transaction it is the client's own.
  const PrivatePgbouncer wider(shared_postgres(), 2);
  PostgresClient one(wider.url());
  PostgresClient other(wider.url());
  one.execute("BEGIN");
  const std::string own = one.value("SELECT pg_backend_pid()");
  EXPECT_NE(other.value("SELECT pg_backend_pid()"), own);
  EXPECT_EQ(one.value("SELECT pg_backend_pid()"), own);
  one.execute("COMMIT");
}

TEST(PrivatePgbouncer, RefusesAWrongPassword) {
  const PrivatePgbouncer bouncer(shared_postgres());
  EXPECT_THROW(PostgresClient(bouncer.tcp_url(PrivatePostgres::user, "wrong")), PostgresError);
  EXPECT_EQ(PostgresClient(bouncer.tcp_url()).value("SELECT 1"), "1");
}

}  // namespace
}  // namespace ringfence::testing_support
