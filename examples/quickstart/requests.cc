#include "requests.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "ringfence/crypto.h"
#include "ringfence/workflow/flow_edit.h"

namespace demo {

namespace rf = ringfence;

rf::Call Request::begin_call(int attempt) const {
  rf::Call begin = call();
  begin.request_id = name + '.' + std::to_string(attempt);
  return begin;
}

bool Request::was_begun(const rf::Account& stored) const {
  for (int attempt = 1; attempt <= max_attempts; ++attempt) {
    const rf::Id128 wanted = rf::workflow::request_digest(account, begin_call(attempt));
    const auto& replies = stored.replies;
    if (std::any_of(replies.begin(), replies.end(),
                    [&](const auto& reply) { return reply.request == wanted; }))
      return true;
  }
  return false;
}

std::vector<Request> make_requests(const std::vector<ChangeRow>& rows,
                                   const rf::PhonePolicy& policy) {
  std::vector<Request> out;
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ChangeRow& row = rows[i];
    if (!row.error.empty()) continue;
    Request request{.index = i,
                    .row = row,
                    .account = {.realm = "", .id = row.account_id},
                    .number = rf::parse_phone(row.new_phone.text, row.new_phone.region, policy)};
    const std::string phone = request.number ? request.number.value().e164()
                                             : row.new_phone.region + ' ' + row.new_phone.text;
    const std::array<std::string_view, 4> said = {"demo.row.1", row.account_id,
                                                  rf::name(row.method), phone};
    const std::string digest = rf::crypto::digest(said).hex();
    // The same row once more in a file asks once more: else the way from A to B and back to A would
    // end at B.
    request.name = digest + '.' + std::to_string(++seen[digest]);
    out.push_back(std::move(request));
  }
  return out;
}

}  // namespace demo
