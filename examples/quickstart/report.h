#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "changes.h"
#include "ringfence/error.h"
#include "ringfence/model/settings.h"

namespace demo {

/// How a change row ended.
struct Ended {
  std::string outcome = {};  ///< `done`, `already_done`, or the name of the refusal's code.
  std::optional<ringfence::Failure> refusal = {};
  std::optional<ringfence::SecuritySettings> settings =
      {};                  ///< As they are now; none if there is no such account.
  std::string phone = {};  ///< The present security phone in E.164; empty if there is none.
};

/// Who is told how the change rows go.
class Report {
 public:
  virtual ~Report() = default;
  virtual void row_begins(const ChangeRow& row) = 0;
  virtual void settings(const ringfence::SecuritySettings& settings) = 0;  ///< Step 1.
  /// Something happens in step 2, 3 or 4.
  virtual void step(int number, std::string_view what) = 0;
  virtual void row_ends(const ChangeRow& row, const Ended& ended) = 0;
  virtual void bad_row(const ChangeRow& row) = 0;
  virtual void all_ended() = 0;
};

/// For people, on `out`.
std::unique_ptr<Report> make_text_report(std::ostream& out);
/// For programs: one JSON object a line for every row, on `out`.
std::unique_ptr<Report> make_json_report(std::ostream& out);

// What the text report and the interactive mode share.

/// Every channel with its two badges.
void print_settings(std::ostream& out, const ringfence::SecuritySettings& settings);
/// Which methods may prove identity and why the others may not, e.g. `phone; not offered: email
/// (unverified)`.
std::string offered_methods(const ringfence::SecuritySettings& settings);
/// e.g. `limited until 2026-01-31T12:00:00Z: too many codes were asked for`.
std::string explain(const ringfence::Failure& refusal);
/// e.g. `2026-01-31T12:00:00Z`.
std::string utc(ringfence::TimeMs time);

}  // namespace demo
