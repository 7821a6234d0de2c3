// The header is C++, too; and including it twice is including it once.
// clang-format off
#include "ringfence.h"
#include "ringfence.h"
#include "ringfence_testing.h"
#include "ringfence_testing.h"
// clang-format on

static_assert(sizeof(ringfence_call) > 0);
const auto from_literal = ringfence_str("CN");
