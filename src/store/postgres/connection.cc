#include "store/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>

#include "ringfence/text.h"

namespace ringfence::postgres {
namespace {

constexpr TimeMs roll_back_ms = 1'000;

// For this transaction: a commit is on the disk, and with a synchronous standby there too, whatever
// the database is set to; the warning that it is not there is heard; and nobody holds locks for a
// client that went away half-way.
constexpr const char* settings = R"(
  SELECT set_config('synchronous_commit',
                    CASE current_setting('synchronous_commit') WHEN 'remote_apply'
                      THEN 'remote_apply' ELSE 'on' END, true),
         set_config('client_min_messages', 'warning', true),
         set_config('idle_in_transaction_session_timeout', '10000', true))";
constexpr const char* settings_and_lock_timeout = R"(
  SELECT set_config('synchronous_commit',
                    CASE current_setting('synchronous_commit') WHEN 'remote_apply'
                      THEN 'remote_apply' ELSE 'on' END, true),
         set_config('client_min_messages', 'warning', true),
         set_config('idle_in_transaction_session_timeout', '10000', true),
         set_config('lock_timeout', $1, true))";

// A lock is given up before the caller is: so the outcome is known.
Statement settings_for(const Deadline& deadline) {
  if (!deadline.at()) return {settings};
  return {settings_and_lock_timeout, {std::to_string(std::max(1, deadline.poll_ms() / 2))}};
}

void be_silent(void*, const PGresult*) {}

std::string message_of(const PGconn* connection) {
  std::string text = PQerrorMessage(connection);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return printable(text);
}

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

Options options_of(const std::string& url) {
  char* why = nullptr;
  Options options(PQconninfoParse(url.c_str(), &why), &PQconninfoFree);
  PQfreemem(why);
  return options;
}

std::vector<std::string> listed(const Options& options, std::string_view name) {
  std::vector<std::string> out;
  for (const PQconninfoOption* one = options.get(); one->keyword != nullptr; ++one) {
    if (one->keyword != name || one->val == nullptr) continue;
    std::stringstream list(one->val);
    for (std::string part; std::getline(list, part, ',');) out.push_back(part);
  }
  return out;
}

// One of several servers of a URL; empty: what the URL says, or what libpq takes from elsewhere.
struct Server {
  std::string host = {};
  std::string address = {};
  std::string port = {};
};

// libpq would go on waiting for a server that takes the connection and says nothing, and never try
// the next one.
std::vector<Server> servers_of(const std::string& url) {
  const Options options = options_of(url);
  if (!options) return std::vector<Server>(1);
  const auto hosts = listed(options, "host");
  const auto addresses = listed(options, "hostaddr");
  const auto ports = listed(options, "port");
  const std::size_t count = std::max(hosts.size(), addresses.size());
  const auto fits = [&](const std::vector<std::string>& list, bool one_for_all) {
    return (list.empty() || list.size() == count || (one_for_all && list.size() == 1)) &&
           std::find(list.begin(), list.end(), "") == list.end();
  };
  // What is listed in another way libpq understands or refuses.
  if (count < 2 || !fits(hosts, false) || !fits(addresses, false) || !fits(ports, true))
    return std::vector<Server>(1);
  std::vector<Server> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!hosts.empty()) out[i].host = hosts[i];
    if (!addresses.empty()) out[i].address = addresses[i];
    if (!ports.empty()) out[i].port = ports[std::min(i, ports.size() - 1)];
  }
  return out;
}

// The text of the failure is only why.
result<Connection> connect_to(const Server& server, const std::string& url, TimeMs timeout_ms,
                              const Deadline& deadline) {
  const auto unreachable = [](std::string why) {
    return failure(ErrorCode::store_unavailable, std::move(why));
  };
  const std::string timeout = std::to_string(timeout_ms);
  // What comes before `dbname`, which stands for the whole URL, may be set otherwise by it; what
  // comes after may not. What is empty counts as not there.
  const char* const names[] = {"target_session_attrs",
                               "tcp_user_timeout",
                               "keepalives_idle",
                               "keepalives_interval",
                               "keepalives_count",
                               "fallback_application_name",
                               "dbname",
                               "client_encoding",
                               "host",
                               "hostaddr",
                               "port",
                               nullptr};
  const char* const values[] = {"read-write",
                                timeout.c_str(),
                                "30",
                                "10",
                                "3",
                                "ringfence",
                                url.c_str(),
                                "UTF8",
                                server.host.c_str(),
                                server.address.c_str(),
                                server.port.c_str(),
                                nullptr};
  static_assert(std::size(names) == std::size(values));
  Connection connection(PQconnectStartParams(names, values, 1));
  if (!connection) throw std::bad_alloc();
  PQsetNoticeReceiver(connection.get(), be_silent, nullptr);
  PostgresPollingStatusType want = PGRES_POLLING_WRITING;
  while (PQstatus(connection.get()) != CONNECTION_BAD && want != PGRES_POLLING_OK &&
         want != PGRES_POLLING_FAILED) {
    const short events = static_cast<short>(want == PGRES_POLLING_READING ? POLLIN : POLLOUT);
    pollfd socket = {.fd = PQsocket(connection.get()), .events = events, .revents = 0};
    const int ready = ::poll(&socket, 1, deadline.poll_ms());
    if (ready == 0) return unreachable("no answer within the time there was");
    if (ready < 0 && errno != EINTR) return unreachable("its socket cannot be waited for");
    if (ready > 0) want = PQconnectPoll(connection.get());
  }
  if (want != PGRES_POLLING_OK) return unreachable(message_of(connection.get()));
  return connection;
}

}  // namespace

void Disconnect::operator()(pg_conn* connection) const { PQfinish(connection); }

result<void> check_url(const std::string& url) {
  const auto refuse = [] {
    return failure(ErrorCode::invalid_argument,
                   "the URL is none that libpq reads: postgresql://user@host:port/database");
  };
  if (url.empty() || url.find('\0') != std::string::npos) return refuse();
  const Options options = options_of(url);
  if (!options) return refuse();
  // A password with an unescaped @ or / ends up in the host or the port, and libpq would repeat it.
  for (const PQconninfoOption* one = options.get(); one->keyword != nullptr; ++one) {
    const std::string_view name = one->keyword;
    const std::string_view value = one->val == nullptr ? "" : one->val;
    const bool escaped = name == "port"   ? value.find_first_not_of("0123456789,") == value.npos
                         : name == "host" ? value.rfind('@') == value.npos || value.rfind('@') == 0
                                          : true;
    if (!escaped) {
      return failure(ErrorCode::invalid_argument,
                     "the URL has no host or port that libpq reads; in a password, write @ / : as "
                     "%40 %2F %3A");
    }
  }
  return ok();
}

result<Connection> connect(const std::string& url, TimeMs host_timeout_ms,
                           const Deadline& deadline) {
  std::string why = "PostgreSQL cannot be reached";
  const char* before = ": ";
  for (const Server& server : servers_of(url)) {
    auto made = connect_to(server, url, host_timeout_ms, deadline.within(host_timeout_ms));
    if (made) return made;
    why += std::exchange(before, "; ") + made.error().text;
    if (deadline.passed()) break;
  }
  return failure(ErrorCode::store_unavailable, std::move(why));
}

bool alive(pg_conn* connection) {
  // What a server says unasked is that it ends the connection. Read, it would hide the end.
  pollfd socket = {.fd = PQsocket(connection), .events = POLLIN, .revents = 0};
  return ::poll(&socket, 1, 0) == 0 && PQstatus(connection) == CONNECTION_OK;
}

Answer transact(pg_conn* connection, std::vector<Statement> statements, const Deadline& deadline) {
  std::vector<Statement> batch;
  batch.reserve(statements.size() + 3);
  batch.push_back({"BEGIN"});
  batch.push_back(settings_for(deadline));
  std::move(statements.begin(), statements.end(), std::back_inserter(batch));
  batch.push_back({"COMMIT"});
  Answer answer = run(connection, batch, deadline);
  if (answer.end == Answer::End::refused) {
    const Statement roll_back{"ROLLBACK"};
    const Answer rolled_back = run(connection, {&roll_back, 1}, Deadline::in(roll_back_ms));
    if (rolled_back.end != Answer::End::done) answer.end = Answer::End::lost;
  } else if (answer.end == Answer::End::done &&
             (answer.rows.back().tag() != "COMMIT" || answer.warned)) {
    // A commit that no longer waits for its standby says so in a warning, and looks committed.
    answer.end = Answer::End::lost;
  }
  if (answer.rows.size() >= 2) {  // those of the statements that were given
    answer.rows.erase(answer.rows.begin(), answer.rows.begin() + 2);
    if (answer.end == Answer::End::done) answer.rows.pop_back();
  }
  return answer;
}

}  // namespace ringfence::postgres
