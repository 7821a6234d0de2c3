// The simulation behind docs/scaling.md: which commits touch more than one shard of a database that
// is spread over many machines by the keys of accounts, addresses and sources.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "scaling/placed_store.h"
#include "support/world.h"

namespace ringfence::scaling {
namespace {

using testing_support::World;
using testing_support::wrong;

const std::vector<int> shards = {2, 16, 256};

struct Row {
  std::string name;
  int times = 0;
  Traffic traffic;
};

// A fleet's day, call by call: each account changes its phone to a number that nobody has.
std::vector<Row> simulate(int accounts) {
  auto placed = std::make_unique<PlacedStore>(shards);
  PlacedStore& store = *placed;
  World world({}, std::move(placed));
  const auto number = [](int index) { return "+8613" + std::to_string(900'000'000 + index); };
  const auto call = [](int index) {
    return Call{
        .session = "s",
        .source = "192.0." + std::to_string(index / 250) + "." + std::to_string(index % 250)};
  };
  std::vector<Row> rows;
  const auto each = [&](const std::string& name, const auto& step) {
    store.restart();
    for (int i = 0; i < accounts; ++i) step(i);
    rows.push_back({name, accounts, store.restart()});
  };
  const auto id = [](int index) { return "account-" + std::to_string(index); };
  std::vector<FlowView> flows(static_cast<std::size_t>(accounts));
  const auto flow = [&](int index) -> FlowView& { return flows[static_cast<std::size_t>(index)]; };
  std::vector<std::string> codes(static_cast<std::size_t>(accounts));
  const auto read_codes = [&](int first) {
    world.pump();
    store.restart();
    for (int i = 0; i < accounts; ++i) {
      codes[static_cast<std::size_t>(i)] = world.sender.last_code(number(first + i)).value();
    }
  };
  const auto code = [&](int index) { return codes[static_cast<std::size_t>(index)]; };

  each("`register_account`", [&](int i) {
    world.add(id(i), number(i), "person" + std::to_string(i) + "@example.com").value();
  });
  each("`settings`", [&](int i) { world.service->settings(world.key(id(i)), call(i)).value(); });
  each("`resolve_login_phone`", [&](int i) {
    EXPECT_TRUE(world.service->resolve_login_phone("", {number(i)}, call(i)).value());
  });
  each("`begin_change_phone`", [&](int i) {
    flow(i) = world.service->begin_change_phone(world.key(id(i)), Method::phone, call(i)).value();
  });
  read_codes(0);
  each("`prove_identity`, wrong code", [&](int i) {
    flow(i) = world.service->prove_identity(flow(i), wrong(code(i)), call(i)).value();
  });
  each("`prove_identity`, right code",
       [&](int i) { flow(i) = world.service->prove_identity(flow(i), code(i), call(i)).value(); });
  each("`set_target`", [&](int i) {
    flow(i) = world.service->set_target(flow(i), {number(accounts + i)}, call(i)).value();
  });
  read_codes(accounts);
  each("`prove_target`", [&](int i) {
    flow(i) = world.service->prove_target(flow(i), code(i), call(i)).value();
    EXPECT_TRUE(flow(i).changed().usable_for_login);
  });
  return rows;
}

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string table(const std::vector<Row>& rows) {
  std::ostringstream out;
  out << "| call | loads | commits | rows written | bytes of JSON |";
  for (const int count : shards) out << " crossing, " << count << " shards |";
  out << "\n|---|---|---|---|---|";
  for (std::size_t i = 0; i < shards.size(); ++i) out << "---|";
  out << "\n";
  for (const Row& row : rows) {
    const Traffic& traffic = row.traffic;
    const auto each = [&](auto value) { return static_cast<double>(value) / row.times; };
    out << "| " << row.name << " | " << fixed(each(traffic.loads)) << " | "
        << fixed(each(traffic.commits)) << " | " << fixed(each(traffic.rows)) << " | "
        << std::lround(each(traffic.bytes)) << " |";
    for (const int count : shards) {
      const auto found = traffic.crossing.find(count);
      const int crossing = found == traffic.crossing.end() ? 0 : found->second;
      if (traffic.commits == 0) {
        out << " – |";
      } else {
        out << " " << std::lround(100.0 * crossing / traffic.commits) << " % |";
      }
    }
    out << "\n";
  }
  return out.str();
}

int accounts_asked_for() {
  const char* const text = std::getenv("RINGFENCE_SCALING_ACCOUNTS");
  return text == nullptr ? 1000 : std::atoi(text);
}

TEST(CrossShard, ACommitTouchesOneAccountTwoAddressesAndOneSourceAtMost) {
  for (const Row& row : simulate(50)) {
    SCOPED_TRACE(row.name);
    EXPECT_LE(row.traffic.most_homes, 4);
    EXPECT_LE(row.traffic.commits, row.times) << "a call is one commit";
    EXPECT_LE(row.traffic.loads, 2 * row.times);
  }
}

TEST(CrossShard, TryingACodeAndLookingStayOnOneShard) {
  int seen = 0;
  for (const Row& row : simulate(50)) {
    if (row.name.find("prove_identity") == std::string::npos) continue;
    ++seen;
    EXPECT_EQ(row.traffic.most_homes, 1) << row.name;
  }
  EXPECT_EQ(seen, 2);
}

// The table of the document is this run's. Another number of accounts: RINGFENCE_SCALING_ACCOUNTS.
TEST(ScalingTable, OfTheDocumentationIsThatOfTheSimulation) {
  const std::string wanted = table(simulate(accounts_asked_for()));
  std::printf("%s", wanted.c_str());
  const std::string path = std::string(RINGFENCE_SOURCE_DIR) + "/docs/scaling.md";
  const std::string begin = "<!-- the simulation prints: -->\n";
  const std::string end = "<!-- so far -->\n";
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to) << path;
  const std::string there = text.substr(from + begin.size(), to - from - begin.size());
  if (std::getenv("RINGFENCE_WRITE_DOCS") != nullptr) {
    text.replace(from + begin.size(), there.size(), wanted);
    std::ofstream(path) << text;
  } else if (std::getenv("RINGFENCE_SCALING_ACCOUNTS") == nullptr) {
    EXPECT_EQ(there, wanted) << "docs/scaling.md is out of date: run ./dev docs";
  }
}

}  // namespace
}  // namespace ringfence::scaling
