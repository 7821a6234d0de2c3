#include "ringfence/dispatcher.h"

#include <nlohmann/json.hpp>

#include "codec/store_json.h"
#include "dispatcher_options.h"
#include "objects.h"
#include "views.h"

using namespace ringfence;
using namespace ringfence::capi;

int32_t ringfence_dispatcher_new(const ringfence_dispatcher_parts* parts,
                                 ringfence_dispatcher* dispatcher, ringfence_error* error) {
  return giving(dispatcher, error, [&]() -> result<void> {
    RF_TRY(in, read_struct(parts));
    const auto object = std::make_shared<DispatcherObject>();
    RF_TRY(store, named("store", at(in.store)));
    RF_TRY(keys, named("keys", at(in.keys)));
    RF_TRY(sender, named("sender", at(in.sender)));
    RF_TRY(mail, named("mail", at_or_none(in.mail)));
    RF_TRY(events, named("events", at(in.events)));
    RF_TRY(clock, named("clock", at_or_none(in.clock)));
    RF_TRY(entropy, named("entropy", at_or_none(in.entropy)));
    RF_TRY(observer, named("observer", at_or_none(in.observer)));
    RF_TRY(words, read_bytes(in.templates, longest_json));
    if (!words.empty()) {
      RF_TRY(templates, templates_from_json(words));
      object->templates = std::move(templates);
    }
    object->store = store;
    object->keys = keys;
    object->sender = sender;
    object->mail = mail;
    object->events = events;
    object->clock = clock;
    object->entropy = entropy;
    object->observer = observer;
    Dispatcher::Options options;
    if (in.batch != 0) options.batch = in.batch;
    if (in.share_of != 0 || in.share_index != 0) {
      options.share = {.index = in.share_index, .of = in.share_of};
      if (!options.share.valid()) {
        return failure(ErrorCode::invalid_argument,
                       "a share is one of 1 to 16 parts, numbered from 0");
      }
    }
    if (in.lease_ms != 0) options.lease_ms = in.lease_ms;
    if (in.first_retry_ms != 0) options.first_retry_ms = in.first_retry_ms;
    if (in.longest_retry_ms != 0) options.longest_retry_ms = in.longest_retry_ms;
    RF_TRY(more, read(in.options));
    if (!more.empty()) RF_TRY_VOID(read_options(more, options));
    object->dispatcher = std::make_unique<Dispatcher>(
        Dispatcher::Parts{.store = *store->store,
                          .keys = *keys,
                          .sender = *sender,
                          .events = *events,
                          .clock = clock ? *clock : system_clock(),
                          .entropy = entropy ? *entropy : system_entropy(),
                          .observer = observer.get(),
                          .templates = object->templates.get(),
                          .mail = mail.get()},
        options);
    RF_TRY(handle, handle_to<ringfence_dispatcher>(object));
    *dispatcher = handle;
    return ok();
  });
}
void ringfence_dispatcher_free(ringfence_dispatcher dispatcher) {
  if (const auto of = at(dispatcher)) of.value()->stop.request_stop();
  free_handle(dispatcher);
}

int32_t ringfence_dispatcher_pump(ringfence_dispatcher dispatcher,
                                  ringfence_dispatch_counts* counts, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY_VOID(can_fill(counts));
    RF_TRY(of, at(dispatcher));
    RF_TRY(done, of->dispatcher->pump());
    fill(counts, to_struct(done));
    return ok();
  });
}
int32_t ringfence_dispatcher_run(ringfence_dispatcher dispatcher, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY(of, at(dispatcher));
    of->dispatcher->run(of->stop.get_token());
    return ok();
  });
}
int32_t ringfence_dispatcher_stop(ringfence_dispatcher dispatcher, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY(of, at(dispatcher));
    of->stop.request_stop();
    return ok();
  });
}
int32_t ringfence_dispatcher_drain(ringfence_dispatcher dispatcher, int64_t at_most_ms,
                                   ringfence_dispatch_counts* counts, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY_VOID(can_fill(counts));
    RF_TRY(of, at(dispatcher));
    RF_TRY(done, of->dispatcher->drain(at_most_ms));
    fill(counts, to_struct(done));
    return ok();
  });
}
int32_t ringfence_dispatcher_health(ringfence_dispatcher dispatcher,
                                    ringfence_delivery_health* health, ringfence_error* error) {
  return guarded(error, [&]() -> result<void> {
    RF_TRY_VOID(can_fill(health));
    RF_TRY(of, at(dispatcher));
    fill(health, to_struct(of->dispatcher->health()));
    return ok();
  });
}
int32_t ringfence_dispatcher_given_up(ringfence_dispatcher dispatcher, int64_t after_created_at,
                                      ringfence_string after_id, int32_t max,
                                      ringfence_text* messages, ringfence_error* error) {
  return giving(messages, error, [&]() -> result<void> {
    RF_TRY(of, at(dispatcher));
    RF_TRY(after, read_place(after_created_at, after_id));
    if (max < 1 || max > 1000)
      return failure(ErrorCode::invalid_argument, "1 to 1000 messages are listed at once");
    RF_TRY(found, of->dispatcher->given_up(after, max));
    return give(messages, codec::to_json(std::span<const Message>(found)));
  });
}
int32_t ringfence_dispatcher_retry(ringfence_dispatcher dispatcher, ringfence_string messages,
                                   ringfence_text* not_retried, ringfence_error* error) {
  return giving(not_retried, error, [&]() -> result<void> {
    RF_TRY(of, at(dispatcher));
    RF_TRY(text, read(messages, longest_json));
    RF_TRY(chosen, given(codec::messages_from_json(text)));
    RF_TRY(refused, of->dispatcher->retry(chosen));
    auto told = nlohmann::json::array();
    for (const NotRetried& one : refused)
      told.push_back({{"id", one.id.hex()}, {"reason", one.reason}});
    return give(not_retried, told.dump());
  });
}
