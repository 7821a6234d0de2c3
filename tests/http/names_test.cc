// A name that nobody looks up does not hold a message up beyond its time.
#include <curl/curl.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

#include "http/outgoing.h"
#include "ringfence/sender/http.h"

namespace {

constexpr const char* silent_name = "silent.example";

/// The look-ups of that name: none is answered before the test says so.
struct {
  std::mutex mutex;
  std::condition_variable changed;
  bool answered = false;
  int begun = 0;
  int ended = 0;
} look_ups;

constexpr std::chrono::seconds longest{30};

}  // namespace

// In the place of the system's, also for libcurl. All other names are looked up as ever.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  if (name == nullptr || std::string(name) != silent_name) {
    static const auto system =
        reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
    return system(name, service, hints, found);
  }
  std::unique_lock lock(look_ups.mutex);
  ++look_ups.begun;
  look_ups.changed.wait_for(lock, longest, [] { return look_ups.answered; });
  ++look_ups.ended;
  look_ups.changed.notify_all();
  return EAI_AGAIN;
}

#if LIBCURL_VERSION_NUM >= 0x075700

namespace ringfence {
namespace {

using namespace testing_support;

TEST(Names, ALookUpThatNobodyAnswersIsLeftInTime) {
  {
    const auto sender =
        make_http_sender(
            R"({"carries": ["sms"], "url": "https://silent.example/", "json": {"id": "{id}"},
                             "reply": {"accepted": {"status": 200}}})",
            {.connect_timeout_ms = 200, .timeout_ms = 200})
            .value();
    const SendResult sent = Outgoing().through(*sender);
    EXPECT_EQ(sent.outcome, SendResult::Outcome::temporary);
    EXPECT_THAT(sent.reason, ::testing::HasSubstr("not sent: "));
  }
  // It goes on without the sender, and ends by itself.
  std::unique_lock lock(look_ups.mutex);
  EXPECT_EQ(look_ups.begun, 1);
  EXPECT_EQ(look_ups.ended, 0);
  look_ups.answered = true;
  look_ups.changed.notify_all();
  EXPECT_TRUE(
      look_ups.changed.wait_for(lock, longest, [] { return look_ups.ended == look_ups.begun; }));
}

}  // namespace
}  // namespace ringfence

#endif
