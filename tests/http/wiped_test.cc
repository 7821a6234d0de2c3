// What the other side repeats of a message does not stay in memory that is freed.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "http/outgoing.h"
#include "http/raw_server.h"
#include "ringfence/sender/http.h"
#include "sender/http/wiped_json.h"

namespace {

constexpr const char* mark = "73195520468";

/// Whether this thread looks at what it frees, and in how many pieces it found the mark.
thread_local bool watching = false;
thread_local int found = 0;

void look_at(const void* memory) {
  if (!watching || memory == nullptr) return;
  const std::size_t size = malloc_usable_size(const_cast<void*>(memory));
  if (memmem(memory, size, mark, std::strlen(mark)) != nullptr) ++found;
}

// Zeros: else what somebody else freed before would be found again in what nobody has written to.
void* allocated(std::size_t size) {
  if (void* const memory = std::calloc(size == 0 ? 1 : size, 1)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocated(size); }
void* operator new[](std::size_t size) { return allocated(size); }
void operator delete(void* memory) noexcept {
  look_at(memory);
  std::free(memory);
}
void operator delete[](void* memory) noexcept { operator delete(memory); }
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
void operator delete[](void* memory, std::size_t) noexcept { operator delete(memory); }

namespace ringfence {
namespace {

using namespace testing_support;

template <class Action>
int pieces_left_by(const Action& action) {
  found = 0;
  watching = true;
  action();
  watching = false;
  return found;
}

TEST(Wiped, TheTestSeesWhatIsLeft) {
  EXPECT_EQ(pieces_left_by([] { const std::string left = std::string(mark) + " is left"; }), 1);
}

TEST(Wiped, AReplyThatRepeatsTheMessageLeavesNoCode) {
  const std::string text = std::string(mark) + " is your code";
  // Long enough to come in several pieces.
  const std::string body = "queued " + text + std::string(40'000, '.') + text;
  const RawServer server([&](const std::string&) {
    return RawServer::Reply{
        RawServer::ok(body, "200 OK", "X-Text: " + text + "\r\nX-Code: id-" + mark + "\r\n")};
  });
  const auto sender =
      make_http_sender(R"({"carries": ["sms"], "variables": {"gateway": null}, "url": "{gateway}/",
                           "form": {"id": "{id}", "text": "{text}"},
                           "reply": {"accepted": {"body": "^queued"},
                                     "message_id": {"header": "X-Code"}}})",
                       {.variables = {{"gateway", server.url()}}})
          .value();
  const Outgoing message("+447700900123", text, mark);
  SendResult sent;
  EXPECT_EQ(pieces_left_by([&] { sent = message.through(*sender); }), 0);
  EXPECT_EQ(sent.outcome, SendResult::Outcome::accepted);
  EXPECT_EQ(sent.gateway_id, "");
}

TEST(Wiped, TheTextsOfJsonAreWipedWithIt) {
  EXPECT_EQ(pieces_left_by([] {
              http::WipedJson json;
              json.value = {{"list", {1, {{"text", std::string(mark) + " is your code"}}}}};
            }),
            0);
}

}  // namespace
}  // namespace ringfence
