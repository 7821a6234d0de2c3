#pragma once

#include <pthread.h>
#include <signal.h>
#include <time.h>

namespace ringfence::transfer {

/// While this lives no SIGPIPE reaches the host from this thread: some TLS libraries raise it when
/// they write to a connection that the other side has closed. Signals of the host are left alone.
class NoSigpipe {
 public:
  NoSigpipe() noexcept {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    // One that is there already is the host's, and hides one of ours.
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    blocked_ = !was_pending_ && pthread_sigmask(SIG_BLOCK, &pipe_, &before_) == 0;
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    if (!blocked_) return;
    const timespec now{};
    while (sigtimedwait(&pipe_, nullptr, &now) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_ = false;
  bool blocked_ = false;
};

}  // namespace ringfence::transfer
