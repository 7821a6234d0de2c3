#pragma once

#include <optional>
#include <string>

namespace ringfence::transfer {

/// What is wrong with a file of certificates (PEM) of authorities that are to be trusted, and what
/// to do; none if it has one. libcurl would say so only when something is to be sent.
std::optional<std::string> problem_of_certificates(const std::string& path);

}  // namespace ringfence::transfer
