/* The four steps of a changed security phone, and what can come in between, through the C interface. */
#include "suites.h"
#include "world.h"

static ringfence_address_input typed(const char* text, const char* region) {
  ringfence_address_input out;
  out.text = ringfence_str(text);
  out.region = ringfence_str(region);
  return out;
}

static void the_four_steps(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  const ringfence_address_input target = typed("07700 900123", "GB");
  ringfence_settings settings;
  FRESH(ringfence_flow_view, view);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);

  settings = world_settings(of, "ann");
  CHECK_TEXT(settings.id, "ann");
  CHECK_TEXT(settings.phone.masked, "139****3672");
  CHECK_TEXT(settings.email.masked, "l*****n@example.com");
  CHECK(settings.phone.state == RINGFENCE_CHANNEL_VERIFIED);
  CHECK(settings.phone.verification == 1 && settings.phone.login == 1 && settings.phone.notices == 1);
  CHECK(settings.phone.assurance == RINGFENCE_ASSURANCE_RESTRICTED);
  CHECK(settings.email.assurance == RINGFENCE_ASSURANCE_RECOVERY_ONLY);

  CHECK_OK(ringfence_service_begin_change_phone(of->service, &ann, RINGFENCE_PHONE, RINGFENCE_NUMBER_CHANGED,
                                                &of->call, &view, world_error()));
  CHECK(view.kind == RINGFENCE_FLOW_CHANGE_PHONE && view.step == RINGFENCE_STEP_PROVE_IDENTITY);
  CHECK(view.verdict == RINGFENCE_VERDICT_NOT_ASKED && view.tries_left == 5);
  CHECK_TEXT(view.sent_to, "139****3672");
  CHECK(view.code_expires_at == of->now + 5 * 60 * 1000);
  CHECK(view.flow[0] != 0);

  CHECK_OK(ringfence_service_prove_identity(of->service, ringfence_str(view.flow),
                                            ringfence_str(world_code_at(of, WORLD_PHONE)), &of->call, &view,
                                            world_error()));
  CHECK(view.verdict == RINGFENCE_VERDICT_ACCEPTED && view.step == RINGFENCE_STEP_SET_TARGET);
  CHECK(view.expires_at == of->now + 15 * 60 * 1000);

  CHECK_OK(ringfence_service_set_target(of->service, ringfence_str(view.flow), &target, &of->call, &view,
                                        world_error()));
  CHECK(view.step == RINGFENCE_STEP_PROVE_TARGET);
  CHECK_TEXT(view.sent_to, "77****0123");

  CHECK_OK(ringfence_service_prove_target(of->service, ringfence_str(view.flow),
                                          ringfence_str(world_code_at(of, WORLD_NEW_PHONE)), 1, &of->call, &view,
                                          world_error()));
  CHECK(view.verdict == RINGFENCE_VERDICT_ACCEPTED && view.step == RINGFENCE_STEP_DONE);
  CHECK(view.changed == 1 && view.usable_for_verification == 1 && view.usable_for_login == 1);
  CHECK(view.check_email == 0 && view.repeated == 0);
  CHECK_TEXT(view.changed_to, "77****0123");

  settings = world_settings(of, "ann");
  CHECK_TEXT(settings.phone.masked, "77****0123");
  CHECK(settings.phone.verification == 1 && settings.phone.login == 1);
  world_close(of);
}

static void a_message_says_what_it_is_and_the_old_number_hears_of_the_change(void) {
  world* of = world_open("");
  const sent* one;
  of->call.trace_id = ringfence_str("trace-1");
  world_add(of, "ann", WORLD_PHONE, NULL);
  world_changed(of, "ann", WORLD_NEW_PHONE);
  one = &of->all[0];
  CHECK(one->kind == RINGFENCE_MESSAGE_CODE && one->channel == RINGFENCE_PHONE);
  CHECK(one->role == RINGFENCE_ROLE_IDENTITY && one->route == RINGFENCE_ROUTE_TEXT && one->attempts == 1);
  CHECK_TEXT(one->destination, WORLD_PHONE);
  CHECK_TEXT(one->account, "ann");
  CHECK_TEXT(one->purpose, "change_phone");
  CHECK_TEXT(one->trace_id, "trace-1");
  CHECK(strlen(one->id) == 32 && strlen(one->code) == 6);
  CHECK(strstr(one->text, one->code) != NULL);
  CHECK(one->lifetime_ms == 5 * 60 * 1000);
  CHECK(of->all[1].role == RINGFENCE_ROLE_TARGET);
  CHECK_TEXT(of->all[1].destination, WORLD_NEW_PHONE);
  CHECK(world_count(of, RINGFENCE_MESSAGE_NOTICE, "phone_changed") == 2);
  CHECK(world_count(of, RINGFENCE_MESSAGE_EVENT, "phone_changed") == 1);
  one = world_last(of, RINGFENCE_MESSAGE_EVENT, "phone_changed");
  CHECK(one->channel == -1);
  CHECK_TEXT(one->destination, "");
  CHECK_TEXT(one->code, "");
  CHECK(one->fields[0] == '{');
  world_close(of);
}

static void a_wrong_code_is_a_verdict_with_the_tries_that_are_left(void) {
  world* of = world_open("");
  ringfence_flow_view view;
  const char* code;
  int left;
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_begun(of, "ann");
  code = world_code_at(of, WORLD_PHONE);
  for (left = 4; left >= 3; --left) {
    CHECK_OK(ringfence_service_prove_identity(of->service, ringfence_str(view.flow),
                                              ringfence_str(world_wrong(code)), &of->call, &view, world_error()));
    CHECK(view.verdict == RINGFENCE_VERDICT_REJECTED);
    CHECK(view.tries_left == left);
    CHECK(view.step == RINGFENCE_STEP_PROVE_IDENTITY);
  }
  /* As a person types it. */
  {
    char spaced[16];
    sprintf(spaced, " %.3s-%s", code, code + 3);
    CHECK_OK(ringfence_service_prove_identity(of->service, ringfence_str(view.flow), ringfence_str(spaced),
                                              &of->call, &view, world_error()));
  }
  CHECK(view.verdict == RINGFENCE_VERDICT_ACCEPTED);
  world_close(of);
}

static void after_five_wrong_codes_there_is_no_live_code(void) {
  world* of = world_open("");
  ringfence_flow_view view;
  const char* code;
  int i;
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_begun(of, "ann");
  code = world_code_at(of, WORLD_PHONE);
  for (i = 0; i < 5; ++i) {
    CHECK_OK(ringfence_service_prove_identity(of->service, ringfence_str(view.flow),
                                              ringfence_str(world_wrong(code)), &of->call, &view, world_error()));
  }
  CHECK(view.verdict == RINGFENCE_VERDICT_REJECTED && view.tries_left == 0);
  CHECK(view.limited_until == of->now + 30 * 1000);
  CHECK_STATUS(ringfence_service_prove_identity(of->service, ringfence_str(view.flow), ringfence_str(code), &of->call,
                                                &view, world_error()),
               RINGFENCE_LIMITED);
  of->now += 31 * 1000;
  CHECK_OK(ringfence_service_prove_identity(of->service, ringfence_str(view.flow), ringfence_str(code), &of->call,
                                            &view, world_error()));
  CHECK(view.verdict == RINGFENCE_VERDICT_NO_LIVE_CODE);
  world_close(of);
}

static void a_shared_number_serves_for_verification_only(void) {
  world* of = world_open("");
  ringfence_flow_view view;
  ringfence_settings settings;
  world_add(of, "bob", WORLD_NEW_PHONE, NULL);
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_changed(of, "ann", WORLD_NEW_PHONE);
  CHECK(view.usable_for_verification == 1 && view.usable_for_login == 0);
  settings = world_settings(of, "ann");
  CHECK(settings.phone.verification == 1 && settings.phone.login == 0);
  CHECK(settings.phone.login_reason == RINGFENCE_REASON_SHARED_WITH_OTHER_ACCOUNTS);
  settings = world_settings(of, "bob");
  CHECK(settings.phone.login == 1);
  world_close(of);
}

static void who_does_not_accept_verification_only_is_asked_once_more(void) {
  world* of = world_open("");
  ringfence_flow_view view;
  world_add(of, "bob", WORLD_NEW_PHONE, NULL);
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_targeted(of, "ann", WORLD_NEW_PHONE);
  CHECK_OK(ringfence_service_prove_target(of->service, ringfence_str(view.flow),
                                          ringfence_str(world_code_at(of, WORLD_NEW_PHONE)), 0, &of->call, &view,
                                          world_error()));
  CHECK(view.step == RINGFENCE_STEP_CONFIRM_TARGET && view.verification_only == 1 && view.changed == 0);
  CHECK_OK(ringfence_service_confirm_target(of->service, ringfence_str(view.flow), &of->call, &view, world_error()));
  CHECK(view.step == RINGFENCE_STEP_DONE && view.usable_for_login == 0);
  world_close(of);
}

static void a_limit_says_when_it_ends(void) {
  world* of = world_open("");
  ringfence_flow_view view;
  ringfence_error* error = world_error();
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_begun(of, "ann");
  CHECK_STATUS(ringfence_service_resend(of->service, ringfence_str(view.flow), RINGFENCE_ROUTE_TEXT, &of->call, &view,
                                        error),
               RINGFENCE_LIMITED);
  CHECK(error->status == RINGFENCE_LIMITED && error->next == RINGFENCE_NEXT_WAIT);
  CHECK(error->retry_at == of->now + 60 * 1000);
  CHECK(error->text[0] != 0 && error->link[0] == 0);
  of->now = error->retry_at;
  CHECK_OK(ringfence_service_resend(of->service, ringfence_str(view.flow), RINGFENCE_ROUTE_TEXT, &of->call, &view,
                                    error));
  CHECK(error->status == RINGFENCE_OK && error->retry_at == 0 && error->text[0] == 0);
  world_close(of);
}

static void a_resent_code_voids_the_one_before_and_may_be_spoken(void) {
  world* of = world_open("");
  ringfence_flow_view view;
  char first[16];
  const char* second;
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_begun(of, "ann");
  strcpy(first, world_code_at(of, WORLD_PHONE));
  of->now += 61 * 1000;
  CHECK_OK(ringfence_service_resend(of->service, ringfence_str(view.flow), RINGFENCE_ROUTE_VOICE, &of->call, &view,
                                    world_error()));
  second = world_code_at(of, WORLD_PHONE);
  CHECK(of->all[of->sent_count - 1].route == RINGFENCE_ROUTE_VOICE);
  CHECK(strcmp(first, second) != 0);
  CHECK_OK(ringfence_service_prove_identity(of->service, ringfence_str(view.flow), ringfence_str(first), &of->call,
                                            &view, world_error()));
  CHECK(view.verdict == RINGFENCE_VERDICT_REJECTED);
  CHECK_OK(ringfence_service_prove_identity(of->service, ringfence_str(view.flow), ringfence_str(second), &of->call,
                                            &view, world_error()));
  CHECK(view.verdict == RINGFENCE_VERDICT_ACCEPTED);
  world_close(of);
}

static void a_cancelled_flow_is_over(void) {
  world* of = world_open("");
  ringfence_flow_view view;
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_begun(of, "ann");
  CHECK_OK(ringfence_service_cancel(of->service, ringfence_str(view.flow), &of->call, &view, world_error()));
  CHECK(view.step == RINGFENCE_STEP_CANCELLED);
  CHECK_STATUS(ringfence_service_prove_identity(of->service, ringfence_str(view.flow), ringfence_str("123456"),
                                                &of->call, &view, world_error()),
               RINGFENCE_FLOW_NOT_FOUND);
  world_close(of);
}

static void a_flow_belongs_to_one_session(void) {
  world* of = world_open("");
  ringfence_flow_view view;
  ringfence_call other;
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_begun(of, "ann");
  other = of->call;
  other.session = ringfence_str("session-2");
  CHECK_STATUS(ringfence_service_view(of->service, ringfence_str(view.flow), &other, &view, world_error()),
               RINGFENCE_SESSION_MISMATCH);
  CHECK_OK(ringfence_service_view(of->service, ringfence_str(view.flow), &of->call, &view, world_error()));
  world_close(of);
}

static void a_finished_flow_repeats_its_result(void) {
  world* of = world_open("");
  ringfence_flow_view view;
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_changed(of, "ann", WORLD_NEW_PHONE);
  CHECK_OK(ringfence_service_prove_target(of->service, ringfence_str(view.flow), ringfence_str("000000"), 1, &of->call,
                                          &view, world_error()));
  CHECK(view.repeated == 1 && view.changed == 1 && view.usable_for_login == 1);
  world_close(of);
}

static void a_step_repeated_with_its_request_id_gets_the_reply_it_got(void) {
  world* of = world_open("");
  ringfence_flow_view view;
  ringfence_flow_view again;
  const ringfence_account ann = world_account("ann");
  of->call.request_id = ringfence_str("request-1");
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_begun(of, "ann");
  again = view;
  CHECK_OK(ringfence_service_begin_change_phone(of->service, &ann, RINGFENCE_PHONE, RINGFENCE_NUMBER_CHANGED, &of->call,
                                                &again, world_error()));
  CHECK(again.repeated == 1);
  CHECK_TEXT(again.flow, view.flow);
  world_code_at(of, WORLD_PHONE);
  CHECK(of->sent_count == 1);
  world_close(of);
}

static void each_refusal_of_a_target_has_its_own_status(void) {
  world* of = world_open("{\"phone_numbers\":{\"denied_regions\":[\"CU\"]}}");
  ringfence_flow_view view;
  ringfence_address_input target;
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_identified(of, "ann");
  target = typed("12", "GB");
  CHECK_STATUS(ringfence_service_set_target(of->service, ringfence_str(view.flow), &target, &of->call, &view,
                                            world_error()),
               RINGFENCE_INVALID_NUMBER);
  target = typed("139 1234 3672", "CN");
  CHECK_STATUS(ringfence_service_set_target(of->service, ringfence_str(view.flow), &target, &of->call, &view,
                                            world_error()),
               RINGFENCE_SAME_ADDRESS);
  target = typed("+5351234567", "");
  CHECK_STATUS(ringfence_service_set_target(of->service, ringfence_str(view.flow), &target, &of->call, &view,
                                            world_error()),
               RINGFENCE_REGION_NOT_ALLOWED);
  target = typed("+449098790000", ""); /* Premium rate. */
  CHECK_STATUS(ringfence_service_set_target(of->service, ringfence_str(view.flow), &target, &of->call, &view,
                                            world_error()),
               RINGFENCE_NUMBER_TYPE_NOT_ALLOWED);
  CHECK_OK(ringfence_service_view(of->service, ringfence_str(view.flow), &of->call, &view, world_error()));
  CHECK(view.step == RINGFENCE_STEP_SET_TARGET);
  world_close(of);
}

static void a_changed_person_is_warned_of_the_email(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  const ringfence_address_input target = typed(WORLD_NEW_PHONE, "");
  FRESH(ringfence_flow_view, view);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  CHECK_OK(ringfence_service_begin_change_phone(of->service, &ann, RINGFENCE_EMAIL, RINGFENCE_PERSON_CHANGED, &of->call,
                                                &view, world_error()));
  CHECK_TEXT(view.sent_to, "l*****n@example.com");
  CHECK_OK(ringfence_service_prove_identity(of->service, ringfence_str(view.flow),
                                            ringfence_str(world_code_at(of, WORLD_EMAIL)), &of->call, &view,
                                            world_error()));
  CHECK_OK(ringfence_service_set_target(of->service, ringfence_str(view.flow), &target, &of->call, &view,
                                        world_error()));
  CHECK_OK(ringfence_service_prove_target(of->service, ringfence_str(view.flow),
                                          ringfence_str(world_code_at(of, WORLD_NEW_PHONE)), 1, &of->call, &view,
                                          world_error()));
  CHECK(view.changed == 1 && view.check_email == 1);
  world_close(of);
}

static void the_email_changes_in_the_same_way(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  const ringfence_address_input target = typed("ann@example.org", "");
  FRESH(ringfence_flow_view, view);
  FRESH(ringfence_login, login);
  world_add(of, "ann", WORLD_PHONE, NULL);
  CHECK_OK(ringfence_service_begin_change_email(of->service, &ann, RINGFENCE_PHONE, &of->call, &view, world_error()));
  CHECK(view.kind == RINGFENCE_FLOW_CHANGE_EMAIL && view.channel == RINGFENCE_EMAIL);
  CHECK_OK(ringfence_service_prove_identity(of->service, ringfence_str(view.flow),
                                            ringfence_str(world_code_at(of, WORLD_PHONE)), &of->call, &view,
                                            world_error()));
  CHECK_OK(ringfence_service_set_target(of->service, ringfence_str(view.flow), &target, &of->call, &view,
                                        world_error()));
  CHECK_OK(ringfence_service_prove_target(of->service, ringfence_str(view.flow),
                                          ringfence_str(world_code_at(of, "ann@example.org")), 1, &of->call, &view,
                                          world_error()));
  CHECK(view.changed == 1 && view.usable_for_login == 1);
  CHECK_OK(ringfence_service_resolve_login_email(of->service, ringfence_str(""), ringfence_str("ann@EXAMPLE.org"), NULL,
                                                 &login, world_error()));
  CHECK(login.found == 1);
  CHECK_TEXT(login.account, "ann");
  world_close(of);
}

static void an_unverified_phone_is_proven_by_a_code(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  FRESH(ringfence_registration, row);
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_flow_view, view);
  row.account = ann;
  row.phone = typed(WORLD_PHONE, "");
  CHECK_OK(ringfence_service_register_account(of->service, &row, &of->call, &settings, world_error()));
  CHECK(settings.phone.state == RINGFENCE_CHANNEL_UNVERIFIED);
  CHECK(settings.phone.verification_reason == RINGFENCE_REASON_UNVERIFIED);
  CHECK_OK(ringfence_service_begin_verify_channel(of->service, &ann, RINGFENCE_PHONE, RINGFENCE_PHONE, &of->call, &view,
                                                  world_error()));
  CHECK_OK(ringfence_service_prove_target(of->service, ringfence_str(view.flow),
                                          ringfence_str(world_code_at(of, WORLD_PHONE)), 1, &of->call, &view,
                                          world_error()));
  CHECK(view.changed == 1);
  CHECK_STATUS(ringfence_service_begin_verify_channel(of->service, &ann, RINGFENCE_PHONE, RINGFENCE_PHONE, &of->call,
                                                      &view, world_error()),
               RINGFENCE_NOTHING_TO_PROVE);
  world_close(of);
}

static void an_operation_is_confirmed_and_its_grant_taken_once(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  const ringfence_string operation = ringfence_str("vm:deleteInstance");
  FRESH(ringfence_flow_view, view);
  FRESH(ringfence_grant, grant);
  world_add(of, "ann", WORLD_PHONE, NULL);
  CHECK_OK(ringfence_service_begin_confirm_operation(of->service, &ann, operation, RINGFENCE_PHONE, &of->call, &view,
                                                     world_error()));
  CHECK_OK(ringfence_service_prove_identity(of->service, ringfence_str(view.flow),
                                            ringfence_str(world_code_at(of, WORLD_PHONE)), &of->call, &view,
                                            world_error()));
  CHECK(view.granted == 1 && view.step == RINGFENCE_STEP_DONE);
  CHECK_TEXT(view.operation, "vm:deleteInstance");
  CHECK(view.grant_expires_at == of->now + 5 * 60 * 1000);
  CHECK_STATUS(ringfence_service_use_grant(of->service, ringfence_str(view.flow), ringfence_str("vm:start"), &of->call,
                                           &grant, world_error()),
               RINGFENCE_GRANT_INVALID);
  CHECK_OK(ringfence_service_use_grant(of->service, ringfence_str(view.flow), operation, &of->call, &grant,
                                       world_error()));
  CHECK_TEXT(grant.operation, "vm:deleteInstance");
  CHECK(grant.expires_at == view.grant_expires_at);
  CHECK_STATUS(ringfence_service_use_grant(of->service, ringfence_str(view.flow), operation, &of->call, &grant,
                                           world_error()),
               RINGFENCE_GRANT_INVALID);
  world_close(of);
}

static void who_is_alone_on_a_number_claims_the_login(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  FRESH(ringfence_flow_view, view);
  FRESH(ringfence_settings, settings);
  world_add(of, "bob", WORLD_NEW_PHONE, NULL);
  world_add(of, "ann", WORLD_PHONE, NULL);
  world_changed(of, "ann", WORLD_NEW_PHONE);
  {
    const ringfence_account bob = world_account("bob");
    CHECK_OK(ringfence_service_close(of->service, &bob, NULL, &settings, world_error()));
    CHECK(settings.status == RINGFENCE_STATUS_CLOSED);
  }
  CHECK_OK(ringfence_service_begin_claim_login(of->service, &ann, RINGFENCE_PHONE, &of->call, &view, world_error()));
  CHECK_OK(ringfence_service_prove_target(of->service, ringfence_str(view.flow),
                                          ringfence_str(world_code_at(of, WORLD_NEW_PHONE)), 1, &of->call, &view,
                                          world_error()));
  CHECK(view.changed == 1 && view.usable_for_login == 1);
  world_close(of);
}

static void a_risk_advisor_is_asked_and_obeyed(void) {
  ringfence_store store;
  world* of;
  const ringfence_account ann = world_account("ann");
  FRESH(ringfence_flow_view, view);
  CHECK_OK(ringfence_store_open(ringfence_str("memory:"), &store, world_error()));
  of = world_open_on(store, "", 1);
  world_add(of, "ann", WORLD_PHONE, NULL);
  of->risk_answer = RINGFENCE_RISK_SUSPICIOUS;
  CHECK_STATUS(ringfence_service_begin_change_phone(of->service, &ann, RINGFENCE_PHONE, RINGFENCE_NUMBER_CHANGED,
                                                    &of->call, &view, world_error()),
               RINGFENCE_RISK_REFUSED);
  of->risk_answer = RINGFENCE_RISK_UNKNOWN;
  CHECK_STATUS(ringfence_service_begin_change_phone(of->service, &ann, RINGFENCE_PHONE, RINGFENCE_NUMBER_CHANGED,
                                                    &of->call, &view, world_error()),
               RINGFENCE_RISK_REFUSED);
  of->risk_answer = RINGFENCE_RISK_CLEAR;
  CHECK(of->risk_questions == 2);
  world_changed(of, "ann", WORLD_NEW_PHONE);
  world_close(of);
}

const test change_phone_tests[] = {
    TEST(the_four_steps),
    TEST(a_message_says_what_it_is_and_the_old_number_hears_of_the_change),
    TEST(a_wrong_code_is_a_verdict_with_the_tries_that_are_left),
    TEST(after_five_wrong_codes_there_is_no_live_code),
    TEST(a_shared_number_serves_for_verification_only),
    TEST(who_does_not_accept_verification_only_is_asked_once_more),
    TEST(a_limit_says_when_it_ends),
    TEST(a_resent_code_voids_the_one_before_and_may_be_spoken),
    TEST(a_cancelled_flow_is_over),
    TEST(a_flow_belongs_to_one_session),
    TEST(a_finished_flow_repeats_its_result),
    TEST(a_step_repeated_with_its_request_id_gets_the_reply_it_got),
    TEST(each_refusal_of_a_target_has_its_own_status),
    TEST(a_changed_person_is_warned_of_the_email),
    TEST(the_email_changes_in_the_same_way),
    TEST(an_unverified_phone_is_proven_by_a_code),
    TEST(an_operation_is_confirmed_and_its_grant_taken_once),
    TEST(who_is_alone_on_a_number_claims_the_login),
    TEST(a_risk_advisor_is_asked_and_obeyed),
    END_OF_TESTS,
};
