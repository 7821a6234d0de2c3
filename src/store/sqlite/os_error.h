#pragma once

#include <string>

#include "ringfence/error.h"

namespace ringfence::sqlite {

/// `store_unavailable`: what the system refused, why (`errno`), and what to do about it.
Failure refused_by_system(const std::string& what, int error);

}  // namespace ringfence::sqlite
