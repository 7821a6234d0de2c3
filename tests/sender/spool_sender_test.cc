// Messages as files, for a program that sends them on.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "ringfence/sender/spool.h"
#include "store/files.h"
#include "support/small_disk.h"
#include "support/temp_dir.h"
#include "support/world.h"

namespace ringfence {
namespace {

using namespace testing_support;
using nlohmann::json;
using Outcome = SendResult::Outcome;

constexpr const char* id_hex = "00112233445566778899aabbccddeeff";

Message code_to(const std::string& email) {
  return {.id = Id128::from_hex(id_hex).value(),
          .kind = MessageKind::code,
          .purpose = "change_email",
          .account = {"shop", "ann"},
          .destination = parse_email(email).value(),
          .fields = {{"operation", "vm:deleteInstance"}},
          .trace_id = "t-1",
          .created_at = 1'700'000'000'000,
          .expires_at = 1'700'000'300'000};
}

SendResult send(Sender& sender, const Message& message, const std::string& text = "hello",
                std::string_view subject = {}, const SecretText* html = nullptr) {
  const SecretText code(message.kind == MessageKind::code ? "123456" : "");
  const SecretText secret_text(text);
  return sender.send({message, "zh-Hans", code, secret_text, 300'000, subject, html});
}

json read_only_file(const std::string& folder) {
  const auto files = contents(folder);
  EXPECT_EQ(files.size(), 1U);
  return files.empty() ? json() : json::parse(files.begin()->second);
}

TEST(SpoolSender, WritesOneFileForItsOwnerAloneWithAllThatIsKnown) {
  const TempDir dir;
  const auto sender = make_spool_sender(dir.path()).value();
  const SecretText html("<p dir=\"rtl\">مرحبا</p>");
  const SendResult sent =
      send(*sender, code_to("ann@example.com"), "第一行\nline \"two\"\t\\\x01", "验证码", &html);
  EXPECT_EQ(sent.outcome, Outcome::accepted);
  const std::string path = dir.file(std::string(id_hex) + ".json");
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(read_only_file(dir.path()), json({{"id", id_hex},
                                              {"kind", "code"},
                                              {"purpose", "change_email"},
                                              {"account", {{"realm", "shop"}, {"id", "ann"}}},
                                              {"channel", "email"},
                                              {"route", "text"},
                                              {"to", "ann@example.com"},
                                              {"locale", "zh-Hans"},
                                              {"code", "123456"},
                                              {"lifetime_ms", 300'000},
                                              {"text", "第一行\nline \"two\"\t\\\x01"},
                                              {"subject", "验证码"},
                                              {"html", "<p dir=\"rtl\">مرحبا</p>"},
                                              {"created_at", 1'700'000'000'000},
                                              {"expires_at", 1'700'000'300'000},
                                              {"fields", {{"operation", "vm:deleteInstance"}}},
                                              {"trace_id", "t-1"}}));
}

TEST(SpoolSender, ANoticeByVoiceHasNoCodeNoSubjectAndNoHtml) {
  const TempDir dir;
  const auto sender = make_spool_sender(dir.path()).value();
  Message notice = code_to("ann@example.com");
  notice.kind = MessageKind::notice;
  notice.route = Route::voice;
  notice.destination = PhoneNumber::from_e164("+8613912343672", 2).value();
  EXPECT_EQ(send(*sender, notice).outcome, Outcome::accepted);
  const json file = read_only_file(dir.path());
  EXPECT_EQ(file["kind"], "notice");
  EXPECT_EQ(file["channel"], "phone");
  EXPECT_EQ(file["route"], "voice");
  EXPECT_EQ(file["to"], "+8613912343672");
  for (const char* absent : {"code", "lifetime_ms", "subject", "html"})
    EXPECT_FALSE(file.contains(absent)) << absent;
}

// Proves I4.
TEST(SpoolSender, ARepeatReplacesTheSameFile) {
  const TempDir dir;
  const auto sender = make_spool_sender(dir.path()).value();
  EXPECT_EQ(send(*sender, code_to("ann@example.com"), "first").outcome, Outcome::accepted);
  EXPECT_EQ(send(*sender, code_to("ann@example.com"), "again").outcome, Outcome::accepted);
  EXPECT_EQ(read_only_file(dir.path())["text"], "again");
}

TEST(SpoolSender, AReaderFindsOnlyWholeFilesWhileManyThreadsRepeatOneMessage) {
  const TempDir dir;
  const auto sender = make_spool_sender(dir.path()).value();
  const std::string path = dir.file(std::string(id_hex) + ".json");
  const Message message = code_to("ann@example.com");
  ASSERT_EQ(send(*sender, message, std::string(20'000, 'a')).outcome, Outcome::accepted);
  std::atomic<int> writing = 4;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        EXPECT_EQ(send(*sender, message, std::string(20'000, static_cast<char>('a' + t))).outcome,
                  Outcome::accepted);
      }
      --writing;
    });
  }
  do {
    const json file = json::parse(read_file(path), nullptr, false);
    ASSERT_TRUE(file.is_object());
    ASSERT_EQ(file["text"].get<std::string>().size(), 20'000U);
  } while (writing > 0);
  threads.clear();
  EXPECT_EQ(contents(dir.path()).size(), 1U);
}

TEST(SpoolSender, AFolderThatCannotBeUsedIsRefusedWithWhatToDo) {
  const TempDir dir;
  write_file(dir.file("file"), "");
  const auto text_of = [](const std::string& folder) {
    const auto refused = make_spool_sender(folder);
    EXPECT_FALSE(refused) << folder;
    EXPECT_EQ(outcome(refused), "invalid_argument");
    return refused ? std::string() : refused.error().text;
  };
  EXPECT_NE(text_of(dir.file("missing")).find("missing: it is not there"), std::string::npos);
  EXPECT_NE(text_of(dir.file("file")).find("file: it is not there, or no folder"),
            std::string::npos);
  EXPECT_NE(text_of("").find("no name of a folder"), std::string::npos);
  EXPECT_NE(text_of(dir.path() + std::string("\0x", 2)).find("no name of a folder"),
            std::string::npos);
}

TEST(SpoolSender, AFolderThatIsGoneOrReadOnlyLaterIsAReasonToTryAgain) {
  const TempDir dir;
  const std::string folder = dir.file("spool");
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  const auto sender = make_spool_sender(folder).value();
  std::filesystem::remove(folder);
  const SendResult gone = send(*sender, code_to("ann@example.com"));
  EXPECT_EQ(gone.outcome, Outcome::temporary);
  EXPECT_EQ(gone.reason, "spool folder: it is not there, or no folder; make it, or name another");
  std::filesystem::create_directory(folder);
  EXPECT_EQ(send(*sender, code_to("ann@example.com")).outcome, Outcome::accepted);
}

TEST(SpoolSender, AFolderThatOthersMayWriteToIsRefused) {
  const TempDir dir;
  for (const mode_t open : {0720U, 0702U, 01777U}) {
    ASSERT_EQ(chmod(dir.path().c_str(), open), 0);
    const auto refused = make_spool_sender(dir.path());
    ASSERT_FALSE(refused);
    EXPECT_EQ(outcome(refused), "invalid_argument");
    EXPECT_NE(refused.error().text.find("others may write to it; make it this user's alone with "
                                        "chmod 700"),
              std::string::npos);
  }
  ASSERT_EQ(chmod(dir.path().c_str(), 0755), 0);
  EXPECT_TRUE(make_spool_sender(dir.path()));
}

TEST(SpoolSender, AFolderStaysTheSameWhereverTheProcessGoes) {
  const TempDir dir;
  ASSERT_EQ(mkdir(dir.file("spool").c_str(), 0700), 0);
  EXPECT_EQ(in_child([&] {
              if (chdir(dir.path().c_str()) != 0) return 1;
              const auto sender = make_spool_sender("spool");
              if (!sender || chdir("/") != 0) return 2;
              return send(*sender.value(), code_to("ann@example.com")).outcome == Outcome::accepted
                         ? 0
                         : 3;
            }),
            0);
  EXPECT_EQ(contents(dir.file("spool")).size(), 1U);
}

// The owner may take away what others write there. Only root can make such a folder.
TEST(SpoolSender, AFolderThatBelongsToAnotherUserIsRefused) {
  const TempDir dir;
  if (getuid() != 0) {
    // Nobody may write where root alone may, so that such a folder is refused as well.
    EXPECT_FALSE(make_spool_sender("/"));
    return;
  }
  ASSERT_EQ(chown(dir.path().c_str(), 65534, 65534), 0);
  const auto refused = make_spool_sender(dir.path());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("it belongs to another user"), std::string::npos);
}

// The child is no root, whom permissions do not bind.
TEST(SpoolSender, AFolderThatMayNotBeWrittenToIsRefusedAtOnceAndLater) {
  const TempDir dir;
  const std::string folder = dir.file("spool");
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  const int end = in_child([&] {
    if (chmod(dir.path().c_str(), 0755) != 0) return 1;
    if (getuid() == 0 &&
        (chown(folder.c_str(), 65534, 65534) != 0 || setgid(65534) != 0 || setuid(65534) != 0)) {
      return 2;
    }
    const auto sender = make_spool_sender(folder);
    if (!sender || chmod(folder.c_str(), 0500) != 0) return 3;
    const SendResult later = send(*sender.value(), code_to("ann@example.com"));
    if (later.outcome != Outcome::temporary) return 4;
    if (later.reason.find("permission denied; let this process write") == std::string::npos)
      return 5;
    const auto refused = make_spool_sender(folder);
    if (refused || refused.error().text.find("permission denied") == std::string::npos) return 6;
    return chmod(folder.c_str(), 0700) == 0 ? 0 : 7;
  });
  EXPECT_EQ(end, 0);
}

int on_a_full_disk(const TempDir& dir) {
  constexpr int not_allowed = 99;
  if (!mount_small(dir.path())) return not_allowed;
  if (chmod(dir.path().c_str(), 0700) != 0) return 5;
  const auto sender = make_spool_sender(dir.path()).value();
  const SendResult refused = send(*sender, code_to("ann@example.com"), std::string(3'000'000, 'x'));
  if (refused.outcome != Outcome::temporary) return 1;
  if (refused.reason != "spool folder: the disk is full; make room") return 2;
  if (!contents(dir.path()).empty()) return 3;  // the room is there for others again
  return send(*sender, code_to("ann@example.com")).outcome == Outcome::accepted ? 0 : 4;
}

// Where a process may not mount, a limit on the size of files ends a write as a full disk does.
int with_small_files(const TempDir& dir) {
  const auto sender = make_spool_sender(dir.path()).value();
  constexpr rlimit limit{.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || signal(SIGXFSZ, SIG_IGN) == SIG_ERR) return 1;
  const SendResult refused = send(*sender, code_to("ann@example.com"), std::string(10'000, 'x'));
  if (refused.outcome != Outcome::temporary) return 2;
  if (!contents(dir.path()).empty()) return 3;
  return send(*sender, code_to("ann@example.com")).outcome == Outcome::accepted ? 0 : 4;
}

TEST(SpoolSender, AFullDiskIsAReasonToTryAgainAndLeavesNothing) {
  const TempDir dir;
  int end = in_child([&] { return on_a_full_disk(dir); });
  if (end == 99) end = in_child([&] { return with_small_files(dir); });
  EXPECT_EQ(end, 0);
}

TEST(SpoolSender, AWriteThatStopsMidwayLeavesNothing) {
  const TempDir dir;
  EXPECT_EQ(in_child([&] { return with_small_files(dir); }), 0);
}

TEST(SpoolSender, WhatIsNotUtf8IsRefusedForGood) {
  const TempDir dir;
  const auto sender = make_spool_sender(dir.path()).value();
  for (const std::string& text : {std::string("\xff"), std::string("a\0b", 3)}) {
    const SendResult refused = send(*sender, code_to("ann@example.com"), text);
    EXPECT_EQ(refused.outcome, Outcome::permanent);
    EXPECT_EQ(refused.reason, "a text of the message is not UTF-8");
  }
  Message nowhere = code_to("ann@example.com");
  nowhere.destination.reset();
  EXPECT_EQ(send(*sender, nowhere).outcome, Outcome::permanent);
  EXPECT_TRUE(contents(dir.path()).empty());
}

TEST(SpoolSender, AChangeOfEmailIsDoneWithTheCodesThatAreReadFromTheFolder) {
  const TempDir dir;
  World world;
  ASSERT_EQ(outcome(world.add("ann")), "ok");
  const auto sender = make_spool_sender(dir.path()).value();
  Dispatcher dispatcher(
      {world.store, *world.ring, *sender, world.sender, world.clock, world.entropy});
  const auto code_at = [&](const std::string& address) {
    EXPECT_TRUE(dispatcher.pump());
    std::string code;
    for (const auto& [name, content] : contents(dir.path())) {
      const json file = json::parse(content);
      if (file["kind"] == "code" && file["to"] == address) code = file["code"];
      std::filesystem::remove(dir.file(name));  // sent on
    }
    return code;
  };
  const FlowView begun =
      world.service->begin_change_email(World::key("ann"), Method::phone, world.call).value();
  const FlowView proven =
      world.service->prove_identity(begun, code_at(World::phone), world.call).value();
  ASSERT_EQ(proven.verdict, Verdict::accepted);
  ASSERT_EQ(outcome(world.service->set_target(begun, {"new@example.org"}, world.call)), "ok");
  const FlowView changed =
      world.service->prove_target(begun, code_at("new@example.org"), world.call).value();
  EXPECT_EQ(changed.verdict, Verdict::accepted);
  EXPECT_EQ(world.account("ann").channel(Method::email).address->text(), "new@example.org");
}

}  // namespace
}  // namespace ringfence
