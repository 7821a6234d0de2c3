#include "postgres/server_folder.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace ringfence::testing_support {
namespace {

namespace fs = std::filesystem;

constexpr const char* in_use = "ringfence-postgres-";

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

ServerUser find_server_user() {
  if (geteuid() != 0) return {};
  for (const char* name : {"postgres", "nobody"}) {
    const passwd* found = getpwnam(name);
    if (found == nullptr) continue;
    ServerUser user{true, found->pw_uid, found->pw_gid, std::vector<gid_t>(64)};
    int count = static_cast<int>(user.groups.size());
    if (getgrouplist(name, user.group, user.groups.data(), &count) < 0) count = 0;
    user.groups.resize(static_cast<std::size_t>(count));
    return user;
  }
  throw std::runtime_error(
      "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody");
}

/// A file system in memory with room for many servers; a container's usually has too little.
bool has_roomy_memory() {
  constexpr std::uint64_t enough_bytes = std::uint64_t{2} << 30U;
  struct statvfs memory {};
  return access("/dev/shm", W_OK) == 0 && statvfs("/dev/shm", &memory) == 0 &&
         memory.f_bavail * memory.f_frsize >= enough_bytes;
}

/// Where root's servers may go too: /tmp is everybody's, while TMPDIR may be root's alone. It is
/// short as well: the path of a socket has at most 107 bytes.
fs::path place_of_folders(bool on_disk) {
  if (!on_disk && has_roomy_memory()) return "/dev/shm";
  if (server_user().change) return "/tmp";
  const fs::path place = fs::temp_directory_path();
  return place.string().size() <= 40 ? place : "/tmp";
}

bool locked(int folder) { return flock(folder, LOCK_EX | LOCK_NB) == 0; }

/// What killed tests have left behind: folders that nobody holds the lock of.
void remove_abandoned(const fs::path& place) {
  const uid_t owner = server_user().change ? server_user().user : geteuid();
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(place, ignored)) {
    if (!entry.path().filename().string().starts_with(in_use)) continue;
    const Descriptor folder(
        open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (folder.get() < 0 || fstat(folder.get(), &status) != 0 || status.st_uid != owner) continue;
    if (locked(folder.get())) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

const ServerUser& server_user() {
  static const ServerUser user = find_server_user();
  return user;
}

ServerFolder::ServerFolder(bool on_disk) : owner_(getpid()) {
  const fs::path place = place_of_folders(on_disk);
  remove_abandoned(place);
  // It gets its name when it is locked, so that none that is only being made looks abandoned.
  std::string made = (place / "ringfence-new-XXXXXX").string();
  if (mkdtemp(made.data()) == nullptr) fail(made);
  lock_ = Descriptor(open(made.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock_.get() < 0 || !locked(lock_.get())) fail(made);
  give_to_server_user(made);
  path_ = (place / (in_use + made.substr(made.size() - 6))).string();
  fs::rename(made, path_);
}

ServerFolder::~ServerFolder() {
  if (getpid() != owner_) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void copy_folder(const std::string& from, const std::string& to) {
  const Ended copied = run({"/bin/cp", "-R", "--reflink=auto", "--preserve=mode", "--", from, to});
  if (copied.exit_code != 0) throw std::runtime_error(copied.err);
}

void give_to_server_user(const std::string& path) {
  const ServerUser& user = server_user();
  if (!user.change) return;
  const auto give = [&](const fs::path& one) {
    if (lchown(one.c_str(), user.user, user.group) != 0) fail(one);
  };
  give(path);
  if (!fs::is_directory(path)) return;
  for (const auto& entry : fs::recursive_directory_iterator(path)) give(entry.path());
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  if (!(out << text << std::flush)) throw std::runtime_error("cannot write " + path);
  out.close();
  give_to_server_user(path);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace ringfence::testing_support
