#include <mutex>
#include <ostream>
#include <string>

#include "ringfence/sender/console.h"
#include "ringfence/text.h"

namespace ringfence {
namespace {

class ConsoleSender final : public Sender {
 public:
  explicit ConsoleSender(std::ostream& out) : out_(out) {}
  SendResult send(const OutgoingMessage& outgoing) override {
    const std::string to =
        outgoing.message.destination ? outgoing.message.destination->text() : "nobody";
    const std::lock_guard lock(mutex_);
    out_ << "[to " << to << "] " << outgoing.text.reveal() << std::endl;
    return {SendResult::Outcome::accepted, 0, ""};
  }

 private:
  std::ostream& out_;
  std::mutex mutex_;
};

class ConsoleEventSink final : public EventSink {
 public:
  explicit ConsoleEventSink(std::ostream& out) : out_(out) {}
  SendResult deliver(const Message& event) override {
    const std::lock_guard lock(mutex_);
    out_ << "[event " << event.purpose << "] account " << printable(event.account.id);
    for (const auto& [name, value] : event.fields) out_ << " " << name << "=" << printable(value);
    out_ << std::endl;
    return {SendResult::Outcome::accepted, 0, ""};
  }

 private:
  std::ostream& out_;
  std::mutex mutex_;
};

}  // namespace

std::unique_ptr<Sender> make_console_sender(std::ostream& out) {
  return std::make_unique<ConsoleSender>(out);
}
std::unique_ptr<EventSink> make_console_event_sink(std::ostream& out) {
  return std::make_unique<ConsoleEventSink>(out);
}

}  // namespace ringfence
