// PostgreSQL keeps the contract of `ringfence/store.h`: on an ordinary database, and on one whose
// texts compare by a language's rules.
#include "ringfence/testing/store_conformance.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "postgres/private_postgres.h"
#include "ringfence/store/postgres.h"

namespace ringfence {
namespace {

using testing::StoreUnderTest;
using testing_support::shared_postgres;

class Postgres final : public StoreUnderTest {
 public:
  explicit Postgres(std::string url) : url_(std::move(url)) { reopen(); }

  Store& store() override { return *store_; }
  std::unique_ptr<Store> another() override { return open(); }
  bool reopen() override {
    store_.reset();
    store_ = open();
    return true;
  }

 private:
  std::unique_ptr<Store> open() const {
    auto opened = open_postgres_store(url_);
    if (!opened) throw std::runtime_error(opened.error().text);
    return std::move(opened).value();
  }

  std::string url_;
  std::unique_ptr<Store> store_;
};

// One database for all lines, emptied for each: to make one takes longer than most lines.
testing::MakeStore on_database(const std::string& more) {
  return [more, url = std::string()]() mutable {
    auto& server = shared_postgres();
    if (url.empty()) {
      url = server.url(testing_support::PrivatePostgres::superuser, server.make_database(more));
      if (const auto done = migrate_postgres(url); !done)
        throw std::runtime_error(done.error().text);
    }
    testing_support::PostgresClient(url).execute(
        "TRUNCATE ringfence.account, ringfence.address, ringfence.source, ringfence.audit, "
        "ringfence.message");
    return std::make_unique<Postgres>(url);
  };
}

const bool registered =
    testing::register_store_conformance("PostgresConformance", on_database("")) &&
    testing::register_store_conformance(
        "PostgresOfALanguageConformance",
        on_database("TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"));

}  // namespace
}  // namespace ringfence
