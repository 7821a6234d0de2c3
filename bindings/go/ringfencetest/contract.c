//go:build !ringfence_static

#include "_cgo_export.h"

static int32_t open_first(void* context, ringfence_store* store) { return ringfencetestOpen((uintptr_t)context, 0, store); }
static int32_t open_another(void* context, ringfence_store* store) { return ringfencetestOpen((uintptr_t)context, 1, store); }
static int32_t open_again(void* context, ringfence_store* store) { return ringfencetestOpen((uintptr_t)context, 2, store); }
static void failed(void* context, ringfence_string what) { ringfencetestFailed((uintptr_t)context, what); }

int32_t ringfencetest_check(size_t line, uintptr_t context, int32_t another, int32_t reopen) {
  const ringfence_store_under_test tested = {.struct_size = sizeof tested,
                                             .context = (void*)context,
                                             .open = open_first,
                                             .another = another ? open_another : NULL,
                                             .reopen = reopen ? open_again : NULL,
                                             .failed = failed};
  return ringfence_testing_store_contract_check(line, &tested);
}
