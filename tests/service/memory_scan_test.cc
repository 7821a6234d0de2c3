// What is left of secrets in the memory of the process, on the heap, freed or not, on the stack and
// in static data, as a core dump would have it (R26, A40, A41).
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <random>
#include <span>

#include "ringfence/store/sqlite.h"
#include "support/temp_dir.h"
#include "support/world.h"

#if defined(__GNUC__)
#define RINGFENCE_UNCHECKED __attribute__((no_sanitize("address", "thread"), noinline))
#endif

namespace ringfence {
namespace {

using testing_support::outcome;
using testing_support::World;

/// A secret, kept in a form in which the scan does not find it, and without memory from the heap:
/// that would be taken from what others have freed, and hide what they left there.
class Mark {
 public:
  Mark() = default;
  explicit Mark(std::string_view secret) {
    for (const char c : secret) add(c);
  }
  void add(char c) { hidden_.at(size_++) = static_cast<char>(c ^ mask); }
  std::size_t size() const { return size_; }
  /// Shows it to `use`, and wipes it.
  template <class Use>
  auto shown(const Use& use) const {
    std::array<char, longest> text{};
    for (std::size_t i = 0; i < size_; ++i) text[i] = static_cast<char>(hidden_[i] ^ mask);
    auto out = use(std::string_view(text.data(), size_));
    wipe(std::as_writable_bytes(std::span(text)));
    return out;
  }
  /// Whether a piece of it is between the two.
  RINGFENCE_UNCHECKED bool in(const char* begin, const char* end) const {
    // Whoever frees memory may write over its beginning.
    const std::size_t piece = size_ < 16 ? size_ : 16;
    for (std::size_t at = 0; at + piece <= size_; at += piece) {
      const char* wanted = hidden_.data() + at;
      const char first = static_cast<char>(wanted[0] ^ mask);
      for (const volatile char* here = begin; here + piece <= end; ++here) {
        if (*here != first) continue;
        std::size_t same = 1;
        while (same < piece && static_cast<char>(here[same] ^ mask) == wanted[same]) ++same;
        if (same == piece) return true;
      }
    }
    return false;
  }

 private:
  static constexpr char mask = 0x55;
  static constexpr std::size_t longest = 200;
  std::array<char, longest> hidden_{};
  std::size_t size_ = 0;
};

/// How many of the marks are anywhere in the memory this process may write.
int found(std::span<const Mark> marks) {
  static std::array<char, 1 << 20> maps;
  const int file = open("/proc/self/maps", O_RDONLY);
  std::size_t size = 0;
  for (ssize_t got = 0; (got = read(file, maps.data() + size, maps.size() - size - 1)) > 0;)
    size += static_cast<std::size_t>(got);
  close(file);
  maps[size] = '\0';
  int count = 0;
  for (const Mark& mark : marks) {
    bool there = false;
    for (const char* line = maps.data(); line != nullptr && *line != '\0' && !there;) {
      std::uintptr_t begin = 0;
      std::uintptr_t end = 0;
      std::array<char, 5> mode{};
      // What is larger is the sanitizers' own bookkeeping.
      if (std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &begin, &end, mode.data()) == 3 &&
          mode[0] == 'r' && mode[1] == 'w' && end - begin <= std::uintptr_t{64} * 1024 * 1024) {
        there = mark.in(reinterpret_cast<const char*>(begin), reinterpret_cast<const char*>(end));
      }
      const char* next = std::strchr(line, '\n');
      line = next == nullptr ? nullptr : next + 1;
    }
    count += there ? 1 : 0;
  }
  return count;
}

/// Digits by chance: nobody meets so many of them again.
Mark random_digits(std::size_t size) {
  std::random_device random;
  Mark mark;
  while (mark.size() < size) mark.add(static_cast<char>('0' + random() % 10));
  return mark;
}

/// Keeps the codes and the texts it was given, hidden.
class HidingSender final : public Sender, public EventSink {
 public:
  HidingSender() {
    codes.reserve(64);
    texts.reserve(64);
  }
  SendResult send(const OutgoingMessage& out) override {
    if (out.code.reveal().empty()) return {SendResult::Outcome::accepted, 0, ""};
    codes.emplace_back(out.code.reveal());
    texts.emplace_back(out.text.reveal().substr(0, 16));
    return {SendResult::Outcome::accepted, 0, ""};
  }
  SendResult deliver(const Message&) override { return {SendResult::Outcome::accepted, 0, ""}; }

  std::vector<Mark> codes;
  std::vector<Mark> texts;
};

class MemoryScan : public ::testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers keep too much memory to look through";
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    GTEST_SKIP() << "sanitizers keep too much memory to look through";
#endif
#endif
  }
  /// The key in the file, as its digits and as its bytes; read without a buffer.
  std::vector<Mark> key_in(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY);
    Mark digits;
    Mark bytes;
    bool in_key = false;
    bool comment = false;
    int half = -1;
    char c = 0;
    while (read(file, &c, 1) == 1) {
      if (c == '#') comment = true;
      if (c == '\n') comment = in_key = false;
      if (in_key) {
        digits.add(c);
        const int value = c <= '9' ? c - '0' : c - 'a' + 10;
        if (half >= 0) bytes.add(static_cast<char>(half * 16 + value));
        half = half >= 0 ? -1 : value;
      }
      if (c == ' ' && !comment) in_key = true;
    }
    close(file);
    return {digits, bytes};
  }

  testing_support::TempDir folder;
};

// The control: the scan finds what is there, and what was only freed.
TEST_F(MemoryScan, FindsWhatIsLeftBehind) {
  const std::vector<Mark> marks = {random_digits(100)};
  EXPECT_EQ(found(marks), 0);
  marks[0].shown([&](std::string_view text) {
    const auto copy = std::make_unique<std::string>(text);
    EXPECT_EQ(found(marks), 1) << "on the heap";
    return 0;
  });
  EXPECT_EQ(found(marks), 1) << "freed and not wiped";
}

/// The life of a host with a few changes of phones; what is left in between and afterwards.
struct Left {
  std::size_t codes = 0;
  std::size_t typed = 0;
  int of_the_key_maker = 0;
  int at_once = 0;
  int of_codes = 0;
  int of_texts = 0;
  int of_typed = 0;
  int of_the_key_file = 0;
  int of_the_key_in_use = 0;
  int of_the_key_afterwards = 0;
};

TEST_F(MemoryScan, NoCodeAndNoKeyIsLeftInMemory_R26_A41) {
  const auto live = [&](const std::string& name) {
    Left left;
    if (!KeyRing::create_file(folder.file(name))) return left;
    const std::vector<Mark> digits = {key_in(folder.file(name))[0]};
    const std::vector<Mark> bytes = {key_in(folder.file(name))[1]};
    left.of_the_key_maker = found(digits) + found(bytes);
    std::vector<Mark> typed;
    typed.reserve(64);
    HidingSender sender;
    {
      testing_support::ManualClock clock;
      const auto ring = KeyRing::from_file(folder.file(name)).value();
      const auto store = open_sqlite_store(folder.file(name + ".db")).value();
      Policy policy;
      policy.code_digits = 10;  // six occur by chance
      policy.failures_before_delay = 100;
      const auto service = Service::make({*store, *ring, clock}, policy).value();
      Dispatcher dispatcher({*store, *ring, sender, sender, clock});
      const auto send_all = [&] {
        while (dispatcher.pump().value().taken > 0) {
        }
      };
      const Call call{.session = "session-1"};
      for (int i = 0; i < 4; ++i) {
        const AccountKey ann{"", "ann" + std::to_string(i)};
        service
            ->register_account({.account = ann,
                                .phone = {"+86139123436" + std::to_string(70 + i)},
                                .phone_proven_at = clock.now_ms()})
            .value();
        FlowView flow = service->begin_change_phone(ann, Method::phone, call).value();
        send_all();
        const auto prove = [&](const Mark& code) {
          return code.shown([&](std::string_view text) {
            return flow.step == FlowStep::prove_identity ? service->prove_identity(flow, text, call)
                                                         : service->prove_target(flow, text, call);
          });
        };
        const auto prove_after_guesses = [&] {
          for (const std::size_t size : {10U, 100U, 200U}) {  // as long as a code, and too long
            typed.push_back(random_digits(size));
            EXPECT_EQ(prove(typed.back()).value().verdict, Verdict::rejected);
            left.at_once += found(std::span(&typed.back(), 1));  // before others write over it
          }
          flow = prove(sender.codes.back()).value();
          EXPECT_TRUE(flow.accepted());
          left.at_once += found(std::span(&sender.codes.back(), 1));
        };
        prove_after_guesses();
        flow = service->set_target(flow, {"+447700900" + std::to_string(100 + i)}, call).value();
        send_all();
        prove_after_guesses();
        clock.advance(minute_ms);
      }
      left.codes = sender.codes.size();
      left.typed = typed.size();
      left.of_codes = found(sender.codes);
      left.of_texts = found(sender.texts);
      left.of_typed = found(typed);
      left.of_the_key_file = found(digits);
      left.of_the_key_in_use = found(bytes);
    }
    left.of_the_key_afterwards = found(digits) + found(bytes);
    return left;
  };
  // The first call of a function that is in a shared library leaves the registers of that moment on
  // the stack, with what was copied last. No library can help that: it happens in the first life.
  live("first");
  const Left left = live("second");
  EXPECT_EQ(left.codes, 8U);
  EXPECT_EQ(left.typed, 24U);
  EXPECT_EQ(left.of_the_key_maker, 0) << "who made the key keeps nothing of it";
  EXPECT_EQ(left.at_once, 0) << "of a code right after the call it was typed for";
  EXPECT_EQ(left.of_codes, 0) << "of the codes that were sent and accepted";
  EXPECT_EQ(left.of_texts, 0) << "of the messages they were in";
  EXPECT_EQ(left.of_typed, 0) << "of the codes that were typed and rejected";
  EXPECT_EQ(left.of_the_key_file, 0) << "the key file was read, and its text is gone";
  EXPECT_EQ(left.of_the_key_in_use, 1) << "the scan finds the key that is in use";
  EXPECT_EQ(left.of_the_key_afterwards, 0) << "nothing of the key stays behind";
}

}  // namespace
}  // namespace ringfence
