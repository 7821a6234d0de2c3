#include "sender/http/members.h"

#include "ringfence/text.h"

namespace ringfence::http {

namespace {
using nlohmann::json;
}  // namespace

namespace {
constexpr std::string_view whose = "the description of the HTTP sender: ";
}  // namespace

Failure wrong_description(std::string_view member, std::string_view what) {
  Failure out =
      failure(ErrorCode::invalid_argument, std::string(whose) + printable(member) +
                                               (member.empty() ? "" : " ") + std::string(what));
  out.next = NextStep::fix_setup;
  return out;
}

std::string_view problem_in(const Failure& wrong_description) {
  std::string_view text = wrong_description.text;
  if (text.starts_with(whose)) text.remove_prefix(whose.size());
  return text;
}

result<Members> Members::of(const json& value, std::string path) {
  if (!value.is_object()) return wrong_description(path, "must be a JSON object");
  return Members(value, std::move(path));
}

const json* Members::find(const std::string& name) {
  known_.insert(name);
  const auto found = value_->find(name);
  return found == value_->end() ? nullptr : &*found;
}

result<const json*> Members::must(const std::string& name) {
  const json* const found = find(name);
  if (found == nullptr) return wrong_description(path(name), "is missing");
  return found;
}

result<std::string> Members::text(const std::string& name) {
  const json* const found = find(name);
  if (found == nullptr) return std::string();
  if (!found->is_string()) return wrong_description(path(name), "must be a text");
  return found->get<std::string>();
}

result<std::string> Members::must_be_text(const std::string& name) {
  RF_TRY_VOID(must(name));
  RF_TRY(value, text(name));
  if (value.empty()) return wrong_description(path(name), "must not be empty");
  return std::move(value);
}

result<bool> Members::flag(const std::string& name) {
  const json* const found = find(name);
  if (found == nullptr) return false;
  if (!found->is_boolean()) return wrong_description(path(name), "must be true or false");
  return found->get<bool>();
}

result<std::size_t> Members::choice(const std::string& name,
                                    const std::vector<std::string>& choices) {
  const json* const found = find(name);
  if (found == nullptr) return std::size_t{0};
  std::string all;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (found->is_string() && found->get_ref<const std::string&>() == choices[i]) return i;
    if (!choices[i].empty()) all += (all.empty() ? "" : ", ") + choices[i];
  }
  return wrong_description(path(name), "must be one of " + all);
}

result<void> Members::finish() const {
  for (const auto& [name, ignored] : value_->items()) {
    if (known_.count(name) == 0) return wrong_description(path(name), "is not known: take it out");
  }
  return ok();
}

}  // namespace ringfence::http
