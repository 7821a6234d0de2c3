/* Puts the first line of the contract of stores to the store in memory. */
#include <ringfence_testing.h>
#include <stdio.h>

static int32_t open_store(void* context, ringfence_store* store) {
  (void)context;
  return ringfence_store_open(ringfence_str("memory:"), store, NULL);
}

static void failed(void* context, ringfence_string what) {
  (void)context;
  fprintf(stderr, "%.*s\n", (int)what.size, what.data);
}

int main(void) {
  ringfence_store_under_test memory = {
      .struct_size = sizeof memory, .open = open_store, .failed = failed};
  if (ringfence_testing_store_contract_lines() == 0) return 1;
  puts(ringfence_testing_store_contract_line(0));
  return ringfence_testing_store_contract_check(0, &memory) == 1 ? 0 : 1;
}
