#pragma once

#include <string>
#include <vector>

namespace ringfence::text {

/// A locale and what is next best for who reads it, the nearest first: `es-MX`, `es`. Chinese is
/// written in one of two scripts, and who reads one does not read the other: `zh-CN`, `zh-Hans-CN`,
/// `zh-Hans`, `zh`, but never from `zh-TW` to `zh`. The locale is as `parse_locale` gives it.
std::vector<std::string> locale_chain(const std::string& locale);

}  // namespace ringfence::text
