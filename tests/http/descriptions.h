#pragma once

#include <gtest/gtest.h>

#include <string>

#include "postgres/server_folder.h"

namespace ringfence::testing_support {

/// A description that is installed.
inline std::string ready(const std::string& name) {
  return read_file(std::string(RINGFENCE_SOURCE_DIR) + "/share/senders/" + name + ".json");
}

/// As a block of the documentation has it.
inline std::string without_line_end(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// The block of docs/delivery.md under the line `<!-- test: NAME -->`.
inline std::string documented(const std::string& name) {
  const std::string doc = read_file(std::string(RINGFENCE_SOURCE_DIR) + "/docs/delivery.md");
  const std::string mark = "<!-- test: " + name + " -->\n\n```";
  const std::size_t at = doc.find(mark);
  EXPECT_NE(at, std::string::npos) << "docs/delivery.md has no example " << name;
  if (at == std::string::npos) return {};
  const std::size_t begin = doc.find('\n', at + mark.size()) + 1;
  return doc.substr(begin, doc.find("\n```", begin) - begin);
}

}  // namespace ringfence::testing_support
