/* The header needs nothing but C99; and including it twice is including it once. */
#include "ringfence.h"
#include "ringfence.h"
#include "ringfence_testing.h"
#include "ringfence_testing.h"

size_t size_of_a_literal(void);
size_t size_of_a_literal(void) { return ringfence_str("CN").size; }
