/* A store of the host's own: it passes everything on to another, through the JSON of the interface.
 */
#ifndef RINGFENCE_TESTS_PASSING_STORE_H
#define RINGFENCE_TESTS_PASSING_STORE_H

#include "ringfence.h"

typedef struct passing {
  ringfence_store behind;
  int destroyed;
} passing;

/* `behind` is freed with the store. */
ringfence_store passing_to(passing* of, ringfence_store behind);
ringfence_store_callbacks passing_callbacks(passing* of, ringfence_store behind);

#endif
