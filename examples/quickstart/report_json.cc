#include <nlohmann/json.hpp>

#include "report.h"

namespace demo {
namespace {

namespace rf = ringfence;

/// Keeps the order in which the fields are set.
using Json = nlohmann::ordered_json;

class JsonReport final : public Report {
 public:
  explicit JsonReport(std::ostream& out) : out_(out) {}

  void row_begins(const ChangeRow&) override {}
  void settings(const rf::SecuritySettings&) override {}
  void step(int, std::string_view) override {}
  void row_ends(const ChangeRow& row, const Ended& ended) override {
    const rf::ChannelSettings phone =
        ended.settings ? ended.settings->phone() : rf::ChannelSettings{};
    const rf::Reason reason = ended.settings ? phone.login.reason : rf::Reason::absent;
    Json object = {{"line", row.line},
                   {"account_id", row.account_id},
                   {"outcome", ended.outcome},
                   {"phone", ended.phone.empty() ? Json(nullptr) : Json(ended.phone)},
                   {"usable_for_verification", phone.verification.usable},
                   {"usable_for_login", phone.login.usable},
                   {"reason", name(reason)}};
    if (ended.refusal && !ended.refusal->link.empty()) object["link"] = ended.refusal->link;
    if (ended.refusal && ended.refusal->retry_at)
      object["retry_at"] = utc(*ended.refusal->retry_at);
    print(object);
  }
  void bad_row(const ChangeRow& row) override {
    print({{"line", row.line},
           {"account_id", row.account_id.empty() ? Json(nullptr) : Json(row.account_id)},
           {"outcome", "bad_row"},
           {"error", row.error}});
  }
  void all_ended() override {}

 private:
  // What is not UTF-8, e.g. in a link from the command line, is replaced rather than thrown.
  void print(const Json& object) {
    out_ << object.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  }

  std::ostream& out_;
};

}  // namespace

std::unique_ptr<Report> make_json_report(std::ostream& out) {
  return std::make_unique<JsonReport>(out);
}

}  // namespace demo
