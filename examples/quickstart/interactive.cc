#include "interactive.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "printable.h"
#include "report.h"

namespace demo {
namespace {

namespace rf = ringfence;

constexpr const char* session = "demo:terminal";

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

class Conversation {
 public:
  Conversation(Host& host, const Accounts& accounts, std::istream& in, std::ostream& out)
      : host_(host), accounts_(accounts), in_(in), out_(out) {}

  rf::result<void> run() {
    const auto account = ask_account();
    if (!account) return left();
    RF_TRY(before, host_.service().settings(*account));
    show("Security settings now:", before);
    RF_TRY(begun, begin(before));
    if (!begun) return left();
    while (flow_.step != rf::FlowStep::done) {
      RF_TRY(answered, answer());
      if (!answered) {
        // Should this fail, the flow ends by itself.
        static_cast<void>(host_.service().cancel(flow_, call()));
        return left();
      }
      RF_TRY_VOID(host_.deliver());
    }
    RF_TRY(after, host_.service().settings(*account));
    show("Security settings after the change:", after);
    out_ << "The new phone serves for "
         << (flow_.changed().usable_for_login ? "verification and login.\n"
                                              : "verification only.\n");
    return rf::ok();
  }

 private:
  rf::Call call() const { return {.session = session}; }

  rf::result<void> left() {
    out_ << "\nCancelled; nothing was changed.\n";
    return rf::ok();
  }

  /// The answer; nothing on Ctrl-D.
  std::optional<std::string> ask(const std::string& question) {
    out_ << question << std::flush;
    std::string answer;
    if (!std::getline(in_, answer)) return std::nullopt;
    return trimmed(answer);
  }

  void show(const char* title, const rf::SecuritySettings& settings) {
    out_ << '\n' << title << '\n';
    print_settings(out_, settings);
    out_ << "      identity by: " << offered_methods(settings) << "\n\n";
  }

  std::optional<rf::AccountKey> ask_account() {
    const auto& by_id = accounts_.by_id;
    if (by_id.size() == 1) return rf::AccountKey{.realm = "", .id = by_id.begin()->first};
    if (by_id.empty()) {
      out_ << "There is no account.\n";
      return std::nullopt;
    }
    std::string list;
    for (const auto& [id, known] : by_id) list += (list.empty() ? "" : "; ") + printable(id);
    out_ << "Accounts: " << list << '\n';
    for (;;) {
      const auto id = ask("Account: ");
      if (!id) return std::nullopt;
      if (by_id.count(*id) != 0) return rf::AccountKey{.realm = "", .id = *id};
      out_ << "There is no account " << quoted(*id) << ".\n";
    }
  }

  /// Step 2. Returns false if no flow begins: on Ctrl-D, or when nothing but help from outside
  /// leads on.
  rf::result<bool> begin(const rf::SecuritySettings& settings) {
    // Where no method is usable there is nothing to choose: the refusal tells the way on.
    const bool choice =
        settings.kind == rf::AccountKind::standalone &&
        std::any_of(settings.channels.begin(), settings.channels.end(),
                    [](const rf::ChannelSettings& channel) { return channel.verification.usable; });
    for (;;) {
      const auto method = choice ? ask("Prove who you are by phone or email? ") : "phone";
      if (!method) return false;
      if (*method != "phone" && *method != "email") {
        out_ << "Type phone or email; Ctrl-D leaves.\n";
        continue;
      }
      auto begun = host_.service().begin_change_phone(
          settings.account, *method == "phone" ? rf::Method::phone : rf::Method::email, call());
      if (begun) {
        flow_ = std::move(begun).value();
        RF_TRY_VOID(host_.deliver());
        return true;
      }
      if (is_set_up_fault(begun.error())) return begun.error();
      out_ << "Refused: " << explain(begun.error()) << '\n';
      if (begun.error().next == rf::NextStep::contact_support) return false;
    }
  }

  /// One question of a flow that has begun. A refusal is told and leaves the flow where it is.
  /// Returns false on Ctrl-D, and when the flow is over.
  rf::result<bool> answer() {
    auto answered = flow_.step == rf::FlowStep::set_target       ? ask_number()
                    : flow_.step == rf::FlowStep::confirm_target ? ask_consent()
                                                                 : ask_code();
    if (answered || is_set_up_fault(answered.error())) return answered;
    out_ << "Refused: " << explain(answered.error()) << '\n';
    return answered.error().next == rf::NextStep::fix_input ||
           answered.error().next == rf::NextStep::wait;
  }

  /// Step 3. Returns false on Ctrl-D.
  rf::result<bool> ask_number() {
    const auto known = accounts_.by_id.find(flow_.handle.account.id);
    std::string region = known == accounts_.by_id.end() ? "" : known->second.region;
    const auto number = ask("New security phone: ");
    if (!number) return false;
    const auto other = ask("Country it is written in [" + printable(region) + "]: ");
    if (!other) return false;
    if (!other->empty()) region = *other;
    RF_TRY(sent, host_.service().set_target(flow_, {*number, region}, call()));
    flow_ = sent;
    return true;
  }

  /// Steps 2 and 4. Returns false on Ctrl-D.
  rf::result<bool> ask_code() {
    const bool target = flow_.step == rf::FlowStep::prove_target;
    const auto code = ask("Code sent to " + flow_.sent_to +
                          (target ? " (or: again, other)" : " (or: again)") + ": ");
    if (!code) return false;
    if (code->empty()) return true;
    if (target && *code == "other") return ask_number();
    if (*code == "again") {
      RF_TRY(sent, host_.service().resend(flow_, call()));
      flow_ = sent;
      return true;
    }
    RF_TRY(proven, target ? host_.service().prove_target(flow_, *code, call(),
                                                         {.accept_verification_only = false})
                          : host_.service().prove_identity(flow_, *code, call()));
    flow_ = proven;
    if (flow_.verdict == rf::Verdict::rejected) {
      out_ << "Wrong code; " << flow_.tries_left
           << (flow_.tries_left == 1 ? " try is left." : " tries are left.");
      if (flow_.tries_left == 0) out_ << " \"again\" sends a new code.";
      if (flow_.limited_until) out_ << " Wait until " << utc(*flow_.limited_until) << '.';
      out_ << '\n';
    } else if (flow_.verdict == rf::Verdict::no_live_code) {
      out_ << "No code is live any more; \"again\" sends one.\n";
    }
    return true;
  }

  /// The number is proven, and another account is associated with it. Returns false on Ctrl-D.
  rf::result<bool> ask_consent() {
    const auto consent =
        ask("Another account uses this number: here it would serve for verification only. Take it? "
            "(yes, other) ");
    if (!consent) return false;
    if (*consent == "other") return ask_number();
    if (*consent == "yes") {
      RF_TRY(done, host_.service().confirm_target(flow_, call()));
      flow_ = done;
    }
    return true;
  }

  Host& host_;
  const Accounts& accounts_;
  std::istream& in_;
  std::ostream& out_;
  rf::FlowView flow_;
};

}  // namespace

rf::result<void> run_interactive(Host& host, const Accounts& accounts, std::istream& in,
                                 std::ostream& out) {
  return Conversation(host, accounts, in, out).run();
}

}  // namespace demo
