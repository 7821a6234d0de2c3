/* Notices and their channels, what the dispatcher does with messages, appeals and disputes. */
#include "suites.h"
#include "world.h"

static const ringfence_notice_settings* category(const ringfence_settings* settings, const char* name) {
  int32_t i;
  for (i = 0; i < settings->notice_count; ++i) {
    if (strcmp(settings->notices[i].category, name) == 0) return &settings->notices[i];
  }
  fprintf(stderr, "there is no category %s\n", name);
  exit(1);
}

static void the_settings_show_every_category(void) {
  world* of = world_open("{\"notice_categories\":[\"billing\"]}");
  ringfence_settings settings;
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  settings = world_settings(of, "ann");
  CHECK(settings.notice_count == 5);
  CHECK(category(&settings, "security")->mandatory == 1 && category(&settings, "security")->channels == 3);
  CHECK(category(&settings, "billing")->choosable == 1 && category(&settings, "billing")->chosen == 1);
  world_close(of);
}

static void the_owner_chooses_channels_for_a_category(void) {
  world* of = world_open("{\"notice_categories\":[\"billing\"]}");
  const ringfence_account ann = world_account("ann");
  FRESH(ringfence_settings, settings);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  CHECK_OK(ringfence_service_set_notice_channels(of->service, &ann, ringfence_str("monitoring_alarm"), 2, NULL,
                                                 &settings, world_error()));
  CHECK(category(&settings, "monitoring_alarm")->chosen == 2);
  CHECK_OK(ringfence_service_set_notice_channels(of->service, &ann, ringfence_str("billing"), 0, NULL, &settings,
                                                 world_error()));
  CHECK(category(&settings, "billing")->channels == 0);
  CHECK_STATUS(ringfence_service_set_notice_channels(of->service, &ann, ringfence_str("security"), 1, NULL, &settings,
                                                     world_error()),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_service_set_notice_channels(of->service, &ann, ringfence_str("resource_expiry"), 0, NULL,
                                                     &settings, world_error()),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_service_set_notice_channels(of->service, &ann, ringfence_str("billing"), 4, NULL, &settings,
                                                     world_error()),
               RINGFENCE_INVALID_ARGUMENT);
  world_close(of);
}

static void a_notice_is_sent_once_however_often_it_is_given(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  const ringfence_string kind = ringfence_str("resource_expiry");
  const ringfence_string text = ringfence_str("The instance i-7 expires tomorrow.");
  FRESH(ringfence_notice_receipt, receipt);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  CHECK_OK(ringfence_service_notify(of->service, &ann, kind, text, ringfence_str("i-7"), NULL, &receipt,
                                    world_error()));
  CHECK(receipt.repeated == 0 && receipt.sent_to == 1);
  CHECK_TEXT(receipt.phone, "139****3672");
  CHECK_TEXT(receipt.email, "");
  CHECK_OK(ringfence_service_notify(of->service, &ann, kind, text, ringfence_str("i-7"), NULL, &receipt,
                                    world_error()));
  CHECK(receipt.repeated == 1);
  CHECK(world_count(of, RINGFENCE_MESSAGE_NOTICE, "resource_expiry") == 1);
  CHECK(strstr(world_last(of, RINGFENCE_MESSAGE_NOTICE, "resource_expiry")->text, "i-7 expires") != NULL);
  CHECK_OK(ringfence_service_notify(of->service, &ann, ringfence_str("security"), text, ringfence_str("s-1"), NULL,
                                    &receipt, world_error()));
  CHECK(receipt.sent_to == 3);
  CHECK_TEXT(receipt.email, "l*****n@example.com");
  world_close(of);
}

static void nobody_is_told_where_nothing_is_verified(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  FRESH(ringfence_registration, row);
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_notice_receipt, receipt);
  row.account = ann;
  row.phone.text = ringfence_str(WORLD_PHONE);
  CHECK_OK(ringfence_service_register_account(of->service, &row, NULL, &settings, world_error()));
  CHECK_STATUS(ringfence_service_notify(of->service, &ann, ringfence_str("security"), ringfence_str("Hello."),
                                        ringfence_str("1"), NULL, &receipt, world_error()),
               RINGFENCE_NO_METHOD_AVAILABLE);
  world_close(of);
}

static void the_dispatcher_counts_and_tries_again(void) {
  world* of = world_open("");
  ringfence_text messages;
  const ringfence_account ann = world_account("ann");
  FRESH(ringfence_dispatch_counts, counts);
  FRESH(ringfence_delivery_health, health);
  world_add(of, "ann", WORLD_PHONE, NULL);
  CHECK_OK(ringfence_dispatcher_pump(of->dispatcher, &counts, world_error()));
  CHECK(counts.taken == 0);
  world_begun(of, "ann");
  of->answer = RINGFENCE_SEND_TEMPORARY;
  CHECK_OK(ringfence_dispatcher_pump(of->dispatcher, &counts, world_error()));
  CHECK(counts.taken == 1 && counts.deferred == 1 && counts.accepted == 0);
  CHECK_OK(ringfence_dispatcher_health(of->dispatcher, &health, world_error()));
  CHECK(health.sms.failures_in_a_row == 1 && health.sms.last_failed_at == of->now);
  CHECK_OK(ringfence_store_messages(of->store, &ann, 10, 0, &messages, world_error()));
  CHECK(world_has(messages, "the gateway is away"));
  /* Not before the time that the other side asked for. */
  of->now += 4999;
  of->answer = RINGFENCE_SEND_ACCEPTED;
  CHECK_OK(ringfence_dispatcher_pump(of->dispatcher, &counts, world_error()));
  CHECK(counts.taken == 0);
  of->now += 10 * 1000;
  CHECK_OK(ringfence_dispatcher_pump(of->dispatcher, &counts, world_error()));
  CHECK(counts.accepted == 1);
  CHECK(of->all[0].attempts == 2);
  CHECK_OK(ringfence_dispatcher_health(of->dispatcher, &health, world_error()));
  CHECK(health.sms.failures_in_a_row == 0 && health.sms.last_accepted_at == of->now);
  CHECK(health.voice.last_accepted_at == 0 && health.email.last_accepted_at == 0);
  world_close(of);
}

static void a_code_that_is_refused_for_good_is_given_up(void) {
  world* of = world_open("");
  FRESH(ringfence_dispatch_counts, counts);
  world_add(of, "ann", WORLD_PHONE, NULL);
  world_begun(of, "ann");
  of->answer = RINGFENCE_SEND_PERMANENT;
  CHECK_OK(ringfence_dispatcher_pump(of->dispatcher, &counts, world_error()));
  CHECK(counts.given_up == 1);
  world_close(of);
}

static void a_code_that_is_no_longer_live_is_superseded(void) {
  world* of = world_open("");
  ringfence_flow_view view;
  FRESH(ringfence_dispatch_counts, counts);
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_begun(of, "ann");
  CHECK_OK(ringfence_service_cancel(of->service, ringfence_str(view.flow), &of->call, &view, world_error()));
  CHECK_OK(ringfence_dispatcher_pump(of->dispatcher, &counts, world_error()));
  CHECK(counts.superseded == 1 && of->sent_count == 0);
  world_close(of);
}

static void an_approved_appeal_opens_a_new_phone_once(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  ringfence_address_input target;
  FRESH(ringfence_appeal, appeal);
  FRESH(ringfence_flow_view, view);
  world_add(of, "ann", WORLD_PHONE, NULL);
  CHECK_OK(ringfence_service_appeal(of->service, &ann, NULL, &appeal, world_error()));
  CHECK_TEXT(appeal.id, "");
  CHECK_STATUS(ringfence_service_begin_replace_phone(of->service, &ann, RINGFENCE_NUMBER_CHANGED, &of->call, &view,
                                                     world_error()),
               RINGFENCE_APPEAL_NOT_FOUND);
  CHECK_OK(ringfence_service_submit_appeal(of->service, &ann, ringfence_str("desk 4"), NULL, &appeal, world_error()));
  CHECK(appeal.state == RINGFENCE_APPEAL_SUBMITTED && strlen(appeal.id) == 32);
  CHECK_TEXT(appeal.submitted_by, "desk 4");
  CHECK(appeal.held_until == of->now + (int64_t)24 * 60 * 60 * 1000);
  CHECK_STATUS(ringfence_service_submit_appeal(of->service, &ann, ringfence_str("desk 5"), NULL, &appeal,
                                               world_error()),
               RINGFENCE_APPEAL_PENDING);
  CHECK(world_count(of, RINGFENCE_MESSAGE_EVENT, "appeal_submitted") == 1);
  CHECK_STATUS(ringfence_service_decide_appeal(of->service, &ann, ringfence_str(appeal.id), 1, ringfence_str("rev"),
                                               ringfence_str("case 7"), NULL, &appeal, world_error()),
               RINGFENCE_LIMITED);
  of->now = appeal.held_until;
  CHECK_STATUS(ringfence_service_decide_appeal(of->service, &ann, ringfence_str("00"), 1, ringfence_str("rev"),
                                               ringfence_str("case 7"), NULL, &appeal, world_error()),
               RINGFENCE_APPEAL_NOT_FOUND);
  CHECK_OK(ringfence_service_decide_appeal(of->service, &ann, ringfence_str(appeal.id), 1, ringfence_str("rev"),
                                           ringfence_str("case 7"), NULL, &appeal, world_error()));
  CHECK(appeal.state == RINGFENCE_APPEAL_APPROVED && appeal.decided_at == of->now && appeal.open_until > of->now);
  CHECK_TEXT(appeal.reviewer, "rev");
  CHECK_TEXT(appeal.evidence, "case 7");

  CHECK_OK(ringfence_service_begin_replace_phone(of->service, &ann, RINGFENCE_NUMBER_CHANGED, &of->call, &view,
                                                 world_error()));
  CHECK(view.kind == RINGFENCE_FLOW_REPLACE_PHONE && view.step == RINGFENCE_STEP_SET_TARGET);
  target.text = ringfence_str(WORLD_NEW_PHONE);
  target.region = ringfence_str("");
  CHECK_OK(ringfence_service_set_target(of->service, ringfence_str(view.flow), &target, &of->call, &view,
                                        world_error()));
  CHECK_OK(ringfence_service_prove_target(of->service, ringfence_str(view.flow),
                                          ringfence_str(world_code_at(of, WORLD_NEW_PHONE)), 1, &of->call, &view,
                                          world_error()));
  CHECK(view.changed == 1);
  CHECK_OK(ringfence_service_appeal(of->service, &ann, NULL, &appeal, world_error()));
  CHECK(appeal.state == RINGFENCE_APPEAL_USED);
  world_close(of);
}

static void a_dispute_locks_the_account_and_opens_an_appeal(void) {
  world* of = world_open("{\"dispute_ms\":259200000}");
  const ringfence_account ann = world_account("ann");
  const sent* notice;
  const char* begin;
  char reference[600];
  size_t size;
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_appeal, appeal);
  world_add(of, "ann", WORLD_PHONE, NULL);
  world_changed(of, "ann", WORLD_NEW_PHONE);
  world_pump(of);
  CHECK_STATUS(ringfence_service_dispute(of->service, ringfence_str("00.00"), NULL, &settings, world_error()),
               RINGFENCE_DISPUTE_NOT_FOUND);
  /* The old number is told how to dispute it. */
  for (notice = of->all; notice->kind != RINGFENCE_MESSAGE_NOTICE || strcmp(notice->destination, WORLD_PHONE) != 0;
       ++notice) {
    CHECK(notice < of->all + of->sent_count);
  }
  begin = strstr(notice->fields, "\"dispute\":\"");
  CHECK(begin != NULL);
  begin += strlen("\"dispute\":\"");
  size = strcspn(begin, "\"");
  CHECK(size > 0 && size < sizeof reference);
  memcpy(reference, begin, size);
  reference[size] = 0;
  CHECK_OK(ringfence_service_dispute(of->service, ringfence_str(reference), NULL, &settings, world_error()));
  CHECK(settings.status == RINGFENCE_STATUS_LOCKED);
  CHECK_OK(ringfence_service_appeal(of->service, &ann, NULL, &appeal, world_error()));
  CHECK(appeal.state == RINGFENCE_APPEAL_SUBMITTED);
  CHECK_TEXT(appeal.submitted_by, "dispute");
  CHECK_TEXT(settings.phone.masked, "77****0123");
  world_close(of);
}

const test notices_tests[] = {
    TEST(the_settings_show_every_category),
    TEST(the_owner_chooses_channels_for_a_category),
    TEST(a_notice_is_sent_once_however_often_it_is_given),
    TEST(nobody_is_told_where_nothing_is_verified),
    TEST(the_dispatcher_counts_and_tries_again),
    TEST(a_code_that_is_refused_for_good_is_given_up),
    TEST(a_code_that_is_no_longer_live_is_superseded),
    TEST(an_approved_appeal_opens_a_new_phone_once),
    TEST(a_dispute_locks_the_account_and_opens_an_appeal),
    END_OF_TESTS,
};
