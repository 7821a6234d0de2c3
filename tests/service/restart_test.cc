// The process ends between any two steps, without any clean-up, on SQLite (A05, A32, I1); and no
// secret is at rest (R27).
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "ringfence/store/sqlite.h"
#include "support/temp_dir.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;
using testing_support::wrong;

/// Runs `body` in a process of its own that ends at once afterwards, as if killed: nothing is
/// closed or flushed. Returns the text `body` returned.
template <class Body>
std::string in_a_process_that_dies(const Body& body) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = body();
    const bool written =
        write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return text;
}

class Restart : public ::testing::Test {
 protected:
  Restart() { EXPECT_TRUE(KeyRing::create_file(folder.file("keys"))); }

  /// The host, begun anew: everything comes from the disk. Each life draws its own random values.
  std::unique_ptr<World> host(const Policy& policy = {}) {
    auto world = std::make_unique<World>(
        policy, open_sqlite_store(folder.file("accounts.db")).value(),
        KeyRing::from_file(folder.file("keys")).value(), static_cast<std::uint64_t>(getpid()));
    world->clock.set(now);
    return world;
  }

  testing_support::TempDir folder;
  TimeMs now = 1'800'000'000'000;
};

// Proves A32, I1.
TEST_F(Restart, BetweenAnyTwoStepsTheFlowGoesOn) {
  in_a_process_that_dies([&] { return outcome(host()->add("ann")); });
  const auto flow_text = in_a_process_that_dies([&] { return host()->begun("ann").handle.text(); });
  const FlowHandle flow = FlowHandle::parse(flow_text).value();
  const std::string identity =
      in_a_process_that_dies([&] { return host()->code_at(World::phone); });
  const auto verdict = [](const result<FlowView>& view) {
    return view ? std::string(view.value().accepted() ? "accepted " : "rejected ") +
                      std::string(name(view.value().step))
                : outcome(view);
  };
  EXPECT_EQ(in_a_process_that_dies([&] {
              const auto world = host();
              return verdict(world->service->prove_identity(flow, identity, world->call));
            }),
            "accepted set_target");
  EXPECT_EQ(in_a_process_that_dies([&] {
              const auto world = host();
              return outcome(world->service->set_target(flow, {World::new_phone}, world->call));
            }),
            "ok");
  const std::string target =
      in_a_process_that_dies([&] { return host()->code_at(World::new_phone); });
  EXPECT_EQ(in_a_process_that_dies([&] {
              const auto world = host();
              return verdict(world->service->prove_target(flow, target, world->call));
            }),
            "accepted done");
  const auto world = host();
  EXPECT_EQ(world->account("ann").channels[0].address->text(), World::new_phone);
  EXPECT_EQ(world->service->resolve_login_phone("", {World::new_phone}).value(), "ann");
  EXPECT_EQ(world->service->resolve_login_phone("", {World::phone}).value(), std::nullopt);
  EXPECT_EQ(world->sent("phone_changed", MessageKind::notice).size(), 3U)
      << "the notices survived too";
  EXPECT_TRUE(world->service->prove_target(flow, target, world->call).value().repeated)
      << "and it is not done twice";
}

// Proves R06, I5.
TEST_F(Restart, CountersAreNotReset_KilledBetweenGuesses_A05) {
  in_a_process_that_dies([&] { return outcome(host()->add("ann")); });
  const auto flow = FlowHandle::parse(in_a_process_that_dies([&] {
                      return host()->begun("ann").handle.text();
                    })).value();
  const std::string code = in_a_process_that_dies([&] { return host()->code_at(World::phone); });
  for (int left = 4; left >= 0; --left) {
    EXPECT_EQ(
        in_a_process_that_dies([&] {
          const auto world = host();
          return std::to_string(
              world->service->prove_identity(flow, wrong(code), world->call).value().tries_left);
        }),
        std::to_string(left));
  }
  now += minute_ms;
  const auto world = host();
  EXPECT_EQ(world->service->prove_identity(flow, code, world->call).value().verdict,
            Verdict::no_live_code);
  EXPECT_EQ(world->service->settings(World::key("ann")).value().phone().tries_left, 95);
}

TEST_F(Restart, AProofThatWasNotCommittedBeforeTheCrashIsReplayedOnlyWithinItsLife_A32) {
  in_a_process_that_dies([&] { return outcome(host()->add("ann")); });
  const auto flow = FlowHandle::parse(in_a_process_that_dies([&] {
                      return host()->begun("ann").handle.text();
                    })).value();
  const std::string code = in_a_process_that_dies([&] { return host()->code_at(World::phone); });
  in_a_process_that_dies([&] {  // dies at the very moment of the commit
    const auto world = host();
    world->store.on_commit([](const ChangeSet&, Store&) -> CommitOutcome { _exit(0); });
    return outcome(world->service->prove_identity(flow, code, world->call));
  });
  now += 5 * minute_ms;
  const auto late = host();
  EXPECT_EQ(late->service->prove_identity(flow, code, late->call).value().verdict,
            Verdict::no_live_code);
}

TEST_F(Restart, NoCodeAndNoKeyIsEverAtRest_R27) {
  Policy policy;
  policy.code_digits = 10;  // six digits occur by chance
  policy.sends_by_source = {{100, second_ms}};
  // Ten-digit numbers that are not addresses: addresses are stored, codes must not be.
  const std::string codes_text = in_a_process_that_dies([&] {
    const auto world = host(policy);
    std::string codes;
    for (int i = 0; i < 40; ++i) {
      const std::string id = "user-" + std::to_string(i);
      world->add(id, "+4477009001" + std::to_string(10 + i), "").value();
      const FlowView flow = world->begun(id);
      const std::string identity = world->code_at("+4477009001" + std::to_string(10 + i));
      world->service->prove_identity(flow, wrong(identity), world->call).value();
      world->service->prove_identity(flow, identity, world->call).value();
      world->service->set_target(flow, {"+4477009002" + std::to_string(10 + i)}, world->call)
          .value();
      const std::string target = world->code_at("+4477009002" + std::to_string(10 + i));
      if (i % 2 == 0) world->service->prove_target(flow, target, world->call).value();
      codes += identity + "\n" + target + "\n";
    }
    return codes;
  });
  std::vector<std::string> needles;
  std::istringstream lines(codes_text);
  for (std::string line; std::getline(lines, line);) needles.push_back(line);
  ASSERT_EQ(needles.size(), 80U);
  ASSERT_EQ(std::set<std::string>(needles.begin(), needles.end()).size(), 80U);

  std::ifstream key_file(folder.file("keys"));
  std::string key_hex;
  for (std::string line; std::getline(key_file, line);) {
    if (!line.empty() && line[0] != '#') key_hex = line.substr(line.find(' ') + 1);
  }
  ASSERT_EQ(key_hex.size(), 64U);
  needles.push_back(key_hex);
  std::string key_raw;
  for (std::size_t i = 0; i < 64; i += 2)
    key_raw += static_cast<char>(std::stoi(key_hex.substr(i, 2), nullptr, 16));
  needles.push_back(key_raw);

  const auto search = [&](const char* when) {
    int files = 0;
    bool control = false;
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
      if (file.path().filename() == "keys") continue;
      ++files;
      std::ifstream in(file.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(in)),
                              std::istreambuf_iterator<char>());
      control |= bytes.find("+447700900110") != std::string::npos;
      for (const std::string& needle : needles) {
        EXPECT_EQ(bytes.find(needle), std::string::npos) << when << ": a secret in " << file.path();
      }
    }
    EXPECT_TRUE(control) << "the search finds what is there";
    return files;
  };
  EXPECT_GE(search("with its WAL, after a crash"), 2);
  host(policy).reset();
  search("closed");
}

}  // namespace
}  // namespace ringfence
