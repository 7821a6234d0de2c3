#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.h"

namespace ringfence::testing_support {

/// A program that runs as the server's user, with its output in a file, and which does not survive
/// the test: when the test process ends, in whatever way, it gets a signal. Killed when it goes out
/// of scope.
class ServerProcess {
 public:
  /// None.
  ServerProcess() = default;
  /// The command begins with the program's path. It gets an environment without the test's `PG…`
  /// variables. Its output goes to the end of `log`; it runs in `directory`.
  ServerProcess(const std::vector<std::string>& command, const std::string& log,
                const std::string& directory, int signal_when_the_test_dies,
                const std::string& input_file = "/dev/null");
  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess& operator=(ServerProcess&& other) noexcept;
  ~ServerProcess();

  /// 0: there is none, or it is known to have ended.
  pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Waits for its end, at most so long; returns whether it has ended.
  bool ended(std::chrono::milliseconds within);
  /// How it ended: an exit code, or the negative number of a signal.
  int result() const { return result_; }

 private:
  pid_t pid_ = 0;
  int result_ = 0;
  pid_t owner_ = 0;  ///< A process forked from the test must not end it.
};

/// Runs a program to its end as the server's user; throws with its output if it fails.
void run_as_server_user(const std::vector<std::string>& command, const std::string& directory,
                        const std::string& input_file = "/dev/null");

/// The processes whose parent this one is.
std::vector<pid_t> children_of(pid_t parent);

/// Calls `done` until it returns true; false if that takes longer than `within`.
template <class Done>
bool poll_until(const Done& done, std::chrono::milliseconds within = process_timeout) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    usleep(5000);
  }
  return true;
}

/// A free port of the loopback address, kept from all but the server that is told its number: it
/// stays the server's while the server is down.
class LoopbackPort {
 public:
  LoopbackPort();
  int number() const { return number_; }

 private:
  Descriptor reserved_;
  int number_ = 0;
};

}  // namespace ringfence::testing_support
