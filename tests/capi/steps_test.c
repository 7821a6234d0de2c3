/* Steps that the host drives by itself: it loads, decides, commits and only then learns the reply. */
#include "suites.h"
#include "world.h"

/* What a step may depend on, with a seed that is drawn like those of the service. */
static ringfence_step_context context_of(world* of) {
  FRESH(ringfence_step_context, context);
  size_t i;
  context.risk = -1;
  context.keys = of->keys;
  context.now = of->now;
  ++of->drawn;
  for (i = 0; i < 8; ++i) {
    context.seed[i] = (uint8_t)(of->seed >> (8 * i));
    context.seed[8 + i] = (uint8_t)(of->drawn >> (8 * i));
  }
  return context;
}

static ringfence_step made(world* of, const char* command) {
  const ringfence_policy none = {0};
  ringfence_step step;
  CHECK_OK(ringfence_step_new(none, ringfence_str(command), &of->call, &step, world_error()));
  return step;
}

static void load_all(world* of, ringfence_step step) {
  for (;;) {
    ringfence_text keys;
    ringfence_text records;
    int none;
    CHECK_OK(ringfence_step_needs(step, &keys, world_error()));
    none = strcmp(ringfence_text_get(keys).data, "[]") == 0;
    if (!none) {
      CHECK_OK(ringfence_store_load(of->store, ringfence_text_get(keys), 0, &records, world_error()));
      CHECK_OK(ringfence_step_add(step, ringfence_text_get(records), world_error()));
      ringfence_text_free(records);
    }
    ringfence_text_free(keys);
    if (none) return;
  }
}

/* Loads, decides and commits: how the commit ended. */
static int32_t driven(world* of, ringfence_step step) {
  const ringfence_step_context context = context_of(of);
  ringfence_text change;
  int32_t outcome = RINGFENCE_COMMIT_COMMITTED;
  load_all(of, step);
  CHECK_OK(ringfence_step_decide(step, &context, &change, world_error()));
  if (ringfence_text_get(change).size > 0)
    CHECK_OK(ringfence_store_commit(of->store, ringfence_text_get(change), 0, &outcome, world_error()));
  ringfence_text_free(change);
  return outcome;
}

static ringfence_flow_view flow_of(world* of, const char* command) {
  const ringfence_step step = made(of, command);
  const int32_t outcome = driven(of, step);
  FRESH(ringfence_flow_view, view);
  CHECK(outcome == RINGFENCE_COMMIT_COMMITTED);
  CHECK_OK(ringfence_step_conclude_flow(step, outcome, &view, world_error()));
  ringfence_step_free(step);
  return view;
}

static void a_host_that_loads_and_commits_by_itself_changes_a_phone(void) {
  world* of = world_open("");
  char command[1024];
  ringfence_flow_view view;
  ringfence_step step;
  int32_t outcome;
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_login, login);
  step = made(of, "{\"step\":\"register_account\",\"id\":\"ann\",\"phone\":\"139 1234 3672\",\"phone_region\":\"CN\","
                  "\"phone_proven_at\":1700000000000}");
  outcome = driven(of, step);
  CHECK_OK(ringfence_step_conclude_settings(step, outcome, &settings, world_error()));
  CHECK(settings.phone.login == 1);
  ringfence_step_free(step);

  view = flow_of(of, "{\"step\":\"begin_change_phone\",\"id\":\"ann\",\"method\":\"phone\"}");
  CHECK(view.step == RINGFENCE_STEP_PROVE_IDENTITY);
  sprintf(command, "{\"step\":\"prove_identity\",\"flow\":\"%s\",\"code\":\"%s\"}", view.flow,
          world_code_at(of, WORLD_PHONE));
  view = flow_of(of, command);
  CHECK(view.verdict == RINGFENCE_VERDICT_ACCEPTED);
  sprintf(command, "{\"step\":\"set_target\",\"flow\":\"%s\",\"target\":\"07700 900123\",\"region\":\"GB\"}", view.flow);
  view = flow_of(of, command);
  sprintf(command, "{\"step\":\"prove_target\",\"flow\":\"%s\",\"code\":\"%s\"}", view.flow,
          world_code_at(of, WORLD_NEW_PHONE));
  view = flow_of(of, command);
  CHECK(view.changed == 1 && view.usable_for_login == 1);
  step = made(of, "{\"step\":\"resolve_login_phone\",\"phone\":\"+447700900123\"}");
  outcome = driven(of, step);
  CHECK_OK(ringfence_step_conclude_login(step, outcome, &login, world_error()));
  CHECK_TEXT(login.account, "ann");
  ringfence_step_free(step);
  world_close(of);
}

static void nothing_is_revealed_but_what_is_committed(void) {
  world* of = world_open("");
  char command[1024];
  ringfence_flow_view view;
  ringfence_step step;
  ringfence_text change;
  ringfence_step_context context;
  world_add(of, "ann", WORLD_PHONE, NULL);
  view = world_begun(of, "ann");
  sprintf(command, "{\"step\":\"prove_identity\",\"flow\":\"%s\",\"code\":\"%s\"}", view.flow,
          world_code_at(of, WORLD_PHONE));
  step = made(of, command);
  load_all(of, step);
  context = context_of(of);
  CHECK_OK(ringfence_step_decide(step, &context, &change, world_error()));
  CHECK(ringfence_text_get(change).size > 0);
  ringfence_text_free(change);
  CHECK_STATUS(ringfence_step_conclude_flow(step, RINGFENCE_COMMIT_CONFLICT, &view, world_error()), RINGFENCE_BUSY);
  CHECK_STATUS(ringfence_step_conclude_flow(step, RINGFENCE_COMMIT_UNAVAILABLE, &view, world_error()),
               RINGFENCE_STORE_UNAVAILABLE);
  CHECK_STATUS(ringfence_step_conclude_flow(step, RINGFENCE_COMMIT_UNKNOWN, &view, world_error()),
               RINGFENCE_OUTCOME_UNKNOWN);
  CHECK_STATUS(ringfence_step_conclude_flow(step, 77, &view, world_error()), RINGFENCE_OUTCOME_UNKNOWN);
  ringfence_step_free(step);
  world_close(of);
}

static void of_two_steps_on_one_account_one_commits(void) {
  world* of = world_open("");
  ringfence_step first;
  ringfence_step second;
  ringfence_text change;
  ringfence_step_context context;
  int32_t outcome = -1;
  FRESH(ringfence_settings, settings);
  world_add(of, "ann", WORLD_PHONE, NULL);
  first = made(of, "{\"step\":\"lock\",\"id\":\"ann\",\"reason\":\"a\"}");
  second = made(of, "{\"step\":\"lock\",\"id\":\"ann\",\"reason\":\"b\"}");
  load_all(of, second);
  context = context_of(of);
  CHECK_OK(ringfence_step_decide(second, &context, &change, world_error()));
  CHECK(driven(of, first) == RINGFENCE_COMMIT_COMMITTED);
  CHECK_OK(ringfence_store_commit(of->store, ringfence_text_get(change), 0, &outcome, world_error()));
  CHECK(outcome == RINGFENCE_COMMIT_CONFLICT);
  ringfence_text_free(change);
  CHECK_STATUS(ringfence_step_conclude_settings(second, outcome, &settings, world_error()), RINGFENCE_BUSY);
  ringfence_step_free(first);
  ringfence_step_free(second);
  world_close(of);
}

static void a_step_asks_what_a_risk_advisor_should_be_asked(void) {
  world* of = world_open("");
  ringfence_step step;
  ringfence_text question;
  ringfence_text change;
  ringfence_step_context context;
  FRESH(ringfence_flow_view, view);
  world_add(of, "ann", WORLD_PHONE, NULL);
  step = made(of, "{\"step\":\"begin_change_phone\",\"id\":\"ann\",\"method\":\"phone\"}");
  CHECK_STATUS(ringfence_step_question(step, &question, world_error()), RINGFENCE_INVALID_ARGUMENT);
  load_all(of, step);
  CHECK_OK(ringfence_step_question(step, &question, world_error()));
  CHECK_TEXT(ringfence_text_get(question).data,
             "{\"account\":\"ann\",\"flow\":\"change_phone\",\"moment\":\"before_send\",\"number\":\"+8613912343672\","
             "\"realm\":\"\",\"session\":\"session-1\",\"source\":\"192.0.2.1\",\"trace_id\":\"\"}");
  ringfence_text_free(question);
  context = context_of(of);
  context.risk = RINGFENCE_RISK_SUSPICIOUS;
  CHECK_OK(ringfence_step_decide(step, &context, &change, world_error()));
  ringfence_text_free(change);
  CHECK_STATUS(ringfence_step_conclude_flow(step, RINGFENCE_COMMIT_COMMITTED, &view, world_error()),
               RINGFENCE_RISK_REFUSED);
  ringfence_step_free(step);
  step = made(of, "{\"step\":\"settings\",\"id\":\"ann\"}");
  load_all(of, step);
  CHECK_OK(ringfence_step_question(step, &question, world_error()));
  CHECK(ringfence_text_get(question).size == 0);
  ringfence_text_free(question);
  ringfence_step_free(step);
  world_close(of);
}

static void each_reply_is_concluded_by_its_own_function(void) {
  world* of = world_open("");
  ringfence_step step;
  int32_t outcome;
  FRESH(ringfence_flow_view, view);
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_grant, grant);
  FRESH(ringfence_appeal, appeal);
  FRESH(ringfence_notice_receipt, receipt);
  FRESH(ringfence_login, login);
  world_add(of, "ann", WORLD_PHONE, NULL);
  step = made(of, "{\"step\":\"settings\",\"id\":\"ann\"}");
  outcome = driven(of, step);
  CHECK_STATUS(ringfence_step_conclude_flow(step, outcome, &view, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_step_conclude_grant(step, outcome, &grant, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_step_conclude_appeal(step, outcome, &appeal, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_step_conclude_receipt(step, outcome, &receipt, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_step_conclude_login(step, outcome, &login, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK_OK(ringfence_step_conclude_settings(step, outcome, &settings, world_error()));
  ringfence_step_free(step);

  step = made(of, "{\"step\":\"appeal\",\"id\":\"ann\"}");
  CHECK_OK(ringfence_step_conclude_appeal(step, driven(of, step), &appeal, world_error()));
  CHECK_TEXT(appeal.id, "");
  ringfence_step_free(step);
  step = made(of, "{\"step\":\"submit_appeal\",\"id\":\"ann\",\"submitted_by\":\"desk 4\"}");
  CHECK_OK(ringfence_step_conclude_appeal(step, driven(of, step), &appeal, world_error()));
  CHECK_TEXT(appeal.submitted_by, "desk 4");
  ringfence_step_free(step);
  step = made(of, "{\"step\":\"notify\",\"id\":\"ann\",\"category\":\"security\",\"text\":\"Hello.\","
                  "\"idempotency_key\":\"1\"}");
  CHECK_OK(ringfence_step_conclude_receipt(step, driven(of, step), &receipt, world_error()));
  CHECK(receipt.sent_to == 1);
  ringfence_step_free(step);
  {
    char command[1024];
    view = flow_of(of, "{\"step\":\"begin_confirm_operation\",\"id\":\"ann\",\"operation\":\"vm:stop\","
                       "\"method\":\"phone\"}");
    sprintf(command, "{\"step\":\"prove_identity\",\"flow\":\"%s\",\"code\":\"%s\"}", view.flow,
            world_code_at(of, WORLD_PHONE));
    view = flow_of(of, command);
    sprintf(command, "{\"step\":\"use_grant\",\"flow\":\"%s\",\"operation\":\"vm:stop\"}", view.flow);
    step = made(of, command);
    CHECK_OK(ringfence_step_conclude_grant(step, driven(of, step), &grant, world_error()));
    CHECK_TEXT(grant.operation, "vm:stop");
    ringfence_step_free(step);
  }
  world_close(of);
}

static void a_command_that_is_none_is_refused(void) {
  static const char* const wrong[] = {
      "", "7", "[]", "{", "{}", "{\"step\":7}", "{\"step\":\"erase\"}", "{\"step\":\"settings\"}",
      "{\"step\":\"settings\",\"id\":7}", "{\"step\":\"settings\",\"id\":\"a\\u0000b\"}",
      "{\"step\":\"settings\",\"id\":\"ann\",\"more\":1}",
      "{\"step\":\"begin_change_phone\",\"id\":\"ann\",\"method\":\"pigeon\"}",
      "{\"step\":\"set_notice_channels\",\"id\":\"ann\",\"category\":\"security\",\"channels\":[\"pigeon\"]}",
      "{\"step\":\"decide_appeal\",\"id\":\"ann\",\"appeal\":\"0\",\"reviewer\":\"r\",\"evidence\":\"e\"}",
      "{\"step\":\"register_account\",\"id\":\"ann\",\"phone\":\"+8613912343672\",\"phone_proven_at\":\"now\"}",
  };
  const ringfence_policy none = {0};
  size_t i;
  for (i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
    ringfence_step step = {1};
    CHECK_STATUS(ringfence_step_new(none, ringfence_str(wrong[i]), NULL, &step, world_error()),
                 RINGFENCE_INVALID_ARGUMENT);
    CHECK(step.id == 0);
  }
  {
    ringfence_step step = {1};
    CHECK_STATUS(ringfence_step_new(none, ringfence_str("{\"step\":\"view\",\"flow\":\"x\"}"), NULL, &step,
                                    world_error()),
                 RINGFENCE_FLOW_NOT_FOUND);
    CHECK(step.id == 0);
  }
}

static void steps_out_of_turn_are_refused(void) {
  world* of = world_open("");
  ringfence_step step = made(of, "{\"step\":\"settings\",\"id\":\"ann\"}");
  ringfence_step_context context = context_of(of);
  ringfence_text text = {1};
  FRESH(ringfence_settings, settings);
  CHECK_STATUS(ringfence_step_decide(step, &context, &text, world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK(text.id == 0);
  CHECK_STATUS(ringfence_step_conclude_settings(step, RINGFENCE_COMMIT_COMMITTED, &settings, world_error()),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_STATUS(ringfence_step_add(step, ringfence_str("[null]"), world_error()), RINGFENCE_INVALID_ARGUMENT);
  CHECK_OK(ringfence_step_needs(step, &text, world_error()));
  CHECK(world_has(text, "{\"account\":{\"id\":\"ann\"}}"));
  CHECK_STATUS(ringfence_step_add(step, ringfence_str("[]"), world_error()), RINGFENCE_STORE_CORRUPT);
  CHECK_OK(ringfence_step_add(step, ringfence_str("[null]"), world_error()));
  CHECK_STATUS(ringfence_step_add(step, ringfence_str("[null]"), world_error()), RINGFENCE_INVALID_ARGUMENT);
  context.now = 0;
  CHECK_STATUS(ringfence_step_decide(step, &context, &text, world_error()), RINGFENCE_INVALID_ARGUMENT);
  context = context_of(of);
  memset(context.seed, 0, sizeof context.seed);
  CHECK_STATUS(ringfence_step_decide(step, &context, &text, world_error()), RINGFENCE_INVALID_ARGUMENT);
  context = context_of(of);
  CHECK_OK(ringfence_step_decide(step, &context, &text, world_error()));
  ringfence_text_free(text);
  CHECK_STATUS(ringfence_step_conclude_settings(step, RINGFENCE_COMMIT_COMMITTED, &settings, world_error()),
               RINGFENCE_ACCOUNT_NOT_FOUND);
  ringfence_step_free(step);
  world_close(of);
}

const test steps_tests[] = {
    TEST(a_host_that_loads_and_commits_by_itself_changes_a_phone),
    TEST(nothing_is_revealed_but_what_is_committed),
    TEST(of_two_steps_on_one_account_one_commits),
    TEST(a_step_asks_what_a_risk_advisor_should_be_asked),
    TEST(each_reply_is_concluded_by_its_own_function),
    TEST(a_command_that_is_none_is_refused),
    TEST(steps_out_of_turn_are_refused),
    END_OF_TESTS,
};
