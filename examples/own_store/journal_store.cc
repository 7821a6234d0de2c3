#include "journal_store.h"

#include <fcntl.h>
#include <ringfence/record_json.h>
#include <ringfence/store/well_formed.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace {

using namespace ringfence;
using nlohmann::json;

class JournalStore final : public Store {
 public:
  JournalStore(int file, const std::string& path) : file_(file) {
    // What was written of the last line before a crash was never acknowledged.
    std::ifstream in(path, std::ios::binary);
    for (std::string line; std::getline(in, line) && !in.eof();) {
      apply(json::parse(line));
      size_ += static_cast<off_t>(line.size()) + 1;
    }
    if (ftruncate(file_, size_) != 0) throw std::runtime_error("the journal cannot be written");
  }
  ~JournalStore() override { close(file_); }

  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs) override {
    return guarded([&]() -> result<std::vector<Loaded>> {
      std::vector<Loaded> out;
      for (const Key& key : keys) {
        const auto found = records_.find(key);
        out.push_back(found == records_.end()
                          ? Loaded{key}
                          : Loaded{key, found->second.version, found->second.record});
      }
      return out;
    });
  }

  CommitOutcome commit(const ChangeSet& change, TimeMs) override {
    bool written = false;
    try {
      if (in_other_process()) return CommitOutcome::unavailable;
      const std::lock_guard lock(mutex_);
      if (broken_ || !well_formed(change)) return CommitOutcome::unavailable;
      for (const ChangeSet::Expect& expect : change.expects) {
        const auto found = records_.find(expect.key);
        if ((found == records_.end() ? 0 : found->second.version) != expect.version)
          return CommitOutcome::conflict;
      }
      json line = json::object();
      for (const ChangeSet::Put& put : change.puts) {
        line["put"].push_back(text_of(put.record));
        line["put"].back().push_back(put.version);
      }
      for (const Key& key : change.erases) {
        if (const auto found = records_.find(key); found != records_.end())
          line["erase"].push_back(text_of(found->second.record));
      }
      if (change.forget_messages_of) {
        for (const auto& [id, stored] : outbox_) {
          if (stored.message.account == *change.forget_messages_of)
            line["remove"].push_back(id.hex());
        }
      }
      std::map<Id128, bool> fresh;
      for (const Message& message : change.messages) {
        if (outbox_.contains(message.id) || !fresh.emplace(message.id, true).second)
          return CommitOutcome::unavailable;
        line["message"].push_back(json::parse(to_json(message)));
      }
      written = true;
      write(line);
      return CommitOutcome::committed;
    } catch (...) {
      return written ? CommitOutcome::unknown : CommitOutcome::unavailable;
    }
  }

  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override {
    return guarded([&]() -> result<std::vector<Message>> {
      if (!can_take(now, lease_ms, max, share)) return std::vector<Message>{};
      auto taken = found(max, [&](const Message& message) {
        return message.state == MessageState::pending && share.has(message.id) &&
               (message.due_at <= now || message.due_at > now + longest_deferral_ms);
      });
      json line = json::object();
      for (Message& message : taken) {
        ++message.attempts;
        message.due_at = now + lease_ms;
        line["message"].push_back(json::parse(to_json(message)));
      }
      if (!taken.empty()) write(line);
      return taken;
    });
  }

  result<void> settle(std::span<const Settlement> settlements) override {
    return guarded([&]() -> result<void> {
      json line = json::object();
      for (const Settlement& one : settlements) {
        const auto found = outbox_.find(one.id);
        if (found == outbox_.end()) continue;
        Message message = found->second.message;
        const bool retried =
            message.state == MessageState::given_up && one.state == MessageState::pending;
        if (message.state != MessageState::pending && !retried) continue;
        if (message.attempts != one.attempts) continue;
        message.state = one.state;
        message.outcome = one.outcome;
        if (one.state == MessageState::pending) message.due_at = one.due_at;
        line["message"].push_back(json::parse(to_json(message)));
      }
      if (!line.empty()) write(line);
      return ok();
    });
  }

  result<std::vector<Message>> messages(const AccountKey& account, int max, TimeMs) override {
    return guarded([&]() -> result<std::vector<Message>> {
      auto all = found(
          max, [&](const Message& one) { return one.account == account; }, false);
      return all;
    });
  }

  result<std::vector<Message>> given_up(const MessagePlace& after, int max, TimeMs) override {
    return guarded([&]() -> result<std::vector<Message>> {
      std::map<MessagePlace, const Message*> ordered;
      for (const auto& [id, stored] : outbox_) {
        const Message& message = stored.message;
        if (message.state == MessageState::given_up && place_of(message) > after)
          ordered.emplace(place_of(message), &message);
      }
      std::vector<Message> out;
      for (const auto& [place, message] : ordered) {
        if (static_cast<int>(out.size()) >= max) break;
        out.push_back(*message);
      }
      return out;
    });
  }

  result<OutboxState> outbox(TimeMs now, TimeMs) override {
    return guarded([&]() -> result<OutboxState> {
      const auto due = found(OutboxState::counted_at_most, [&](const Message& message) {
        return message.state == MessageState::pending && message.due_at <= now;
      });
      return OutboxState{static_cast<int>(due.size()), due.empty() ? 0 : due.front().due_at};
    });
  }

  result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
    return guarded([&]() -> result<int> {
      int removed = 0;
      json line = json::object();
      for (const auto& [id, stored] : outbox_) {
        const Message& message = stored.message;
        if (removed < max && message.state != MessageState::pending &&
            message.created_at < settled_before) {
          line["remove"].push_back(id.hex());
          ++removed;
        }
      }
      for (const auto& [key, put] : records_) {
        const auto* entry = std::get_if<AddressEntry>(&put.record);
        const auto* source = std::get_if<Source>(&put.record);
        const TimeMs forget_at = entry ? entry->forget_at : source ? source->forget_at : 0;
        if (removed < max && forget_at != 0 && forget_at <= now) {
          line["erase"].push_back(text_of(put.record));
          ++removed;
        }
      }
      if (removed > 0) write(line);
      return removed;
    });
  }

 private:
  struct Stored {
    std::uint64_t number = 0;  // in the order of appending
    Message message;
  };

  // A child that was forked has the same file, and other records from now on.
  bool in_other_process() const { return getpid() != process_; }

  // No function of a store throws.
  template <class Function>
  auto guarded(const Function& function) -> decltype(function()) {
    try {
      if (in_other_process())
        return failure(ErrorCode::wrong_process, "the journal was opened before a fork");
      const std::lock_guard lock(mutex_);
      if (broken_) return failure(ErrorCode::store_unavailable, "the journal must be opened again");
      return function();
    } catch (...) {
      return failure(broken_ ? ErrorCode::outcome_unknown : ErrorCode::store_unavailable,
                     "the journal failed");
    }
  }

  /// Up to `max` messages, the longest due first, if that matters, and then the first created.
  template <class Wanted>
  std::vector<Message> found(int max, const Wanted& wanted, bool by_due = true) const {
    std::vector<const Stored*> all;
    for (const auto& [id, stored] : outbox_) {
      if (wanted(stored.message)) all.push_back(&stored);
    }
    std::sort(all.begin(), all.end(), [&](const Stored* a, const Stored* b) {
      const auto order = [&](const Stored* one) {
        return std::tuple(by_due ? one->message.due_at : 0, one->message.created_at, one->number);
      };
      return order(a) < order(b);
    });
    std::vector<Message> out;
    for (const Stored* one : all) {
      if (static_cast<int>(out.size()) >= max) break;
      out.push_back(one->message);
    }
    return out;
  }

  // A record as `[kind, record]`.
  static json text_of(const Record& record) {
    return {record.index(),
            json::parse(std::visit([](const auto& one) { return to_json(one); }, record))};
  }
  static Record record_of(const json& text) {
    const std::string record = text.at(1).dump();
    switch (text.at(0).get<int>()) {
      case 0:
        return account_from_json(record).value();
      case 1:
        return address_entry_from_json(record).value();
      case 2:
        return source_from_json(record).value();
      default:
        return audit_entry_from_json(record).value();
    }
  }

  // On the disk first. If that fails half-way nobody knows what is there, so it is the last thing
  // this store does.
  void write(const json& line) {
    const std::string text = line.dump() + '\n';
    broken_ = true;
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t count = ::write(file_, text.data() + done, text.size() - done);
      if (count <= 0) throw std::runtime_error("the journal cannot be written");
      done += static_cast<std::size_t>(count);
    }
    if (fdatasync(file_) != 0) throw std::runtime_error("the journal cannot be synced");
    apply(line);
    broken_ = false;
  }

  // What a line says; the same whether it was written now or is read again.
  void apply(const json& line) {
    for (const json& text : line.value("erase", json::array()))
      records_.erase(key_of(record_of(text)));
    for (const json& text : line.value("put", json::array())) {
      const Record record = record_of(text);
      records_.insert_or_assign(key_of(record), ChangeSet::Put{record, text.at(2).get<Version>()});
    }
    for (const json& id : line.value("remove", json::array()))
      outbox_.erase(Id128::from_hex(id.get<std::string>()).value());
    for (const json& text : line.value("message", json::array())) {
      const Message message = message_from_json(text.dump()).value();
      const auto [at, added] = outbox_.try_emplace(message.id);
      if (added) at->second.number = ++appended_;
      at->second.message = message;
    }
  }

  const pid_t process_ = getpid();
  std::mutex mutex_;
  const int file_;
  off_t size_ = 0;  // of the lines that were read
  bool broken_ = false;
  std::map<Key, ChangeSet::Put> records_;
  std::map<Id128, Stored> outbox_;
  std::uint64_t appended_ = 0;
};

// A file that was made is there after a crash if its folder is on the disk, too.
bool sync_folder_of(const std::string& path) {
  std::error_code failed;
  const auto folder = std::filesystem::absolute(path, failed).parent_path();
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return false;
  const bool synced = fsync(file) == 0;
  close(file);
  return synced;
}

}  // namespace

result<std::unique_ptr<Store>> open_journal_store(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return failure(ErrorCode::store_unavailable, "the journal cannot be opened");
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    close(file);
    return failure(ErrorCode::store_in_use, "another store has the journal open");
  }
  if (!sync_folder_of(path)) {
    close(file);
    return failure(ErrorCode::store_unavailable, "the journal's folder cannot be synced");
  }
  try {
    return std::unique_ptr<Store>(std::make_unique<JournalStore>(file, path));
  } catch (...) {
    close(file);
    return failure(ErrorCode::store_corrupt, "the journal cannot be read");
  }
}
