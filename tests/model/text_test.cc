// Text that comes from outside.
#include "ringfence/text.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

TEST(ValidText, IsUtf8WithoutNulOfSomeLength) {
  EXPECT_TRUE(valid_text("ann", 1, 3));
  EXPECT_TRUE(valid_text("\u00e4", 2, 2)) << "bytes are counted";
  EXPECT_FALSE(valid_text("", 1, 3));
  EXPECT_FALSE(valid_text("anna", 1, 3));
  EXPECT_FALSE(valid_text(std::string_view("a\0b", 3), 1, 3));
  EXPECT_FALSE(valid_text("\xff", 1, 3));
  EXPECT_FALSE(valid_text("\xed\xa0\x80", 1, 3)) << "half of a surrogate pair";
}

std::string typed(std::string_view text) { return std::string(typed_code(text).reveal()); }

TEST(TypedCode, IsTheDigitsHoweverTheyAreWrittenDown) {
  EXPECT_EQ(typed("012345"), "012345");
  EXPECT_EQ(typed("\r\n 012 345\n"), "012345") << "line breaks that came with what was pasted";
  EXPECT_EQ(typed(" 012-345\u00a0"), "012345");
  EXPECT_EQ(typed("٠١٢٣٤٥"), "012345");
  EXPECT_EQ(typed("\u202D012345\u202C"), "012345");
}

TEST(TypedCode, IsNothingIfAnythingElseIsInIt_A42) {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("01234x"), std::string_view("012345\0x", 8),
        std::string_view("hello"), std::string_view("\xff"), std::string_view("012\n345"),
        std::string_view(" \n")}) {
    EXPECT_EQ(typed(text), "") << text;
  }
  EXPECT_EQ(typed(std::string(129, '1')), "");
}

TEST(Printable, LeavesWhatPeopleWrite) {
  for (const char* text : {"", "ann@example.com", "张三", "Ünal Çelik", "a b\u00a0c", "👋🏽"}) {
    EXPECT_EQ(printable(text), text);
  }
}

// Proves R25.
TEST(Printable, ReplacesWhatSteersATerminalOrALog) {
  EXPECT_EQ(printable("a\x1b[31mb\tc\r\nd\x7f"), "a?[31mb?c??d?");
  EXPECT_EQ(printable("\u009b31m"), "?31m") << "a control character of two bytes";
  EXPECT_EQ(printable("\u202eevil\u2066\u200b\ufeff"), "?evil???") << "direction, joiners, marks";
  EXPECT_EQ(printable("a\u2028b\u2029c"), "a?b?c") << "line separators";
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a?b");
}

TEST(Printable, ReplacesEachByteThatIsNotUtf8) {
  EXPECT_EQ(printable("\xff\xfe"
                      "a\xe4"),
            "??a?");
  EXPECT_EQ(printable("\xe4\xbd"), "??") << "a character cut off";
}

}  // namespace
}  // namespace ringfence
