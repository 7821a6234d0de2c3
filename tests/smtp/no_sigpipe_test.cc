// A host that does nothing about SIGPIPE is not ended by a connection that ends.
#include "sender/transfer/no_sigpipe.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "store/files.h"

namespace ringfence {
namespace {

using testing_support::in_child;
using transfer::NoSigpipe;

int write_to_nobody() {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0 || close(ends[0]) != 0) return -1;
  const ssize_t size = write(ends[1], "x", 1);
  const int error = errno;
  close(ends[1]);
  return size < 0 ? error : 0;
}

bool is_blocked() {
  sigset_t mask;
  sigemptyset(&mask);
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return sigismember(&mask, SIGPIPE) == 1;
}

TEST(NoSigpipe, KeepsTheSignalOfAClosedConnectionFromTheHost) {
  EXPECT_EQ(in_child([] {
              signal(SIGPIPE, SIG_DFL);
              {
                const NoSigpipe guard;
                if (write_to_nobody() != EPIPE) return 1;
              }
              return is_blocked() ? 2 : 0;
            }),
            0);
}

TEST(NoSigpipe, LeavesTheHostsOwnAlone) {
  EXPECT_EQ(in_child([] {
              sigset_t pipe;
              sigemptyset(&pipe);
              sigaddset(&pipe, SIGPIPE);
              pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
              raise(SIGPIPE);
              {
                const NoSigpipe guard;
                if (write_to_nobody() != EPIPE) return 1;
              }
              sigset_t pending;
              sigemptyset(&pending);
              sigpending(&pending);
              return sigismember(&pending, SIGPIPE) == 1 && is_blocked() ? 0 : 2;
            }),
            0);
}

}  // namespace
}  // namespace ringfence
