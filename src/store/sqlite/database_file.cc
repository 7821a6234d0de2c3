#include "store/sqlite/database_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "store/sqlite/os_error.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sql_error.h"

namespace ringfence::sqlite {
namespace {

Failure unavailable(const char* text) { return failure(ErrorCode::store_unavailable, text); }
Failure taken() {
  return failure(ErrorCode::invalid_argument, "there is something of that name already");
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : number_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

std::int64_t size_of(const std::string& path) {
  struct stat about = {};
  return ::stat(path.c_str(), &about) == 0 ? about.st_size : 0;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

using Header = std::array<unsigned char, 100>;  // https://www.sqlite.org/fileformat2.html, 1.3

std::uint32_t number_at(const Header& header, std::size_t offset) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) out = out << 8U | header[offset + i];
  return out;
}

// Reads through SQLite's own file layer: it knows the other connections that this process may have
// to the file, and does not close a descriptor under their locks.
Header read_header(const std::string& path, const char* vfs_name) {
  sqlite3_vfs* const vfs = sqlite3_vfs_find(vfs_name);
  if (vfs == nullptr) throw SqlError(SQLITE_CANTOPEN);
  const std::unique_ptr<const char, void (*)(const char*)> name(
      sqlite3_create_filename(path.c_str(), "", "", 0, nullptr),
      [](const char* text) { sqlite3_free_filename(const_cast<char*>(text)); });
  if (!name) throw std::bad_alloc();
  std::vector<std::max_align_t> memory(
      static_cast<std::size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1);
  auto* const file = reinterpret_cast<sqlite3_file*>(memory.data());
  Header header = {};
  int code = vfs->xOpen(vfs, name.get(), file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, nullptr);
  if (code == SQLITE_OK) {
    code = file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0);
  }
  if (file->pMethods != nullptr) file->pMethods->xClose(file);
  if (code != SQLITE_IOERR_SHORT_READ) check(code);  // what a short file lacks is read as zeros
  return header;
}

}  // namespace

result<std::string> real_path(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return failure(ErrorCode::invalid_argument, "the path is empty or has a NUL");
  }
  if (path == ":memory:") {
    return failure(ErrorCode::invalid_argument, "use make_memory_store for a store in memory");
  }
  const auto resolve = [](const std::string& name) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(name.c_str(), nullptr), std::free);
    return real ? std::string(real.get()) : std::string();
  };
  if (std::string real = resolve(path); !real.empty()) return real;
  const int why = errno;
  struct stat about = {};
  const std::string directory = resolve(directory_of(path));
  const std::string base = path.substr(path.rfind('/') + 1);  // npos + 1 is 0: no slash, the whole
  if (why != ENOENT || directory.empty() || base.empty() || ::lstat(path.c_str(), &about) == 0) {
    return unavailable("its directory is not there, or a link leads nowhere");
  }
  return directory + (directory == "/" ? "" : "/") + base;
}

result<FileKind> look_at(const std::string& path, const char* vfs) {
  struct stat about = {};
  const bool there = ::stat(path.c_str(), &about) == 0;
  if (!there && errno != ENOENT)
    return refused_by_system("the database cannot be looked at", errno);
  if (there && !S_ISREG(about.st_mode)) {
    return failure(ErrorCode::store_foreign, "the path is not that of a file; choose another");
  }
  if (!there || about.st_size == 0) {
    // SQLite would throw the log away.
    if (size_of(path + "-wal") > 0) {
      return failure(
          ErrorCode::store_corrupt,
          "the database is gone, its write-ahead log is there; put it back, or restore a backup");
    }
    return there ? FileKind::empty : FileKind::missing;
  }
  constexpr std::string_view magic("SQLite format 3\0", 16);
  const Header header = read_header(path, vfs);
  if (std::all_of(header.begin(), header.end(), [](unsigned char byte) { return byte == 0; }) &&
      size_of(path + "-journal") > 0) {
    return FileKind::ringfence;  // our tables were being made when the power went: SQLite undoes it
  }
  if (!std::equal(magic.begin(), magic.end(), header.begin()) ||
      number_at(header, 68) != static_cast<std::uint32_t>(application_id)) {
    return failure(ErrorCode::store_foreign,
                   "the file is not a database of ringfence; choose another path");
  }
  return FileKind::ringfence;
}

result<void> create(const std::string& path) {
  const Descriptor file(path, O_RDWR | O_CREAT | O_EXCL);
  if (file.get() < 0) return refused_by_system("the database cannot be made", errno);
  return ok();
}

result<std::string> create_part(const std::string& path) {
  std::string part = path + ".part-XXXXXX";
  const int file = ::mkostemp(part.data(), O_CLOEXEC);
  if (file < 0) return refused_by_system("no file can be made in its directory", errno);
  ::close(file);
  return part;
}

result<void> publish(const std::string& part, const std::string& path) {
  {
    const Descriptor file(part, O_RDWR);
    if (file.get() < 0 || ::fsync(file.get()) != 0)
      return refused_by_system("it cannot be synced", errno);
  }
  int moved = ::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE);
  if (moved != 0 && (errno == EINVAL || errno == ENOSYS)) {  // not every file system can do that
    moved = ::link(part.c_str(), path.c_str());
    if (moved == 0) ::unlink(part.c_str());
  }
  if (moved != 0 && errno == EEXIST) return taken();
  if (moved != 0) return refused_by_system("it cannot get its name", errno);
  return sync_directory(path);
}

result<void> check_free(const std::string& path) {
  struct stat about = {};
  if (::lstat(path.c_str(), &about) == 0) return taken();
  return ok();
}

bool has_log(const std::string& path) { return ::access((path + "-wal").c_str(), F_OK) == 0; }

result<void> rewrite_log(const std::string& path) {
  const Descriptor log(path + "-wal", O_RDWR);
  if (log.get() < 0) {
    if (errno == ENOENT) return ok();
    return refused_by_system("the write-ahead log cannot be opened", errno);
  }
  std::vector<char> block(std::size_t{256} * 1024);
  off_t at = 0;
  for (;;) {
    const ssize_t got = ::pread(log.get(), block.data(), block.size(), at);
    if (got == 0) break;
    if (got < 0 || ::pwrite(log.get(), block.data(), static_cast<std::size_t>(got), at) != got) {
      return refused_by_system("the write-ahead log cannot be written", errno);
    }
    at += got;
  }
  if (::fsync(log.get()) != 0)
    return refused_by_system("the write-ahead log cannot be synced", errno);
  return ok();
}

result<void> sync_directory(const std::string& path) {
  const Descriptor directory(directory_of(path), O_RDONLY | O_DIRECTORY);
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) {
    return refused_by_system("the directory of the database cannot be synced", errno);
  }
  return ok();
}

}  // namespace ringfence::sqlite
