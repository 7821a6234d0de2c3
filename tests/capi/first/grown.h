// A version of ringfence that is to come, for the tests: what the structs had before they grew. In
// a real one these lines stand in capi/src/boundary.h.
#pragma once

#include <cstddef>

#include "ringfence.h"

namespace ringfence::capi {

// A registration had grown before.
template <>
inline constexpr std::size_t first_size<ringfence_audit_query> = offsetof(ringfence_audit_query,
                                                                          grown);
template <>
inline constexpr std::size_t first_size<ringfence_health> = offsetof(ringfence_health, grown);

}  // namespace ringfence::capi
