#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ringfence/result.h"
#include "ringfence/secret.h"

namespace ringfence::http {

/// The variables of a description: `declared` is its member `variables`, or null; `given` is what
/// the host says, which goes before. Each is a text, or `{"env": NAME}`, or `{"file": PATH}`, or
/// null: then the host must give it.
result<std::map<std::string, SecretText>> read_variables(
    const nlohmann::json* declared, const std::map<std::string, std::string>& given);

}  // namespace ringfence::http
