#pragma once

#include <string_view>

namespace ringfence::http {

/// The path of a URL, with its first slash and without what follows a `?`.
std::string_view path_in(std::string_view url);

/// Whether a part of a path is `.` or `..`, also as `%2E`: servers, and what stands before them,
/// take that for another path.
bool has_dot_segment(std::string_view path);

}  // namespace ringfence::http
