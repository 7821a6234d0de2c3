#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ringfence/result.h"
#include "ringfence/secret.h"

namespace ringfence::http {

/// Puts into a description's `headers`, `query` and `form` what its member `if_given` has for them,
/// by the name of a variable, if that variable is not empty. `description` is a JSON object.
result<void> put_in_what_is_given(nlohmann::json& description,
                                  const std::map<std::string, SecretText>& variables);

}  // namespace ringfence::http
