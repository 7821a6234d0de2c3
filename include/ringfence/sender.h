#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "ringfence/error.h"
#include "ringfence/model/address.h"
#include "ringfence/model/message.h"
#include "ringfence/secret.h"

/// What hands messages to people: an SMS gateway, a mail server. Implement it for your own.
namespace ringfence {

/// A message about to be handed over.
struct OutgoingMessage {
  const Message& message;  ///< Kind, purpose, account, destination, and `id`, the idempotency key.
  /// Of the text, BCP 47, e.g. `en`: what there is nearest to `Message::locale`.
  std::string_view locale;
  /// Empty for a notice. For gateways that take parameters instead of text.
  const SecretText& code;
  /// What the person reads, or hears; holds the code.
  const SecretText& text;
  TimeMs lifetime_ms = 0;            ///< How long the code will be valid from now; 0 for a notice.
  std::string_view subject = {};     ///< Of a mail.
  const SecretText* html = nullptr;  ///< Of a mail: the text once more, as HTML. Null: none.
};

/// How a hand-over ended.
struct SendResult {
  enum class Outcome : std::uint8_t {
    unknown = 0,  ///< No answer: it may have been sent. Tried again with the same idempotency key.
    accepted,
    temporary,  ///< Not sent; may go later.
    permanent,  ///< Not sent and never will be, e.g. a number that does not exist.
    /// Not sent; may go later. It is about this recipient alone, e.g. a mailbox that is full: what
    /// goes to others is not held up.
    unreachable,
  };
  Outcome outcome = Outcome::unknown;
  TimeMs retry_after_ms = 0;  ///< If it may go later: the least time to wait, if one was said.
  std::string reason = {};    ///< Stored with the message: no address, no code.
  /// If accepted: what the other side calls the message in its delivery reports. Stored with it.
  std::string gateway_id = {};
};

/// A way to deliver codes and notices.
///
/// `send` is called without any lock held, from the thread that pumps the dispatcher; several
/// dispatchers may call it at once. The references are valid during the call only. It may throw:
/// that counts as `unknown`.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual SendResult send(const OutgoingMessage& message) = 0;
};

}  // namespace ringfence
