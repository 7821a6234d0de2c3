#pragma once

#include <sqlite3.h>

#include <stdexcept>
#include <string>

/// A database as an administrator, or another program, has it.
namespace ringfence::testing_support {

class RawDatabase {
 public:
  explicit RawDatabase(const std::string& path) {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) {
      sqlite3_close(database_);
      throw std::runtime_error("cannot open " + path);
    }
  }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;
  ~RawDatabase() { sqlite3_close(database_); }

  sqlite3* get() const { return database_; }

  /// Runs SQL and gives all it found: columns parted by `|`, each row ended by a line feed.
  std::string operator()(const std::string& sql) {
    std::string out;
    char* message = nullptr;
    const auto row = [](void* to, int count, char** values, char**) {
      for (int i = 0; i < count; ++i) {
        if (i > 0) *static_cast<std::string*>(to) += '|';
        *static_cast<std::string*>(to) += values[i] == nullptr ? "NULL" : values[i];
      }
      *static_cast<std::string*>(to) += '\n';
      return 0;
    };
    if (sqlite3_exec(database_, sql.c_str(), row, &out, &message) != SQLITE_OK) {
      const std::string why = message == nullptr ? "out of memory" : message;
      sqlite3_free(message);
      throw std::runtime_error(why + ": " + sql);
    }
    return out;
  }

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace ringfence::testing_support
