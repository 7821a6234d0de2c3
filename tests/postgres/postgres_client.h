#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence::testing_support {

/// What a server refused, or that there is none.
class PostgresError : public std::runtime_error {
 public:
  PostgresError(const std::string& message, std::string sql_state)
      : std::runtime_error(message), sql_state_(std::move(sql_state)) {}
  /// Five characters; empty if the connection is what failed.
  const std::string& sql_state() const { return sql_state_; }

 private:
  std::string sql_state_;
};

/// The rows of an answer; NULL is empty.
using Rows = std::vector<std::vector<std::string>>;

/// One connection. Used by one thread at a time.
class PostgresClient {
 public:
  /// Connects; throws `PostgresError`.
  explicit PostgresClient(const std::string& url);
  /// One or more statements; returns the rows of the last one. Throws `PostgresError`.
  Rows execute(const std::string& sql);
  /// The first value of the last statement; empty if there is none.
  std::string value(const std::string& sql);

 private:
  struct Closer {
    void operator()(void* connection) const;
  };
  std::unique_ptr<void, Closer> connection_;
};

/// Whether a server takes connections there.
bool answers(const std::string& url);

/// A part of a URL, with what would end it written in hexadecimal.
std::string in_url(std::string_view text);

}  // namespace ringfence::testing_support
