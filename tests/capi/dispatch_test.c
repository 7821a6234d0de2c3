/* A dispatcher with rates, breakers and budgets, one that runs until it is stopped, and what gateways report later. */
#include "suites.h"
#include "world.h"

static ringfence_dispatcher dispatcher_with(world* of, const char* options, int32_t expected) {
  ringfence_dispatcher made = {0};
  FRESH(ringfence_dispatcher_parts, in);
  in.store = of->store;
  in.keys = of->keys;
  in.sender = of->sender;
  in.events = of->events;
  in.clock = of->clock;
  in.entropy = of->entropy;
  in.observer = of->observer;
  in.options = ringfence_str(options);
  CHECK_STATUS(ringfence_dispatcher_new(&in, &made, world_error()), expected);
  return made;
}

static void what_is_over_a_rate_is_held_and_counted(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  ringfence_dispatcher slow;
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_dispatch_counts, counts);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  world_pump(of);
  CHECK_OK(ringfence_service_lock(of->service, &ann, ringfence_str("seen"), NULL, &settings, world_error()));
  CHECK_OK(ringfence_service_unlock(of->service, &ann, NULL, &settings, world_error()));
  slow = dispatcher_with(of, "{\"sms\":{\"per_second\":1},\"email\":{\"at_once\":1}}", RINGFENCE_OK);
  CHECK_OK(ringfence_dispatcher_pump(slow, &counts, world_error()));
  CHECK(counts.held == 1 && counts.accepted == counts.taken - 1 && counts.taken > 2);
  of->now += 2000;
  CHECK_OK(ringfence_dispatcher_drain(slow, 1000, &counts, world_error()));
  CHECK(counts.held == 0 && counts.accepted == 1);
  ringfence_dispatcher_free(slow);
  world_close(of);
}

static void a_way_out_that_fails_again_and_again_is_broken(void) {
  world* of = world_open("");
  ringfence_dispatcher brittle;
  FRESH(ringfence_dispatch_counts, counts);
  FRESH(ringfence_delivery_health, health);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  world_begun(of, "ann");
  brittle = dispatcher_with(of, "{\"sms\":{\"failures_to_break\":1,\"broken_ms\":60000}}", RINGFENCE_OK);
  of->answer = RINGFENCE_SEND_TEMPORARY;
  CHECK_OK(ringfence_dispatcher_drain(brittle, 1000, &counts, world_error()));
  CHECK_OK(ringfence_dispatcher_health(brittle, &health, world_error()));
  CHECK(health.sms.broken == 1 && health.email.broken == 0 && health.sms.failures_in_a_row == 1);
  ringfence_dispatcher_free(brittle);
  world_close(of);
}

static void options_that_are_none_are_refused_by_name(void) {
  static const struct {
    const char* options;
    const char* told;
  } wrong[] = {
      {"[]", "not an object"},
      {"{", "not JSON"},
      {"{\"sms\":1}", "sms is not an object"},
      {"{\"fax\":{}}", "they have a member that is not known: fax; there are budgets, conversion, email, events,"},
      {"{\"sms\":{\"per_minute\":1}}", "sms has a member that is not known: per_minute; there are at_once, broken_ms,"},
      {"{\"sms\":{\"per_second\":10001}}", "sms.per_second is not a number of 0 to 10000"},
      {"{\"sms\":{\"per_second\":\"1\"}}", "sms.per_second"},
      {"{\"events\":{\"broken_ms\":1}}", "events.broken_ms"},
      {"{\"voice\":{\"at_once\":18446744073709551615}}", "voice.at_once"},
      {"{\"idle_ms\":1.5}", "idle_ms"},
      {"{\"budgets\":{}}", "budgets is not an array"},
      {"{\"budgets\":[{\"prefix\":\"86\",\"windows\":[{\"span_ms\":1000}]}]}", "budgets[0].prefix"},
      {"{\"budgets\":[{\"prefix\":\"+8a\"}]}", "budgets[0].prefix"},
      {"{\"budgets\":[{\"prefix\":\"+86\"}]}", "budgets[0].windows is missing"},
      {"{\"budgets\":[{\"windows\":[{\"count\":1}]}]}", "budgets[0].windows[0].span_ms is missing"},
      {"{\"conversion\":{\"least_percent\":101}}", "conversion.least_percent"},
      {"{\"idle_ms\":10,\"idle_ms\":20}", "twice"},
  };
  world* of = world_open("");
  size_t i;
  for (i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
    dispatcher_with(of, wrong[i].options, RINGFENCE_INVALID_ARGUMENT);
    if (strstr(world_why(), wrong[i].told) == NULL) {
      fprintf(stderr, "%s: %s\n", wrong[i].options, world_why());
      CHECK(!"the refusal names it");
    }
  }
  world_close(of);
}

static void a_budget_holds_the_codes_of_its_prefix(void) {
  world* of = world_open("");
  ringfence_dispatcher dispatcher;
  FRESH(ringfence_dispatch_counts, counts);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  world_begun(of, "ann");
  dispatcher = dispatcher_with(
      of, "{\"budgets\":[{\"prefix\":\"+86\",\"windows\":[{\"count\":0,\"span_ms\":1000}]}]}", RINGFENCE_OK);
  CHECK_OK(ringfence_dispatcher_pump(dispatcher, &counts, world_error()));
  CHECK(counts.held == 1);
  ringfence_dispatcher_free(dispatcher);
  world_close(of);
}

static void stop_it(void* context, const ringfence_observation* seen) {
  const ringfence_dispatcher* of = context;
  CHECK_OK(ringfence_dispatcher_stop(*of, NULL));
}

static void a_dispatcher_runs_until_it_is_stopped(void) {
  world* of = world_open("");
  ringfence_dispatcher dispatcher = {0};
  ringfence_observer observer = {0};
  FRESH(ringfence_observer_callbacks, callbacks);
  FRESH(ringfence_dispatcher_parts, in);
  callbacks.context = &dispatcher;
  callbacks.observe = stop_it;
  CHECK_OK(ringfence_observer_from_callbacks(&callbacks, &observer, world_error()));
  in.store = of->store;
  in.keys = of->keys;
  in.sender = of->sender;
  in.events = of->events;
  in.clock = of->clock;
  in.entropy = of->entropy;
  in.observer = observer;
  CHECK_OK(ringfence_dispatcher_new(&in, &dispatcher, world_error()));
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  world_begun(of, "ann");
  CHECK_OK(ringfence_dispatcher_run(dispatcher, world_error()));
  CHECK(world_count(of, RINGFENCE_MESSAGE_CODE, "change_phone") == 1);
  CHECK_OK(ringfence_dispatcher_run(dispatcher, world_error()));
  ringfence_dispatcher_free(dispatcher);
  ringfence_observer_free(observer);
  world_close(of);
}

static int32_t refuse_mail(void* context, const ringfence_message* message, int64_t* retry_after_ms,
                           ringfence_out reason) {
  (void)retry_after_ms;
  CHECK(memchr(message->destination.data, '@', message->destination.size) != NULL);
  CHECK_OK(ringfence_out_write(reason, ringfence_str("full")));
  ++*(int*)context;
  return RINGFENCE_SEND_UNREACHABLE;
}

static void mail_goes_its_own_way_and_a_full_mailbox_holds_nobody_up(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  int mails = 0;
  ringfence_dispatcher dispatcher = {0};
  FRESH(ringfence_sender_callbacks, mail);
  FRESH(ringfence_dispatcher_parts, in);
  FRESH(ringfence_dispatch_counts, counts);
  FRESH(ringfence_delivery_health, health);
  FRESH(ringfence_settings, settings);
  mail.context = &mails;
  mail.send = refuse_mail;
  CHECK_OK(ringfence_sender_from_callbacks(&mail, &in.mail, world_error()));
  in.store = of->store;
  in.keys = of->keys;
  in.sender = of->sender;
  in.events = of->events;
  in.clock = of->clock;
  in.entropy = of->entropy;
  in.options = ringfence_str("{\"email\":{\"failures_to_break\":1}}");
  CHECK_OK(ringfence_dispatcher_new(&in, &dispatcher, world_error()));
  ringfence_sender_free(in.mail); /* The dispatcher keeps it. */
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  CHECK_OK(ringfence_service_lock(of->service, &ann, ringfence_str("seen"), NULL, &settings, world_error()));
  CHECK_OK(ringfence_dispatcher_pump(dispatcher, &counts, world_error()));
  CHECK(mails > 0 && counts.deferred == mails && counts.held == 0 && counts.accepted == counts.taken - mails);
  CHECK_OK(ringfence_dispatcher_health(dispatcher, &health, world_error()));
  CHECK(health.email.broken == 0 && health.email.failures_in_a_row == mails);
  ringfence_dispatcher_free(dispatcher);
  world_close(of);
}

static void a_code_that_did_not_arrive_may_be_sent_again_at_once(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  ringfence_flow_view view;
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_flow_view, again);
  const char* id;
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  view = world_begun(of, "ann");
  world_pump(of);
  id = world_last(of, RINGFENCE_MESSAGE_CODE, "change_phone")->id;
  CHECK_STATUS(ringfence_service_resend(of->service, ringfence_str(view.flow), RINGFENCE_ROUTE_TEXT, &of->call, &again,
                                        world_error()),
               RINGFENCE_LIMITED);
  CHECK_OK(ringfence_service_report_delivery(of->service, &ann, ringfence_str(id), RINGFENCE_DELIVERY_FAILED, NULL,
                                             &settings, world_error()));
  CHECK_OK(ringfence_service_view(of->service, ringfence_str(view.flow), &of->call, &again, world_error()));
  CHECK(again.not_delivered == 1);
  CHECK_OK(ringfence_service_resend(of->service, ringfence_str(view.flow), RINGFENCE_ROUTE_TEXT, &of->call, &again,
                                    world_error()));
  CHECK(again.not_delivered == 0);
  CHECK_STATUS(ringfence_service_report_delivery(of->service, &ann, ringfence_str("7"), RINGFENCE_DELIVERY_FAILED, NULL,
                                                 &settings, world_error()),
               RINGFENCE_INVALID_ARGUMENT);
  world_close(of);
}

const test dispatch_tests[] = {
    TEST(what_is_over_a_rate_is_held_and_counted),
    TEST(a_way_out_that_fails_again_and_again_is_broken),
    TEST(options_that_are_none_are_refused_by_name),
    TEST(a_budget_holds_the_codes_of_its_prefix),
    TEST(a_dispatcher_runs_until_it_is_stopped),
    TEST(mail_goes_its_own_way_and_a_full_mailbox_holds_nobody_up),
    TEST(a_code_that_did_not_arrive_may_be_sent_again_at_once),
    END_OF_TESTS,
};
