#include "postgres/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "postgres/server_folder.h"

namespace ringfence::testing_support {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Starts all programs from one thread that lives as long as the test process: the kernel signals a
/// program the end of the thread that started it, not of that thread's process.
class Launcher {
 public:
  static Launcher& instance() {
    static Launcher* const one = new Launcher;  // outlives the servers that end with the process
    return *one;
  }
  pid_t start(std::function<pid_t()> fork_and_exec) {
    std::packaged_task<pid_t()> task(std::move(fork_and_exec));
    std::future<pid_t> pid = task.get_future();
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return pid.get();
  }

 private:
  Launcher() {
    std::thread([this] { work(); }).detach();
  }
  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !tasks_.empty(); });
      std::packaged_task<pid_t()> task = std::move(tasks_.back());
      tasks_.pop_back();
      lock.unlock();
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::packaged_task<pid_t()>> tasks_;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

struct Start {
  char* const* command;
  char* const* environment;
  const char* directory;
  int input;
  int output;
  int death_signal;
  pid_t parent;
};

/// In the forked process, which has the memory of a process of many threads, but only one: nothing
/// here allocates or locks.
[[noreturn]] void become(const Start& start, const ServerUser& user) {
  constexpr int cannot = 126;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (user.change && (setgroups(user.groups.size(), user.groups.data()) != 0 ||
                      setgid(user.group) != 0 || setuid(user.user) != 0)) {
    _exit(cannot);
  }
  // After the change of the user, which would take it back.
  if (prctl(PR_SET_PDEATHSIG, start.death_signal) != 0 || getppid() != start.parent) _exit(cannot);
  if (dup2(start.input, 0) < 0 || dup2(start.output, 1) < 0 || dup2(start.output, 2) < 0 ||
      chdir(start.directory) != 0) {
    _exit(cannot);
  }
  close_range(3, ~0U, 0);
  execve(start.command[0], start.command, start.environment);
  _exit(cannot);
}

}  // namespace

ServerProcess::ServerProcess(const std::vector<std::string>& command, const std::string& log,
                             const std::string& directory, int signal_when_the_test_dies,
                             const std::string& input_file)
    : owner_(getpid()) {
  const Descriptor input(open(input_file.c_str(), O_RDONLY | O_CLOEXEC));
  const Descriptor output(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (input.get() < 0 || output.get() < 0) fail(log + " or " + input_file);
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables = {"LC_ALL=C.UTF-8", "TZ=UTC", "HOME=" + directory,
                                        "PATH=/usr/bin:/bin:/usr/sbin:/sbin"};
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> variable_pointers = pointers(variables);
  const ServerUser& user = server_user();
  const Start start = {argument_pointers.data(),
                       variable_pointers.data(),
                       directory.c_str(),
                       input.get(),
                       output.get(),
                       signal_when_the_test_dies,
                       getpid()};
  pid_ = Launcher::instance().start([&] {
    const pid_t pid = fork();
    if (pid == 0) become(start, user);
    return pid;
  });
  if (pid_ < 0) fail(command[0]);
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), result_(other.result_), owner_(other.owner_) {}

ServerProcess& ServerProcess::operator=(ServerProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(result_, other.result_);
  std::swap(owner_, other.owner_);
  return *this;
}

ServerProcess::~ServerProcess() {
  signal(SIGKILL);
  ended(process_timeout);
}

void ServerProcess::signal(int number) const {
  if (pid_ > 0 && getpid() == owner_) kill(pid_, number);
}

bool ServerProcess::ended(std::chrono::milliseconds within) {
  return poll_until(
      [&] {
        if (pid_ == 0 || getpid() != owner_) return true;
        int status = 0;
        if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
        result_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        pid_ = 0;
        return true;
      },
      within);
}

void run_as_server_user(const std::vector<std::string>& command, const std::string& directory,
                        const std::string& input_file) {
  const std::string log =
      directory + "/" + std::filesystem::path(command[0]).filename().string() + ".log";
  write_file(log, "");
  ServerProcess process(command, log, directory, SIGTERM, input_file);
  const bool ended = process.ended(process_timeout);
  if (!ended || process.result() != 0) {
    throw std::runtime_error(command[0] + (ended ? " failed:\n" : " took too long:\n") +
                             read_file(log));
  }
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    // The parent's number is the second field after the name, which is in parentheses.
    const std::string status = read_file("/proc/" + name + "/stat");
    const std::size_t end = status.rfind(')');
    if (end == std::string::npos || end + 4 > status.size()) continue;
    if (std::atoi(status.c_str() + end + 4) == parent) children.push_back(std::stoi(name));
  }
  return children;
}

LoopbackPort::LoopbackPort() : reserved_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  // Bound, but never listening: nobody else is given this port, and the server, which asks for it
  // with SO_REUSEADDR as this socket does from now on, may have it.
  const int yes = 1;
  if (bind(reserved_.get(), any, size) != 0 || getsockname(reserved_.get(), any, &size) != 0 ||
      setsockopt(reserved_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) {
    fail("a port of the loopback address");
  }
  number_ = ntohs(address.sin_port);
}

}  // namespace ringfence::testing_support
