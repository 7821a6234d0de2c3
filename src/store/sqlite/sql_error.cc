#include "store/sqlite/sql_error.h"

#include <sqlite3.h>

#include <string>
#include <utility>

namespace ringfence::sqlite {
namespace {

ErrorCode meaning_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
      return ErrorCode::store_corrupt;  // our own SQL does not fit the tables that are there
    default:
      return ErrorCode::store_unavailable;
  }
}

}  // namespace

const char* SqlError::what() const noexcept { return sqlite3_errstr(code_); }

void check(int code) {
  if (code == SQLITE_NOMEM) throw std::bad_alloc();
  if (code != SQLITE_OK) throw SqlError(code);
}

Failure failure_of(const SqlError& error) {
  std::string text = std::string("SQLite: ") + error.what();
  if ((error.code() & 0xff) == SQLITE_FULL) text += "; make room";
  if ((error.code() & 0xff) == SQLITE_READONLY) {
    text += "; let this process write the file and its directory";
  }
  const ErrorCode meaning = meaning_of(error.code());
  if (meaning == ErrorCode::store_corrupt) text += "; keep the files as they are, restore a backup";
  return failure(meaning, std::move(text));
}

}  // namespace ringfence::sqlite
