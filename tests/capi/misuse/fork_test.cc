// In a forked child every handle of the parent is refused; the child makes its own.
#include <sys/wait.h>
#include <unistd.h>

#include "functions.h"

namespace ringfence::misuse {
namespace {

/// What the child found wrong, one thing a line; empty: nothing.
std::string in_child(const std::function<std::string()>& work) {
  int pipes[2] = {};
  EXPECT_EQ(::pipe(pipes), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipes[0]);
    const std::string found = work();
    const auto written = ::write(pipes[1], found.data(), found.size());
    ::_exit(written == static_cast<ssize_t>(found.size()) ? 0 : 1);
  }
  ::close(pipes[1]);
  std::string out;
  char room[4096];
  for (ssize_t got = 0; (got = ::read(pipes[0], room, sizeof room)) > 0;)
    out.append(room, static_cast<std::size_t>(got));
  ::close(pipes[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "the child ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  return out;
}

class AfterFork : public ::testing::TestWithParam<Function> {};

TEST_P(AfterFork, AFunctionRefusesWhatAnotherProcessMade) {
  Scene scene;
  const auto prepared = GetParam().prepare(scene);
  if (!prepared->has_handles()) return;  // it takes none
  EXPECT_EQ(in_child([&]() -> std::string {
              const int32_t status = prepared->call();
              return status == RINGFENCE_WRONG_PROCESS ? "" : named(status);
            }),
            "");
  // The parent has lost nothing.
  EXPECT_EQ(named(prepared->call()), "ok");
}

INSTANTIATE_TEST_SUITE_P(OfEveryFunction, AfterFork, ::testing::ValuesIn(functions()),
                         [](const auto& one) { return std::string(one.param.name + 10); });

TEST(ForkedChild, FreesNothingOfTheParentAndMakesItsOwn) {
  Scene scene;
  Host& host = scene.host;
  host.add("ann");
  ringfence_policy policy = {};
  ringfence_text json = {};
  host.ok(ringfence_policy_new(text(""), &policy, &host.error));
  host.ok(ringfence_policy_json(policy, &json, &host.error));
  EXPECT_EQ(in_child([&]() -> std::string {
              std::string wrong;
              for (const Freeing& one : freeing_functions()) {
                for (const auto& [type, id] : scene.zoo.alive) one.free(id);
              }
              for (const auto& count : host.destroyed) {
                if (count != 0) wrong += "a context of the parent was given back\n";
              }
              if (ringfence_text_get(json).size != 0) wrong += "a text of the parent is there\n";
              Host own;
              own.add("bob");
              if (!own.change("bob", new_phone)) wrong += "the child cannot work\n";
              // Its handles are not those of the parent, even if they are as many.
              Host second(true);
              second.add("cid");
              if (second.settings("cid") != RINGFENCE_OK) wrong += "nor again\n";
              return wrong;
            }),
            "");
  EXPECT_GT(ringfence_text_get(json).size, 0U);
  ringfence_text_free(json);
  ringfence_policy_free(policy);
  EXPECT_TRUE(host.change("ann", new_phone));
}

TEST(ForkedChild, OfAChildIsAnotherProcessAgain) {
  Host host;
  host.add("ann");
  EXPECT_EQ(in_child([&]() -> std::string {
              Host own;
              own.add("bob");
              return in_child([&]() -> std::string {
                std::string wrong;
                if (own.settings("bob") != RINGFENCE_WRONG_PROCESS)
                  wrong += "the child's is taken\n";
                if (host.settings() != RINGFENCE_WRONG_PROCESS) wrong += "the parent's is taken\n";
                own.free_all();
                Host third;
                third.add("cid");
                if (third.settings("cid") != RINGFENCE_OK) wrong += "it cannot work\n";
                return wrong;
              });
            }),
            "");
}

/// The same, in the last of so many processes, each the child of the one before.
std::string in_the_last_of(int forks, const std::function<std::string()>& work_of_each) {
  return in_child([&]() -> std::string {
    std::string wrong = work_of_each();
    for (int i = 1; i < forks; ++i) {
      if (::fork() != 0) ::_exit(0);
      wrong += work_of_each();
    }
    return wrong + "the last one is through";
  });
}

// A handle has room for some hundred processes and no more.
TEST(ForkedChild, OfManyForksInARowTakesNoHandleOfAnAncestor) {
  Host host;
  host.add("ann");
  EXPECT_EQ(in_the_last_of(600,
                           [&]() -> std::string {
                             const int32_t status = host.settings();
                             ringfence_policy own = {};
                             // It gets a handle of its own, or is told that there is none left.
                             const int32_t given = ringfence_policy_new(text(""), &own, nullptr);
                             return (status == RINGFENCE_WRONG_PROCESS ? "" : named(status)) +
                                    (given == (own.id == 0 ? RINGFENCE_INTERNAL : RINGFENCE_OK)
                                         ? ""
                                         : named(given));
                           }),
            "the last one is through");
}

TEST(ForkedChild, OfManyForksThatMadeNothingWorks) {
  Host host;
  host.add("ann");
  int forks = 600;
  EXPECT_EQ(in_the_last_of(forks,
                           [&]() -> std::string {
                             if (--forks > 0) return "";
                             Host own;
                             own.add("bob");
                             return own.change("bob", new_phone) ? "" : "it cannot work\n";
                           }),
            "the last one is through");
}

TEST(ForkedChild, OfACallbackMayNotWriteItsAnswer) {
  Host host(true);
  host.add("ann");
  host.on_store = [&](std::string_view, ringfence_out out) -> int32_t {
    EXPECT_EQ(in_child([&]() -> std::string {
                const int32_t status = ringfence_out_write(out, text("x"));
                return status == RINGFENCE_WRONG_PROCESS ? "" : named(status);
              }),
              "");
    return -1;
  };
  EXPECT_EQ(named(host.settings()), "ok");
  host.on_store = {};
}

}  // namespace
}  // namespace ringfence::misuse
