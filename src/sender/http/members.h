#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/result.h"

namespace ringfence::http {

/// A problem of a description: the member, and what to do. Never a value.
Failure wrong_description(std::string_view member, std::string_view what);
/// What such a problem says, without whose description it is.
std::string_view problem_in(const Failure& wrong_description);

/// The members of a JSON object, taken one by one; what was not taken is refused.
class Members {
 public:
  /// `path` names the object in problems; empty for the whole.
  static result<Members> of(const nlohmann::json& value, std::string path);

  /// None: it is not there.
  const nlohmann::json* find(const std::string& name);
  result<const nlohmann::json*> must(const std::string& name);
  /// A text; empty if it is not there.
  result<std::string> text(const std::string& name);
  result<std::string> must_be_text(const std::string& name);
  result<bool> flag(const std::string& name);
  /// One of `choices`, by its number; the first if it is not there.
  result<std::size_t> choice(const std::string& name, const std::vector<std::string>& choices);

  std::string path(const std::string& name) const {
    return path_.empty() ? name : path_ + "." + name;
  }
  const std::string& path() const { return path_; }
  /// Refuses members that nobody asked for.
  result<void> finish() const;

 private:
  Members(const nlohmann::json& value, std::string path) : value_(&value), path_(std::move(path)) {}

  const nlohmann::json* value_;
  std::string path_;
  std::set<std::string> known_;
};

}  // namespace ringfence::http
