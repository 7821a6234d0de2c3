#include "store/sqlite/group_commit.h"

#include <sqlite3.h>

#include <algorithm>

namespace ringfence::sqlite {
namespace {

template <class Ready>
bool wait(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
          const std::optional<std::chrono::steady_clock::time_point>& deadline,
          const Ready& ready) {
  if (deadline) return condition.wait_until(lock, *deadline, ready);
  condition.wait(lock, ready);
  return true;
}

int run(sqlite3* database, const char* sql) {
  return sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
}

bool is_failed_sync(int code) {
  return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

}  // namespace

GroupCommit::GroupCommit(sqlite3* database, int checkpoint_pages)
    : database_(database), statements_(database), checkpoint_pages_(checkpoint_pages) {
  const auto note_size = [](void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(database_, note_size, &log_pages_);  // in place of SQLite's own checkpoints
}

GroupCommit::~GroupCommit() {
  statements_.clear();  // or the connection would not close
  if (broken_) {
    // The log is what the next opener goes by.
    sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  } else {
    sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  }
  sqlite3_close(database_);
}

CommitOutcome GroupCommit::write(TimeMs deadline_ms, const Job& job) {
  const Deadline deadline = deadline_of(deadline_ms);
  Waiting mine{.job = job};
  Lock lock(mutex_);
  enqueue(mine);
  if (!wait(mine.wake, lock, deadline, [&] { return mine.done || first_ == &mine; })) {
    if (!mine.taken) {
      withdraw(mine);
      return CommitOutcome::unavailable;
    }
    mine.wake.wait(
        lock, [&] { return mine.done; });  // its group is at work: only the end tells the truth
  }
  if (mine.done) return mine.outcome;
  if (!take_connection(lock, deadline)) {
    withdraw(mine);
    return CommitOutcome::unavailable;
  }
  lead(lock);
  if (log_pages_ >= checkpoint_pages_) {
    lock.unlock();
    checkpoint();
    lock.lock();
  }
  give_back_connection();
  return mine.outcome;
}

// With the connection in hand: takes all who wait, runs them, tells them. Meanwhile a new queue
// forms.
void GroupCommit::lead(Lock& lock) {
  Waiting* const group = first_;
  first_ = last_ = nullptr;
  for (Waiting* one = group; one != nullptr; one = one->next) one->taken = true;
  lock.unlock();
  run_group(group);
  lock.lock();
  for (Waiting* one = group; one != nullptr;) {
    Waiting* const next = one->next;
    one->done = true;
    one->wake.notify_one();  // it goes away as soon as this thread lets go of the mutex, not before
    one = next;
  }
}

// Savepoints cost a copy of every page that is changed, and hardly any job fails once it has begun
// to write: so the group is run without them, and if one did fail, once more with them.
void GroupCommit::run_group(Waiting* group) noexcept {
  if (broken_) return;  // all are `unavailable` from the beginning
  if (run_jobs(group, run_bare) || broken_ || group->next == nullptr) return;
  run_jobs(group, run_in_savepoint);
}

// False: a job has spoiled the transaction, nothing has changed and all are `unavailable`.
bool GroupCommit::run_jobs(Waiting* group, JobResult (*run_job)(Statements&, const Job&)) noexcept {
  if (const int begun = run(database_, "BEGIN IMMEDIATE"); begun != SQLITE_OK) {
    last_error_ = begun;
    roll_back();
    return true;
  }
  bool changed = false;
  for (Waiting* one = group; one != nullptr; one = one->next) {
    const JobResult result = run_job(statements_, one->job);
    one->outcome = result.outcome;
    changed = changed || result.outcome == CommitOutcome::committed;
    if (result.error != 0) last_error_ = result.error;
    if (is_failed_sync(result.error)) broken_ = true;
    if (broken_ || !result.intact) {
      for (Waiting* each = group; each != nullptr; each = each->next) {
        each->outcome = CommitOutcome::unavailable;
      }
      roll_back();
      return false;
    }
  }
  changed ? commit(group) : roll_back();
  return true;
}

void GroupCommit::commit(Waiting* group) noexcept {
  const int code = run(database_, "COMMIT");
  if (code == SQLITE_OK) {
    last_error_ = 0;
    return;
  }
  last_error_ = code;
  // Nothing happened if the transaction is still open, or the disk was full: then the mark that
  // ends it was not written. After any other error it may have been, and a later opener may find
  // it.
  const bool undone = sqlite3_get_autocommit(database_) == 0 || (code & 0xff) == SQLITE_FULL;
  roll_back();
  if (!undone) broken_ = true;
  for (Waiting* one = group; one != nullptr; one = one->next) {
    if (one->outcome == CommitOutcome::committed) {
      one->outcome = undone ? CommitOutcome::unavailable : CommitOutcome::unknown;
    }
  }
}

void GroupCommit::roll_back() noexcept {
  if (sqlite3_get_autocommit(database_) != 0) return;
  const int code = run(database_, "ROLLBACK");
  if (sqlite3_get_autocommit(database_) != 0) return;
  last_error_ = code;
  broken_ = true;
}

// What is in the log is durable there. If this fails half-way it is done again later; but of a file
// whose sync failed nothing is believed.
void GroupCommit::checkpoint() noexcept {
  if (broken_) return;
  const int code =
      sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code == SQLITE_OK) log_pages_ = 0;
  if (is_failed_sync(code)) {
    last_error_ = code;
    broken_ = true;
  }
}

GroupCommit::Deadline GroupCommit::deadline_of(TimeMs deadline_ms) {
  if (deadline_ms <= 0) return std::nullopt;
  constexpr TimeMs a_day = 86'400'000;  // as good as for ever, and no overflow
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(std::min(deadline_ms, a_day));
}

bool GroupCommit::take_connection(Lock& lock, const Deadline& deadline) {
  ++wanted_;
  const bool free = wait(idle_, lock, deadline, [&] { return !in_use_; });
  --wanted_;
  if (free) {
    in_use_ = true;
    ++turns_;
  }
  gave_way_.notify_all();
  return free;
}

void GroupCommit::give_back_connection() {
  in_use_ = false;
  idle_.notify_one();
}

// Without this, who gives the connection back and asks for it again at once would have it before
// the thread that was woken for it.
void GroupCommit::give_way() {
  Lock lock(mutex_);
  const std::uint64_t before = turns_;
  gave_way_.wait(lock, [&] { return turns_ != before || wanted_ == 0; });
}

void GroupCommit::enqueue(Waiting& waiting) {
  (last_ == nullptr ? first_ : last_->next) = &waiting;
  last_ = &waiting;
}

void GroupCommit::withdraw(Waiting& waiting) {
  Waiting* before = nullptr;
  for (Waiting* one = first_; one != &waiting; one = one->next) before = one;
  (before == nullptr ? first_ : before->next) = waiting.next;
  if (last_ == &waiting) last_ = before;
  if (before == nullptr && first_ != nullptr) first_->wake.notify_one();  // leads now
}

GroupCommit::Turn::Turn(GroupCommit& group, TimeMs deadline_ms) : group_(group) {
  Lock lock(group.mutex_);
  has_ = group.take_connection(lock, deadline_of(deadline_ms));
}

GroupCommit::Turn::~Turn() {
  if (!has_) return;
  const Lock lock(group_.mutex_);
  group_.give_back_connection();
}

}  // namespace ringfence::sqlite
