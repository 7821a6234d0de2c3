#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/sqlite/sql_error.h"

struct sqlite3;
struct sqlite3_stmt;

/// A thin hold on SQLite's statements. Everything throws `SqlError` or `std::bad_alloc`.
namespace ringfence::sqlite {

/// Runs SQL that gives no rows. Values never go into the text: they are bound.
void execute(sqlite3* database, const char* sql);

/// The statements of one connection, each prepared when it is first needed and kept until the end.
class Statements {
 public:
  explicit Statements(sqlite3* database) : database_(database) {}

  sqlite3* database() const { return database_; }
  /// The statement of an SQL text, which is a constant: its address is its name.
  sqlite3_stmt* get(const char* sql);
  /// Gives all up; a connection with statements does not close.
  void clear() { prepared_.clear(); }
  /// How many rows the last statement changed.
  int changes() const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  sqlite3* database_;
  std::map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> prepared_;
};

/// One run of a statement; when it ends the statement is reset and forgets its values.
class Run {
 public:
  /// Binds the values to `?1`, `?2` and so on.
  template <class... Values>
  Run(Statements& statements, const char* sql, const Values&... values)
      : statement_(statements.get(sql)) {
    int index = 0;
    try {
      (bind(++index, values), ...);
    } catch (...) {
      end();
      throw;
    }
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() { end(); }

  /// Goes to the next row; false when there is none.
  bool step();
  /// For statements that give no row.
  void finish() {
    while (step()) {
    }
  }

  std::int64_t integer(int column) const;
  std::string text(int column) const;

 private:
  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view value);
  void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
  void bind(int index, const std::optional<std::string>& value);
  void end();

  sqlite3_stmt* statement_;
};

}  // namespace ringfence::sqlite
