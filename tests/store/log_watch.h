#pragma once

#include <array>
#include <cstring>
#include <map>
#include <mutex>

#include "ringfence/store.h"
#include "store/faulty_vfs.h"

/// Watches what reaches SQLite's write-ahead log, and when it is on the disk.
namespace ringfence::testing_support {

/// Knows of a change whether its transaction was written wholly, with the mark that ends it, and
/// synced after that. It knows the change by the version of a record that it puts: eight random
/// bytes that stand near the beginning of the record's row. Thread-safe.
class LogWatch {
 public:
  explicit LogWatch(FaultyVfs& vfs) : vfs_(vfs) {
    vfs_.log_written = [this](const unsigned char* data, int size, sqlite3_int64 at) {
      written(data, static_cast<std::size_t>(size), at);
    };
    vfs_.log_synced = [this] { synced(); };
  }
  LogWatch(const LogWatch&) = delete;
  LogWatch& operator=(const LogWatch&) = delete;
  ~LogWatch() {
    vfs_.log_written = nullptr;
    vfs_.log_synced = nullptr;
  }

  /// Looks out for a change from now on.
  void look_out(const ChangeSet& change) {
    const std::lock_guard lock(mutex_);
    if (!change.puts.empty()) stages_[change.puts.front().version] = Stage::not_seen;
  }
  /// Whether it is durable; forgets it.
  bool is_durable(const ChangeSet& change) {
    const std::lock_guard lock(mutex_);
    if (change.puts.empty()) return true;
    const auto found = stages_.find(change.puts.front().version);
    const bool durable = found != stages_.end() && found->second == Stage::durable;
    if (found != stages_.end()) stages_.erase(found);
    return durable;
  }

 private:
  enum class Stage { not_seen, in_pages, committed, durable };

  // https://www.sqlite.org/fileformat2.html, 4.1: a header of 32 bytes; then frames, each a header
  // of 24 bytes, whose bytes 4–7 are not zero in the last frame of a transaction, and a page.
  void written(const unsigned char* data, std::size_t size, sqlite3_int64 at) {
    if (at == 0) return;
    const std::lock_guard lock(mutex_);
    if (size == 24) {
      last_frame_ = (data[4] | data[5] | data[6] | data[7]) != 0;
      return;
    }
    for (auto& [version, stage] : stages_) {
      if (stage == Stage::not_seen && contains(data, size, version)) stage = Stage::in_pages;
    }
    if (!last_frame_) return;
    for (auto& [version, stage] : stages_) {
      if (stage == Stage::in_pages) stage = Stage::committed;
    }
  }
  void synced() {
    const std::lock_guard lock(mutex_);
    for (auto& [version, stage] : stages_) {
      if (stage == Stage::committed) stage = Stage::durable;
    }
  }
  static bool contains(const unsigned char* data, std::size_t size, Version version) {
    std::array<unsigned char, 8> bytes;
    for (std::size_t i = 0; i < 8; ++i)
      bytes[i] = static_cast<unsigned char>(version >> (56 - 8 * i));
    return memmem(data, size, bytes.data(), bytes.size()) != nullptr;
  }

  FaultyVfs& vfs_;
  std::mutex mutex_;
  std::map<Version, Stage> stages_;
  bool last_frame_ = false;
};

}  // namespace ringfence::testing_support
