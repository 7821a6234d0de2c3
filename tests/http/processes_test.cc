// What becomes of a sender and its connections in processes that begin while it is there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "http/outgoing.h"
#include "http/raw_server.h"
#include "postgres/server_process.h"
#include "ringfence/sender/http.h"

namespace ringfence {
namespace {

using namespace testing_support;

std::unique_ptr<Sender> sender_to(const RawServer& server) {
  return make_http_sender(
             R"({"carries": ["sms"], "variables": {"gateway": null}, "url": "{gateway}/",
                              "json": {"id": "{id}"}, "reply": {"accepted": {"status": 200}}})",
             {.variables = {{"gateway", server.url()}}, .connections = 1})
      .value();
}

/// Whether a thread of this process waits for something.
bool waits(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t state = text.rfind(") ");
  return state != std::string::npos && text[state + 2] == 'S';
}

TEST(Processes, AForkedChildMayDestroyASenderForWhoseConnectionAThreadWaits) {
  std::atomic<bool> asked = false;
  auto server = std::make_unique<RawServer>([&](const std::string&) {
    asked = true;
    return RawServer::Reply{.keep = false, .stall = true};
  });
  auto sender = sender_to(*server);
  std::thread sending([&] { Outgoing().through(*sender); });
  EXPECT_TRUE(poll_until([&] { return asked.load(); }));
  std::atomic<pid_t> second = 0;
  std::thread waiting([&] {
    second = gettid();
    Outgoing().through(*sender);
  });
  EXPECT_TRUE(poll_until([&] { return second != 0 && waits(second); }));

  const pid_t child = fork();
  if (child == 0) {
    alarm(20);  // ends it if it hangs
    sender.reset();
    _exit(0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "it was ended by signal " << WTERMSIG(status);

  server.reset();  // then nobody waits any more
  sending.join();
  waiting.join();
}

TEST(Processes, AProgramThatTheHostStartsInheritsNoConnection) {
  const RawServer server([](const std::string&) { return RawServer::Reply{RawServer::ok()}; });
  const auto sender = sender_to(server);
  EXPECT_EQ(Outgoing().through(*sender).outcome, SendResult::Outcome::accepted);
  const int port = std::stoi(server.url().substr(server.url().rfind(':') + 1));
  int connections = 0;
  for (int fd = 3; fd < 256; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0 ||
        peer.sin_family != AF_INET || ntohs(peer.sin_port) != port) {
      continue;
    }
    ++connections;
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(connections, 1);
}

}  // namespace
}  // namespace ringfence
