#pragma once

#include <optional>
#include <string>

namespace ringfence {

/// The domain in ASCII and lower case (UTS 46, non-transitional), or nothing. What a host name may
/// not have is left in for the caller to refuse: with libidn2's own check it would be dropped, and
/// ex_ample.com would become example.com.
std::optional<std::string> ascii_domain(const std::string& domain);

}  // namespace ringfence
