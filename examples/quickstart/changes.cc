#include "changes.h"

#include <array>
#include <string_view>

#include "csv_rows.h"
#include "printable.h"
#include "ringfence/text.h"

namespace demo {
namespace {

namespace rf = ringfence;

constexpr std::array<std::string_view, 4> header = {"account_id", "method", "region", "new_phone"};

std::string interpret(const std::vector<std::string>& fields, ChangeRow& out) {
  const std::string &id = fields[0], &method = fields[1];
  if (!rf::valid_text(id, 1, 128))
    return "account_id has " + std::to_string(id.size()) + " bytes; it must have 1 to 128";
  out.account_id = id;
  if (method != "phone" && method != "email")
    return "method is " + quoted(method) + "; it must be phone or email";
  out.method = method == "phone" ? rf::Method::phone : rf::Method::email;
  out.new_phone = {fields[3], fields[2]};
  return "";
}

}  // namespace

rf::result<std::vector<ChangeRow>> load_changes(const std::string& path) {
  RF_TRY(rows, read_csv(path, header));
  std::vector<ChangeRow> out;
  for (CsvRow& row : rows) {
    ChangeRow change{.line = row.line, .error = std::move(row.error)};
    if (change.error.empty()) change.error = interpret(row.fields, change);
    out.push_back(std::move(change));
  }
  return out;
}

}  // namespace demo
