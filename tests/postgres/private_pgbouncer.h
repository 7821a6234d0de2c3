#pragma once

#include <string>
#include <string_view>

#include "postgres/private_postgres.h"

namespace ringfence::testing_support {

/// pgbouncer in transaction mode before a private server: each transaction of a client may run on
/// another connection to the server. Its users are those of the server: by the socket without a
/// password, over TCP with one. Ends with the test, and with the test process.
class PrivatePgbouncer {
 public:
  /// Starts it; `server` must outlive it. The pool is of each user and database.
  explicit PrivatePgbouncer(const PrivatePostgres& server, int pool_size = 10);
  PrivatePgbouncer(const PrivatePgbouncer&) = delete;
  PrivatePgbouncer& operator=(const PrivatePgbouncer&) = delete;
  ~PrivatePgbouncer();

  std::string url(std::string_view role = PrivatePostgres::superuser,
                  std::string_view database = "postgres") const;
  std::string tcp_url(std::string_view role = PrivatePostgres::user,
                      std::string_view secret = PrivatePostgres::password,
                      std::string_view database = "postgres") const;
  std::string log() const { return read_file(folder_ / "log"); }

 private:
  ServerFolder folder_;
  LoopbackPort port_;
  ServerProcess process_;
};

}  // namespace ringfence::testing_support
