#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "postgres/postgres_client.h"
#include "postgres/server_folder.h"
#include "postgres/server_process.h"

namespace ringfence::testing_support {

struct ServerOptions {
  /// Whether commits reach the disk. Without, they still outlive a killed server, as what it wrote
  /// stays with the kernel; only a crash of the machine would lose them.
  bool fsync = false;
  bool tls = false;  ///< Over TCP, with `certificate()`.
  int max_connections = 60;
  /// More of postgresql.conf: `{"deadlock_timeout", "10ms"}`.
  std::map<std::string, std::string> settings = {};
};

/// A PostgreSQL server of its own for tests: real, in a temporary folder, on a socket there and on
/// a port of the loopback address. It ends with the test, and with the test process even if that is
/// killed. Whatever does not work throws, with the server's log: no test is skipped for it.
class PrivatePostgres {
 public:
  /// The server's superuser. By the socket it needs no password.
  static constexpr const char* superuser = "postgres";
  /// A user who may create databases; over TCP with this password (SCRAM).
  static constexpr const char* user = "ringfence";
  static constexpr const char* password = "correct horse battery staple";

  /// Starts it.
  explicit PrivatePostgres(ServerOptions options = {});
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;
  ~PrivatePostgres();

  /// By the socket, without a password.
  std::string url(std::string_view role = superuser, std::string_view database = "postgres") const;
  /// Over TCP, to 127.0.0.1.
  std::string tcp_url(std::string_view role = user, std::string_view secret = password,
                      std::string_view database = "postgres") const;
  /// The same forms for what stands before the server, like a pooler.
  static std::string url_at(const std::string& host, int port, std::string_view role,
                            std::string_view secret, std::string_view database);

  /// As the superuser, in the database `postgres`, on a connection of its own.
  Rows execute(const std::string& sql) const;
  /// The first value of the answer.
  std::string value(const std::string& sql) const;
  /// Repeats a query until its first value is true; throws if that takes longer than
  /// `process_timeout`.
  void wait_for(const std::string& sql) const;
  /// A new empty database of `user`; returns its name. `more` goes on with CREATE DATABASE.
  std::string make_database(const std::string& more = "");

  /// Ends it as an operator would: refuses new work, ends the connections, writes all down.
  void stop_fast();
  /// Kills it with no chance to tidy up, as a crash does. Its processes are gone on return.
  void kill_9();
  /// Starts it again on the same data, the same socket and the same port.
  void start();
  bool running() const { return process_.pid() != 0; }

  /// A server that copies this one and follows it; its name is that of its connection
  /// (`application_name`). With a slot this one keeps what it has not yet got.
  std::unique_ptr<PrivatePostgres> make_standby(const std::string& name, bool slot = false);
  /// From now on a commit here waits for this standby; waits until that holds.
  void make_synchronous(const std::string& name);
  /// Commits wait for no standby.
  void make_asynchronous();
  /// Makes a standby a server that takes writes; waits until it does.
  void promote();
  /// Ends all connections of clients; returns how many there were. They are gone on return.
  int terminate_backends();

  /// The postmaster, for signals like SIGSTOP. 0 when it is not running.
  pid_t pid() const { return process_.pid(); }
  std::string socket_folder() const { return folder_.path(); }
  int port() const { return port_.number(); }
  /// Signed by itself, for localhost and 127.0.0.1: what `sslrootcert` takes.
  std::string certificate() const { return folder_ / "data/server.crt"; }
  std::string log() const { return read_file(folder_ / "log"); }

 private:
  struct StandbyOf {
    PrivatePostgres& primary;
    const std::string& name;
    bool slot;
  };
  PrivatePostgres(ServerOptions options, const StandbyOf& standby);
  void write_settings();

  ServerOptions options_;
  ServerFolder folder_;
  LoopbackPort port_;
  ServerProcess process_;
  int databases_ = 0;
};

/// One server for all tests of this process that need nothing special of it, started when the first
/// one asks. A test makes its own database and leaves the server as it was.
PrivatePostgres& shared_postgres();

/// Where a program of PostgreSQL is; throws, naming the package, if there is none.
std::string postgres_program(const std::string& name);

}  // namespace ringfence::testing_support
