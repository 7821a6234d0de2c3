#include "ringfence/templates.h"

#include <algorithm>
#include <boost/regex.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "codec/parse_json.h"
#include "ringfence/model/locale.h"
#include "ringfence/text.h"
#include "text/built_in_locales.h"
#include "text/locale_chain.h"
#include "text/phrasebook.h"
#include "text/render.h"

namespace ringfence {
namespace {

using nlohmann::json;
using Problems = std::vector<std::string>;

Failure refused(const Problems& problems) {
  constexpr std::size_t most = 6;
  std::string all = "the templates are refused: ";
  for (std::size_t i = 0; i < problems.size() && i < most; ++i)
    all += (i == 0 ? "" : "; ") + problems[i];
  if (problems.size() > most) all += "; and " + std::to_string(problems.size() - most) + " more";
  Failure out = failure(ErrorCode::invalid_argument, std::move(all));
  out.next = NextStep::fix_setup;
  return out;
}

// A member that is a text, and fits; empty if it is not there.
template <class Fits>
std::string text_of(const json& in, const char* member, const Fits& fits, const char* wanted,
                    Problems& problems) {
  const auto found = in.find(member);
  if (found == in.end()) return {};
  if (found->is_string() && fits(found->get_ref<const std::string&>()))
    return found->get<std::string>();
  problems.push_back(std::string(member) + " must be " + wanted);
  return {};
}

bool is_host(const std::string& text) {
  static const boost::regex host_name(
      R"(([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9]))");
  return text.size() <= 253 && boost::regex_match(text, host_name);
}

bool is_service(const std::string& text) {
  return text::fit_for_line(text, 1, 64) && text.find_first_of("@#") == std::string::npos;
}

// What the host says in each locale, over what is built in.
std::map<std::string, json> merged(const json& over, Problems& problems) {
  std::map<std::string, json> out;
  for (const text::BuiltInLocale& one : text::built_in_locales())
    out.emplace(one.locale, codec::parse_json(one.json));
  std::vector<std::pair<std::string, const json*>> given;
  for (const auto& [tag, words] : over.items()) {
    const auto locale = parse_locale(tag);
    const std::string place = "locales." + printable(tag.substr(0, 64));
    if (!locale || locale.value().empty()) {
      problems.push_back(
          place + " has no locale for its name: " + (locale ? "it is empty" : locale.error().text));
    } else if (locale.value() != tag) {
      problems.push_back(place + " must be spelt " + locale.value());
    } else if (!words.is_object()) {
      problems.push_back(place + " must be an object");
    } else {
      given.emplace_back(tag, &words);
    }
  }
  // The longer ones differ from the shorter ones.
  std::stable_sort(given.begin(), given.end(),
                   [](const auto& a, const auto& b) { return a.first.size() < b.first.size(); });
  for (const auto& [tag, words] : given) {
    json base = json::object();
    for (const std::string& nearest : text::locale_chain(tag)) {
      const auto found = out.find(nearest);
      if (found == out.end()) continue;
      base = found->second;
      break;
    }
    text::put_over(base, *words);
    out[tag] = std::move(base);
  }
  return out;
}

}  // namespace

struct Templates::Words {
  text::Sender sender = {};
  std::string default_locale = "en";
  std::map<std::string, text::Phrasebook, std::less<>> locales = {};

  // The nearest of those there are, without any default.
  const text::Phrasebook* nearest(const std::string& locale) const {
    for (const std::string& one : text::locale_chain(locale)) {
      if (const auto found = locales.find(one); found != locales.end()) return &found->second;
    }
    return nullptr;
  }
  const text::Phrasebook& book_for(std::string_view wanted) const {
    if (const auto locale = parse_locale(wanted); locale && !locale.value().empty()) {
      if (const auto* found = nearest(locale.value())) return *found;
    }
    return *nearest(default_locale);
  }
};

Templates::Templates(std::unique_ptr<const Words> words) : words_(std::move(words)) {}
Templates::~Templates() = default;

std::shared_ptr<const Templates> Templates::built_in() {
  static const std::shared_ptr<const Templates> all = templates_from_json("{}").value();
  return all;
}

std::string_view Templates::locale_for(std::string_view wanted) const {
  return words_->book_for(wanted).locale;
}

result<RenderedText> Templates::render(const Message& message, const SecretText& code,
                                       TimeMs lifetime_ms) const try {
  return text::render(words_->book_for(message.locale), words_->sender, message, code, lifetime_ms);
} catch (const std::exception&) {
  return failure(ErrorCode::internal, "out of memory");
}

result<std::shared_ptr<const Templates>> templates_from_json(std::string_view text) try {
  json in;
  try {
    in = codec::parse_json(text);
  } catch (const json::parse_error& error) {
    return refused({"they are not JSON: they break off at byte " + std::to_string(error.byte)});
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    return refused({std::string("they are not read: ") + error.what()});
  }
  if (!in.is_object()) return refused({"they are not a JSON object"});
  Problems problems;
  for (const auto& [name, value] : in.items()) {
    if (name != "host" && name != "service" && name != "default_locale" && name != "locales")
      problems.push_back("there is no member " + printable(name.substr(0, 64)));
  }
  auto words = std::make_unique<Templates::Words>();
  words->sender.host = text_of(in, "host", is_host,
                               "a domain in lower case and ASCII, such as example.com", problems);
  words->sender.service =
      text_of(in, "service", is_service,
              "one line of 1 to 64 bytes without @, # and control characters", problems);
  const std::string standard = text_of(
      in, "default_locale",
      [](const std::string& tag) { return !tag.empty() && parse_locale(tag).has_value(); },
      "a language tag of BCP 47, such as zh-Hans", problems);
  if (!standard.empty()) words->default_locale = parse_locale(standard).value();
  json locales = in.value("locales", json::object());
  if (!locales.is_object()) {
    problems.emplace_back("locales must be an object");
    locales = json::object();
  }
  for (const auto& [tag, one] : merged(locales, problems))
    words->locales.emplace(tag, text::read_phrasebook(tag, one, problems));
  if (words->nearest(words->default_locale) == nullptr)
    problems.push_back("default_locale is " + words->default_locale +
                       ", in which there are no texts: give them in locales");
  if (!problems.empty()) return refused(problems);
  return std::shared_ptr<const Templates>(new Templates(std::move(words)));
} catch (const std::bad_alloc&) {
  return failure(ErrorCode::internal, "out of memory");
} catch (const std::exception&) {
  return failure(ErrorCode::internal, "the templates could not be read");
}

}  // namespace ringfence
