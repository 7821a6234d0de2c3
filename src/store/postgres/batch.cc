#include "store/postgres/batch.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace ringfence::postgres {
namespace {

constexpr std::size_t longest_name = 63;  // of a table, as PostgreSQL is built

std::string_view field(const PGresult* result, int which) {
  const char* const text = PQresultErrorField(result, which);
  return text == nullptr ? std::string_view() : text;
}

// Waits until the socket can be read, or also written; false if the deadline came first.
bool wait(PGconn* connection, bool to_write, const Deadline& deadline) {
  for (;;) {
    const short events = static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN);
    pollfd socket = {.fd = PQsocket(connection), .events = events, .revents = 0};
    if (socket.fd < 0) return false;
    const int ready = ::poll(&socket, 1, deadline.poll_ms());
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

// What was queued goes out while answers are read: else both sides could wait for the other with
// full buffers.
bool flush(PGconn* connection, const Deadline& deadline) {
  for (;;) {
    const int left = PQflush(connection);
    if (left == 0) return true;
    if (left < 0 || !wait(connection, true, deadline) || PQconsumeInput(connection) == 0)
      return false;
  }
}

// The next answer in `out`, which is null between statements; false if it does not come.
bool next(PGconn* connection, const Deadline& deadline, PGresult*& out) {
  while (PQisBusy(connection) != 0) {
    if (!wait(connection, false, deadline) || PQconsumeInput(connection) == 0) return false;
  }
  out = PQgetResult(connection);
  return true;
}

bool queue(PGconn* connection, std::span<const Statement> batch, std::vector<const char*>& values) {
  for (const Statement& one : batch) {
    values.clear();
    for (const Value& value : one.values) values.push_back(value ? value->c_str() : nullptr);
    if (PQsendQueryParams(connection, one.sql, static_cast<int>(values.size()), nullptr,
                          values.data(), nullptr, nullptr, 0) == 0) {
      return false;
    }
  }
  return PQpipelineSync(connection) != 0;
}

void note_warning(void* warned, const PGresult* notice) {
  if (field(notice, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING") *static_cast<bool*>(warned) = true;
}

// While it lives, warnings are seen. Notices never go to the terminal: see `Connection`.
class Listen {
 public:
  Listen(PGconn* connection, bool& warned)
      : connection_(connection),
        receiver_(PQsetNoticeReceiver(connection, note_warning, &warned)) {}
  Listen(const Listen&) = delete;
  Listen& operator=(const Listen&) = delete;
  ~Listen() { PQsetNoticeReceiver(connection_, receiver_, nullptr); }

 private:
  PGconn* connection_;
  PQnoticeReceiver receiver_;
};

}  // namespace

Rows::Rows(pg_result* result) : result_(result) {}
void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }
int Rows::size() const { return PQntuples(result_.get()); }
std::string_view Rows::text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}
std::int64_t Rows::integer(int row, int column) const {
  const std::string_view digits = text(row, column);
  std::int64_t out = 0;
  const char* const end = digits.data() + digits.size();
  const auto [read, error] = std::from_chars(digits.data(), end, out);
  if (error != std::errc() || read != end || digits.empty())
    throw std::out_of_range("PostgreSQL gave something else than a number of 64 bits");
  return out;
}
std::string_view Rows::tag() const { return PQcmdStatus(result_.get()); }

Answer run(pg_conn* connection, std::span<const Statement> batch, const Deadline& deadline) {
  // Nothing is allocated once something was queued: a batch that was left half-way would go out
  // with the connection's next one.
  Answer answer;
  answer.rows.reserve(batch.size());
  answer.table.reserve(longest_name);
  std::vector<const char*> values;
  std::size_t most_values = 0;
  for (const Statement& one : batch) most_values = std::max(most_values, one.values.size());
  values.reserve(most_values);
  const Listen listen(connection, answer.warned);
  if (PQstatus(connection) != CONNECTION_OK || PQsetnonblocking(connection, 1) != 0 ||
      PQenterPipelineMode(connection) == 0 || deadline.passed()) {
    return answer;
  }
  answer.sent = true;
  if (!queue(connection, batch, values) || !flush(connection, deadline)) return answer;
  bool failed = false;
  bool between = false;  // two statements
  for (;;) {
    PGresult* raw = nullptr;
    if (!next(connection, deadline, raw)) return answer;
    if (raw == nullptr) {
      // Null again: libpq waits for nothing more, and would say so for ever.
      if (PQstatus(connection) != CONNECTION_OK || std::exchange(between, true)) return answer;
      continue;
    }
    between = false;
    Rows rows(raw);
    switch (PQresultStatus(raw)) {
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
        answer.rows.push_back(std::move(rows));
        break;
      case PGRES_PIPELINE_SYNC:
        answer.end =
            failed || answer.rows.size() != batch.size() ? Answer::End::refused : Answer::End::done;
        return answer;
      case PGRES_PIPELINE_ABORTED:
        break;
      default:
        failed = true;
        if (answer.sqlstate.empty() && field(raw, PG_DIAG_SEVERITY_NONLOCALIZED) == "ERROR") {
          answer.sqlstate = field(raw, PG_DIAG_SQLSTATE);
          answer.table = field(raw, PG_DIAG_TABLE_NAME).substr(0, longest_name);
        }
        if (PQstatus(connection) != CONNECTION_OK) return answer;
    }
  }
}

std::string array(std::span<const std::string> texts) {
  std::string out = "{";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out += '}';
}

std::string array(std::span<const std::int64_t> numbers) {
  std::string out = "{";
  for (const std::int64_t number : numbers) {
    if (out.size() > 1) out += ',';
    out += std::to_string(number);
  }
  return out += '}';
}

}  // namespace ringfence::postgres
