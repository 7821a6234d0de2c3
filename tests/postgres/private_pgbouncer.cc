#include "postgres/private_pgbouncer.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace ringfence::testing_support {
namespace {

/// Debian keeps it off the path of most users.
std::string find_pgbouncer() {
  Ended asked = run({"/usr/bin/env", "PATH=/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin", "sh",
                     "-c", "command -v pgbouncer"});
  asked.out.resize(std::min(asked.out.find('\n'), asked.out.size()));
  if (asked.exit_code == 0) return asked.out;
  throw std::runtime_error("pgbouncer is not installed: the tests need Debian's package pgbouncer");
}

}  // namespace

PrivatePgbouncer::PrivatePgbouncer(const PrivatePostgres& server, int pool_size) {
  const std::string settings =
      "[databases]\n"
      "* = host=" +
      server.socket_folder() + " port=" + std::to_string(server.port()) +
      "\n"
      "[pgbouncer]\n"
      "listen_addr = 127.0.0.1\n"
      "listen_port = " +
      std::to_string(port_.number()) +
      "\n"
      "unix_socket_dir = " +
      folder_.path() +
      "\n"
      "auth_type = hba\n"
      "auth_hba_file = " +
      folder_ / "hba.conf" +
      "\n"
      "auth_file = " +
      folder_ / "users.txt" +
      "\n"
      "pool_mode = transaction\n"
      "max_client_conn = 200\n"
      "default_pool_size = " +
      std::to_string(pool_size) + "\n";
  write_file(folder_ / "pgbouncer.ini", settings);
  write_file(folder_ / "hba.conf",
             "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
  const auto user = [](const char* name, const char* secret) {
    return std::string("\"") + name + "\" \"" + secret + "\"\n";
  };
  write_file(folder_ / "users.txt", user(PrivatePostgres::superuser, "") +
                                        user(PrivatePostgres::user, PrivatePostgres::password));
  process_ = ServerProcess({find_pgbouncer(), folder_ / "pgbouncer.ini"}, folder_ / "log",
                           folder_.path(), SIGTERM);
  const bool up = poll_until([&] {
    if (process_.ended(std::chrono::milliseconds(0))) return true;
    try {
      PostgresClient(url()).execute("SELECT 1");
      return true;
    } catch (const PostgresError&) {
      return false;
    }
  });
  if (!up || process_.pid() == 0) throw std::runtime_error("pgbouncer does not start:\n" + log());
}

PrivatePgbouncer::~PrivatePgbouncer() {
  process_.signal(SIGTERM);
  process_.ended(std::chrono::seconds(20));
}

std::string PrivatePgbouncer::url(std::string_view role, std::string_view database) const {
  return PrivatePostgres::url_at(folder_.path(), port_.number(), role, "", database);
}

std::string PrivatePgbouncer::tcp_url(std::string_view role, std::string_view secret,
                                      std::string_view database) const {
  return PrivatePostgres::url_at("127.0.0.1", port_.number(), role, secret, database);
}

}  // namespace ringfence::testing_support
