#include "host.h"

namespace ringfence::misuse {

ringfence_store_callbacks Host::store_callbacks() {
  auto out = callbacks<ringfence_store_callbacks, Part::store>();
  out.load = [](void* context, ringfence_string keys, int64_t deadline_ms, ringfence_out to) {
    Host& host = of(context);
    if (host.on_store) {
      if (const int32_t status = host.on_store("load", to); status >= 0) return status;
    }
    ringfence_text answer = {};
    const int32_t status = ringfence_store_load(host.memory, keys, deadline_ms, &answer, nullptr);
    return pass(status, answer, to);
  };
  out.commit = [](void* context, ringfence_string change, int64_t deadline_ms) {
    Host& host = of(context);
    if (host.on_commit) return host.on_commit();
    int32_t outcome = RINGFENCE_COMMIT_UNKNOWN;
    ringfence_store_commit(host.memory, change, deadline_ms, &outcome, nullptr);
    return outcome;
  };
  out.take = [](void* context, int64_t at, int64_t lease_ms, int32_t max, int32_t share_index,
                int32_t share_of, ringfence_out to) {
    Host& host = of(context);
    if (host.on_store) {
      if (const int32_t status = host.on_store("take", to); status >= 0) return status;
    }
    ringfence_text answer = {};
    const int32_t status = ringfence_store_take(host.memory, at, lease_ms, max, share_index,
                                                share_of, &answer, nullptr);
    return pass(status, answer, to);
  };
  out.settle = [](void* context, ringfence_string settlements, ringfence_out to) {
    Host& host = of(context);
    if (host.on_store) {
      if (const int32_t status = host.on_store("settle", to); status >= 0) return status;
    }
    return ringfence_store_settle(host.memory, settlements, nullptr);
  };
  out.messages = [](void* context, const ringfence_account* whose, int32_t max, int64_t deadline_ms,
                    ringfence_out to) {
    Host& host = of(context);
    if (host.on_store) {
      if (const int32_t status = host.on_store("messages", to); status >= 0) return status;
    }
    ringfence_text answer = {};
    const int32_t status =
        ringfence_store_messages(host.memory, whose, max, deadline_ms, &answer, nullptr);
    return pass(status, answer, to);
  };
  out.given_up = [](void* context, int64_t after_created_at, ringfence_string after_id, int32_t max,
                    int64_t deadline_ms, ringfence_out to) {
    Host& host = of(context);
    if (host.on_store) {
      if (const int32_t status = host.on_store("given_up", to); status >= 0) return status;
    }
    ringfence_text answer = {};
    const int32_t status = ringfence_store_given_up(host.memory, after_created_at, after_id, max,
                                                    deadline_ms, &answer, nullptr);
    return pass(status, answer, to);
  };
  out.outbox = [](void* context, int64_t at, int64_t deadline_ms, ringfence_out to) {
    Host& host = of(context);
    if (host.on_store) {
      if (const int32_t status = host.on_store("outbox", to); status >= 0) return status;
    }
    ringfence_text answer = {};
    const int32_t status = ringfence_store_outbox(host.memory, at, deadline_ms, &answer, nullptr);
    return pass(status, answer, to);
  };
  out.sweep = [](void* context, int64_t at, int64_t settled_before, int32_t max, ringfence_out to) {
    Host& host = of(context);
    if (host.on_store) {
      if (const int32_t status = host.on_store("sweep", to); status >= 0) return status;
    }
    int32_t removed = 0;
    const int32_t status =
        ringfence_store_sweep(host.memory, at, settled_before, max, &removed, nullptr);
    if (status == RINGFENCE_OK) ringfence_out_write(to, text(std::to_string(removed)));
    return status;
  };
  return out;
}

void Host::make_parts(bool own_store) {
  const auto source = key_source();
  ok(ringfence_key_ring_from_callbacks(&source, &keys_handle, &error));
  const auto time = clock_callbacks();
  ok(ringfence_clock_from_callbacks(&time, &clock_handle, &error));
  const auto random = entropy_callbacks();
  ok(ringfence_entropy_from_callbacks(&random, &entropy_handle, &error));
  const auto advisor = risk_callbacks();
  ok(ringfence_risk_advisor_from_callbacks(&advisor, &risk_handle, &error));
  const auto watcher = observer_callbacks();
  ok(ringfence_observer_from_callbacks(&watcher, &observer_handle, &error));
  const auto gateway = sender_callbacks();
  ok(ringfence_sender_from_callbacks(&gateway, &sender_handle, &error));
  const auto sink = event_sink_callbacks();
  ok(ringfence_event_sink_from_callbacks(&sink, &events_handle, &error));
  if (own_store) {
    ok(ringfence_store_open(text("memory:"), &memory, &error));
    const auto own = store_callbacks();
    ok(ringfence_store_from_callbacks(&own, &store_handle, &error));
  } else {
    ok(ringfence_store_open(text("memory:"), &store_handle, &error));
  }
}

}  // namespace ringfence::misuse
