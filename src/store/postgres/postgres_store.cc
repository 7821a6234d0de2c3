#include "store/postgres/postgres_store.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "ringfence/store/well_formed.h"
#include "store/guarded.h"
#include "store/postgres/outbox.h"
#include "store/postgres/pool.h"
#include "store/postgres/records.h"
#include "store/postgres/schema.h"

namespace ringfence::postgres {
namespace {

// What has no deadline of its own gives up then: a server that hangs must not hang its callers.
constexpr TimeMs longest_write_ms = 60'000;
constexpr int max_tries = 10;  // against others that lock the same rows in another order

Failure failure_of(const Answer& answer) {
  if (!answer.sqlstate.empty()) {
    return failure(ErrorCode::store_unavailable, "PostgreSQL refused it: " + answer.sqlstate);
  }
  return failure(ErrorCode::store_unavailable, "PostgreSQL did not answer in time, or went away");
}

class PostgresStore final : public Store {
 public:
  explicit PostgresStore(std::unique_ptr<Pool> pool) : pool_(std::move(pool)) {}

  ~PostgresStore() override {
    // A forked child has copies of the connections: ending them there would end the parent's.
    if (in_other_process()) (void)pool_.release();
  }

  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs deadline_ms) override {
    return store::guarded([&]() -> result<std::vector<Loaded>> {
      if (in_other_process()) return wrong_process();
      if (keys.empty()) return std::vector<Loaded>();
      RF_TRY(rows, read(select(keys), deadline_ms));
      return store::decode(records(keys, rows));
    });
  }

  CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) override {
    bool sent = false;
    try {
      if (in_other_process() || !well_formed(change)) return CommitOutcome::unavailable;
      const store::EncodedChange encoded(change);
      const Deadline deadline = Deadline::in(deadline_ms);
      auto lease = pool_->take(deadline);
      if (!lease) return CommitOutcome::unavailable;
      std::vector<Statement> batch = statements(encoded);
      sent = true;
      const Answer answer = transact(lease.value(), std::move(batch), deadline);
      if (answer.end == Answer::End::done) return CommitOutcome::committed;
      if (!answer.sqlstate.empty()) return meaning(answer);
      return answer.sent ? CommitOutcome::unknown : CommitOutcome::unavailable;
    } catch (...) {
      return sent ? CommitOutcome::unknown : CommitOutcome::unavailable;
    }
  }

  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override {
    return store::guarded([&]() -> result<std::vector<Message>> {
      if (in_other_process()) return wrong_process();
      if (!can_take(now, lease_ms, max, share)) return std::vector<Message>();
      std::vector<MessageKey> unreadable;
      RF_TRY(due, write({take_due(now, lease_ms, max, share)}));
      std::vector<Message> out = taken(due[0], unreadable);
      if (const int rest = max - due[0].size(); rest > 0) {
        // What was leased above is handed out whatever becomes of this.
        if (auto misdated = write({take_misdated(now, lease_ms, rest, share)})) {
          for (Message& one : taken(misdated.value()[0], unreadable)) {
            out.push_back(std::move(one));
          }
        } else if (out.empty() && unreadable.empty()) {
          return std::move(misdated).as_failure();
        }
      }
      std::vector<Statement> given_up;
      given_up.reserve(unreadable.size());
      for (const MessageKey& key : unreadable) given_up.push_back(give_up(key));
      if (!given_up.empty()) (void)write(given_up);  // else at the next take
      return out;
    });
  }

  result<void> settle(std::span<const Settlement> settlements) override {
    return store::guarded([&]() -> result<void> {
      if (in_other_process()) return wrong_process();
      if (settlements.empty()) return ok();
      std::vector<Settlement> sorted(settlements.begin(), settlements.end());
      std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return std::tie(a.account, a.id) < std::tie(b.account, b.id);
      });
      std::vector<Statement> batch;
      batch.reserve(sorted.size());
      for (const Settlement& one : sorted) batch.push_back(postgres::settle(one));
      RF_TRY_VOID(write(batch));
      return ok();
    });
  }

  result<std::vector<Message>> messages(const AccountKey& account, int max,
                                        TimeMs deadline_ms) override {
    return store::guarded([&]() -> result<std::vector<Message>> {
      if (in_other_process()) return wrong_process();
      RF_TRY(rows, read(messages_of(account, max), deadline_ms));
      return store::decode(postgres::messages(rows));
    });
  }

  result<std::vector<Message>> given_up(const MessagePlace& after, int max,
                                        TimeMs deadline_ms) override {
    return store::guarded([&]() -> result<std::vector<Message>> {
      if (in_other_process()) return wrong_process();
      return store::given_up(
          after, max,
          [&](const store::RowPlace& place, int wanted) -> result<std::vector<store::GivenUpRow>> {
            RF_TRY(rows, read(select_given_up(place, wanted), deadline_ms));
            return postgres::given_up(rows);
          });
    });
  }

  result<OutboxState> outbox(TimeMs now, TimeMs deadline_ms) override {
    return store::guarded([&]() -> result<OutboxState> {
      if (in_other_process()) return wrong_process();
      RF_TRY(rows, read(count_due(now), deadline_ms));
      return postgres::outbox(rows);
    });
  }

  result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
    return store::guarded([&]() -> result<int> {
      if (in_other_process()) return wrong_process();
      int removed = 0;
      const auto remove = [&](Statement (*sweeping)(TimeMs, int), TimeMs before) -> result<void> {
        if (removed >= max) return ok();
        auto rows = write({sweeping(before, max - removed)});
        if (rows) removed += static_cast<int>(rows.value()[0].integer(0, 0));
        // What is gone is told; the next sweep meets the failure again.
        if (!rows && removed == 0) return std::move(rows).as_failure();
        return ok();
      };
      RF_TRY_VOID(remove(sweep_messages, settled_before));
      RF_TRY_VOID(remove(sweep_addresses, now));
      RF_TRY_VOID(remove(sweep_sources, now));
      return removed;
    });
  }

 private:
  bool in_other_process() const { return ::getpid() != process_; }
  static Failure wrong_process() {
    return failure(ErrorCode::wrong_process,
                   "the store was opened before a fork; open one in this process");
  }

  // One reading statement. A connection that broke costs another try: reading twice does no harm.
  result<Rows> read(const Statement& statement, TimeMs deadline_ms) {
    const Deadline deadline = Deadline::in(deadline_ms);
    for (int tries = 1;; ++tries) {
      RF_TRY(lease, pool_->take(deadline));
      Answer answer = run(lease.get(), {&statement, 1}, deadline);
      if (answer.end == Answer::End::done) return std::move(answer.rows[0]);
      if (answer.end == Answer::End::lost) lease.discard();
      const bool again = answer.end == Answer::End::lost || collided(answer);
      if (!again || tries == max_tries || deadline.passed()) return failure_of(answer);
    }
  }

  // A connection that can be used again goes back to the pool.
  static Answer transact(Pool::Lease& lease, std::vector<Statement> batch,
                         const Deadline& deadline) {
    Answer answer = postgres::transact(lease.get(), std::move(batch), deadline);
    if (answer.end == Answer::End::lost) lease.discard();
    return answer;
  }

  // Some writing statements in one transaction, for what knows no deadline and no conflict.
  result<std::vector<Rows>> write(const std::vector<Statement>& batch) {
    const Deadline deadline = Deadline::in(longest_write_ms);
    for (int tries = 1;; ++tries) {
      RF_TRY(lease, pool_->take(deadline));
      std::vector<Statement> sending = batch;
      bool in_doubt = true;
      try {
        Answer answer = transact(lease, std::move(sending), deadline);
        if (answer.end == Answer::End::done) return std::move(answer.rows);
        in_doubt = answer.sqlstate.empty() && answer.sent;
        if (collided(answer) && tries < max_tries) continue;
        if (!in_doubt) return failure_of(answer);
        return failure(ErrorCode::outcome_unknown, "PostgreSQL went away while committing");
      } catch (const std::bad_alloc&) {
        if (!in_doubt) throw;
        return failure(ErrorCode::outcome_unknown, "out of memory");  // allocates nothing
      }
    }
  }

  const pid_t process_ = ::getpid();
  std::unique_ptr<Pool> pool_;
};

}  // namespace

result<std::unique_ptr<Store>> open(const std::string& url, const PostgresOptions& options,
                                    std::span<const PostgresMigration> migrations) {
  auto opened = store::guarded([&]() -> result<std::unique_ptr<Store>> {
    if (options.max_connections < 1 || options.max_connections > 1000 ||
        options.connect_timeout_ms < 100 || options.connect_timeout_ms > 3'600'000) {
      return failure(ErrorCode::invalid_argument,
                     "max_connections is 1 to 1000, connect_timeout_ms 100 to 3600000");
    }
    RF_TRY_VOID(check_url(url));
    auto pool = std::make_unique<Pool>(url, options.max_connections, options.connect_timeout_ms);
    {
      RF_TRY(lease, pool->take({}));
      const auto checked = check_schema(lease.get(), migrations);
      if (!checked) return checked.error();
    }
    return std::unique_ptr<Store>(std::make_unique<PostgresStore>(std::move(pool)));
  });
  if (opened) return opened;
  // Nothing was asked of it yet that could be repeated: somebody must look at the set-up.
  Failure refusal = std::move(opened).error();
  refusal.next = NextStep::fix_setup;
  return refusal;
}

}  // namespace ringfence::postgres

namespace ringfence {

result<std::unique_ptr<Store>> open_postgres_store(const std::string& url,
                                                   const PostgresOptions& options) {
  return postgres::open(url, options, postgres::schema_migrations());
}

}  // namespace ringfence
