#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

/// Shows the rows of a run, and after them how many times one row takes as long as another: that
/// drifts less with the machine than the times do.
class RatioReporter final : public benchmark::ConsoleReporter {
 public:
  struct Ratio {
    std::string row;
    std::string beside;
  };
  explicit RatioReporter(std::vector<Ratio> ratios) : ratios_(std::move(ratios)) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.aggregate_name != "median") continue;
      const bool elapsed =
          run.run_name.time_type == "real_time" || run.run_name.time_type == "manual_time";
      seconds_[run.run_name.function_name] =
          elapsed ? run.real_accumulated_time : run.cpu_accumulated_time;
    }
  }
  void Finalize() override {
    for (const auto& [row, beside] : ratios_) {
      if (seconds_.count(row) == 0 || seconds_.count(beside) == 0) continue;
      GetOutputStream() << row << " = " << seconds_[row] / seconds_[beside] << " " << beside
                        << '\n';
    }
    GetOutputStream().flush();
  }

 private:
  std::vector<Ratio> ratios_;
  std::map<std::string, double> seconds_;
};
