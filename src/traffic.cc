#include "traffic.h"

#include <algorithm>
#include <utility>

#include "ringfence/workflow/limits.h"

namespace ringfence {
namespace {

constexpr std::size_t most_awaited = 10'000;
constexpr std::size_t most_results = 10'000;

bool counts(const Message& message) {
  return message.kind == MessageKind::code && message.destination &&
         message.destination->phone() != nullptr;
}

bool covers(const Budget& budget, const Message& message) {
  return message.destination->text().starts_with(budget.prefix);
}

// Whether the code was given back: its flow has what it was for.
bool proven(const Traffic::Sent& sent, const Account* account) {
  if (account == nullptr) return false;
  for (const Flow& flow : account->flows) {
    if (flow.id != sent.flow) continue;
    return flow.generation == sent.generation &&
           (flow.target_proven_at != 0 || flow.step == FlowStep::done);
  }
  return false;
}

ConversionOptions bounded(ConversionOptions options) {
  options.least_codes = std::clamp(options.least_codes, 0, static_cast<int>(most_results));
  options.least_percent = std::clamp(options.least_percent, 1, 100);
  options.window_ms = std::clamp<TimeMs>(options.window_ms, minute_ms, day_ms);
  options.closed_ms = std::clamp<TimeMs>(options.closed_ms, minute_ms, day_ms);
  return options;
}

}  // namespace

Traffic::Traffic(std::vector<Budget> budgets, const ConversionOptions& conversion)
    : budgets_(std::move(budgets)), conversion_(bounded(conversion)), charges_(budgets_.size()) {
  for (Budget& budget : budgets_) {
    for (Window& window : budget.windows) {
      window.count = std::clamp(window.count, 0, 10'000);
      window.span_ms = std::clamp<TimeMs>(window.span_ms, second_ms, 7 * day_ms);
    }
  }
}

std::optional<Traffic::Hold> Traffic::enter(const Message& message, TimeMs now) {
  if (!counts(message)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (conversion_.least_codes != 0 && message.role == Role::target) {
    Country& country = countries_[message.destination->phone()->country_code()];
    if (country.closed_until > now + conversion_.closed_ms) country.closed_until = 0;  // A31
    if (country.closed_until > now)
      return Hold{country.closed_until, "too few codes of this country are given back"};
  }
  for (std::size_t i = 0; i < budgets_.size(); ++i) {
    if (!covers(budgets_[i], message)) continue;
    const bool closed = std::any_of(budgets_[i].windows.begin(), budgets_[i].windows.end(),
                                    [](const Window& window) { return window.count == 0; });
    const TimeMs allowed =
        closed ? now + day_ms : workflow::allowed_at(charges_[i], budgets_[i].windows, now);
    if (allowed > now) {
      const std::string& prefix = budgets_[i].prefix;
      return Hold{allowed,
                  "the budget of " + (prefix.empty() ? "all numbers" : prefix) + " is spent"};
    }
  }
  for (std::size_t i = 0; i < budgets_.size(); ++i) {
    if (covers(budgets_[i], message)) workflow::record_send(charges_[i], budgets_[i].windows, now);
  }
  return std::nullopt;
}

void Traffic::refund(const Message& message, TimeMs charged_at) {
  if (!counts(message)) return;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < budgets_.size(); ++i) {
    if (!covers(budgets_[i], message)) continue;
    const auto found = std::find(charges_[i].begin(), charges_[i].end(), charged_at);
    if (found != charges_[i].end()) charges_[i].erase(found);
  }
}

void Traffic::sent(const Message& message) {
  if (conversion_.least_codes == 0 || !counts(message) || message.role != Role::target) return;
  const std::lock_guard lock(mutex_);
  if (awaited_.size() >= most_awaited) return;
  awaited_.push_back({message.account, message.flow, message.generation,
                      message.destination->phone()->country_code(), message.expires_at});
}

std::vector<Traffic::Sent> Traffic::ended(TimeMs now, std::size_t max) {
  std::vector<Sent> out;
  const std::lock_guard lock(mutex_);
  // Codes live equally long, or nearly: who waits behind one that lives a little longer loses
  // nothing.
  while (!awaited_.empty() && out.size() < max &&
         (awaited_.front().look_at <= now || awaited_.front().look_at > now + hour_ms)) {
    out.push_back(std::move(awaited_.front()));
    awaited_.pop_front();
  }
  return out;
}

void Traffic::forget_old(Country& country, TimeMs now) const {
  auto& results = country.results;
  const auto old = [&](TimeMs at) {
    return at <= now - conversion_.window_ms || at > now + conversion_.window_ms;
  };
  while (!results.empty() && (old(results.front().at) || results.size() > most_results)) {
    if (results.front().proven) --country.proven;
    results.pop_front();
  }
}

void Traffic::judge(const Sent& sent, const Account* account, TimeMs now) {
  const std::lock_guard lock(mutex_);
  Country& country = countries_[sent.country];
  const Result result{now, proven(sent, account)};
  country.results.push_back(result);
  if (result.proven) ++country.proven;
  forget_old(country, now);
  const std::size_t codes = country.results.size();
  if (codes < static_cast<std::size_t>(conversion_.least_codes)) return;
  if (country.proven * 100 >= codes * static_cast<std::size_t>(conversion_.least_percent)) return;
  // It begins anew after the rest: what was judged before says nothing of what comes then.
  country.results.clear();
  country.proven = 0;
  country.closed_until = now + conversion_.closed_ms;
}

}  // namespace ringfence
