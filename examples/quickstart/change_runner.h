#pragma once

#include <map>
#include <string>
#include <vector>

#include "accounts.h"
#include "host.h"
#include "report.h"
#include "requests.h"

namespace demo {

/// Takes change rows through the four steps, as a person at the host's settings page would:
/// look at the settings, prove identity, set and prove the new number, see what it serves for.
///
/// A run that was killed may be run again with the same files and database: what was finished is
/// not done twice, what was begun goes on.
class ChangeRunner {
 public:
  /// `accounts`, `requests` and `report` must outlive the runner.
  ChangeRunner(Host& host, const Accounts& accounts, const std::vector<Request>& requests,
               Report& report)
      : host_(host), accounts_(accounts), requests_(requests), report_(report) {}

  Ended run(const Request& request);

 private:
  enum class Done { now, before };

  ringfence::result<Done> change(const Request& request);
  ringfence::result<bool> is_past(const Request& request);
  ringfence::result<bool> go_on(ringfence::FlowView flow, const Request& request);
  ringfence::result<bool> prove(ringfence::FlowView& flow, const Request& request);
  bool is_followed(const Request& request, const std::optional<std::string>& present) const;
  bool is_in_accounts_file(const Request& request) const;

  Host& host_;
  const Accounts& accounts_;
  const std::vector<Request>& requests_;
  Report& report_;
  std::map<std::string, std::size_t> past_;  // account id -> rows before this one are over
};

}  // namespace demo
