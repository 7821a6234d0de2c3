/* service FOLDER: a host in C, with a database in the folder. It prints the version of the library.
 */
#include <ringfence.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void expect(int holds, const char* what, const ringfence_error* error) {
  if (holds) return;
  fprintf(stderr, "%s: %s\n", what, error->text);
  exit(1);
}

int main(int argc, char** argv) {
  ringfence_error error = {.struct_size = sizeof error};
  ringfence_service_parts parts = {.struct_size = sizeof parts};
  ringfence_registration ann = {.struct_size = sizeof ann};
  ringfence_settings settings = {.struct_size = sizeof settings};
  ringfence_service service;
  char keys[4096], url[4096];

  expect(argc == 2, "service FOLDER", &error);
  snprintf(keys, sizeof keys, "%s/accounts.key", argv[1]);
  snprintf(url, sizeof url, "sqlite:%s/accounts.db", argv[1]);
  expect(!ringfence_key_file_create(ringfence_str(keys), &error), "key_file_create", &error);
  expect(!ringfence_key_ring_from_file(ringfence_str(keys), &parts.keys, &error),
         "key_ring_from_file", &error);
  expect(!ringfence_store_open(ringfence_str(url), &parts.store, &error), "store_open", &error);
  expect(!ringfence_service_new(&parts, &service, &error), "service_new", &error);

  ann.account.id = ringfence_str("ann");
  ann.phone.text = ringfence_str("139 1234 3672");
  ann.phone.region = ringfence_str("CN");
  ann.phone_proven_at = (int64_t)time(NULL) * 1000;
  expect(!ringfence_service_register_account(service, &ann, NULL, &settings, &error),
         "register_account", &error);
  expect(!strcmp(settings.phone.masked, "139****3672"), settings.phone.masked, &error);
  expect(settings.phone.login == 1, "the first holder may log in", &error);

  ringfence_service_free(service);
  ringfence_store_free(parts.store);
  ringfence_key_ring_free(parts.keys);
  puts(ringfence_version());
  return 0;
}
