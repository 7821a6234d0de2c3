#include "database.h"

#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "ringfence/store/memory.h"
#include "ringfence/store/postgres.h"
#include "ringfence/store/sqlite.h"

namespace demo {
namespace {

namespace rf = ringfence;

constexpr std::string_view sqlite_prefix = "sqlite:";
constexpr std::string_view memory_url = "memory:";

bool is_postgres(const std::string& store) {
  return store.starts_with("postgresql://") || store.starts_with("postgres://");
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// The keys are made together with the database and never later: other keys would void every code
/// that is under way.
rf::result<std::shared_ptr<rf::KeyRing>> keys_in(const std::string& path,
                                                 const std::string& database, bool is_new) {
  if (!exists(path)) {
    if (!is_new) {
      return rf::failure(rf::ErrorCode::key_unusable,
                         "there is something at " + database + ", but no key file " + path +
                             ": put the key file back if it is a database of this program, else "
                             "use another database");
    }
    RF_TRY_VOID(rf::KeyRing::create_file(path));
  }
  return rf::KeyRing::from_file(path);
}

rf::result<Database> open_sqlite(const std::string& file, const std::string& key_file) {
  Database out{.name = file};
  RF_TRY(keys, keys_in(key_file.empty() ? file + ".key" : key_file, file, !exists(file)));
  out.keys = std::move(keys);
  RF_TRY(store, rf::open_sqlite_store(file));
  out.store = std::move(store);
  return out;
}

/// What is in memory needs no keys that outlive it.
rf::result<Database> open_memory() {
  Database out{.name = "memory", .store = rf::make_memory_store()};
  RF_TRY(keys, rf::KeyRing::from_callback([]() -> rf::result<rf::KeySet> {
           rf::crypto::Key key;
           RF_TRY_VOID(rf::system_entropy().fill(key));
           return rf::KeySet::make({{.id = "memory", .key = key}});
         }));
  out.keys = std::move(keys);
  return out;
}

rf::result<Database> open_postgres(const std::string& url, const std::string& key_file) {
  Database out{.name = "PostgreSQL"};
  auto opened = rf::open_postgres_store(url);
  const bool no_tables = !opened && opened.error().code == rf::ErrorCode::store_older;
  if (!opened && !no_tables) return opened.error();
  RF_TRY(keys, keys_in(key_file.empty() ? "./ringfence-demo.key" : key_file, out.name, no_tables));
  out.keys = std::move(keys);
  if (no_tables) {
    // A server would not do this: who runs it gives it no right to make tables.
    RF_TRY_VOID(rf::migrate_postgres(url));
    opened = rf::open_postgres_store(url);
  }
  RF_TRY(store, std::move(opened));
  out.store = std::move(store);
  return out;
}

}  // namespace

std::string DatabaseOptions::problem() const {
  if (store == sqlite_prefix) return "the path is empty";
  if (store.starts_with(sqlite_prefix) || store == memory_url || is_postgres(store)) return "";
  return "it is none of sqlite:FILE, memory: and postgresql://...";
}

rf::result<Database> open_database(const DatabaseOptions& options) {
  if (options.store == memory_url) return open_memory();
  if (is_postgres(options.store)) return open_postgres(options.store, options.key_file);
  return open_sqlite(options.store.substr(sqlite_prefix.size()), options.key_file);
}

}  // namespace demo
