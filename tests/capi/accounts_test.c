/* Accounts as a whole: import, upgrade, locks, closing, login, audit trail, export and erasure. */
#include "suites.h"
#include "world.h"

static ringfence_registration row_of(const char* id, const char* phone, int64_t proven_at) {
  FRESH(ringfence_registration, row);
  row.account = world_account(id);
  row.phone.text = ringfence_str(phone);
  row.phone_proven_at = proven_at;
  return row;
}

static void a_registration_that_is_refused_stores_nothing(void) {
  world* of = world_open("");
  ringfence_registration row = row_of("ann", "12", 0);
  const ringfence_account ann = world_account("ann");
  FRESH(ringfence_settings, settings);
  CHECK_STATUS(ringfence_service_register_account(of->service, &row, NULL, &settings, world_error()),
               RINGFENCE_INVALID_NUMBER);
  row.phone.text = ringfence_str(WORLD_PHONE);
  row.email = ringfence_str("no email");
  CHECK_STATUS(ringfence_service_register_account(of->service, &row, NULL, &settings, world_error()),
               RINGFENCE_INVALID_EMAIL);
  CHECK_STATUS(ringfence_service_settings(of->service, &ann, NULL, &settings, world_error()),
               RINGFENCE_ACCOUNT_NOT_FOUND);
  world_add(of, "ann", WORLD_PHONE, NULL);
  row.email = ringfence_str("");
  CHECK_STATUS(ringfence_service_register_account(of->service, &row, NULL, &settings, world_error()),
               RINGFENCE_ACCOUNT_EXISTS);
  world_close(of);
}

static void realms_know_nothing_of_each_other(void) {
  world* of = world_open("");
  ringfence_registration row = row_of("ann", WORLD_PHONE, WORLD_START);
  ringfence_address_input typed;
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_login, login);
  row.account.realm = ringfence_str("eu");
  CHECK_OK(ringfence_service_register_account(of->service, &row, NULL, &settings, world_error()));
  CHECK_TEXT(settings.realm, "eu");
  typed = row.phone;
  CHECK_OK(ringfence_service_resolve_login_phone(of->service, ringfence_str("eu"), &typed, NULL, &login,
                                                 world_error()));
  CHECK(login.found == 1);
  CHECK_TEXT(login.account, "ann");
  CHECK_OK(ringfence_service_resolve_login_phone(of->service, ringfence_str(""), &typed, NULL, &login, world_error()));
  CHECK(login.found == 0);
  CHECK_TEXT(login.account, "");
  world_close(of);
}

static void a_federated_account_is_managed_elsewhere_until_it_is_upgraded(void) {
  world* of = world_open("{\"provider_links\":{\"shop\":\"https://id.example.com/phone\"}}");
  ringfence_registration row = row_of("ann", WORLD_PHONE, WORLD_START);
  const ringfence_account ann = world_account("ann");
  ringfence_error* error = world_error();
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_flow_view, view);
  row.kind = RINGFENCE_ACCOUNT_FEDERATED;
  row.provider = ringfence_str("shop");
  CHECK_OK(ringfence_service_register_account(of->service, &row, NULL, &settings, error));
  CHECK(settings.kind == RINGFENCE_ACCOUNT_FEDERATED);
  CHECK_TEXT(settings.managed_at, "https://id.example.com/phone");
  CHECK_STATUS(ringfence_service_begin_change_phone(of->service, &ann, RINGFENCE_PHONE, RINGFENCE_NUMBER_CHANGED,
                                                    &of->call, &view, error),
               RINGFENCE_MANAGED_ELSEWHERE);
  CHECK_TEXT(error->link, "https://id.example.com/phone");
  CHECK_OK(ringfence_service_upgrade(of->service, &ann, NULL, &settings, error));
  CHECK(settings.kind == RINGFENCE_ACCOUNT_STANDALONE);
  CHECK_TEXT(settings.managed_at, "");
  world_changed(of, "ann", WORLD_NEW_PHONE);
  world_close(of);
}

static void an_import_tells_what_it_refused_and_is_repeated_without_harm(void) {
  world* of = world_open("");
  ringfence_registration rows[4];
  ringfence_text refused;
  FRESH(ringfence_import_report, report);
  char* told;
  rows[0] = row_of("ann", WORLD_PHONE, WORLD_START - 1000);
  rows[1] = row_of("bob", "12", 0);
  rows[2] = row_of("cid", WORLD_PHONE, WORLD_START - 2000); /* Proven earlier: the login is its. */
  rows[3] = row_of("", WORLD_NEW_PHONE, 0);
  CHECK_OK(ringfence_service_import_accounts(of->service, rows, 4, NULL, &report, &refused, world_error()));
  CHECK(report.imported == 2 && report.present == 0 && report.refused == 2);
  told = world_take(refused);
  CHECK(strstr(told, "{\"index\":1,\"next\":\"fix_input\",\"status\":\"invalid_number\",\"text\":\"") != NULL);
  CHECK(strstr(told, "{\"index\":3,\"next\":\"fix_input\",\"status\":\"invalid_argument\",\"text\":\"") != NULL);
  free(told);
  CHECK(world_settings(of, "cid").phone.login == 1);
  CHECK(world_settings(of, "ann").phone.login_reason == RINGFENCE_REASON_SHARED_WITH_OTHER_ACCOUNTS);
  CHECK_OK(ringfence_service_import_accounts(of->service, rows, 4, NULL, &report, &refused, world_error()));
  CHECK(report.imported == 0 && report.present == 2 && report.refused == 2);
  ringfence_text_free(refused);
  world_pump(of);
  CHECK(of->sent_count == 0);

  CHECK_OK(ringfence_service_import_accounts(of->service, NULL, 0, NULL, &report, &refused, world_error()));
  CHECK(report.imported == 0 && report.refused == 0);
  CHECK_TEXT(ringfence_text_get(refused).data, "[]");
  ringfence_text_free(refused);
  world_close(of);
}

static void a_lock_voids_flows_and_is_told(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  ringfence_flow_view view;
  FRESH(ringfence_settings, settings);
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_begun(of, "ann");
  CHECK_OK(ringfence_service_lock(of->service, &ann, ringfence_str("suspicion"), NULL, &settings, world_error()));
  CHECK(settings.status == RINGFENCE_STATUS_LOCKED);
  CHECK(settings.phone.verification_reason == RINGFENCE_REASON_ACCOUNT_LOCKED);
  CHECK_STATUS(ringfence_service_begin_change_phone(of->service, &ann, RINGFENCE_PHONE, RINGFENCE_NUMBER_CHANGED,
                                                    &of->call, &view, world_error()),
               RINGFENCE_ACCOUNT_LOCKED);
  CHECK(world_count(of, RINGFENCE_MESSAGE_EVENT, "account_locked") == 1);
  CHECK_OK(ringfence_service_unlock(of->service, &ann, NULL, &settings, world_error()));
  CHECK(settings.status == RINGFENCE_STATUS_ACTIVE);
  CHECK_STATUS(ringfence_service_view(of->service, ringfence_str(view.flow), &of->call, &view, world_error()),
               RINGFENCE_FLOW_NOT_FOUND);
  world_close(of);
}

static void a_changed_password_voids_flows(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  ringfence_flow_view view;
  FRESH(ringfence_settings, settings);
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_identified(of, "ann");
  CHECK_OK(ringfence_service_credentials_changed(of->service, &ann, NULL, &settings, world_error()));
  CHECK_STATUS(ringfence_service_view(of->service, ringfence_str(view.flow), &of->call, &view, world_error()),
               RINGFENCE_FLOW_NOT_FOUND);
  world_close(of);
}

static void a_number_logs_in_for_whom_holds_the_claim(void) {
  world* of = world_open("");
  ringfence_address_input typed;
  FRESH(ringfence_login, login);
  world_add(of, "ann", WORLD_PHONE, NULL);
  typed.text = ringfence_str("139 1234 3672");
  typed.region = ringfence_str("CN");
  CHECK_OK(ringfence_service_resolve_login_phone(of->service, ringfence_str(""), &typed, NULL, &login, world_error()));
  CHECK_TEXT(login.account, "ann");
  world_changed(of, "ann", WORLD_NEW_PHONE);
  CHECK_OK(ringfence_service_resolve_login_phone(of->service, ringfence_str(""), &typed, NULL, &login, world_error()));
  CHECK(login.found == 0);
  typed.text = ringfence_str("12");
  CHECK_STATUS(ringfence_service_resolve_login_phone(of->service, ringfence_str(""), &typed, NULL, &login,
                                                     world_error()),
               RINGFENCE_INVALID_NUMBER);
  CHECK_STATUS(ringfence_service_resolve_login_email(of->service, ringfence_str(""), ringfence_str("x"), NULL, &login,
                                                     world_error()),
               RINGFENCE_INVALID_EMAIL);
  world_close(of);
}

static void the_audit_trail_is_read_in_pages_verified_and_pruned(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  ringfence_text entries;
  uint64_t next = 0;
  uint64_t seen = 0;
  int32_t removed = 0;
  FRESH(ringfence_audit_query, query);
  FRESH(ringfence_audit_report, report);
  world_add(of, "ann", WORLD_PHONE, NULL);
  of->now += 60 * 1000;
  world_changed(of, "ann", WORLD_NEW_PHONE);

  CHECK_OK(ringfence_service_verify_audit(of->service, &ann, NULL, &report, world_error()));
  CHECK(report.fault == RINGFENCE_AUDIT_INTACT && report.checked == report.head && report.anchor == 0);
  CHECK(report.head > 2 && report.at == 0);
  CHECK(strlen(report.head_mac) == 32);

  query.max = 2;
  do {
    query.after = next;
    CHECK_OK(ringfence_service_audit(of->service, &ann, &query, NULL, &entries, &next, world_error()));
    CHECK(ringfence_text_get(entries).data[0] == '[');
    ringfence_text_free(entries);
    ++seen;
  } while (next != 0);
  CHECK(seen == (report.head + 1) / 2);

  CHECK_OK(ringfence_service_audit(of->service, &ann, NULL, NULL, &entries, &next, world_error()));
  CHECK(next == 0);
  CHECK(world_has(entries, "phone_changed"));
  query.max = 0;
  query.after = 0;
  query.until = WORLD_START + 1;
  CHECK_OK(ringfence_service_audit(of->service, &ann, &query, NULL, &entries, &next, world_error()));
  CHECK(!world_has(entries, "phone_changed"));

  CHECK_OK(ringfence_service_prune_audit(of->service, &ann, WORLD_START + 1, NULL, &removed, world_error()));
  CHECK(removed == 1);
  CHECK_OK(ringfence_service_verify_audit(of->service, &ann, NULL, &report, world_error()));
  CHECK(report.fault == RINGFENCE_AUDIT_INTACT && report.anchor == 1);
  world_close(of);
}

static void export_gives_everything_and_erasure_leaves_a_trail_that_holds(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  ringfence_text text;
  char* exported;
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_audit_report, report);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  world_changed(of, "ann", WORLD_NEW_PHONE);
  world_pump(of);
  CHECK_OK(ringfence_service_export_account(of->service, &ann, NULL, &text, world_error()));
  exported = world_take(text);
  CHECK(strncmp(exported, "{\"account\":{", 12) == 0);
  CHECK(strstr(exported, "\"audit\":[") != NULL && strstr(exported, "\"messages\":[") != NULL);
  CHECK(strstr(exported, WORLD_NEW_PHONE) != NULL && strstr(exported, WORLD_EMAIL) != NULL);
  free(exported);
  CHECK_OK(ringfence_service_erase(of->service, &ann, NULL, &settings, world_error()));
  CHECK(settings.status == RINGFENCE_STATUS_CLOSED);
  CHECK(settings.phone.state == RINGFENCE_CHANNEL_ABSENT);
  CHECK_OK(ringfence_service_export_account(of->service, &ann, NULL, &text, world_error()));
  exported = world_take(text);
  CHECK(strstr(exported, WORLD_NEW_PHONE) == NULL && strstr(exported, WORLD_EMAIL) == NULL);
  free(exported);
  CHECK_OK(ringfence_service_verify_audit(of->service, &ann, NULL, &report, world_error()));
  CHECK(report.fault == RINGFENCE_AUDIT_INTACT);
  CHECK(world_count(of, RINGFENCE_MESSAGE_EVENT, "account_erased") == 1);
  world_close(of);
}

static void health_tells_of_the_store_the_outbox_and_the_keys(void) {
  world* of = world_open("");
  FRESH(ringfence_health, health);
  CHECK_OK(ringfence_service_health(of->service, &health, world_error()));
  CHECK(health.store == RINGFENCE_OK && health.due == 0 && health.keys == 1);
  CHECK_TEXT(health.current_key, "k1");
  world_add(of, "ann", WORLD_PHONE, NULL);
  world_begun(of, "ann");
  of->now += 2000;
  CHECK_OK(ringfence_service_health(of->service, &health, world_error()));
  CHECK(health.due == 1 && health.oldest_due_at == WORLD_START && health.outbox_age_ms == 2000);
  world_close(of);
}

static void an_observer_sees_every_call(void) {
  world* of = world_open("");
  int before;
  world_add(of, "ann", WORLD_PHONE, NULL);
  before = of->observations;
  CHECK(before > 0);
  world_settings(of, "ann");
  CHECK(of->observations > before);
  world_close(of);
}

const test accounts_tests[] = {
    TEST(a_registration_that_is_refused_stores_nothing),
    TEST(realms_know_nothing_of_each_other),
    TEST(a_federated_account_is_managed_elsewhere_until_it_is_upgraded),
    TEST(an_import_tells_what_it_refused_and_is_repeated_without_harm),
    TEST(a_lock_voids_flows_and_is_told),
    TEST(a_changed_password_voids_flows),
    TEST(a_number_logs_in_for_whom_holds_the_claim),
    TEST(the_audit_trail_is_read_in_pages_verified_and_pruned),
    TEST(export_gives_everything_and_erasure_leaves_a_trail_that_holds),
    TEST(health_tells_of_the_store_the_outbox_and_the_keys),
    TEST(an_observer_sees_every_call),
    END_OF_TESTS,
};
