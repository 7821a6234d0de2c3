// Situations that must look alike to whoever must not tell them apart: R16, A13, A14, R10. In two
// worlds that differ only in what must stay hidden, the same calls get the same replies, field by
// field, and cause the same work: loads, commits, messages, sends.
#include <functional>
#include <variant>

#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::one_key_ring;
using testing_support::SeededEntropy;
using testing_support::World;
using testing_support::wrong;

constexpr const char* victim = World::new_phone;          // the number, and
constexpr const char* victims_email = "vic@example.com";  // the email that is asked about
constexpr const char* eves_phone = World::other_phone;
constexpr const char* eves_email = "eve@example.com";

/// Writes down what is asked of a store: how often, how much, of which kind. Not what the records
/// say: that is what must stay hidden.
class WorkStore final : public Store {
 public:
  explicit WorkStore(Store& behind) : behind_(behind) {}

  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs deadline_ms) override {
    std::string line = "load";
    for (const Key& key : keys) line += " " + kind(key);
    work.push_back(line);
    return behind_.load(keys, deadline_ms);
  }
  CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) override {
    std::string line = "commit: expects";
    for (const ChangeSet::Expect& one : change.expects) line += " " + kind(one.key);
    line += "; puts";
    for (const ChangeSet::Put& one : change.puts) line += " " + kind(key_of(one.record));
    line += "; messages";
    for (const Message& one : change.messages)
      line += " " + std::string(name(one.kind)) + ":" + one.purpose;
    work.push_back(line);
    return behind_.commit(change, deadline_ms);
  }
  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override {
    auto taken = behind_.take(now, lease_ms, max, share);
    work.push_back("take " + std::to_string(taken ? taken.value().size() : 0));
    return taken;
  }
  result<void> settle(std::span<const Settlement> settlements) override {
    std::string line = "settle";
    for (const Settlement& one : settlements) line += " " + std::string(name(one.state));
    work.push_back(line);
    return behind_.settle(settlements);
  }
  result<std::vector<Message>> messages(const AccountKey& account, int max,
                                        TimeMs deadline_ms) override {
    work.push_back("messages");
    return behind_.messages(account, max, deadline_ms);
  }
  result<std::vector<Message>> given_up(const MessagePlace& after, int max,
                                        TimeMs deadline_ms) override {
    work.push_back("given_up");
    return behind_.given_up(after, max, deadline_ms);
  }
  result<OutboxState> outbox(TimeMs now, TimeMs deadline_ms) override {
    work.push_back("outbox");
    return behind_.outbox(now, deadline_ms);
  }
  result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
    return behind_.sweep(now, settled_before, max);
  }

  std::vector<std::string> work;

 private:
  static std::string kind(const Key& key) {
    constexpr std::array kinds = {"account", "address", "source", "audit"};
    return kinds.at(key.index());
  }
  Store& behind_;
};

using Holder = std::optional<std::string>;
struct Reply {
  std::variant<FlowView, SecuritySettings, Holder, Granted, Failure> what;

  friend bool operator==(const Reply&, const Reply&) = default;
};

/// For a failing test: what tells most. The comparison is of every field.
void PrintTo(const Reply& reply, std::ostream* out) {
  if (const auto* view = std::get_if<FlowView>(&reply.what)) {
    *out << "view: step " << name(view->step) << ", verdict " << name(view->verdict) << ", sent to "
         << view->sent_to << ", tries " << view->tries_left << ", resend " << view->resend_at
         << ", verification only " << view->verification_only << ", login "
         << (view->change ? view->change->usable_for_login : false);
  } else if (const auto* settings = std::get_if<SecuritySettings>(&reply.what)) {
    *out << "settings: phone " << settings->phone().masked << ", login "
         << settings->phone().login.usable << " " << name(settings->phone().login.reason);
  } else if (const auto* holder = std::get_if<Holder>(&reply.what)) {
    *out << "holder: " << holder->value_or("nobody");
  } else if (const auto* refusal = std::get_if<Failure>(&reply.what)) {
    *out << "refused: " << name(refusal->code) << ", " << refusal->text << ", until "
         << refusal->retry_at.value_or(0);
  } else {
    *out << "granted";
  }
}

struct Sent {
  std::string purpose;
  std::string to;
  std::string text;
  std::map<std::string, std::string> fields;

  friend bool operator==(const Sent&, const Sent&) = default;
};
void PrintTo(const Sent& sent, std::ostream* out) {
  *out << sent.purpose << " to " << sent.to << ": " << sent.text;
}

/// Whoever asks. It has a service, a dispatcher and a random source of its own, so that ids and
/// codes are equal wherever it does the same.
class Observer {
 public:
  explicit Observer(World& in)
      : world(in),
        store_(*in.behind),
        service(Service::make({store_, *in.ring, in.clock, entropy_}, in.policy).value()),
        dispatcher_({store_, *in.ring, in.sender, in.sender, in.clock, entropy_}) {
    in.pump();
    in.sender.clear();
  }

  template <class T>
  void note(const result<T>& reply) {
    static_cast<void>(noted(reply));
  }
  template <class T>
  result<T> noted(const result<T>& reply) {
    if (reply) {
      replies.push_back({reply.value()});
    } else {
      replies.push_back({reply.error()});
    }
    return reply;
  }
  /// The code that came to an address. The test reads it to be sure what is wrong.
  std::string code_at(const char* address) {
    pump();
    const auto code = world.sender.last_code(address);
    EXPECT_TRUE(code.has_value()) << "no code reached " << address;
    return code.value_or("");
  }
  void pump() {
    while (dispatcher_.pump().value().taken > 0) {
    }
  }
  std::vector<Sent> sends() {
    pump();
    std::vector<Sent> out;
    for (const auto& one : world.sender.all()) {
      out.push_back({one.message.purpose,
                     one.message.destination ? one.message.destination->text() : "the host",
                     one.text, one.message.fields});
    }
    return out;
  }
  const std::vector<std::string>& work() const { return store_.work; }

  World& world;

 private:
  SeededEntropy entropy_{77};
  WorkStore store_;

 public:
  std::unique_ptr<Service> service;
  std::vector<Reply> replies;
  const Call call{.session = "eves-session", .source = "198.51.100.7"};

 private:
  Dispatcher dispatcher_;
};

const AccountKey eve = World::key("eve");

// --- What the observer does.

FlowView identified(Observer& o, FlowKind kind = FlowKind::change_phone) {
  const auto begun = kind == FlowKind::change_phone
                         ? o.noted(o.service->begin_change_phone(eve, Method::phone, o.call))
                         : o.noted(o.service->begin_change_email(eve, Method::phone, o.call));
  return o.noted(o.service->prove_identity(begun.value(), o.code_at(eves_phone), o.call)).value();
}

/// Everything that can be done in a flow whose code was sent to an address, except to present the
/// right code.
void look_around(Observer& o, const FlowHandle& flow, const char* address) {
  const std::string code = o.code_at(address);
  o.note(o.service->view(flow, o.call));
  o.note(o.service->settings(eve));
  o.note(o.service->prove_target(flow, wrong(code), o.call));
  o.note(o.service->prove_target(flow, wrong(code), o.call, {.accept_verification_only = false}));
  o.note(o.service->prove_target(flow, "", o.call));
  o.note(o.service->confirm_target(flow, o.call));
  o.note(o.service->resend(flow, o.call));  // too early
  o.world.clock.advance(minute_ms);
  o.note(o.service->resend(flow, o.call));
  o.note(o.service->prove_target(flow, code, o.call));  // void
  o.world.clock.advance(5 * minute_ms);
  o.note(o.service->prove_target(flow, code, o.call));  // no code is live
  o.note(o.service->cancel(flow, o.call));
  o.note(o.service->view(flow, o.call));
  o.note(o.service->settings(eve));
}

void set_phone(Observer& o) {
  const FlowView flow = identified(o);
  o.noted(o.service->set_target(flow, {victim}, o.call)).value();
  look_around(o, flow, victim);
}
void set_email(Observer& o) {
  const FlowView flow = identified(o, FlowKind::change_email);
  o.noted(o.service->set_target(flow, {victims_email}, o.call)).value();
  look_around(o, flow, victims_email);
}
/// Sends to the number until it is limited, and once more when it no longer is.
void set_phone_until_limited(Observer& o) {
  const FlowView flow = identified(o);
  o.noted(o.service->set_target(flow, {victim}, o.call)).value();
  for (;;) {
    o.world.clock.advance(minute_ms);
    const auto reply = o.noted(o.service->resend(flow, o.call));
    if (!reply) break;
    o.note(o.service->prove_target(flow, wrong(o.code_at(victim)), o.call));
  }
  o.note(o.service->set_target(flow, {victim}, o.call));
  o.note(o.service->set_target(flow, {World::phone}, o.call));
  o.note(o.service->set_target(flow, {victim}, o.call));
}
/// With the right code.
void prove_phone(Observer& o, bool accept = true) {
  const FlowView flow = identified(o);
  o.noted(o.service->set_target(flow, {victim}, o.call)).value();
  const std::string code = o.code_at(victim);
  const auto reply =
      o.noted(o.service->prove_target(flow, code, o.call, {.accept_verification_only = accept}));
  if (reply && reply.value().step == FlowStep::confirm_target)
    o.note(o.service->confirm_target(flow, o.call));
  o.note(o.service->view(flow, o.call));
  o.note(o.service->settings(eve));
}
void replace_phone(Observer& o) {
  const Appeal appeal = o.service->submit_appeal(eve, "desk").value();
  o.world.clock.advance(day_ms);
  o.service->decide_appeal(eve, {appeal.id, true, "rita", "case"}).value();
  const FlowView flow = o.noted(o.service->begin_replace_phone(eve, o.call)).value();
  o.noted(o.service->set_target(flow, {victim}, o.call)).value();
  look_around(o, flow, victim);
}
void verify_phone(Observer& o) {
  const auto flow =
      o.noted(o.service->begin_verify_channel(eve, ChannelKind::phone, Method::phone, o.call));
  look_around(o, flow.value(), victim);
}
void verify_email(Observer& o) {
  const auto begun =
      o.noted(o.service->begin_verify_channel(eve, ChannelKind::email, Method::phone, o.call));
  const FlowView flow =
      o.noted(o.service->prove_identity(begun.value(), o.code_at(eves_phone), o.call)).value();
  look_around(o, flow, victims_email);
}
void claim_phone(Observer& o) {
  o.note(o.service->settings(eve));
  const auto flow = o.noted(o.service->begin_claim_login(eve, ChannelKind::phone, o.call));
  look_around(o, flow.value(), victim);
}
void resolve(Observer& o) {
  o.note(o.service->resolve_login_phone("", {victim}));
  o.note(o.service->resolve_login_email("", victims_email));
}
void register_unverified(Observer& o) {
  const AccountKey fay = World::key("fay");
  o.note(o.service->register_account(
      {.account = fay, .phone = {victim}, .email = AddressInput{victims_email}}));
  o.note(o.service->settings(fay));
  o.note(o.service->begin_change_phone(fay, Method::phone, o.call));
  o.note(o.service->begin_claim_login(fay, ChannelKind::phone, o.call));
}
/// Every call that takes a handle, with one that the observer made up.
void present(Observer& o, const FlowHandle& handle) {
  o.note(o.service->view(handle, o.call));
  o.note(o.service->prove_identity(handle, "123456", o.call));
  o.note(o.service->set_target(handle, {victim}, o.call));
  o.note(o.service->prove_target(handle, "123456", o.call));
  o.note(o.service->confirm_target(handle, o.call));
  o.note(o.service->resend(handle, o.call));
  o.note(o.service->cancel(handle, o.call));
  o.note(o.service->use_grant(handle, "pay", o.call));
  o.note(o.service->dispute(handle.text()));
}
void made_up_handle(Observer& o) { present(o, {World::key("holder"), Id128{{1}}}); }
/// A handle that belongs to somebody else's session.
void holders_flow(Observer& o) {
  const Account holder = o.world.account("holder");
  ASSERT_FALSE(holder.flows.empty());
  present(o, {holder.key, holder.flows.back().id});
}

// --- What is hidden.

using Hidden = std::function<void(World&)>;

void nothing(World&) {}
void holder(World& w) { w.add("holder", victim, victims_email).value(); }
Hidden then(const Hidden& first, const Hidden& second) {
  return [=](World& w) {
    first(w);
    second(w);
  };
}
void add_eve(World& w) { w.add("eve", eves_phone, eves_email).value(); }
void add_unverified_eve(World& w) {
  w.service->register_account({.account = eve, .phone = {victim}}).value();
}
void add_eve_with_unverified_email(World& w) {
  w.service
      ->register_account({.account = eve,
                          .phone = {eves_phone},
                          .phone_proven_at = w.clock.now_ms(),
                          .email = AddressInput{victims_email}})
      .value();
}
/// Somebody else was first on the number: eve has it for verification only.
void add_eve_behind_another(World& w) {
  w.add("holder", victim, "").value();
  w.add("eve", victim, eves_email).value();
}
void lock_holder(World& w) { w.service->lock(World::key("holder"), "suspicion").value(); }
void close_holder(World& w) { w.service->close(World::key("holder")).value(); }
void more_holders(World& w) {
  w.add("second", victim, victims_email).value();
  w.add("third", victim, victims_email).value();
}
void federated_holder(World& w) {
  w.service
      ->register_account({.account = World::key("holder"),
                          .kind = AccountKind::federated,
                          .provider = "idp",
                          .phone = {victim},
                          .phone_proven_at = w.clock.now_ms(),
                          .email = AddressInput{victims_email},
                          .email_proven_at = w.clock.now_ms()})
      .value();
}
void unverified_holder(World& w) {
  w.service
      ->register_account({.account = World::key("holder"),
                          .phone = {victim},
                          .email = AddressInput{victims_email}})
      .value();
}
void holder_elsewhere(World& w) { w.add("holder", victim, victims_email, "north").value(); }
/// The holder has no more codes to its own channels left for now.
void spend_holders_sends(World& w) {
  while (w.service->begin_change_phone(World::key("holder"), Method::phone, {.session = "h"})) {
  }
  while (w.service->begin_change_phone(World::key("holder"), Method::email, {.session = "h"})) {
  }
}
void holder_fails(World& w) {
  const auto flow =
      w.service->begin_change_phone(World::key("holder"), Method::phone, {.session = "h"}).value();
  const std::string code = w.code_at(victim);
  for (int i = 0; i < 5; ++i)
    w.service->prove_identity(flow, wrong(code), {.session = "h"}).value();
}
/// Another account tries to set the number and has not proven it.
void pending_elsewhere(World& w) {
  w.add("holder", World::phone, "").value();
  w.targeted("holder", victim);
}
/// The holder left; who remains has no login.
void first_holder_leaves(World& w) {
  w.add("first", victim, victims_email).value();
  w.add("holder", victim, victims_email).value();
  w.service->close(World::key("first")).value();
}
void leave_number(World& w) { w.changed("holder", World::phone); }
void begin_flow(World& w) { w.begun("holder"); }
void lock_without_a_word(World& w) {
  Account account = w.account("holder");
  account.status = AccountStatus::locked;
  w.put(account);
}

/// Two situations, and what the observer does in both.
struct Pair {
  const char* name;
  Hidden everywhere;  ///< In both worlds, first.
  Hidden one;
  Hidden other;
  std::function<void(Observer&)> calls;
  std::function<void(Policy&)> policy = [](Policy&) {};
};
void PrintTo(const Pair& pair, std::ostream* out) { *out << pair.name; }

struct Observed {
  std::vector<Reply> replies;
  std::vector<std::string> work;
  std::vector<Sent> sends;
  std::vector<std::optional<Record>> hidden;
};

Observed observe(const Pair& pair, const Hidden& hidden) {
  Policy policy;
  pair.policy(policy);
  World world(policy);
  pair.everywhere(world);
  const TimeMs before = world.clock.now_ms();
  hidden(world);
  EXPECT_EQ(world.clock.now_ms(), before) << "time would tell the situations apart";
  Observed out;
  // What the observer must not learn. The version of a record is no part of it.
  for (const Key& key : {Key(World::key("holder")), Key(World::key("holder", "north")),
                         Key(AddressKey{"", parse_phone(victim, "", {}).value()}),
                         Key(AddressKey{"", parse_email(victims_email).value()})}) {
    out.hidden.push_back(world.stored(key).record);
  }
  Observer observer(world);
  pair.calls(observer);
  out.sends = observer.sends();
  out.replies = observer.replies;
  out.work = observer.work();
  return out;
}

class Enumeration : public ::testing::TestWithParam<Pair> {};

TEST_P(Enumeration, TheTwoLookAlike_R16_A13_A14) {
  const Observed one = observe(GetParam(), GetParam().one);
  const Observed other = observe(GetParam(), GetParam().other);
  EXPECT_NE(one.hidden, other.hidden) << "there is nothing to hide";
  ASSERT_FALSE(one.replies.empty());
  ASSERT_EQ(one.replies.size(), other.replies.size());
  for (std::size_t i = 0; i < one.replies.size(); ++i)
    EXPECT_EQ(one.replies[i], other.replies[i]) << "reply " << i;
  EXPECT_EQ(one.work, other.work);
  EXPECT_EQ(one.sends, other.sends);
}

void quarantine(Policy& policy) { policy.quarantine_ms = 90 * day_ms; }
void one_account_each(Policy& policy) { policy.max_accounts_per_address = 1; }
void no_login(Policy& policy) { policy.phone.login = policy.email.login = false; }
void disputes(Policy& policy) { policy.dispute_ms = 3 * day_ms; }

const Pair all_pairs[] = {
    // A new phone, before it is proven.
    {"ANewPhone_HeldOrFree", add_eve, holder, nothing, set_phone},
    {"ANewPhone_HeldOrFree_UntilItIsLimited", add_eve, holder, nothing, set_phone_until_limited},
    {"ANewPhone_HeldByAFederatedAccountOrFree", add_eve, federated_holder, nothing, set_phone},
    {"ANewPhone_HeldByALockedAccountOrFree", add_eve, then(holder, lock_holder), nothing,
     set_phone},
    {"ANewPhone_LeftByAClosedAccountOrFree", add_eve, then(holder, close_holder), nothing,
     set_phone},
    {"ANewPhone_InQuarantineOrFree", add_eve, then(holder, close_holder), nothing, set_phone,
     quarantine},
    {"ANewPhone_AtCapacityOrFree", add_eve, holder, nothing, set_phone, one_account_each},
    {"ANewPhone_HeldByOneOrByThree", add_eve, holder, then(holder, more_holders), set_phone},
    {"ANewPhone_UnverifiedElsewhereOrFree", add_eve, unverified_holder, nothing, set_phone},
    {"ANewPhone_HeldInAnotherRealmOrFree", add_eve, holder_elsewhere, nothing, set_phone},
    {"ANewPhone_AboutToBeSetByAnotherOrFree", add_eve, pending_elsewhere, nothing, set_phone},
    {"ANewPhone_WhoseHolderHasSpentItsSendsOrFree_UntilItIsLimited", add_eve,
     then(holder, spend_holders_sends), nothing, set_phone_until_limited},
    {"ANewPhone_WhoseHolderHasToWaitAfterWrongCodesOrFree", add_eve, then(holder, holder_fails),
     nothing, set_phone},
    {"AReplacedPhone_HeldOrFree", add_eve, holder, nothing, replace_phone},
    // A new email.
    {"ANewEmail_HeldOrFree", add_eve, holder, nothing, set_email},
    {"ANewEmail_UnverifiedElsewhereOrFree", add_eve, unverified_holder, nothing, set_email},
    {"ANewEmail_AtCapacityOrFree", add_eve, holder, nothing, set_email, one_account_each},
    {"ANewEmail_InQuarantineOrFree", add_eve, then(holder, close_holder), nothing, set_email,
     quarantine},
    // An address of one's own that is not proven yet.
    {"AnUnverifiedPhone_HeldByAnotherOrFree", add_unverified_eve, holder, nothing, verify_phone},
    {"AnUnverifiedPhone_AtCapacityOrFree", add_unverified_eve, holder, nothing, verify_phone,
     one_account_each},
    {"AnUnverifiedEmail_HeldByAnotherOrFree", add_eve_with_unverified_email, holder, nothing,
     verify_email},
    {"Registration_OfUnprovenAddressesHeldOrFree", nothing, holder, nothing, register_unverified},
    {"Registration_OfUnprovenAddressesAtCapacityOrFree", nothing, holder, nothing,
     register_unverified, one_account_each},
    // Whether the others on the number are gone is told after its proof only.
    {"ALoginToClaim_TheOthersAreThereOrGone", add_eve_behind_another, nothing, leave_number,
     claim_phone},
    {"ALoginToClaim_InQuarantineOrNot", then(add_eve_behind_another, close_holder), nothing,
     [](World& w) {
       Account holder = w.account("holder");
       AddressEntry entry = w.entry(victim);
       entry.released_at = 0;
       ChangeSet change;
       change.expects.push_back({entry.key, w.stored(entry.key).version});
       change.puts.push_back({entry, 7});
       ASSERT_EQ(w.behind->commit(change, 0), CommitOutcome::committed);
     },
     claim_phone, quarantine},
    // After the proof: that it is associated is shown, never with whom, why, or with how many.
    {"AProvenPhone_HeldByOneOrByThree", add_eve, holder, then(holder, more_holders),
     [](Observer& o) { prove_phone(o); }},
    {"AProvenPhone_HeldByAnActiveOrByALockedAccount", add_eve, holder, then(holder, lock_holder),
     [](Observer& o) { prove_phone(o); }},
    {"AProvenPhone_HeldByAStandaloneOrAFederatedAccount", add_eve, holder, federated_holder,
     [](Observer& o) { prove_phone(o, false); }},
    {"AProvenPhone_HeldOrInQuarantine", add_eve, holder, then(holder, close_holder),
     [](Observer& o) { prove_phone(o, false); }, quarantine},
    {"AProvenPhone_UnverifiedElsewhereOrFree", add_eve, unverified_holder, nothing,
     [](Observer& o) { prove_phone(o, false); }},
    {"AProvenPhone_HeldInAnotherRealmOrFree", add_eve, holder_elsewhere, nothing,
     [](Observer& o) { prove_phone(o, false); }},
    {"AProvenPhone_AboutToBeSetByAnotherOrFree", add_eve, pending_elsewhere, nothing,
     [](Observer& o) { prove_phone(o, false); }},
    {"AProvenPhone_LeftByAClosedAccountOrNeverHeld", add_eve, then(holder, close_holder), nothing,
     [](Observer& o) { prove_phone(o, false); }},
    // The login resolver has one answer for nobody.
    {"Login_UnverifiedOrUnknown", nothing, unverified_holder, nothing, resolve},
    {"Login_ForVerificationOnlyOrUnknown", nothing, first_holder_leaves, nothing, resolve},
    {"Login_InAnotherRealmOrUnknown", nothing, holder_elsewhere, nothing, resolve},
    {"Login_LeftOrUnknown", nothing, then(holder, close_holder), nothing, resolve},
    {"Login_InQuarantineOrUnknown", nothing, then(holder, close_holder), nothing, resolve,
     quarantine},
    {"Login_SwitchedOffOrUnknown", nothing, holder, nothing, resolve, no_login},
    {"Login_AboutToBeSetOrUnknown", nothing, pending_elsewhere, nothing, resolve},
    // Handles that were made up, or are another session's.
    {"AMadeUpHandle_OfAnAccountOrOfNone", nothing, holder, nothing, made_up_handle},
    {"AMadeUpHandle_OfAnAccountThatMayBeDisputedOrOfNone", nothing, then(holder, leave_number),
     nothing, made_up_handle, disputes},
    {"AMadeUpHandle_OfALockedAccountOrOfNone", nothing, then(holder, lock_holder), nothing,
     made_up_handle},
    {"AMadeUpHandle_OfAClosedAccountOrOfNone", nothing, then(holder, close_holder), nothing,
     made_up_handle},
    {"AMadeUpHandle_OfAFederatedAccountOrOfNone", nothing, federated_holder, nothing,
     made_up_handle},
    {"AMadeUpHandle_OfAnAccountWithAFlowOrWithoutOne", holder, begin_flow, nothing, made_up_handle},
    {"AnothersFlow_OfAnActiveOrALockedAccount", then(holder, begin_flow), nothing,
     lock_without_a_word, holders_flow},
    {"AnothersFlow_FreshOrWithItsTriesUsedUp", holder, begin_flow, holder_fails, holders_flow},
};

INSTANTIATE_TEST_SUITE_P(Pairs, Enumeration, ::testing::ValuesIn(all_pairs),
                         [](const auto& instance) { return std::string(instance.param.name); });

// --- Codes: what is presented differs, and the answer does not.

struct Codes {
  const char* name;
  Hidden everywhere;
  /// Presents a code and notes what is answered; which of the two, the flag says.
  std::function<void(Observer&, bool other)> calls;
};
void PrintTo(const Codes& codes, std::ostream* out) { *out << codes.name; }

class EnumerationOfCodes : public ::testing::TestWithParam<Codes> {};

TEST_P(EnumerationOfCodes, TheTwoLookAlike_R16_A02_A13) {
  const auto with = [](bool other) {
    return Pair{"", GetParam().everywhere, nothing, nothing,
                [other](Observer& o) { GetParam().calls(o, other); }};
  };
  const Observed one = observe(with(false), nothing);
  const Observed other = observe(with(true), nothing);
  ASSERT_FALSE(one.replies.empty());
  ASSERT_EQ(one.replies.size(), other.replies.size());
  for (std::size_t i = 0; i < one.replies.size(); ++i)
    EXPECT_EQ(one.replies[i], other.replies[i]) << "reply " << i;
  EXPECT_EQ(one.work, other.work);
  EXPECT_EQ(one.sends, other.sends);
}

/// All digits are others.
std::string all_wrong(std::string code) {
  for (char& digit : code) digit = digit == '9' ? '0' : static_cast<char>(digit + 1);
  return code;
}
FlowView to_target(Observer& o) {
  const FlowView flow = identified(o);
  return o.noted(o.service->set_target(flow, {victim}, o.call)).value();
}

const Codes all_codes[] = {
    {"OneDigitWrongOrAll", add_eve,
     [](Observer& o, bool other) {
       const FlowView flow = to_target(o);
       const std::string code = o.code_at(victim);
       o.note(o.service->prove_target(flow, other ? all_wrong(code) : wrong(code), o.call));
     }},
    {"TooShortTooLongOrWrong", add_eve,
     [](Observer& o, bool other) {
       const FlowView flow = to_target(o);
       const std::string code = o.code_at(victim);
       o.note(o.service->prove_target(flow, other ? code.substr(0, 5) : wrong(code), o.call));
       o.note(o.service->prove_target(flow, other ? code + "0" : wrong(code), o.call));
       o.note(o.service->prove_target(flow, other ? "" : wrong(code), o.call));
     }},
    {"TheOtherRolesCodeOrAnyWrongOne", add_eve,
     [](Observer& o, bool other) {
       const FlowView flow = to_target(o);
       const std::string identity = o.code_at(eves_phone);
       const std::string code = o.code_at(victim);
       ASSERT_NE(identity, code);
       o.note(o.service->prove_target(flow, other ? identity : wrong(code), o.call));
     }},
    {"TheVoidCodeOrAnyWrongOne", add_eve,
     [](Observer& o, bool other) {
       const FlowView flow = to_target(o);
       const std::string old = o.code_at(victim);
       o.world.clock.advance(minute_ms);
       o.note(o.service->resend(flow, o.call));
       const std::string code = o.code_at(victim);
       ASSERT_NE(old, code);
       o.note(o.service->prove_target(flow, other ? old : wrong(code), o.call));
     }},
    {"TheRightOrAWrongCodeTooLate", add_eve,
     [](Observer& o, bool other) {
       const FlowView flow = to_target(o);
       const std::string code = o.code_at(victim);
       o.world.clock.advance(5 * minute_ms);
       o.note(o.service->prove_target(flow, other ? code : wrong(code), o.call));
     }},
    {"TheRightOrAWrongCodeWhileAWaitRunsAndAfterIt", add_eve,
     [](Observer& o, bool other) {
       const FlowView flow = to_target(o);
       const std::string code = o.code_at(victim);
       for (int i = 0; i < 5; ++i) o.note(o.service->prove_target(flow, wrong(code), o.call));
       o.note(o.service->prove_target(flow, other ? code : wrong(code), o.call));
       o.world.clock.advance(30 * second_ms);
       o.note(o.service->prove_target(flow, other ? code : wrong(code), o.call));
     }},
    {"TheRightOrAWrongCodeInAnotherSession", add_eve,
     [](Observer& o, bool other) {
       const FlowView flow = to_target(o);
       const std::string code = o.code_at(victim);
       o.note(o.service->prove_target(flow, other ? code : wrong(code), {.session = "another"}));
     }},
    {"TheRightOrAWrongCodeOnceTheAccountIsLocked", add_eve,
     [](Observer& o, bool other) {
       const FlowView flow = to_target(o);
       const std::string code = o.code_at(victim);
       Account account = o.world.account("eve");
       account.status = AccountStatus::locked;
       o.world.put(account);
       o.note(o.service->prove_target(flow, other ? code : wrong(code), o.call));
     }},
    {"AnotherCodeUnderARequestIdThatWasAnswered", add_eve,
     [](Observer& o, bool other) {
       const FlowView flow = to_target(o);
       const std::string code = o.code_at(victim);
       Call call = o.call;
       call.request_id = "r1";
       o.note(o.service->prove_target(flow, wrong(code), call));
       o.note(o.service->prove_target(flow, other ? code : all_wrong(code), call));
     }},
};

INSTANTIATE_TEST_SUITE_P(Codes, EnumerationOfCodes, ::testing::ValuesIn(all_codes),
                         [](const auto& instance) { return std::string(instance.param.name); });

// --- The comparison sees what differs.

TEST(EnumerationComparison, SeesWhatTheProofTells) {
  const Pair pair{"", add_eve, holder, nothing, [](Observer& o) { prove_phone(o); }};
  const Observed held = observe(pair, pair.one);
  const Observed free = observe(pair, pair.other);
  EXPECT_NE(held.replies, free.replies) << "login is told after the proof";
  EXPECT_NE(held.sends, free.sends) << "and the host hears of it";
  EXPECT_EQ(held.work, free.work);
}

TEST(EnumerationComparison, SeesWorkThatOnlyOneOfTheTwoCauses) {
  // Answered alike, but one of the two was charged for.
  const auto with = [](bool charged) {
    return Pair{"", add_eve, nothing, nothing, [charged](Observer& o) {
                  const FlowView flow = to_target(o);
                  const std::string code = o.code_at(victim);
                  if (charged) {
                    EXPECT_TRUE(o.service->prove_target(flow, wrong(code), o.call));
                  }
                }};
  };
  const Observed charged = observe(with(true), nothing);
  const Observed not_charged = observe(with(false), nothing);
  EXPECT_EQ(charged.replies, not_charged.replies);
  EXPECT_NE(charged.work, not_charged.work);
}

TEST(EnumerationComparison, SeesALimitThatAStrangerShares) {
  // The one thing of a number that is told to whoever asks, by the rules: that too many codes went
  // there within the last minutes, whoever asked for them (R19, A21).
  const auto flooded = [](World& w) {
    w.add("holder", World::phone, "").value();
    const FlowView flow = w.targeted("holder", victim);
    for (int i = 0; i < 4; ++i) {
      w.clock.advance(minute_ms);
      w.service->resend(flow, w.call).value();
    }
    w.clock.advance(-4 * minute_ms);
  };
  const Pair pair{"", add_eve, flooded, nothing, [](Observer& o) {
                    const FlowView flow = identified(o);
                    o.note(o.service->set_target(flow, {victim}, o.call));
                  }};
  EXPECT_NE(observe(pair, pair.one).replies, observe(pair, pair.other).replies);
}

TEST(EnumerationComparison, HasTwentyPairsAndMore) {
  EXPECT_GE(std::size(all_pairs) + std::size(all_codes), 20U);
}

}  // namespace
}  // namespace ringfence
