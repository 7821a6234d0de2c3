#include "store/sqlite/statement.h"

#include <sqlite3.h>

namespace ringfence::sqlite {

void execute(sqlite3* database, const char* sql) {
  check(sqlite3_exec(database, sql, nullptr, nullptr, nullptr));
}

sqlite3_stmt* Statements::get(const char* sql) {
  auto& statement = prepared_[sql];
  if (!statement) {
    sqlite3_stmt* raw = nullptr;
    check(sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr));
    statement.reset(raw);
  }
  return statement.get();
}

int Statements::changes() const { return sqlite3_changes(database_); }

void Statements::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

bool Run::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) check(code);
  return false;
}

std::int64_t Run::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Run::text(int column) const {
  const unsigned char* const text = sqlite3_column_text(statement_, column);
  if (text == nullptr) {
    if (sqlite3_column_type(statement_, column) != SQLITE_NULL) throw std::bad_alloc();
    return {};
  }
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void Run::bind(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, index, value));
}

void Run::bind(int index, std::string_view value) {
  // SQLite keeps a copy: the value may be a temporary of the caller. No data would mean NULL.
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the value of SQLITE_TRANSIENT
  const auto copy = reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1});
  check(sqlite3_bind_text64(statement_, index, value.data() == nullptr ? "" : value.data(),
                            value.size(), copy, SQLITE_UTF8));
}

void Run::bind(int index, const std::optional<std::string>& value) {
  if (value) {
    bind(index, *value);
  } else {
    check(sqlite3_bind_null(statement_, index));
  }
}

void Run::end() {
  sqlite3_reset(statement_);  // repeats the error of `step`, which was reported there
  sqlite3_clear_bindings(statement_);
}

}  // namespace ringfence::sqlite
