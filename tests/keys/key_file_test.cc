// The key file: who may use it, and what may be in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include "ringfence/keys.h"
#include "support/temp_dir.h"

namespace ringfence {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const std::string other_hex = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
const std::string good = "k1 " + hex + "\n";

class KeyFile : public ::testing::Test {
 protected:
  std::string write(const std::string& content, mode_t mode = 0600) {
    const std::string path = dir.file("keys-" + std::to_string(++files));
    std::ofstream(path, std::ios::binary) << content;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  /// The id of the current key, or the refusal.
  static std::string read(const std::string& path) {
    const auto ring = KeyRing::from_file(path);
    if (ring) return ring.value()->keys()->current_id();
    EXPECT_THAT(ring.error().text, Not(HasSubstr(hex.substr(2, 12)))) << "R25";
    EXPECT_THAT(ring.error().text, HasSubstr(path)) << "the operator must know which file";
    EXPECT_EQ(ring.error().next, NextStep::fix_setup);
    return std::string(name(ring.error().code));
  }
  std::string content(const std::string& text) { return read(write(text)); }

  testing_support::TempDir dir;
  int files = 0;
};

TEST_F(KeyFile, OfItsOwnerAloneIsRead) {
  EXPECT_EQ(read(write(good, 0600)), "k1");
  EXPECT_EQ(read(write(good, 0400)), "k1");
}

TEST_F(KeyFile, ThatOthersMayUseIsRefused) {
  for (const mode_t mode : {0640U, 0604U, 0644U, 0660U, 0602U, 0620U, 0610U, 0601U, 0666U, 0777U}) {
    EXPECT_EQ(read(write(good, mode)), "key_unusable") << std::oct << mode;
  }
}

TEST_F(KeyFile, OfAnotherUserIsRefused) {
  const std::string path = write(good);
  if (chown(path.c_str(), 12345, 12345) != 0) return;  // only root can give a file away
  EXPECT_EQ(read(path), geteuid() == 12345 ? "k1" : "key_unusable");
}

TEST_F(KeyFile, IsNamedInOneLineWhateverItsNameIs) {
  const std::string path = dir.file("keys\nk1 forged\x1b[31m\xff");
  for (const std::string& text :
       {KeyRing::from_file(path).error().text, KeyRing::create_file(path + "/x").error().text})
    EXPECT_THAT(text, HasSubstr("keys?k1 forged?[31m?"));
}

TEST_F(KeyFile, ThatIsNoRegularFileIsRefusedWithoutWaiting) {
  EXPECT_EQ(read(dir.file("missing")), "key_unusable");
  EXPECT_EQ(read(dir.path()), "key_unusable");
  const std::string fifo = dir.file("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(read(fifo), "key_unusable");  // nobody writes: an ordinary open would wait for ever
  EXPECT_EQ(read("/dev/null"), "key_unusable");
  EXPECT_EQ(KeyRing::from_file("").error().code, ErrorCode::key_unusable);
}

TEST_F(KeyFile, BehindALinkIsJudgedByItself) {
  std::filesystem::create_symlink(write(good, 0644), dir.file("to-bad"));
  std::filesystem::create_symlink(write(good, 0600), dir.file("to-good"));
  std::filesystem::create_symlink(dir.file("nowhere"), dir.file("to-nothing"));
  EXPECT_EQ(read(dir.file("to-bad")), "key_unusable");
  EXPECT_EQ(read(dir.file("to-good")), "k1");
  EXPECT_EQ(read(dir.file("to-nothing")), "key_unusable");
}

TEST_F(KeyFile, IsAtMostSixtyFourKibibytes) {
  const std::string comment(65536 - good.size() - 1, '#');
  EXPECT_EQ(content(comment + "\n" + good), "k1");
  EXPECT_EQ(content(comment + "#\n" + good), "key_unusable");
}

TEST_F(KeyFile, HasOneKeyALineTheFirstOfWhichIsTheCurrentOne) {
  const std::string path = write("new " + other_hex + "\nold " + hex + "\n");
  const auto ring = KeyRing::from_file(path).value();
  EXPECT_EQ(ring->keys()->current_id(), "new");
  EXPECT_EQ(ring->keys()->find("new").value()->reveal()[0], 0xffU);
  EXPECT_EQ(ring->keys()->find("old").value()->reveal()[1], 0x01U);
  EXPECT_EQ(ring->keys()->find("older").error().code, ErrorCode::key_missing);
  EXPECT_EQ(ring->keys()->find("").error().code, ErrorCode::key_missing);
}

TEST_F(KeyFile, MayHaveCommentsEmptyLinesAndAnyLineEnd) {
  EXPECT_EQ(content("# keys\n\n" + good + "\n# end"), "k1");
  EXPECT_EQ(content("# keys\r\n\r\nk1 " + hex + "\r\nk2 " + other_hex + "\r\n"), "k1");
  EXPECT_EQ(content("k1 " + hex), "k1") << "without a last line end";
  EXPECT_EQ(content("k1 ABCDEF030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), "k1");
}

// Proves R25, A40.
TEST_F(KeyFile, WithAMalformedLineIsRefusedWhole) {
  for (const std::string& line : {"k1"s,
                                  "k1 "s,
                                  " " + hex,
                                  hex,
                                  "k1\t" + hex,
                                  "k1  " + hex,
                                  "k1 " + hex + " ",
                                  "k1 " + hex + "00",
                                  "k1 " + hex.substr(2),
                                  "k1 " + hex.substr(1),
                                  "k1 0x" + hex.substr(2),
                                  "k1 g" + hex.substr(1),
                                  "k1 " + hex.substr(0, 30) + "  " + hex.substr(32),
                                  "k1 " + hex.substr(0, 62) + ":0",
                                  "k,1 " + hex,
                                  "k\0001 "s + hex,
                                  "k1 " + hex + "\0"s,
                                  " # comment"s,
                                  "\xEF\xBB\xBFk0 " + hex,
                                  "ключ " + hex,
                                  std::string(33, 'k') + " " + hex,
                                  "k1 " + hex + " k2 " + other_hex}) {
    EXPECT_EQ(KeyRing::from_file(write(line + "\n")).has_value(), false) << line;
    const auto ring = KeyRing::from_file(write("fine " + other_hex + "\n" + line + "\n"));
    ASSERT_FALSE(ring) << line;
    EXPECT_EQ(ring.error().code, ErrorCode::key_unusable);
    EXPECT_THAT(ring.error().text, Not(HasSubstr(hex.substr(2, 12)))) << "R25";
  }
  EXPECT_EQ(content(std::string(32, 'k') + " " + hex), std::string(32, 'k'));
  EXPECT_EQ(content("aZ0-_. " + hex), "aZ0-_.");
}

TEST_F(KeyFile, SaysWhichLineIsMalformed) {
  const auto ring = KeyRing::from_file(write("# one\n\nfine " + hex + "\nbroken\n"));
  EXPECT_THAT(ring.error().text, HasSubstr("line 4"));
}

TEST_F(KeyFile, WithoutAnyKeyIsRefused) {
  for (const char* text : {"", "\n", "\r\n", "# only a comment\n"}) {
    const std::string path = write(text);
    const auto ring = KeyRing::from_file(path);
    ASSERT_FALSE(ring) << text;
    EXPECT_THAT(ring.error().text, HasSubstr(path));
  }
}

TEST_F(KeyFile, WithAnIdGivenTwiceOrAKeyOfZerosIsRefused) {
  EXPECT_FALSE(KeyRing::from_file(write("k1 " + hex + "\nk2 " + hex + "\nk1 " + other_hex + "\n")));
  EXPECT_FALSE(KeyRing::from_file(write("k1 " + std::string(64, '0') + "\n")));
  EXPECT_FALSE(KeyRing::from_file(write(good + "k2 " + std::string(64, '0') + "\n")));
}

class CreateKeyFile : public KeyFile {
 protected:
  CreateKeyFile() : before(umask(022)) {}
  ~CreateKeyFile() override { umask(before); }
  mode_t before;
};

TEST_F(CreateKeyFile, IsForItsOwnerAloneWhateverTheUmask) {
  for (const mode_t mask : {0U, 022U, 077U}) {
    umask(mask);
    const std::string path = dir.file("made-" + std::to_string(mask));
    ASSERT_TRUE(KeyRing::create_file(path));
    struct stat status = {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U) << std::oct << mask;
    EXPECT_NE(read(path), "key_unusable");
  }
}

TEST_F(CreateKeyFile, HasAFreshKeyEachTime) {
  ASSERT_TRUE(KeyRing::create_file(dir.file("one")));
  ASSERT_TRUE(KeyRing::create_file(dir.file("two")));
  const auto one = KeyRing::from_file(dir.file("one")).value()->keys();
  const auto two = KeyRing::from_file(dir.file("two")).value()->keys();
  EXPECT_NE(one->current_id(), two->current_id());
  EXPECT_NE(one->find(one->current_id()).value()->reveal(),
            two->find(two->current_id()).value()->reveal());
}

TEST_F(CreateKeyFile, OverwritesNothing) {
  const std::string path = write(good);
  const auto refused = KeyRing::create_file(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::key_unusable);
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), good);
  std::filesystem::create_symlink(dir.file("planted"), dir.file("link"));
  EXPECT_FALSE(KeyRing::create_file(dir.file("link")));
  EXPECT_FALSE(std::filesystem::exists(dir.file("planted"))) << "a planted link is not followed";
}

TEST_F(CreateKeyFile, KilledInTheMiddleOfWritingLeavesNoHalfFileAndTheNextRunMakesIt) {
  const std::string path = dir.file("keys");
  const pid_t child = fork();
  if (child == 0) {
    // The kernel ends the process in its second write: the first one stops at the tenth byte.
    const rlimit ten_bytes = {10, 10};
    setrlimit(RLIMIT_FSIZE, &ten_bytes);
    signal(SIGXFSZ, SIG_DFL);
    (void)KeyRing::create_file(path);
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(KeyRing::create_file(path));
  EXPECT_TRUE(KeyRing::from_file(path));
}

TEST_F(CreateKeyFile, LeavesNothingElseBehindWhetherItIsMadeOrNot) {
  const auto names = [&] {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(dir.path()))
      out.insert(entry.path().filename().string());
    return out;
  };
  ASSERT_TRUE(KeyRing::create_file(dir.file("keys")));
  EXPECT_THAT(names(), ::testing::ElementsAre("keys"));
  ASSERT_FALSE(KeyRing::create_file(dir.file("keys")));
  EXPECT_THAT(names(), ::testing::ElementsAre("keys"));
}

TEST_F(CreateKeyFile, WhereItCannotBeMadeSaysSo) {
  EXPECT_EQ(KeyRing::create_file(dir.file("no-such-folder/keys")).error().code,
            ErrorCode::key_unusable);
  EXPECT_EQ(KeyRing::create_file("").error().code, ErrorCode::key_unusable);
}

}  // namespace
}  // namespace ringfence
