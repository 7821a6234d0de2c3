#pragma once

#include <memory>
#include <string>

#include "ringfence/result.h"
#include "store/postgres/batch.h"

namespace ringfence::postgres {

struct Disconnect {
  void operator()(pg_conn* connection) const;
};
using Connection = std::unique_ptr<pg_conn, Disconnect>;

/// Whether libpq can read the connection string. The text of the refusal does not repeat it: it may
/// have a password in it.
result<void> check_url(const std::string& url);

/// Connects to the first of the URL's servers that takes writes. What libpq says on failure is in
/// the text, without the URL. A server that does not answer is passed over after `host_timeout_ms`.
result<Connection> connect(const std::string& url, TimeMs host_timeout_ms,
                           const Deadline& deadline);

/// Whether an idle connection is still there, as far as can be told without asking the server.
bool alive(pg_conn* connection);

/// Runs the statements in one transaction of their own: `BEGIN`, them, `COMMIT`, in one round trip.
/// `done` only if the server said that it committed, durably. After `refused` nothing has happened,
/// nor after `lost` if there is a `sqlstate`.
Answer transact(pg_conn* connection, std::vector<Statement> statements, const Deadline& deadline);

}  // namespace ringfence::postgres
