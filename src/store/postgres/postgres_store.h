#pragma once

#include <span>
#include <string>

#include "ringfence/store/postgres.h"

namespace ringfence::postgres {

/// As `open_postgres_store`, of a library that knows these migrations: for tests.
result<std::unique_ptr<Store>> open(const std::string& url, const PostgresOptions& options,
                                    std::span<const PostgresMigration> migrations);

}  // namespace ringfence::postgres
