#include "postgres/postgres_client.h"

#include <libpq-fe.h>

#include <array>
#include <cctype>
#include <cstddef>

namespace ringfence::testing_support {
namespace {

PGconn* as_connection(void* connection) { return static_cast<PGconn*>(connection); }

constexpr std::array<const char*, 3> keywords = {"dbname", "connect_timeout", nullptr};

std::array<const char*, 3> values(const std::string& url) { return {url.c_str(), "60", nullptr}; }

}  // namespace

PostgresClient::PostgresClient(const std::string& url)
    : connection_(PQconnectdbParams(keywords.data(), values(url).data(), 1)) {
  PGconn* const connection = as_connection(connection_.get());
  if (PQstatus(connection) != CONNECTION_OK) throw PostgresError(PQerrorMessage(connection), "");
  // A notice, like that of a table which is there already, is no output of the test.
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
}

Rows PostgresClient::execute(const std::string& sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexec(as_connection(connection_.get()), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    const char* const state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    throw PostgresError(PQerrorMessage(as_connection(connection_.get())),
                        state == nullptr ? "" : state);
  }
  Rows rows(static_cast<std::size_t>(PQntuples(result.get())));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (int column = 0; column < PQnfields(result.get()); ++column)
      rows[row].emplace_back(PQgetvalue(result.get(), static_cast<int>(row), column));
  }
  return rows;
}

std::string PostgresClient::value(const std::string& sql) {
  const Rows rows = execute(sql);
  return rows.empty() || rows[0].empty() ? "" : rows[0][0];
}

void PostgresClient::Closer::operator()(void* connection) const {
  PQfinish(as_connection(connection));
}

bool answers(const std::string& url) {
  return PQpingParams(keywords.data(), values(url).data(), 1) == PQPING_OK;
}

std::string in_url(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.') {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return out;
}

}  // namespace ringfence::testing_support
