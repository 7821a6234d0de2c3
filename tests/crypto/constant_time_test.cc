// Whether a code is compared in the same way however much of it is right (R24). A process of its
// own runs instruction by instruction: what it executes is the same for every secret.
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/crypto.h"
#include "support/world.h"

namespace ringfence {
namespace {

/// The instructions of a run: how many, and a digest of where each of them lies.
struct Trace {
  long instructions = 0;
  std::uint64_t places = 14695981039346656037U;

  friend bool operator==(const Trace&, const Trace&) = default;
  friend void PrintTo(const Trace& trace, std::ostream* out) {
    *out << trace.instructions << " instructions, " << trace.places;
  }
};

std::uint64_t program_counter(pid_t process) {
#if defined(__x86_64__)
  user_regs_struct registers{};
  iovec into{&registers, sizeof registers};
  if (ptrace(static_cast<__ptrace_request>(PTRACE_GETREGSET), process, 1, &into) == 0)
    return registers.rip;
#elif defined(__aarch64__)
  user_regs_struct registers{};
  iovec into{&registers, sizeof registers};
  if (ptrace(static_cast<__ptrace_request>(PTRACE_GETREGSET), process, 1, &into) == 0)
    return registers.pc;
#else
  static_cast<void>(process);
#endif
  return 0;
}

/// What `body` executes; nothing where processes may not be traced.
template <class Body>
std::optional<Trace> trace_of(const Body& body) {
  body();  // whatever is set up by a first call is set up now
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    raise(SIGSTOP);
    body();
    raise(SIGSTOP);
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return std::nullopt;
  Trace trace;
  while (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) == 0 &&
         waitpid(child, &status, 0) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP) {
    ++trace.instructions;
    trace.places = (trace.places ^ program_counter(child)) * 1099511628211U;
  }
  const bool whole = WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP;
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return whole ? std::optional(trace) : std::nullopt;
}

constexpr std::string_view right = "493027";
// As long as the right one; equal to it in nothing, at the start, at the end, in all.
constexpr std::string_view presented[] = {"816452", "416452", "493022", "816427", "493027"};

class ConstantTime : public ::testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers add instructions of their own";
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    GTEST_SKIP() << "sanitizers add instructions of their own";
#endif
#endif
    if (!trace_of([] {})) GTEST_SKIP() << "processes may not be traced here";
  }
};

// The control: it sees the difference that it is to exclude.
TEST_F(ConstantTime, AComparisonThatStopsAtTheFirstDifferenceIsNoticed) {
  const auto compare = [](std::string_view code) {
    return trace_of([code] {
      volatile bool same = right.size() == code.size();
      for (std::size_t i = 0; same && i < code.size(); ++i) same = right[i] == code[i];
    });
  };
  const auto first = compare(presented[0]);
  EXPECT_EQ(compare(presented[0]), first) << "a run repeats itself";
  for (const std::string_view code : {presented[1], presented[2], presented[3], presented[4]})
    EXPECT_TRUE(compare(code) != first || code == presented[3]) << code;
}

TEST_F(ConstantTime, TextsAreComparedAlikeWhereverTheyDiffer_R24) {
  const auto compare = [](std::string_view code) {
    return trace_of([code] {
      volatile bool same = crypto::equal(right, code);
      static_cast<void>(same);
    });
  };
  const auto first = compare(presented[0]);
  ASSERT_TRUE(first);
  EXPECT_GT(first->instructions, 20);
  for (const std::string_view code : presented) EXPECT_EQ(compare(code), first) << code;
}

TEST_F(ConstantTime, ACodeIsDerivedAlikeFromEveryKey_R24) {
  const std::vector<std::string_view> fields = {"ringfence.code.1", "ann", "+8613912343672"};
  const auto derive = [&](std::uint8_t fill) {
    crypto::Key key;
    key.reveal().fill(fill);
    return trace_of([&] {
      volatile std::uint64_t mac = crypto::mac64(key, fields);
      static_cast<void>(mac);
    });
  };
  const auto first = derive(1);
  for (const int fill : {0x00, 0xff})
    EXPECT_EQ(derive(static_cast<std::uint8_t>(fill)), first) << fill;
}

// All of a step, from the typed text to the reply: it tells how a code is wrong in no way.
TEST_F(ConstantTime, AWrongCodeIsRefusedAlikeHoweverMuchOfItIsRight_R24) {
  testing_support::World world;
  world.add("ann").value();
  const FlowView flow = world.begun("ann");
  const std::string code = world.code_at(testing_support::World::phone);
  world.service->prove_identity(flow, testing_support::wrong(code), world.call).value();
  const auto refused = [&](std::size_t right_digits) {
    std::string guess = code;
    for (std::size_t i = right_digits; i < guess.size(); ++i)
      guess[i] = guess[i] == '9' ? '0' : static_cast<char>(guess[i] + 1);
    const pid_t self = getpid();
    return trace_of([&] {
      // The first call, in this process, would be charged and so begin elsewhere.
      if (getpid() == self) return;
      const auto reply = world.service->prove_identity(flow, guess, world.call);
      if (!reply || reply.value().accepted()) _exit(2);
    });
  };
  const auto first = refused(0);
  ASSERT_TRUE(first);
  EXPECT_GT(first->instructions, 1000);
  for (const std::size_t digits : {1U, 5U}) EXPECT_EQ(refused(digits), first) << digits;
}

}  // namespace
}  // namespace ringfence
