#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "store/postgres/connection.h"

namespace ringfence::postgres {

/// The connections of a store: made when needed, never more than a bound, kept for the next.
class Pool {
 public:
  Pool(std::string url, int most, TimeMs connect_timeout_ms);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  /// A connection for one caller; goes back when this ends.
  class Lease {
   public:
    Lease(Lease&& other) noexcept : pool_(other.pool_), connection_(std::move(other.connection_)) {
      other.pool_ = nullptr;
    }
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->give_back(std::move(connection_));
    }
    pg_conn* get() const { return connection_.get(); }
    /// It is of no use any more: another will be made in its place.
    void discard() { connection_.reset(); }

   private:
    friend Pool;
    Lease(Pool& pool, Connection connection) : pool_(&pool), connection_(std::move(connection)) {}

    Pool* pool_;
    Connection connection_;
  };

  /// Waits for a connection, or makes one. Refuses with `store_unavailable`.
  result<Lease> take(const Deadline& deadline);

 private:
  void give_back(Connection connection) noexcept;

  const std::string url_;
  const std::size_t most_;
  const TimeMs connect_timeout_ms_;
  std::mutex mutex_;
  std::condition_variable free_;
  std::vector<Connection> idle_;  // the last used at the end; room for all
  std::size_t made_ = 0;          // idle ones and those in use
};

}  // namespace ringfence::postgres
