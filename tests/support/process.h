#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

extern "C" char** environ;

/// Other programs, for tests: started, read from, typed to, killed. No wait is unbounded.
namespace ringfence::testing_support {

/// How long a test waits for another program before it fails.
constexpr std::chrono::seconds process_timeout{120};

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }
  void reset() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// How a program ended.
struct Ended {
  int exit_code = -1;  ///< -1: a signal ended it.
  int signal = 0;
  std::string out = {};
  std::string err = {};
};

/// A running program. Killed when it goes out of scope.
class Process {
 public:
  struct Options {
    std::vector<std::string> environment = {};  ///< `NAME=value`, besides what the test has.
    std::string directory = {};                 ///< Where it runs; empty: where the test does.
    bool terminal = false;  ///< Its input, output and errors are a terminal; read from `out`.
  };

  explicit Process(const std::vector<std::string>& command) : Process(command, Options()) {}
  Process(const std::vector<std::string>& command, const Options& options) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    check(posix_spawn_file_actions_init(&actions));
    check(posix_spawnattr_init(&attributes));
    Descriptor child_in;
    Descriptor child_out;
    Descriptor child_err;
    if (options.terminal) {
      terminal_ = Descriptor(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
      if (terminal_.get() < 0 || grantpt(terminal_.get()) != 0 || unlockpt(terminal_.get()) != 0)
        check(errno);
      const std::string name = ptsname(terminal_.get());
      check(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID));
      check(posix_spawn_file_actions_addopen(&actions, 0, name.c_str(), O_RDWR, 0));
      check(posix_spawn_file_actions_adddup2(&actions, 0, 1));
      check(posix_spawn_file_actions_adddup2(&actions, 0, 2));
    } else {
      child_in = Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
      std::tie(out_, child_out) = pipe();
      std::tie(err_, child_err) = pipe();
      check(posix_spawn_file_actions_adddup2(&actions, child_in.get(), 0));
      check(posix_spawn_file_actions_adddup2(&actions, child_out.get(), 1));
      check(posix_spawn_file_actions_adddup2(&actions, child_err.get(), 2));
    }
    if (!options.directory.empty()) {
      check(posix_spawn_file_actions_addchdir_np(&actions, options.directory.c_str()));
    }
    std::vector<std::string> variables = options.environment;
    for (char** one = environ; *one != nullptr; ++one) variables.emplace_back(*one);
    check(posix_spawn(&pid_, command.at(0).c_str(), &actions, &attributes, pointers(command).data(),
                      pointers(variables).data()));
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ > 0) {
      kill();
      waitpid(pid_, nullptr, 0);
    }
  }

  /// SIGKILL: the program gets no chance to tidy up.
  void kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
  }
  /// Reads until the output has so many lines. Returns whether it has: the program may end before.
  bool read_lines(std::size_t count) {
    return read_until([&] {
      return std::count(ended_.out.begin(), ended_.out.end(), '\n') >=
             static_cast<std::ptrdiff_t>(count);
    });
  }
  /// Reads until this text comes, after what was read by earlier calls, and returns all up to its
  /// end; nothing if it does not come.
  std::optional<std::string> read_to(std::string_view text) {
    std::size_t at = std::string::npos;
    read_until([&] {
      at = ended_.out.find(text, seen_);
      return at != std::string::npos;
    });
    if (at == std::string::npos) return std::nullopt;
    std::string passage = ended_.out.substr(seen_, at + text.size() - seen_);
    seen_ = at + text.size();
    return passage;
  }
  /// Types at its terminal. Ctrl-D is `\x04`.
  void type(std::string_view text) {
    if (write(terminal_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      check(errno);
  }
  /// Waits for its end. Throws if that takes longer than `process_timeout`.
  Ended wait() {
    read_until([] { return false; });
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0) {
      if (errno != EINTR) check(errno);
    }
    pid_ = 0;
    if (WIFEXITED(status)) ended_.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ended_.signal = WTERMSIG(status);
    return ended_;
  }

 private:
  static void check(int error) {
    if (error != 0) throw std::system_error(error, std::generic_category(), "a process for a test");
  }
  static std::pair<Descriptor, Descriptor> pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) check(errno);
    return {Descriptor(ends[0]), Descriptor(ends[1])};
  }
  static std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
  }

  /// Reads what comes until `enough` says so or there is no more.
  template <class Enough>
  bool read_until(const Enough& enough) {
    const auto deadline = std::chrono::steady_clock::now() + process_timeout;
    while (!enough()) {
      const std::array<std::pair<Descriptor*, std::string*>, 3> sources = {
          {{&terminal_, &ended_.out}, {&out_, &ended_.out}, {&err_, &ended_.err}}};
      std::array<pollfd, 3> polled{};
      bool any = false;
      for (std::size_t i = 0; i < sources.size(); ++i) {
        polled[i] = {sources[i].first->get(), POLLIN, 0};
        any = any || polled[i].fd >= 0;
      }
      if (!any) return false;
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0)
        throw std::runtime_error("the program took too long; its output:\n" + ended_.out +
                                 ended_.err);
      if (poll(polled.data(), polled.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
        check(errno);
      for (std::size_t i = 0; i < sources.size(); ++i) {
        if (polled[i].revents != 0) take(*sources[i].first, *sources[i].second);
      }
    }
    return true;
  }
  static void take(Descriptor& from, std::string& to) {
    std::array<char, 4096> block{};
    const ssize_t size = read(from.get(), block.data(), block.size());
    if (size > 0) {
      to.append(block.data(), static_cast<std::size_t>(size));
    } else if (size == 0 || errno != EINTR) {
      from.reset();  // its end; a terminal whose program has ended says EIO
    }
  }

  pid_t pid_ = 0;
  Descriptor terminal_;
  Descriptor out_;
  Descriptor err_;
  std::size_t seen_ = 0;
  Ended ended_;
};

/// Runs a program to its end.
inline Ended run(const std::vector<std::string>& command, const Process::Options& options = {}) {
  return Process(command, options).wait();
}

}  // namespace ringfence::testing_support
