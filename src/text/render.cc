#include "text/render.h"

#include <string_view>
#include <utility>

namespace ringfence::text {
namespace {

std::string field(const Message& message, const std::string& name) {
  const auto found = message.fields.find(name);
  return found == message.fields.end() ? std::string() : found->second;
}

std::string named(const std::map<std::string, std::string, std::less<>>& names,
                  const std::string& name) {
  const auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

// Digits as a voice reads them, one by one. In a string that neither grows nor lives in itself: it
// may be a code.
std::string apart(std::string_view digits) {
  std::string out;
  out.reserve(32 + digits.size() * 3);
  for (const char digit : digits) {
    if (!out.empty()) out += ", ";
    out += digit;
  }
  return out;
}

// Among letters from right to left, the two ends of a masked number would change places: a mark
// before it keeps them, and is cheaper in a text message than an isolate. What begins with a letter
// or ends with a sign gets the isolate.
std::string kept_in_order(const Phrasebook& book, Slot slot, std::string value) {
  if (!book.right_to_left || value.empty()) return value;
  if (slot == Slot::address || slot == Slot::reference) return "\u200e" + value;
  return "\u2068" + value + "\u2069";
}

// What the placeholders stand for in one message.
class Filling {
 public:
  Filling(const Phrasebook& book, const Message& message) : book_(book), message_(message) {}

  Values values;

  // Refuses what would steer a display, or add a line to a text or a header to a mail.
  result<void> put(Slot slot, std::string value) {
    const bool in_code_sms = message_.kind == MessageKind::code && !to_email();
    if (!fit_for_line(value, 0, 2000) ||
        (in_code_sms && value.find_first_of("@#") != std::string::npos)) {
      return failure(ErrorCode::invalid_argument,
                     std::string(slot_names[static_cast<std::size_t>(slot)]) +
                         " may not stand in this text: it has a line break, @, # or a character "
                         "that steers a display");
    }
    values[slot] = kept_in_order(book_, slot, std::move(value));
    return ok();
  }
  result<void> put_address(std::string masked) {
    if (!by_voice()) return put(Slot::address, std::move(masked));
    const std::size_t star = masked.rfind('*');
    Values last;
    last[Slot::digits] = apart(std::string_view(masked).substr(star + 1));
    values[Slot::address] = book_.spoken_address.fill(last);
    return ok();
  }
  void put_lifetime(TimeMs lifetime_ms) {
    // To the nearest minute: what is sent at once is valid for as long as the policy says.
    const TimeMs minutes = (lifetime_ms + 30'000) / 60'000;
    Values number;
    number[Slot::minutes] = std::to_string(minutes);
    const auto found =
        minutes <= 10 ? book_.lifetimes.find(static_cast<int>(minutes)) : book_.lifetimes.end();
    values[Slot::lifetime] =
        (found == book_.lifetimes.end() ? book_.lifetime : found->second).fill(number);
  }

  bool to_email() const { return message_.destination->kind() == ChannelKind::email; }
  bool by_voice() const { return !to_email() && message_.route == Route::voice; }

  // The words of one pattern. What neither names the sender nor is the host's own begins with it.
  std::string words(const Pattern& pattern) const {
    if (values[Slot::service].empty() || pattern.slots().has(Slot::service) ||
        pattern.slots().has(Slot::text)) {
      return pattern.fill(values);
    }
    Pattern whole = book_.signature;
    whole += pattern;
    return whole.fill(values);
  }

 private:
  const Phrasebook& book_;
  const Message& message_;
};

SecretText secret(std::string text) {
  SecretText out(text);
  wipe(text);
  return out;
}

RenderedText mail(const Phrasebook& book, const Text& text, const Filling& filling) {
  return {.locale = book.locale,
          .text = secret(text.mail.fill(filling.values)),
          .subject = filling.words(text.subject),
          .html = secret(text.html.fill_html(filling.values))};
}

result<RenderedText> code_text(const Phrasebook& book, const Sender& sender, const Message& message,
                               const SecretText& code, TimeMs lifetime_ms) {
  const std::string action = message.purpose + "." + std::string(name(message.role));
  const auto text = book.codes.find(action);
  if (text == book.codes.end())
    return failure(ErrorCode::invalid_argument, "there is no text for a code of this flow");
  Filling filling(book, message);
  RF_TRY_VOID(filling.put(Slot::service, sender.service));
  RF_TRY_VOID(filling.put_address(message.destination->masked()));
  RF_TRY_VOID(filling.put(Slot::operation, named(book.operations, field(message, "operation"))));
  filling.put_lifetime(lifetime_ms);
  filling.values[Slot::action] = book.actions.at(action).fill(filling.values);
  if (filling.by_voice())
    filling.values[Slot::code] = apart(code.reveal());
  else
    filling.values[Slot::code].assign(code.reveal());
  if (filling.to_email()) return mail(book, text->second, filling);
  if (filling.by_voice())
    return RenderedText{.locale = book.locale, .text = secret(filling.words(text->second.voice))};
  std::string words = filling.words(text->second.sms);
  if (sender.host.empty())
    return RenderedText{.locale = book.locale, .text = secret(std::move(words))};
  // Programs read this line: nothing but the host and the code may be in it (R29).
  std::string lines;
  lines.reserve(words.size() + sender.host.size() + code.reveal().size() + 4);
  lines += words;
  wipe(words);
  lines += "\n@";
  lines += sender.host;
  lines += " #";
  lines += code.reveal();
  return RenderedText{.locale = book.locale, .text = secret(std::move(lines))};
}

result<RenderedText> notice_text(const Phrasebook& book, const Sender& sender,
                                 const Message& message) {
  const bool own = message.fields.contains("text");  // whatever its category is called
  auto found = book.notices.end();
  if (!own && message.purpose == "account_locked" &&
      field(message, "reason") == "too_many_failures")
    found = book.notices.find("account_locked.too_many_failures");
  else if (!own)
    found = book.notices.find(message.purpose);
  if (found == book.notices.end())
    found = book.notices.find(own ? "host_notice" : "unknown_notice");
  const std::string category = field(message, "category");

  Filling filling(book, message);
  RF_TRY_VOID(filling.put(Slot::service, sender.service));
  RF_TRY_VOID(filling.put(Slot::address, field(message, "masked")));
  RF_TRY_VOID(filling.put(Slot::category,
                          named(book.categories, category.empty() ? message.purpose : category)));
  RF_TRY_VOID(filling.put(Slot::reference, field(message, "dispute")));
  RF_TRY_VOID(filling.put(Slot::text, field(message, "text")));
  filling.values[Slot::not_you] =
      (filling.values[Slot::reference].empty() ? book.not_you : book.not_you_with_reference)
          .fill(filling.values);
  if (filling.to_email()) return mail(book, found->second, filling);
  return RenderedText{.locale = book.locale, .text = secret(filling.words(found->second.sms))};
}

}  // namespace

result<RenderedText> render(const Phrasebook& book, const Sender& sender, const Message& message,
                            const SecretText& code, TimeMs lifetime_ms) {
  if (message.kind == MessageKind::event || !message.destination)
    return failure(ErrorCode::invalid_argument, "an event has no text: it is not for people");
  return message.kind == MessageKind::code ? code_text(book, sender, message, code, lifetime_ms)
                                           : notice_text(book, sender, message);
}

}  // namespace ringfence::text
