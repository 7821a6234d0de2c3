#pragma once

#include <memory>
#include <string>

#include "ringfence/ringfence.h"

namespace demo {

/// A store, and the keys that belong to what is in it.
struct Database {
  std::string name = {};  ///< For people; without a password.
  std::shared_ptr<ringfence::KeyRing> keys = {};
  std::unique_ptr<ringfence::Store> store = {};
};

/// Where it is.
struct DatabaseOptions {
  /// `sqlite:FILE`, `memory:`, or a URL of PostgreSQL.
  std::string store = {};
  /// The key file. Empty: `FILE.key` for SQLite, `./ringfence-demo.key` for PostgreSQL; memory has
  /// none.
  std::string key_file = {};

  /// What is wrong with the options; empty if nothing is.
  std::string problem() const;
};

/// Opens it; makes it and its keys if neither is there, but in PostgreSQL no database.
ringfence::result<Database> open_database(const DatabaseOptions& options);

}  // namespace demo
