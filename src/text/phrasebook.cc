#include "text/phrasebook.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "ringfence/text.h"

namespace ringfence::text {
namespace {

using nlohmann::json;

constexpr std::size_t longest_line = 1000;
constexpr std::size_t longest_mail = 64 * 1024;

// Directional marks and isolates, and the two joiners that some scripts are spelt with.
constexpr std::array<std::string_view, 9> harmless_marks = {
    "\u200c", "\u200d", "\u200e", "\u200f", "\u061c", "\u2066", "\u2067", "\u2068", "\u2069"};

bool shows_whole(std::string text) {
  for (const std::string_view mark : harmless_marks) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at))
      text.erase(at, mark.size());
  }
  return printable(text) == text;
}

bool fit_for_page(std::string_view text) {
  std::string lines(text);
  std::erase(lines, '\n');
  return valid_text(text, 1, longest_mail) && shows_whole(std::move(lines));
}

std::string listed(Slots slots, const char* between) {
  std::string out;
  for (std::size_t i = 0; i < slot_names.size(); ++i) {
    if (!slots.has(static_cast<Slot>(i))) continue;
    out += (out.empty() ? "" : between) + ("{" + std::string(slot_names[i]) + "}");
  }
  return out;
}

// What a text may say, and what it must: one of each group.
struct Rule {
  Slots may{};
  std::vector<Slots> must = {};
};

// Reads one locale's JSON. Everything wrong is noted with its place.
class Reader {
 public:
  Reader(std::string locale, std::vector<std::string>& problems)
      : place_("locales." + std::move(locale)), problems_(problems) {}

  void read(const json& in, Phrasebook& out) {
    const Object whole(*this, place_, in);
    out.right_to_left = direction(whole) == "rtl";
    out.signature = whole.line("signature", {{Slot::service}, {{Slot::service}}});
    out.spoken_address = whole.line("spoken_address", {{Slot::digits}, {{Slot::digits}}});
    out.not_you = whole.line("not_you", {});
    out.not_you_with_reference =
        whole.line("not_you_with_reference", {{Slot::reference}, {{Slot::reference}}});
    read_lifetimes(whole, out);
    out.categories = plain(whole, "categories");
    out.operations = plain(whole, "operations");
    read_actions(whole, out);
    read_texts(whole, out);
  }

 private:
  // An object whose members are asked for by name; those nobody asked for are not known.
  class Object {
   public:
    Object(Reader& reader, std::string place, const json& in)
        : reader_(reader), place_(std::move(place)), in_(in) {
      if (!in.is_object()) reader_.problem(place_, "must be an object");
    }
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    ~Object() {
      if (!in_.is_object()) return;
      for (const auto& [name, value] : in_.items()) {
        if (!asked_.contains(name))
          reader_.problem(place_,
                          "has a member " + printable(name.substr(0, 64)) + ", which is not known");
      }
    }

    const json* find(const std::string& name) const {
      asked_.insert(name);
      if (!in_.is_object()) return nullptr;
      const auto found = in_.find(name);
      return found == in_.end() ? nullptr : &*found;
    }
    const json* need(const std::string& name) const {
      const json* found = find(name);
      if (found == nullptr && in_.is_object()) reader_.problem(at(name), "is missing");
      return found;
    }
    Pattern line(const std::string& name, const Rule& rule) const {
      const json* found = need(name);
      return found == nullptr ? Pattern() : reader_.pattern(at(name), *found, rule, false);
    }
    Pattern page(const std::string& name, const Rule& rule) const {
      const json* found = need(name);
      return found == nullptr ? Pattern() : reader_.pattern(at(name), *found, rule, true);
    }
    std::string at(const std::string& name) const {
      return place_ + "." + printable(name.substr(0, 64));
    }

   private:
    Reader& reader_;
    std::string place_;
    const json& in_;
    mutable std::set<std::string, std::less<>> asked_;
  };

  void problem(const std::string& place, const std::string& what) {
    problems_.push_back(place + " " + what);
  }

  Pattern pattern(const std::string& place, const json& in, const Rule& rule, bool page) {
    if (!in.is_string()) {
      problem(place, "must be a text");
      return {};
    }
    const auto& text = in.get_ref<const std::string&>();
    if (page ? !fit_for_page(text) : !fit_for_line(text, 1, longest_line)) {
      problem(place, page ? "must have 1 to 65536 bytes and no control characters but line breaks"
                          : "must be one line of 1 to 1000 bytes without control characters");
      return {};
    }
    auto parsed = Pattern::parse(text);
    if (!parsed) {
      problem(place, "cannot be read: " + parsed.error().text);
      return {};
    }
    const Slots has = parsed.value().slots();
    for (std::size_t i = 0; i < slot_names.size(); ++i) {
      const auto slot = static_cast<Slot>(i);
      if (!has.has(slot) || rule.may.has(slot)) continue;
      problem(place, "may not have {" + std::string(slot_names[i]) + "}; it may have " +
                         (rule.may.empty() ? "no placeholder" : listed(rule.may, ", ")));
    }
    for (const Slots& group : rule.must) {
      if (!has.overlaps(group)) problem(place, "must have " + listed(group, " or "));
    }
    return std::move(parsed).value();
  }

  std::string direction(const Object& whole) {
    const json* found = whole.find("direction");
    if (found == nullptr) return "ltr";
    if (*found != "ltr" && *found != "rtl") problem(whole.at("direction"), "must be ltr or rtl");
    return *found == "rtl" ? "rtl" : "ltr";
  }

  void read_lifetimes(const Object& whole, Phrasebook& out) {
    const json* found = whole.need("lifetime");
    if (found == nullptr) return;
    const Object lifetimes(*this, whole.at("lifetime"), *found);
    for (int minutes = 0; minutes <= 10; ++minutes) {
      const std::string name = std::to_string(minutes);
      if (lifetimes.find(name) != nullptr)
        out.lifetimes[minutes] = lifetimes.line(name, {{Slot::minutes}, {}});
    }
    out.lifetime = lifetimes.line("other", {{Slot::minutes}, {{Slot::minutes}}});
  }

  // Names of the host's for people to read, by whatever the host calls them.
  std::map<std::string, std::string, std::less<>> plain(const Object& whole, const char* name) {
    std::map<std::string, std::string, std::less<>> out;
    const json* found = whole.find(name);
    if (found == nullptr) return out;
    if (!found->is_object()) {
      problem(whole.at(name), "must be an object");
      return out;
    }
    for (const auto& [key, value] : found->items()) {
      if (!value.is_string() || !fit_for_line(value.get_ref<const std::string&>(), 1, 128) ||
          value.get_ref<const std::string&>().find_first_of("@#") != std::string::npos) {
        problem(whole.at(name) + "." + printable(key.substr(0, 64)),
                "must be one line of 1 to 128 bytes without @, # and control characters");
        continue;
      }
      out.emplace(key, value.get<std::string>());
    }
    return out;
  }

  static Rule naming(const ActionRow& row) {
    Rule rule{.may = {Slot::service}};
    if (row.names) {
      rule.may.add(*row.names);
      rule.must = {{*row.names}};
    }
    return rule;
  }

  void read_actions(const Object& whole, Phrasebook& out) {
    const json* found = whole.need("actions");
    if (found == nullptr) return;
    const Object actions(*this, whole.at("actions"), *found);
    for (const ActionRow& row : action_table) {
      const std::string name(row.name);
      out.actions[name] = actions.line(name, naming(row));
    }
  }

  void read_texts(const Object& whole, Phrasebook& out) {
    const json* found = whole.need("texts");
    if (found == nullptr) return;
    const Object texts(*this, whole.at("texts"), *found);
    read_codes(texts, out);
    for (const NoticeRow& row : notice_table) {
      const std::string name(row.name);
      const json* notice = texts.need(name);
      if (notice == nullptr) continue;
      Rule rule{.may = row.tells | Slots{Slot::service, Slot::not_you}};
      for (std::size_t i = 0; i < slot_names.size(); ++i) {
        const auto slot = static_cast<Slot>(i);
        if (row.tells.has(slot)) rule.must.push_back({slot});
      }
      if (row.tells.has(Slot::text)) rule.may.add(Slot::category);
      const Object parts(*this, texts.at(name), *notice);
      Text text{.sms = parts.line("sms", rule),
                .subject = parts.line("subject", {rule.may, {}}),
                .mail = parts.page("text", rule)};
      text.html = parts.find("html") != nullptr ? parts.page("html", rule) : html_of(text, out);
      out.notices[name] = std::move(text);
    }
  }

  // What all codes say is under `code`; what one says in another way under `code.` and its action.
  void read_codes(const Object& texts, Phrasebook& out) {
    const json* all = texts.need("code");
    if (all == nullptr) return;
    const Slots common{Slot::code, Slot::lifetime, Slot::action, Slot::service};
    const Rule rule{.may = common, .must = {{Slot::code}, {Slot::lifetime}, {Slot::action}}};
    const Object parts(*this, texts.at("code"), *all);
    const Text general{.sms = parts.line("sms", rule),
                       .voice = parts.line("voice", rule),
                       .subject = parts.line("subject", {{Slot::action, Slot::service}, {}}),
                       .mail = parts.page("text", rule)};
    const bool own_html = parts.find("html") != nullptr;
    const Pattern html = own_html ? parts.page("html", rule) : Pattern();
    for (const ActionRow& row : action_table) {
      const std::string action(row.name);
      Text& text = out.codes[action] = general;
      bool html_given = own_html;
      if (own_html) text.html = html;
      if (const json* special = texts.find("code." + action)) {
        Rule its{.may = common, .must = {{Slot::code}, {Slot::lifetime}}};
        Slots subject{Slot::action, Slot::service};
        if (row.names) {
          its.may.add(*row.names);
          its.must.push_back({Slot::action, *row.names});
          subject.add(*row.names);
        }
        const Object own(*this, texts.at("code." + action), *special);
        if (own.find("sms") != nullptr) text.sms = own.line("sms", its);
        if (own.find("voice") != nullptr) text.voice = own.line("voice", its);
        if (own.find("subject") != nullptr) text.subject = own.line("subject", {subject, {}});
        if (own.find("text") != nullptr) {
          text.mail = own.page("text", its);
          html_given = false;
        }
        if (own.find("html") != nullptr) {
          text.html = own.page("html", its);
          html_given = true;
        }
      }
      if (!html_given) text.html = html_of(text, out);
    }
  }

  static Pattern html_of(const Text& text, const Phrasebook& book) {
    Pattern page;
    page += "<!DOCTYPE html>\n<html lang=\"" + html_escaped(book.locale) + "\" dir=\"" +
            (book.right_to_left ? "rtl" : "ltr") +
            "\">\n<head><meta charset=\"utf-8\"></head>\n<body>\n";
    page += text.mail.as_html();
    page += "\n</body>\n</html>\n";
    return page;
  }

  std::string place_;
  std::vector<std::string>& problems_;
};

}  // namespace

Phrasebook read_phrasebook(const std::string& locale, const json& in,
                           std::vector<std::string>& problems) {
  Phrasebook out{.locale = locale};
  Reader(locale, problems).read(in, out);
  return out;
}

void put_over(json& base, const json& over) {
  if (!base.is_object() || !over.is_object()) {
    base = over;
    return;
  }
  if (over.contains("text") && !over.contains("html")) base.erase("html");
  for (const auto& [name, value] : over.items()) put_over(base[name], value);
}

bool fit_for_line(std::string_view text, std::size_t least, std::size_t most) {
  return valid_text(text, least, most) && shows_whole(std::string(text));
}

}  // namespace ringfence::text
