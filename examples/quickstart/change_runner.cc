#include "change_runner.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace demo {
namespace {

namespace rf = ringfence;

/// The flow is over; the request that began it serves no more.
bool is_gone(const rf::Failure& refusal) {
  return refusal.code == rf::ErrorCode::flow_not_found ||
         refusal.code == rf::ErrorCode::flow_expired;
}

}  // namespace

Ended ChangeRunner::run(const Request& request) {
  report_.row_begins(request.row);
  Ended ended;
  if (const auto changed = change(request)) {
    ended.outcome = changed.value() == Done::now ? "done" : "already_done";
  } else {
    ended.refusal = changed.error();
    ended.outcome = name(changed.error().code);
  }
  if (const auto settings = host_.service().settings(request.account)) {
    ended.settings = settings.value();
    const auto phone = host_.address_of(request.account, rf::ChannelKind::phone);
    if (phone) ended.phone = phone.value().value_or("");
  }
  report_.row_ends(request.row, ended);
  return ended;
}

rf::result<ChangeRunner::Done> ChangeRunner::change(const Request& request) {
  RF_TRY(settings, host_.service().settings(request.account));
  report_.settings(settings);
  RF_TRY(present, host_.address_of(request.account, rf::ChannelKind::phone));
  if (request.asks_for(present) && !is_in_accounts_file(request)) return Done::before;
  RF_TRY(past, is_past(request));
  if (past && !request.number) return request.number.error();
  if (past && settings.channels[static_cast<std::size_t>(request.row.method)].verification.usable)
    return Done::before;

  for (int attempt = 1; attempt <= Request::max_attempts; ++attempt) {
    RF_TRY(begun, host_.service().begin_change_phone(request.account, request.row.method,
                                                     request.begin_call(attempt)));
    rf::FlowView flow = begun;
    if (begun.repeated) {
      const auto now = host_.service().view(begun, request.call());
      if (!now && !is_gone(now.error())) return now.error();
      if (!now) {
        // If the number was refused it would be again: no need to send codes for that.
        if (!request.number) return request.number.error();
        if (request.asks_for(present))
          return rf::failure(rf::ErrorCode::same_address, "this is the present address");
        continue;
      }
      flow = now.value();
      if (flow.step == rf::FlowStep::done) {
        if (request.asks_for(present) || is_followed(request, present)) return Done::before;
        continue;  // something else than this file has changed the phone since
      }
      report_.step(flow.step == rf::FlowStep::prove_identity ? 2 : 3,
                   "goes on where a former run was stopped");
    }
    const auto changed = go_on(flow, request);
    if (changed && changed.value()) return Done::now;
    // The person leaves this flow. Should that fail, it ends by itself.
    static_cast<void>(host_.service().cancel(flow, request.call()));
    if (!changed && !is_gone(changed.error())) return changed.error();
    report_.step(2, "its code is lost: begins again");
  }
  return rf::failure(rf::ErrorCode::flow_not_found, "begun too often without an end");
}

/// Whether the phone is what a later row of the account asks for.
bool ChangeRunner::is_followed(const Request& request,
                               const std::optional<std::string>& present) const {
  return std::any_of(requests_.begin(), requests_.end(), [&](const Request& other) {
    return other.account == request.account && other.index > request.index &&
           other.asks_for(present);
  });
}

/// Whether a former run has ended this row and it may be forgotten: a later row of the account was
/// begun, and the account remembers as much as it can.
rf::result<bool> ChangeRunner::is_past(const Request& request) {
  const auto [past, is_first] = past_.emplace(request.account.id, 0);
  if (is_first) {
    RF_TRY(stored, host_.stored(request.account));
    if (stored.replies.size() >= rf::Account::max_replies ||
        stored.flows.size() >= rf::Account::max_flows) {
      for (const Request& other : requests_) {
        if (other.account == request.account && other.was_begun(stored)) past->second = other.index;
      }
    }
  }
  return request.index < past->second;
}

/// Steps 2 to 4, from where the flow is. Returns false if the code it waits for was sent to a run
/// that is gone.
rf::result<bool> ChangeRunner::go_on(rf::FlowView flow, const Request& request) {
  if (flow.step == rf::FlowStep::prove_identity) {
    report_.step(2, "a code goes to " + flow.sent_to);
    RF_TRY(proven, prove(flow, request));
    if (!proven) return false;
    report_.step(2, "proven");
  }
  if (flow.step == rf::FlowStep::set_target) {
    RF_TRY(sent, host_.service().set_target(flow, request.row.new_phone, request.call()));
    flow = sent;
  }
  if (flow.step == rf::FlowStep::prove_target) {
    report_.step(3, "a code goes to " + flow.sent_to);
    RF_TRY(proven, prove(flow, request));
    if (!proven) return false;
    report_.step(3, "proven");
  }
  // Everyone concerned is told.
  RF_TRY_VOID(host_.deliver());
  return flow.step == rf::FlowStep::done;
}

/// The code is sent; the person reads it where it arrived, and types it in.
rf::result<bool> ChangeRunner::prove(rf::FlowView& flow, const Request& request) {
  RF_TRY_VOID(host_.deliver());
  const bool identity = flow.step == rf::FlowStep::prove_identity;
  std::optional<std::string> where;
  if (identity) {
    RF_TRY(own, host_.address_of(request.account, request.row.method));
    where = own;
  } else if (request.number) {
    where = request.number.value().e164();
  }
  const auto code = where ? host_.phones().read_code(*where) : std::nullopt;
  if (!code) return false;
  RF_TRY(after, identity ? host_.service().prove_identity(flow, *code, request.call())
                         : host_.service().prove_target(flow, *code, request.call()));
  flow = after;
  return flow.accepted();
}

bool ChangeRunner::is_in_accounts_file(const Request& request) const {
  const auto known = accounts_.by_id.find(request.account.id);
  return known != accounts_.by_id.end() && request.number && known->second.phone &&
         *known->second.phone == request.number.value();
}

}  // namespace demo
