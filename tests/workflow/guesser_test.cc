// Somebody who cannot read the codes guesses them, with every trick there is, against the default
// policy: docs/guessing.md. A01, A02, A04, R04, R05, R06, R19.
#include <array>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <sstream>

#include "ringfence/workflow.h"
#include "support/guess_ledger.h"
#include "support/world.h"

namespace ringfence {
namespace {

using testing_support::at_least;
using testing_support::at_most;
using testing_support::five_sigma;
using testing_support::GuessLedger;
using testing_support::GuessTotals;
using testing_support::one_key_ring;

std::uint64_t setting(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// What a host or a store might do wrong. Planted to see that the ledger notices.
enum class Weakness : std::uint8_t {
  none,
  charges_are_dropped,       ///< The verdict is told, the commit that charged for it is lost.
  tries_are_not_counted,     ///< A code's tries do not reach the store.
  failures_are_not_counted,  ///< Nor the account's.
  locks_are_not_stored,      ///< Nor that it is locked.
  losers_are_told,           ///< Of decisions on the same records, those that lost reveal theirs.
  target_sends_are_lost,     ///< The sends to a target do not reach the store.
  own_sends_are_lost,        ///< Nor those to an own channel.
  account_sends_are_lost,    ///< Nor those of an account to targets.
  source_sends_are_lost,     ///< Nor those of a source.
  codes_leak_now_and_then,   ///< One guess in a thousand is right.
  half_of_the_digits_are_known,  ///< The attacker knows the first three.
};

/// Records in a map, one commit after another, versions checked.
class MapHolder {
 public:
  Records load(const std::function<std::vector<Key>(const Records&)>& needs) const {
    Records loaded;
    for (auto wanted = needs(loaded); !wanted.empty(); wanted = needs(loaded)) {
      std::vector<Loaded> found;
      found.reserve(wanted.size());
      for (Key& key : wanted) {
        const auto at = records_.find(key);
        if (at == records_.end()) {
          found.push_back({std::move(key)});
        } else {
          found.push_back({std::move(key), at->second.version, at->second.record});
        }
      }
      loaded.add(std::move(found));
    }
    return loaded;
  }
  CommitOutcome commit(const ChangeSet& change) {
    for (const ChangeSet::Expect& expect : change.expects) {
      const auto at = records_.find(expect.key);
      if ((at == records_.end() ? 0 : at->second.version) != expect.version)
        return CommitOutcome::conflict;
    }
    for (const ChangeSet::Put& put : change.puts)
      records_.insert_or_assign(key_of(put.record), put);
    return CommitOutcome::committed;
  }
  template <class T>
  T* get(const Key& key) {
    const auto at = records_.find(key);
    return at == records_.end() ? nullptr : std::get_if<T>(&at->second.record);
  }
  void clear() { records_.clear(); }

 private:
  std::map<Key, ChangeSet::Put> records_;
};

/// The attacker, and the world attacked. Accounts and addresses come in campaigns: each is guessed
/// at until its accounts are locked for good, one guess was right, or the campaign is long enough.
class Guesser {
 public:
  explicit Guesser(std::uint64_t seed, Weakness weakness = Weakness::none)
      : weakness_(weakness), random_(seed) {}

  /// Until so many codes were issued.
  void run(std::uint64_t codes) {
    while (ledger.totals.codes < codes) campaign();
  }

  GuessLedger ledger;
  std::uint64_t campaigns = 0;
  std::uint64_t lost_races = 0;    ///< Decisions of which another one won.
  std::uint64_t rolled_back = 0;   ///< Decisions whose commit was refused by the store.
  std::uint64_t repeats = 0;       ///< Guesses under a request id that was answered before.
  std::uint64_t owner_proofs = 0;  ///< The owner proved something meanwhile.
  std::uint64_t unlocks = 0;       ///< By the host.
  std::uint64_t appeals = 0;       ///< Approved; the account is locked.
  std::uint64_t foreign = 0;       ///< Guesses in a session that did not begin the flow.
  std::uint64_t forgotten = 0;     ///< Counts of targets that were pushed out.
  std::uint64_t undisturbed = 0;   ///< Stolen accounts that nobody but the attacker touched, …
  std::uint64_t taken_over = 0;    ///< … and those of them in which a guess was right.

 private:
  enum class Aim : std::uint8_t {
    identity,  ///< A stolen session: prove identity through a channel that is not the attacker's.
    claim,     ///< The same, and the login with both channels can be claimed.
    unproven,  ///< An account with nothing verified: prove its phone or email.
    target,    ///< The attacker's own accounts: prove numbers that are not the attacker's.
    spray,     ///< Few guesses each at many accounts, all from one source.
  };
  /// A flow as the attacker saw it last.
  struct Seen {
    Call call;
    FlowView view;
  };

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(std::uint64_t of) { return below(of) == 0; }
  Seed seed() {
    Seed out;
    for (std::size_t i = 0; i < 32; i += 8) {
      const std::uint64_t drawn = random_();
      for (std::size_t j = 0; j < 8; ++j)
        out.reveal()[i + j] = static_cast<std::uint8_t>(drawn >> (8 * j));
    }
    return out;
  }
  Address phone(std::uint64_t number) const {
    return PhoneNumber::from_e164("+8613" + std::to_string(100'000'000 + number), 2).value();
  }
  Address email(std::uint64_t number) const {
    return EmailAddress::from_canonical("u" + std::to_string(number) + "@example.com").value();
  }

  // --- The seam.

  template <class Reply>
  Decision<Reply> decide(const Step<Reply>& step) {
    const Records records = holder_.load([&](const Records& loaded) { return step.needs(loaded); });
    return step.decide(records, Context{policy_, *keys_, now_, seed()});
  }
  /// Commits, and enters in the ledger what was issued.
  CommitOutcome commit(const ChangeSet& change, const std::string& source) {
    if (change.empty()) return CommitOutcome::committed;
    const ChangeSet weak = weakness_ == Weakness::none ? change : weakened(change);
    const CommitOutcome outcome = holder_.commit(weak);
    if (outcome != CommitOutcome::committed) return outcome;
    for (const Message& message : change.messages) {
      if (message.kind != MessageKind::code) continue;
      const Account& account = *holder_.get<Account>(message.account);
      const Flow& flow = *find_flow(account, message.flow);
      const SecretText right =
          workflow::derive_code(account.key, flow, message.role, *flow.challenge, *keys_).value();
      ledger.issued(account, {message.flow, message.generation},
                    {.account = account.key,
                     .role = message.role,
                     .destination = *message.destination,
                     .right = std::string(right.reveal()),
                     .sent_at = now_},
                    source);
    }
    return outcome;
  }
  template <class Reply>
  result<Reply> take(const Step<Reply>& step, const std::string& source = "") {
    const Decision<Reply> decision = decide(step);
    return decision.conclude(commit(decision.change(), source));
  }
  static const Flow* find_flow(const Account& account, const Id128& id) {
    for (const Flow& flow : account.flows) {
      if (flow.id == id) return &flow;
    }
    return nullptr;
  }

  ChangeSet weakened(ChangeSet change) {
    for (ChangeSet::Put& put : change.puts) {
      if (auto* account = std::get_if<Account>(&put.record)) {
        if (weakness_ == Weakness::tries_are_not_counted) {
          for (Flow& flow : account->flows) {
            if (flow.challenge) flow.challenge->tries_used = 0;
          }
        }
        if (weakness_ == Weakness::failures_are_not_counted) account->failures.clear();
        if (weakness_ == Weakness::locks_are_not_stored) account->status = AccountStatus::active;
        if (weakness_ == Weakness::own_sends_are_lost) account->own_sends = {};
        if (weakness_ == Weakness::account_sends_are_lost) account->target_sends.clear();
      }
      if (auto* entry = std::get_if<AddressEntry>(&put.record);
          entry != nullptr && weakness_ == Weakness::target_sends_are_lost) {
        entry->sends.clear();
      }
      if (auto* source = std::get_if<Source>(&put.record);
          source != nullptr && weakness_ == Weakness::source_sends_are_lost) {
        source->sends.clear();
      }
    }
    return change;
  }

  // --- Guesses.

  Step<FlowView> presents(const Seen& seen, const std::string& code, const Call& call) const {
    return seen.view.step == FlowStep::prove_identity
               ? workflow::prove_identity(seen.view.handle, SecretText(code), call)
               : workflow::prove_target(seen.view.handle, SecretText(code), call);
  }
  /// The code the flow waits for, as stored.
  std::optional<GuessLedger::CodeName> waits_for(const FlowHandle& handle) {
    const auto* account = holder_.get<Account>(handle.account);
    const Flow* flow = account == nullptr ? nullptr : find_flow(*account, handle.flow);
    if (flow == nullptr || !flow->challenge) return std::nullopt;
    return GuessLedger::CodeName{flow->id, flow->challenge->generation};
  }
  /// Digits not tried yet with this code: a second time would be wasted.
  std::string digits(const FlowHandle& handle, const std::set<std::string>& planned = {}) {
    const auto name = waits_for(handle);
    const GuessLedger::Code* code = name ? ledger.find(*name) : nullptr;
    if (code != nullptr && weakness_ == Weakness::codes_leak_now_and_then && chance(1000))
      return code->right;
    for (;;) {
      std::string guess =
          std::to_string(1'000'000 + (chance(4) ? favourite_++ : below(1'000'000)) % 1'000'000)
              .substr(1);
      // A code that was read serves nowhere else, but may be tried (A06, A07).
      if (!read_.empty() && chance(8)) guess = read_;
      if (code != nullptr && weakness_ == Weakness::half_of_the_digits_are_known)
        guess.replace(0, 3, code->right, 0, 3);
      if ((code == nullptr || !code->tried.contains(guess)) && !planned.contains(guess))
        return guess;
    }
  }

  /// One guess that was decided, to be committed now.
  struct Pending {
    std::string guess;
    Decision<FlowView> decision;
  };
  Pending decided(const Seen& seen, const std::string& guess, const Call& call) {
    return {guess, decide(presents(seen, guess, call))};
  }
  enum class Ended : std::uint8_t {
    lost,     ///< Not committed.
    refused,  ///< Or no code was live: no verdict.
    judged,
  };
  Ended conclude(Seen& seen, const Pending& pending, const Call& call, bool by_owner = false) {
    const auto name = waits_for(seen.view.handle);
    CommitOutcome outcome = CommitOutcome::unavailable;
    if (!by_owner && chance(200)) {
      ++rolled_back;
    } else if (weakness_ == Weakness::charges_are_dropped) {
      outcome = CommitOutcome::committed;
    } else {
      note_forgotten(seen, pending.decision.change());
      outcome = commit(pending.decision.change(), call.source);
    }
    lost_races += outcome == CommitOutcome::conflict;
    const bool told = weakness_ == Weakness::losers_are_told;
    const result<FlowView> reply =
        pending.decision.conclude(told ? CommitOutcome::committed : outcome);
    if (outcome != CommitOutcome::committed && reply)
      ledger.violated("a decision that was not committed reveals its reply");
    const bool verdict = reply && !reply.value().repeated &&
                         (reply.value().verdict == Verdict::rejected || reply.value().accepted());
    if (verdict && name) {
      ledger.judged(*name, pending.guess, reply.value().accepted(), by_owner,
                    *holder_.get<Account>(seen.view.handle.account), now_);
      if (reply.value().accepted() && !by_owner) won_ = true;
    } else if (verdict) {
      ledger.violated("a verdict on a code that was never issued");
    }
    if (outcome != CommitOutcome::committed) return Ended::lost;
    noted(seen, reply);
    return verdict ? Ended::judged : Ended::refused;
  }
  /// Counts of targets that make room for another one.
  void note_forgotten(const Seen& seen, const ChangeSet& change) {
    const auto* before = holder_.get<Account>(seen.view.handle.account);
    if (before == nullptr || before->failures.size() < Account::max_failure_counts) return;
    for (const ChangeSet::Put& put : change.puts) {
      const auto* after = std::get_if<Account>(&put.record);
      if (after == nullptr || after->failures.size() < before->failures.size()) continue;
      for (const FailureCount& one : before->failures) {
        if (one.role != Role::target ||
            workflow::find_failures(*after, one.role, one.address) != nullptr)
          continue;
        ledger.forgotten(before->key, one.role, one.address);
        ++forgotten;
      }
    }
  }

  void guess(Seen& seen) {
    if (chance(12)) return guess_in_parallel(seen);
    if (chance(40)) return guess_again_under_one_request(seen);
    if (chance(50)) {
      ++foreign;
      Call other = seen.call;
      other.session = "another";
      if (take(presents(seen, digits(seen.view.handle), other)))
        ledger.violated("a session that did not begin the flow gets an answer");
    }
    conclude(seen, decided(seen, digits(seen.view.handle), seen.call), seen.call);
  }
  /// Many decisions on the same records; one wins, the others have to decide again (A02).
  void guess_in_parallel(Seen& seen) {
    std::vector<Pending> pending;
    std::set<std::string> planned;
    for (std::uint64_t i = 2 + below(6); i > 0; --i) {
      planned.insert(digits(seen.view.handle, planned));
    }
    for (const std::string& guess : planned) pending.push_back(decided(seen, guess, seen.call));
    for (const Pending& one : pending) {
      if (won_) return;
      if (conclude(seen, one, seen.call) == Ended::lost && !won_)
        conclude(seen, decided(seen, one.guess, seen.call), seen.call);
    }
  }
  /// The same request id with other digits: the first answer again, and nothing new (A02).
  void guess_again_under_one_request(Seen& seen) {
    Call call = seen.call;
    call.request_id = "r" + std::to_string(random_());
    const Seen asked = seen;  // a right guess moves the flow on; the request stays what it was
    const Pending pending = decided(seen, digits(seen.view.handle), call);
    if (conclude(seen, pending, call) != Ended::judged) return;
    const FlowView first = seen.view;
    for (int i = 0; i < 3; ++i) {
      ++repeats;
      const auto again = take(presents(asked, digits(seen.view.handle), call));
      if (!again || !again.value().repeated || again.value().verdict != first.verdict)
        ledger.violated("a request that was answered gets another answer");
    }
  }

  /// Remembers what a reply says; forgets flows that are no more.
  void noted(Seen& seen, const result<FlowView>& reply) {
    if (!reply) {
      const Failure& refusal = reply.error();
      if (refusal.retry_at) return wait_for(*refusal.retry_at);
      if (refusal.code != ErrorCode::busy && refusal.code != ErrorCode::store_unavailable)
        seen.view.step = FlowStep::failed;
      return fruitless();
    }
    seen.view = reply.value();
    if (seen.view.limited_until) wait_for(*seen.view.limited_until);
  }
  void wait_for(TimeMs time) {
    earliest_ = std::min(earliest_, time);
    fruitless();
  }
  void fruitless() { ++fruitless_; }
  void wait() {
    fruitless_ = 0;
    TimeMs next = earliest_ > now_ && earliest_ < now_ + day_ms ? earliest_ : now_ + minute_ms;
    if (chance(10)) --next;  // a moment too early: the next tries must still be refused
    now_ = std::max(now_, next);
    earliest_ = never;
  }

  // --- Campaigns.

  void campaign() {
    ++campaigns;
    holder_.clear();
    ledger.turn_page();
    flows_.clear();
    accounts_.clear();
    read_.clear();
    won_ = false;
    disturbed_ = false;
    fruitless_ = 0;
    earliest_ = never;
    now_ += 3 * day_ms;
    const std::uint64_t dice = below(100);
    aim_ = dice < 50   ? Aim::identity
           : dice < 60 ? Aim::claim
           : dice < 70 ? Aim::unproven
           : dice < 95 ? Aim::target
                       : Aim::spray;
    calm_ = chance(2);  // neither the owner nor the host does anything
    mercy_ = calm_ ? 0 : static_cast<int>(below(4));
    targets_ = aim_ != Aim::target ? 0 : chance(2) ? 1 : chance(2) ? 3 : 24;
    people();
    const std::uint64_t most = ledger.totals.codes + 300;
    while (!won_ && !accounts_.empty() && ledger.totals.codes < most) act();
    if (aim_ == Aim::identity && !disturbed_ && (won_ || accounts_.empty())) {
      ++undisturbed;
      taken_over += won_;
    }
  }
  void people() {
    const bool proven = aim_ != Aim::unproven;
    const std::uint64_t count = aim_ == Aim::spray                      ? 40
                                : aim_ == Aim::target && targets_ != 24 ? 1 + below(3)
                                                                        : 1;
    const auto enter = [&](const std::string& id, std::uint64_t number) {
      const TimeMs at = proven ? now_ - day_ms : 0;
      take(workflow::register_account({.key = {"", id},
                                       .phone = {phone(number), at},
                                       .email = workflow::NewChannel{email(number), at}}))
          .value();
    };
    if (aim_ == Aim::claim) enter("first", 1);  // has the login with both, and is not attacked
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string id = "u" + std::to_string(i);
      enter(id, aim_ == Aim::claim ? 1 : 1 + i);
      accounts_.push_back({"", id});
    }
  }

  void act() {
    if (fruitless_ >= 2) wait();
    const AccountKey key = accounts_[below(accounts_.size())];
    const auto* account = holder_.get<Account>(key);
    if (account->status == AccountStatus::locked && !appealed_.contains(key)) return locked(key);
    std::erase_if(flows_, [](const Seen& seen) { return seen.view.expires_at == 0; });
    if (flows_.size() > 12) flows_.erase(flows_.begin());
    const std::uint64_t dice = below(100);
    if (dice == 0 && !calm_ && aim_ != Aim::target && aim_ != Aim::unproven) return owner(key);
    if (dice < 12 && !flows_.empty()) {
      Seen& some = flows_[below(flows_.size())];
      if (dice < 3) {
        noted(some, take(workflow::cancel(some.view.handle, some.call)));
        some.view.expires_at = 0;
        return;
      }
      if (dice < 8) return resend(some);
      return guess(some);  // live or not
    }
    for (Seen& seen : flows_) {
      if (seen.view.handle.account == key && guessable(seen)) return guess(seen);
    }
    if (aim_ == Aim::target) return aim_at_target(key);
    if (!flows_.empty() && chance(2)) return resend(flows_[below(flows_.size())]);
    begin(key);
  }
  /// By the attacker's own count: what the view says of the tries left is not believed.
  bool guessable(const Seen& seen) {
    if (seen.view.code_expires_at <= now_ && seen.view.tries_left > 0) return false;
    if (seen.view.limited_until && *seen.view.limited_until > now_) return false;
    if (readable(seen)) return false;
    const auto name = waits_for(seen.view.handle);
    const GuessLedger::Code* code = name ? ledger.find(*name) : nullptr;
    return code != nullptr && now_ < code->sent_at + 5 * minute_ms &&
           (code->judged < 5 || chance(10));
  }
  /// Whether the attacker gets the flow's present code: own accounts' channels.
  bool readable(const Seen& seen) const {
    return aim_ == Aim::target && seen.view.step == FlowStep::prove_identity;
  }
  void resend(Seen& seen) {
    noted(seen, take(workflow::resend(seen.view.handle, seen.call), seen.call.source));
  }

  Call some_call() {
    return {.session = "s" + std::to_string(below(3)),
            .source = aim_ == Aim::spray ? "192.0.2.1"
                      : chance(2)        ? ""
                                         : "198.51.100." + std::to_string(below(3))};
  }
  void begin(const AccountKey& key) {
    const Call call = some_call();
    const Method method = chance(2) ? Method::phone : Method::email;
    workflow::BeginOptions options{.channel = chance(2) ? Method::phone : Method::email};
    FlowKind kind = FlowKind::change_phone;
    if (appealed_.contains(key)) {
      kind = FlowKind::replace_phone;
    } else if (aim_ == Aim::unproven) {
      kind = FlowKind::verify_channel;
    } else if (aim_ == Aim::claim && chance(2)) {
      kind = FlowKind::claim_login;
    } else if (aim_ == Aim::target || chance(3)) {
      kind = chance(2) ? FlowKind::change_phone : FlowKind::change_email;
    } else {
      kind = FlowKind::confirm_operation;
      options.operation = "op" + std::to_string(below(3));
    }
    Seen seen{.call = call, .view = {}};
    noted(seen, take(workflow::begin(kind, key, method, call, options), call.source));
    if (seen.view.handle.flow.empty()) return;
    std::erase_if(flows_, [&](const Seen& one) {
      return one.view.handle.account == key && one.view.kind == kind &&
             kind != FlowKind::confirm_operation;
    });
    flows_.push_back(std::move(seen));
  }
  /// The attacker's own account: identity is proven with the code that was read, then numbers that
  /// are not the attacker's are set.
  void aim_at_target(const AccountKey& key) {
    for (Seen& seen : flows_) {
      if (seen.view.handle.account != key || seen.view.expires_at <= now_) continue;
      if (seen.view.step == FlowStep::prove_identity) {
        const auto name = waits_for(seen.view.handle);
        const GuessLedger::Code* code = name ? ledger.find(*name) : nullptr;
        if (code == nullptr || seen.view.code_expires_at <= now_) return resend(seen);
        read_ = code->right;
        conclude(seen, decided(seen, read_, seen.call), seen.call, true);
        return;
      }
      if (seen.view.step != FlowStep::set_target && seen.view.step != FlowStep::prove_target)
        continue;
      const std::uint64_t number = 1000 + below(static_cast<std::uint64_t>(targets_));
      const Address target =
          seen.view.channel == ChannelKind::phone ? phone(number) : email(number);
      return noted(
          seen, take(workflow::set_target(seen.view.handle, target, seen.call), seen.call.source));
    }
    begin(key);
  }
  /// The owner proves identity meanwhile, which clears a count (R07).
  void owner(const AccountKey& key) {
    disturbed_ = true;
    Seen seen{.call = {.session = "owner"}, .view = {}};
    const Method method = chance(2) ? Method::phone : Method::email;
    noted(seen, take(workflow::begin(FlowKind::confirm_operation, key, method, seen.call,
                                     {.operation = "owner"})));
    if (seen.view.handle.flow.empty()) return;
    const auto name = waits_for(seen.view.handle);
    if (!name) return;
    conclude(seen, decided(seen, ledger.find(*name)->right, seen.call), seen.call, true);
    owner_proofs += seen.view.accepted();
  }
  void locked(const AccountKey& key) {
    if (mercy_ > 0) {
      --mercy_;
      disturbed_ = true;
      if (aim_ == Aim::target && chance(2)) return appeal(key);
      ++unlocks;
      take(workflow::unlock(key)).value();
      ledger.unlocked(key);
      return;
    }
    std::erase(accounts_, key);
    std::erase_if(flows_, [&](const Seen& seen) { return seen.view.handle.account == key; });
  }
  /// A reviewer lets the attacker replace the phone of the locked account: numbers are guessed at.
  void appeal(const AccountKey& key) {
    const auto opened = take(workflow::submit_appeal(key, {"desk"}));
    if (!opened) return;
    now_ += day_ms;
    if (!take(workflow::decide_appeal(key, {opened.value().id, true, "rita", "case"}))) return;
    ++appeals;
    appealed_.insert(key);
    const TimeMs until = now_ + day_ms;
    for (int i = 0; i < 200 && now_ < until && !won_; ++i) {
      if (fruitless_ >= 2) wait();
      Seen* live = nullptr;
      for (Seen& seen : flows_) {
        if (seen.view.handle.account == key && seen.view.kind == FlowKind::replace_phone &&
            guessable(seen))
          live = &seen;
      }
      std::erase_if(flows_, [&](const Seen& seen) {
        return seen.view.handle.account == key && seen.view.kind != FlowKind::replace_phone;
      });
      if (live != nullptr) {
        guess(*live);
      } else {
        aim_at_target(key);
      }
      std::erase_if(flows_, [](const Seen& seen) { return seen.view.step == FlowStep::failed; });
    }
    appealed_.erase(key);
  }

  static constexpr TimeMs never = TimeMs{1} << 60U;

  const Weakness weakness_;
  std::mt19937_64 random_;
  const Policy policy_ = {};
  const std::shared_ptr<const KeySet> keys_ = one_key_ring()->keys();
  MapHolder holder_;
  TimeMs now_ = 1'800'000'000'000;
  Aim aim_ = Aim::identity;
  bool calm_ = false;
  bool disturbed_ = false;
  bool won_ = false;
  int mercy_ = 0;
  int targets_ = 0;
  int fruitless_ = 0;
  TimeMs earliest_ = never;
  std::uint64_t favourite_ = 123'456;
  std::string read_;
  std::vector<AccountKey> accounts_;
  std::set<AccountKey> appealed_;
  std::vector<Seen> flows_;
};

// --- The bound, as docs/guessing.md computes it from the policy.

struct Bound {
  double by_guess = 0;           ///< The probability that one guess is right.
  int until_lock = 0;            ///< Guesses at an account until it is locked: both channels.
  int until_lock_claimable = 0;  ///< The same if the login with both can be claimed.
  int a_day_own = 0;     ///< Guesses a day at one channel, however often its count is cleared.
  int a_day_target = 0;  ///< At one number as a target, over all accounts of the realm.
  int a_day_source = 0;  ///< From one source.
};

Bound bound_of(const Policy& policy) {
  const auto a_day = [&](const std::vector<Window>& windows) {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const Window& window : windows)
      least = std::min(least, window.count * std::max<TimeMs>(1, day_ms / window.span_ms));
    return static_cast<int>(least) * policy.tries_per_code;
  };
  return {.by_guess = std::pow(10.0, -policy.code_digits),
          .until_lock = 2 * (policy.failures_to_lock - 1) + 1,
          .until_lock_claimable = 4 * (policy.failures_to_lock - 1) + 1,
          .a_day_own = a_day(policy.sends_to_own_channels),
          .a_day_target = a_day(policy.sends_to_target),
          .a_day_source = a_day(policy.sends_by_source)};
}

TEST(GuesserBound, FollowsFromTheDefaultPolicyAndIsWhatTheDocumentationSays) {
  const Bound bound = bound_of(Policy());
  EXPECT_DOUBLE_EQ(bound.by_guess, 1e-6);
  EXPECT_EQ(bound.until_lock, 199);
  EXPECT_EQ(bound.until_lock_claimable, 397);
  EXPECT_EQ(bound.a_day_own, 100);
  EXPECT_EQ(bound.a_day_target, 50);
  EXPECT_EQ(bound.a_day_source, 3600);
  std::ifstream file(std::string(RINGFENCE_SOURCE_DIR) + "/docs/guessing.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const char* said : {"| 199 | 1.99·10⁻⁴ |", "| 397 | 3.97·10⁻⁴ |", "| 100 | 10⁻⁴ |",
                           "| 50 | 5·10⁻⁵ |", "| 3600 | 3.6·10⁻³ |"}) {
    EXPECT_THAT(text.str(), ::testing::HasSubstr(said));
  }
}

/// What is wrong with the rates that were observed; empty if nothing.
std::vector<std::string> unlikely(const Guesser& guesser) {
  const Bound bound = bound_of(Policy());
  const GuessTotals& totals = guesser.ledger.totals;
  std::vector<std::string> out;
  const auto check = [&](const char* what, std::uint64_t count, double mean, bool too_few) {
    if (mean > 0 && at_least(count, mean) < five_sigma)
      out.push_back(std::string("too many ") + what);
    if (mean > 0 && too_few && at_most(count, mean) < five_sigma)
      out.push_back(std::string("too few ") + what);
  };
  const auto guesses = static_cast<double>(totals.guesses);
  check("guesses are right", totals.successes, guesses * bound.by_guess, true);
  check("guesses have the first three digits right", totals.near, guesses * 1e-3, true);
  check("accounts are taken over", guesser.taken_over,
        static_cast<double>(guesser.undisturbed) * bound.until_lock * bound.by_guess, false);
  return out;
}

TEST(Guesser, WithEveryTrickStaysWithinTheDocumentedBound_R04_R05_R06_A01_A02_A04) {
  const std::uint64_t seed = setting("RINGFENCE_SEED", 1);
  const std::uint64_t codes = setting("RINGFENCE_GUESSER_CODES", 150'000);
  std::cout << "RINGFENCE_SEED=" << seed << " RINGFENCE_GUESSER_CODES=" << codes << std::endl;
  Guesser guesser(seed);
  guesser.run(codes);
  const GuessTotals& totals = guesser.ledger.totals;
  const double mean = static_cast<double>(totals.guesses) * 1e-6;
  std::cout << "codes issued              " << totals.codes << "\n"
            << "guesses judged            " << totals.guesses << "\n"
            << "right                     " << totals.successes << "\n"
            << "expected                  " << mean << " (standard deviation " << std::sqrt(mean)
            << ")\n"
            << "first three digits right  " << totals.near << ", expected "
            << static_cast<double>(totals.guesses) * 1e-3 << "\n"
            << "most guesses at a code    " << totals.most_per_code << "\n"
            << "most failures in a row    " << totals.most_failures << "\n"
            << "accounts locked           " << totals.locks << "\n"
            << "stolen, undisturbed       " << guesser.undisturbed << ", of these taken over "
            << guesser.taken_over << ", bound " << static_cast<double>(guesser.undisturbed) * 199e-6
            << "\n"
            << "campaigns                 " << guesser.campaigns << "\n"
            << "lost races, rolled back   " << guesser.lost_races << ", " << guesser.rolled_back
            << "\n"
            << "repeats, other sessions   " << guesser.repeats << ", " << guesser.foreign << "\n"
            << "owner's proofs, unlocks   " << guesser.owner_proofs << ", " << guesser.unlocks
            << "\n"
            << "appeals, counts forgotten " << guesser.appeals << ", " << guesser.forgotten
            << std::endl;
  EXPECT_THAT(guesser.ledger.violations, ::testing::IsEmpty());
  EXPECT_THAT(unlikely(guesser), ::testing::IsEmpty());
  // Every trick was played, and the limits were reached: the attacker is no weakling.
  EXPECT_EQ(totals.most_per_code, 5);
  EXPECT_EQ(totals.most_failures, 100);
  for (const std::uint64_t played :
       {totals.locks, guesser.undisturbed, guesser.lost_races, guesser.rolled_back, guesser.repeats,
        guesser.owner_proofs, guesser.unlocks, guesser.appeals, guesser.foreign,
        guesser.forgotten}) {
    EXPECT_GT(played, 0U);
  }
  EXPECT_GT(static_cast<double>(totals.guesses), 2.5 * static_cast<double>(totals.codes));
}

/// A guesser that has nothing to find proves nothing: each planted weakness is noticed, and by what
/// it breaks.
struct Planted {
  const char* name;
  Weakness weakness;
  const char* noticed;
};
void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.name; }

class GuesserNotices : public ::testing::TestWithParam<Planted> {};

TEST_P(GuesserNotices, APlantedWeakness) {
  Guesser guesser(2, GetParam().weakness);
  guesser.run(20'000);
  std::set<std::string> said = guesser.ledger.violations;
  for (const std::string& what : unlikely(guesser)) said.insert(what);
  EXPECT_THAT(said, ::testing::Contains(GetParam().noticed));
}

const Planted all_planted[] = {
    {"ChargesAreDropped", Weakness::charges_are_dropped, "a sixth verdict on one code"},
    {"TriesAreNotCounted", Weakness::tries_are_not_counted, "a sixth verdict on one code"},
    {"FailuresAreNotCounted", Weakness::failures_are_not_counted,
     "a verdict after a hundred consecutive failures"},
    {"LocksAreNotStored", Weakness::locks_are_not_stored,
     "the hundredth failure does not lock the account"},
    {"LosersAreTold", Weakness::losers_are_told,
     "a decision that was not committed reveals its reply"},
    {"TargetSendsAreLost", Weakness::target_sends_are_lost,
     "more sends than a window allows, by target"},
    {"OwnSendsAreLost", Weakness::own_sends_are_lost, "more sends than a window allows, by own"},
    {"AccountSendsAreLost", Weakness::account_sends_are_lost,
     "more sends than a window allows, by account"},
    {"SourceSendsAreLost", Weakness::source_sends_are_lost,
     "more sends than a window allows, by source"},
    {"CodesLeakNowAndThen", Weakness::codes_leak_now_and_then, "too many guesses are right"},
    {"HalfOfTheDigitsAreKnown", Weakness::half_of_the_digits_are_known,
     "too many guesses have the first three digits right"},
};

INSTANTIATE_TEST_SUITE_P(Guesser, GuesserNotices, ::testing::ValuesIn(all_planted),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace ringfence
