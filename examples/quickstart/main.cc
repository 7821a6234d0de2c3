// The whole of ringfence at work: accounts and changes of their security phone come from two CSV
// files, each change goes through its four steps, and all is kept in a database.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "accounts.h"
#include "change_runner.h"
#include "changes.h"
#include "host.h"
#include "interactive.h"
#include "printable.h"
#include "report.h"
#include "ringfence/version.h"

namespace {

namespace rf = ringfence;

constexpr int exit_ok = 0;
constexpr int exit_bad = 2;  // a row could not be read, or a file, an option or the database is bad

struct Options {
  std::string accounts = {};
  std::string changes = {};
  demo::Host::Options host = {.database = {.store = "sqlite:./ringfence-demo.db"},
                              .provider_link = "https://id.example.com/security"};
  bool json = false;
  bool interactive = false;
};

int complain(const rf::Failure& failure) {
  std::cerr << "ringfence_demo: " << failure.text << '\n';
  return exit_bad;
}

rf::result<demo::Accounts> set_up_accounts(demo::Host& host, const Options& options,
                                           const std::vector<demo::AccountRow>& rows) {
  RF_TRY(accounts, demo::register_accounts(host, options.accounts, rows, std::cerr));
  // What a former run has left in the outbox.
  RF_TRY_VOID(host.deliver());
  return accounts;
}

int run_changes(const Options& options, const std::vector<demo::AccountRow>& rows,
                const std::vector<demo::ChangeRow>& changes) {
  demo::NullBuffer silence;
  demo::PrefixBuffer indented(std::cout.rdbuf(), "    | ");
  std::ostream messages(options.json ? static_cast<std::streambuf*>(&silence) : &indented);
  const auto report =
      options.json ? demo::make_json_report(std::cout) : demo::make_text_report(std::cout);

  const auto host = demo::Host::open(options.host, messages);
  if (!host) return complain(host.error());
  const auto accounts = set_up_accounts(*host.value(), options, rows);
  if (!accounts) return complain(accounts.error());
  if (!options.json) {
    std::cout << options.accounts << ": " << rows.size()
              << (rows.size() == 1 ? " account, " : " accounts, ") << accounts.value().added
              << " new to " << host.value()->database() << std::endl;
  }

  int exit_code = accounts.value().bad_rows == 0 ? exit_ok : exit_bad;
  const auto requests = demo::make_requests(changes, host.value()->policy().phone_numbers);
  demo::ChangeRunner runner(*host.value(), accounts.value(), requests, *report);
  auto request = requests.begin();
  for (const demo::ChangeRow& row : changes) {
    if (!row.error.empty()) {
      std::cerr << options.changes << ':' << row.line << ": " << row.error << '\n';
      report->bad_row(row);
      exit_code = exit_bad;
      continue;
    }
    const demo::Ended ended = runner.run(*request++);
    if (ended.refusal && demo::is_set_up_fault(*ended.refusal)) {
      exit_code = complain(*ended.refusal);
    }
  }
  report->all_ended();
  return exit_code;
}

int run_interactive(const Options& options, const std::vector<demo::AccountRow>& rows) {
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
    std::cerr << "ringfence_demo: --interactive asks questions: it needs a terminal for input and "
                 "output\n";
    return exit_bad;
  }
  demo::PrefixBuffer indented(std::cout.rdbuf(), "    | ");
  std::ostream messages(&indented);
  const auto host = demo::Host::open(options.host, messages);
  if (!host) return complain(host.error());
  const auto accounts = set_up_accounts(*host.value(), options, rows);
  if (!accounts) return complain(accounts.error());
  const auto ended = demo::run_interactive(*host.value(), accounts.value(), std::cin, std::cout);
  if (!ended) return complain(ended.error());
  return accounts.value().bad_rows == 0 ? exit_ok : exit_bad;
}

int run(int argc, char** argv) {
  Options options;
  const std::string samples = RINGFENCE_SOURCE_DIR "/examples/quickstart";
  options.accounts = samples + "/accounts.csv";
  options.changes = samples + "/changes.csv";
  CLI::App app("Changes the security phones of accounts, in the four steps of ringfence.",
               "ringfence_demo");
  app.add_option(
         "--accounts", options.accounts,
         "CSV: account_id,kind,region,phone,phone_verified,email,email_verified\n"
         "kind is standalone or federated; region a country such as CN, may be empty for\n"
         "numbers with +; verified is yes or no. An account that is in the database already\n"
         "stays as it is there.")
      ->type_name("FILE")
      ->capture_default_str();
  auto* changes = app.add_option("--changes", options.changes,
                                 "CSV: account_id,method,region,new_phone\n"
                                 "method is phone or email. A row that a former run has\n"
                                 "done is not done again (already_done), unless something\n"
                                 "else has changed the phone since.")
                      ->type_name("FILE")
                      ->capture_default_str();
  std::string file = "./ringfence-demo.db";
  auto* db = app.add_option("--db", file,
                            "SQLite database; its key file is FILE.key; both are made if missing")
                 ->type_name("FILE")
                 ->capture_default_str();
  auto* store =
      app.add_option("--store", options.host.database.store,
                     "another database: sqlite:FILE, memory:, or postgresql://..., in which the\n"
                     "tables are made if missing")
          ->type_name("URL")
          ->excludes(db);
  app.add_option("--keys", options.host.database.key_file,
                 "key file, made together with the database; of PostgreSQL it is else\n"
                 "./ringfence-demo.key")
      ->type_name("FILE");
  app.add_option("--provider-link", options.host.provider_link,
                 "where federated accounts are managed")
      ->type_name("URL")
      ->capture_default_str();
  auto* json =
      app.add_flag("--json", options.json,
                   "print one JSON object a line for every change, and nothing else:\n"
                   "line, account_id, outcome (done, already_done, or why it was refused),\n"
                   "and the phone now: phone, usable_for_verification, usable_for_login,\n"
                   "reason (why it does not serve for login, or none)");
  app.add_flag("--interactive", options.interactive, "ask for one change on the terminal")
      ->excludes(json)
      ->excludes(changes);
  app.set_version_flag("--version", "ringfence " RINGFENCE_VERSION_STRING);
  app.footer(
      "Exit status: 0 if every row was handled, refusals included; 2 if a row could not be read\n"
      "or a file, an option or the database is bad.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_ok : exit_bad;
  }
  if (store->count() == 0) options.host.database.store = "sqlite:" + file;
  if (const std::string problem = options.host.database.problem(); !problem.empty()) {
    std::cerr << "ringfence_demo: " << (store->count() == 0 ? "--db" : "--store") << ": " << problem
              << '\n';
    return exit_bad;
  }
  const auto rows = demo::load_accounts(options.accounts);
  if (!rows) return complain(rows.error());
  if (options.interactive) return run_interactive(options, rows.value());
  const auto changes_rows = demo::load_changes(options.changes);
  if (!changes_rows) return complain(changes_rows.error());
  return run_changes(options, rows.value(), changes_rows.value());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int exit_code = run(argc, argv);
    if (std::cout.flush()) return exit_code;
    std::cerr << "ringfence_demo: the output could not be written\n";
    return exit_bad;
  } catch (const std::exception& error) {
    std::cerr << "ringfence_demo: " << error.what() << '\n';
    return exit_bad;
  }
}
