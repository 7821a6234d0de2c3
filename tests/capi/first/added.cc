// The function that the version to come has more.
#include "ringfence.h"

extern "C" RINGFENCE_API int32_t ringfence_added(void);

int32_t ringfence_added(void) { return 77; }
