/* What people read: the language of an account, words of the host's own, the size of a text message. */
#include "suites.h"
#include "world.h"

/* What was handed over last. */
static struct {
  char locale[40];
  char code[16];
  char text[1024];
  char subject[264];
  char html[4096];
} read;

static void keep(char* to, size_t room, ringfence_string from) {
  CHECK(from.size < room);
  if (from.size > 0) memcpy(to, from.data, from.size);
  to[from.size] = 0;
}
static int32_t read_it(void* context, const ringfence_message* message, int64_t* retry_after_ms, ringfence_out reason) {
  (void)context, (void)retry_after_ms, (void)reason;
  keep(read.locale, sizeof read.locale, message->locale);
  keep(read.code, sizeof read.code, message->code);
  keep(read.text, sizeof read.text, message->text);
  keep(read.subject, sizeof read.subject, message->subject);
  keep(read.html, sizeof read.html, message->html);
  return RINGFENCE_SEND_ACCEPTED;
}

/* A dispatcher of the world with these templates. */
static int32_t dispatcher_with(world* of, const char* templates, ringfence_dispatcher* dispatcher,
                               ringfence_sender* sender) {
  FRESH(ringfence_sender_callbacks, reader);
  FRESH(ringfence_dispatcher_parts, parts);
  int32_t status;
  reader.send = read_it;
  CHECK_OK(ringfence_sender_from_callbacks(&reader, sender, world_error()));
  parts.store = of->store;
  parts.keys = of->keys;
  parts.sender = *sender;
  parts.events = of->events;
  parts.clock = of->clock;
  parts.entropy = of->entropy;
  parts.templates = ringfence_str(templates);
  status = ringfence_dispatcher_new(&parts, dispatcher, world_error());
  return status;
}
static void pump(ringfence_dispatcher dispatcher) {
  FRESH(ringfence_dispatch_counts, counts);
  do CHECK_OK(ringfence_dispatcher_pump(dispatcher, &counts, world_error()));
  while (counts.taken > 0);
}

static void an_account_has_a_language(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  FRESH(ringfence_registration, row);
  FRESH(ringfence_settings, settings);
  row.account = ann;
  row.phone.text = ringfence_str(WORLD_PHONE);
  row.phone_proven_at = WORLD_START;
  row.locale = ringfence_str("zh_CN");
  CHECK_STATUS(ringfence_service_register_account(of->service, &row, NULL, &settings, world_error()),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK(strstr(world_why(), "BCP 47") != NULL);
  row.locale = ringfence_str("zh-hans-cn");
  CHECK_OK(ringfence_service_register_account(of->service, &row, NULL, &settings, world_error()));
  CHECK_TEXT(settings.locale, "zh-Hans-CN");
  CHECK_OK(ringfence_service_set_locale(of->service, &ann, ringfence_str("ja"), NULL, &settings, world_error()));
  CHECK_TEXT(settings.locale, "ja");
  CHECK_STATUS(ringfence_service_set_locale(of->service, &ann, ringfence_str("?"), NULL, &settings, world_error()),
               RINGFENCE_INVALID_ARGUMENT);
  CHECK_TEXT(world_settings(of, "ann").locale, "ja");
  CHECK_OK(ringfence_service_set_locale(of->service, &ann, ringfence_str(""), NULL, &settings, world_error()));
  CHECK_TEXT(settings.locale, "");
  world_close(of);
}

static void people_read_their_language_in_the_words_of_the_host(void) {
  world* of = world_open("");
  const ringfence_account ann = world_account("ann");
  ringfence_dispatcher dispatcher;
  ringfence_sender sender;
  char line[80];
  FRESH(ringfence_settings, settings);
  FRESH(ringfence_flow_view, view);
  world_add(of, "ann", WORLD_PHONE, WORLD_EMAIL);
  CHECK_OK(dispatcher_with(of, "{\"host\":\"example.com\",\"service\":\"Example\"}", &dispatcher, &sender));
  CHECK_OK(ringfence_service_set_locale(of->service, &ann, ringfence_str("es-MX"), NULL, &settings, world_error()));
  CHECK_OK(ringfence_service_begin_change_phone(of->service, &ann, RINGFENCE_PHONE, RINGFENCE_NUMBER_CHANGED,
                                                &of->call, &view, world_error()));
  pump(dispatcher);
  CHECK_TEXT(read.locale, "es");
  CHECK(strncmp(read.text, "Example: ", 9) == 0);
  CHECK(strstr(read.text, "tu clave para cambiar") != NULL);
  snprintf(line, sizeof line, "\n@example.com #%s", read.code);
  CHECK_TEXT(read.text + strlen(read.text) - strlen(line), line);
  CHECK_TEXT(read.subject, "");
  CHECK_TEXT(read.html, "");

  CHECK_OK(ringfence_service_begin_change_email(of->service, &ann, RINGFENCE_EMAIL, &of->call, &view, world_error()));
  pump(dispatcher);
  CHECK_TEXT(read.subject, "Example: Tu c\xc3\xb3" "digo para cambiar el correo de tu cuenta");
  snprintf(line, sizeof line, ">%s</strong>", read.code);
  CHECK(strstr(read.html, line) != NULL);
  ringfence_dispatcher_free(dispatcher);
  ringfence_sender_free(sender);
  world_close(of);
}

static void templates_that_are_wrong_are_refused_by_their_place(void) {
  static const struct {
    const char* templates;
    const char* why;
  } wrong[] = {
      {"{", "break off at byte"},
      {"{\"host\":\"Example.com\"}", "host must be a domain"},
      {"{\"locales\":{\"en\":{\"texts\":{\"code\":{\"sms\":\"{code} {action}\"}}}}}",
       "locales.en.texts.code.sms must have {lifetime}"},
  };
  world* of = world_open("");
  size_t i;
  for (i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
    ringfence_dispatcher dispatcher;
    ringfence_sender sender;
    CHECK_STATUS(dispatcher_with(of, wrong[i].templates, &dispatcher, &sender), RINGFENCE_INVALID_ARGUMENT);
    CHECK(strstr(world_why(), wrong[i].why) != NULL);
    CHECK(dispatcher.id == 0);
    ringfence_sender_free(sender);
  }
  world_close(of);
}

static void a_text_message_is_measured(void) {
  FRESH(ringfence_sms_size, size);
  CHECK_OK(ringfence_sms_measure(ringfence_str("A price of 5 \xe2\x82\xac"), &size, world_error()));
  CHECK(size.alphabet == RINGFENCE_SMS_GSM7 && size.units == 15 && size.segments == 1);
  CHECK_OK(ringfence_sms_measure(ringfence_str("\xe7\xa0\x81"), &size, world_error()));
  CHECK(size.alphabet == RINGFENCE_SMS_UCS2 && size.units == 1 && size.segments == 1);
  CHECK_TEXT(ringfence_sms_alphabet_name(RINGFENCE_SMS_GSM7), "gsm7");
  CHECK_TEXT(ringfence_sms_alphabet_name(RINGFENCE_SMS_UCS2), "ucs2");
  CHECK_TEXT(ringfence_sms_alphabet_name(2), "?");
}

const test texts_tests[] = {
    TEST(an_account_has_a_language),
    TEST(people_read_their_language_in_the_words_of_the_host),
    TEST(templates_that_are_wrong_are_refused_by_their_place),
    TEST(a_text_message_is_measured),
    END_OF_TESTS,
};
