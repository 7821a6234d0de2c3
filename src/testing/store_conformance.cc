#include "ringfence/testing/store_conformance.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "testing/contract.h"

namespace ringfence::testing {
namespace {

class LineTest : public ::testing::Test {
 public:
  LineTest(const ContractLine& line, MakeStore make) : line_(line), make_(std::move(make)) {}
  void TestBody() override {
    const std::unique_ptr<StoreUnderTest> tested = make_();
    ASSERT_NE(tested, nullptr) << "no store was made";
    line_.check(*tested);
  }

 private:
  const ContractLine& line_;
  const MakeStore make_;
};

}  // namespace

std::span<const ContractLine> store_contract() {
  static const std::vector<ContractLine> all = [] {
    std::vector<ContractLine> lines;
    for (const auto part :
         {record_lines(), outbox_lines(), given_up_lines(), race_lines(), unknown_lines()})
      lines.insert(lines.end(), part.begin(), part.end());
    return lines;
  }();
  return all;
}

bool register_store_conformance(const std::string& suite, const MakeStore& make) {
  for (const ContractLine& line : store_contract()) {
    ::testing::RegisterTest(suite.c_str(), std::string(line.name).c_str(), nullptr, nullptr,
                            __FILE__, __LINE__,
                            [&line, make]() -> LineTest* { return new LineTest(line, make); });
  }
  return true;
}

}  // namespace ringfence::testing
