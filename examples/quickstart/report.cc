#include "report.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <map>

#include "printable.h"
#include "ringfence/model/policy.h"

namespace demo {
namespace {

namespace rf = ringfence;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string shown(const rf::Badge& badge) {
  return badge.usable ? "yes" : "no (" + std::string(name(badge.reason)) + ")";
}

std::string purposes(const rf::ChannelSettings& phone) {
  if (!phone.verification.usable) return "nothing: " + std::string(name(phone.verification.reason));
  if (phone.login.usable) return "verification and login";
  return "verification only: " + std::string(name(phone.login.reason));
}

class TextReport final : public Report {
 public:
  explicit TextReport(std::ostream& out) : out_(out) {}

  void row_begins(const ChangeRow& row) override {
    out_ << "\nline " << row.line << ": " << printable(row.account_id)
         << " asks for the security phone " << quoted(row.new_phone.text)
         << (row.new_phone.region.empty() ? "" : " (" + printable(row.new_phone.region) + ")")
         << ", identity by " << name(row.method) << '\n';
    step_ = 0;
  }
  void settings(const rf::SecuritySettings& settings) override {
    step(1, std::string(name(settings.kind)) + " account, " + std::string(name(settings.status)));
    print_settings(out_, settings);
    out_ << "      identity by: " << offered_methods(settings) << '\n';
  }
  void step(int number, std::string_view what) override {
    constexpr std::array<std::string_view, 5> titles = {"", "1 settings", "2 identity",
                                                        "3 new number", "4 result"};
    const std::string_view title =
        number == step_ ? "" : titles.at(static_cast<std::size_t>(number));
    out_ << "  " << padded(std::string(title), 14) << what << '\n' << std::flush;
    step_ = number;
  }
  void row_ends(const ChangeRow&, const Ended& ended) override {
    ++counts_[ended.outcome];
    if (ended.settings) {
      step(4, ended.refusal             ? "unchanged"
              : ended.outcome == "done" ? "changed"
                                        : "changed by a former request");
      print_settings(out_, *ended.settings);
    }
    if (ended.refusal) {
      out_ << "  = refused: " << explain(*ended.refusal) << '\n' << std::flush;
    } else if (ended.settings) {
      out_ << "  = " << ended.outcome << ": " << ended.phone << " serves for "
           << purposes(ended.settings->phone()) << '\n'
           << std::flush;
    }
  }
  void bad_row(const ChangeRow& row) override {
    ++counts_["bad_row"];
    out_ << "\nline " << row.line << ": bad_row\n";
  }
  void all_ended() override {
    int total = 0;
    std::string list;
    for (const auto& [outcome, count] : counts_) {
      total += count;
      list += (list.empty() ? ": " : ", ") + std::to_string(count) + ' ' + outcome;
    }
    out_ << '\n' << total << (total == 1 ? " change" : " changes") << list << std::endl;
  }

 private:
  std::ostream& out_;
  int step_ = 0;
  std::map<std::string, int> counts_;
};

}  // namespace

void print_settings(std::ostream& out, const rf::SecuritySettings& settings) {
  std::size_t masked = 0;
  std::size_t verification = 0;
  for (const rf::ChannelSettings& channel : settings.channels) {
    masked = std::max(masked, channel.masked.size());
    verification = std::max(verification, shown(channel.verification).size());
  }
  for (const rf::ChannelSettings& channel : settings.channels) {
    out << "      " << padded(std::string(name(channel.kind)), 5) << "  "
        << padded(channel.masked, masked) << "  verification "
        << padded(shown(channel.verification), verification) << "  login " << shown(channel.login)
        << '\n';
  }
}

std::string offered_methods(const rf::SecuritySettings& settings) {
  if (settings.kind == rf::AccountKind::federated)
    return "none, the account is managed at " + settings.managed_at;
  std::string yes;
  std::string no;
  for (const rf::ChannelSettings& channel : settings.channels) {
    std::string& list = channel.verification.usable ? yes : no;
    list += (list.empty() ? "" : ", ") + std::string(name(channel.kind));
    if (!channel.verification.usable)
      list += " (" + std::string(name(channel.verification.reason)) + ")";
    if (channel.verification.usable && channel.limited_until)
      list += " (limited until " + utc(*channel.limited_until) + ")";
  }
  return (yes.empty() ? "none" : yes) + (no.empty() ? "" : "; not offered: " + no);
}

std::string explain(const rf::Failure& refusal) {
  std::string out(name(refusal.code));
  if (refusal.retry_at) out += " until " + utc(*refusal.retry_at);
  if (!refusal.text.empty()) out += ": " + refusal.text;
  if (!refusal.link.empty()) out += "; go to " + refusal.link;
  return out;
}

std::string utc(rf::TimeMs time) {
  const auto seconds = static_cast<std::time_t>(time / rf::second_ms);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::unique_ptr<Report> make_text_report(std::ostream& out) {
  return std::make_unique<TextReport>(out);
}

}  // namespace demo
