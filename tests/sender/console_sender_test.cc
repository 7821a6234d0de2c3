// The sender of demonstrations: it prints everything, one line each.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "ringfence/sender/console.h"

namespace ringfence {
namespace {

/// Lets other threads run within each line.
class SlowBuffer final : public std::stringbuf {
 protected:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    std::this_thread::yield();
    return std::stringbuf::xsputn(text, size);
  }
};

Message to_phone() {
  return {.kind = MessageKind::code,
          .destination = PhoneNumber::from_e164("+8613912343672", 2).value()};
}

TEST(ConsoleSender, PrintsWhereToAndTheText) {
  std::ostringstream out;
  const auto sender = make_console_sender(out);
  const Message message = to_phone();
  const SecretText code("123456");
  const SecretText text("123456 is your code.");
  EXPECT_EQ(sender->send({message, "en", code, text, 1000}).outcome, SendResult::Outcome::accepted);
  EXPECT_EQ(out.str(), "[to +8613912343672] 123456 is your code.\n");
}

TEST(ConsoleSender, PrintsEventsWithTheirFields) {
  std::ostringstream out;
  const auto sink = make_console_event_sink(out);
  const Message event{.kind = MessageKind::event,
                      .purpose = "phone_changed",
                      .account = {"", "ann"},
                      .fields = {{"masked", "77****0123"}, {"usable_for_login", "true"}}};
  EXPECT_EQ(sink->deliver(event).outcome, SendResult::Outcome::accepted);
  EXPECT_EQ(out.str(),
            "[event phone_changed] account ann masked=77****0123 usable_for_login=true\n");
}

// Proves R25.
TEST(ConsoleSender, WhatAnAccountIsCalledCannotSteerTheTerminal) {
  std::ostringstream out;
  const Message event{.kind = MessageKind::event,
                      .purpose = "end_sessions",
                      .account = {"", "a\x1b[2J\nb"},
                      .fields = {{"note", "\u202Ex\u009B"}}};
  make_console_event_sink(out)->deliver(event);
  EXPECT_EQ(out.str(), "[event end_sessions] account a?[2J?b note=?x?\n");
}

TEST(ConsoleSender, KeepsLinesWholeWhenManyThreadsPrint) {
  SlowBuffer buffer;
  std::ostream out(&buffer);
  const auto sender = make_console_sender(out);
  const Message message = to_phone();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        const SecretText code("123456");
        const SecretText text("hello");
        for (int i = 0; i < 100; ++i) sender->send({message, "en", code, text, 0});
      });
    }
  }
  std::istringstream lines(buffer.str());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_EQ(line, "[to +8613912343672] hello");
  EXPECT_EQ(count, 400);
}

}  // namespace
}  // namespace ringfence
