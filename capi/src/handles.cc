#include "handles.h"

#include <pthread.h>

#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <utility>

namespace ringfence::capi {
namespace {

// A handle, from its high bits down: the type, the process, how often the place was taken, the
// place.
constexpr unsigned place_bits = 24;
constexpr unsigned turn_bits = 24;
constexpr std::uint64_t most_places = std::uint64_t{1} << place_bits;
constexpr std::uint64_t most_turns = std::uint64_t{1} << turn_bits;

std::uint64_t id_of(std::uint8_t tag, std::uint8_t process, std::uint64_t turn,
                    std::uint64_t place) {
  return std::uint64_t{tag} << 56U | std::uint64_t{process} << 48U | turn << place_bits | place;
}

// Its parts work side by side, so that threads do not wait for each other.
class Part {
 public:
  static constexpr std::size_t parts = 16;

  explicit Part(std::uint64_t number) : number_(number) {}

  // The place and its turn; 0 if there is none left.
  std::uint64_t put(std::uint8_t tag, std::uint8_t process, std::shared_ptr<void> object) {
    const std::lock_guard lock(mutex_);
    // The place that was free for the longest time, so that a stale handle is noticed for long.
    if (free_.size() < 64 && slots_.size() * parts + number_ < most_places) {
      slots_.emplace_back();
      free_.push_back(slots_.size() - 1);
    }
    if (free_.empty()) return 0;
    const std::size_t index = free_.front();
    Slot& slot = slots_[index];
    slot.object = std::move(object);
    slot.tag = tag;
    ++slot.turn;
    free_.pop_front();
    return id_of(tag, process, slot.turn, index * parts + number_);
  }
  std::shared_ptr<void> get(std::uint8_t tag, std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const Slot* slot = find(tag, id);
    return slot == nullptr ? nullptr : slot->object;
  }
  std::shared_ptr<void> take(std::uint8_t tag, std::uint64_t id) noexcept {
    const std::lock_guard lock(mutex_);
    Slot* slot = find(tag, id);
    if (slot == nullptr) return nullptr;
    std::shared_ptr<void> object = std::move(slot->object);
    slot->object = nullptr;
    slot->tag = 0;
    // One that was taken as often as a handle can tell is not used again.
    if (slot->turn + 1 < most_turns) {
      try {
        free_.push_back(id % most_places / parts);
      } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory, so the place is lost
      }
    }
    return object;
  }

 private:
  struct Slot {
    std::shared_ptr<void> object;
    std::uint64_t turn = 0;
    std::uint8_t tag = 0;  // 0: free
  };
  Slot* find(std::uint8_t tag, std::uint64_t id) {
    const std::uint64_t index = id % most_places / parts;
    if (index >= slots_.size()) return nullptr;
    Slot& slot = slots_[index];
    return slot.tag == tag && slot.turn == (id >> place_bits) % most_turns ? &slot : nullptr;
  }

  const std::uint64_t number_;
  std::mutex mutex_;
  std::deque<Slot> slots_;
  std::deque<std::size_t> free_;
};

class Table {
 public:
  Part& next() { return *parts_[turn_++ % Part::parts]; }
  Part& of(std::uint64_t id) { return *parts_[id % most_places % Part::parts]; }

 private:
  template <std::size_t... I>
  static std::array<std::unique_ptr<Part>, Part::parts> make(std::index_sequence<I...>) {
    return {std::make_unique<Part>(I)...};
  }
  std::array<std::unique_ptr<Part>, Part::parts> parts_ =
      make(std::make_index_sequence<Part::parts>{});
  std::atomic<std::size_t> turn_ = 0;
};

std::atomic<Table*> table = nullptr;  // of this process; never destroyed
// One more than that of the parent, if that had a table. The last number stays, and no handle gets
// it: else one of an ancestor far back could name something here.
std::atomic<std::uint8_t> process_number = 0;
constexpr std::uint8_t no_more_processes = 255;

void in_child() {
  if (table == nullptr) return;
  table = nullptr;  // what it held stays where it is: nobody knows in which state
  if (process_number < no_more_processes) ++process_number;
}

Table& the_table() {
  if (Table* there = table) return *there;
  auto fresh = std::make_unique<Table>();
  Table* none = nullptr;
  if (!table.compare_exchange_strong(none, fresh.get())) return *none;
  return *fresh.release();
}

const int watching_forks = pthread_atfork(nullptr, nullptr, in_child);

}  // namespace

std::uint64_t keep(std::uint8_t tag, std::shared_ptr<void> object) {
  if (process_number == no_more_processes) return 0;
  return the_table().next().put(tag, process_number, std::move(object));
}

result<std::shared_ptr<void>> find(std::uint8_t tag, std::uint64_t id) {
  if (id == 0) return failure(ErrorCode::invalid_argument, "a handle is none; make one first");
  if (id >> 56U != tag)
    return failure(ErrorCode::invalid_argument, "a handle is of another type, or none at all");
  if ((id >> 48U & 255U) != process_number)
    return failure(ErrorCode::wrong_process, "a handle was made before a fork; make one here");
  if (auto object = the_table().of(id).get(tag, id)) return object;
  return failure(ErrorCode::invalid_argument, "a handle was freed, or never given");
}

std::shared_ptr<void> release(std::uint8_t tag, std::uint64_t id) noexcept {
  if (id >> 56U != tag || (id >> 48U & 255U) != process_number) return nullptr;
  Table* const there = table;
  return there == nullptr ? nullptr : there->of(id).take(tag, id);
}

}  // namespace ringfence::capi
