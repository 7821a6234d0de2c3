// What is kept of an account, as a whole: its audit trail, exporting and erasing it.
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "ringfence/record_json.h"
#include "ringfence/service.h"
#include "ringfence/workflow.h"

namespace ringfence {
namespace {

constexpr int max_restarts = 8;

Failure not_still() {
  return failure(ErrorCode::busy, "other calls kept changing the account; try again");
}

// The call with what is left of its time, for its next step.
result<Call> rest_of(Call call, TimeMs started, Clock& clock) {
  if (call.deadline_ms <= 0) return call;
  call.deadline_ms = std::min(call.deadline_ms, day_ms) - (clock.now_ms() - started);
  if (call.deadline_ms <= 0)
    return failure(ErrorCode::busy, "the deadline has passed; call again to go on");
  return call;
}

// Where a head was forged there may be no end of places without an entry.
bool nothing_in(const workflow::AuditChunk& chunk) {
  return std::none_of(chunk.entries.begin(), chunk.entries.end(),
                      [](const auto& entry) { return entry.has_value(); });
}

}  // namespace

result<AuditPage> Service::audit(const AccountKey& account, const AuditQuery& query,
                                 const Call& call) {
  return observed("audit", call, [&](int& conflicts) -> result<AuditPage> {
    const TimeMs started = parts_.clock.now_ms();
    if (query.max < 1 || query.max > 1000 || query.from > query.until) {
      return failure(ErrorCode::invalid_argument,
                     "a page has 1 to 1000 entries, and its time does not end before it begins");
    }
    AuditPage page;
    std::uint64_t after = query.after;
    for (;;) {
      RF_TRY(rest, rest_of(call, started, parts_.clock));
      RF_TRY(chunk, quietly(workflow::audit_chunk(account, after), rest, conflicts));
      for (auto& entry : chunk.entries) {
        if (!entry || entry->key.number > chunk.chain.head.number || entry->at < query.from ||
            entry->at >= query.until)
          continue;
        if (std::cmp_equal(page.entries.size(), query.max)) {
          page.next = page.entries.back().key.number;
          return page;
        }
        page.entries.push_back(*std::move(entry));
      }
      after = chunk.first + chunk.entries.size() - 1;
      if (after >= chunk.chain.head.number || nothing_in(chunk)) return page;
    }
  });
}

result<AuditReport> Service::verify_audit(const AccountKey& account, const Call& call) {
  return observed("verify_audit", call, [&](int& conflicts) -> result<AuditReport> {
    const TimeMs started = parts_.clock.now_ms();
    const auto keys = parts_.keys.keys();
    const auto stands = [&]() -> result<AuditState> {
      RF_TRY(rest, rest_of(call, started, parts_.clock));
      RF_TRY(record, quietly(workflow::record_of(account), rest, conflicts));
      return record.audit;
    };
    for (int attempt = 0; attempt < max_restarts; ++attempt) {
      RF_TRY(chain, stands());
      workflow::AuditCheck check(account, chain);
      std::uint64_t most = workflow::audit_chunk_size;
      for (std::uint64_t after = chain.anchor.number;
           after <= chain.head.number && !check.faulty();) {
        RF_TRY(rest, rest_of(call, started, parts_.clock));
        const auto chunk = quietly(workflow::audit_chunk(account, after, most), rest, conflicts);
        if (chunk) {
          if (chunk.value().chain != chain) break;
          for (const auto& entry : chunk.value().entries) RF_TRY_VOID(check.add(entry, *keys));
          after += chunk.value().entries.size();
        } else if (chunk.error().code != ErrorCode::store_corrupt) {
          return chunk.error();
        } else if (most > 1) {
          most = 1;  // which one cannot be read?
        } else {
          check.add_unreadable();
          break;
        }
      }
      // What looks like a fault may be an entry that came, or was pruned, between two loads.
      RF_TRY(still, stands());
      if (still == chain) return check.finish();
    }
    return not_still();
  });
}

result<int> Service::prune_audit(const AccountKey& account, TimeMs before, const Call& call) {
  return observed("prune_audit", call, [&](int& conflicts) -> result<int> {
    const TimeMs started = parts_.clock.now_ms();
    int removed = 0;
    for (;;) {
      RF_TRY(rest, rest_of(call, started, parts_.clock));
      RF_TRY(more, quietly(workflow::prune_audit(account, before), rest, conflicts));
      if (more == 0) return removed;
      removed += more;
    }
  });
}

result<SecuritySettings> Service::erase(const AccountKey& account, const Call& call) {
  return observed("erase", call, [&](int& conflicts) -> result<SecuritySettings> {
    const TimeMs started = parts_.clock.now_ms();
    RF_TRY(settings, quietly(workflow::erase(account), call, conflicts));
    // An entry that cannot be read is passed by: the others must go all the same.
    std::optional<Failure> unreadable;
    std::uint64_t most = workflow::audit_chunk_size;
    for (std::uint64_t after = 0;;) {
      RF_TRY(rest, rest_of(call, started, parts_.clock));
      const auto last = quietly(workflow::erase_audit(account, after, most), rest, conflicts);
      if (last && last.value() == 0) break;
      if (last) {
        after = last.value();
      } else if (last.error().code != ErrorCode::store_corrupt) {
        return last.error();
      } else if (most > 1) {
        most = 1;
      } else {
        unreadable = last.error();
        ++after;
      }
    }
    if (unreadable) return *unreadable;
    return settings;
  });
}

result<std::string> Service::export_account(const AccountKey& account, const Call& call) {
  using nlohmann::json;
  return observed("export_account", call, [&](int& conflicts) -> result<std::string> {
    try {
      const TimeMs started = parts_.clock.now_ms();
      RF_TRY(record, quietly(workflow::record_of(account), call, conflicts));
      json out = {{"account", json::parse(to_json(record))},
                  {"audit", json::array()},
                  {"messages", json::array()}};
      for (std::uint64_t after = record.audit.anchor.number; after < record.audit.head.number;) {
        RF_TRY(rest, rest_of(call, started, parts_.clock));
        RF_TRY(chunk, quietly(workflow::audit_chunk(account, after), rest, conflicts));
        if (nothing_in(chunk)) break;
        for (const auto& entry : chunk.entries) {
          if (entry) out["audit"].push_back(json::parse(to_json(*entry)));
        }
        after = chunk.first + chunk.entries.size() - 1;
      }
      RF_TRY(rest, rest_of(call, started, parts_.clock));
      RF_TRY(messages, parts_.store.messages(account, std::numeric_limits<int>::max(),
                                             std::max<TimeMs>(rest.deadline_ms, 0)));
      for (Message& message : messages) {
        message.fields.erase("dispute");  // whoever has it may lock the account
        out["messages"].push_back(json::parse(to_json(message)));
      }
      return out.dump();
    } catch (const std::exception&) {
      return failure(ErrorCode::internal, "the account could not be written as JSON");
    }
  });
}

Health Service::health() {
  Health health;
  const TimeMs started = parts_.clock.now_ms();
  try {
    const auto waiting = is_time(started) ? parts_.store.outbox(started, 0)
                                          : failure(ErrorCode::internal, "the clock tells no time");
    if (waiting)
      health.outbox = waiting.value();
    else
      health.store = waiting.error().code;
  } catch (...) {
    health.store = ErrorCode::internal;
  }
  health.store_ms = std::max<TimeMs>(0, parts_.clock.now_ms() - started);
  if (health.outbox.due > 0)
    health.outbox_age_ms = std::max<TimeMs>(0, started - health.outbox.oldest_due_at);
  const auto keys = parts_.keys.keys();
  health.current_key = keys->current_id();
  health.keys = static_cast<int>(keys->size());
  return health;
}

}  // namespace ringfence
