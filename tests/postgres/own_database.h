#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "postgres/private_postgres.h"
#include "ringfence/store/postgres.h"

namespace ringfence::testing_support {

/// A new database on a server, empty until `migrate`, and roles for it that go with it.
class OwnDatabase {
 public:
  explicit OwnDatabase(PrivatePostgres& on = shared_postgres(), const std::string& more = "")
      : server(on), name(on.make_database(more)) {}
  OwnDatabase(const OwnDatabase&) = delete;
  OwnDatabase& operator=(const OwnDatabase&) = delete;
  ~OwnDatabase() {
    if (!server.running()) return;
    for (const std::string& role : roles_) execute("DROP OWNED BY " + role);
    server.execute("DROP DATABASE " + name + " WITH (FORCE)");
    for (const std::string& role : roles_) server.execute("DROP ROLE " + role);
  }

  /// As its owner, or as another role; by the socket.
  std::string url(const std::string& role = PrivatePostgres::user) const {
    return server.url(role, name);
  }
  /// By TCP, e.g. through something that listens on another port.
  std::string tcp_url(int port) const {
    return PrivatePostgres::url_at("127.0.0.1", port, PrivatePostgres::user,
                                   PrivatePostgres::password, name);
  }
  /// A role with no right of its own.
  std::string make_role(const std::string& with = "LOGIN") {
    roles_.push_back("role_" + std::to_string(roles_.size() + 1) + "_of_" + name);
    server.execute("CREATE ROLE " + roles_.back() + " " + with);
    return roles_.back();
  }
  void migrate() const {
    const auto done = migrate_postgres(url());
    ASSERT_TRUE(done) << done.error().text;
  }
  /// As the superuser.
  Rows execute(const std::string& sql) const {
    return PostgresClient(url(PrivatePostgres::superuser)).execute(sql);
  }
  std::string value(const std::string& sql) const {
    return PostgresClient(url(PrivatePostgres::superuser)).value(sql);
  }
  /// All tables of ringfence and all that is in them.
  std::string contents() const {
    return value(
        "SELECT schema_to_xml_and_xmlschema('ringfence', true, false, '') FROM pg_namespace "
        "WHERE nspname = 'ringfence'");
  }

  PrivatePostgres& server;
  const std::string name;

 private:
  std::vector<std::string> roles_;
};

/// `grants.sql` for a role.
inline std::string grants_for(const std::string& role) {
  std::string sql = read_file(RINGFENCE_SOURCE_DIR "/src/store/postgres/sql/grants.sql");
  const std::string placeholder = "ringfence_app";
  for (auto at = sql.find(placeholder); at != std::string::npos; at = sql.find(placeholder, at))
    sql.replace(at, placeholder.size(), role);
  return sql;
}

inline std::unique_ptr<Store> opened(const std::string& url, const PostgresOptions& options = {}) {
  auto store = open_postgres_store(url, options);
  if (!store) throw std::runtime_error(store.error().text);
  return std::move(store).value();
}

}  // namespace ringfence::testing_support
