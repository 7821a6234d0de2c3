#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringfence/store/sqlite.h"
#include "support/process.h"
#include "support/temp_dir.h"

/// The demo program as its users see it: files in, lines out.
namespace ringfence::testing_support {

inline const std::string samples = std::string(RINGFENCE_SOURCE_DIR) + "/examples/quickstart";

/// One run's folder: database, and the two files if a test writes its own.
class Demo {
 public:
  static constexpr const char* accounts_header =
      "account_id,kind,region,phone,phone_verified,email,email_verified\n";
  static constexpr const char* changes_header = "account_id,method,region,new_phone\n";

  std::string database() const { return database_.empty() ? folder_.file("demo.db") : database_; }
  std::string file(std::string_view name) const { return folder_.file(name); }

  /// Writes a file into the folder, byte by byte as given.
  std::string write(std::string_view name, std::string_view content) const {
    std::ofstream(folder_.file(name), std::ios::binary) << content;
    return folder_.file(name);
  }
  /// From now on runs use these rows instead of the sample.
  void accounts(std::string_view rows) {
    accounts_ = write("accounts.csv", accounts_header + std::string(rows));
  }
  void changes(std::string_view rows) {
    changes_ = write("changes.csv", changes_header + std::string(rows));
  }

  /// From now on runs use these paths.
  void use_accounts(const std::string& path) { accounts_ = path; }
  void use_changes(const std::string& path) { changes_ = path; }
  void use_database(const std::string& path) { database_ = path; }
  /// From now on runs use this store, which `open` opens for the test.
  void use_store(const std::string& url, std::function<std::unique_ptr<Store>()> open) {
    store_ = url;
    open_ = std::move(open);
  }

  /// The store, when no run has it open.
  std::unique_ptr<Store> open() const {
    return open_ ? open_() : open_sqlite_store(database()).value();
  }
  std::vector<std::string> command(const std::vector<std::string>& options = {}) const {
    std::vector<std::string> out = {RINGFENCE_DEMO_BINARY, "--accounts", accounts_, "--changes",
                                    changes_};
    if (store_.empty()) {
      out.insert(out.end(), {"--db", database()});
    } else {
      out.insert(out.end(), {"--store", store_, "--keys", file("demo.key")});
    }
    out.insert(out.end(), options.begin(), options.end());
    return out;
  }
  Ended run(const std::vector<std::string>& options = {}) const {
    return testing_support::run(command(options));
  }

 private:
  TempDir folder_;
  std::string database_;
  std::string store_;
  std::function<std::unique_ptr<Store>()> open_;
  std::string accounts_ = samples + "/accounts.csv";
  std::string changes_ = samples + "/changes.csv";
};

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

inline std::vector<nlohmann::json> objects_of(const std::string& text) {
  std::vector<nlohmann::json> out;
  for (const std::string& line : lines_of(text)) out.push_back(nlohmann::json::parse(line));
  return out;
}

/// `line:outcome` of every object.
inline std::vector<std::string> outcomes_of(const std::string& text) {
  std::vector<std::string> out;
  for (const nlohmann::json& object : objects_of(text)) {
    out.push_back(std::to_string(object.at("line").get<int>()) + ":" +
                  object.at("outcome").get<std::string>());
  }
  return out;
}

inline int count_of(const std::string& text, std::string_view part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + part.size()))
    ++count;
  return count;
}

/// What stands in a code's text, and nowhere else.
constexpr std::string_view code_mark = " is your code to ";

}  // namespace ringfence::testing_support
