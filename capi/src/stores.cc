// Stores: opening one, the caller's own, and what a store is asked.
#include "codec/store_json.h"
#include "commit_outcome.h"
#include "plugged.h"
#include "ringfence/store/memory.h"
#include "ringfence/store/postgres.h"
#include "views.h"

namespace ringfence::capi {
namespace {

constexpr std::string_view memory = "memory:";
constexpr std::string_view sqlite = "sqlite:";

bool is_postgres(std::string_view url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

// The URL may have a password in it.
Failure no_such_store() {
  return failure(ErrorCode::invalid_argument,
                 "there is no store of this name; there are memory:, sqlite:PATH and "
                 "postgresql://HOST/DATABASE");
}

result<StoreObject> open(std::string_view url) {
  if (url == memory) return StoreObject{.store = make_memory_store()};
  if (url.starts_with(sqlite) && url.size() > sqlite.size()) {
    RF_TRY(opened, open_sqlite_store(std::string(url.substr(sqlite.size()))));
    SqliteStore* const as_sqlite = opened.get();
    return StoreObject{.store = std::move(opened), .sqlite = as_sqlite};
  }
  if (is_postgres(url)) {
    RF_TRY(opened, open_postgres_store(std::string(url)));
    return StoreObject{.store = std::move(opened)};
  }
  return no_such_store();
}

result<std::shared_ptr<StoreObject>> sqlite_at(ringfence_store handle) {
  RF_TRY(store, at(handle));
  if (store->sqlite == nullptr)
    return failure(ErrorCode::invalid_argument, "only a store of SQLite can do this");
  return std::move(store);
}

// No time is before 1970, no duration less than none, and neither without end.
result<void> sound(std::initializer_list<std::int64_t> numbers) {
  if (std::all_of(numbers.begin(), numbers.end(),
                  [](std::int64_t one) { return one == 0 || is_time(one); }))
    return ok();
  return failure(ErrorCode::invalid_argument, "a time or a duration is negative, or too long");
}

}  // namespace
}  // namespace ringfence::capi

using namespace ringfence;
using namespace ringfence::capi;

int32_t ringfence_store_open(ringfence_string url, ringfence_store* store, ringfence_error* error) {
  return giving(store, error, [&]() -> result<void> {
    RF_TRY(name, read(url));
    RF_TRY(opened, capi::open(name));
    RF_TRY(handle, handle_to<ringfence_store>(std::make_shared<StoreObject>(std::move(opened))));
    *store = handle;
    return ok();
  });
}

int32_t ringfence_store_migrate(ringfence_string url, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY(name, read(url));
    if (is_postgres(name)) return migrate_postgres(std::string(name));
    if (name == memory || name.starts_with(sqlite)) return ok();
    return no_such_store();
  });
}

int32_t ringfence_store_from_callbacks(const ringfence_store_callbacks* callbacks,
                                       ringfence_store* store, ringfence_error* error) {
  return giving(store, error, [&]() -> result<void> {
    RF_TRY(in, read_struct(callbacks));
    if (in.load == nullptr || in.commit == nullptr || in.take == nullptr || in.settle == nullptr ||
        in.messages == nullptr || in.outbox == nullptr || in.sweep == nullptr) {
      return failure(ErrorCode::invalid_argument, "a required function of the struct is NULL");
    }
    auto plugged = std::make_unique<PluggedStore>(in);
    PluggedStore* const taken = plugged.get();
    RF_TRY(handle, handle_to<ringfence_store>(
                       std::make_shared<StoreObject>(StoreObject{.store = std::move(plugged)})));
    taken->adopt();
    *store = handle;
    return ok();
  });
}

void ringfence_store_free(ringfence_store store) { free_handle(store); }

int32_t ringfence_store_load(ringfence_store store, ringfence_string keys, int64_t deadline_ms,
                             ringfence_text* records, ringfence_error* error) {
  return giving(records, error, [&]() -> result<void> {
    RF_TRY_VOID(sound({deadline_ms}));
    RF_TRY(from, at(store));
    RF_TRY(text, read(keys, longest_json));
    RF_TRY(wanted, given(codec::keys_from_json(text)));
    RF_TRY(loaded, from->store->load(wanted, deadline_ms));
    return give(records, codec::to_json(std::span<const Loaded>(loaded)));
  });
}

int32_t ringfence_store_commit(ringfence_store store, ringfence_string change, int64_t deadline_ms,
                               int32_t* outcome, ringfence_error* error) {
  return giving(outcome, error, [&]() -> result<void> {
    *outcome = RINGFENCE_COMMIT_UNAVAILABLE;
    RF_TRY_VOID(sound({deadline_ms}));
    RF_TRY(to, at(store));
    RF_TRY(text, read(change, longest_json));
    RF_TRY(wanted, given(codec::change_from_json(text)));
    *outcome = RINGFENCE_COMMIT_UNKNOWN;
    *outcome = commit_code(to->store->commit(wanted, deadline_ms));
    return ok();
  });
}

int32_t ringfence_store_take(ringfence_store store, int64_t now, int64_t lease_ms, int32_t max,
                             int32_t share_index, int32_t share_of, ringfence_text* messages,
                             ringfence_error* error) {
  return giving(messages, error, [&]() -> result<void> {
    RF_TRY_VOID(sound({now, lease_ms}));
    RF_TRY(from, at(store));
    RF_TRY(taken, from->store->take(now, lease_ms, max, {share_index, share_of}));
    return give(messages, codec::to_json(std::span<const Message>(taken)));
  });
}

int32_t ringfence_store_settle(ringfence_store store, ringfence_string settlements,
                               ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY(to, at(store));
    RF_TRY(text, read(settlements, longest_json));
    RF_TRY(settled, given(codec::settlements_from_json(text)));
    return to->store->settle(settled);
  });
}

int32_t ringfence_store_messages(ringfence_store store, const ringfence_account* account,
                                 int32_t max, int64_t deadline_ms, ringfence_text* messages,
                                 ringfence_error* error) {
  return giving(messages, error, [&]() -> result<void> {
    RF_TRY_VOID(sound({deadline_ms}));
    RF_TRY(from, at(store));
    RF_TRY(of, read(account));
    RF_TRY(found, from->store->messages(of, max, deadline_ms));
    return give(messages, codec::to_json(std::span<const Message>(found)));
  });
}

int32_t ringfence_store_given_up(ringfence_store store, int64_t after_created_at,
                                 ringfence_string after_id, int32_t max, int64_t deadline_ms,
                                 ringfence_text* messages, ringfence_error* error) {
  return giving(messages, error, [&]() -> result<void> {
    RF_TRY_VOID(sound({deadline_ms}));
    RF_TRY(from, at(store));
    RF_TRY(after, read_place(after_created_at, after_id));
    RF_TRY(found, from->store->given_up(after, max, deadline_ms));
    return give(messages, codec::to_json(std::span<const Message>(found)));
  });
}

int32_t ringfence_store_outbox(ringfence_store store, int64_t now, int64_t deadline_ms,
                               ringfence_text* state, ringfence_error* error) {
  return giving(state, error, [&]() -> result<void> {
    RF_TRY_VOID(sound({now, deadline_ms}));
    RF_TRY(from, at(store));
    RF_TRY(found, from->store->outbox(now, deadline_ms));
    return give(state, codec::to_json(found));
  });
}

int32_t ringfence_store_sweep(ringfence_store store, int64_t now, int64_t settled_before,
                              int32_t max, int32_t* removed, ringfence_error* error) {
  return giving(removed, error, [&]() -> result<void> {
    RF_TRY_VOID(sound({now, settled_before}));
    RF_TRY(from, at(store));
    RF_TRY(count, from->store->sweep(now, settled_before, max));
    *removed = count;
    return ok();
  });
}

int32_t ringfence_store_health(ringfence_store store, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY(of, sqlite_at(store));
    return of->sqlite->health();
  });
}

int32_t ringfence_store_integrity_check(ringfence_store store, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY(of, sqlite_at(store));
    return of->sqlite->integrity_check();
  });
}

int32_t ringfence_store_back_up(ringfence_store store, ringfence_string path,
                                const ringfence_backup* how, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY(of, sqlite_at(store));
    RF_TRY(file, read_string(path));
    SqliteBackup backup;
    if (how != nullptr) {
      RF_TRY(asked, read_struct(how));
      if (asked.pages_per_step != 0) backup.pages_per_step = asked.pages_per_step;
      if (asked.go_on != nullptr) {
        backup.go_on = [asked](int left, int all) noexcept {
          try {
            return asked.go_on(asked.context, left, all) != 0;
          } catch (...) {
            return false;
          }
        };
      }
    }
    return of->sqlite->back_up(file, backup);
  });
}
