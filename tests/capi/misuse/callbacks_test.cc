// What the caller implements throws, answers what is none, calls back, or frees what it is called
// by: a status each time.
#include <chrono>
#include <stdexcept>

#include "host.h"

namespace ringfence::misuse {
namespace {

struct NoException {};  // nor a std::exception

// Whatever happened before, the library works on.
void works(Host& host, const char* id = "zoe") {
  host.add(id, "+447700900999");
  EXPECT_EQ(named(host.settings(id)), "ok");
}

/// Has one function of the store called, and says how what needed it ended.
int32_t used(Host& host, const std::string& function) {
  const auto of = account("ann");
  if (function == "load") return host.settings();
  if (function == "take" || function == "settle") return host.pump().first;
  if (function == "messages") {
    ringfence_text exported = {};
    const int32_t status =
        ringfence_service_export_account(host.service, &of, nullptr, &exported, &host.error);
    EXPECT_EQ(status == RINGFENCE_OK, exported.id != 0);
    ringfence_text_free(exported);
    return status;
  }
  if (function == "outbox") {
    auto health = fresh<ringfence_health>();
    EXPECT_EQ(named(ringfence_service_health(host.service, &health, &host.error)), "ok");
    return health.store;
  }
  if (function == "given_up") {
    ringfence_text listed = {};
    const int32_t status =
        ringfence_dispatcher_given_up(host.dispatcher, 0, text(""), 10, &listed, &host.error);
    EXPECT_EQ(status == RINGFENCE_OK, listed.id != 0);
    ringfence_text_free(listed);
    return status;
  }
  int32_t removed = 0;
  return ringfence_store_sweep(host.store_handle, 1, 1, 1, &removed, &host.error);
}

// ---- Exceptions

TEST(ThrowingCallback, OfTheSenderCountsAsUnknown) {
  Host host;
  host.add("ann");
  host.begin();
  bool as_exception = false;
  host.on_send = [&](const ringfence_message*, int64_t*, ringfence_out) -> int32_t {
    if (as_exception) throw std::runtime_error("away");
    throw NoException();
  };
  for (int i = 0; i < 2; ++i) {
    const auto [status, counts] = host.pump();
    EXPECT_EQ(named(status), "ok");
    EXPECT_EQ(counts.deferred, 1);
    as_exception = true;
    host.now += 20'000;
  }
}

TEST(ThrowingCallback, OfTheEventSinkCountsAsUnknown) {
  Host host;
  host.add("ann");
  host.change("ann", new_phone);
  host.on_deliver = [](const ringfence_message*, int64_t*, ringfence_out) -> int32_t {
    throw NoException();
  };
  const auto [status, counts] = host.pump();
  EXPECT_EQ(named(status), "ok");
  EXPECT_GE(counts.deferred, 1);
}

TEST(ThrowingCallback, OfTheRiskAdvisorIsNoClearAnswer) {
  Host host;
  host.add("ann");
  host.on_ask = [](const ringfence_risk_question*) -> int32_t { throw NoException(); };
  EXPECT_EQ(named(host.begin().first), "risk_refused");
}

TEST(ThrowingCallback, OfTheEntropyFailsTheCall) {
  Host host;
  host.add("ann");
  host.on_fill = [](uint8_t*, size_t) -> int32_t { throw NoException(); };
  EXPECT_EQ(named(host.begin().first), "internal");
}

TEST(ThrowingCallback, OfTheClockFailsTheCall) {
  Host host;
  host.add("ann");
  host.on_now = []() -> int64_t { throw NoException(); };
  EXPECT_NE(host.begin().first, RINGFENCE_OK);
}

TEST(ThrowingCallback, OfTheObserverIsNobodysConcern) {
  Host host;
  host.on_observe = [](const ringfence_observation*) { throw NoException(); };
  host.add("ann");
  EXPECT_TRUE(host.change("ann", new_phone));
}

TEST(ThrowingCallback, OfTheKeySourceLeavesTheKeysAsTheyWere) {
  Host host;
  host.on_read = [](ringfence_out) -> int32_t { throw NoException(); };
  EXPECT_EQ(named(ringfence_key_ring_reload(host.keys_handle, &host.error)), "key_unusable");
  auto source = host.key_source();
  ringfence_key_ring ring = {1};
  EXPECT_EQ(named(ringfence_key_ring_from_callbacks(&source, &ring, &host.error)), "key_unusable");
  EXPECT_EQ(ring.id, 0U);
  EXPECT_EQ(host.destroyed[keys], 0);
  host.add("ann");
  EXPECT_TRUE(host.change("ann", new_phone));
}

TEST(ThrowingCallback, OfTheStoreIsItsFailure) {
  for (const std::string wanted :
       {"load", "take", "settle", "messages", "given_up", "outbox", "sweep"}) {
    SCOPED_TRACE(wanted);
    Host host(true);
    host.add("ann");
    host.begin();
    bool throwing = true;
    host.on_store = [&](std::string_view name, ringfence_out) -> int32_t {
      if (throwing && name == wanted) throw NoException();
      return -1;
    };
    const bool may_have_happened = wanted == "take" || wanted == "settle" || wanted == "sweep";
    EXPECT_EQ(named(used(host, wanted)),
              may_have_happened ? "outcome_unknown" : "store_unavailable");
    throwing = false;
    works(host);
  }
}

TEST(ThrowingCallback, OfACommitMayHaveHappened) {
  Host host(true);
  host.add("ann");
  host.on_commit = []() -> int32_t { throw NoException(); };
  EXPECT_EQ(named(host.begin().first), "outcome_unknown");
  host.on_commit = {};
  works(host);
}

TEST(ThrowingCallback, OfABackupGivesItUp) {
  Host host;
  const std::string path = "misuse_backup.db";
  ringfence_store store = {};
  ::remove(path.c_str());
  host.ok(ringfence_store_open(text("sqlite:" + path), &store, &host.error));
  auto how = fresh<ringfence_backup>();
  how.pages_per_step = 1;
  how.go_on = [](void*, int32_t, int32_t) -> int32_t { throw NoException(); };
  EXPECT_NE(ringfence_store_back_up(store, text("misuse_copy.db"), &how, &host.error),
            RINGFENCE_OK);
  how.go_on = nullptr;
  how.pages_per_step = -1;
  EXPECT_NE(ringfence_store_back_up(store, text("misuse_copy.db"), &how, &host.error),
            RINGFENCE_OK);
  host.ok(ringfence_store_integrity_check(store, &host.error));
  ringfence_store_free(store);
  for (const char* beside : {"", "-wal", "-shm", "-lock", ".lock"}) {
    ::remove((path + beside).c_str());
    ::remove((std::string("misuse_copy.db") + beside).c_str());
  }
}

TEST(ThrowingCallback, OfADestroyIsNobodysConcern) {
  Host host;
  auto in = host.sender_callbacks();
  in.destroy = [](void*) { throw NoException(); };
  ringfence_sender sender = {};
  host.ok(ringfence_sender_from_callbacks(&in, &sender, &host.error));
  ringfence_sender_free(sender);
  works(host);
}

// ---- Answers that are none

TEST(GarbageFromACallback, AnOutcomeOfACommitThatIsNoneCountsAsUnknown) {
  for (const int32_t outcome : {77, -1, 4, std::numeric_limits<int32_t>::min()}) {
    Host host(true);
    host.add("ann");
    host.on_commit = [=] { return outcome; };
    EXPECT_EQ(named(host.begin().first), "outcome_unknown") << outcome;
  }
}

TEST(GarbageFromACallback, AStatusOfAStoreThatIsNoneIsAFailure) {
  for (const int32_t wrong :
       {static_cast<int32_t>(RINGFENCE_LIMITED), 77, 12345, std::numeric_limits<int32_t>::max()}) {
    Host host(true);
    host.add("ann");
    host.on_store = [=](std::string_view, ringfence_out) { return wrong; };
    EXPECT_EQ(named(host.settings()), "store_unavailable") << wrong;
  }
}

TEST(GarbageFromACallback, AnAnswerOfAStoreThatIsNoneIsRefused) {
  std::vector<std::string> garbage = {
      "", "x", "{", "[", "null", "0", "-1", "1e999", "true", "\"\"", "{}", "[]", "[[]]",
      "[null,null]", "[1]", "[{}]", "[{\"record\":{}}]", "[{\"record\":{},\"version\":\"0\"}]",
      "[{\"record\":null,\"version\":\"0000000000000001\"}]",
      // Under another key than was asked for.
      "[{\"record\":{\"id\":\"bob\"},\"version\":\"0000000000000001\"}]",
      // No record of this version can be.
      "[{\"record\":{\"id\":\"ann\"},\"version\":\"0000000000000000\"}]",
      "[{\"record\":{\"id\":\"ann\",\"more\":1},\"version\":\"0000000000000001\"}]",
      "{\"due\":-1,\"oldest_due_at\":0}", "{\"due\":1e30,\"oldest_due_at\":0}",
      "99999999999999999999", "2147483648", std::string("[null]\0", 7), "\xff\xfe",
      "[\"\xc3\x28\"]"};
  for (const std::string wanted : {"load", "take", "messages", "given_up", "outbox", "sweep"}) {
    for (const std::string& answer : garbage) {
      SCOPED_TRACE(wanted + ": " + answer);
      Host host(true);
      host.add("ann");
      host.begin();
      host.on_store = [&](std::string_view name, ringfence_out out) -> int32_t {
        if (name != wanted) return -1;
        ringfence_out_write(out, text(answer));
        return RINGFENCE_OK;
      };
      // An empty list may be an answer, and 0 is a number of things.
      const bool good =
          (answer == "[]" && (wanted == "take" || wanted == "messages" || wanted == "given_up")) ||
          (answer == "0" && wanted == "sweep");
      EXPECT_EQ(used(host, wanted) == RINGFENCE_OK, good);
      host.on_store = {};
      works(host);
    }
  }
}

TEST(GarbageFromACallback, AnAnswerThatIsNestedWithoutEndIsRefused) {
  const std::string deep(1'000'000, '[');
  const std::string closed = deep + std::string(1'000'000, ']');
  for (const std::string wanted : {"load", "take", "messages", "given_up", "outbox", "sweep"}) {
    for (const std::string& answer :
         {deep, closed, R"([{"record":)" + closed + R"(,"version":"0000000000000001"}])"}) {
      Host host(true);
      host.add("ann");
      host.on_store = [&](std::string_view name, ringfence_out out) -> int32_t {
        if (name != wanted) return -1;
        ringfence_out_write(out, text(answer));
        return RINGFENCE_OK;
      };
      EXPECT_NE(used(host, wanted), RINGFENCE_OK) << wanted;
    }
  }
}

TEST(GarbageFromACallback, MoreMessagesThanAskedForDoNoHarm) {
  Host host(true);
  host.add("ann");
  host.begin();
  ringfence_text one = {};
  host.ok(ringfence_store_take(host.memory, host.now, 1, 1, 0, 1, &one, &host.error));
  const std::string message = taken(one);
  ASSERT_GT(message.size(), 2U);
  const std::string inner = message.substr(1, message.size() - 2);
  std::string many = "[" + inner;
  for (int i = 0; i < 100; ++i) many += "," + inner;
  many += "]";
  int answers = 0;
  host.on_store = [&](std::string_view name, ringfence_out out) -> int32_t {
    if (name != "take" && name != "messages") return -1;
    ringfence_out_write(out, text(answers++ == 0 ? many : "[]"));
    return RINGFENCE_OK;
  };
  auto sending = host.dispatcher_parts();
  sending.batch = 2;
  ringfence_dispatcher two_at_once = {};
  host.ok(ringfence_dispatcher_new(&sending, &two_at_once, &host.error));
  int sends = 0;
  host.on_send = [&](const ringfence_message* of, int64_t*, ringfence_out) {
    ++sends;
    return host.keep(of);
  };
  auto counts = fresh<ringfence_dispatch_counts>();
  ringfence_dispatcher_pump(two_at_once, &counts, nullptr);  // a status, whichever
  ringfence_dispatcher_free(two_at_once);
  host.on_store = {};
  works(host);
}

TEST(GarbageFromACallback, AnAnswerOfASenderThatIsNoneCountsAsUnknown) {
  Host host;
  host.add("ann");
  host.begin();
  for (const int32_t answer : {77, -1, 4, std::numeric_limits<int32_t>::min()}) {
    host.on_send = [=](const ringfence_message*, int64_t*, ringfence_out) { return answer; };
    const auto [status, counts] = host.pump();
    EXPECT_EQ(named(status), "ok");
    EXPECT_EQ(counts.deferred, 1) << answer;
    host.now += 30'000;
  }
}

TEST(GarbageFromACallback, AWaitWithoutSenseStaysInBounds) {
  for (const int64_t wait : {std::int64_t{-1}, std::numeric_limits<int64_t>::min(),
                             std::numeric_limits<int64_t>::max(), std::int64_t{1} << 60}) {
    for (const int32_t answer : {RINGFENCE_SEND_TEMPORARY, RINGFENCE_SEND_UNKNOWN}) {
      SCOPED_TRACE(wait);
      Host host;
      host.add("ann");
      host.begin();
      host.on_send = [=](const ringfence_message*, int64_t* retry_after_ms, ringfence_out) {
        *retry_after_ms = wait;
        return answer;
      };
      const auto [status, counts] = host.pump();
      EXPECT_EQ(named(status), "ok");
      EXPECT_EQ(counts.taken, 1);
      // It is tried again, or given up, and not for ever in the way.
      host.on_send = [&](const ringfence_message* of, int64_t*, ringfence_out) {
        return host.keep(of);
      };
      host.now += std::int64_t{4} * 24 * 3600 * 1000;
      for (int i = 0; i < 3 && host.pump().second.taken > 0; ++i) {
      }
      const auto of = account("ann");
      ringfence_text messages = {};
      host.ok(ringfence_store_messages(host.store_handle, &of, 10, 0, &messages, &host.error));
      EXPECT_EQ(taken(messages).find("\"state\":\"pending\""), std::string::npos);
    }
  }
}

TEST(GarbageFromACallback, AReasonIsCutAndPrintable) {
  Host host;
  host.add("ann");
  host.begin();
  host.on_send = [](const ringfence_message*, int64_t*, ringfence_out reason) {
    EXPECT_EQ(ringfence_out_write(reason, text("away\n\x1b[31m\xff\xc3\x28")), RINGFENCE_OK);
    const std::string much(60'000, 'x');
    for (int i = 0; i < 20; ++i) EXPECT_EQ(ringfence_out_write(reason, text(much)), RINGFENCE_OK);
    return RINGFENCE_SEND_TEMPORARY;
  };
  EXPECT_EQ(host.pump().second.deferred, 1);
  const auto of = account("ann");
  ringfence_text messages = {};
  host.ok(ringfence_store_messages(host.store_handle, &of, 10, 0, &messages, &host.error));
  const std::string stored = taken(messages);
  EXPECT_LT(stored.size(), 5'000U);
  EXPECT_EQ(stored.find('\x1b'), std::string::npos);
  EXPECT_EQ(stored.find("\\u001b"), std::string::npos);
}

TEST(GarbageFromACallback, AReasonOfAStoreIsCutBetweenCharacters) {
  // Two bytes each, so that one of two cuts is in the middle of one.
  for (const char* begin : {"", "x"}) {
    Host host(true);
    host.add("ann");
    host.on_store = [&](std::string_view, ringfence_out out) -> int32_t {
      std::string why = begin;
      for (int i = 0; i < 4000; ++i) why += "\xc3\xa9";
      ringfence_out_write(out, text(why));
      return RINGFENCE_STORE_UNAVAILABLE;
    };
    EXPECT_EQ(named(host.settings()), "store_unavailable");
    const std::string_view told = host.error.text;
    EXPECT_LT(told.size(), sizeof host.error.text);
    EXPECT_GT(told.size(), 400U);
    std::size_t characters = 0;
    for (std::size_t i = 0; i < told.size();) {
      const bool two = told[i] == '\xc3';
      ASSERT_TRUE(two ? i + 1 < told.size() && told[i + 1] == '\xa9' : told[i] > 0) << "at " << i;
      i += two ? 2 : 1;
      ++characters;
    }
    EXPECT_GT(characters, 200U);
  }
}

TEST(GarbageFromACallback, ATimeWithoutSenseIsRefused) {
  for (const int64_t now : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<int64_t>::min(),
                            std::numeric_limits<int64_t>::max()}) {
    Host host;
    host.add("ann");
    host.on_now = [=] { return now; };
    host.begin();  // a status, whichever; nothing is thrown and nothing overflows
    host.pump();
    auto health = fresh<ringfence_health>();
    ringfence_service_health(host.service, &health, nullptr);
    host.on_now = [&] { return host.now.load(); };
  }
}

TEST(GarbageFromACallback, EntropyThatRefusesFailsTheCall) {
  Host host;
  host.add("ann");
  host.on_fill = [](uint8_t*, size_t) { return 77; };
  EXPECT_EQ(named(host.begin().first), "internal");
}

TEST(GarbageFromACallback, KeysThatAreNoneAreRefused) {
  for (const std::string& wrong : {std::string(), std::string("x"), std::string("k1 00"),
                                   std::string(100'000, 'k'), "k1 " + std::string(64, '0') + "\n",
                                   one_key + std::string(one_key), std::string("\0", 1)}) {
    Host host;
    host.on_read = [&](ringfence_out out) {
      ringfence_out_write(out, text(wrong));
      return RINGFENCE_OK;
    };
    EXPECT_EQ(named(ringfence_key_ring_reload(host.keys_handle, &host.error)), "key_unusable");
    host.add("ann");
    EXPECT_TRUE(host.change("ann", new_phone));
  }
}

// ---- What a callback is given

TEST(GivenToACallback, TheFieldsOfAMessageAreJsonWhateverIsInThem) {
  for (const std::string fields : {
           R"({})",
           R"({"name":"value"})",
           R"({"a":"","b":"two","c":"three"})",
           R"({"quote\"d":"back\\slash","told":"he said \"no\" / yes"})",
           R"({"control":"\u0001\b\t\n\u000b\f\r\u001f"})",
           R"({"z":"plain","é":"日本 😀\n"})",
       }) {
    SCOPED_TRACE(fields);
    Host host(true);
    int answers = 0;
    host.on_store = [&](std::string_view name, ringfence_out out) -> int32_t {
      if (name != "take") return -1;
      ringfence_out_write(
          out, text(answers++ > 0 ? "[]"
                                  : R"([{"account":"ann","attempts":1,"fields":)" + fields +
                                        R"(,"id":"00000000000000000000000000000001",)"
                                        R"("kind":"event","purpose":"told"}])"));
      return RINGFENCE_OK;
    };
    std::string given;
    host.on_deliver = [&](const ringfence_message* event, int64_t*, ringfence_out) {
      given.assign(event->fields.data, event->fields.size);
      return RINGFENCE_SEND_ACCEPTED;
    };
    EXPECT_EQ(host.pump().second.accepted, 1);
    EXPECT_EQ(given, fields);
  }
}

// ---- Calling back

TEST(ReenteringCallback, ASenderMayCallTheService) {
  Host host;
  host.add("ann");
  host.on_send = [&](const ringfence_message* message, int64_t*, ringfence_out) {
    EXPECT_EQ(named(host.settings()), "ok");
    EXPECT_EQ(named(host.pump().first), "ok");
    return host.keep(message);
  };
  EXPECT_TRUE(host.change("ann", new_phone));
}

TEST(ReenteringCallback, AStoreMayCallAnotherService) {
  Host other;
  other.add("bob", new_phone);
  Host host(true);
  host.on_store = [&](std::string_view, ringfence_out) -> int32_t {
    EXPECT_EQ(named(other.settings("bob")), "ok");
    return -1;
  };
  host.add("ann");
  EXPECT_EQ(named(host.begin().first), "ok");
}

TEST(ReenteringCallback, AnObserverMayFreeEverything) {
  Host host;
  host.add("ann");
  host.on_observe = [&](const ringfence_observation*) { host.free_all(); };
  const auto of = account("ann");
  auto settings = fresh<ringfence_settings>();
  EXPECT_EQ(
      named(ringfence_service_settings(host.service, &of, &host.call, &settings, &host.error)),
      "ok");
  EXPECT_STREQ(settings.id, "ann");
  for (const Part part : {keys, clock, entropy, risk, observer, sender, events})
    EXPECT_EQ(host.destroyed[part], 1) << part;
  EXPECT_EQ(named(host.settings()), "invalid_argument");
}

TEST(ReenteringCallback, ASenderMayFreeEverything) {
  Host host;
  host.add("ann");
  host.begin();
  host.on_send = [&](const ringfence_message* message, int64_t*, ringfence_out reason) {
    host.free_all();
    EXPECT_EQ(host.destroyed[sender], 0) << "it is in use";
    EXPECT_EQ(ringfence_out_write(reason, text("done")), RINGFENCE_OK);
    return host.keep(message);
  };
  EXPECT_EQ(host.pump().second.accepted, 1);
  for (const Part part : {keys, clock, entropy, risk, observer, sender, events})
    EXPECT_EQ(host.destroyed[part], 1) << part;
}

TEST(ReenteringCallback, AStoreMayFreeEverything) {
  Host host(true);
  host.add("ann");
  bool freed = false;
  host.on_store = [&](std::string_view, ringfence_out) -> int32_t {
    const ringfence_store behind = std::exchange(host.memory, {});
    if (!freed) host.free_all();
    freed = true;
    host.memory = behind;
    return -1;
  };
  EXPECT_EQ(named(host.settings()), "ok");
  EXPECT_EQ(host.destroyed[store], 1);
}

TEST(ReenteringCallback, AKeySourceMustNotReload) {
  Host host;
  int reads = 0;
  host.on_read = [&](ringfence_out out) {
    ++reads;
    EXPECT_EQ(named(ringfence_key_ring_reload(host.keys_handle, nullptr)), "invalid_argument");
    EXPECT_EQ(named(host.settings("nobody")), "account_not_found");
    return ringfence_out_write(out, text(one_key));
  };
  EXPECT_EQ(named(ringfence_key_ring_reload(host.keys_handle, &host.error)), "ok");
  EXPECT_EQ(reads, 1);
}

TEST(ReenteringCallback, AKeySourceMayFreeItsRing) {
  Host host;
  host.on_read = [&](ringfence_out out) {
    host.free_all();
    return ringfence_out_write(out, text(one_key));
  };
  EXPECT_EQ(named(ringfence_key_ring_reload(host.keys_handle, &host.error)), "ok");
  EXPECT_EQ(host.destroyed[keys], 1);
}

TEST(ReenteringCallback, ADestroyMayCallTheLibrary) {
  Host host;
  auto in = host.sender_callbacks();
  in.context = &host;
  in.destroy = [](void* context) {
    auto& of = *static_cast<Host*>(context);
    of.add("ann");
    ringfence_sender another = {};
    EXPECT_EQ(named(ringfence_sender_open(text("console:"), &another, nullptr)), "ok");
    ringfence_sender_free(another);
  };
  ringfence_sender sender = {};
  host.ok(ringfence_sender_from_callbacks(&in, &sender, &host.error));
  ringfence_sender_free(sender);
  EXPECT_EQ(named(host.settings()), "ok");
}

}  // namespace
}  // namespace ringfence::misuse
