#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <limits>
#include <new>
#include <string>
#include <string_view>

/// SQLite's file layer with a counter and a fault in it.
namespace ringfence::testing_support {

class FaultyVfs {
 public:
  enum class Fault { disk_full, io_error, half_written, sync_error };

  explicit FaultyVfs(std::string name) : name_(std::move(name)), real_(sqlite3_vfs_find(nullptr)) {
    vfs_ = *real_;
    vfs_.pNext = nullptr;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = open;
    vfs_.xDelete = [](sqlite3_vfs* vfs, const char* path, int sync) {
      return of(vfs).real_->xDelete(of(vfs).real_, path, sync);
    };
    vfs_.xAccess = [](sqlite3_vfs* vfs, const char* path, int flags, int* out) {
      return of(vfs).real_->xAccess(of(vfs).real_, path, flags, out);
    };
    vfs_.xFullPathname = [](sqlite3_vfs* vfs, const char* path, int size, char* out) {
      return of(vfs).real_->xFullPathname(of(vfs).real_, path, size, out);
    };
    if (sqlite3_vfs_register(&vfs_, 0) != SQLITE_OK) throw std::bad_alloc();
  }
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;
  ~FaultyVfs() { sqlite3_vfs_unregister(&vfs_); }

  const char* name() const { return name_.c_str(); }

  /// The n-th write, sync or truncation from now on fails (0: the next one), and if `lasting` all
  /// after it, too. Only writes fail when the disk is full, only syncs with `sync_error`.
  void fail_at(long n, Fault fault, bool lasting) {
    fault_ = fault;
    lasting_ = lasting;
    failed = 0;
    left_ = n;
  }
  void no_fault() { left_ = std::numeric_limits<long>::max(); }

  std::atomic<int> failed = 0;          ///< How many operations were made to fail.
  std::atomic<int> log_syncs = 0;       ///< Of the write-ahead log, that succeeded.
  std::atomic<bool> log_dirty = false;  ///< It was written, and not synced since.
  std::function<void()> before_log_sync = [] {};
  bool skips_syncs = false;  ///< Says that they went well: for tests of something else, in a hurry.
  /// After a write to the log: what, how much and where; after a sync of it that went well.
  std::function<void(const unsigned char* data, int size, sqlite3_int64 at)> log_written = {};
  std::function<void()> log_synced = {};

 private:
  struct File {
    sqlite3_file base;
    FaultyVfs* vfs;
    bool is_log;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  static FaultyVfs& of(sqlite3_vfs* vfs) { return *static_cast<FaultyVfs*>(vfs->pAppData); }
  static File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }

  bool fails() {
    const long n = left_.fetch_sub(1);
    const bool now = n == 0 || (n < 0 && lasting_);
    if (now) ++failed;
    return now;
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    File& mine = of(file);
    mine.base.pMethods = nullptr;
    mine.vfs = &of(vfs);
    mine.is_log = (flags & SQLITE_OPEN_WAL) != 0;
    std::memset(mine.real(), 0, static_cast<std::size_t>(mine.vfs->real_->szOsFile));
    const int code = mine.vfs->real_->xOpen(mine.vfs->real_, name, mine.real(), flags, out);
    if (code == SQLITE_OK) mine.base.pMethods = &methods();
    return code;
  }
  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
    File& mine = of(file);
    if (mine.vfs->fault_ != Fault::sync_error && mine.vfs->fails()) {
      if (mine.vfs->fault_ == Fault::half_written) {
        mine.real()->pMethods->xWrite(mine.real(), data, size / 2, at);
      }
      return mine.vfs->fault_ == Fault::disk_full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    if (mine.is_log) mine.vfs->log_dirty = true;
    const int code = mine.real()->pMethods->xWrite(mine.real(), data, size, at);
    if (mine.is_log && code == SQLITE_OK && mine.vfs->log_written)
      mine.vfs->log_written(static_cast<const unsigned char*>(data), size, at);
    return code;
  }
  static int sync(sqlite3_file* file, int flags) {
    File& mine = of(file);
    if (mine.vfs->fault_ != Fault::disk_full && mine.vfs->fails()) return SQLITE_IOERR_FSYNC;
    if (mine.is_log) mine.vfs->before_log_sync();
    const int code =
        mine.vfs->skips_syncs ? SQLITE_OK : mine.real()->pMethods->xSync(mine.real(), flags);
    if (mine.is_log && code == SQLITE_OK) {
      ++mine.vfs->log_syncs;
      mine.vfs->log_dirty = false;
      if (mine.vfs->log_synced) mine.vfs->log_synced();
    }
    return code;
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    File& mine = of(file);
    const bool may = mine.vfs->fault_ == Fault::io_error || mine.vfs->fault_ == Fault::half_written;
    if (may && mine.vfs->fails()) return SQLITE_IOERR_TRUNCATE;
    return mine.real()->pMethods->xTruncate(mine.real(), size);
  }

  // Version 1 has no shared memory: who asks for it, is not alone with the database.
  static const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods all = [] {
      sqlite3_io_methods m = {};
      m.iVersion = 1;
      m.xClose = [](sqlite3_file* file) {
        return of(file).real()->pMethods->xClose(of(file).real());
      };
      m.xRead = [](sqlite3_file* file, void* data, int size, sqlite3_int64 at) {
        return of(file).real()->pMethods->xRead(of(file).real(), data, size, at);
      };
      m.xWrite = write;
      m.xTruncate = truncate;
      m.xSync = sync;
      m.xFileSize = [](sqlite3_file* file, sqlite3_int64* out) {
        return of(file).real()->pMethods->xFileSize(of(file).real(), out);
      };
      m.xLock = [](sqlite3_file* file, int lock) {
        return of(file).real()->pMethods->xLock(of(file).real(), lock);
      };
      m.xUnlock = [](sqlite3_file* file, int lock) {
        return of(file).real()->pMethods->xUnlock(of(file).real(), lock);
      };
      m.xCheckReservedLock = [](sqlite3_file* file, int* out) {
        return of(file).real()->pMethods->xCheckReservedLock(of(file).real(), out);
      };
      m.xFileControl = [](sqlite3_file* file, int what, void* value) {
        return of(file).real()->pMethods->xFileControl(of(file).real(), what, value);
      };
      m.xSectorSize = [](sqlite3_file* file) {
        return of(file).real()->pMethods->xSectorSize(of(file).real());
      };
      m.xDeviceCharacteristics = [](sqlite3_file* file) {
        return of(file).real()->pMethods->xDeviceCharacteristics(of(file).real());
      };
      return m;
    }();
    return all;
  }

  std::string name_;
  sqlite3_vfs* real_;
  sqlite3_vfs vfs_ = {};
  std::atomic<long> left_ = std::numeric_limits<long>::max();
  Fault fault_ = Fault::io_error;
  bool lasting_ = false;
};

}  // namespace ringfence::testing_support
