#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/result.h"

namespace demo {

/// One row of a CSV file.
struct CsvRow {
  int line = 0;  ///< The line it begins in; the first is 1.
  std::vector<std::string> fields = {};
  std::string error = {};  ///< Why it cannot be read; empty if it can.
};

/// Reads a CSV file whose first row is exactly `header`, and returns the rows below it.
///
/// Fields may be quoted and then hold commas, newlines and doubled quotes; LF, CRLF and CR end a
/// row; a byte order mark, blank lines and spaces around unquoted fields are passed over. A row
/// that cannot be read has its `error` set, and reading goes on at the next line. Fails if the file
/// cannot be read or has another header.
ringfence::result<std::vector<CsvRow>> read_csv(const std::string& path,
                                                std::span<const std::string_view> header);

/// The rows of a text, the header among them. For `read_csv`, and for its tests.
std::vector<CsvRow> parse_csv(std::string_view text);

}  // namespace demo
