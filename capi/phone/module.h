#pragma once

#include <string_view>

#include "ringfence/model/phone_number.h"
#include "ringfence/model/policy.h"

// libringfence_phone is the part of the shared library that needs libphonenumber, in a file of its
// own: so that libphonenumber, and the protobuf that it brings, stay out of the sight of everything
// else in the process. The two files pass types of C++ to each other, so both are of one build,
// which the name of the module says.
namespace ringfence {
using ParsePhone = result<PhoneNumber>(std::string_view text, std::string_view region,
                                       const PhonePolicy& policy);
}

// The only name that the module shows.
extern "C" [[gnu::visibility("default")]] ringfence::ParsePhone* const ringfence_phone_module_parse;
