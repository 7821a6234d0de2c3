#include "host.h"

#include <utility>

namespace demo {
namespace {

namespace rf = ringfence;

}  // namespace

Host::Host(const Options& options, std::ostream& messages)
    : phones_(messages), events_(rf::make_console_event_sink(messages)) {
  policy_.provider_links[provider] = options.provider_link;
}

rf::result<std::unique_ptr<Host>> Host::open(const Options& options, std::ostream& messages) {
  std::unique_ptr<Host> host(new Host(options, messages));
  RF_TRY_VOID(host->start(options.database));
  return host;
}

rf::result<void> Host::start(const DatabaseOptions& options) {
  RF_TRY(database, open_database(options));
  database_ = std::move(database);
  rf::Store& store = *database_.store;
  RF_TRY(service, rf::Service::make({.store = store, .keys = *database_.keys}, policy_));
  service_ = std::move(service);
  // Nobody else takes from this outbox, and the console answers at once: a short lease lets the
  // next run go on soon with what a killed one had taken.
  dispatcher_ = std::make_unique<rf::Dispatcher>(
      rf::Dispatcher::Parts{
          .store = store, .keys = *database_.keys, .sender = phones_, .events = *events_},
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
  RF_TRY(loaded, database_.store->load({&key, 1}, 0));
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
