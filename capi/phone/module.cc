#include "module.h"

ringfence::ParsePhone* const ringfence_phone_module_parse = &ringfence::parse_phone;
