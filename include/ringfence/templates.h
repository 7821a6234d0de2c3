#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ringfence/model/message.h"
#include "ringfence/result.h"
#include "ringfence/secret.h"

/// The words of what is sent to people: docs/texts.md has all of their names and parts. C, Python
/// and Go give them to a dispatcher as JSON; rendering is the dispatcher's.
namespace ringfence {

/// A message as a person reads or hears it.
struct RenderedText {
  std::string locale = {};   ///< Of these words: the nearest that there is to the message's own.
  SecretText text;           ///< Of a code, the code is in it.
  std::string subject = {};  ///< Of a mail; never holds the code.
  std::optional<SecretText> html = {};  ///< Of a mail: the whole document.
};

/// Texts in some languages. Never changes; thread-safe.
class Templates {
 public:
  /// English, simplified Chinese, Japanese, Spanish and Arabic: `en`, `zh-Hans`, `ja`, `es`, `ar`.
  static std::shared_ptr<const Templates> built_in();

  ~Templates();
  Templates(const Templates&) = delete;
  Templates& operator=(const Templates&) = delete;

  /// The locale whose texts a reader of `wanted` gets: itself, a shorter one (`zh-Hans-CN`,
  /// `zh-Hans`), for Chinese by the script of the country (`zh-CN`: `zh-Hans`, `zh-TW`: `zh-Hant`),
  /// else the default locale, else `en`. What is no locale has the default one.
  std::string_view locale_for(std::string_view wanted) const;

  /// The words of a code or a notice, in the nearest locale. `code` and `lifetime_ms`, how long it
  /// will be valid, are those of a code. Refuses with `invalid_argument` what may not stand in a
  /// text: a line break or whatever else steers a display, and `@` and `#` in the text message of a
  /// code (R29); and an event, which has no text.
  result<RenderedText> render(const Message& message, const SecretText& code,
                              TimeMs lifetime_ms) const;

 private:
  struct Words;
  explicit Templates(std::unique_ptr<const Words> words);
  friend result<std::shared_ptr<const Templates>> templates_from_json(std::string_view text);

  std::unique_ptr<const Words> words_;
};

/// The built-in texts with those of a host put over them. The JSON is an object; all of it may be
/// left out:
///
/// - `host`: the domain of the web site into which codes are typed, e.g. `example.com`. The text
///   message of a code then ends with the line `@example.com #123456`, by which a phone fills in
///   the code there and nowhere else (R29).
/// - `service`: what the host calls itself, 1–64 bytes without `@` and `#`; text messages and
///   subjects begin with it.
/// - `default_locale`: for those whose locale is not known or has no texts. If not given: `en`.
/// - `locales`: by locale, what is said in another way, in the form of the files that are in
///   `share/ringfence/locales`. A locale that is built in, or is nearest to one (`es-MX`), may say
///   only what differs; any other has all of it.
///
/// Refuses with `invalid_argument` and `fix_setup`, and names the first few problems by their
/// place: what is not known, is of another type or misses, a placeholder that is not known or may
/// not stand there, a text of a code that does not tell the code, what it is for, or how long it is
/// valid (A37).
result<std::shared_ptr<const Templates>> templates_from_json(std::string_view text);

}  // namespace ringfence
