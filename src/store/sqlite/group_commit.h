#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "ringfence/store.h"
#include "store/sqlite/savepoint.h"
#include "store/sqlite/statement.h"

namespace ringfence::sqlite {

/// One connection that many threads share. Reads have it to themselves. Writes queue; the first in
/// the queue leads: when it gets the connection it runs all that wait, each wholly or not at all,
/// in one transaction with one commit and so one fsync, and only then does anyone learn how it
/// ended.
///
/// The log is brought into the file between groups, when it has grown enough and the others of the
/// group have been told: of all who wait for a commit only the thread that does it waits for that.
///
/// After an error that leaves in doubt what is on the disk the connection is *broken*: everything
/// from then on is refused, until the database is opened anew.
class GroupCommit {
 public:
  /// Takes the connection over. The log is brought into the file when it has so many pages.
  GroupCommit(sqlite3* database, int checkpoint_pages);
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  /// Brings the log into the database and closes it; if it is broken, leaves everything as it is.
  ~GroupCommit();

  /// Runs `read(statements)`, which only reads, or refuses with `store_unavailable`.
  template <class Read>
  auto read(TimeMs deadline_ms, const Read& read)
      -> result<decltype(read(std::declval<Statements&>()))> {
    const Turn turn(*this, deadline_ms);
    if (!turn) return failure(ErrorCode::store_unavailable, "the connection is busy or broken");
    return read(statements_);
  }
  CommitOutcome write(TimeMs deadline_ms, const Job& job);

  /// Runs `work(database)` between groups, whatever state the connection is in. It leaves no
  /// transaction and no statement behind.
  template <class Work>
  auto alone(const Work& work) {
    const Turn turn(*this, 0);
    return work(database_);
  }
  /// For who comes again and again: returns when another had the connection, or nobody wants it.
  void give_way();

  /// SQLite's code of why the last group that wrote was refused or failed; 0: it did not.
  int last_error() const { return last_error_; }
  bool broken() const { return broken_; }

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;

  // A write in the queue, on the stack of the thread that waits for it.
  struct Waiting {
    const Job& job;
    CommitOutcome outcome = CommitOutcome::unavailable;
    bool taken = false;  // into a group: it can no longer be withdrawn
    bool done = false;
    std::condition_variable wake = {};
    Waiting* next = nullptr;
  };

  // The connection in hand, between groups.
  class Turn {
   public:
    Turn(GroupCommit& group, TimeMs deadline_ms);
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();
    explicit operator bool() const { return has_ && !group_.broken_; }

   private:
    GroupCommit& group_;
    bool has_ = false;
  };

  static Deadline deadline_of(TimeMs deadline_ms);
  bool take_connection(Lock& lock, const Deadline& deadline);
  void give_back_connection();  // with the mutex held
  void enqueue(Waiting& waiting);
  void withdraw(Waiting& waiting);
  void lead(Lock& lock);
  void run_group(Waiting* group) noexcept;
  bool run_jobs(Waiting* group, JobResult (*run_job)(Statements&, const Job&)) noexcept;
  void commit(Waiting* group) noexcept;
  void roll_back() noexcept;
  void checkpoint() noexcept;

  std::mutex mutex_;
  std::condition_variable idle_;
  bool in_use_ = false;      // the connection
  int wanted_ = 0;           // by so many, who wait for it
  std::uint64_t turns_ = 0;  // how often it was taken
  std::condition_variable gave_way_;
  Waiting* first_ = nullptr;  // of the queue: the next leader
  Waiting* last_ = nullptr;

  // For whoever has the connection.
  sqlite3* const database_;
  Statements statements_;
  const int checkpoint_pages_;
  int log_pages_ = 0;
  std::atomic<bool> broken_ = false;  // these two may be looked at by anybody
  std::atomic<int> last_error_ = 0;
};

}  // namespace ringfence::sqlite
