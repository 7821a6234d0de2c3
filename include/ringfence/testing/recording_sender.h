#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/event_sink.h"
#include "ringfence/sender.h"

namespace ringfence::testing {

/// Keeps what was sent and what the host was told, as a phone keeps its messages. Thread-safe.
class RecordingSender final : public Sender, public EventSink {
 public:
  struct Sent {
    Message message;
    std::string code;
    std::string text;
    std::string locale = {};  ///< Of the text.
    std::string subject = {};
    std::string html = {};
  };
  /// Decides what the next sends lead to; accepted if not set.
  using Answer = std::function<SendResult(const Message&)>;

  SendResult send(const OutgoingMessage& message) override {
    return keep({message.message, std::string(message.code.reveal()),
                 std::string(message.text.reveal()), std::string(message.locale),
                 std::string(message.subject),
                 message.html == nullptr ? "" : std::string(message.html->reveal())});
  }
  SendResult deliver(const Message& event) override { return keep({event, "", ""}); }

  void answer_with(Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  /// Everything accepted so far, in order.
  std::vector<Sent> all() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }
  /// The newest code that reached an address (`+8613912343672`, `a@example.com`).
  std::optional<std::string> last_code(std::string_view address) const {
    const std::lock_guard lock(mutex_);
    for (auto one = sent_.rbegin(); one != sent_.rend(); ++one) {
      if (!one->code.empty() && one->message.destination &&
          one->message.destination->text() == address)
        return one->code;
    }
    return std::nullopt;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    sent_.clear();
  }

 private:
  SendResult keep(Sent sent) {
    const std::lock_guard lock(mutex_);
    const SendResult result =
        answer_ ? answer_(sent.message) : SendResult{SendResult::Outcome::accepted, 0, ""};
    if (result.outcome == SendResult::Outcome::accepted) sent_.push_back(std::move(sent));
    return result;
  }

  mutable std::mutex mutex_;
  Answer answer_;
  std::vector<Sent> sent_;
};

}  // namespace ringfence::testing
