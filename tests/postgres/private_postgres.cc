#include "postgres/private_postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace ringfence::testing_support {
namespace {

namespace fs = std::filesystem;

bool is_program(const fs::path& path) { return access(path.c_str(), X_OK) == 0; }

/// The folders of the installed versions, the newest first.
std::vector<fs::path> debian_folders() {
  std::vector<std::pair<int, fs::path>> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored))
    found.emplace_back(std::atoi(entry.path().filename().c_str()), entry.path() / "bin");
  std::sort(found.rbegin(), found.rend());
  std::vector<fs::path> folders;
  for (auto& [version, folder] : found) folders.push_back(std::move(folder));
  return folders;
}

/// The folder of the server's programs. pg_config may be there without them: it comes with libpq.
fs::path find_programs() {
  std::vector<fs::path> candidates;
  Ended asked = run({"/usr/bin/env", "pg_config", "--bindir"});
  if (asked.exit_code == 0) {
    asked.out.resize(std::min(asked.out.find('\n'), asked.out.size()));
    candidates.emplace_back(asked.out);
  }
  for (fs::path& folder : debian_folders()) candidates.push_back(std::move(folder));
  for (const fs::path& folder : candidates) {
    if (is_program(folder / "postgres") && is_program(folder / "initdb")) return folder;
  }
  throw std::runtime_error(
      "no PostgreSQL server is installed: the tests need Debian's package postgresql, or postgres "
      "and initdb where pg_config --bindir says");
}

/// What a template is made of; one of other things is made anew.
constexpr const char* template_sql =
    "CREATE ROLE ringfence LOGIN CREATEDB PASSWORD 'correct horse battery staple'";

std::vector<std::string> initdb_arguments(const std::string& data) {
  // Small segments of the log make a server that is quick to copy, and segments end in tests.
  return {postgres_program("initdb"),
          "--pgdata=" + data,
          std::string("--username=") + PrivatePostgres::superuser,
          "--auth-local=trust",
          "--auth-host=scram-sha-256",
          "--encoding=UTF8",
          "--locale=C.UTF-8",
          "--wal-segsize=1",
          "--no-sync"};
}

/// Makes the data of a new server at `data`.
void make_data(const ServerFolder& folder, const std::string& data) {
  run_as_server_user(initdb_arguments(data), folder.path());
  // As a server in one process, which reads statements from its input, it needs no start and stop.
  write_file(folder / "roles.sql", std::string(template_sql) + "\n");
  run_as_server_user({postgres_program("postgres"), "--single", "-D", data, "postgres"},
                     folder.path(), folder / "roles.sql");
}

std::string stamp() {
  std::string out = run({postgres_program("postgres"), "--version"}).out + template_sql;
  for (const std::string& argument : initdb_arguments("")) out += '\n' + argument;
  return out;
}

/// Data of a new server, to be copied: making them takes seconds. The build keeps them, where its
/// test processes make them one at a time; else each process makes its own.
class Template {
 public:
  static const Template& instance() {
    static const Template one;
    return one;
  }
  void copy(const std::string& to) const { copy_folder(data_, to); }

 private:
  Template() {
#ifdef RINGFENCE_POSTGRES_TEMPLATE
    const std::string kept = RINGFENCE_POSTGRES_TEMPLATE;
    data_ = kept + "/data";
    const Descriptor lock(open((kept + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (lock.get() < 0 || flock(lock.get(), LOCK_EX) != 0)
      throw std::runtime_error("cannot lock " + kept + ".lock");
    if (read_file(kept + "/stamp") == stamp()) return;
    const ServerFolder folder;
    make_data(folder, folder / "data");
    fs::remove_all(kept);
    fs::create_directory(kept);
    copy_folder(folder / "data", data_);
    std::ofstream(kept + "/stamp") << stamp();  // last: what it stands beside is whole
#else
    folder_.emplace();
    data_ = *folder_ / "data";
    make_data(*folder_, data_);
#endif
  }

  std::optional<ServerFolder> folder_;
  std::string data_;
};

std::string quoted(const std::string& text, char quote) {
  std::string out(1, quote);
  for (const char c : text) out += c == quote ? std::string(2, quote) : std::string(1, c);
  return out + quote;
}

std::string slot_of(const std::string& standby) {
  std::string out;
  for (const char c : standby) {
    const auto byte = static_cast<unsigned char>(c);
    out += std::isalnum(byte) != 0 ? static_cast<char>(std::tolower(byte)) : '_';
  }
  return out;
}

void append_file(const std::string& path, const std::string& text) {
  write_file(path, read_file(path) + text);
}

}  // namespace

std::string postgres_program(const std::string& name) {
  static const fs::path folder = find_programs();
  return folder / name;
}

PrivatePostgres::PrivatePostgres(ServerOptions options)
    : options_(std::move(options)), folder_(options_.fsync) {
  Template::instance().copy(folder_ / "data");
  give_to_server_user(folder_ / "data");
  write_settings();
  start();
}

PrivatePostgres::PrivatePostgres(ServerOptions options, const StandbyOf& standby)
    : options_(std::move(options)), folder_(options_.fsync) {
  std::vector<std::string> command = {postgres_program("pg_basebackup"),
                                      "--dbname=host=" + standby.primary.socket_folder() +
                                          " port=" + std::to_string(standby.primary.port()) +
                                          " user=" + superuser +
                                          " application_name=" + quoted(standby.name, '\''),
                                      "--pgdata=" + folder_ / "data",
                                      "--write-recovery-conf",
                                      "--wal-method=stream",
                                      "--checkpoint=fast",
                                      "--no-sync"};
  if (standby.slot) {
    command.push_back("--create-slot");
    command.push_back("--slot=" + slot_of(standby.name));
  }
  run_as_server_user(command, folder_.path());
  // It would wait, once promoted, for whom its primary waited for, be it itself.
  append_file(folder_ / "data/postgresql.auto.conf", "synchronous_standby_names = ''\n");
  start();
}

PrivatePostgres::~PrivatePostgres() {
  // What it would tidy up is removed.
  process_.signal(SIGQUIT);
  process_.ended(std::chrono::seconds(20));
}

void PrivatePostgres::write_settings() {
  std::map<std::string, std::string> settings = {
      {"fsync", options_.fsync ? "on" : "off"},
      {"full_page_writes", options_.fsync ? "on" : "off"},
      {"max_connections", std::to_string(options_.max_connections)},
      {"shared_buffers", "16MB"},
      {"max_wal_senders", "8"},
      {"max_replication_slots", "8"},
      {"wal_level", "replica"},
      {"hot_standby", "on"},
      {"wal_retrieve_retry_interval", "100ms"},
      {"log_line_prefix", "%m [%p] %a "},
      {"jit", "off"},
  };
  if (options_.tls) {
    // Named as seen from the data, which a standby copies.
    run_as_server_user({"/usr/bin/env", "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", folder_ / "data/server.key", "-out", certificate()},
                       folder_.path());
    settings["ssl"] = "on";
  }
  for (const auto& [name, value] : options_.settings) settings[name] = value;
  std::string text;
  for (const auto& [name, value] : settings) text += name + " = " + quoted(value, '\'') + "\n";
  append_file(folder_ / "data/postgresql.conf", text);
}

void PrivatePostgres::start() {
  if (running()) throw std::logic_error("the server runs already");
  constexpr int attempts = 5;
  for (int attempt = 1;; ++attempt) {
    const std::size_t before = log().size();
    // These stand in the command because a standby's file is a copy of its primary's.
    process_ = ServerProcess({postgres_program("postgres"), "-D", folder_ / "data", "-c",
                              "listen_addresses=127.0.0.1", "-c", "port=" + std::to_string(port()),
                              "-c", "unix_socket_directories=" + socket_folder()},
                             folder_ / "log", folder_.path(), SIGQUIT);
    bool up = false;
    poll_until([&] {
      up = answers(url());
      return up || process_.ended(std::chrono::milliseconds(0));
    });
    if (up) return;
    process_ = ServerProcess();
    const std::string said = log().substr(before);
    const bool port_taken = said.find("Address already in use") != std::string::npos;
    if (!port_taken || attempt == attempts)
      throw std::runtime_error("PostgreSQL does not start:\n" + said);
    port_ = LoopbackPort();
  }
}

void PrivatePostgres::stop_fast() {
  process_.signal(SIGINT);
  if (!process_.ended(process_timeout))
    throw std::runtime_error("PostgreSQL does not stop:\n" + log());
}

void PrivatePostgres::kill_9() {
  if (!running()) throw std::logic_error("the server does not run");
  process_.signal(SIGSTOP);  // so that it has no child that was not seen
  const std::vector<pid_t> children = children_of(pid());
  process_.signal(SIGKILL);
  process_.ended(process_timeout);
  // They see that it is gone, and end. One that is busy may take longer, and a crash would not let
  // it.
  const auto all_gone = [&] {
    return std::none_of(children.begin(), children.end(),
                        [](pid_t child) { return ::kill(child, 0) == 0; });
  };
  if (poll_until(all_gone, std::chrono::seconds(2))) return;
  for (const pid_t child : children) ::kill(child, SIGKILL);
  if (!poll_until(all_gone)) throw std::runtime_error("a process of PostgreSQL does not end");
}

std::string PrivatePostgres::url_at(const std::string& host, int port, std::string_view role,
                                    std::string_view secret, std::string_view database) {
  std::string out = "postgresql://" + in_url(role);
  if (!secret.empty()) out += ":" + in_url(secret);
  // The host of a URL may be in its query, where the path of a socket's folder fits.
  return out + "@/" + in_url(database) + "?host=" + in_url(host) + "&port=" + std::to_string(port);
}

std::string PrivatePostgres::url(std::string_view role, std::string_view database) const {
  return url_at(socket_folder(), port(), role, "", database);
}

std::string PrivatePostgres::tcp_url(std::string_view role, std::string_view secret,
                                     std::string_view database) const {
  return url_at("127.0.0.1", port(), role, secret, database);
}

Rows PrivatePostgres::execute(const std::string& sql) const {
  return PostgresClient(url()).execute(sql);
}

std::string PrivatePostgres::value(const std::string& sql) const {
  return PostgresClient(url()).value(sql);
}

void PrivatePostgres::wait_for(const std::string& sql) const {
  PostgresClient client(url());
  if (!poll_until([&] { return client.value(sql) == "t"; }))
    throw std::runtime_error("it does not become true: " + sql + "\n" + log());
}

std::string PrivatePostgres::make_database(const std::string& more) {
  std::string name = "test_" + std::to_string(++databases_);
  execute("CREATE DATABASE " + name + " OWNER " + user + " " + more);
  return name;
}

std::unique_ptr<PrivatePostgres> PrivatePostgres::make_standby(const std::string& name, bool slot) {
  // The constructor is private, so that nobody else may call it.
  std::unique_ptr<PrivatePostgres> standby(
      new PrivatePostgres(options_, StandbyOf{*this, name, slot}));
  wait_for(
      "SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming' AND "
      "application_name = " +
      quoted(name, '\''));
  return standby;
}

void PrivatePostgres::make_synchronous(const std::string& name) {
  execute("ALTER SYSTEM SET synchronous_standby_names = " +
          quoted("FIRST 1 (" + quoted(name, '"') + ")", '\''));
  execute("SELECT pg_reload_conf()");
  wait_for(
      "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND "
      "application_name = " +
      quoted(name, '\''));
}

void PrivatePostgres::make_asynchronous() {
  execute("ALTER SYSTEM RESET synchronous_standby_names");
  execute("SELECT pg_reload_conf()");
  wait_for("SELECT count(*) = 0 FROM pg_stat_replication WHERE sync_state = 'sync'");
}

void PrivatePostgres::promote() {
  const std::string seconds =
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(process_timeout).count());
  if (value("SELECT pg_promote(true, " + seconds + ")") != "t")
    throw std::runtime_error("PostgreSQL does not end its recovery:\n" + log());
  wait_for("SELECT NOT pg_is_in_recovery()");
}

int PrivatePostgres::terminate_backends() {
  return std::stoi(
      value("SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"));
}

PrivatePostgres& shared_postgres() {
  static PrivatePostgres server;
  return server;
}

}  // namespace ringfence::testing_support
