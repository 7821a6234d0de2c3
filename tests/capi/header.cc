// The header is C++, too; and including it twice is including it once.
#include "ringfence.h"
#include "ringfence.h"
#include "ringfence_testing.h"
#include "ringfence_testing.h"

static_assert(sizeof(ringfence_call) > 0);
const auto from_literal = ringfence_str("CN");
