// Secrets leave nothing behind in the memory they used, and cannot be printed by mistake (R25, R26,
// A41).
#include "ringfence/secret.h"

#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>

namespace ringfence {
namespace {

template <class T>
concept printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(printable<std::string>);
static_assert(!printable<SecretText>);
static_assert(!printable<SecretBytes<32>>);
static_assert(!std::is_convertible_v<std::string, SecretText>, "made a secret on purpose only");
static_assert(!std::is_convertible_v<SecretText, std::string_view>, "and revealed on purpose only");

/// Memory in which an object is made and destroyed, and which is looked at before and after.
template <class T>
struct Memory {
  alignas(T) unsigned char bytes[sizeof(T)] = {};

  template <class... Args>
  T& make(Args&&... args) {
    return *new (bytes) T(std::forward<Args>(args)...);
  }
  /// What the bytes hold now; read in a way the compiler cannot reason about.
  std::string look() const {
    std::string out;
    const volatile unsigned char* at = bytes;
    for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(at[i]);
    return out;
  }
};

constexpr std::string_view mark = "SHORT-MARK";  // short enough to live inside the string itself
constexpr std::string_view trace =
    "T-MA";  // its first letter is gone as soon as the string is empty
const std::string long_mark(200, 'L');

TEST(Secrets, TextIsGoneFromItsMemoryOnceDestroyed_R26) {
  Memory<SecretText> memory;
  SecretText& secret = memory.make(mark);
  ASSERT_NE(memory.look().find(mark), std::string::npos)
      << "the test must see it while it is there";
  secret.~SecretText();
  EXPECT_EQ(memory.look().find(trace), std::string::npos);
}

TEST(Secrets, TextIsGoneFromWhereItWasMovedFrom_R26) {
  Memory<SecretText> memory;
  SecretText& secret = memory.make(mark);
  const SecretText moved(std::move(secret));
  EXPECT_EQ(moved.reveal(), mark);
  EXPECT_EQ(memory.look().find(trace), std::string::npos);
  EXPECT_EQ(secret.reveal(), "");
  secret.~SecretText();
  EXPECT_EQ(memory.look().find(trace), std::string::npos);
}

TEST(Secrets, LongTextMovesWithoutACopy_R26) {
  SecretText first{std::string_view(long_mark)};
  const char* where = first.reveal().data();
  const SecretText second(std::move(first));
  EXPECT_EQ(second.reveal(), long_mark);
  EXPECT_EQ(second.reveal().data(), where);
  EXPECT_EQ(first.reveal(), "");
}

// Proves R26.
TEST(Secrets, ACopyIsWipedByItselfAndTheOriginalStays) {
  Memory<SecretText> memory;
  const SecretText original(mark);
  SecretText& copy = memory.make(original);
  EXPECT_EQ(copy.reveal(), mark);
  copy.~SecretText();
  EXPECT_EQ(memory.look().find(trace), std::string::npos);
  EXPECT_EQ(original.reveal(), mark);
}

TEST(Secrets, BytesAreGoneFromTheirMemoryOnceDestroyed_R26) {
  using Key = SecretBytes<32>;
  Memory<Key> memory;
  Key& key = memory.make();
  key.reveal().fill('K');
  ASSERT_EQ(memory.look(), std::string(32, 'K'));
  key.~Key();
  EXPECT_EQ(memory.look(), std::string(32, '\0'));
}

TEST(Secrets, BytesBeginAsZeros) {
  EXPECT_EQ(SecretBytes<4>().reveal(), (std::array<std::uint8_t, 4>{}));
}

TEST(Secrets, WipingAStringClearsItsMemoryShortOrLong_R26) {
  for (const std::string& text : {std::string(mark), long_mark}) {
    std::string secret = text;
    const volatile char* at = secret.data();
    wipe(secret);
    EXPECT_TRUE(secret.empty());
    for (std::size_t i = 0; i < text.size(); ++i) EXPECT_EQ(at[i], '\0') << i;
  }
}

TEST(Secrets, WipingNothingIsFine) {
  std::string empty;
  wipe(empty);
  wipe(std::span<std::byte>());
  EXPECT_TRUE(empty.empty());
}

TEST(Secrets, AnEmptySecretRevealsAnEmptyText) {
  EXPECT_EQ(SecretText().reveal(), "");
  EXPECT_EQ(SecretText("").reveal(), "");
  EXPECT_EQ(SecretText(std::string_view("12\0"
                                        "34",
                                        5))
                .reveal()
                .size(),
            5U);
}

}  // namespace
}  // namespace ringfence
