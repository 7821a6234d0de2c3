#include <libpq-fe.h>

#include <string_view>

#include "ringfence/store/postgres.h"
#include "ringfence/store/well_formed.h"
#include "store/guarded.h"
#include "store/postgres/records.h"

namespace ringfence {
namespace {

using postgres::Answer;
using postgres::Statement;

bool in_transaction(const PGconn* connection) {
  return PQtransactionStatus(connection) == PQTRANS_INTRANS;
}

// In another encoding the server would take our text for something else.
bool speaks_utf8(const PGconn* connection) {
  const char* const encoding = PQparameterStatus(connection, "client_encoding");
  return encoding != nullptr && std::string_view(encoding) == "UTF8";
}

// Leaves the host's connection as it was found.
Answer run(PGconn* connection, std::span<const Statement> batch) {
  const bool non_blocking = PQisnonblocking(connection) != 0;
  const bool pipeline = PQpipelineStatus(connection) != PQ_PIPELINE_OFF;
  Answer answer = postgres::run(connection, batch, {});
  if (!pipeline) PQexitPipelineMode(connection);
  PQsetnonblocking(connection, non_blocking ? 1 : 0);
  return answer;
}

}  // namespace

result<std::vector<Loaded>> PostgresSession::load(std::span<const Key> keys) {
  return store::guarded([&]() -> result<std::vector<Loaded>> {
    if (!in_transaction(connection_)) {
      return failure(ErrorCode::invalid_argument, "the host has no transaction open");
    }
    if (!speaks_utf8(connection_)) {
      return failure(ErrorCode::invalid_argument, "the connection's client_encoding is not UTF8");
    }
    const Statement select = postgres::select(keys);
    const Answer answer = run(connection_, {&select, 1});
    if (answer.end != Answer::End::done) {
      return failure(ErrorCode::store_unavailable, "PostgreSQL refused it: " + answer.sqlstate);
    }
    return store::decode(postgres::records(keys, answer.rows[0]));
  });
}

CommitOutcome PostgresSession::apply(const ChangeSet& change_set) {
  try {
    if (!in_transaction(connection_) || !speaks_utf8(connection_) || !well_formed(change_set))
      return CommitOutcome::unavailable;
    const store::EncodedChange encoded(change_set);
    const Answer answer = run(connection_, postgres::statements(encoded));
    return answer.end == Answer::End::done ? CommitOutcome::committed : postgres::meaning(answer);
  } catch (...) {
    return CommitOutcome::unavailable;  // at worst applied, and the host rolls back
  }
}

}  // namespace ringfence
