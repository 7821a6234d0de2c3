#include "accounts.h"

#include <array>
#include <string_view>

#include "csv_rows.h"
#include "printable.h"
#include "ringfence/text.h"

namespace demo {
namespace {

namespace rf = ringfence;

constexpr std::array<std::string_view, 7> header = {
    "account_id", "kind", "region", "phone", "phone_verified", "email", "email_verified"};

/// Fills the registration of a row, or says why it cannot.
std::string interpret(const std::vector<std::string>& fields, rf::TimeMs now,
                      rf::Registration& out) {
  const std::string &id = fields[0], &kind = fields[1], &region = fields[2], &phone = fields[3],
                    &email = fields[5];
  if (!rf::valid_text(id, 1, 128))
    return "account_id has " + std::to_string(id.size()) + " bytes; it must have 1 to 128";
  if (kind != "standalone" && kind != "federated")
    return "kind is " + quoted(kind) + "; it must be standalone or federated";
  if (phone.empty()) return "phone is empty";
  const auto phone_verified = read_flag(fields[4]);
  if (!phone_verified) return "phone_verified is " + quoted(fields[4]) + "; it must be yes or no";
  const auto email_verified = email.empty() && fields[6].empty() ? false : read_flag(fields[6]);
  if (!email_verified) return "email_verified is " + quoted(fields[6]) + "; it must be yes or no";
  if (email.empty() && *email_verified) return "email_verified is yes, but there is no email";

  out.account.id = id;
  if (kind == "federated") {
    out.kind = rf::AccountKind::federated;
    out.provider = Host::provider;
  }
  out.phone = {phone, region};
  if (*phone_verified) out.phone_proven_at = now;
  if (!email.empty()) out.email = rf::AddressInput{email, ""};
  if (*email_verified) out.email_proven_at = now;
  return "";
}

}  // namespace

std::optional<bool> read_flag(const std::string& text) {
  if (text == "yes" || text == "true" || text == "1") return true;
  if (text == "no" || text == "false" || text == "0") return false;
  return std::nullopt;
}

rf::result<std::vector<AccountRow>> load_accounts(const std::string& path) {
  RF_TRY(rows, read_csv(path, header));
  const rf::TimeMs now = rf::system_clock().now_ms();
  std::map<std::string, int> line_of;
  std::vector<AccountRow> out;
  for (CsvRow& row : rows) {
    AccountRow account{.line = row.line, .registration = {}, .error = std::move(row.error)};
    if (account.error.empty()) account.error = interpret(row.fields, now, account.registration);
    if (account.error.empty()) {
      const auto [first, is_new] = line_of.emplace(account.registration.account.id, row.line);
      if (!is_new)
        account.error = "the account_id is in line " + std::to_string(first->second) + " already";
    }
    out.push_back(std::move(account));
  }
  return out;
}

rf::result<Accounts> register_accounts(Host& host, const std::string& path,
                                       const std::vector<AccountRow>& rows,
                                       std::ostream& problems) {
  Accounts accounts;
  for (const AccountRow& row : rows) {
    const auto name_problem = [&](std::string_view what) {
      problems << path << ':' << row.line << ": " << what << '\n';
    };
    if (!row.error.empty()) {
      ++accounts.bad_rows;
      name_problem(row.error);
      continue;
    }
    const rf::Registration& registration = row.registration;
    const auto registered = host.service().register_account(registration);
    if (registered) {
      ++accounts.added;
    } else if (registered.error().code != rf::ErrorCode::account_exists) {
      const rf::Failure& refusal = registered.error();
      if (is_set_up_fault(refusal)) return refusal;
      name_problem("not registered: " + std::string(name(refusal.code)) + ": " + refusal.text);
      continue;
    }
    Accounts::Known& known = accounts.by_id[registration.account.id];
    known.region = registration.phone.region;
    const auto phone = rf::parse_phone(registration.phone.text, registration.phone.region,
                                       host.policy().phone_numbers);
    if (phone) known.phone = phone.value();
  }
  return accounts;
}

}  // namespace demo
