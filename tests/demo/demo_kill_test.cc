#include "demo/killed_demo.h"

namespace ringfence::testing_support {
namespace {

// The lines of the output are dealt to as many tests as run well side by side.
constexpr std::size_t shards = 16;

class DemoKilled : public testing::TestWithParam<std::size_t> {};

// Proves A32, I1.
TEST_P(DemoKilled, AfterAnyLineItGoesOnWhereItWas) {
  ASSERT_GT(reference().lines, 100U);
  for (std::size_t line = GetParam(); line <= reference().lines; line += shards) {
    SCOPED_TRACE("killed after line " + std::to_string(line));
    const Demo demo;
    Process process(demo.command());
    process.read_lines(line);
    process.kill();
    process.wait();
    if (line > 0) expect_consistent(demo);  // before the first line there may be no database yet
    expect_completes(demo);
    if (HasFailure()) return;
  }
}
INSTANTIATE_TEST_SUITE_P(Shard, DemoKilled, testing::Range(std::size_t{0}, shards));

TEST(DemoKilledOften, ComesToTheSameEndInSmallSteps) {
  const Demo demo;
  int kills = 0;
  // Each run gets a little further than the one before.
  for (std::size_t line = 1; line < reference().lines; line += 23, ++kills) {
    SCOPED_TRACE("killed after line " + std::to_string(line));
    Process process(demo.command());
    process.read_lines(line);
    process.kill();
    process.wait();
    expect_consistent(demo);
    if (HasFailure()) return;
  }
  EXPECT_GT(kills, 5);
  expect_completes(demo);
}

}  // namespace
}  // namespace ringfence::testing_support
