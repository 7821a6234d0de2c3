#include "host.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "ringfence/store/sqlite.h"

namespace demo {
namespace {

namespace rf = ringfence;

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// The keys are made together with the database and never later: other keys would void every code
/// that is under way.
rf::result<std::shared_ptr<rf::KeyRing>> keys_of(const std::string& database) {
  const std::string path = database + ".key";
  if (!exists(path)) {
    if (exists(database)) {
      return rf::failure(rf::ErrorCode::key_unusable,
                         "there is something at " + database + ", but no key file " + path +
                             ": put the key file back if it is a database of this program, else "
                             "use another --db");
    }
    RF_TRY_VOID(rf::KeyRing::create_file(path));
  }
  return rf::KeyRing::from_file(path);
}

}  // namespace

Host::Host(const Options& options, std::ostream& messages)
    : database_(options.database),
      phones_(messages),
      events_(rf::make_console_event_sink(messages)) {
  policy_.provider_links[provider] = options.provider_link;
}

rf::result<std::unique_ptr<Host>> Host::open(const Options& options, std::ostream& messages) {
  std::unique_ptr<Host> host(new Host(options, messages));
  RF_TRY_VOID(host->start());
  return host;
}

rf::result<void> Host::start() {
  RF_TRY(keys, keys_of(database_));
  keys_ = std::move(keys);
  RF_TRY(store, rf::open_sqlite_store(database_));
  store_ = std::move(store);
  RF_TRY(service, rf::Service::make({.store = *store_, .keys = *keys_}, policy_));
  service_ = std::move(service);
  // Nobody else takes from this outbox, and the console answers at once: a short lease lets the
  // next run go on soon with what a killed one had taken.
  dispatcher_ = std::make_unique<rf::Dispatcher>(
      rf::Dispatcher::Parts{
          .store = *store_, .keys = *keys_, .sender = phones_, .events = *events_},
      rf::Dispatcher::Options{.lease_ms = rf::second_ms});
  return rf::ok();
}

rf::result<void> Host::deliver() {
  for (;;) {
    RF_TRY(counts, dispatcher_->pump());
    if (counts.taken == 0) return rf::ok();
  }
}

rf::result<rf::Account> Host::stored(const rf::AccountKey& account) {
  const rf::Key key = account;
  RF_TRY(loaded, store_->load({&key, 1}, 0));
  rf::Records records;
  records.add(std::move(loaded));
  if (const auto* found = records.get<rf::Account>(account)) return *found;
  return rf::failure(rf::ErrorCode::account_not_found, "no such account");
}

rf::result<std::optional<std::string>> Host::address_of(const rf::AccountKey& account,
                                                        rf::ChannelKind channel) {
  RF_TRY(found, stored(account));
  const auto& address = found.channel(channel).address;
  return address ? std::optional(address->text()) : std::nullopt;
}

}  // namespace demo
