#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "database.h"
#include "phone_box.h"
#include "ringfence/ringfence.h"

namespace demo {

/// Whether a refusal tells of a fault of the set-up, e.g. of the database, and not of what a person
/// asked for.
inline bool is_set_up_fault(const ringfence::Failure& refusal) {
  return refusal.next == ringfence::NextStep::retry ||
         refusal.next == ringfence::NextStep::fix_setup;
}

/// What an application that embeds ringfence sets up once: keys, store, service and dispatcher.
class Host {
 public:
  struct Options {
    DatabaseOptions database = {};
    std::string provider_link = {};  ///< Where federated accounts are managed.
  };
  /// The provider that federated accounts are registered with.
  static constexpr const char* provider = "provider";

  /// Makes the database and its keys if neither is there. What is sent, and what the host is told,
  /// is printed to `messages`, which must outlive this.
  static ringfence::result<std::unique_ptr<Host>> open(const Options& options,
                                                       std::ostream& messages);

  ringfence::Service& service() { return *service_; }
  PhoneBox& phones() { return phones_; }
  const ringfence::Policy& policy() const { return policy_; }
  /// The name of the database, for people.
  const std::string& database() const { return database_.name; }

  /// Hands over all that waits in the outbox. A server does this in a thread of its own.
  ringfence::result<void> deliver();

  /// An account's record. The service shows owners masked addresses and keeps its memory to itself;
  /// a host that must know more asks its own store. Fails with `account_not_found`.
  ringfence::result<ringfence::Account> stored(const ringfence::AccountKey& account);
  /// An account's address in full; nothing if it has none.
  ringfence::result<std::optional<std::string>> address_of(const ringfence::AccountKey& account,
                                                           ringfence::ChannelKind channel);

 private:
  Host(const Options& options, std::ostream& messages);
  ringfence::result<void> start(const DatabaseOptions& options);

  ringfence::Policy policy_;
  PhoneBox phones_;
  std::unique_ptr<ringfence::EventSink> events_;
  Database database_;
  std::unique_ptr<ringfence::Service> service_;
  std::unique_ptr<ringfence::Dispatcher> dispatcher_;
};

}  // namespace demo
