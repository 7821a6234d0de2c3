/* A library that has ringfence in itself. */
#include "ringfence.h"

int32_t (*const own_library_parse)(ringfence_policy, const ringfence_address_input*, ringfence_address*,
                                   ringfence_error*) = ringfence_phone_parse;
