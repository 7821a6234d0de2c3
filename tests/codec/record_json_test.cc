#include "ringfence/record_json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ringfence {
namespace {

// --- random records ---

rc::Gen<std::string> any_text() {
  return rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::inRange<char>(0, 127), rc::gen::just('"'), rc::gen::just('\\')));
}
rc::Gen<Id128> any_id() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::uint8_t>>(16, rc::gen::arbitrary<std::uint8_t>()),
      [](const std::vector<std::uint8_t>& bytes) {
        Id128 id;
        std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
        return id;
      });
}
template <class E>
rc::Gen<E> any_of(E last) {
  return rc::gen::map(rc::gen::inRange<unsigned>(0, static_cast<unsigned>(last) + 1),
                      [](unsigned value) { return static_cast<E>(value); });
}
template <class T>
rc::Gen<T> any_number() {
  return rc::gen::oneOf(
      rc::gen::arbitrary<T>(),
      rc::gen::element(T{0}, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}
Address some_phone() {
  const auto national = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000'000);
  return *PhoneNumber::from_e164("+39" + std::to_string(100 + national), *rc::gen::inRange(1U, 4U));
}
Address some_email() {
  return *EmailAddress::from_canonical(*rc::gen::nonEmpty(any_text()) + "@" + "example.com");
}
Address some_address() { return *rc::gen::arbitrary<bool>() ? some_phone() : some_email(); }
TimeMs some_time() { return *any_number<TimeMs>(); }

// Now and then the default, so that what is left out is met, too.
template <class T, class Make>
void maybe(T& member, const Make& make) {
  if (*rc::gen::inRange(0, 3) != 0) member = make();
}
template <class T, class Make>
void some(std::vector<T>& list, std::size_t most, const Make& make) {
  for (auto n = *rc::gen::inRange<std::size_t>(0, most + 1); n > 0; --n) list.push_back(make());
}

ChangeResult some_change() {
  return {.channel = *any_of(ChannelKind::email),
          .masked = *any_text(),
          .usable_for_verification = *rc::gen::arbitrary<bool>(),
          .usable_for_login = *rc::gen::arbitrary<bool>(),
          .check_email = *rc::gen::arbitrary<bool>()};
}

FlowView some_view(const AccountKey& account) {
  FlowView view;
  maybe(view.handle.account, [&] { return account; });
  maybe(view.handle.flow, [] { return *any_id(); });
  maybe(view.step, [] { return *any_of(FlowStep::cancelled); });
  maybe(view.verdict, [] { return *any_of(Verdict::not_asked); });
  maybe(view.repeated, [] { return *rc::gen::arbitrary<bool>(); });
  maybe(view.sent_to, [] { return *any_text(); });
  maybe(view.tries_left, [] { return *any_number<int>(); });
  maybe(view.code_expires_at, some_time);
  maybe(view.limited_until, some_time);
  maybe(view.resend_at, some_time);
  maybe(view.expires_at, some_time);
  maybe(view.verification_only, [] { return true; });
  maybe(view.change, some_change);
  maybe(view.channel, [] { return *any_of(ChannelKind::email); });
  maybe(view.kind, [] { return *any_of(FlowKind::replace_phone); });
  maybe(view.granted, [] { return Granted{*any_text(), some_time()}; });
  return view;
}

Challenge some_challenge() {
  Challenge challenge{.destination = some_address()};
  maybe(challenge.nonce, [] { return *any_id(); });
  maybe(challenge.generation, [] { return *any_number<std::uint32_t>(); });
  maybe(challenge.key_id, [] { return *any_text(); });
  maybe(challenge.digits, [] { return *any_number<int>(); });
  maybe(challenge.tries_used, [] { return *any_number<int>(); });
  maybe(challenge.issued_at, some_time);
  maybe(challenge.expires_at, some_time);
  return challenge;
}

Flow some_flow() {
  Flow flow;
  maybe(flow.id, [] { return *any_id(); });
  maybe(flow.step, [] { return *any_of(FlowStep::cancelled); });
  maybe(flow.session, [] { return *any_id(); });
  maybe(flow.kind, [] { return *any_of(FlowKind::replace_phone); });
  maybe(flow.method, [] { return *any_of(ChannelKind::email); });
  maybe(flow.channel, [] { return *any_of(ChannelKind::email); });
  maybe(flow.operation, [] { return *any_text(); });
  maybe(flow.reason, [] { return *any_of(ChangeReason::person_changed); });
  maybe(flow.epoch, [] { return *any_number<std::uint64_t>(); });
  maybe(flow.terms, [] {
    return FlowTerms{*any_number<int>(), *any_number<int>(), some_time(), some_time(), some_time()};
  });
  maybe(flow.began_at, some_time);
  maybe(flow.expires_at, some_time);
  maybe(flow.generation, [] { return *any_number<std::uint32_t>(); });
  maybe(flow.challenge, some_challenge);
  maybe(flow.target, some_address);
  maybe(flow.target_proven_at, some_time);
  maybe(flow.change, some_change);
  maybe(flow.failure, [] { return *any_of(ErrorCode::internal); });
  maybe(flow.ended_at, some_time);
  return flow;
}

Account some_account() {
  Account account{.key = {*any_text(), *any_text()}};
  maybe(account.kind, [] { return *any_of(AccountKind::federated); });
  maybe(account.provider, [] { return *any_text(); });
  maybe(account.status, [] { return *any_of(AccountStatus::closed); });
  maybe(account.created_at, some_time);
  maybe(account.locale, [] { return *any_text(); });
  maybe(account.channels[0], [] {
    return Channel{some_phone(), some_time(), *rc::gen::arbitrary<bool>(),
                   *rc::gen::arbitrary<bool>()};
  });
  maybe(account.channels[1], [] {
    return Channel{some_email(), some_time(), *rc::gen::arbitrary<bool>(),
                   *rc::gen::arbitrary<bool>()};
  });
  maybe(account.epoch, [] { return *any_number<std::uint64_t>(); });
  some(account.flows, Account::max_flows, some_flow);
  maybe(account.appeal, [] {
    return Appeal{*any_id(),   *any_of(AppealState::used),
                  *any_text(), some_time(),
                  some_time(), *any_text(),
                  *any_text(), some_time(),
                  some_time()};
  });
  some(account.disputable, 2, [] { return Disputable{*any_id(), some_time()}; });
  some(account.grants, 3, [] {
    return Grant{*any_id(),   *any_text(), *any_id(), some_time(),
                 some_time(), some_time(), *any_id()};
  });
  some(account.failures, 3, [] {
    return FailureCount{*any_of(Role::target), some_address(), *any_number<int>(), some_time()};
  });
  for (auto* sends : {&account.own_sends, &account.target_sends}) {
    some(*sends, 4, some_time);
  }
  some(account.former, Account::max_former_addresses, [] {
    return FormerAddress{some_address(), some_time()};
  });
  some(account.replies, 3, [&] {
    return StoredReply{*any_id(), *any_id(), some_time(), some_view(account.key),
                       *any_of(ErrorCode::internal)};
  });
  some(account.notice_choices, 3, [] {
    NoticeChoice choice{.category = *any_text()};
    some(choice.channels, 2, [] { return *any_of(ChannelKind::email); });
    return choice;
  });
  some(account.given_notices, 3, [] {
    GivenNotice given{.key = *any_id(), .content = *any_id(), .at = some_time()};
    some(given.sent_to, 2, [] { return NoticeTarget{*any_of(ChannelKind::email), *any_text()}; });
    return given;
  });
  some(account.changes, Account::max_changes, [] { return *any_id(); });
  return account;
}

AddressEntry some_entry() {
  AddressEntry entry{.key = {*any_text(), some_address()}};
  maybe(entry.holders, [] { return *any_number<std::int64_t>(); });
  maybe(entry.login_holder, [] { return *any_text(); });
  maybe(entry.released_at, some_time);
  maybe(entry.released_by, [] { return *any_text(); });
  some(entry.sends, 4, some_time);
  maybe(entry.forget_at, some_time);
  return entry;
}

Source some_source() {
  Source source{.key = {*any_text(), *any_text()}};
  some(source.sends, 4, some_time);
  maybe(source.forget_at, some_time);
  return source;
}

Message some_message() {
  Message message{.id = *any_id()};
  maybe(message.kind, [] { return *any_of(MessageKind::event); });
  maybe(message.purpose, [] { return *any_text(); });
  message.account = {*any_text(), *any_text()};
  maybe(message.destination, some_address);
  maybe(message.flow, [] { return *any_id(); });
  maybe(message.role, [] { return *any_of(Role::target); });
  maybe(message.generation, [] { return *any_number<std::uint32_t>(); });
  maybe(message.locale, [] { return *any_text(); });
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) message.fields[*any_text()] = *any_text();
  maybe(message.created_at, some_time);
  maybe(message.expires_at, some_time);
  maybe(message.state, [] { return *any_of(MessageState::superseded); });
  maybe(message.due_at, some_time);
  maybe(message.attempts, [] { return *any_number<int>(); });
  maybe(message.outcome, [] { return *any_text(); });
  return message;
}

// --- and back ---

RC_GTEST_PROP(RecordJson, GivesBackTheAccountThatWasWritten, ()) {
  const Account account = some_account();
  const std::string text = to_json(account);
  RC_ASSERT(account_from_json(text).value() == account);
  RC_ASSERT(to_json(account_from_json(text).value()) == text);
}
RC_GTEST_PROP(RecordJson, GivesBackTheAddressEntryThatWasWritten, ()) {
  const AddressEntry entry = some_entry();
  RC_ASSERT(address_entry_from_json(to_json(entry)).value() == entry);
}
RC_GTEST_PROP(RecordJson, GivesBackTheSourceThatWasWritten, ()) {
  const Source source = some_source();
  RC_ASSERT(source_from_json(to_json(source)).value() == source);
}
RC_GTEST_PROP(RecordJson, GivesBackTheMessageThatWasWritten, ()) {
  const Message message = some_message();
  RC_ASSERT(message_from_json(to_json(message)).value() == message);
}

// The text is a promise: other languages and older databases have it.
TEST(RecordJson, IsCompactAndHasTheDocumentedNames) {
  Account account{.key = {"shop", "ann"}};
  account.channel(ChannelKind::phone) = {*PhoneNumber::from_e164("+390612345678", 2), 5, true,
                                         true};
  account.channel(ChannelKind::email).address = *EmailAddress::from_canonical("lion@example.com");
  account.epoch = std::numeric_limits<std::uint64_t>::max();
  account.own_sends = {-1, 2};
  Flow flow{.step = FlowStep::set_target};
  flow.id.bytes[0] = 0xab;
  flow.failure = ErrorCode::limited;
  account.flows = {flow};
  StoredReply reply{.at = 9};
  reply.view.handle = {account.key, flow.id};
  reply.view.verdict = Verdict::rejected;
  account.replies = {reply, {.failure = ErrorCode::busy}};
  const std::string id = R"("ab000000000000000000000000000000")";
  EXPECT_EQ(
      to_json(account),
      R"({"email":{"address":{"email":"lion@example.com"}},"epoch":18446744073709551615,)"
      R"("flows":[{"failure":"limited","id":)" +
          id +
          R"(,"step":"set_target"}],"id":"ann","own_sends":[-1,2],)"
          R"("phone":{"address":{"cc":2,"phone":"+390612345678"},"imported":true,"login_claim":true,"proven_at":5},"realm":"shop",)"
          R"("replies":[{"at":9,"view":{"flow":)" +
          id + R"(,"verdict":"rejected"}},{"failure":"busy"}]})");
  EXPECT_EQ(to_json(Source{.key = {"", "office"}, .sends = {1}}),
            R"({"sends":[1],"source":"office"})");
  const AddressEntry entry{.key = {"shop", account.channel(ChannelKind::email).address.value()},
                           .holders = 2};
  EXPECT_EQ(to_json(entry),
            R"({"address":{"email":"lion@example.com"},"holders":2,"realm":"shop"})");
  Message message{
      .id = flow.id, .kind = MessageKind::event, .purpose = "end_sessions", .account = account.key};
  message.fields = {{"reason", "phone_changed"}};
  EXPECT_EQ(to_json(message), R"({"account":"ann","fields":{"reason":"phone_changed"},"id":)" + id +
                                  R"(,"kind":"event","purpose":"end_sessions","realm":"shop"})");
}

TEST(RecordJson, RefusesWhatItDoesNotUnderstand) {
  const auto code = [](std::string_view text) {
    return account_from_json(text).has_value() ? "read" : "refused";
  };
  ASSERT_STREQ(code(R"({"id":"ann"})"), "read");
  for (const char* text :
       {"",
        "null",
        "[]",
        "1",
        "{}",
        R"({"id":1})",
        R"({"id":"ann"} )"
        "x",
        R"({"id":"ann","more":1})",
        R"({"before":1,"id":"ann"})",
        R"({"id":"ann","kind":"native","more":{"id":"ann"}})",
        R"({"id":"ann","epoch":-1})",
        R"({"id":"ann","epoch":18446744073709551616})",
        R"({"id":"ann","epoch":1.0})",
        R"({"id":"ann","epoch":"1"})",
        R"({"id":"ann","epoch":true})",
        R"({"id":"ann","epoch":null})",
        R"({"id":"ann","created_at":9223372036854775808})",
        R"({"id":"ann","kind":"other"})",
        R"({"id":"ann","kind":0})",
        R"({"id":"ann","flows":{}})",
        R"({"id":"ann","flows":[{"more":1}]})",
        R"({"id":"ann","flows":[{"generation":4294967296}]})",
        R"({"id":"ann","flows":[{"id":"AB"}]})",
        R"({"id":"ann","changes":["00"]})",
        R"({"id":"ann","failures":[{"count":1}]})",
        R"({"id":"ann","failures":[{"address":{"email":"a@b"},"count":2147483648}]})",
        R"({"id":"ann","phone":{"address":{"email":"lion@example.com"}}})",
        R"({"id":"ann","email":{"address":{"phone":"+390612345678","cc":2}}})",
        R"({"id":"ann","phone":{"address":{"phone":"+390612345678"}}})",
        R"({"id":"ann","phone":{"address":{"phone":"+390612345678","cc":4}}})",
        R"({"id":"ann","phone":{"address":{"phone":"390612345678","cc":2}}})",
        R"({"id":"ann","phone":{"address":{"phone":"+390612345678","cc":2,"email":"a@b"}}})",
        R"({"id":"ann","email":{"address":{"email":"nobody"}}})",
        R"({"id":"ann","phone":{"login_claim":1}})",
        "{\"id\":\"\xff\"}"}) {
    EXPECT_STREQ(code(text), "refused") << text;
  }
  EXPECT_EQ(account_from_json("{").error().code, ErrorCode::store_corrupt);
  EXPECT_FALSE(message_from_json(R"({"id":"00"})"));
  EXPECT_FALSE(source_from_json("{}"));
  EXPECT_FALSE(address_entry_from_json("{}"));
}

// A database that keeps JSON as such gives its members back in an order of its own.
RC_GTEST_PROP(RecordJson, IsReadInWhateverOrderItsMembersAre, ()) {
  const Account account = some_account();
  const auto backwards = [](const auto& self, const nlohmann::json& value) -> std::string {
    std::string out;
    if (value.is_object()) {
      for (const auto& [name, member] : value.items()) {
        const std::string comma = out.empty() ? "" : ",";
        out = nlohmann::json(name).dump() + ": " + self(self, member) + comma + out;
      }
      return "{" + out + "}";
    }
    if (!value.is_array()) return value.dump();
    for (const nlohmann::json& one : value) out += (out.empty() ? "" : ", ") + self(self, one);
    return "[" + out + "]";
  };
  const std::string text = backwards(backwards, nlohmann::json::parse(to_json(account)));
  RC_ASSERT(account_from_json(text).value() == account);
}

RC_GTEST_PROP(RecordJson, IsWrittenAsTheLibraryWouldWriteIt, ()) {
  for (const std::string& text : {to_json(some_account()), to_json(some_entry()),
                                  to_json(some_source()), to_json(some_message())}) {
    RC_ASSERT(nlohmann::json::parse(text).dump() == text);
  }
}

TEST(RecordJson, WritesNoTextThatIsNotUtf8) {
  EXPECT_THROW((void)to_json(Source{.key = {"shop", "\xff"}}), std::exception);
}

// Reads it as everything; whatever it is, it is a record or `store_corrupt`.
void read_hostile(std::string_view text) {
  const auto fine = [](const auto& read) {
    return read.has_value() || read.error().code == ErrorCode::store_corrupt;
  };
  RC_ASSERT(fine(account_from_json(text)));
  RC_ASSERT(fine(address_entry_from_json(text)));
  RC_ASSERT(fine(source_from_json(text)));
  RC_ASSERT(fine(message_from_json(text)));
}

RC_GTEST_PROP(RecordJson, SurvivesBeingCutOffAtEveryByte, ()) {
  const std::string text = to_json(some_account());
  for (std::size_t size = 0; size < text.size(); size += size < 200 ? 1 : 29) {
    RC_ASSERT(account_from_json(std::string_view(text).substr(0, size)).has_error());
  }
  const std::string message = to_json(some_message());
  for (std::size_t size = 0; size < message.size(); ++size)
    read_hostile(std::string_view(message).substr(0, size));
}

RC_GTEST_PROP(RecordJson, SurvivesChangedBytes, ()) {
  for (std::string text :
       {to_json(some_account()), to_json(some_message()), to_json(some_entry())}) {
    for (int i = 0; i < 20; ++i) {
      text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
      read_hostile(text);
    }
  }
}

TEST(RecordJson, SurvivesDeepNesting) {
  for (const std::string_view open : {"[", "{\"id\":", "{\"id\":1,\"a\":"}) {
    std::string text;
    while (text.size() < 300'000) text += open;
    read_hostile(text);
  }
}

}  // namespace
}  // namespace ringfence
