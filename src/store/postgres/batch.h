#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/postgres/deadline.h"

struct pg_conn;
struct pg_result;

/// Statements that go to PostgreSQL together, in one round trip.
namespace ringfence::postgres {

using Value = std::optional<std::string>;

/// One statement. Values never go into the text: they are `$1`, `$2` and so on.
struct Statement {
  const char* sql = "";
  std::vector<Value> values = {};
};

/// The rows that one statement gave.
class Rows {
 public:
  explicit Rows(pg_result* result);

  int size() const;
  std::string_view text(int row, int column) const;
  /// Throws `std::out_of_range` if it is none, e.g. null.
  std::int64_t integer(int row, int column) const;
  /// What PostgreSQL says the statement was, e.g. `COMMIT`.
  std::string_view tag() const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

/// How a batch ended.
struct Answer {
  enum class End : std::uint8_t {
    done,     ///< All statements ran; `rows` has what each gave.
    refused,  ///< One failed and those after it did not run; `sqlstate` says why.
    lost,     ///< No answer, or not all of it: the connection is of no use any more.
  };
  End end = End::lost;
  bool sent = false;    ///< Something may have reached the server.
  bool warned = false;  ///< A warning came with it.
  /// Of the first error, if there was one; also if then all was lost. Not of what ended the
  /// session: that can come after a commit, in the place of its answer.
  std::string sqlstate = {};
  std::string table = {};  ///< The table it is about, if any.
  std::vector<Rows> rows = {};
};

/// Sends the statements in one go and waits for all answers. The connection is idle, or in a
/// transaction; it is left in pipeline mode.
Answer run(pg_conn* connection, std::span<const Statement> batch, const Deadline& deadline);

/// An array of texts as PostgreSQL reads it.
std::string array(std::span<const std::string> texts);
std::string array(std::span<const std::int64_t> numbers);

}  // namespace ringfence::postgres
