#include "store/postgres/pool.h"

#include <libpq-fe.h>

#include <utility>

namespace ringfence::postgres {

Pool::Pool(std::string url, int most, TimeMs connect_timeout_ms)
    : url_(std::move(url)),
      most_(static_cast<std::size_t>(most)),
      connect_timeout_ms_(connect_timeout_ms) {
  idle_.reserve(most_);
}

Pool::~Pool() = default;

result<Pool::Lease> Pool::take(const Deadline& deadline) {
  Connection dead;  // closed after the mutex is let go
  {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return !idle_.empty() || made_ < most_; };
    if (!deadline.at()) {
      free_.wait(lock, ready);
    } else if (!free_.wait_until(lock, *deadline.at(), ready)) {
      return failure(ErrorCode::store_unavailable,
                     "all connections were busy until the deadline; allow more of them");
    }
    if (idle_.empty()) {
      ++made_;
    } else {
      Connection connection = std::move(idle_.back());
      idle_.pop_back();
      lock.unlock();
      if (alive(connection.get())) return Lease(*this, std::move(connection));
      dead = std::move(connection);
    }
  }
  Lease lease(*this, {});  // gives the place back if no connection is made
  RF_TRY(made, connect(url_, connect_timeout_ms_, deadline));
  lease.connection_ = std::move(made);
  return lease;
}

void Pool::give_back(Connection connection) noexcept {
  // Of who was interrupted half-way, e.g. by lack of memory: the next would go on in its
  // transaction, or read its answers.
  if (connection && PQtransactionStatus(connection.get()) != PQTRANS_IDLE) connection.reset();
  {
    const std::lock_guard lock(mutex_);
    if (connection) {
      idle_.push_back(std::move(connection));
    } else {
      --made_;
    }
  }
  free_.notify_one();
}

}  // namespace ringfence::postgres
